#include "kinesis_core/lab/strategy_set.h"

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "kinesis_core/lab/fingerprint.h"

namespace kinesis::lab {
namespace {

constexpr size_t kSlots = size_t{1} << 13;
// After so many records it is seen whether the table is worth its time.
constexpr uint64_t kTrialRecords = 2 * kSlots;
// Longer keys are asked about each time, so that the table stays small.
constexpr size_t kKnownKeyBytesMax = 64;

}  // namespace

void StrategySet::Add(const StrategyKind& kind, const StrategyContext& context) {
  assert(known_keys_.empty());
  std::unique_ptr<Strategy> strategy = kind.make(context);
  (strategy->is_pure() ? pure_ : not_pure_).push_back(members_.size());
  const bool depends_on_key_alone = strategy->depends_on_key_alone();
  members_.push_back({std::move(strategy), &context.shards, depends_on_key_alone});
  placements_.emplace_back();
}

void StrategySet::Retire(size_t strategy) {
  members_[strategy].strategy.reset();
  std::erase(not_pure_, strategy);
}

std::span<const StrategySet::Placement> StrategySet::Place(const KeyRecord& record) {
  for (const size_t strategy : not_pure_) placements_[strategy] = members_[strategy].Place(record);
  if (!pure_.empty()) PlaceByPure(record);
  return placements_;
}

void StrategySet::AskPure(const KeyRecord& record) {
  for (const size_t strategy : pure_) {
    const Member& member = members_[strategy];
    if (member.strategy != nullptr) placements_[strategy] = member.Place(record);
  }
}

void StrategySet::PlaceByPure(const KeyRecord& record) {
  if (++records_ == kTrialRecords) keeps_answers_ = known_again_ >= kTrialRecords / 4;
  if (!keeps_answers_ || record.key.empty() || record.key.size() > kKnownKeyBytesMax) {
    AskPure(record);
    return;
  }
  if (known_keys_.empty()) {
    known_keys_.resize(kSlots);
    known_placements_.resize(kSlots * pure_.size());
  }
  const size_t slot = Fingerprint(record.key) % kSlots;
  Placement* known = &known_placements_[slot * pure_.size()];
  if (known_keys_[slot] == record.key) {
    for (const size_t strategy : pure_) placements_[strategy] = *known++;
    ++known_again_;
    return;
  }
  known_keys_[slot].assign(record.key);
  AskPure(record);
  for (const size_t strategy : pure_) *known++ = placements_[strategy];
}

}  // namespace kinesis::lab
