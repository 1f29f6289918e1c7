#include "kinesis_core/api/internal/client_core.h"

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/on_demand_scaling.h"

namespace kinesis::api::internal {
namespace {

uint64_t RandomSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

std::string Capitalized(std::string text) {
  text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return text;
}

std::string_view MessageOf(const absl::Status& status) {
  return {status.message().data(), status.message().size()};
}

// The stream's name as the address has it, or nothing.
std::string_view NameIn(const StreamAddress& address) {
  if (address.name) return *address.name;
  if (!address.arn) return {};
  const std::optional<ArnParts> parts = ParseArn(*address.arn);
  return parts ? std::string_view(parts->stream_name) : std::string_view();
}

// Of an error without a cause.
std::string_view InjectedMessage(ErrorType type) {
  return type == ErrorType::kInternalFailure ? "Internal service failure."
                                             : "Injected by the client's FaultInjector.";
}

}  // namespace

void DescribeRecords(const RecordList& records, CallAnswer* answer) {
  answer->count = records.size();
  if (!records.empty()) answer->last_record = records[records.size() - 1].sequence_number;
}

int64_t OpenShardCount(const kinesis::Stream& stream) {
  const std::vector<kinesis::Shard> shards = stream.ListShards();
  return std::count_if(shards.begin(), shards.end(),
                       [](const kinesis::Shard& shard) { return shard.is_open(); });
}

ClientCore::ClientCore(std::unique_ptr<Engine> owned, Engine& engine, const ClientOptions& options)
    : owned_(std::move(owned)),
      engine_(engine),
      clock_(engine.clock()),
      options_(options),
      seal_key_(SealKey::FromSeed(options.token_seed ? *options.token_seed : RandomSeed())),
      iterator_lifetime_ms_(absl::ToInt64Milliseconds(options.limits.iterator_lifetime)),
      calls_(options_.limits, RateScope::kAccount),
      // Not from 1, so that no two clients name their streams alike.
      next_stream_uid_(SipHash(seal_key_.first, "stream uid") | 1) {
  billing_commitment.status = MinimumThroughputBillingCommitmentOutputStatus::kDisabled;
}

void ClientCore::SetLimits(const Limits& limits, const LifecycleDelays& delays) {
  options_.limits = limits;
  options_.delays = delays;
  iterator_lifetime_ms_ = absl::ToInt64Milliseconds(limits.iterator_lifetime);
  calls_.Reset(limits);
  for (const StreamPtr& stream : streams_.List()) {
    stream->calls().Reset(limits);
    stream->throttles().Retain({});
  }
}

// --- The gates -----------------------------------------------------------------------------------

absl::Status ClientCore::UnknownOperation(Operation operation) const {
  return MakeError(ErrorType::kUnknownOperation,
                   "The operation " + std::string(ToText(operation)) +
                       " does not exist in the year whose limits are in force.");
}

absl::Status ClientCore::CheckAccountRate(Operation operation, const StreamAddress& address) {
  if (calls_.TryCall(operation, NowMs())) return absl::OkStatus();
  return CallRateExceeded(address);
}

absl::Status ClientCore::CallRateExceeded(const StreamAddress& address) const {
  const std::string name(NameIn(address));
  const std::string stream = name.empty() ? "" : " for stream " + name + " under";
  return MakeError(ErrorType::kLimitExceeded, "Rate exceeded" + (stream.empty() ? " for" : stream) +
                                                  " account " + account() + ".");
}

absl::Status ClientCore::AskForFault(Operation operation, const StreamAddress& address) const {
  const std::optional<ErrorType> error = faults()->OnCall(operation, NameIn(address));
  if (!error) return absl::OkStatus();
  if (*error == ErrorType::kLimitExceeded) return CallRateExceeded(address);
  return MakeError(*error, InjectedMessage(*error));
}

absl::Status ClientCore::CheckRate(Operation operation, StreamRecord& stream) {
  if (!limits().rates || stream.calls().TryCall(operation, NowMs())) return absl::OkStatus();
  return MakeError(ErrorType::kLimitExceeded, "Rate exceeded for " + Describe(stream) + ".");
}

// Streams of 2015 had names alone, which were required.
absl::Status ClientCore::NoAddress() const {
  if (!limits().Has(Operation::kDescribeStreamSummary)) {
    return ConstraintError("streamName", kNullText, "Member must not be null");
  }
  return MakeError(ErrorType::kInvalidArgument,
                   "Either StreamName or StreamARN should be provided.");
}

absl::StatusOr<StreamPtr> ClientCore::FindStreamAt(const StreamAddress& address, ArnOf allowed) {
  FinishDeletions();
  if (address.empty()) return NoAddress();
  std::optional<std::string_view> name = address.name;
  if (address.arn) {
    const std::optional<ArnParts> parts = ParseArn(*address.arn);
    if (!parts.has_value()) {
      return MakeError(ErrorType::kInvalidArgument, "Invalid ARN " + std::string(*address.arn));
    }
    if (name && *name != parts->stream_name) {
      return MakeError(ErrorType::kInvalidArgument,
                       "StreamName " + std::string(*name) + " and StreamARN " +
                           std::string(*address.arn) + " do not name the same stream.");
    }
    if (parts->account_id != account() || parts->region != options_.region) {
      return MakeError(ErrorType::kResourceNotFound,
                       "Stream " + std::string(parts->stream_name) + " under account " +
                           std::string(parts->account_id) + " not found.");
    }
    // The model's pattern lets these pass; all after "stream/" is the name then, and nobody's.
    if (parts->consumer_name && allowed == ArnOf::kStream) {
      return StreamNotFound(address.arn->substr(address.arn->find('/') + 1));
    }
    name = parts->stream_name;
  }
  StreamPtr stream = name ? streams_.FindByName(*name) : streams_.FindById(*address.id);
  if (stream == nullptr) return StreamNotFound(name ? *name : *address.id);
  GrowIfDue(*stream);
  if (address.id && stream->id() != *address.id) {
    return MakeError(
        ErrorType::kInvalidArgument,
        "StreamId " + std::string(*address.id) + " is not that of stream " + stream->name() + ".");
  }
  return stream;
}

absl::StatusOr<kinesis::Shard> ClientCore::FindShardToRead(const TextOr<ShardId>& id,
                                                           const StreamRecord& stream) const {
  const std::optional<ShardId> resolved = Resolve(id);
  if (resolved) {
    absl::StatusOr<kinesis::Shard> shard = stream.stream().FindShard(*resolved);
    if (shard.ok()) return shard;
  }
  return MakeError(ErrorType::kResourceNotFound,
                   "Shard " + (resolved ? resolved->ToString() : WireText(id)) + " in " +
                       Describe(stream) + " does not exist");
}

absl::Status ClientCore::RequireActive(const StreamRecord& stream,
                                       const StreamRecord::Locked& state) const {
  const StreamStatus status = state.StatusAt(NowMs());
  if (status == StreamStatus::kActive) return absl::OkStatus();
  return MakeError(ErrorType::kResourceInUse, Capitalized(Describe(stream)) +
                                                  " not ACTIVE, instead in state " +
                                                  std::string(ToText(status)));
}

absl::Status ClientCore::RequireSettled(const StreamRecord& stream,
                                        const StreamRecord::Locked& state) const {
  const StreamStatus status = state.StatusAt(NowMs());
  if (status == StreamStatus::kActive || status == StreamStatus::kUpdating) {
    return absl::OkStatus();
  }
  return MakeError(ErrorType::kResourceInUse, Capitalized(Describe(stream)) +
                                                  " not ACTIVE or UPDATING, instead in state " +
                                                  std::string(ToText(status)));
}

// --- Errors --------------------------------------------------------------------------------------

std::string ClientCore::Describe(const StreamRecord& stream) const {
  return "stream " + stream.name() + " under account " + account();
}

absl::Status ClientCore::StreamNotFound(std::string_view name) const {
  return MakeError(ErrorType::kResourceNotFound,
                   "Stream " + std::string(name) + " under account " + account() + " not found.");
}

absl::Status ClientCore::ConsumerNotFound(std::string_view consumer,
                                          const StreamRecord& stream) const {
  return MakeError(ErrorType::kResourceNotFound,
                   "Consumer " + std::string(consumer) + ", " + Describe(stream) + " not found.");
}

absl::Status ClientCore::ChannelNotFound(std::string_view arn) const {
  return MakeError(ErrorType::kResourceNotFound,
                   "Channel " + std::string(arn) + " under account " + account() + " not found.");
}

absl::Status ClientCore::StreamHasChannels(const StreamRecord& stream,
                                           std::string_view what) const {
  return MakeError(ErrorType::kResourceInUse,
                   Capitalized(Describe(stream)) + " has channels, so it cannot " +
                       std::string(what) +
                       ". Delete them first; ListChannels with a StreamFilter "
                       "finds them.");
}

absl::Status ClientCore::DryRunSucceeded() const {
  return MakeError(ErrorType::kDryRunOperation,
                   "The request would have succeeded, but the DryRun parameter is set.");
}

// The service's own wording (KCL#391).
absl::Status ClientCore::SubscriptionExists(std::string_view consumer, ShardId shard,
                                            const StreamRecord& stream) const {
  return MakeError(ErrorType::kResourceInUse,
                   "Another active subscription exists for this consumer: " + account() + ":" +
                       stream.name() + ":" + shard.ToString() + ":" + std::string(consumer));
}

absl::Status ClientCore::ShardNotFoundToReshard(std::string_view shard,
                                                const StreamRecord& stream) const {
  return MakeError(ErrorType::kResourceNotFound,
                   "Could not find shard " + std::string(shard) + " in " + Describe(stream) + ".");
}

absl::Status ClientCore::RateExceeded(std::string_view shard, const StreamRecord& stream) const {
  return MakeError(
      ErrorType::kProvisionedThroughputExceeded,
      "Rate exceeded for shard " + std::string(shard) + " in " + Describe(stream) + ".");
}

absl::Status ClientCore::Injected(ErrorType type, ShardId shard, const StreamRecord& stream) const {
  if (type == ErrorType::kProvisionedThroughputExceeded) {
    return RateExceeded(shard.ToString(), stream);
  }
  return MakeError(type, InjectedMessage(type));
}

absl::Status ClientCore::FromEngine(const absl::Status& status, const StreamRecord& stream) const {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
      return StreamNotFound(stream.name());
    case absl::StatusCode::kResourceExhausted:
      return MakeError(ErrorType::kProvisionedThroughputExceeded, MessageOf(status));
    default:
      return MakeError(ErrorType::kInternalFailure, MessageOf(status));
  }
}

