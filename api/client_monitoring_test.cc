// Enhanced monitoring: which metrics are on, and the values behind them.
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Metrics = std::vector<MetricsName>;
using Points = std::vector<MetricDatapoint>;

class MonitoringTest : public ClientTest {
 protected:
  explicit MonitoringTest(const ClientOptions& options = WithoutRates()) : ClientTest(options) {
    clock_.Set(kStart);
    Create("s", 2);
  }

  EnhancedMonitoringResponse Enable(const std::vector<TextOr<MetricsName>>& metrics) {
    return client_->EnableEnhancedMonitoring({.stream_name = "s", .shard_level_metrics = metrics})
        .value();
  }
  EnhancedMonitoringResponse Disable(const std::vector<TextOr<MetricsName>>& metrics) {
    return client_->DisableEnhancedMonitoring({.stream_name = "s", .shard_level_metrics = metrics})
        .value();
  }
  Points PointsOf(MetricsName metric, ShardId shard = ShardId(0)) {
    return client_->GetShardLevelMetric({.stream_name = "s", .shard_id = shard, .metric = metric})
        .value();
  }
  absl::Status PutTo(ShardId shard, std::string_view data) {
    return client_
        ->PutRecord({.stream_name = "s",
                     .data = data,
                     .partition_key = "key",
                     .explicit_hash_key = HashKey::FromHalves(uint64_t{shard.index()} << 63, 0)})
        .status();
  }

  const absl::Time kStart = absl::FromUnixSeconds(int64_t{60} * 30'000'000);
};

class RatedMonitoringTest : public MonitoringTest {
 protected:
  RatedMonitoringTest() : MonitoringTest(ClientOptions()) {}
};

void ExpectPoint(const MetricDatapoint& point, absl::Time timestamp, int64_t count, int64_t sum,
                 int64_t minimum, int64_t maximum) {
  EXPECT_EQ(point.timestamp, timestamp);
  EXPECT_EQ(point.sample_count, count);
  EXPECT_EQ(point.sum, sum);
  EXPECT_EQ(point.minimum, minimum);
  EXPECT_EQ(point.maximum, maximum);
}

TEST_F(MonitoringTest, AllStandsForTheSevenMetrics) {
  EXPECT_EQ(Enable({"ALL"}).desired_shard_level_metrics.size(), 7U);
  const EnhancedMonitoringResponse response = Disable({"IncomingBytes", "IncomingRecords"});
  EXPECT_EQ(response.current_shard_level_metrics.size(), 7U);
  EXPECT_EQ(response.desired_shard_level_metrics.size(), 5U);
  EXPECT_TRUE(Disable({"ALL"}).desired_shard_level_metrics.empty());
}

TEST_F(MonitoringTest, WhatIsNotMonitoredHasNoValues) {
  Enable({"OutgoingBytes"});
  ASSERT_TRUE(PutTo(ShardId(0), "data").ok());
  EXPECT_TRUE(PointsOf(MetricsName::kIncomingBytes).empty());
}

TEST_F(MonitoringTest, PutsAreCountedByShardAndMinute) {
  Enable({"IncomingBytes", "IncomingRecords"});
  ASSERT_TRUE(PutTo(ShardId(0), "12345").ok());
  clock_.Advance(absl::Seconds(59));
  ASSERT_TRUE(PutTo(ShardId(0), "1").ok());
  ASSERT_TRUE(PutTo(ShardId(1), "123").ok());
  clock_.Advance(absl::Seconds(121));
  ASSERT_TRUE(PutTo(ShardId(0), "12").ok());
  const Points bytes = PointsOf(MetricsName::kIncomingBytes);
  ASSERT_EQ(bytes.size(), 2U);
  ExpectPoint(bytes[0], kStart, 2, 12, 4, 8);  // with keys of three bytes
  ExpectPoint(bytes[1], kStart + absl::Minutes(3), 1, 5, 5, 5);
  EXPECT_EQ(bytes[0].average(), 6.0);
  const Points records = PointsOf(MetricsName::kIncomingRecords, ShardId(1));
  ASSERT_EQ(records.size(), 1U);
  ExpectPoint(records[0], kStart, 1, 1, 1, 1);
}

