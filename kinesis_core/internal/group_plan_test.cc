// Every case of a small size, held against the definition.
#include "kinesis_core/internal/group_plan.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::internal {
namespace {

// Calls `visit` with every vector of `size` numbers in [low, high].
template <class Visit>
void ForEachVector(size_t size, int low, int high, const Visit& visit) {
  std::vector<int> values(size, low);
  for (;;) {
    visit(values);
    size_t i = 0;
    while (i < size && values[i] == high) values[i++] = low;
    if (i == size) return;
    ++values[i];
  }
}

size_t Moves(const std::vector<int>& from, const std::vector<int>& to) {
  size_t moves = 0;
  for (size_t i = 0; i < from.size(); ++i) moves += from[i] != to[i] ? 1 : 0;
  return moves;
}

bool IsEven(size_t members, const std::vector<int>& owners) {
  std::vector<size_t> counts(members, 0);
  for (const int owner : owners) {
    if (owner == kNobody) return false;
    ++counts[static_cast<size_t>(owner)];
  }
  const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
  return *high - *low <= 1;
}

TEST(AssignShardsTest, ShardsAreSpreadEvenlyWithTheFewestMoves) {
  for (size_t members = 1; members <= 3; ++members) {
    for (size_t shards = 0; shards <= 5; ++shards) {
      std::vector<std::vector<int>> even;
      const int last = static_cast<int>(members) - 1;
      ForEachVector(shards, 0, last, [&](const std::vector<int>& owners) {
        if (IsEven(members, owners)) even.push_back(owners);
      });
      ForEachVector(shards, kNobody, last, [&](const std::vector<int>& owners) {
        size_t fewest = shards;
        for (const std::vector<int>& target : even) {
          fewest = std::min(fewest, Moves(owners, target));
        }
        const std::vector<int> assigned = AssignShards(members, owners);
        ASSERT_TRUE(IsEven(members, assigned)) << ::testing::PrintToString(owners);
        ASSERT_EQ(Moves(owners, assigned), fewest) << ::testing::PrintToString(owners);
      });
    }
  }
}

TEST(AssignShardsTest, AJoinMovesAtMostTheSharesOfOneAndOnlyToTheNewMember) {
  for (size_t members = 2; members <= 9; ++members) {
    for (size_t shards = 0; shards <= 40; ++shards) {
      const std::vector<int> before = AssignShards(members - 1, std::vector<int>(shards, kNobody));
      const std::vector<int> after = AssignShards(members, before);
      EXPECT_LE(Moves(before, after), (shards + members - 1) / members);
      for (size_t i = 0; i < shards; ++i) {
        if (before[i] == after[i]) continue;
        EXPECT_EQ(after[i], static_cast<int>(members) - 1);
      }
    }
  }
}

TEST(AssignShardsTest, ALeaveMovesOnlyWhatTheMemberHad) {
  for (size_t members = 2; members <= 9; ++members) {
    for (size_t shards = 0; shards <= 40; ++shards) {
      std::vector<int> owners = AssignShards(members, std::vector<int>(shards, kNobody));
      for (int& owner : owners) owner = owner == 0 ? kNobody : owner - 1;  // member 0 has left
      const std::vector<int> after = AssignShards(members - 1, owners);
      for (size_t i = 0; i < shards; ++i) {
        if (owners[i] == kNobody) continue;
        EXPECT_EQ(after[i], owners[i]);
      }
    }
  }
}

TEST(AssignShardsTest, WhatIsSpreadEvenlyStays) {
  const std::vector<int> owners = {1, 0, 2, 1, 0};
  EXPECT_EQ(AssignShards(3, owners), owners);
}

// --- Lineage

TEST(LineageTest, AShardWithoutParentsCanBeRead) {
  Lineage lineage;
  EXPECT_TRUE(lineage.Add(0, {}));
}

TEST(LineageTest, ParentsThatAreUnknownHoldNothingUp) {
  Lineage lineage;
  const uint32_t parents[] = {3, 4};
  EXPECT_TRUE(lineage.Add(7, parents));
}

TEST(LineageTest, AChildOfASplitWaitsForItsParent) {
  Lineage lineage;
  const uint32_t parent[] = {0};
  EXPECT_TRUE(lineage.Add(0, {}));
  EXPECT_FALSE(lineage.Add(1, parent));
  EXPECT_FALSE(lineage.Add(2, parent));
  EXPECT_EQ(lineage.Finish(0), (std::vector<uint32_t>{1, 2}));
  EXPECT_TRUE(lineage.Add(3, parent));  // finished by now
  EXPECT_EQ(lineage.size(), 3U);
}

// Every history of up to 5 shards, of which each may have any two of the earlier ones as parents,
// finished in every order that is possible: what is readable is what has no unfinished parent.
void FinishInEveryOrder(const std::vector<std::vector<uint32_t>>& parents, Lineage lineage,
                        std::set<uint32_t> readable, std::set<uint32_t> finished) {
  std::set<uint32_t> expected;
  for (uint32_t shard = 0; shard < parents.size(); ++shard) {
    const bool reached = std::all_of(parents[shard].begin(), parents[shard].end(),
                                     [&](uint32_t parent) { return finished.contains(parent); });
    if (reached && !finished.contains(shard)) expected.insert(shard);
  }
  ASSERT_EQ(readable, expected);
  if (readable.empty()) {
    ASSERT_EQ(finished.size(), parents.size());
  }
  for (const uint32_t shard : readable) {
    Lineage next = lineage;
    std::set<uint32_t> now = readable;
    std::set<uint32_t> done = finished;
    now.erase(shard);
    done.insert(shard);
    for (const uint32_t child : next.Finish(shard)) now.insert(child);
    FinishInEveryOrder(parents, next, now, done);
  }
}

TEST(LineageTest, AShardCanBeReadOnceAllItsParentsAreFinishedAndNeverBefore) {
  constexpr int kShards = 4;
  // Shard i has two parents below it, of which i itself stands for none.
  ForEachVector(size_t{2} * kShards, 0, kShards - 1, [](const std::vector<int>& choice) {
    std::vector<std::vector<uint32_t>> parents(kShards);
    Lineage lineage;
    std::set<uint32_t> readable;
    for (uint32_t shard = 0; shard < kShards; ++shard) {
      for (size_t k = 0; k < 2; ++k) {
        const auto parent = static_cast<uint32_t>(choice[2 * shard + k]);
        if (parent > shard || (k == 1 && choice[2 * shard] == choice[2 * shard + 1])) return;
        if (parent != shard) parents[shard].push_back(parent);
      }
      if (lineage.Add(shard, parents[shard])) readable.insert(shard);
    }
    FinishInEveryOrder(parents, lineage, readable, {});
  });
}

}  // namespace
}  // namespace kinesis::internal
