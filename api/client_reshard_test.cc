// When the shards of a stream change: at the end of UPDATING, all at once.
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Indices = std::vector<uint32_t>;

class ReshardTest : public ClientTest {
 protected:
  static constexpr absl::Duration kUpdating = absl::Seconds(10);

  static ClientOptions Slow(bool rates) {
    ClientOptions options;
    options.limits.rates = rates;
    options.delays.update_stream = kUpdating;
    return options;
  }
  explicit ReshardTest(bool rates = false) : ClientTest(Slow(rates)) {}

  // Up to the last millisecond in which the stream is UPDATING; and the first in which it is not.
  void AlmostWait() { clock_.Advance(kUpdating - absl::Milliseconds(1)); }
  void Wait() { clock_.Advance(absl::Milliseconds(1)); }

  Indices Open() {
    Indices open;
    for (const Shard& shard : ShardsOf("s")) {
      if (!shard.sequence_number_range.ending_sequence_number) {
        open.push_back(shard.shard_id.index());
      }
    }
    return open;
  }
  uint32_t ShardOfPutAt(const char* hash_key) {
    return client_
        ->PutRecord(
            {.stream_name = "s", .data = "d", .partition_key = "k", .explicit_hash_key = hash_key})
        .value()
        .shard_id.index();
  }
  absl::Status Split(uint32_t shard, const char* key) {
    return client_->SplitShard(
        {.stream_name = "s", .shard_to_split = ShardId(shard), .new_starting_hash_key = key});
  }
  absl::Status Merge(uint32_t lower, uint32_t upper) {
    return client_->MergeShards({.stream_name = "s",
                                 .shard_to_merge = ShardId(lower),
                                 .adjacent_shard_to_merge = ShardId(upper)});
  }
  absl::StatusOr<UpdateShardCountResponse> Scale(int32_t target) {
    return client_->UpdateShardCount({.stream_name = "s",
                                      .target_shard_count = target,
                                      .scaling_type = ScalingType::kUniformScaling});
  }
  std::string Registered(const std::string& name) {
    return client_
        ->RegisterStreamConsumer({.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s",
                                  .consumer_name = name})
        .value()
        .consumer.consumer_arn;
  }
  ShardSubscription Subscribed(const std::string& consumer, ShardId shard) {
    return client_
        ->SubscribeToShard({.consumer_arn = consumer,
                            .shard_id = shard,
                            .starting_position = StartingPosition{.type = "TRIM_HORIZON"}})
        .value()
        .event_stream;
  }
};

class RatedReshardTest : public ReshardTest {
 protected:
  RatedReshardTest() : ReshardTest(true) {}
};

TEST_F(ReshardTest, ASplitShardTakesThePutsUntilTheStreamIsActiveAgain) {
  Create("s");
  ASSERT_TRUE(Split(0, "1000").ok());
  EXPECT_EQ(StatusOf("s"), StreamStatus::kUpdating);
  AlmostWait();
  EXPECT_EQ(Open(), Indices({0}));
  EXPECT_EQ(ShardOfPutAt("2000"), 0U);
  Wait();
  EXPECT_EQ(ShardOfPutAt("2000"), 2U);
  EXPECT_EQ(ShardOfPutAt("999"), 1U);
  EXPECT_EQ(Open(), Indices({1, 2}));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
}

TEST_F(ReshardTest, MergedShardsTakeThePutsUntilTheStreamIsActiveAgain) {
  Create("s", 2);
  ASSERT_TRUE(Merge(0, 1).ok());
  AlmostWait();
  EXPECT_EQ(ShardOfPutAt("0"), 0U);
  EXPECT_EQ(Open(), Indices({0, 1}));
  Wait();
  EXPECT_EQ(Open(), Indices({2}));
  EXPECT_EQ(ShardOfPutAt("0"), 2U);
}

TEST_F(ReshardTest, ANewShardCountTakesEffectAllAtOnce) {
  Create("s", 2);
  const UpdateShardCountResponse response = Scale(4).value();
  EXPECT_EQ(response.current_shard_count, 2);
  EXPECT_EQ(response.target_shard_count, 4);
  AlmostWait();
  EXPECT_EQ(Open(), Indices({0, 1}));
  EXPECT_EQ(client_->DescribeStreamSummary({.stream_name = "s"})
                .value()
                .stream_description_summary.open_shard_count,
            2);
  Wait();
  EXPECT_EQ(Open().size(), 4U);
}

