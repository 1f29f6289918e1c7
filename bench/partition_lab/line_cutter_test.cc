#include "kinesis_core/lab/line_cutter.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/lab/random.h"

namespace kinesis::lab {
namespace {

using Weights = std::vector<LineCutter::Point>;
using Positions = std::vector<size_t>;

// Everything there is to cut, small enough to try all ways.
struct Line {
  Weights weights;
  std::vector<bool> may_cut;
  Positions present;

  LineCutter cutter() const { return LineCutter(weights, may_cut, present); }
};

uint64_t Heaviest(const Weights& weights, const std::set<size_t>& cuts) {
  uint64_t heaviest = 0;
  LineCutter::Point piece;
  for (size_t i = 0; i < weights.size(); ++i) {
    if (cuts.count(i) > 0) piece = {};
    piece.one += weights[i].one;
    piece.other += weights[i].other;
    heaviest = std::max({heaviest, piece.one, piece.other});
  }
  return heaviest;
}

// Calls `visit` with every set of cuts that makes at most `pieces` pieces.
template <class Visit>
void ForEachSetOfCuts(const Line& line, size_t pieces, const Visit& visit) {
  const size_t places = line.weights.size() - 1;
  const std::set<size_t> present(line.present.begin(), line.present.end());
  for (uint32_t bits = 0; bits < uint32_t{1} << places; ++bits) {
    std::set<size_t> cuts;
    bool allowed = true;
    for (size_t i = 0; i < places; ++i) {
      if ((bits >> i & 1) == 0) continue;
      allowed = allowed && (line.may_cut[i + 1] || present.count(i + 1) > 0);
      cuts.insert(i + 1);
    }
    if (allowed && cuts.size() < pieces) visit(cuts);
  }
}

size_t Changes(const std::set<size_t>& cuts, const Positions& present) {
  Positions different;
  std::set_symmetric_difference(cuts.begin(), cuts.end(), present.begin(), present.end(),
                                std::back_inserter(different));
  return different.size();
}

Line RandomLine(Random& random) {
  Line line;
  const size_t weights = 2 + random.Below(9);
  // Every other line has one weight, the rest two that have nothing to do with one another.
  const uint64_t others = random.Below(2) * 20;
  for (size_t i = 0; i < weights; ++i) {
    line.weights.push_back({1 + random.Below(20), others == 0 ? 0 : random.Below(others)});
  }
  for (size_t i = 0; i <= weights; ++i) line.may_cut.push_back(random.Below(5) > 0);
  std::set<size_t> present;
  for (uint64_t i = random.Below(6); i > 0; --i) present.insert(1 + random.Below(weights - 1));
  line.present.assign(present.begin(), present.end());
  return line;
}

TEST(LineCutterTest, FindsTheOptimumAndTheFewestChangesThatTryingAllCutsFinds) {
  Random random(2);
  for (int round = 0; round < 2'000; ++round) {
    const Line line = RandomLine(random);
    const LineCutter cutter = line.cutter();
    const size_t pieces = 1 + random.Below(6);
    uint64_t optimum = ~uint64_t{0};
    ForEachSetOfCuts(line, pieces, [&](const std::set<size_t>& cuts) {
      optimum = std::min(optimum, Heaviest(line.weights, cuts));
    });
    ASSERT_EQ(cutter.Optimum(pieces), optimum) << "round " << round;

    for (const uint64_t limit : {optimum, optimum + 3, optimum * 2}) {
      size_t fewest = ~size_t{0};
      ForEachSetOfCuts(line, pieces, [&](const std::set<size_t>& cuts) {
        if (Heaviest(line.weights, cuts) > limit) return;
        fewest = std::min(fewest, Changes(cuts, line.present));
      });
      const std::optional<std::vector<Cut>> cuts = cutter.FewestChanges(pieces, limit);
      ASSERT_TRUE(cuts.has_value());
      std::set<size_t> positions;
      for (const Cut& cut : *cuts) {
        positions.insert(cut.position);
        if (cut.kept != 0) {
          ASSERT_EQ(line.present[cut.kept - 1], cut.position);
        }
      }
      ASSERT_LT(cuts->size(), pieces);
      ASSERT_LE(Heaviest(line.weights, positions), limit);
      ASSERT_EQ(cutter.Heaviest(*cuts), Heaviest(line.weights, positions));
      ASSERT_EQ(cutter.Changes(*cuts), fewest) << "round " << round << ", limit " << limit;
      ASSERT_EQ(Changes(positions, line.present), fewest);
    }
  }
}

TEST(LineCutterTest, ALimitBelowTheOptimumCannotBeMet) {
  const Line line = {{{5, 0}, {1, 0}, {5, 0}}, {true, true, true, true}, {}};
  EXPECT_EQ(line.cutter().Optimum(2), 6u);
  EXPECT_EQ(line.cutter().FewestChanges(2, 5), std::nullopt);
  EXPECT_EQ(line.cutter().FewestChanges(9, 4), std::nullopt);
}

TEST(LineCutterTest, PresentBoundariesAtTheSamePlaceAreKeptBoth) {
  // Two shards without load between them and nothing to gain: nothing changes.
  const Line line = {{{4, 0}, {4, 0}}, {true, true, true}, {1, 1, 1}};
  const auto cuts = line.cutter().FewestChanges(4, 4);
  ASSERT_TRUE(cuts.has_value());
  EXPECT_EQ(line.cutter().Changes(*cuts), 0u);
}

TEST(LineCutterTest, NewCutsShareTheWeightEvenlyWhereTheyCan) {
  const Line line = {Weights(12, {1, 0}), std::vector<bool>(13, true), {}};
  const auto cuts = line.cutter().FewestChanges(3, 7);
  ASSERT_TRUE(cuts.has_value());
  // Two pieces are enough for the limit, so a third would be a change more.
  EXPECT_EQ(*cuts, (std::vector<Cut>{{6, 0}}));
}

}  // namespace
}  // namespace kinesis::lab