// --- Life of streams -----------------------------------------------------------------------------

void ClientCore::BeginDeletion(StreamRecord::Locked& state) {
  const int64_t due_ms = EndOf(delays().delete_stream);
  state.set_deleted_at_ms(due_ms);
  const std::lock_guard lock(deletion_mutex_);
  // Relaxed: see FinishDeletions; changed under the mutex.
  next_deletion_ms_.store(std::min(next_deletion_ms_.load(std::memory_order_relaxed), due_ms),
                          std::memory_order_relaxed);
}

void ClientCore::FinishDueDeletions(int64_t now_ms) {
  const std::lock_guard lock(deletion_mutex_);
  int64_t next_ms = kNever;
  for (const StreamPtr& stream : streams_.List()) {
    if (stream->deleted_at_ms() > now_ms) {
      next_ms = std::min(next_ms, stream->deleted_at_ms());
      continue;
    }
    // The engine's owner may have deleted it already.
    engine_.DeleteStream(stream->name()).IgnoreError();
    streams_.Remove(stream);
  }
  // Relaxed: see FinishDeletions.
  next_deletion_ms_.store(next_ms, std::memory_order_relaxed);
}

void ClientCore::FinishReshard(StreamRecord& stream, StreamRecord::Locked& state) const {
  std::set<ShardId> listed;
  for (const kinesis::Shard& shard : stream.stream().ListShards()) listed.insert(shard.id());
  stream.throttles().Retain(listed);
  BeginUpdate(state);
}