TEST_F(ReshardTest, WarmThroughputMakesItsShardsAtTheEndToo) {
  ASSERT_TRUE(client_
                  ->CreateStream({.stream_name = "s",
                                  .stream_mode_details =
                                      StreamModeDetails{.stream_mode = StreamMode::kOnDemand}})
                  .ok());
  ASSERT_TRUE(
      client_->UpdateStreamWarmThroughput({.stream_name = "s", .warm_throughput_mibps = 6}).ok());
  AlmostWait();
  EXPECT_EQ(Open().size(), 4U);
  Wait();
  EXPECT_EQ(Open().size(), 6U);
}

TEST_F(RatedReshardTest, AnOnDemandStreamGrowsAtTheEndOfUpdating) {
  clock_.Set(absl::FromUnixSeconds(int64_t{60} * 30'000'000));  // a minute begins
  ASSERT_TRUE(client_
                  ->CreateStream({.stream_name = "s",
                                  .stream_mode_details =
                                      StreamModeDetails{.stream_mode = StreamMode::kOnDemand}})
                  .ok());
  const std::string data(1 << 19, 'd');
  clock_.Advance(absl::Minutes(1));
  for (int second = 0; second < 60; ++second) {
    for (const char* key :
         {"0", "100000000000000000000000000000000000000", "200000000000000000000000000000000000000",
          "300000000000000000000000000000000000000"}) {
      client_
          ->PutRecord({.stream_name = "s",
                       .data = std::string_view(data).substr(4),
                       .partition_key = "k",
                       .explicit_hash_key = key})
          .IgnoreError();
      client_
          ->PutRecord({.stream_name = "s",
                       .data = std::string_view(data).substr(4),
                       .partition_key = "k",
                       .explicit_hash_key = key})
          .IgnoreError();
    }
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_EQ(StatusOf("s"), StreamStatus::kUpdating);  // the look that found it too small
  EXPECT_EQ(Open().size(), 4U);
  AlmostWait();
  EXPECT_EQ(ShardOfPutAt("0"), 0U);
  Wait();
  EXPECT_EQ(Open().size(), 8U);
}

TEST_F(ReshardTest, WithoutDelaysAReshardIsThereWhenTheCallReturns) {
  EXPECT_TRUE(client_->SetLimits(WithoutRates().limits, {}).ok());
  Create("s");
  ASSERT_TRUE(Split(0, "1000").ok());
  EXPECT_EQ(Open(), Indices({1, 2}));
  ASSERT_TRUE(Merge(1, 2).ok());
  EXPECT_EQ(Open(), Indices({3}));
  ASSERT_TRUE(Scale(2).ok());
  EXPECT_EQ(Open().size(), 2U);
}

TEST_F(ReshardTest, ChildrenThatAreComingCountAgainstTheAccount) {
  Limits limits = WithoutRates().limits;
  limits.shards_per_account = 3;
  EXPECT_TRUE(client_->SetLimits(limits, client_->options().delays).ok());
  Create("s");
  Create("t");
  ASSERT_TRUE(Split(0, "1000").ok());
  EXPECT_EQ(client_->DescribeLimits({}).value().open_shard_count, 2);
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "u", .shard_count = 1}),
                    ErrorType::kLimitExceeded));
}

TEST_F(ReshardTest, ShardsThatAreGoingCountAgainstTheAccountUntilTheyAreGone) {
  Limits limits = WithoutRates().limits;
  limits.shards_per_account = 2;
  EXPECT_TRUE(client_->SetLimits(limits, client_->options().delays).ok());
  Create("s", 2);
  ASSERT_TRUE(Merge(0, 1).ok());
  AlmostWait();
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "t", .shard_count = 1}),
                    ErrorType::kLimitExceeded));
  Wait();
  EXPECT_TRUE(client_->CreateStream({.stream_name = "t", .shard_count = 1}).ok());
}

TEST_F(ReshardTest, AStreamThatIsDeletedMeanwhileKeepsItsShardsToTheEnd) {
  LifecycleDelays delays = client_->options().delays;
  delays.delete_stream = absl::Seconds(30);
  EXPECT_TRUE(client_->SetLimits(WithoutRates().limits, delays).ok());
  Create("s");
  ASSERT_TRUE(Split(0, "1000").ok());
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  clock_.Advance(absl::Seconds(20));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kDeleting);
  EXPECT_EQ(client_->engine().OpenStream("s").value().ListShards().size(), 1U);
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "s"}), ErrorType::kResourceNotFound));
}

TEST_F(ReshardTest, WhatTheEnginesOwnerSplitMeanwhileIsNotSplitAgain) {
  Create("s");
  ASSERT_TRUE(Split(0, "1000").ok());
  ASSERT_TRUE(client_->engine()
                  .OpenStream("s")
                  .value()
                  .SplitShard(ShardId(0), HashKey::FromHalves(0, 1000))
                  .ok());
  clock_.Advance(kUpdating);
  EXPECT_EQ(Open(), Indices({1, 2}));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
}

