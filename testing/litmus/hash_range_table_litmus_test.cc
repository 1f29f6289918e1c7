// The shipped hash range table under seeded schedules: readers meet tables that are being replaced
// and rewritten.
#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/hash_range_table.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

// Stands for a log. Shard j of version v has uid 10 v + j and the log of that number.
struct FakeLog {};
using Table = internal::HashRangeTable<ScheduledAtomics, FakeLog>;

class TableWorld {
 public:
  explicit TableWorld(Schedule& schedule) : schedule_(schedule) {}

  Table& table() { return table_; }

  // Publishes version v with that many shards of equal size; none at all if 0.
  void Publish(uint64_t version, uint64_t shards) {
    std::vector<Table::Shard> rows;
    for (uint64_t j = 0; j < shards; ++j) {
      const uint64_t uid = 10 * version + j;
      rows.push_back(
          {HashKey::FromHalves(StartOf(j, shards), 0), {&logs_[uid], internal::LogUid(uid)}});
    }
    shards_[version] = shards;
    table_.Publish(rows);
  }

  // The version of the route of a key, after checking that it is the right one of that version. 0
  // if there is no route.
  uint64_t Lookup(uint64_t high) {
    const internal::Route<FakeLog> route = table_.Lookup(HashKey::FromHalves(high, 7));
    if (route.log == nullptr) return 0;
    schedule_.Check(route.log == &logs_[route.uid % kUids], "log and uid of one row");
    const uint64_t version = route.uid / 10;
    const uint64_t shard = route.uid % 10;
    const uint64_t shards = shards_[version];
    schedule_.Check(shard < shards, "a shard of that version");
    if (shards == 0) return version;
    schedule_.Check(StartOf(shard, shards) <= high, "the shard starts at or below the key");
    schedule_.Check(shard + 1 == shards || StartOf(shard + 1, shards) > high,
                    "the next shard starts above the key");
    return version;
  }

 private:
  static constexpr uint64_t kUids = 100;
  static uint64_t StartOf(uint64_t shard, uint64_t shards) {
    return shard == 0 ? 0 : ~uint64_t{0} / shards * shard + 1;
  }

  Schedule& schedule_;
  Table table_;
  FakeLog logs_[kUids];
  uint64_t shards_[10] = {};
};

constexpr uint64_t kKeys[] = {0, 0x3fff'ffff'ffff'ffff, 0x8000'0000'0000'1234, ~uint64_t{0}};

TEST(HashRangeTableLitmus, ALookupReturnsARowOfOneWholeTable) {
  RunLitmus({.schedules = 30'000},
            {{"first", Verdict::kExpected, "only the first table"},
             {"mixed", Verdict::kExpected, "tables changed between the lookups"},
             {"last", Verdict::kExpected, "only the last table"}},
            [](Schedule& s) {
              TableWorld world(s);
              world.Publish(1, 2);
              // Sizes alternate, so that slots are used again while readers may still be in them.
              s.Spawn([&] {
                world.Publish(2, 3);
                world.Publish(3, 2);
                world.Publish(4, 2);
                world.Publish(5, 4);
              });
              bool changed = false;
              uint64_t least = 9;
              uint64_t most = 0;
              for (int reader = 0; reader < 2; ++reader) {
                s.Spawn([&, reader] {
                  uint64_t last = 0;
                  for (int i = 0; i < 3; ++i) {
                    const uint64_t version = world.Lookup(kKeys[(reader + i) % 4]);
                    s.Check(version >= last, "a reader does not go back to an older table");
                    changed |= last != 0 && version != last;
                    least = std::min(least, version);
                    most = std::max(most, version);
                    last = version;
                  }
                });
              }
              s.Run();
              if (changed || least != most) return "mixed";
              return most == 1 ? "first" : most == 5 ? "last" : "mixed";
            });
}

TEST(HashRangeTableLitmus, WhoIsToldOfATableDoesNotReadTheOldOne) {
  RunLitmus({.schedules = 20'000},
            {{"announced", Verdict::kExpected, "the new table"},
             {"not announced", Verdict::kExpected, "either table"}},
            [](Schedule& s) {
              TableWorld world(s);
              world.Publish(1, 2);
              ScheduledAtomics::Atomic<int> announced{0};
              bool knew = false;
              s.Spawn([&] {
                world.Publish(2, 3);
                announced.store(1, std::memory_order_release);  // pairs with the load below
              });
              s.Spawn([&] {
                knew =
                    announced.load(std::memory_order_acquire) == 1;  // pairs with the store above
                const uint64_t version = world.Lookup(kKeys[2]);
                s.Check(!knew || version == 2, "an old table was read");
              });
              s.Run();
              return knew ? "announced" : "not announced";
            });
}

TEST(HashRangeTableLitmus, AnEmptyTableHasNoRouteUntilTheNextOne) {
  RunLitmus({.schedules = 20'000},
            {{"0", Verdict::kExpected, "no route"},
             {"1", Verdict::kExpected, "the old table"},
             {"3", Verdict::kExpected, "the new table, in the slot of the old one"}},
            [](Schedule& s) {
              TableWorld world(s);
              world.Publish(1, 2);
              uint64_t version = 9;
              s.Spawn([&] {
                world.Publish(2, 0);
                world.Publish(3, 2);
              });
              s.Spawn([&] { version = world.Lookup(kKeys[1]); });
              s.Run();
              return std::to_string(version);
            });
}

}  // namespace
}  // namespace kinesis::testing
