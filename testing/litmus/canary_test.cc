// Each invariant broken on purpose, in the shipped templates or in the order of a reshard: the
// exploration has to find it within so many schedules, or its green runs say nothing.
//
// Faults are policies for the templates (faulty_atomics.h) or options of the StreamWorld; the
// product has no switch for them. Each test prints the schedule that found its fault.
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

#include <gtest/gtest.h>

#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/litmus/faulty_atomics.h"
#include "kinesis_core/testing/litmus/stream_scenarios.h"
#include "kinesis_core/testing/litmus/stream_world.h"

namespace kinesis::testing {
namespace {

void ExpectFound(uint64_t schedules, const std::function<void(Schedule&)>& body) {
  const uint64_t seed = FromEnvironment("KINESIS_TEST_SEED", 1);
  const Exploration found = Explore({.seed_base = seed, .schedules = schedules}, body);
  EXPECT_NE(found.failure, "") << "not found in " << found.schedules << " schedules";
  std::printf("found by schedule %llu of at most %llu: %s\n",
              static_cast<unsigned long long>(found.schedules),
              static_cast<unsigned long long>(schedules), found.failure.c_str());
}

template <class LogFault, class TableFault = NoFault>
void ExpectFound(uint64_t schedules, const TrafficOptions& options) {
  using World = StreamWorld<FaultyAtomics<LogFault>, FaultyAtomics<TableFault>>;
  ExpectFound(schedules, [&options](Schedule& s) { RunTraffic<World>(s, options); });
}

// A fault that is none: what is found below is not the wrapping.
TEST(Canary, AtomicsWithoutAFaultPassEverySchedule) {
  using World = StreamWorld<FaultyAtomics<NoFault>>;
  const Exploration found =
      Explore({.schedules = 1'000}, [](Schedule& s) { RunTraffic<World>(s, {.readers = 2}); });
  EXPECT_EQ(found.failure, "");
}

TEST(Canary, ACommitThatReleasesNothingIsFound) {
  ExpectFound<RelaxedCommit>(500, {.bytes = kSmall, .resharding = Resharding::kNone});
}

TEST(Canary, AClaimByLoadAndStoreIsFound) {
  ExpectFound<BlindClaim>(500, {.bytes = kSmall, .resharding = Resharding::kNone});
}

TEST(Canary, ASealThatDoesNotHoldIsFound) { ExpectFound<LostSeal>(500, {}); }

TEST(Canary, PinsThatDoNotCountAreFound) {
  ExpectFound<IgnoredPins>(
      500, {.world = {.log = {.budget_blocks = 4}}, .puts = 4, .pins = true, .trim_oldest = true});
}

TEST(Canary, AStaleClaimThatIsNotMarkedVoidIsFound) {
  ExpectFound(5'000, [](Schedule& s) { RunStaleClaim<FaultyAtomics<UnmarkedVoid>>(s); });
}

TEST(Canary, ATableThatIsPublishedWithoutReleaseIsFound) {
  ExpectFound<NoFault, RelaxedTable>(500, {});
}

TEST(Canary, ATableWithoutVersionsIsFound) {
  ExpectFound<NoFault, UnversionedTable>(
      5'000, {.bytes = kSmall, .resharding = Resharding::kMoveBoundary});
}

TEST(Canary, ParentsThatCloseBeforeTheyKnowTheirChildrenAreFound) {
  ExpectFound<NoFault>(500, {.world = {.order = ReshardOrder::kChildrenLast}, .bytes = kSmall});
}

// Nothing is lost then, but a producer spins for as long as the resharding thread sleeps (L1).
TEST(Canary, ParentsThatCloseBeforeTheTableIsPublishedAreFound) {
  ExpectFound<NoFault>(500, {.world = {.order = ReshardOrder::kCloseThenPublish}, .bytes = kSmall});
}

}  // namespace
}  // namespace kinesis::testing
