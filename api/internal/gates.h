// Gates: what every operation goes through before it does its own, in this order.
//
//   Admit                     the operation exists, constraints of the model, injected faults, rate
//                             of the account's calls
//   CheckNames                the names agree; called where something is judged before the stream
//                             is looked for
//   FindStream                the names agree and the stream is there
//   CheckRate                 rate of the calls to this stream
//   RequireActive, ...        the stream is in the right state
//
// The order is that in which the service's errors win.
#ifndef KINESIS_CORE_API_INTERNAL_GATES_H_
#define KINESIS_CORE_API_INTERNAL_GATES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/internal/call_throttle.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/consumer_entry.h"
#include "kinesis_core/api/internal/lifecycle.h"
#include "kinesis_core/api/internal/request_validation.h"
#include "kinesis_core/api/internal/service_errors.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"
#include "kinesis_core/api/internal/stream_directory.h"
#include "kinesis_core/api/internal/stream_entry.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/shard.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently. What it is given outlives it.
class Gates {
 public:
  Gates(const ClientOptions& options, const ServiceErrors& errors, StreamDirectory& streams,
        Lifecycle& lifecycle)
      : options_(options),
        errors_(errors),
        streams_(streams),
        lifecycle_(lifecycle),
        account_calls_(options.limits, RateScope::kAccount) {}
  Gates(const Gates&) = delete;
  Gates& operator=(const Gates&) = delete;

  // Begins the account's rates anew. Requires: nothing else runs.
  void Reset(const Limits& limits) { account_calls_.Reset(limits); }

  // UnknownOperationException, ValidationException, an injected error, or LimitExceededException
  // for the rate, in this order.
  template <class Request>
  absl::Status Admit(Operation operation, const Request& request, CallTime& time) {
    const Limits& limits = options_.limits;
    if (!limits.Has(operation)) return errors_.UnknownOperation(operation);
    KC_RETURN_IF_ERROR(Validate(request));
    if (options_.faults != nullptr) [[unlikely]] {
      KC_RETURN_IF_ERROR(AskForFault(operation, AddressOf(request)));
    }
    if (ScopeOf(operation) == RateScope::kAccount && limits.rates &&
        limits.RateOf(operation) != kUnlimited) {
      return CheckAccountRate(operation, AddressOf(request), time);
    }
    return absl::OkStatus();
  }

  // --- The stream

  // InvalidArgumentException unless the names agree. Returns how messages name the stream, "stream
  // X under account A".
  absl::StatusOr<std::string> CheckNames(const StreamAddress& address,
                                         ArnOf allowed = ArnOf::kStream) const;

  // The stream that a request names: InvalidArgumentException unless its names agree,
  // ResourceNotFoundException unless it is there.
  template <class Request>
  absl::StatusOr<StreamPtr> FindStream(const Request& request, CallTime& time) {
    absl::StatusOr<StreamPtr> stream{StreamPtr()};
    absl::Status status = FindStream(request, time, &*stream);
    if (!status.ok()) stream = std::move(status);
    return stream;
  }
  // The same into `*stream`, without a StatusOr to be moved about: for puts.
  template <class Request>
  absl::Status FindStream(const Request& request, CallTime& time, StreamPtr* stream) {
    if constexpr (requires { request.stream_name; }) {
      if (const auto* name = NameAlone(request)) return FindStreamByName(*name, time, stream);
    }
    KC_ASSIGN_OR_RETURN(*stream, FindStreamAt(AddressOf(request), time));
    return absl::OkStatus();
  }
  // The stream at an address, with the same errors. If the ARN may be a consumer's, it stands for
  // the consumer's stream.
  absl::StatusOr<StreamPtr> FindStreamAt(const StreamAddress& address, CallTime& time,
                                         ArnOf allowed = ArnOf::kStream);
  // The stream of that uid; null if there is none.
  StreamPtr FindStreamByUid(uint64_t uid, CallTime& time) {
    lifecycle_.FinishDeletions(time);
    StreamPtr stream = streams_.FindByUid(uid);
    if (stream != nullptr) lifecycle_.AdvanceIfDue(*stream, time);
    return stream;
  }

  // LimitExceededException: too many calls of this operation on this stream.
  absl::Status CheckRate(Operation operation, StreamEntry& stream, CallTime& time) const;

  // --- States: ResourceInUseException unless the stream is in ACTIVE; in ACTIVE or UPDATING; the
  // consumer is in ACTIVE.

  absl::Status RequireActive(const StreamEntry& stream, const StreamEntry::Locked& state,
                             CallTime& time) const;
  absl::Status RequireActiveOrUpdating(const StreamEntry& stream, const StreamEntry::Locked& state,
                                       CallTime& time) const;
  absl::Status RequireActive(const ConsumerEntry& consumer, const StreamEntry& stream,
                             CallTime& time) const;

  // --- Shards

  // ResourceNotFoundException if the text that was given for a shard's id is none. The service says
  // so before it looks for the stream, which `stream_text` names.
  absl::Status CheckShardIdText(const TextOr<ShardId>& id, std::string_view stream_text) const;

  // ResourceNotFoundException: the stream has no such shard, or no more.
  absl::StatusOr<kinesis::Shard> FindShardToRead(const TextOr<ShardId>& id,
                                                 const StreamEntry& stream) const;

 private:
  absl::Status FindStreamByName(std::string_view name, CallTime& time, StreamPtr* stream) {
    lifecycle_.FinishDeletions(time);
    *stream = streams_.FindByName(name);
    if (*stream == nullptr) return errors_.StreamNotFound(name);
    lifecycle_.AdvanceIfDue(**stream, time);
    return absl::OkStatus();
  }
  absl::Status AskForFault(Operation operation, const StreamAddress& address) const;
  absl::Status CheckAccountRate(Operation operation, const StreamAddress& address, CallTime& time);

  const ClientOptions& options_;
  const ServiceErrors& errors_;
  StreamDirectory& streams_;
  Lifecycle& lifecycle_;
  CallThrottle account_calls_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_GATES_H_
