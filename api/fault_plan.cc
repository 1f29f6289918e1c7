#include "kinesis_core/api/fault_plan.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/shard.h"

namespace kinesis::api {
namespace {

constexpr size_t kNotesMax = 30;

// A number in [0, 1), the same on every machine.
double Unit(std::mt19937_64& random) { return static_cast<double>(random() >> 11) * 0x1p-53; }

// Is done before a record is put, and does not decide what becomes of the record.
bool IsAction(FaultKind kind) {
  return kind == FaultKind::kSplit || kind == FaultKind::kMerge || kind == FaultKind::kRun;
}

bool IsOfPuts(FaultKind kind) {
  return kind == FaultKind::kFailPut || kind == FaultKind::kLoseAnswer || IsAction(kind);
}

bool IsOfReads(FaultKind kind) {
  return kind == FaultKind::kFailRead || kind == FaultKind::kShortPage;
}

bool IsOfEvents(FaultKind kind) {
  return kind == FaultKind::kFailEvent || kind == FaultKind::kEndSubscription;
}

bool IsAbout(const FaultRule& rule, const Stream& stream, ShardId shard) {
  return (rule.stream.empty() || rule.stream == stream.name()) &&
         (!rule.shard || *rule.shard == shard);
}

void MergeWithNeighbour(Stream& stream, ShardId id) {
  const absl::StatusOr<kinesis::Shard> shard = stream.FindShard(id);
  if (!shard.ok()) return;
  for (const kinesis::Shard& other : stream.ListShards()) {
    if (!other.is_open() || !other.hash_key_range().IsAdjacentTo(shard->hash_key_range())) continue;
    // Refused if it was split or merged meanwhile: then there is nothing left to do.
    stream.MergeShards(id, other.id()).status().IgnoreError();
    return;
  }
}

void Act(const FaultRule& rule, Stream& stream, ShardId shard) {
  switch (rule.kind) {
    case FaultKind::kSplit:
      stream.SplitShard(shard).status().IgnoreError();  // likewise
      return;
    case FaultKind::kMerge:
      return MergeWithNeighbour(stream, shard);
    default:
      if (rule.run) rule.run();
  }
}

}  // namespace

std::string_view FaultKindName(FaultKind kind) {
  switch (kind) {
    case FaultKind::kFailCall:
      return "fail call";
    case FaultKind::kFailPut:
      return "fail put";
    case FaultKind::kLoseAnswer:
      return "lose answer of put";
    case FaultKind::kSplit:
      return "split before put";
    case FaultKind::kMerge:
      return "merge before put";
    case FaultKind::kRun:
      return "run before put";
    case FaultKind::kFailRead:
      return "fail read";
    case FaultKind::kShortPage:
      return "shorten page";
    case FaultKind::kFailEvent:
      return "fail event";
    case FaultKind::kEndSubscription:
      return "end subscription";
    case FaultKind::kDelayTransition:
      return "delay transition";
  }
  return "";
}

bool FaultKindHasError(FaultKind kind) {
  return kind == FaultKind::kFailCall || kind == FaultKind::kFailPut ||
         kind == FaultKind::kLoseAnswer || kind == FaultKind::kFailRead ||
         kind == FaultKind::kFailEvent;
}

std::string FaultRule::ToString() const {
  std::ostringstream out;
  out << FaultKindName(kind);
  if (operation) out << " of " << *operation;
  if (!stream.empty()) out << " of stream " << stream;
  if (shard) out << " of " << *shard;
  if (FaultKindHasError(kind)) out << " with " << ErrorName(error);
  if (kind == FaultKind::kShortPage) out << " to " << records_max;
  if (kind == FaultKind::kDelayTransition) out << " by " << absl::FormatDuration(delay);
  if (times != kAlways) out << ", " << times << (times == 1 ? " time" : " times");
  if (skip != 0) out << " after " << skip;
  if (probability < 1) out << ", each with probability " << probability;
  if (until != absl::InfiniteFuture()) {
    out << ", until " << absl::FormatTime(absl::RFC3339_full, until, absl::UTCTimeZone());
  }
  return out.str();
}

std::ostream& operator<<(std::ostream& out, const FaultRule& rule) {
  return out << rule.ToString();
}

FaultPlan::FaultPlan(const Clock& clock, uint64_t seed)
    : clock_(clock), seed_(seed), random_(seed) {}

void FaultPlan::Add(FaultRule rule) {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.push_back({std::move(rule)});
}

void FaultPlan::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  entries_.clear();
}

// --- Short forms ---------------------------------------------------------------------------------

void FaultPlan::ThrottleShard(ShardId shard, absl::Duration time) {
  const absl::Time until = clock_.Now() + time;
  for (const FaultKind kind : {FaultKind::kFailPut, FaultKind::kFailRead}) {
    Add({.kind = kind,
         .shard = shard,
         .until = until,
         .error = ErrorType::kProvisionedThroughputExceeded});
  }
}

void FaultPlan::FailNextCalls(Operation operation, uint64_t count, ErrorType error) {
  Add({.kind = FaultKind::kFailCall, .operation = operation, .times = count, .error = error});
}

void FaultPlan::FailCallsAtRandom(double probability, ErrorType error) {
  Add({.kind = FaultKind::kFailCall, .probability = probability, .error = error});
}

void FaultPlan::FailNextPuts(uint64_t count, ErrorType error) {
  Add({.kind = FaultKind::kFailPut, .times = count, .error = error});
}

void FaultPlan::FailPutsAtRandom(double probability, ErrorType error) {
  Add({.kind = FaultKind::kFailPut, .probability = probability, .error = error});
}

void FaultPlan::LoseNextAnswers(uint64_t count) {
  Add({.kind = FaultKind::kLoseAnswer, .times = count});
}

