#include "kinesis_core/lab/write_simulation.h"

#include <cstdint>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/lab/pace.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000'000'000;

TEST(PaceTest, AnEvenPaceSpreadsEachSecondEvenlyAndNeverDrifts) {
  Pace pace = Pace::Even(3);
  const std::vector<int64_t> expected = {0, 333'333'333, 666'666'666, kSecond};
  for (const int64_t arrival : expected) EXPECT_EQ(pace.Next(0), arrival);
  for (int i = 4; i < 3'000'000; ++i) pace.Next(0);
  EXPECT_EQ(pace.Next(0), 1'000'000 * kSecond);
}

TEST(PaceTest, ARecordedPaceBeginsAtZeroAndNeverGoesBack) {
  Pace pace = Pace::Recorded(10);
  EXPECT_EQ(pace.Next(5 * kSecond), 0);
  EXPECT_EQ(pace.Next(7 * kSecond), kSecond / 5);
  EXPECT_EQ(pace.Next(6 * kSecond), kSecond / 5);
  EXPECT_EQ(pace.Next(3 * kSecond), kSecond / 5);
  EXPECT_EQ(pace.Next(15 * kSecond), kSecond);
}

TEST(PaceTest, LessThanARecordASecondIsAPace) {
  Pace pace = Pace::Even(1, 12);
  EXPECT_DOUBLE_EQ(pace.records_per_second(), 1.0 / 12);
  EXPECT_EQ(pace.Next(0), 0);
  EXPECT_EQ(pace.Next(0), 12 * kSecond);
}

