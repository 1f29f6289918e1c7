#include "kinesis_core/internal/hash_range_table.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::internal {
namespace {

constexpr uint64_t kSeed = 20161;
constexpr uint64_t kAllOnes = ~uint64_t{0};

// The table never looks into the log that it routes to.
struct FakeLog {};
using Table = HashRangeTable<StdAtomics, FakeLog>;
using Shards = std::vector<Table::Shard>;

FakeLog fake_logs[16];

// A table with these starts; the first one is put at 0. Each route is told by its uid.
Shards ShardsAt(std::set<HashKey> starts) {
  starts.insert(HashKey::Min());
  Shards shards;
  for (const HashKey& start : starts) {
    const uint64_t uid = shards.size() + 1;
    shards.push_back({start, {&fake_logs[uid % std::size(fake_logs)], LogUid(uid)}});
  }
  return shards;
}

// The uid that Lookup should find, by a look at every shard.
uint64_t NaiveUid(const Shards& shards, const HashKey& key) {
  uint64_t uid = 0;
  for (const Table::Shard& shard : shards) {
    if (shard.start <= key) uid = shard.route.uid;
  }
  return uid;
}
// The same by binary search, for tables where that takes too long.
uint64_t SearchedUid(const Shards& shards, const HashKey& key) {
  const auto above =
      std::upper_bound(shards.begin(), shards.end(), key,
                       [](const HashKey& k, const Table::Shard& shard) { return k < shard.start; });
  return std::prev(above)->route.uid;
}

// Looks up the ends of every range and `random_keys` others.
void ExpectLookups(const Table& table, const Shards& shards, std::mt19937_64& random,
                   int random_keys) {
  const auto check = [&](const HashKey& key) {
    const Route<FakeLog> route = table.Lookup(key);
    ASSERT_EQ(route.uid, SearchedUid(shards, key)) << "seed " << kSeed << ", key " << key;
    ASSERT_EQ(route.log, &fake_logs[route.uid % std::size(fake_logs)]);
    if (shards.size() <= 64) {
      ASSERT_EQ(route.uid, NaiveUid(shards, key));
    }
  };
  check(HashKey::Min());
  check(HashKey::Max());
  for (const Table::Shard& shard : shards) {
    check(shard.start);
    if (shard.start != HashKey::Min()) check(shard.start.Prev());
    if (shard.start != HashKey::Max()) check(shard.start.Next());
  }
  for (int i = 0; i < random_keys; ++i) check(HashKey::FromHalves(random(), random()));
}

TEST(HashRangeTableTest, AnEmptyTableHasNoRoute) {
  Table table;
  EXPECT_EQ(table.Lookup(HashKey::Min()).log, nullptr);
  table.Publish(ShardsAt({}));
  EXPECT_EQ(table.Lookup(HashKey::Max()).uid, 1U);
  table.Publish({});
  EXPECT_EQ(table.Lookup(HashKey::Max()).log, nullptr);
  EXPECT_EQ(table.Lookup(HashKey::Max()).uid, 0U);
  table.Publish(ShardsAt({}));
  EXPECT_EQ(table.Lookup(HashKey::Min()).uid, 1U);
}

TEST(HashRangeTableTest, EveryLookupAgreesWithASearchForRandomTablesOfEverySize) {
  std::mt19937_64 random(kSeed);
  std::vector<size_t> sizes;
  for (size_t size = 1; size <= 140; ++size) sizes.push_back(size);
  for (const size_t size : {255, 256, 257, 1000, 1023, 1024, 1025, 4096, 9999, 10'000}) {
    sizes.push_back(size);
  }
  Table table;  // one, so that slots are reused
  for (const size_t size : sizes) {
    std::set<HashKey> starts;
    while (starts.size() + 1 < size) starts.insert(HashKey::FromHalves(random(), random()));
    const Shards shards = ShardsAt(starts);
    table.Publish(shards);
    ExpectLookups(table, shards, random, 1000);
  }
}

TEST(HashRangeTableTest, EachShardHasOneTurnInEveryRoundAndRoundsBeginAtDifferentShards) {
  std::mt19937_64 random(kSeed);
  Table table;
  EXPECT_EQ(table.StartInTurn(17), HashKey::Min());  // of no shards
  for (const size_t size : {1, 2, 3, 64, 65, 1000}) {
    std::set<HashKey> starts;
    while (starts.size() + 1 < size) starts.insert(HashKey::FromHalves(random(), random()));
    table.Publish(ShardsAt(starts));
    starts.insert(HashKey::Min());
    std::set<HashKey> firsts;
    for (uint64_t round = 0; round < 20; ++round) {
      std::set<HashKey> in_turn;
      for (uint64_t i = 0; i < size; ++i) in_turn.insert(table.StartInTurn(round * size + i));
      EXPECT_EQ(in_turn, starts);
      firsts.insert(table.StartInTurn(round * size));
    }
    EXPECT_GE(firsts.size(), std::min<size_t>(size, 10));
    EXPECT_TRUE(starts.contains(table.StartInTurn(kAllOnes)));
  }
}

TEST(HashRangeTableTest, EveryLookupAgreesWithASearchForSkewedTables) {
  std::mt19937_64 random(kSeed);
  std::vector<std::set<HashKey>> tables;
  std::set<HashKey> starts;
  // All boundaries among the lowest, among the highest keys, and around the middle.
  for (uint64_t i = 1; i <= 1000; ++i) starts.insert(HashKey::FromHalves(0, i));
  tables.push_back(starts);
  starts.clear();
  for (uint64_t i = 0; i < 1000; ++i) starts.insert(HashKey::FromHalves(kAllOnes, kAllOnes - i));
  tables.push_back(starts);
  starts.clear();
  for (uint64_t i = 0; i < 500; ++i) {
    starts.insert(HashKey::FromHalves(uint64_t{1} << 63, i));
    starts.insert(HashKey::FromHalves((uint64_t{1} << 63) - 1, kAllOnes - i));
  }
  tables.push_back(starts);
  starts.clear();
  // Each range half as wide as the one above it, down to single keys.
  for (int bit = 0; bit < 64; ++bit) {
    starts.insert(HashKey::FromHalves(uint64_t{1} << bit, 0));
    starts.insert(HashKey::FromHalves(0, uint64_t{1} << bit));
  }
  tables.push_back(starts);
  // A crowd in one sixteenth, and a few elsewhere.
  for (int i = 0; i < 9000; ++i) starts.insert(HashKey::FromHalves(random() >> 4, random()));
  tables.push_back(starts);
  Table table;
  for (const std::set<HashKey>& skewed : tables) {
    const Shards shards = ShardsAt(skewed);
    table.Publish(shards);
    ExpectLookups(table, shards, random, 1000);
  }
}

TEST(HashRangeTableTest, AHundredThousandPublicationsTakeNoMemory) {
  Table table;
  const Shards small = ShardsAt({HashKey::FromHalves(1, 0), HashKey::FromHalves(2, 0)});
  const Shards large = ShardsAt({HashKey::FromHalves(1, 0), HashKey::FromHalves(2, 0),
                                 HashKey::FromHalves(3, 0), HashKey::FromHalves(4, 0)});
  for (int i = 0; i < 4; ++i) table.Publish(i % 2 == 0 ? small : large);
  for (int i = 0; i < 2; ++i) table.Publish(small);
  for (int i = 0; i < 2; ++i) table.Publish(large);
  const size_t bytes = table.memory_bytes();
  EXPECT_GT(bytes, 0U);
  for (int i = 0; i < 100'000; ++i) table.Publish(i % 3 == 0 ? small : large);
  EXPECT_EQ(table.memory_bytes(), bytes);
}

TEST(HashRangeTableTest, APublicationReplacesTheTableAtOnce) {
  Table table;
  for (uint64_t round = 1; round <= 1000; ++round) {
    Shards shards = ShardsAt({HashKey::FromHalves(round, 0)});
    shards[0].route.uid = LogUid(2 * round);
    shards[1].route.uid = LogUid(2 * round + 1);
    table.Publish(shards);
    EXPECT_EQ(table.Lookup(HashKey::FromHalves(round - 1, kAllOnes)).uid, 2 * round);
    EXPECT_EQ(table.Lookup(HashKey::FromHalves(round, 0)).uid, 2 * round + 1);
  }
}

// Table g has 1 + g % 40 equal ranges; the uid of row r is g * 64 + r. A reader can tell from any
// answer which table it is of and whether that table gives it for the key; a mixture of two would
// not fit.
constexpr uint64_t kRows = 64;
uint64_t RowsOf(uint64_t generation) { return 1 + generation % 40; }
uint64_t WidthOf(uint64_t generation) { return kAllOnes / RowsOf(generation); }

// Publishes one table after another while two threads read, each with its random numbers until the
// flag is set.
template <class Read>
void ReadWhilePublishing(Table& table, Read read) {
  constexpr uint64_t kPublications = 20'000;
  const auto publish = [&table](uint64_t generation) {
    Shards shards;
    for (uint64_t row = 0; row < RowsOf(generation); ++row) {
      const uint64_t uid = generation * kRows + row;
      shards.push_back({HashKey::FromHalves(row * WidthOf(generation), 0),
                        {&fake_logs[uid % std::size(fake_logs)], LogUid(uid)}});
    }
    table.Publish(shards);
  };
  std::atomic<bool> done{false};
  publish(0);
  std::vector<std::thread> readers;
  for (uint64_t r = 0; r < 2; ++r) {
    readers.emplace_back([&read, &done, r] { read(std::mt19937_64(kSeed + r), done); });
  }
  for (uint64_t generation = 1; generation <= kPublications; ++generation) publish(generation);
  done.store(true);
  const kinesis::testing::WaitingFor waiting("readers to see the last table");
  for (std::thread& reader : readers) reader.join();
}

void ExpectRouteOfOneTable(const Route<FakeLog>& route, uint64_t high) {
  const uint64_t generation = route.uid / kRows;
  const uint64_t row = std::min(high / WidthOf(generation), RowsOf(generation) - 1);
  ASSERT_EQ(route.uid % kRows, row) << "seed " << kSeed << ", table " << generation;
  ASSERT_EQ(route.log, &fake_logs[route.uid % std::size(fake_logs)]);
}

TEST(HashRangeTableTest, AReaderSeesOnlyWholeTablesAndNeverAnOlderOneAgain) {
  Table table;
  ReadWhilePublishing(table, [&table](std::mt19937_64 random, const std::atomic<bool>& done) {
    uint64_t newest = 0;
    while (!done.load()) {
      const uint64_t high = random();
      const Route<FakeLog> route = table.Lookup(HashKey::FromHalves(high, random()));
      ASSERT_NO_FATAL_FAILURE(ExpectRouteOfOneTable(route, high));
      ASSERT_GE(route.uid / kRows, newest);
      newest = route.uid / kRows;
    }
  });
}

TEST(HashRangeTableTest, AViewThatIsCurrentRoutesAllItsKeysByOneTable) {
  Table table;
  std::atomic<uint64_t> current{0};
  ReadWhilePublishing(table, [&](std::mt19937_64 random, const std::atomic<bool>& done) {
    while (!done.load()) {
      const uint64_t one = random();
      const uint64_t other = random();
      const Table::View view = table.Open();
      const Route<FakeLog> first = view.RouteAt(view.RowOf(HashKey::FromHalves(one, 0)));
      const Route<FakeLog> second = view.RouteAt(view.RowOf(HashKey::FromHalves(other, 0)));
      if (!table.IsCurrent(view)) continue;
      ASSERT_NO_FATAL_FAILURE(ExpectRouteOfOneTable(first, one));
      ASSERT_NO_FATAL_FAILURE(ExpectRouteOfOneTable(second, other));
      ASSERT_EQ(first.uid / kRows, second.uid / kRows);
      current.fetch_add(1);
    }
  });
  EXPECT_GT(current.load(), 0U);
}

TEST(HashRangeTableTest, AShardInTurnIsOneOfAWholeTable) {
  Table table;
  const auto is_start = [](const HashKey& key) {
    for (uint64_t generation = 0; generation < 40; ++generation) {
      const uint64_t width = WidthOf(generation);
      const uint64_t row = key.high() / width;
      if (key == HashKey::FromHalves(row * width, 0) && row < RowsOf(generation)) return true;
    }
    return false;
  };
  ReadWhilePublishing(table, [&](std::mt19937_64 random, const std::atomic<bool>& done) {
    while (!done.load()) {
      const uint64_t turn = random();
      const HashKey start = table.StartInTurn(turn);
      ASSERT_TRUE(is_start(start)) << "seed " << kSeed << ", turn " << turn;
    }
  });
}

TEST(HashRangeTableTest, AViewOfNoShardsIsEmpty) {
  Table table;
  EXPECT_TRUE(table.Open().empty());
  table.Publish(ShardsAt({}));
  EXPECT_FALSE(table.Open().empty());
}

}  // namespace
}  // namespace kinesis::internal
