// ClientCore: what all operations of a client share. They stand in client_*.cc, by group.
//
// Every operation goes through the same gates, in this order:
//   Admit        the operation exists, constraints of the model, injected faults, rate of the
//                account's calls
//   FindStream   the names agree and the stream is there
//   CheckRate    rate of the calls to this stream
//   RequireX     the stream is in the right state
// and then does its own.
//
// Locks, in the order in which they are taken: control_mutex_, a StreamRecord's, that of the
// channels, the directory's stripes, those of throttles, minutes and subscriptions.
#ifndef KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_
#define KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/account_operations.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/internal/call_rates.h"
#include "kinesis_core/api/internal/channel_directory.h"
#include "kinesis_core/api/internal/pagination_tokens.h"
#include "kinesis_core/api/internal/request_validation.h"
#include "kinesis_core/api/internal/stream_directory.h"
#include "kinesis_core/api/internal/stream_record.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/record_list.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"

namespace kinesis::api::internal {

using StreamPtr = StreamDirectory::StreamPtr;

// How a request names its stream; what it leaves out is not there.
struct StreamAddress {
  std::optional<std::string_view> name;
  std::optional<std::string_view> arn;
  std::optional<std::string_view> id;

  bool empty() const { return !name && !arn && !id; }
};

// What the ARN of an address may be of.
enum class ArnOf { kStream, kStreamOrConsumer };

template <class Request>
StreamAddress AddressOf(const Request& request) {
  StreamAddress address;
  if constexpr (requires { request.stream_name; }) address.name = request.stream_name;
  if constexpr (requires { request.stream_arn; }) address.arn = request.stream_arn;
  if constexpr (requires { request.resource_arn; }) address.arn = request.resource_arn;
  if constexpr (requires { request.stream_id; }) address.id = request.stream_id;
  return address;
}

// Thread-safe: all operations may run concurrently.
class ClientCore {
 public:
  ClientCore(std::unique_ptr<Engine> owned, Engine& engine, const ClientOptions& options);
  ClientCore(const ClientCore&) = delete;
  ClientCore& operator=(const ClientCore&) = delete;

  Engine& engine() const { return engine_; }
  const ClientOptions& options() const { return options_; }
  const Limits& limits() const { return options_.limits; }
  const LifecycleDelays& delays() const { return options_.delays; }
  // Requires: no operation runs.
  void SetLimits(const Limits& limits, const LifecycleDelays& delays);
  const std::string& account() const { return options_.account_id; }
  const SealKey& seal_key() const { return seal_key_; }
  StreamDirectory& streams() { return streams_; }
  ChannelDirectory& channels() { return channels_; }
  // Null unless a test injects faults.
  FaultInjector* faults() const { return options_.faults; }

  // Before 1970 counts as 1970, as in the engine. The far end is so far that sums with it fit.
  int64_t NowMs() const { return std::clamp<int64_t>(clock_.NowMillis(), 0, kNever / 4); }
  int64_t iterator_lifetime_ms() const { return iterator_lifetime_ms_; }
  Clock& clock() const { return clock_; }

  // --- The gates

  template <class Request>
  absl::Status Admit(Operation operation, const Request& request) {
    if (!limits().Has(operation)) return UnknownOperation(operation);
    if (absl::Status status = Validate(request); !status.ok()) return status;
    if (faults() != nullptr) [[unlikely]] {
      if (absl::Status status = AskForFault(operation, AddressOf(request)); !status.ok()) {
        return status;
      }
    }
    if (ScopeOf(operation) == RateScope::kAccount && limits().rates &&
        limits().RateOf(operation) != kUnlimited) {
      return CheckAccountRate(operation, AddressOf(request));
    }
    return absl::OkStatus();
  }

  template <class Request>
  absl::StatusOr<StreamPtr> FindStream(const Request& request) {
    const StreamAddress address = AddressOf(request);
    if (address.name && !address.arn && !address.id) return FindStreamByName(*address.name);
    return FindStreamAt(address);
  }
  absl::StatusOr<StreamPtr> FindStreamByName(std::string_view name) {
    FinishDeletions();
    StreamPtr stream = streams_.FindByName(name);
    if (stream == nullptr) return StreamNotFound(name);
    GrowIfDue(*stream);
    return stream;
  }
  // By the ARN of a consumer, if it may be one: the consumer's stream.
  absl::StatusOr<StreamPtr> FindStreamAt(const StreamAddress& address,
                                         ArnOf allowed = ArnOf::kStream);

  // ResourceNotFoundException: there is none, or no more.
  absl::StatusOr<kinesis::Shard> FindShardToRead(const TextOr<ShardId>& id,
                                                 const StreamRecord& stream) const;

  absl::Status CheckRate(Operation operation, StreamRecord& stream);

  // ResourceInUseException unless the stream is in ACTIVE; in ACTIVE or UPDATING.
  absl::Status RequireActive(const StreamRecord& stream, const StreamRecord::Locked& state) const;
  absl::Status RequireSettled(const StreamRecord& stream, const StreamRecord::Locked& state) const;

  // --- Errors that several operations have

