// LineCutter: cuts a line of points into pieces. The combinatorial core of advice.h, without hash
// keys: points 0 .. n-1, and cuts 0 .. n, cut c being before point c.
//
// A point has two weights, and a piece weighs as much as the heavier of its two sums. That grows
// with the piece, which is all that greedy sweeps ask for, so what they find is exact with two
// weights as with one.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_LINE_CUTTER_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_LINE_CUTTER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace kinesis::lab {

// A cut, and where it comes from.
struct Cut {
  size_t position = 0;
  // The present boundary that is kept, 1 .. number of present boundaries; 0 for a new cut.
  size_t kept = 0;

  friend bool operator==(const Cut&, const Cut&) = default;
};

// Thread-compatible: const operations may run concurrently.
class LineCutter {
 public:
  struct Point {
    uint64_t one = 0;
    uint64_t other = 0;
  };

  // The line may be cut where `may_cut[c]` is true (n + 1 entries; the ends do not count), and at
  // the positions of the present boundaries, `present`, which do not decrease.
  LineCutter(std::span<const Point> points, std::vector<bool> may_cut,
             std::span<const size_t> present);

  // The least weight of the heaviest piece that at most `pieces` pieces can have.
  uint64_t Optimum(size_t pieces) const;

  // The cuts into at most `pieces` pieces, none heavier than `limit`, that keep and add present
  // boundaries so that the fewest change. Nothing if it cannot be done.
  std::optional<std::vector<Cut>> FewestChanges(size_t pieces, uint64_t limit) const;

  // Boundaries that differ between `cuts` and the present ones.
  size_t Changes(std::span<const Cut> cuts) const;
  // The heaviest piece.
  uint64_t Heaviest(std::span<const Cut> cuts) const;

 private:
  uint64_t Weight(size_t from, size_t to) const {
    return std::max(ones_[to] - ones_[from], others_[to] - others_[from]);
  }
  size_t last_cut() const { return ones_.size() - 1; }
  // The farthest cut after `from` such that the piece between weighs `limit` at most; `from` itself
  // if there is none.
  size_t Reach(size_t from, uint64_t limit) const;
  // The fewest pieces from `from` to `to` by greedy sweep; nothing if one weight is too heavy.
  std::optional<size_t> Pieces(size_t from, size_t to, uint64_t limit) const;
  // The cuts between two kept boundaries, `pieces` pieces with about the same weight.
  std::vector<size_t> EvenCuts(size_t from, size_t to, size_t pieces, uint64_t limit) const;

  // The boundaries by number: the beginning 0, the present ones, and the end.
  size_t Boundary(size_t number) const { return boundaries_[number]; }

  std::vector<uint64_t> ones_;  // sums of the weights before each cut
  std::vector<uint64_t> others_;
  std::vector<size_t> cut_at_or_before_;  // the last place before or at each cut where one may be
  std::vector<size_t> boundaries_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_LINE_CUTTER_H_
