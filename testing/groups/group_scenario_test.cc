// Consumer groups in thousands of random stories.
//
// KINESIS_TEST_SEEDS=n plays so many instead. A failure prints its seed: KINESIS_TEST_SEED plays
// from there on.
#include "kinesis_core/testing/groups/group_scenario.h"
#include "kinesis_core/testing/internal/sanitizers.h"

#include <cstdint>
#include <iostream>
#include <string>

#include "gtest/gtest.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

TEST(GroupScenarioTest, NothingIsLostAndNothingComesAgainWithoutAReason) {
  const uint64_t scenarios = SeedCountOr(FewerIfSanitized(400));
  const uint64_t first = SeedOr(1);
  GroupScenarioCounts counts;
  for (uint64_t i = 0; i < scenarios; ++i) {
    const std::string problem = PlayGroupScenario(first + i, &counts);
    ASSERT_EQ(problem, "") << "seed " << first + i;
  }
  std::cout << scenarios << " scenarios: " << counts.delivered << " delivered, " << counts.committed
            << " committed, " << counts.came_again << " came again, " << counts.dead_letters
            << " dead letters, " << counts.aborted << " aborted, " << counts.hand_overs
            << " hand-overs, " << counts.reshards << " reshards, " << counts.restarts
            << " restarts, " << counts.by_lanes << " by lanes, 0 lost\n";
  if (scenarios < 400) return;
  // They are about something.
  EXPECT_GT(counts.committed, 10 * scenarios);
  EXPECT_GT(counts.came_again, scenarios);
  EXPECT_GT(counts.dead_letters, scenarios / 20);
  EXPECT_GT(counts.aborted, scenarios / 40);
  EXPECT_GT(counts.hand_overs, scenarios / 2);
  EXPECT_GT(counts.reshards, scenarios);
  EXPECT_GT(counts.restarts, scenarios / 10);
  EXPECT_GT(counts.by_lanes, scenarios);
}

}  // namespace
}  // namespace kinesis::testing