  absl::Status StreamNotFound(std::string_view name) const;
  absl::Status ConsumerNotFound(std::string_view consumer, const StreamRecord& stream) const;
  absl::Status ChannelNotFound(std::string_view arn) const;
  // What is asked for cannot be done to a stream that has channels.
  absl::Status StreamHasChannels(const StreamRecord& stream, std::string_view what) const;
  // A request with DryRun that would have been carried out.
  absl::Status DryRunSucceeded() const;
  // A consumer is subscribed to the shard already, or anew.
  absl::Status SubscriptionExists(std::string_view consumer, ShardId shard,
                                  const StreamRecord& stream) const;
  absl::Status ShardNotFoundToReshard(std::string_view shard, const StreamRecord& stream) const;
  absl::Status RateExceeded(std::string_view shard, const StreamRecord& stream) const;
  // An error that a fault of a put or read is answered with: the service's own where it has one.
  absl::Status Injected(ErrorType type, ShardId shard, const StreamRecord& stream) const;
  // "stream X under account A", as most messages name a stream.
  std::string Describe(const StreamRecord& stream) const;
  // What the engine says, where no better error is known: kNotFound is the stream's deletion,
  // kResourceExhausted lack of room (to be retried), everything else kInternalFailure.
  absl::Status FromEngine(const absl::Status& status, const StreamRecord& stream) const;

  // --- Life of streams

  // Lets an ON_DEMAND stream grow, if it is time to look.
  void GrowIfDue(StreamRecord& stream) const {
    if (stream.IsScalingLookDue(clock_)) LookAtScaling(*this, stream, NowMs());
  }
  // Deletes the streams whose time in DELETING is over. Called before anything looks.
  void FinishDeletions() {
    // Relaxed: a thread that sees the change late finds the stream itself to be gone.
    const int64_t next_ms = next_deletion_ms_.load(std::memory_order_relaxed);
    if (next_ms != kNever && NowMs() >= next_ms) FinishDueDeletions(NowMs());
  }
  // Puts the stream into DELETING for as long as the delays say.
  void BeginDeletion(StreamRecord::Locked& state);
  // Puts the stream into UPDATING for as long as the delays say.
  void BeginUpdate(StreamRecord::Locked& state) const {
    state->updating_until_ms = EndOf(delays().update_stream);
  }
  // The same after its shards have changed; what throttled those that are gone is forgotten.
  void FinishReshard(StreamRecord& stream, StreamRecord::Locked& state) const;
  // When what begins now and takes `delay` is done. What takes no time is done already, and stays
  // so if the clock is set back.
  int64_t EndOf(absl::Duration delay) const {
    if (faults() != nullptr) [[unlikely]] {
      delay = faults()->OnTransition(delay);
    }
    if (delay <= absl::ZeroDuration()) return kAlways;
    return NowMs() + std::min(absl::ToInt64Milliseconds(delay), kNever / 4);
  }

  // Serializes what counts over all streams: creating, and adding shards.
  std::mutex& control_mutex() { return control_mutex_; }
  // LimitExceededException if the account may not have so many more shards.
  // Requires: control_mutex() is held.
  absl::Status CheckShardLimit(int64_t additional);
  // Open shards of all PROVISIONED streams; and ON_DEMAND streams.
  struct AccountUse {
    int64_t provisioned_shards = 0;
    int64_t open_shards = 0;
    int64_t on_demand_streams = 0;
    int64_t creating_streams = 0;
  };
  AccountUse CountUse();

  uint64_t NextStreamUid() {
    return next_stream_uid_.fetch_add(1, std::memory_order_relaxed);  // unique, orders nothing
  }

  // --- Tokens

  std::string MakeNextToken(Operation operation, uint64_t stream_uid, std::string marker) const;
  absl::Status InvalidNextToken() const;
  // InvalidArgumentException, or ExpiredNextTokenException.
  absl::StatusOr<PaginationToken> ReadNextToken(Operation operation, std::string_view text) const;

  // --- The account's settings, under control_mutex().
  MinimumThroughputBillingCommitmentOutput billing_commitment;

 private:
  absl::Status UnknownOperation(Operation operation) const;
  absl::Status CheckAccountRate(Operation operation, const StreamAddress& address);
  absl::Status CallRateExceeded(const StreamAddress& address) const;
  absl::Status AskForFault(Operation operation, const StreamAddress& address) const;
  absl::Status NoAddress() const;
  void FinishDueDeletions(int64_t now_ms);

  const std::unique_ptr<Engine> owned_;
  Engine& engine_;
  Clock& clock_;
  ClientOptions options_;
  const SealKey seal_key_;
  int64_t iterator_lifetime_ms_;

  StreamDirectory streams_;
  ChannelDirectory channels_;
  CallThrottle calls_;
  std::atomic<int64_t> next_deletion_ms_{kNever};
  std::atomic<uint64_t> next_stream_uid_;

  std::mutex control_mutex_;
  std::mutex deletion_mutex_;
};

// What an answer that returns these records says of them.
void DescribeRecords(const RecordList& records, CallAnswer* answer);

// Number of open shards.
int64_t OpenShardCount(const kinesis::Stream& stream);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_
