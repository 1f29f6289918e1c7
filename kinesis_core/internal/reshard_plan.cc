#include "kinesis_core/internal/reshard_plan.h"

#include <utility>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/check.h"

namespace kinesis::internal {
namespace {

class Planner {
 public:
  explicit Planner(size_t present) : present_(present) {}

  // A shard, present or planned.
  struct Piece {
    HashKeyRange range;
    uint32_t place;
  };

  // Splits `piece` where the targets after the first of `targets` begin, and appends the parts to
  // `*parts`: one for each target.
  void Cut(const Piece& piece, std::span<const HashKeyRange> targets, std::vector<Piece>* parts) {
    if (targets.size() == 1) return parts->push_back(piece);
    const size_t half = targets.size() / 2;
    const HashKey upper = targets[half].start();
    const Piece low = Open(piece.range.start(), upper.Prev(), piece.place);
    const Piece high = Open(upper, piece.range.end(), piece.place);
    Cut(low, targets.first(half), parts);
    Cut(high, targets.subspan(half), parts);
  }

  // Merges neighbours into one.
  Piece Join(std::span<const Piece> parts) {
    if (parts.size() == 1) return parts[0];
    const size_t half = (parts.size() + 1) / 2;
    const Piece low = Join(parts.first(half));
    const Piece high = Join(parts.subspan(half));
    return Open(low.range.start(), high.range.end(), low.place, high.place);
  }

  void KeepOpen(const Piece& piece) { plan_.open.push_back(piece.place); }
  ReshardPlan Take() { return std::move(plan_); }

 private:
  Piece Open(HashKey start, HashKey end, uint32_t parent,
             uint32_t other_parent = ReshardPlan::kNoPlace) {
    const HashKeyRange range = *HashKeyRange::Create(start, end);
    const auto place = static_cast<uint32_t>(present_ + plan_.opened.size());
    plan_.opened.push_back({range, {parent, other_parent}});
    return {range, place};
  }

  const size_t present_;
  ReshardPlan plan_;
};

}  // namespace

ReshardPlan PlanReshard(std::span<const HashKeyRange> present,
                        std::span<const HashKeyRange> targets) {
  Planner planner(present.size());
  std::vector<Planner::Piece> parts;    // of the present shard
  std::vector<Planner::Piece> joining;  // those of the first of the targets that are left
  for (uint32_t place = 0; place < present.size(); ++place) {
    const HashKeyRange& shard = present[place];
    size_t reached = 1;
    while (reached < targets.size() && targets[reached].start() <= shard.end()) ++reached;
    parts.clear();
    planner.Cut({shard, place}, targets.first(reached), &parts);
    for (const Planner::Piece& part : parts) {
      joining.push_back(part);
      if (part.range.end() != targets.front().end()) continue;
      planner.KeepOpen(planner.Join(joining));
      joining.clear();
      targets = targets.subspan(1);
    }
  }
  KC_DCHECK(targets.empty() && joining.empty());
  return planner.Take();
}

ReshardPlan PlanSuccessors(std::span<const HashKeyRange> present) {
  ReshardPlan plan;
  const auto count = static_cast<uint32_t>(present.size());
  for (uint32_t place = 0; place < count; ++place) {
    plan.opened.push_back({present[place], {place, ReshardPlan::kNoPlace}});
    plan.open.push_back(count + place);
  }
  return plan;
}

}  // namespace kinesis::internal
