// RegisterStreamConsumer, DescribeStreamConsumer, ListStreamConsumers, DeregisterStreamConsumer,
// SubscribeToShard.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/consumer_record.h"
#include "kinesis_core/api/internal/describe_consumer_operations.h"
#include "kinesis_core/api/internal/iterator_start.h"
#include "kinesis_core/api/internal/subscription.h"
#include "kinesis_core/api/internal/tag_rules.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api {
namespace {

using internal::CallTime;
using internal::ClientCore;
using internal::ConsumerRecord;
using internal::ConsumerShard;
using internal::StreamAddress;
using internal::StreamPtr;
using internal::StreamRecord;

Consumer ConsumerShape(const ConsumerRecord& consumer, int64_t now_ms) {
  return {consumer.name, consumer.arn, consumer.StatusAt(now_ms),
          absl::FromUnixMillis(consumer.created_ms)};
}

// The stream of a call that counts against its own rate.
template <class Request>
absl::StatusOr<StreamPtr> FindRatedStream(ClientCore& core, Operation operation,
                                          const Request& request, CallTime& time) {
  absl::StatusOr<StreamPtr> stream = core.FindStream(request, time);
  if (!stream.ok()) return stream;
  if (absl::Status status = core.CheckRate(operation, **stream, time); !status.ok()) return status;
  return stream;
}

}  // namespace

// --- Registering and listing ---------------------------------------------------------------------

namespace {

// The model does not say whether five CREATING are those of a stream or of an account; as the calls
// to register and the twenty consumers are counted by stream, so are these.
absl::Status CheckConsumerCounts(const ClientCore& core, const StreamRecord& stream,
                                 const internal::ConsumerMap& consumers, int64_t now_ms) {
  const Limits& limits = core.limits();
  const auto exceeded = [&](int64_t limit, const std::string& what) {
    return MakeError(ErrorType::kLimitExceeded, "This request would exceed the limit of " +
                                                    std::to_string(limit) + " " + what + " for " +
                                                    core.Describe(stream) + ".");
  };
  if (static_cast<int64_t>(consumers.size()) >= limits.consumers_per_stream_max) {
    return exceeded(limits.consumers_per_stream_max, "registered consumers");
  }
  const int64_t creating =
      std::count_if(consumers.begin(), consumers.end(), [now_ms](const auto& entry) {
        return entry.second.StatusAt(now_ms) == ConsumerStatus::kCreating;
      });
  if (creating < limits.consumers_creating_max) return absl::OkStatus();
  return exceeded(limits.consumers_creating_max, "consumers in CREATING");
}

}  // namespace

absl::StatusOr<RegisterStreamConsumerResponse> Client::RegisterStreamConsumer(
    const RegisterStreamConsumerRequest& request) {
  constexpr Operation kOperation = Operation::kRegisterStreamConsumer;
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(kOperation, request, time); !status.ok()) return status;
  const absl::StatusOr<StreamPtr> found = FindRatedStream(*core_, kOperation, request, time);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  const std::string& name = *request.consumer_name;
  StreamRecord::Locked state = stream.Lock();
  if (absl::Status status = core_->RequireSettled(stream, state, time); !status.ok()) {
    return status;
  }
  const int64_t now_ms = time.ms();
  internal::ConsumerMap& consumers = state->consumers;
  if (internal::FindConsumer(consumers, name, now_ms) != nullptr) {
    return MakeError(ErrorType::kResourceInUse,
                     "Consumer " + name + " under " + core_->Describe(stream) + " already exists.");
  }
  if (request.tags) {
    absl::Status status = internal::CheckNewTags(*core_, {}, *request.tags, stream.name());
    if (!status.ok()) return status;
  }
  if (absl::Status status = CheckConsumerCounts(*core_, stream, consumers, now_ms); !status.ok()) {
    return status;
  }
  const int64_t second = core_->TakeConsumerSecond(stream.arn(), name, now_ms);
  ConsumerRecord& consumer = consumers[name];
  consumer.name = name;
  consumer.arn = internal::ConsumerArn(stream.arn(), name, second);
  consumer.created_ms = std::max(now_ms, second * 1000);
  consumer.active_at_ms = core_->EndOf(core_->delays().create_consumer, time);
  if (request.tags) consumer.tags = *request.tags;
  return RegisterStreamConsumerResponse{ConsumerShape(consumer, now_ms)};
}

