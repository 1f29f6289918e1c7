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

absl::Status ClientCore::CheckAccountRate(Operation operation, const StreamAddress& address,
                                          CallTime& time) {
  if (calls_.TryCall(operation, time.ms())) return absl::OkStatus();
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

absl::Status ClientCore::CheckRate(Operation operation, StreamRecord& stream, CallTime& time) {
  if (!limits().rates || stream.calls().TryCall(operation, time.ms())) return absl::OkStatus();
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

// What an address says of a stream before anybody looks for it.
struct ClientCore::NamedStream {
  std::string_view name;  // or id, or whatever stands for it in messages
  std::string_view account_id;
  bool is_id = false;
  // It is of another account, region or partition, or its ARN is of something else: there is none.
  bool is_elsewhere = false;
};

absl::StatusOr<ClientCore::NamedStream> ClientCore::ReadNames(const StreamAddress& address,
                                                              ArnOf allowed) const {
  if (address.empty()) return NoAddress();
  if (!address.arn) {
    if (address.name) return NamedStream{*address.name, account()};
    return NamedStream{*address.id, account(), /*is_id=*/true};
  }
  const std::optional<ArnParts> parts = ParseArn(*address.arn);
  if (!parts.has_value()) {
    return MakeError(ErrorType::kInvalidArgument, "Invalid ARN " + ShownText(*address.arn));
  }
  if (address.name && *address.name != parts->stream_name) {
    return MakeError(ErrorType::kInvalidArgument, "StreamName " + ShownText(*address.name) +
                                                      " and StreamARN " + ShownText(*address.arn) +
                                                      " do not name the same stream.");
  }
  NamedStream named{parts->stream_name, parts->account_id};
  named.is_elsewhere = parts->account_id != account() || parts->region != options_.region ||
                       parts->partition != PartitionOf(options_.region);
  // The model's pattern lets these pass; all after "stream/" is the name then, and nobody's.
  if (!named.is_elsewhere && parts->consumer_name && allowed == ArnOf::kStream) {
    named.name = address.arn->substr(address.arn->find('/') + 1);
    named.is_elsewhere = true;
  }
  return named;
}

absl::StatusOr<std::string> ClientCore::CheckNames(const StreamAddress& address,
                                                   ArnOf allowed) const {
  const absl::StatusOr<NamedStream> named = ReadNames(address, allowed);
  if (!named.ok()) return named.status();
  return "stream " + ShownText(named->name) + " under account " + ShownText(named->account_id);
}

absl::Status ClientCore::CheckShardIdText(const TextOr<ShardId>& id,
                                          std::string_view described) const {
  if (Resolve(id)) return absl::OkStatus();
  return ShardNotFoundToReshard(WireText(id), described);
}

absl::StatusOr<StreamPtr> ClientCore::FindStreamAt(const StreamAddress& address, CallTime& time,
                                                   ArnOf allowed) {
  FinishDeletions(time);
  const absl::StatusOr<NamedStream> named = ReadNames(address, allowed);
  if (!named.ok()) return named.status();
  StreamPtr stream;
  if (!named->is_elsewhere) {
    stream = named->is_id ? streams_.FindById(named->name) : streams_.FindByName(named->name);
  }
  if (stream == nullptr) {
    return MakeError(ErrorType::kResourceNotFound,
                     "Stream " + ShownText(named->name) + " under account " +
                         ShownText(named->account_id) + " not found.");
  }
  LookIfDue(*stream, time);
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
  return ShardDoesNotExist(resolved ? resolved->ToString() : WireText(id), Describe(stream));
}

absl::Status ClientCore::RequireActive(const StreamRecord& stream,
                                       const StreamRecord::Locked& state, CallTime& time) const {
  const StreamStatus status = state.StatusAt(time.ms());
  if (status == StreamStatus::kActive) return absl::OkStatus();
  return MakeError(ErrorType::kResourceInUse, Capitalized(Describe(stream)) +
                                                  " not ACTIVE, instead in state " +
                                                  std::string(ToText(status)));
}

absl::Status ClientCore::RequireSettled(const StreamRecord& stream,
                                        const StreamRecord::Locked& state, CallTime& time) const {
  const StreamStatus status = state.StatusAt(time.ms());
  if (status == StreamStatus::kActive || status == StreamStatus::kUpdating) {
    return absl::OkStatus();
  }
  return MakeError(ErrorType::kResourceInUse, Capitalized(Describe(stream)) +
                                                  " not ACTIVE or UPDATING, instead in state " +
                                                  std::string(ToText(status)));
}

// As the service says it.
absl::Status ClientCore::RequireActive(const ConsumerRecord& consumer, const StreamRecord& stream,
                                       CallTime& time) const {
  if (consumer.StatusAt(time.ms()) == ConsumerStatus::kActive) return absl::OkStatus();
  return MakeError(ErrorType::kResourceInUse,
                   "Consumer " + consumer.name + " with creation timestamp " +
                       std::to_string(consumer.created_ms / 1000) + " under stream " +
                       stream.name() + " and account " + account() + " is not in ACTIVE status.");
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
                   "Consumer " + ShownText(consumer) + ", " + Describe(stream) + " not found.");
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
                                                std::string_view described) const {
  std::string message = "Could not find shard ";
  message.append(shard).append(" in ").append(described).append(".");
  return MakeError(ErrorType::kResourceNotFound, message);
}

absl::Status ClientCore::ShardDoesNotExist(std::string_view shard,
                                           std::string_view described) const {
  std::string message = "Shard ";
  message.append(shard).append(" in ").append(described).append(" does not exist");
  return MakeError(ErrorType::kResourceNotFound, message);
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
  if (absl::IsNotFound(status)) return StreamNotFound(stream.name());
  return MakeError(ErrorType::kInternalFailure, MessageOf(status));
}

// --- Life of streams -----------------------------------------------------------------------------

void ClientCore::BeginDeletion(StreamRecord::Locked& state, CallTime& time) {
  const int64_t due_ms = EndOf(delays().delete_stream, time);
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

absl::Status ClientCore::BeginReshard(StreamRecord& stream, StreamRecord::Locked& state,
                                      ReshardPlan plan, CallTime& time) const {
  BeginUpdate(state, time);
  if (state->updating_until_ms == kAlways) return CarryOut(stream, plan);
  state->reshard = std::move(plan);
  state.SetNextLook();
  return absl::OkStatus();
}

absl::Status ClientCore::CarryOut(StreamRecord& stream, const ReshardPlan& plan) const {
  absl::Status status = plan.CarryOut(stream.stream());
  // What throttled shards that are gone is forgotten.
  std::set<ShardId> listed;
  for (const kinesis::Shard& shard : stream.stream().ListShards()) listed.insert(shard.id());
  stream.throttles().Retain(listed);
  return status;
}

void ClientCore::Look(StreamRecord& stream, CallTime& time) const {
  // How long a stream stays in UPDATING whose shards cannot be changed, for want of memory, before
  // that is tried again.
  constexpr int64_t kTryAgainMs = 1000;
  StreamRecord::Locked state = stream.Lock();
  if (state.StatusAt(time.ms()) == StreamStatus::kDeleting) state->reshard.reset();
  if (state->reshard && time.ms() >= state->updating_until_ms) {
    const absl::Status status = CarryOut(stream, *state->reshard);
    if (status.ok() || absl::IsNotFound(status)) {
      state->reshard.reset();
    } else {
      state->updating_until_ms = time.ms() + kTryAgainMs;
    }
  }
  if (time.ms() >= state->next_scaling_look_ms) {
    const bool may_grow = state.StatusAt(time.ms()) == StreamStatus::kActive;
    auto plan = PlanGrowth(limits(), stream, *state, may_grow, time.ms());
    // What fails for want of memory is looked at again after the interval.
    if (plan) BeginReshard(stream, state, *std::move(plan), time).IgnoreError();
  }
  state.SetNextLook();
}

ClientCore::AccountUse ClientCore::CountUse(CallTime& time) {
  AccountUse use;
  for (const StreamPtr& stream : streams_.List()) {
    LookIfDue(*stream, time);
    const int64_t open = OpenShardCount(stream->stream());
    StreamRecord::Locked state = stream->Lock();
    const StreamStatus status = state.StatusAt(time.ms());
    const bool changing = status == StreamStatus::kCreating || status == StreamStatus::kDeleting;
    if (changing) ++use.changing_streams;
    if (state->mode == StreamMode::kOnDemand) {
      ++use.on_demand_streams;
      continue;
    }
    use.provisioned_shards += open;
    if (state->reshard) use.coming_shards += std::max<int64_t>(state->reshard->added, 0);
  }
  return use;
}

absl::Status ClientCore::CheckShardLimit(int64_t additional, CallTime& time) {
  if (additional <= 0 || limits().shards_per_account == kUnlimited) return absl::OkStatus();
  const AccountUse use = CountUse(time);
  const int64_t current = use.provisioned_shards + use.coming_shards;
  if (current + additional <= limits().shards_per_account) return absl::OkStatus();
  return MakeError(
      ErrorType::kLimitExceeded,
      "This request would exceed the shard limit for the account " + account() + " in " +
          options_.region + ". Current shard count for the account: " + std::to_string(current) +
          ". Limit: " + std::to_string(limits().shards_per_account) +
          ". Number of additional shards that would have resulted from this request: " +
          std::to_string(additional) +
          ". Refer to the AWS Service Limits page "
          "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current "
          "limits and how to request higher limits.");
}

int64_t ClientCore::TakeConsumerSecond(const std::string& stream_arn,
                                       const std::string& consumer_name, int64_t now_ms) {
  // A clock that is set back further than this can give an ARN a second time.
  constexpr int64_t kKeptSeconds = int64_t{24} * 60 * 60;
  const int64_t now_s = now_ms / 1000;
  const std::lock_guard lock(consumer_seconds_mutex_);
  if (consumer_seconds_.size() >= forget_seconds_at_) {
    std::erase_if(consumer_seconds_,
                  [now_s](const auto& entry) { return entry.second < now_s - kKeptSeconds; });
    forget_seconds_at_ = std::max(kFirstForget, 2 * consumer_seconds_.size());
  }
  const auto [entry, is_new] =
      consumer_seconds_.try_emplace(stream_arn + "/" + consumer_name, now_s);
  if (!is_new) entry->second = std::max(now_s, entry->second + 1);
  return entry->second;
}

// --- Tokens --------------------------------------------------------------------------------------

std::string ClientCore::MakeNextToken(Operation operation, uint64_t stream_uid, std::string marker,
                                      CallTime& time) const {
  return WritePaginationToken(seal_key_, {operation, stream_uid, time.ms(), std::move(marker)});
}

absl::Status ClientCore::InvalidNextToken() const {
  return MakeError(ErrorType::kInvalidArgument, "Invalid NextToken.");
}

absl::StatusOr<PaginationToken> ClientCore::ReadNextToken(Operation operation,
                                                          std::string_view text,
                                                          CallTime& time) const {
  std::optional<PaginationToken> token = ReadPaginationToken(seal_key_, operation, text);
  if (!token.has_value()) return InvalidNextToken();
  if (time.ms() - token->issued_ms > absl::ToInt64Milliseconds(limits().next_token_lifetime)) {
    return MakeError(ErrorType::kExpiredNextToken,
                     "The pagination token has expired. It was issued more than " +
                         absl::FormatDuration(limits().next_token_lifetime) + " ago.");
  }
  return *std::move(token);
}

}  // namespace kinesis::api::internal
