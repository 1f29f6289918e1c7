// ClientCore: what all operations of a client share. They stand in client_*.cc, by group.
//
// Every operation takes a CallTime and goes through the same gates, in this order:
//   Admit        the operation exists, constraints of the model, injected faults, rate of the
//                account's calls
//   CheckNames   the names agree; only where something is judged before the stream is looked for
//   FindStream   the names agree and the stream is there
//   CheckRate    rate of the calls to this stream
//   Require...   the stream is in the right state
// and then does its own.
//
// Locks, in the order in which they are taken: control_mutex_, a StreamRecord's, that of the
// channels, the directory's stripes, those of throttles, minutes and subscriptions. deletion_mutex_
// and consumer_seconds_mutex_ come after a StreamRecord's, too.
#ifndef KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_
#define KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
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
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/channel_directory.h"
#include "kinesis_core/api/internal/pagination_tokens.h"
#include "kinesis_core/api/internal/request_validation.h"
#include "kinesis_core/api/internal/reshard_plan.h"
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

  int64_t iterator_lifetime_ms() const { return iterator_lifetime_ms_; }
  Clock& clock() const { return clock_; }

  // --- The gates

  template <class Request>
  absl::Status Admit(Operation operation, const Request& request, CallTime& time) {
    if (!limits().Has(operation)) return UnknownOperation(operation);
    if (absl::Status status = Validate(request); !status.ok()) return status;
    if (faults() != nullptr) [[unlikely]] {
      if (absl::Status status = AskForFault(operation, AddressOf(request)); !status.ok()) {
        return status;
      }
    }
    if (ScopeOf(operation) == RateScope::kAccount && limits().rates &&
        limits().RateOf(operation) != kUnlimited) {
      return CheckAccountRate(operation, AddressOf(request), time);
    }
    return absl::OkStatus();
  }

  template <class Request>
  absl::StatusOr<StreamPtr> FindStream(const Request& request, CallTime& time) {
    const StreamAddress address = AddressOf(request);
    if (address.name && !address.arn && !address.id) return FindStreamByName(*address.name, time);
    return FindStreamAt(address, time);
  }
  absl::StatusOr<StreamPtr> FindStreamByName(std::string_view name, CallTime& time) {
    FinishDeletions(time);
    StreamPtr stream = streams_.FindByName(name);
    if (stream == nullptr) return StreamNotFound(name);
    LookIfDue(*stream, time);
    return stream;
  }
  // By the ARN of a consumer, if it may be one: the consumer's stream.
  absl::StatusOr<StreamPtr> FindStreamAt(const StreamAddress& address, CallTime& time,
                                         ArnOf allowed = ArnOf::kStream);
  // The same by uid; null if there is none.
  StreamPtr FindStreamByUid(uint64_t uid, CallTime& time) {
    FinishDeletions(time);
    StreamPtr stream = streams_.FindByUid(uid);
    if (stream != nullptr) LookIfDue(*stream, time);
    return stream;
  }

  // The part of FindStream that looks at the names alone: InvalidArgumentException unless they
  // agree. Returns how messages name the stream, "stream X under account A".
  absl::StatusOr<std::string> CheckNames(const StreamAddress& address,
                                         ArnOf allowed = ArnOf::kStream) const;
  // ResourceNotFoundException if text given for a shard's id is none. The service says so before it
  // looks for the stream, which `described` names.
  absl::Status CheckShardIdText(const TextOr<ShardId>& id, std::string_view described) const;

  // ResourceNotFoundException: there is none, or no more.
  absl::StatusOr<kinesis::Shard> FindShardToRead(const TextOr<ShardId>& id,
                                                 const StreamRecord& stream) const;

  absl::Status CheckRate(Operation operation, StreamRecord& stream, CallTime& time);

  // ResourceInUseException unless the stream is in ACTIVE; in ACTIVE or UPDATING.
  absl::Status RequireActive(const StreamRecord& stream, const StreamRecord::Locked& state,
                             CallTime& time) const;
  absl::Status RequireSettled(const StreamRecord& stream, const StreamRecord::Locked& state,
                              CallTime& time) const;
  // The same unless a consumer is in ACTIVE.
  absl::Status RequireActive(const ConsumerRecord& consumer, const StreamRecord& stream,
                             CallTime& time) const;

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
  // `described` names the stream.
  absl::Status ShardNotFoundToReshard(std::string_view shard, std::string_view described) const;
  absl::Status ShardDoesNotExist(std::string_view shard, std::string_view described) const;
  absl::Status RateExceeded(std::string_view shard, const StreamRecord& stream) const;
  // An error that a fault of a put or read is answered with: the service's own where it has one.
  absl::Status Injected(ErrorType type, ShardId shard, const StreamRecord& stream) const;
  // "stream X under account A", as most messages name a stream.
  std::string Describe(const StreamRecord& stream) const;
  // What the engine says, where no better error is known: kNotFound is the stream's deletion,
  // everything else kInternalFailure. That is lack of memory, too, which is no shard's rate: the
  // message says how much there is.
  absl::Status FromEngine(const absl::Status& status, const StreamRecord& stream) const;

  // --- Life of streams

  // Does what the stream is going to do by itself, if it is time: change its shards at the end of
  // UPDATING, or grow, if it is ON_DEMAND. Called whenever a stream is found, and takes its lock
  // then.
  void LookIfDue(StreamRecord& stream, CallTime& time) const {
    if (stream.IsLookDue(time)) Look(stream, time);
  }
  // Deletes the streams whose time in DELETING is over. Called before anything looks.
  void FinishDeletions(CallTime& time) {
    // Relaxed: a thread that sees the change late finds the stream itself to be gone.
    const int64_t next_ms = next_deletion_ms_.load(std::memory_order_relaxed);
    if (next_ms != kNever && time.ms() >= next_ms) FinishDueDeletions(time.ms());
  }
  // Puts the stream into DELETING for as long as the delays say.
  void BeginDeletion(StreamRecord::Locked& state, CallTime& time);
  // Puts the stream into UPDATING for as long as the delays say.
  void BeginUpdate(StreamRecord::Locked& state, CallTime& time) const {
    state->updating_until_ms = EndOf(delays().update_stream, time);
  }
  // The same, and its shards change when that is over: before this returns, if it takes no time.
  absl::Status BeginReshard(StreamRecord& stream, StreamRecord::Locked& state, ReshardPlan plan,
                            CallTime& time) const;
  // When what begins now and takes `delay` is done. What takes no time is done already, and stays
  // so if the clock is set back.
  int64_t EndOf(absl::Duration delay, CallTime& time) const {
    if (faults() != nullptr) [[unlikely]] {
      delay = faults()->OnTransition(delay);
    }
    if (delay <= absl::ZeroDuration()) return kAlways;
    return time.ms() + std::min(absl::ToInt64Milliseconds(delay), kNever / 4);
  }

  // Serializes what counts over all streams: creating, and adding shards.
  std::mutex& control_mutex() { return control_mutex_; }
  // LimitExceededException if the account may not have so many more shards.
  // Requires: control_mutex() is held.
  absl::Status CheckShardLimit(int64_t additional, CallTime& time);
  struct AccountUse {
    int64_t provisioned_shards = 0;  // open ones of PROVISIONED streams
    int64_t coming_shards = 0;       // that they will have more when they cease to be UPDATING
    int64_t on_demand_streams = 0;
    int64_t changing_streams = 0;  // in CREATING or DELETING
  };
  AccountUse CountUse(CallTime& time);

  uint64_t NextStreamUid() {
    return next_stream_uid_.fetch_add(1, std::memory_order_relaxed);  // unique, orders nothing
  }

  // The creation second that tells a consumer registered now from those registered before under
  // the same stream's and consumer's names: it is part of the ARN. The present, or the first second
  // after it that none has had.
  int64_t TakeConsumerSecond(const std::string& stream_arn, const std::string& consumer_name,
                             int64_t now_ms);

  // --- Tokens

  // Of a shard iterator that no other one was read on to: see IssuedIterator.
  uint64_t NextIteratorSerial() {
    return next_iterator_serial_.fetch_add(1, std::memory_order_relaxed)  // unique, orders nothing
           << kIteratorChainBits;
  }

  std::string MakeNextToken(Operation operation, uint64_t stream_uid, std::string marker,
                            CallTime& time) const;
  absl::Status InvalidNextToken() const;
  // InvalidArgumentException, or ExpiredNextTokenException.
  absl::StatusOr<PaginationToken> ReadNextToken(Operation operation, std::string_view text,
                                                CallTime& time) const;

  // --- The account's settings, under control_mutex().
  MinimumThroughputBillingCommitmentOutput billing_commitment;

 private:
  // A token has been read on from so often, at the most, before its serial is another one's.
  static constexpr int kIteratorChainBits = 32;
  static constexpr size_t kFirstForget = 1024;

  absl::Status UnknownOperation(Operation operation) const;
  absl::Status CheckAccountRate(Operation operation, const StreamAddress& address, CallTime& time);
  absl::Status CallRateExceeded(const StreamAddress& address) const;
  absl::Status AskForFault(Operation operation, const StreamAddress& address) const;
  absl::Status NoAddress() const;
  struct NamedStream;
  absl::StatusOr<NamedStream> ReadNames(const StreamAddress& address, ArnOf allowed) const;
  void FinishDueDeletions(int64_t now_ms);
  void Look(StreamRecord& stream, CallTime& time) const;
  absl::Status CarryOut(StreamRecord& stream, const ReshardPlan& plan) const;

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
  std::atomic<uint64_t> next_iterator_serial_{1};

  std::mutex control_mutex_;
  std::mutex deletion_mutex_;

  std::mutex consumer_seconds_mutex_;
  // The newest second of each stream's ARN and consumer's name. Guarded by the mutex before.
  std::map<std::string, int64_t> consumer_seconds_;
  size_t forget_seconds_at_ = kFirstForget;  // size at which old ones go; likewise
};

// What an answer that returns these records says of them.
void DescribeRecords(const RecordList& records, CallAnswer* answer);

// Number of open shards.
int64_t OpenShardCount(const kinesis::Stream& stream);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CLIENT_CORE_H_