namespace {

// The name after which a listing goes on, once its members have been found to go together.
absl::StatusOr<std::string> ListConsumersAfter(const ClientCore& core, const StreamRecord& stream,
                                               const ListStreamConsumersRequest& request,
                                               CallTime& time) {
  if (request.next_token && request.stream_creation_timestamp) {
    return MakeError(ErrorType::kInvalidArgument,
                     "NextToken and StreamCreationTimestamp cannot be provided together.");
  }
  if (request.stream_creation_timestamp &&
      !stream.WasCreatedAt(*request.stream_creation_timestamp)) {
    return core.StreamNotFound(stream.name());
  }
  if (!request.next_token) return "";
  absl::StatusOr<internal::PaginationToken> token =
      core.ReadNextToken(Operation::kListStreamConsumers, *request.next_token, time);
  if (!token.ok()) return token.status();
  if (token->stream_uid != stream.uid()) return core.InvalidNextToken();
  return std::move(token->marker);
}

}  // namespace

absl::StatusOr<ListStreamConsumersResponse> Client::ListStreamConsumers(
    const ListStreamConsumersRequest& request) {
  constexpr Operation kOperation = Operation::kListStreamConsumers;
  CallTime time(core_->clock());
  if (absl::Status status = core_->Admit(kOperation, request, time); !status.ok()) return status;
  const absl::StatusOr<StreamPtr> found = FindRatedStream(*core_, kOperation, request, time);
  if (!found.ok()) return found.status();
  StreamRecord& stream = **found;
  StreamRecord::Locked state = stream.Lock();
  if (absl::Status status = core_->RequireSettled(stream, state, time); !status.ok()) {
    return status;
  }
  const absl::StatusOr<std::string> after = ListConsumersAfter(*core_, stream, request, time);
  if (!after.ok()) return after.status();
  const int64_t now_ms = time.ms();
  internal::ForgetDeleted(state->consumers, now_ms);
  const Limits& limits = core_->limits();
  const auto most = static_cast<size_t>(
      std::min(request.max_results ? *request.max_results : limits.list_consumers_default,
               limits.list_consumers_max));
  ListStreamConsumersResponse response;
  for (auto at = state->consumers.upper_bound(*after); at != state->consumers.end(); ++at) {
    if (response.consumers.size() == most) {
      response.next_token = core_->MakeNextToken(kOperation, stream.uid(),
                                                 response.consumers.back().consumer_name, time);
      break;
    }
    response.consumers.push_back(ConsumerShape(at->second, now_ms));
  }
  return response;
}

// --- One consumer --------------------------------------------------------------------------------

