// ServiceErrors: the errors that more than one operation returns, in the service's words.
//
// A leaf among the parts of a client: it knows names and numbers, and none of the other parts. An
// error that one operation alone returns is worded where that operation stands.
#ifndef KINESIS_CORE_API_INTERNAL_SERVICE_ERRORS_H_
#define KINESIS_CORE_API_INTERNAL_SERVICE_ERRORS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// "stream X under account A", as most messages name a stream. Both are cut if they are too long.
std::string StreamInAccount(std::string_view stream_name, std::string_view account_id);

// The message of `status`, as a view of it.
std::string_view MessageOf(const absl::Status& status);

// Thread-safe: const operations may run concurrently. `options` outlive it.
class ServiceErrors {
 public:
  explicit ServiceErrors(const ClientOptions& options) : options_(options) {}

  // Such text for a stream of this client's account.
  std::string StreamText(std::string_view stream_name) const;

  // --- Of calls

  // UnknownOperationException: the year of the limits does not have it.
  absl::Status UnknownOperation(Operation operation) const;
  // LimitExceededException: too many calls by the account; `stream_name` may be empty.
  absl::Status AccountRateExceeded(std::string_view stream_name) const;
  // LimitExceededException: too many calls on one stream.
  absl::Status StreamRateExceeded(std::string_view stream_name) const;
  // ProvisionedThroughputExceededException: too much for one shard.
  absl::Status ShardRateExceeded(std::string_view shard, std::string_view stream_name) const;
  // DryRunOperationException: the request would have been carried out.
  absl::Status DryRunSucceeded() const;
  // InvalidArgumentException: the text is no NextToken of this operation.
  absl::Status InvalidNextToken() const;

  // --- Of what is not there: ResourceNotFoundException

  absl::Status StreamNotFound(std::string_view stream_name) const;
  absl::Status ConsumerNotFound(std::string_view consumer, std::string_view stream_name) const;
  absl::Status ChannelNotFound(std::string_view arn) const;
  // The two ways in which the service misses a shard: when it is to be split or merged, and when it
  // is to be read. `stream_text` names the stream, as StreamText() does.
  absl::Status ShardNotFoundToReshard(std::string_view shard, std::string_view stream_text) const;
  absl::Status ShardDoesNotExist(std::string_view shard, std::string_view stream_text) const;

  // --- Of what is in the wrong state: ResourceInUseException

  // `wanted` is the state, or "X or Y"; `state` the one that the stream is in.
  absl::Status StreamNotInState(std::string_view stream_name, std::string_view wanted,
                                std::string_view state) const;
  absl::Status ConsumerNotActive(std::string_view consumer, int64_t created_ms,
                                 std::string_view stream_name) const;
  // `action` completes "so it cannot ...".
  absl::Status StreamHasChannels(std::string_view stream_name, std::string_view action) const;
  // The consumer has another subscription to the shard.
  absl::Status SubscriptionExists(std::string_view consumer, ShardId shard,
                                  std::string_view stream_name) const;

  // --- Of other causes

  // An error that a FaultInjector asked for, where no shard is concerned; and of a put or a read.
  absl::Status InjectedIntoCall(ErrorType type, std::string_view stream_name) const;
  absl::Status InjectedIntoShard(ErrorType type, ShardId shard, std::string_view stream_name) const;
  // The service's error for one of the engine where no better one is known: kNotFound is the
  // stream's deletion, and everything else InternalFailureException. That is lack of memory, too,
  // which is no shard's rate: the message says how much there is.
  absl::Status FromEngine(const absl::Status& status, std::string_view stream_name) const;

 private:
  const ClientOptions& options_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SERVICE_ERRORS_H_
