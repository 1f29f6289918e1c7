// ON_DEMAND streams: how they grow, and what they do not grow by.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/internal/on_demand_scaling.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using internal::DemandOf;
using internal::DemandPeaks;
using testing::ClientTest;
using testing::Fails;

// With the service's shard limits. Records go round small logs.
ClientOptions Options() {
  ClientOptions options;
  options.stream_options.shard_capacity_bytes = 4 << 20;
  options.stream_options.overflow_policy = OverflowPolicy::kTrimOldest;
  return options;
}

class OnDemandTest : public ClientTest {
 protected:
  explicit OnDemandTest(const ClientOptions& options = Options()) : ClientTest(options) {
    clock_.Set(absl::FromUnixSeconds(int64_t{60} * 30'000'000));  // a minute begins
  }

  void CreateOnDemand() {
    const absl::Status status = client_->CreateStream(
        {.stream_name = "s",
         .stream_mode_details = StreamModeDetails{.stream_mode = StreamMode::kOnDemand}});
    ASSERT_TRUE(status.ok()) << status;
    clock_.Advance(absl::Minutes(1));
  }

  // A minute of puts of half a MiB, so many a second, of which no shard of 2^n equal ones gets two
  // more than another. Returns how many were refused. Ends where the next minute begins.
  int64_t PutForAMinute(int64_t puts_per_second) {
    int64_t refused = 0;
    for (int second = 0; second < 60; ++second) {
      for (int64_t i = 0; i < puts_per_second; ++i) {
        if (!PutAt(HashKey::FromHalves(Reversed(puts_++), 0)).ok()) ++refused;
      }
      clock_.Advance(absl::Seconds(1));
    }
    return refused;
  }
  // The lowest bit becomes the highest: what follows one another lies far apart.
  static uint64_t Reversed(uint64_t bits) {
    uint64_t reversed = 0;
    for (int bit = 0; bit < 64; ++bit) reversed |= (bits >> bit & 1) << (63 - bit);
    return reversed;
  }
  absl::Status PutAt(HashKey key) {
    return client_
        ->PutRecord({.stream_name = "s",
                     .data = half_mib_,
                     .partition_key = "key",
                     .explicit_hash_key = key})
        .status();
  }
  // Open shards, looked at without letting the stream grow.
  int64_t OpenShards() {
    int64_t open = 0;
    for (const kinesis::Shard& shard : client_->engine().OpenStream("s").value().ListShards()) {
      if (shard.is_open()) ++open;
    }
    return open;
  }
  absl::Status SetMode(StreamMode mode) {
    return client_->UpdateStreamMode(
        {.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s",
         .stream_mode_details = StreamModeDetails{.stream_mode = mode}});
  }

  absl::StatusOr<UpdateStreamWarmThroughputResponse> Warm(int32_t mibps) {
    return client_->UpdateStreamWarmThroughput(
        {.stream_name = "s", .warm_throughput_mibps = mibps});
  }

  const std::string half_mib_ = std::string((512 << 10) - 3, 'x');
  uint64_t puts_ = 0;
};

class DelayedOnDemandTest : public OnDemandTest {
 protected:
  static ClientOptions WithDelays() {
    ClientOptions options = Options();
    options.delays = LifecycleDelays::ServiceLike();
    return options;
  }
  DelayedOnDemandTest() : OnDemandTest(WithDelays()) {}
};

class SmallOnDemandTest : public OnDemandTest {
 protected:
  static ClientOptions Small() {
    ClientOptions options = Options();
    options.limits.on_demand_shards_max = 5;
    return options;
  }
  SmallOnDemandTest() : OnDemandTest(Small()) {}
};

class UnratedOnDemandTest : public OnDemandTest {
 protected:
  static ClientOptions Unrated() {
    ClientOptions options = Options();
    options.limits.rates = false;
    return options;
  }
  UnratedOnDemandTest() : OnDemandTest(Unrated()) {}
};

class UnlimitedOnDemandTest : public OnDemandTest {
 protected:
  static ClientOptions Unlimited() {
    ClientOptions options = Options();
    options.limits = Limits::Unlimited();
    return options;
  }
  UnlimitedOnDemandTest() : OnDemandTest(Unlimited()) {}
};

TEST_F(OnDemandTest, AThrottledProducerRecoversWhenTheStreamHasGrown) {
  CreateOnDemand();
  EXPECT_EQ(PutForAMinute(12), 4 * 60);  // 6 MiB/s, and 4 shards take 4
  EXPECT_EQ(OpenShards(), 4);
  EXPECT_EQ(PutForAMinute(12), 0);
  EXPECT_EQ(OpenShards(), 8);
}

TEST_F(OnDemandTest, AStreamHasRoomForDoubleItsPeak) {
  CreateOnDemand();
  EXPECT_EQ(PutForAMinute(6), 0);                                // 3 MiB/s
  client_->DescribeStreamSummary({.stream_name = "s"}).value();  // any operation lets it grow
  EXPECT_EQ(OpenShards(), 6);
}