ClientCore::AccountUse ClientCore::CountUse() {
  AccountUse use;
  const int64_t now_ms = NowMs();
  for (const StreamPtr& stream : streams_.List()) {
    const int64_t open = OpenShardCount(stream->stream());
    StreamRecord::Locked state = stream->Lock();
    use.open_shards += open;
    if (state.StatusAt(now_ms) == StreamStatus::kCreating) ++use.creating_streams;
    if (state->mode == StreamMode::kOnDemand) {
      ++use.on_demand_streams;
    } else {
      use.provisioned_shards += open;
    }
  }
  return use;
}

absl::Status ClientCore::CheckShardLimit(int64_t additional) {
  if (additional <= 0 || limits().shards_per_account == kUnlimited) return absl::OkStatus();
  const int64_t current = CountUse().provisioned_shards;
  if (current + additional <= limits().shards_per_account) return absl::OkStatus();
  return MakeError(
      ErrorType::kLimitExceeded,
      "This request would exceed the shard limit for the account " + account() + " in " +
          options_.region + ". Current shard count for the account: " + std::to_string(current) +
          ". Limit: " + std::to_string(limits().shards_per_account) +
          ". Number of additional shards that would have resulted from this request: " +
          std::to_string(additional) + ".");
}

// --- Tokens --------------------------------------------------------------------------------------

std::string ClientCore::MakeNextToken(Operation operation, uint64_t stream_uid,
                                      std::string marker) const {
  return WritePaginationToken(seal_key_, {operation, stream_uid, NowMs(), std::move(marker)});
}

absl::Status ClientCore::InvalidNextToken() const {
  return MakeError(ErrorType::kInvalidArgument, "Invalid NextToken.");
}

absl::StatusOr<PaginationToken> ClientCore::ReadNextToken(Operation operation,
                                                          std::string_view text) const {
  std::optional<PaginationToken> token = ReadPaginationToken(seal_key_, operation, text);
  if (!token.has_value()) return InvalidNextToken();
  if (NowMs() - token->issued_ms > absl::ToInt64Milliseconds(limits().next_token_lifetime)) {
    return MakeError(ErrorType::kExpiredNextToken,
                     "The pagination token has expired. It was issued more than " +
                         absl::FormatDuration(limits().next_token_lifetime) + " ago.");
  }
  return *std::move(token);
}

}  // namespace kinesis::api::internal