namespace {

// A consumer that was found; its stream is locked as long as this lives.
struct FoundConsumer {
  StreamPtr stream;
  std::unique_ptr<StreamRecord::Locked> state;
  ConsumerRecord* consumer = nullptr;
};

absl::Status BadConsumerAddress() {
  return MakeError(ErrorType::kInvalidArgument,
                   "Either ConsumerARN or both StreamARN and ConsumerName should be provided.");
}

// The name of the consumer at `address`, whose stream is at address.arn.
absl::StatusOr<std::string> ConsumerNameAt(const std::optional<std::string>& consumer_arn,
                                           const std::optional<std::string>& consumer_name,
                                           const std::optional<std::string>& stream_arn) {
  if (!consumer_arn) {
    if (!consumer_name) return BadConsumerAddress();
    return *consumer_name;
  }
  const std::optional<internal::ArnParts> parts = internal::ParseArn(*consumer_arn);
  if (!parts || !parts->consumer_name) {
    return MakeError(ErrorType::kInvalidArgument,
                     "Invalid ARN " + internal::ShownText(*consumer_arn));
  }
  const bool agree = (!consumer_name || *consumer_name == *parts->consumer_name) &&
                     (!stream_arn || consumer_arn->rfind(*stream_arn + "/consumer/", 0) == 0);
  if (agree) return std::string(*parts->consumer_name);
  return MakeError(ErrorType::kInvalidArgument,
                   "ConsumerARN " + internal::ShownText(*consumer_arn) +
                       " and the StreamARN and ConsumerName that are given do not name the same "
                       "consumer.");
}

// Finds what a request names, by either form, that has passed its constraints and its own checks.
absl::StatusOr<FoundConsumer> FindConsumerAt(ClientCore& core, const StreamAddress& address,
                                             Operation operation, const std::string& name,
                                             const std::optional<std::string>& consumer_arn,
                                             CallTime& time) {
  FoundConsumer found;
  absl::StatusOr<StreamPtr> stream =
      core.FindStreamAt(address, time, internal::ArnOf::kStreamOrConsumer);
  if (!stream.ok()) return stream.status();
  found.stream = *std::move(stream);
  if (absl::Status status = core.CheckRate(operation, *found.stream, time); !status.ok()) {
    return status;
  }
  found.state = std::make_unique<StreamRecord::Locked>(*found.stream);
  found.consumer = internal::FindConsumer((*found.state)->consumers, name, time.ms());
  // An ARN names one registration; a later one under the same name is another consumer.
  if (found.consumer == nullptr || (consumer_arn && found.consumer->arn != *consumer_arn)) {
    return core.ConsumerNotFound(name, *found.stream);
  }
  return found;
}

// For the operations that take both forms.
template <class Request>
absl::StatusOr<FoundConsumer> FindNamedConsumer(ClientCore& core, Operation operation,
                                                const Request& request, CallTime& time) {
  if (absl::Status status = core.Admit(operation, request, time); !status.ok()) return status;
  const absl::StatusOr<std::string> name =
      ConsumerNameAt(request.consumer_arn, request.consumer_name, request.stream_arn);
  if (!name.ok()) return name.status();
  StreamAddress address = internal::AddressOf(request);
  if (request.consumer_arn) address.arn = *request.consumer_arn;
  if (address.empty()) return BadConsumerAddress();
  return FindConsumerAt(core, address, operation, *name, request.consumer_arn, time);
}

}  // namespace

absl::StatusOr<DescribeStreamConsumerResponse> Client::DescribeStreamConsumer(
    const DescribeStreamConsumerRequest& request) {
  CallTime time(core_->clock());
  const absl::StatusOr<FoundConsumer> found =
      FindNamedConsumer(*core_, Operation::kDescribeStreamConsumer, request, time);
  if (!found.ok()) return found.status();
  Consumer shape = ConsumerShape(*found->consumer, time.ms());
  return DescribeStreamConsumerResponse{
      {.consumer_name = std::move(shape.consumer_name),
       .consumer_arn = std::move(shape.consumer_arn),
       .consumer_status = shape.consumer_status,
       .consumer_creation_timestamp = shape.consumer_creation_timestamp,
       .stream_arn = found->stream->arn()}};
}

// A consumer in DELETING stays so for as long as it was going to.
absl::Status Client::DeregisterStreamConsumer(const DeregisterStreamConsumerRequest& request) {
  CallTime time(core_->clock());
  const absl::StatusOr<FoundConsumer> found =
      FindNamedConsumer(*core_, Operation::kDeregisterStreamConsumer, request, time);
  if (!found.ok()) return found.status();
  ConsumerRecord& consumer = *found->consumer;
  if (consumer.deleted_at_ms != internal::kNever) return absl::OkStatus();
  consumer.deleted_at_ms = core_->EndOf(core_->delays().delete_consumer, time);
  consumer.subscriptions.End();
  return absl::OkStatus();
}

// --- Subscribing ---------------------------------------------------------------------------------

