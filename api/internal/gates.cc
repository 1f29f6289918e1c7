#include "kinesis_core/api/internal/gates.h"

#include <optional>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/internal/wire_text.h"

namespace kinesis::api::internal {

absl::Status Gates::AskForFault(Operation operation, const StreamAddress& address) const {
  const std::string_view name = NameIn(address);
  const std::optional<ErrorType> error = options_.faults->OnCall(operation, name);
  return error ? errors_.InjectedIntoCall(*error, name) : absl::OkStatus();
}

absl::Status Gates::CheckAccountRate(Operation operation, const StreamAddress& address,
                                     CallTime& time) {
  if (account_calls_.TryCall(operation, time.ms())) return absl::OkStatus();
  return errors_.AccountRateExceeded(NameIn(address));
}

// --- The stream ----------------------------------------------------------------------------------

absl::StatusOr<std::string> Gates::CheckNames(const StreamAddress& address, ArnOf allowed) const {
  KC_ASSIGN_OR_RETURN(const NamedStream named, ResolveNames(address, allowed, options_));
  return StreamInAccount(named.name, named.account_id);
}

absl::StatusOr<StreamPtr> Gates::FindStreamAt(const StreamAddress& address, CallTime& time,
                                              ArnOf allowed) {
  lifecycle_.FinishDeletions(time);
  KC_ASSIGN_OR_RETURN(const NamedStream named, ResolveNames(address, allowed, options_));
  StreamPtr stream;
  if (!named.is_elsewhere) {
    stream = named.is_id ? streams_.FindById(named.name) : streams_.FindByName(named.name);
  }
  if (stream == nullptr) {
    return MakeError(ErrorType::kResourceNotFound, "Stream " + ShownText(named.name) +
                                                       " under account " +
                                                       ShownText(named.account_id) + " not found.");
  }
  lifecycle_.AdvanceIfDue(*stream, time);
  if (address.id && stream->id() != *address.id) {
    return MakeError(
        ErrorType::kInvalidArgument,
        "StreamId " + std::string(*address.id) + " is not that of stream " + stream->name() + ".");
  }
  return stream;
}

absl::Status Gates::CheckRate(Operation operation, StreamEntry& stream, CallTime& time) const {
  if (!options_.limits.rates || stream.calls().TryCall(operation, time.ms())) {
    return absl::OkStatus();
  }
  return errors_.StreamRateExceeded(stream.name());
}

// --- States --------------------------------------------------------------------------------------

absl::Status Gates::RequireActive(const StreamEntry& stream, const StreamEntry::Locked& state,
                                  CallTime& time) const {
  const StreamStatus status = state.StatusAt(time.ms());
  if (status == StreamStatus::kActive) return absl::OkStatus();
  return errors_.StreamNotInState(stream.name(), "ACTIVE", ToText(status));
}

absl::Status Gates::RequireActiveOrUpdating(const StreamEntry& stream,
                                            const StreamEntry::Locked& state,
                                            CallTime& time) const {
  const StreamStatus status = state.StatusAt(time.ms());
  if (status == StreamStatus::kActive || status == StreamStatus::kUpdating) {
    return absl::OkStatus();
  }
  return errors_.StreamNotInState(stream.name(), "ACTIVE or UPDATING", ToText(status));
}

absl::Status Gates::RequireActive(const ConsumerEntry& consumer, const StreamEntry& stream,
                                  CallTime& time) const {
  if (consumer.StatusAt(time.ms()) == ConsumerStatus::kActive) return absl::OkStatus();
  return errors_.ConsumerNotActive(consumer.name, consumer.created_ms, stream.name());
}

// --- Shards --------------------------------------------------------------------------------------

absl::Status Gates::CheckShardIdText(const TextOr<ShardId>& id,
                                     std::string_view stream_text) const {
  if (Resolve(id)) return absl::OkStatus();
  return errors_.ShardNotFoundToReshard(WireText(id), stream_text);
}

absl::StatusOr<kinesis::Shard> Gates::FindShardToRead(const TextOr<ShardId>& id,
                                                      const StreamEntry& stream) const {
  const std::optional<ShardId> resolved = Resolve(id);
  if (resolved) {
    absl::StatusOr<kinesis::Shard> shard = stream.stream().FindShard(*resolved);
    if (shard.ok()) return shard;
  }
  return errors_.ShardDoesNotExist(resolved ? resolved->ToString() : WireText(id),
                                   errors_.StreamText(stream.name()));
}

}  // namespace kinesis::api::internal