TEST_F(MonitoringTest, ABatchIsOneSampleOfEachOfItsShards) {
  Enable({"IncomingRecords"});
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace();
  for (const char* key : {"0", "1", "2", "170141183460469231731687303715884105728"}) {
    request.records->push_back({.data = "d", .partition_key = "k", .explicit_hash_key = key});
  }
  ASSERT_EQ(client_->PutRecords(request)->failed_record_count, 0);
  ExpectPoint(PointsOf(MetricsName::kIncomingRecords).at(0), kStart, 1, 3, 3, 3);
  ExpectPoint(PointsOf(MetricsName::kIncomingRecords, ShardId(1)).at(0), kStart, 1, 1, 1, 1);
}

TEST_F(RatedMonitoringTest, RefusedWritesAreCounted) {
  Enable({"ALL"});
  const std::string data((512 << 10) - 3, 'x');
  ASSERT_TRUE(PutTo(ShardId(0), data).ok());
  ASSERT_TRUE(PutTo(ShardId(0), data).ok());
  EXPECT_FALSE(PutTo(ShardId(0), data).ok());
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(
      5, PutRecordsRequestEntry{.data = "d", .partition_key = "k", .explicit_hash_key = "0"});
  EXPECT_EQ(client_->PutRecords(request)->failed_record_count, 5);
  ExpectPoint(PointsOf(MetricsName::kWriteProvisionedThroughputExceeded).at(0), kStart, 4, 6, 0, 5);
  EXPECT_EQ(PointsOf(MetricsName::kIncomingRecords).at(0).sum, 2);
}