TEST_F(ReshardTest, AReaderWhoseTokenIsOldHasTheEndToo) {
  Create("s");
  Put("s", "a");
  const ShardIterator typed = IteratorOf("s");
  const ShardIterator text = typed.ToString();
  ASSERT_TRUE(Split(0, "1000").ok());
  EXPECT_FALSE(Get(typed).child_shards.has_value());
  clock_.Advance(kUpdating);
  EXPECT_TRUE(Get(typed).child_shards.has_value());
  EXPECT_TRUE(Get(text).child_shards.has_value());
}

// --- Fan-out across a split and a merge ----------------------------------------------------------

TEST_F(ReshardTest, ASleepingSubscriptionEndsWhenItsShardDoes) {
  LifecycleDelays delays = client_->options().delays;
  delays.update_stream = absl::Milliseconds(10'500);  // not when it looks by itself
  EXPECT_TRUE(client_->SetLimits(client_->options().limits, delays).ok());
  Create("s");
  ShardSubscription subscription = Subscribed(Registered("c"), ShardId(0));
  ASSERT_TRUE(Split(0, "1000").ok());
  const absl::Time start = clock_.Now();
  std::optional<SubscribeToShardEvent> event;
  clock_.SetAutoAdvance(1);
  std::thread reader([&] { event = subscription.Next(absl::InfiniteFuture()).value(); });
  const kinesis::testing::WaitingFor waiting("the end of the shard that the subscription reads");
  reader.join();
  ASSERT_TRUE(event.has_value());
  EXPECT_TRUE(event->child_shards.has_value());
  EXPECT_FALSE(event->continuation_sequence_number.has_value());
  EXPECT_EQ(clock_.Now() - start, delays.update_stream);
}

// As the service's own clients read: a shard has ended when an event has no continuation number,
// and then its children are read; a child of a merge once both parents have ended.
class FanOutReader {
 public:
  FanOutReader(Client& client, std::string consumer)
      : client_(client), consumer_(std::move(consumer)) {
    Begin(ShardId(0));
  }

  // Reads what there is, and on in children of shards that end.
  void ReadAll() {
    for (size_t i = 0; i < open_.size(); ++i) {
      while (!open_[i].ended) {
        const SubscribeToShardEvent event = open_[i].events.Next().value().value();
        for (const Record& record : event.records) data_.insert(std::string(record.data));
        count_ += event.records.size();
        if (!event.continuation_sequence_number) {
          open_[i].ended = true;
          ended_.insert(open_[i].shard);
          for (const ChildShard& child : event.child_shards.value()) BeginIfReady(child);
        } else if (event.records.empty()) {
          break;
        }
      }
    }
  }

  size_t count() const { return count_; }
  size_t distinct() const { return data_.size(); }
  size_t ended() const { return ended_.size(); }

 private:
  struct Reading {
    ShardId shard;
    ShardSubscription events;
    bool ended = false;
  };

  void BeginIfReady(const ChildShard& child) {
    const bool ready = std::all_of(child.parent_shards.begin(), child.parent_shards.end(),
                                   [this](ShardId parent) { return ended_.contains(parent); });
    if (ready) Begin(child.shard_id);
  }
  void Begin(ShardId shard) {
    open_.push_back({shard, client_
                                .SubscribeToShard(
                                    {.consumer_arn = consumer_,
                                     .shard_id = shard,
                                     .starting_position = StartingPosition{.type = "TRIM_HORIZON"}})
                                .value()
                                .event_stream});
  }

  Client& client_;
  const std::string consumer_;
  std::vector<Reading> open_;
  std::set<ShardId> ended_;
  std::set<std::string> data_;
  size_t count_ = 0;
};

TEST_F(ReshardTest, AFanOutReaderGetsEveryRecordOnceAcrossASplitAndAMerge) {
  Create("s");
  FanOutReader reader(*client_, Registered("c"));
  size_t put = 0;
  const auto put_some = [&] {
    for (int i = 0; i < 50; ++i, ++put) Put("s", std::to_string(put), std::to_string(put));
    reader.ReadAll();
  };
  put_some();
  ASSERT_TRUE(Split(0, "170141183460469231731687303715884105728").ok());
  put_some();
  clock_.Advance(kUpdating);
  put_some();
  EXPECT_EQ(reader.ended(), 1U);
  ASSERT_TRUE(Merge(1, 2).ok());
  put_some();
  clock_.Advance(kUpdating);
  put_some();
  EXPECT_EQ(reader.ended(), 3U);
  EXPECT_EQ(reader.count(), put);
  EXPECT_EQ(reader.distinct(), put);
}

}  // namespace
}  // namespace kinesis::api
