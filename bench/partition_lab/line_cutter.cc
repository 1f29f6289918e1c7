#include "kinesis_core/lab/line_cutter.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace kinesis::lab {
namespace {

constexpr uint16_t kUnreached = std::numeric_limits<uint16_t>::max();

}  // namespace

LineCutter::LineCutter(std::span<const Point> points, std::vector<bool> may_cut,
                       std::span<const size_t> present) {
  assert(may_cut.size() == points.size() + 1);
  ones_.push_back(0);
  others_.push_back(0);
  for (const Point& point : points) {
    ones_.push_back(ones_.back() + point.one);
    others_.push_back(others_.back() + point.other);
  }
  boundaries_.push_back(0);
  boundaries_.insert(boundaries_.end(), present.begin(), present.end());
  boundaries_.push_back(points.size());
  for (const size_t boundary : boundaries_) may_cut[boundary] = true;
  size_t last = 0;
  for (size_t cut = 0; cut < may_cut.size(); ++cut) {
    if (may_cut[cut]) last = cut;
    cut_at_or_before_.push_back(last);
  }
}

size_t LineCutter::Reach(size_t from, uint64_t limit) const {
  const auto reach = [from, limit](const std::vector<uint64_t>& sums) {
    const auto begin = sums.begin() + static_cast<std::ptrdiff_t>(from);
    return std::upper_bound(begin, sums.end(), *begin + limit) - sums.begin();
  };
  return cut_at_or_before_[static_cast<size_t>(std::min(reach(ones_), reach(others_))) - 1];
}

std::optional<size_t> LineCutter::Pieces(size_t from, size_t to, uint64_t limit) const {
  size_t pieces = 1;
  while (Weight(from, to) > limit) {
    const size_t next = Reach(from, limit);
    if (next <= from) return std::nullopt;
    from = next;
    ++pieces;
  }
  return pieces;
}

uint64_t LineCutter::Optimum(size_t pieces) const {
  uint64_t too_low = 0;
  uint64_t enough = Weight(0, last_cut());
  while (too_low + 1 < enough) {
    const uint64_t middle = too_low + (enough - too_low) / 2;
    const std::optional<size_t> needed = Pieces(0, last_cut(), middle);
    if (needed && *needed <= pieces) {
      enough = middle;
    } else {
      too_low = middle;
    }
  }
  return enough;
}

// Let m be the number of spans between boundaries that are kept, and t that of all pieces. Then
// t - m boundaries are added and spans_of_old - m taken away: for a given t, the fewest changes are
// those of the largest m. spans[b][t] is the largest m with which t pieces lead to boundary b.
std::optional<std::vector<Cut>> LineCutter::FewestChanges(size_t pieces, uint64_t limit) const {
  const size_t last = boundaries_.size() - 1;
  const size_t width = pieces + 1;
  std::vector<uint16_t> spans(boundaries_.size() * width, kUnreached);
  struct Step {
    uint32_t from = 0;
    uint32_t pieces = 0;
  };
  std::vector<Step> steps(spans.size());
  spans[0] = 0;
  for (size_t from = 0; from < last; ++from) {
    // One sweep from `from` serves all ends: each greedy cut that lies before an end is a piece.
    size_t start = Boundary(from);
    size_t sweep = 1;
    for (size_t to = from + 1; to <= last && sweep <= pieces; ++to) {
      bool stuck = false;
      while (!stuck && Weight(start, Boundary(to)) > limit) {
        const size_t next = Reach(start, limit);
        stuck = next <= start;
        start = next;
        ++sweep;
      }
      if (stuck) break;
      for (size_t used = 0; used + sweep <= pieces; ++used) {
        const uint16_t before = spans[from * width + used];
        if (before == kUnreached) continue;
        const size_t at = to * width + used + sweep;
        if (spans[at] != kUnreached && spans[at] > before) continue;
        spans[at] = static_cast<uint16_t>(before + 1);
        steps[at] = {static_cast<uint32_t>(from), static_cast<uint32_t>(sweep)};
      }
    }
  }
  std::optional<size_t> best;
  int64_t best_value = 0;
  for (size_t used = 1; used <= pieces; ++used) {
    const uint16_t kept = spans[last * width + used];
    if (kept == kUnreached) continue;
    const int64_t value = static_cast<int64_t>(used) - 2 * int64_t{kept};
    if (!best || value < best_value) {
      best = used;
      best_value = value;
    }
  }
  if (!best) return std::nullopt;
  std::vector<Cut> cuts;
  size_t to = last;
  for (size_t used = *best; to != 0;) {
    const Step& step = steps[to * width + used];
    if (to != last) cuts.push_back({Boundary(to), to});
    for (const size_t cut : EvenCuts(Boundary(step.from), Boundary(to), step.pieces, limit)) {
      cuts.push_back({cut, 0});
    }
    used -= step.pieces;
    to = step.from;
  }
  std::sort(cuts.begin(), cuts.end(), [](const Cut& a, const Cut& b) {
    return a.position < b.position || (a.position == b.position && a.kept < b.kept);
  });
  return cuts;
}

std::vector<size_t> LineCutter::EvenCuts(size_t from, size_t to, size_t pieces,
                                         uint64_t limit) const {
  std::vector<size_t> cuts;
  // First try: each cut where the weight up to it is nearest to its share, by the weight that is
  // the heavier for the whole.
  const bool by_one = ones_[to] - ones_[from] >= others_[to] - others_[from];
  const std::vector<uint64_t>& sums = by_one ? ones_ : others_;
  const auto total = static_cast<double>(Weight(from, to));
  size_t start = from;
  bool fits = true;
  for (size_t i = 1; i < pieces; ++i) {
    const auto share =
        static_cast<uint64_t>(total * static_cast<double>(i) / static_cast<double>(pieces));
    const auto at = std::lower_bound(sums.begin(), sums.end(), sums[from] + share);
    const size_t cut = cut_at_or_before_[static_cast<size_t>(at - sums.begin())];
    fits = fits && cut > start && cut < to && Weight(start, cut) <= limit;
    cuts.push_back(cut);
    start = cut;
  }
  if (fits && Weight(start, to) <= limit) return cuts;
  // Otherwise those of the greedy sweep, which are known to fit.
  cuts.clear();
  for (start = from; Weight(start, to) > limit;) {
    start = Reach(start, limit);
    cuts.push_back(start);
  }
  return cuts;
}

size_t LineCutter::Changes(std::span<const Cut> cuts) const {
  const auto kept = static_cast<size_t>(
      std::count_if(cuts.begin(), cuts.end(), [](const Cut& cut) { return cut.kept != 0; }));
  return (cuts.size() - kept) + (boundaries_.size() - 2 - kept);
}

uint64_t LineCutter::Heaviest(std::span<const Cut> cuts) const {
  uint64_t heaviest = 0;
  size_t start = 0;
  for (const Cut& cut : cuts) {
    heaviest = std::max(heaviest, Weight(start, cut.position));
    start = cut.position;
  }
  return std::max(heaviest, Weight(start, last_cut()));
}

}  // namespace kinesis::lab
