// RegisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers, DeregisterStreamConsumer,
// SubscribeToShard: names and constraints are checked; the rest is not there yet.
#include <string>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/describe_consumer_operations.h"

namespace kinesis::api {
namespace {

absl::Status NotThereYet(Operation operation) {
  return MakeError(ErrorType::kUnknownOperation, std::string(ToText(operation)));
}

template <class Request>
absl::Status Check(internal::ClientCore& core, Operation operation, const Request& request) {
  absl::Status status = core.Admit(operation, request);
  return status.ok() ? NotThereYet(operation) : status;
}

}  // namespace

absl::StatusOr<RegisterStreamConsumerResponse> Client::RegisterStreamConsumer(
    const RegisterStreamConsumerRequest& request) {
  return Check(*core_, Operation::kRegisterStreamConsumer, request);
}

absl::StatusOr<DescribeStreamConsumerResponse> Client::DescribeStreamConsumer(
    const DescribeStreamConsumerRequest& request) {
  return Check(*core_, Operation::kDescribeStreamConsumer, request);
}

absl::StatusOr<ListStreamConsumersResponse> Client::ListStreamConsumers(
    const ListStreamConsumersRequest& request) {
  return Check(*core_, Operation::kListStreamConsumers, request);
}

absl::Status Client::DeregisterStreamConsumer(const DeregisterStreamConsumerRequest& request) {
  return Check(*core_, Operation::kDeregisterStreamConsumer, request);
}

absl::StatusOr<SubscribeToShardResponse> Client::SubscribeToShard(
    const SubscribeToShardRequest& request) {
  return Check(*core_, Operation::kSubscribeToShard, request);
}

}  // namespace kinesis::api
