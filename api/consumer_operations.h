// Requests and responses of enhanced fan-out: consumers of a stream, and their subscriptions.
//
// A consumer is named by its ARN, or by its name and its stream's ARN. Every member of a request
// may be left out, as on the wire; a required one that is missing is the service's
// ValidationException. Operations without a response answer with absl::Status alone.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_CONSUMER_OPERATIONS_H_
#define KINESIS_CORE_API_CONSUMER_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/record_list.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/shard_subscription.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// --- Consumers -----------------------------------------------------------------------------------

struct Consumer {
  std::string consumer_name;
  std::string consumer_arn;
  ConsumerStatus consumer_status{};
  absl::Time consumer_creation_timestamp;
};

struct ConsumerDescription {
  std::string consumer_name;
  std::string consumer_arn;
  ConsumerStatus consumer_status{};
  absl::Time consumer_creation_timestamp;
  std::string stream_arn;
};

struct RegisterStreamConsumerRequest {
  std::optional<std::string> stream_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> consumer_name = std::nullopt;  // required
  std::optional<TagMap> tags = std::nullopt;
};

struct RegisterStreamConsumerResponse {
  Consumer consumer;
};

struct DescribeStreamConsumerRequest {
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> consumer_name = std::nullopt;
  std::optional<std::string> consumer_arn = std::nullopt;
};

struct DescribeStreamConsumerResponse {
  ConsumerDescription consumer_description;
};

struct ListStreamConsumersRequest {
  std::optional<std::string> stream_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> next_token = std::nullopt;
  std::optional<int32_t> max_results = std::nullopt;
  // Tells a stream from an earlier one of the same name.
  std::optional<absl::Time> stream_creation_timestamp = std::nullopt;
};

struct ListStreamConsumersResponse {
  std::vector<Consumer> consumers;
  std::optional<std::string> next_token;
};

struct DeregisterStreamConsumerRequest {
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> consumer_name = std::nullopt;
  std::optional<std::string> consumer_arn = std::nullopt;
};

// --- Subscriptions -------------------------------------------------------------------------------

struct SubscribeToShardRequest {
  std::optional<std::string> consumer_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<ShardId>> shard_id = std::nullopt;            // required
  std::optional<StartingPosition> starting_position = std::nullopt;  // required
  std::optional<bool> dry_run = std::nullopt;                        // as in record_operations.h
};

struct SubscribeToShardResponse {
  ShardSubscription event_stream;
};

// One event of a subscription.
struct SubscribeToShardEvent {
  RecordList records;
  // Where a later subscription goes on: AFTER_SEQUENCE_NUMBER of this one. Not there at the end of
  // a closed shard, although the model lists it as required: it is by this that the service's
  // clients know the end.
  std::optional<SequenceNumber> continuation_sequence_number;
  int64_t millis_behind_latest = 0;
  // At the end of a closed shard: those that took over. It is the last event then.
  std::optional<std::vector<ChildShard>> child_shards;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_CONSUMER_OPERATIONS_H_