TEST(DemandTest, RecordsCountAsBytesDo) {
  const Limits limits = Limits::Kinesis();
  EXPECT_EQ(DemandOf({.records = 60'000, .bytes = 0}, limits), 1000);
  EXPECT_EQ(DemandOf({.records = 0, .bytes = int64_t{60} << 20}, limits), 1000);
  EXPECT_EQ(DemandOf({.records = 60'000, .bytes = int64_t{90} << 20}, limits), 1500);
  EXPECT_EQ(DemandOf({.records = 1, .bytes = 1}, limits), 1);
}

TEST_F(OnDemandTest, GrowthTakesAStepInFifteenMinutes) {
  CreateOnDemand();
  PutForAMinute(24);
  PutForAMinute(24);
  EXPECT_EQ(OpenShards(), 8);
  for (int minute = 1; minute < 15; ++minute) {
    EXPECT_GT(PutForAMinute(20), 0);
    EXPECT_EQ(OpenShards(), 8) << minute;
  }
  EXPECT_EQ(PutForAMinute(20), 0);
  EXPECT_EQ(OpenShards(), 16);
}

TEST_F(OnDemandTest, OnlyASustainedPeakCounts) {
  CreateOnDemand();
  for (int i = 0; i < 8; ++i) {  // a second's worth of all shards
    ASSERT_TRUE(PutAt(HashKey::FromHalves(uint64_t{static_cast<uint64_t>(i)} << 61, 0)).ok());
  }
  clock_.Advance(absl::Minutes(1));
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 4);
}

TEST_F(OnDemandTest, AHotShardIsSplitUpToTwiceWhatTheStreamNeeds) {
  CreateOnDemand();
  const HashKey hot = HashKey::FromHalves(1, 0);
  for (const int64_t expected : {5, 6, 7, 8, 8}) {
    for (int second = 0; second < 60; ++second) {
      PutAt(hot).IgnoreError();
      PutAt(hot).IgnoreError();
      EXPECT_TRUE(Fails(PutAt(hot), ErrorType::kProvisionedThroughputExceeded));
      clock_.Advance(absl::Seconds(1));
    }
    ShardsOf("s");
    EXPECT_EQ(OpenShards(), expected);
    clock_.Advance(absl::Minutes(15));
  }
}

TEST_F(OnDemandTest, AHotShardIsSplitBeforeOthers) {
  CreateOnDemand();
  for (int second = 0; second < 60; ++second) {  // 2.5 MiB/s in all, 1 in the first shard
    for (const uint64_t place : {0, 0, 1, 2, 3}) {
      ASSERT_TRUE(PutAt(HashKey::FromHalves(place << 62, 0)).ok());
    }
    clock_.Advance(absl::Seconds(1));
  }
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 5);
  EXPECT_FALSE(client_->engine().OpenStream("s")->FindShard(ShardId(0))->is_open());
}

TEST_F(OnDemandTest, AHalfIsHalfAsBusyAsTheShardThatWasSplit) {
  CreateOnDemand();
  for (int second = 0; second < 60; ++second) {  // 1, 0.75, 0.75 and 0.5 MiB/s
    std::vector<uint64_t> places = {0, 0, 1, 2, 3};
    if (second < 30) places.insert(places.end(), {1, 2});
    for (const uint64_t place : places) {
      ASSERT_TRUE(PutAt(HashKey::FromHalves(place << 62, 0)).ok());
    }
    clock_.Advance(absl::Seconds(1));
  }
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 6);
  const kinesis::Stream stream = client_->engine().OpenStream("s").value();
  EXPECT_FALSE(stream.FindShard(ShardId(0))->is_open());
  EXPECT_FALSE(stream.FindShard(ShardId(1))->is_open());
}

TEST_F(OnDemandTest, AWarmStreamHasAShardForEachMiBOfItsThroughput) {
  CreateOnDemand();
  const auto warmed = Warm(10);
  ASSERT_TRUE(warmed.ok()) << warmed.status();
  EXPECT_EQ(warmed->stream_name, "s");
  EXPECT_EQ(warmed->warm_throughput->target_mibps, 10);
  EXPECT_EQ(warmed->warm_throughput->current_mibps, 0);
  EXPECT_EQ(OpenShards(), 10);
  EXPECT_EQ(Warm(12)->warm_throughput->current_mibps, 10);
  const auto described = client_->DescribeStreamSummary({.stream_name = "s"});
  ASSERT_TRUE(described.ok()) << described.status();
  EXPECT_EQ(described->stream_description_summary.warm_throughput->target_mibps, 12);
  EXPECT_EQ(OpenShards(), 12);
}

TEST_F(OnDemandTest, ALowerWarmThroughputTakesNoShardsAway) {
  CreateOnDemand();
  ASSERT_TRUE(Warm(8).ok());
  ASSERT_TRUE(Warm(2).ok());
  EXPECT_EQ(OpenShards(), 8);
}

TEST_F(OnDemandTest, AProvisionedStreamIsNotWarmed) {
  CreateOnDemand();
  ASSERT_TRUE(Warm(8).ok());
  ASSERT_TRUE(SetMode(StreamMode::kProvisioned).ok());
  EXPECT_TRUE(Fails(Warm(9).status(), ErrorType::kValidation));
  EXPECT_FALSE(client_->DescribeStreamSummary({.stream_name = "s"})
                   ->stream_description_summary.warm_throughput);
  EXPECT_EQ(OpenShards(), 8);
}

TEST_F(OnDemandTest, MoreThanTheMostWarmThroughputIsRefusedAndChangesNothing) {
  CreateOnDemand();
  EXPECT_TRUE(Fails(Warm(10'241).status(), ErrorType::kInvalidArgument));
  EXPECT_EQ(OpenShards(), 4);
}

TEST_F(OnDemandTest, RecordsStayInOrderAcrossTheGrowth) {
  CreateOnDemand();
  PutForAMinute(8);
  const PutRecordResponse before = Put("s", "before");
  ASSERT_EQ(OpenShards(), 8);
  PutForAMinute(1);
  EXPECT_GT(Put("s", "after").sequence_number, before.sequence_number);
}

TEST_F(DelayedOnDemandTest, AStreamIsUpdatingWhileItGrows) {
  CreateOnDemand();
  PutForAMinute(8);
  EXPECT_EQ(StatusOf("s"), StreamStatus::kUpdating);
  EXPECT_TRUE(PutAt(HashKey()).ok());
  EXPECT_EQ(OpenShards(), 4);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
  EXPECT_EQ(OpenShards(), 8);
}

TEST_F(DelayedOnDemandTest, AStreamThatIsUpdatingGrowsAfterwards) {
  CreateOnDemand();
  PutForAMinute(8);
  clock_.Advance(-absl::Seconds(1));
  ASSERT_TRUE(
      client_
          ->UpdateMaxRecordSize({.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s",
                                 .max_record_size_in_kib = 2048})
          .ok());
  clock_.Advance(absl::Seconds(1));
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 4);
  clock_.Advance(absl::Minutes(1));
  ShardsOf("s");
  clock_.Advance(absl::Seconds(10));
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 8);  // the peak is still known
}

TEST_F(SmallOnDemandTest, AStreamGrowsToItsLimit) {
  CreateOnDemand();
  PutForAMinute(12);
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 5);
}

TEST_F(UnratedOnDemandTest, WithoutThrottlingAStreamGrowsByWhatItTakes) {
  CreateOnDemand();
  EXPECT_EQ(PutForAMinute(20), 0);  // 10 MiB/s
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 20);
}

TEST_F(UnlimitedOnDemandTest, ShardsThatTakeAnythingNeedNoMore) {
  CreateOnDemand();
  PutForAMinute(20);
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 4);
}

TEST_F(OnDemandTest, AProvisionedStreamKeepsItsShards) {
  Create("s", 1);
  EXPECT_GT(PutForAMinute(4), 0);
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 1);
}

