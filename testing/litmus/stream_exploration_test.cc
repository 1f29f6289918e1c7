// Puts, reshards, trims, deletions and readers with pins, all at once, on the shipped log, table
// and pool under seeded schedules.
//
// KINESIS_SCHEDULES=n explores so many schedules of each program instead.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/outcome_table.h"
#include "kinesis_core/testing/litmus/stream_scenarios.h"
#include "kinesis_core/testing/litmus/stream_world.h"

namespace kinesis::testing {
namespace {

using World = StreamWorld<ScheduledAtomics>;

const std::vector<Outcome> kWhereRecordsWent = {
    {"0 shards", Verdict::kAllowed, "no record was accepted"},
    {"1 shard", Verdict::kAllowed, "all records went to one shard"},
    {"2 shards", Verdict::kAllowed, "records went to two shards"},
    {"3 shards", Verdict::kExpected, "records went to parents and children"},
    {"4 shards", Verdict::kAllowed, "records went to four shards"},
    {"5 shards", Verdict::kAllowed, "records went to every shard there was"},
    {"lost", Verdict::kForbidden, "a reader missed records that nobody trimmed"}};

std::vector<Outcome> WithLoss() {
  std::vector<Outcome> outcomes = kWhereRecordsWent;
  outcomes.back() = {"lost", Verdict::kExpected, "a reader was told how many records were trimmed"};
  return outcomes;
}

void ExploreTraffic(uint64_t schedules, const std::vector<Outcome>& outcomes,
                    const TrafficOptions& options) {
  RunLitmus({.schedules = schedules}, outcomes,
            [&options](Schedule& s) { return RunTraffic<World>(s, options); });
}

TEST(StreamExploration, NothingIsLostDoubledOrReorderedWhileShardsSplitAndMerge) {
  ExploreTraffic(3'000, kWhereRecordsWent, {.readers = 2});
}

TEST(StreamExploration, SmallRecordsThatShareSegmentsAreNeitherLostNorReordered) {
  ExploreTraffic(3'000, kWhereRecordsWent, {.puts = 4, .batches = true, .bytes = kSmall});
}

TEST(StreamExploration, BatchesAreRoutedAgainWhenTheirShardCloses) {
  // Room for a block a record in each shard that it may come to, and for one that loses a race.
  ExploreTraffic(3'000, kWhereRecordsWent,
                 {.world = {.log = {.budget_blocks = 16}}, .puts = 4, .batches = true});
}

TEST(StreamExploration, WhatIsPinnedStaysWhileItsShardIsTrimmedAndResharded) {
  ExploreTraffic(3'000, WithLoss(), {.readers = 2, .pins = true, .trimmer = true});
}

TEST(StreamExploration, ShortMemoryGoesRoundBetweenParentsAndChildren) {
  ExploreTraffic(3'000, WithLoss(),
                 {.world = {.log = {.budget_blocks = 4}},
                  .puts = 4,
                  .pins = true,
                  .trimmer = true,
                  .trim_oldest = true});
}

TEST(StreamExploration, ADeletionEndsAllOfIt) {
  ExploreTraffic(3'000, WithLoss(), {.puts = 4, .pins = true, .deletes = true});
}

TEST(StreamExploration, AKeyGoesWhereATableHadItThoughItsSlotIsWrittenAnew) {
  ExploreTraffic(3'000, kWhereRecordsWent,
                 {.bytes = kSmall, .resharding = Resharding::kMoveBoundary});
}

TEST(StreamExploration, ALogThatServesANewShardTakesNothingForTheOldOne) {
  RunLitmus({.schedules = 6'000},
            {{"all released", Verdict::kAllowed, "all records were in shards that are gone"},
             {"in log 0 again", Verdict::kExpected, "the log of the first shard serves the merged"},
             {"kept", Verdict::kExpected, "records are in the last shards"}},
            RunReleases<World>);
}

}  // namespace
}  // namespace kinesis::testing
