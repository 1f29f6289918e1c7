#include "bench/partition_lab/write_simulation.h"

#include <cstdint>
#include <numeric>
#include <vector>

#include "bench/partition_lab/pace.h"
#include "gtest/gtest.h"

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

TEST(WriteSimulationTest, AShardThatGetsTwiceItsLimitThrottlesAllButTheFirstSeconds) {
  // 2,000 records a second for 10 s: the bucket of 1,000 loses 1,000 a second, so it is empty after
  // one second, and from then on every record waits. The queue grows to 9,000 records, 9 s long.
  WriteSimulation simulation(2, {}, 10 * kSecond, 10);
  Pace pace = Pace::Even(2'000);
  for (int i = 0; i < 20'000; ++i) simulation.Offer(1, pace.Next(0), 10);
  const ThrottleReport report = simulation.Report();
  EXPECT_EQ(report.records, 20'000u);
  EXPECT_NEAR(static_cast<double>(report.throttled), 18'000, 3);
  EXPECT_EQ(report.throttled_per_shard[0], 0u);
  EXPECT_EQ(report.throttled_per_shard[1], report.throttled);
  EXPECT_NEAR(static_cast<double>(report.delay_max_ns), 9.0 * kSecond, 2.0 * kMillisecond);
  EXPECT_NEAR(static_cast<double>(report.delay_p50_ns), 4.0 * kSecond, 0.13 * kSecond);
  EXPECT_EQ(report.last_acceptance_ns, 19 * kSecond);
  EXPECT_EQ(report.last_arrival_ns, 10 * kSecond - kMillisecond / 2);
}

TEST(WriteSimulationTest, ShardsDoNotWaitForOneAnother) {
  WriteSimulation simulation(2, {.records_per_second = 1}, 1, 0);
  EXPECT_EQ(simulation.Offer(0, 0, 1), 0);
  EXPECT_EQ(simulation.Offer(0, 0, 1), kSecond);
  EXPECT_EQ(simulation.Offer(1, 0, 1), 0);
  EXPECT_DOUBLE_EQ(simulation.Report().throttled_share(), 1.0 / 3);
}

TEST(WriteSimulationTest, TheSeriesCountsEachRecordInTheIntervalOfItsArrival) {
  WriteSimulation simulation(1, {}, 99, 10);
  for (int64_t arrival = 0; arrival < 100; ++arrival) simulation.Offer(0, arrival, 3);
  const std::vector<uint64_t>& records = simulation.series().records[0];
  EXPECT_EQ(records, std::vector<uint64_t>(10, 10));
  EXPECT_EQ(simulation.series().bytes[0], std::vector<uint64_t>(10, 30));
  // What arrives after the stated duration is not lost.
  simulation.Offer(0, 1'000, 1);
  EXPECT_EQ(std::accumulate(records.begin(), records.end(), uint64_t{0}), 101u);
}

}  // namespace
}  // namespace kinesis::lab