void FaultPlan::LoseAnswersAtRandom(double probability) {
  Add({.kind = FaultKind::kLoseAnswer, .probability = probability});
}

void FaultPlan::SplitBeforePut(uint64_t skip) {
  Add({.kind = FaultKind::kSplit, .skip = skip, .times = 1});
}

void FaultPlan::MergeBeforePut(uint64_t skip) {
  Add({.kind = FaultKind::kMerge, .skip = skip, .times = 1});
}

void FaultPlan::RunBeforePut(uint64_t skip, std::function<void()> run) {
  Add({.kind = FaultKind::kRun, .skip = skip, .times = 1, .run = std::move(run)});
}

void FaultPlan::FailNextReads(uint64_t count, ErrorType error) {
  Add({.kind = FaultKind::kFailRead, .times = count, .error = error});
}

void FaultPlan::ExpireNextIterators(uint64_t count) {
  FailNextReads(count, ErrorType::kExpiredIterator);
}

void FaultPlan::ShortenNextPages(uint64_t count, uint64_t records_max) {
  Add({.kind = FaultKind::kShortPage, .times = count, .records_max = records_max});
}

void FaultPlan::FailNextEvents(uint64_t count, ErrorType error) {
  Add({.kind = FaultKind::kFailEvent, .times = count, .error = error});
}

void FaultPlan::EndNextSubscriptions(uint64_t count) {
  Add({.kind = FaultKind::kEndSubscription, .times = count});
}

void FaultPlan::DelayNextTransitions(uint64_t count, absl::Duration delay) {
  Add({.kind = FaultKind::kDelayTransition, .times = count, .delay = delay});
}

// --- What happened -------------------------------------------------------------------------------

uint64_t FaultPlan::strikes() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return strikes_;
}

std::string FaultPlan::ToString() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::ostringstream out;
  out << "FaultPlan with seed " << seed_ << ":\n";
  for (const Entry& entry : entries_) {
    out << "  rule: " << entry.rule << " (struck " << entry.struck << " of " << entry.seen << ")\n";
  }
  if (strikes_ > notes_.size()) out << "  ... " << strikes_ - notes_.size() << " strikes before\n";
  for (const std::string& note : notes_) out << "  " << note << "\n";
  return out.str();
}

std::ostream& operator<<(std::ostream& out, const FaultPlan& plan) {
  return out << plan.ToString();
}

bool FaultPlan::Draw(double probability) { return probability >= 1 || Unit(random_) < probability; }

bool FaultPlan::Strikes(Entry& entry) {
  const FaultRule& rule = entry.rule;
  if (entry.struck >= rule.times || clock_.Now() >= rule.until) return false;
  if (entry.seen++ < rule.skip || !Draw(rule.probability)) return false;
  ++entry.struck;
  return true;
}

void FaultPlan::Note(const FaultRule& rule, std::string_view where) {
  ++strikes_;
  std::string note(FaultKindName(rule.kind));
  if (!where.empty()) note += " of " + std::string(where);
  if (FaultKindHasError(rule.kind)) note += ": " + std::string(ErrorName(rule.error));
  notes_.push_back("strike " + std::to_string(strikes_) + ": " + note);
  if (notes_.size() > kNotesMax) notes_.pop_front();
}

// --- For the client ------------------------------------------------------------------------------

std::optional<ErrorType> FaultPlan::OnCall(Operation operation, std::string_view stream) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (rule.kind != FaultKind::kFailCall) continue;
    if (rule.operation && *rule.operation != operation) continue;
    if (!rule.stream.empty() && rule.stream != stream) continue;
    if (!Strikes(entry)) continue;
    Note(rule, ToText(operation));
    return rule.error;
  }
  return std::nullopt;
}

std::optional<PutFault> FaultPlan::OnPut(Stream& stream, ShardId shard,
                                         const kinesis::Record& /*record*/) {
  std::optional<PutFault> fault;
  std::vector<FaultRule> actions;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (Entry& entry : entries_) {
      const FaultRule& rule = entry.rule;
      if (!IsOfPuts(rule.kind) || !IsAbout(rule, stream, shard)) continue;
      if (fault && !IsAction(rule.kind)) continue;
      if (!Strikes(entry)) continue;
      Note(rule, shard.ToString());
      if (IsAction(rule.kind)) {
        actions.push_back(rule);
      } else {
        fault = PutFault{rule.error, rule.kind == FaultKind::kLoseAnswer};
      }
    }
  }
  for (const FaultRule& action : actions) Act(action, stream, shard);
  return fault;
}

std::optional<ReadFault> FaultPlan::OnRead(Stream& stream, ShardId shard) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (!IsOfReads(rule.kind) || !IsAbout(rule, stream, shard) || !Strikes(entry)) continue;
    Note(rule, shard.ToString());
    if (rule.kind == FaultKind::kShortPage) return ReadFault{.records_max = rule.records_max};
    return ReadFault{.error = rule.error};
  }
  return std::nullopt;
}

std::optional<EventFault> FaultPlan::OnEvent(Stream& stream, ShardId shard) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    const FaultRule& rule = entry.rule;
    if (!IsOfEvents(rule.kind) || !IsAbout(rule, stream, shard) || !Strikes(entry)) continue;
    Note(rule, shard.ToString());
    if (rule.kind == FaultKind::kEndSubscription) return EventFault{};
    return EventFault{.error = rule.error};
  }
  return std::nullopt;
}

absl::Duration FaultPlan::OnTransition(absl::Duration usual) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Entry& entry : entries_) {
    if (entry.rule.kind != FaultKind::kDelayTransition || !Strikes(entry)) continue;
    Note(entry.rule, "");
    return usual + entry.rule.delay;
  }
  return usual;
}

}  // namespace kinesis::api