namespace {

// The consumer that a request names. What is no shard's id is told before it is looked for.
absl::StatusOr<FoundConsumer> FindSubscriber(ClientCore& core,
                                             const SubscribeToShardRequest& request,
                                             CallTime& time) {
  const absl::StatusOr<std::string> name =
      ConsumerNameAt(request.consumer_arn, std::nullopt, std::nullopt);
  if (!name.ok()) return name.status();
  StreamAddress address = internal::AddressOf(request);
  address.arn = *request.consumer_arn;
  const auto described = core.CheckNames(address, internal::ArnOf::kStreamOrConsumer);
  if (!described.ok()) return described.status();
  absl::Status status = core.CheckShardIdText(*request.shard_id, *described);
  if (!status.ok()) return status;
  return FindConsumerAt(core, address, Operation::kSubscribeToShard, *name, request.consumer_arn,
                        time);
}

// The consumer's part in a shard, once the call is within its rate, if it is to be charged, and the
// states are right.
absl::StatusOr<std::shared_ptr<ConsumerShard>> AdmitSubscription(ClientCore& core,
                                                                 const FoundConsumer& found,
                                                                 ShardId shard, bool charged,
                                                                 CallTime& time) {
  const int64_t now_ms = time.ms();
  ConsumerRecord& consumer = *found.consumer;
  auto subscriptions = consumer.subscriptions.Of(shard, core.limits(), now_ms);
  if (charged && core.limits().rates && !subscriptions->TryCall(now_ms)) {
    return MakeError(ErrorType::kLimitExceeded, "Rate exceeded for consumer " + consumer.arn +
                                                    " and shard " + shard.ToString() + ".");
  }
  absl::Status status = core.RequireSettled(*found.stream, *found.state, time);
  if (!status.ok()) return status;
  status = core.RequireActive(consumer, *found.stream, time);
  if (!status.ok()) return status;
  return subscriptions;
}

}  // namespace

absl::StatusOr<SubscribeToShardResponse> Client::SubscribeToShard(
    const SubscribeToShardRequest& request) {
  absl::StatusOr<SubscribeToShardResponse> response = Subscribe(request);
  if (core_->faults() != nullptr) [[unlikely]] {
    CallAnswer answer{.operation = Operation::kSubscribeToShard, .status = response.status()};
    if (request.shard_id) answer.shard = internal::Resolve(*request.shard_id);
    if (request.starting_position && request.starting_position->type) {
      answer.start = internal::Resolve(*request.starting_position->type);
    }
    core_->faults()->OnAnswer(answer);
  }
  return response;
}

absl::StatusOr<SubscribeToShardResponse> Client::Subscribe(const SubscribeToShardRequest& request) {
  CallTime time(core_->clock());
  absl::Status admitted = core_->Admit(Operation::kSubscribeToShard, request, time);
  if (!admitted.ok()) return admitted;
  absl::StatusOr<FoundConsumer> found = FindSubscriber(*core_, request, time);
  if (!found.ok()) return found.status();
  StreamRecord& stream = *found->stream;
  const auto shard = core_->FindShardToRead(*request.shard_id, stream);
  if (!shard.ok()) return shard.status();
  const bool dry_run = request.dry_run.value_or(false);
  auto subscriptions = AdmitSubscription(*core_, *found, shard->id(), !dry_run, time);
  if (!subscriptions.ok()) return subscriptions.status();
  const StartingPosition& start = *request.starting_position;
  absl::StatusOr<kinesis::Iterator> iterator = internal::MakeIterator(
      *core_, stream, *shard, {*start.type, start.sequence_number, start.timestamp},
      "SubscribeToShard", time);
  if (!iterator.ok()) return iterator.status();
  // Last, so that a call that fails is no subscription.
  const std::string& name = found->consumer->name;
  if (dry_run && (*subscriptions)->MaySubscribe(time.ms())) return core_->DryRunSucceeded();
  const std::optional<uint64_t> number = (*subscriptions)->TrySubscribe(time.ms());
  if (!number) return core_->SubscriptionExists(name, shard->id(), stream);
  internal::SubscriptionCore::Subject subject{found->stream, name, *std::move(subscriptions),
                                              *number};
  return SubscribeToShardResponse{ShardSubscription(std::make_unique<internal::SubscriptionCore>(
      *core_, std::move(subject), *std::move(iterator), time.ms()))};
}

}  // namespace kinesis::api