// `records` records of `bytes` bytes at an even pace, to shard 0.
ThrottleReport ReplayEvenly(uint64_t rate, uint64_t records, uint64_t bytes) {
  const auto duration_ns = static_cast<int64_t>(records * 1'000'000'000 / rate);
  WriteSimulation simulation(1, {}, duration_ns, 0);
  Pace pace = Pace::Even(rate);
  for (uint64_t i = 0; i < records; ++i) simulation.Offer(0, pace.Next(0), bytes);
  return simulation.Report();
}

TEST(WriteSimulationTest, AShardThatGetsTwiceItsLimitHasHalfOverCapacityWhateverQueues) {
  // 2,000 records a second for 10 s: the bucket of 1,000 loses 1,000 a second, so it is empty after
  // one second, and from then on every record waits. The queue grows to 9,000 records, 9 s long.
  // Who drops loses every other one from then on.
  WriteSimulation simulation(2, {}, 10 * kSecond, 10);
  Pace pace = Pace::Even(2'000);
  for (int i = 0; i < 20'000; ++i) simulation.Offer(1, pace.Next(0), 10);
  const ThrottleReport report = simulation.Report();
  EXPECT_EQ(report.records, 20'000u);
  EXPECT_DOUBLE_EQ(report.over_capacity_share(), 0.5);
  EXPECT_DOUBLE_EQ(report.over_capacity_per_shard[1], 10'000);
  EXPECT_EQ(report.over_capacity_per_shard[0], 0);
  EXPECT_DOUBLE_EQ(report.utilization_per_shard[1], 2);
  EXPECT_EQ(report.peak.shard, 1u);
  EXPECT_NEAR(static_cast<double>(report.queued), 18'000, 3);
  EXPECT_EQ(report.queued_per_shard[0], 0u);
  EXPECT_EQ(report.queued_per_shard[1], report.queued);
  EXPECT_NEAR(static_cast<double>(report.dropped), 9'000, 3);
  EXPECT_EQ(report.dropped_per_shard[1], report.dropped);
  EXPECT_NEAR(static_cast<double>(report.delay_max_ns), 9.0 * kSecond, 2.0 * kMillisecond);
  // The delays lie on a line from 0 to 9 s that begins at 10 % of the records.
  EXPECT_NEAR(static_cast<double>(report.delay_p50_ns), 4.0 * kSecond, 2.0 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(report.delay_p99_ns), 8.9 * kSecond, 2.0 * kMillisecond);
  EXPECT_TRUE(report.delays_exact);
  EXPECT_EQ(report.last_acceptance_ns, 19 * kSecond);
  EXPECT_EQ(report.last_arrival_ns, 10 * kSecond - kMillisecond / 2);
}

TEST(WriteSimulationTest, AConstantLoadHasTheClosedFormOverCapacityByEitherLimit) {
  for (const uint64_t rate : {500, 1'000, 1'001, 1'500, 7'000}) {
    const double expected = rate <= 1'000 ? 0 : 1 - 1'000 / static_cast<double>(rate);
    EXPECT_NEAR(ReplayEvenly(rate, 60 * rate, 100).over_capacity_share(), expected, 1e-12) << rate;
  }
  for (const uint64_t bytes : {1'048, 1'049, 2'000, 50'000}) {
    const double accepted = 1'048'576.0 / static_cast<double>(bytes);
    const double expected = accepted >= 1'000 ? 0 : 1 - accepted / 1'000;
    EXPECT_NEAR(ReplayEvenly(1'000, 60'000, bytes).over_capacity_share(), expected, 1e-12) << bytes;
  }
}

TEST(WriteSimulationTest, AnHourThatIsTooHotIsOverCapacityThoughTheDayWouldFit) {
  // Three minutes: 500 records a second, 2,000, 500. The second one has 60,000 too many.
  WriteSimulation simulation(1, {}, 180 * kSecond, 0);
  for (int64_t i = 0; i < 30'000; ++i) simulation.Offer(0, i * 2 * kMillisecond, 1);
  for (int64_t i = 0; i < 120'000; ++i) {
    simulation.Offer(0, 60 * kSecond + i * kMillisecond / 2, 1);
  }
  for (int64_t i = 0; i < 30'000; ++i) simulation.Offer(0, (60'000 + i) * 2 * kMillisecond, 1);
  const ThrottleReport report = simulation.Report();
  EXPECT_DOUBLE_EQ(report.utilization_per_shard[0], 1);
  EXPECT_DOUBLE_EQ(report.over_capacity, 60'000);
  EXPECT_EQ(report.window_ns, 60 * kSecond);
  EXPECT_DOUBLE_EQ(report.peak.utilization, 2);
  EXPECT_EQ(report.peak.start_ns, 60 * kSecond);
}

TEST(WriteSimulationTest, ShardsDoNotWaitForOneAnother) {
  WriteSimulation simulation(2, {.records_per_second = 1}, 1, 0);
  EXPECT_EQ(simulation.Offer(0, 0, 1), 0);
  EXPECT_EQ(simulation.Offer(0, 0, 1), kSecond);
  EXPECT_EQ(simulation.Offer(1, 0, 1), 0);
  EXPECT_DOUBLE_EQ(simulation.Report().queued_share(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(simulation.Report().dropped_share(), 1.0 / 3);
}

TEST(WriteSimulationTest, WhatIsAcceptedAtOnceIsTakenFromWhoDropsToo) {
  // A burst of three, of which the shard takes two; and another one when it has recovered.
  WriteSimulation simulation(1, {.records_per_second = 2}, 4 * kSecond, 0);
  for (const int64_t arrival_ns : {int64_t{0}, 2 * kSecond}) {
    for (int i = 0; i < 3; ++i) simulation.Offer(0, arrival_ns, 1);
  }
  EXPECT_EQ(simulation.Report().queued, 2u);
  EXPECT_EQ(simulation.Report().dropped, 2u);
}

TEST(WriteSimulationTest, TheSeriesCountsEachRecordInTheIntervalOfItsArrival) {
  WriteSimulation simulation(1, {}, 99, 10);
  for (int64_t arrival = 0; arrival < 100; ++arrival) simulation.Offer(0, arrival, 3);
  const std::vector<uint64_t>& records = simulation.series().records[0];
  EXPECT_EQ(records, std::vector<uint64_t>(10, 10));
  EXPECT_EQ(simulation.series().bytes[0], std::vector<uint64_t>(10, 30));
  // A record that arrives after the stated duration is not lost.
  simulation.Offer(0, 1'000, 1);
  EXPECT_EQ(std::accumulate(records.begin(), records.end(), uint64_t{0}), 101u);
}

}  // namespace
}  // namespace kinesis::lab