TEST_F(OnDemandTest, AModeChangeKeepsTheShardsAndBeginsOrEndsTheGrowth) {
  Create("s", 2);
  PutForAMinute(8);
  ASSERT_TRUE(SetMode(StreamMode::kOnDemand).ok());
  EXPECT_EQ(OpenShards(), 2);  // what came before was nobody's to watch
  PutForAMinute(8);
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 4);
  ASSERT_TRUE(SetMode(StreamMode::kProvisioned).ok());
  clock_.Advance(absl::Minutes(15));
  PutForAMinute(16);
  ShardsOf("s");
  EXPECT_EQ(OpenShards(), 4);
  EXPECT_TRUE(Fails(SetMode(StreamMode::kOnDemand), ErrorType::kLimitExceeded));  // twice a day
}

TEST(DemandPeaksTest, APeakIsRememberedForThirtyDays) {
  constexpr int64_t kDayMs = int64_t{24} * 60 * 60 * 1000;
  DemandPeaks peaks;
  peaks.Note(500, 10 * kDayMs);
  peaks.Note(300, 10 * kDayMs + 1);
  EXPECT_EQ(peaks.Highest(), 500);
  peaks.Note(400, 20 * kDayMs);
  peaks.Note(100, 40 * kDayMs - 1);
  EXPECT_EQ(peaks.Highest(), 500);
  peaks.Note(100, 40 * kDayMs);
  EXPECT_EQ(peaks.Highest(), 400);
  peaks.Note(100, 50 * kDayMs);
  EXPECT_EQ(peaks.Highest(), 100);
}

}  // namespace
}  // namespace kinesis::api