TEST_F(MonitoringTest, APutForWhichThereIsNoRoomIsNotThrottled) {
  ClientOptions options = WithoutRates();
  options.stream_options.shard_capacity_bytes = 64 << 10;
  client_ = Client::Create(options, {.clock = &clock_}).value();
  Create("s");
  Enable({"WriteProvisionedThroughputExceeded"});
  const std::string data(10'000, 'x');
  while (PutTo(ShardId(0), data).ok()) {
  }
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(2, PutRecordsRequestEntry{.data = data, .partition_key = "k"});
  EXPECT_EQ(client_->PutRecords(request)->failed_record_count, 2);
  EXPECT_EQ(PointsOf(MetricsName::kWriteProvisionedThroughputExceeded).at(0).sum, 0);
}

TEST_F(RatedMonitoringTest, ReadsAreCountedWithTheAgeOfTheirLastRecord) {
  Enable({"ALL"});
  ASSERT_TRUE(PutTo(ShardId(0), "12345").ok());
  clock_.Advance(absl::Seconds(2));
  ASSERT_TRUE(PutTo(ShardId(0), "1").ok());
  clock_.Advance(absl::Seconds(3));
  const ShardIterator iterator = IteratorOf("s");
  const ShardIterator next = *Get(iterator, 1).next_shard_iterator;  // five seconds old
  const ShardIterator tip = *Get(next).next_shard_iterator;          // three
  Get(tip);
  Get(tip);
  Get(tip);
  EXPECT_FALSE(client_->GetRecords({.shard_iterator = tip}).ok());  // the sixth call of a second
  ExpectPoint(PointsOf(MetricsName::kOutgoingRecords).at(0), kStart, 5, 2, 0, 1);
  ExpectPoint(PointsOf(MetricsName::kOutgoingBytes).at(0), kStart, 5, 12, 0, 8);
  ExpectPoint(PointsOf(MetricsName::kIteratorAgeMilliseconds).at(0), kStart, 5, 8000, 0, 5000);
  ExpectPoint(PointsOf(MetricsName::kReadProvisionedThroughputExceeded).at(0), kStart, 6, 1, 0, 1);
}

TEST_F(MonitoringTest, PeriodsPutMinutesTogetherAndTimesChooseThem) {
  Enable({"IncomingRecords"});
  for (int minute = 0; minute < 10; ++minute) {
    ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
    clock_.Advance(absl::Minutes(1));
  }
  const auto points = [&](absl::Time start, absl::Time end, absl::Duration period) {
    return client_
        ->GetShardLevelMetric({.stream_name = "s",
                               .metric = MetricsName::kIncomingRecords,
                               .start_time = start,
                               .end_time = end,
                               .period = period})
        .value();
  };
  const Points fives = points(kStart, clock_.Now(), absl::Minutes(5));
  ASSERT_EQ(fives.size(), 2U);
  ExpectPoint(fives[1], kStart + absl::Minutes(5), 5, 5, 1, 1);
  // From the middle of the second minute to that of the fourth.
  const Points some =
      points(kStart + absl::Seconds(90), kStart + absl::Seconds(210), absl::Minutes(1));
  ASSERT_EQ(some.size(), 3U);
  EXPECT_EQ(some[0].timestamp, kStart + absl::Minutes(1));
  EXPECT_EQ(points(kStart, kStart + absl::Minutes(1), absl::Minutes(1)).size(), 1U);
}

TEST_F(MonitoringTest, WhatIsDisabledKeepsItsPast) {
  Enable({"IncomingRecords"});
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  Disable({"ALL"});
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  EXPECT_EQ(PointsOf(MetricsName::kIncomingRecords).size(), 1U);
}

TEST_F(MonitoringTest, AMinuteIsKeptForADay) {
  Enable({"IncomingRecords"});
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  clock_.Advance(absl::Hours(24) - absl::Minutes(2));
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  EXPECT_EQ(PointsOf(MetricsName::kIncomingRecords).size(), 3U);
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  EXPECT_EQ(PointsOf(MetricsName::kIncomingRecords).at(0).timestamp, kStart + absl::Minutes(1));
}

TEST_F(MonitoringTest, AClockThatIsSetBackCountsInTheNewestMinute) {
  Enable({"IncomingRecords"});
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  clock_.Advance(-absl::Minutes(5));
  ASSERT_TRUE(PutTo(ShardId(0), "d").ok());
  const Points points = PointsOf(MetricsName::kIncomingRecords);
  ASSERT_EQ(points.size(), 1U);
  ExpectPoint(points[0], kStart, 2, 2, 1, 1);
}

TEST_F(MonitoringTest, AnOnDemandStreamIsNotMonitoredUnlessAsked) {
  ASSERT_TRUE(client_
                  ->CreateStream({.stream_name = "d",
                                  .stream_mode_details =
                                      StreamModeDetails{.stream_mode = StreamMode::kOnDemand}})
                  .ok());
  const PutRecordResponse put = Put("d", "data");
  EXPECT_TRUE(
      client_->GetShardLevelMetric({.stream_name = "d", .shard_id = put.shard_id}).value().empty());
}

TEST_F(MonitoringTest, BadQueriesAreRefused) {
  EXPECT_TRUE(
      Fails(client_->GetShardLevelMetric({.stream_name = "x"}), ErrorType::kResourceNotFound));
  EXPECT_TRUE(Fails(client_->GetShardLevelMetric({.stream_name = "s", .metric = MetricsName::kAll}),
                    ErrorType::kInvalidArgument));
  for (const absl::Duration period : {absl::ZeroDuration(), absl::Seconds(90), -absl::Minutes(1)}) {
    EXPECT_TRUE(Fails(client_->GetShardLevelMetric({.stream_name = "s", .period = period}),
                      ErrorType::kInvalidArgument));
  }
  EXPECT_TRUE(PointsOf(MetricsName::kIncomingBytes, ShardId(9)).empty());
}

TEST_F(MonitoringTest, EveryPutOfManyThreadsIsCounted) {
  Enable({"ALL"});
  constexpr int kPuts = 200;
  const kinesis::testing::WaitingFor waiting("the puts of four threads to return");
  std::vector<std::thread> threads;
  for (uint32_t i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      for (int put = 0; put < kPuts; ++put) EXPECT_TRUE(PutTo(ShardId(i % 2), "d").ok());
    });
  }
  for (int i = 0; i < 20; ++i) Enable({i % 2 == 0 ? "ALL" : "IncomingRecords"});
  for (std::thread& thread : threads) thread.join();
  for (const uint32_t shard : {0U, 1U}) {
    EXPECT_EQ(PointsOf(MetricsName::kIncomingRecords, ShardId(shard)).at(0).sum, 2 * kPuts);
  }
}

}  // namespace
}  // namespace kinesis::api
