// FaultInjector: lets a test decide what goes wrong inside a client, and where.
//
// A client that was given one (ClientOptions::faults) asks it at five points, and reports to it how
// the calls of readers were answered. The code under test keeps its api::Client& and sees what the
// service would show it. kinesis::api::FaultPlan is the implementation to use; write another
// for faults that depend on more than a plan can say. A client without one compares a pointer with
// null at each of them.
//
// Every point answers "nothing" by default, so that a subclass overrides those it is about.
#ifndef KINESIS_CORE_API_FAULT_INJECTOR_H_
#define KINESIS_CORE_API_FAULT_INJECTOR_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/record.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/stream.h"

namespace kinesis::api {

// The fate of one record of PutRecord or PutRecords.
struct PutFault {
  ErrorType error{};
  // The record is stored and only the answer is lost: whoever puts it again stores it twice.
  bool stored = false;
};

// The fate of one GetRecords call: the error or, if there is none, a page that holds no more
// than so many records although the shard may. With 0 the reader stays where it is.
struct ReadFault {
  std::optional<ErrorType> error = std::nullopt;
  uint64_t records_max = 0;
};

// The fate of a subscription when its next event is asked for: it fails with the error or, if
// there is none, ends before its time, as when the service closes the connection. Either is for
// good; the consumer subscribes again.
struct EventFault {
  std::optional<ErrorType> error = std::nullopt;
};

// How a call to ListShards, GetShardIterator, GetRecords or SubscribeToShard was answered; or a
// subscription that was asked for its next event.
struct CallAnswer {
  Operation operation{};
  bool is_event = false;                        // of a subscription, and not a call
  std::optional<ShardId> shard = std::nullopt;  // if the call is about one, and says which
  // Where the call begins to read, if it is GetShardIterator or SubscribeToShard and says so.
  std::optional<ShardIteratorType> start = std::nullopt;
  absl::Status status = {};
  // The rest is set if the answer is OK.
  uint64_t count = 0;  // shards that are listed, records that are returned
  std::optional<SequenceNumber> last_record = std::nullopt;  // that of the last one returned
  // Another page follows; the shard is not at its end; the subscription goes on.
  bool has_next = true;
};

// An implementation is thread-safe: every thread that uses the client asks it.
//
// Lifetime: it outlives the client.
class FaultInjector {
 public:
  FaultInjector() = default;
  FaultInjector(const FaultInjector&) = delete;
  FaultInjector& operator=(const FaultInjector&) = delete;
  virtual ~FaultInjector() = default;

  // The first four, and OnAnswer, are asked without any lock, so they may use the client and the
  // stream, also to split and merge.

  // A call whose members have passed their constraints; `stream` is the name of the stream as the
  // request gives it, by itself or in an ARN, or empty. An error is what the call returns, having
  // done nothing.
  virtual std::optional<ErrorType> OnCall(Operation operation, std::string_view stream);

  // A record that is right in itself, before its shard's rates are looked at. `shard` is where it
  // would go now. The records of one PutRecords call are asked about one by one and then put
  // together.
  virtual std::optional<PutFault> OnPut(kinesis::Stream& stream, ShardId shard,
                                        const kinesis::Record& record);

  // A GetRecords call whose token is good, before the shard's rates are looked at.
  virtual std::optional<ReadFault> OnRead(kinesis::Stream& stream, ShardId shard);

  // A subscription that goes on and is asked for its next event, once for each time it is asked.
  virtual std::optional<EventFault> OnEvent(kinesis::Stream& stream, ShardId shard);

  // A call or an event that has been answered, with a fault or without.
  virtual void OnAnswer(const CallAnswer& answer);

  // How long a stream or consumer that changes its state from now on takes, instead of what
  // LifecycleDelays says. Asked under locks: do not use the client from here.
  virtual absl::Duration OnTransition(absl::Duration usual);
};

inline std::optional<ErrorType> FaultInjector::OnCall(Operation /*operation*/,
                                                      std::string_view /*stream*/) {
  return std::nullopt;
}

inline std::optional<PutFault> FaultInjector::OnPut(kinesis::Stream& /*stream*/, ShardId /*shard*/,
                                                    const kinesis::Record& /*record*/) {
  return std::nullopt;
}

inline std::optional<ReadFault> FaultInjector::OnRead(kinesis::Stream& /*stream*/,
                                                      ShardId /*shard*/) {
  return std::nullopt;
}

inline std::optional<EventFault> FaultInjector::OnEvent(kinesis::Stream& /*stream*/,
                                                        ShardId /*shard*/) {
  return std::nullopt;
}

inline void FaultInjector::OnAnswer(const CallAnswer& /*answer*/) {}

inline absl::Duration FaultInjector::OnTransition(absl::Duration usual) { return usual; }

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_FAULT_INJECTOR_H_
