// Shards: listing with filters, splitting, merging, scaling. And tags, policies, settings.
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

class ShardsTest : public ClientTest {
 protected:
  using Indices = std::vector<uint32_t>;

  absl::Status Split(const TextOr<ShardId>& shard, const TextOr<HashKey>& key) {
    return client_->SplitShard(
        {.stream_name = "s", .shard_to_split = shard, .new_starting_hash_key = key});
  }
  absl::Status Merge(const TextOr<ShardId>& one, const TextOr<ShardId>& other) {
    return client_->MergeShards(
        {.stream_name = "s", .shard_to_merge = one, .adjacent_shard_to_merge = other});
  }
  Indices List(const ShardFilter& filter) {
    const auto response = client_->ListShards({.stream_name = "s", .shard_filter = filter});
    Indices indices;
    for (const Shard& shard : response.value().shards) indices.push_back(shard.shard_id.index());
    return indices;
  }
  static HashKey Half() { return HashKey::FromHalves(uint64_t{1} << 63, 0); }
};

TEST_F(ShardsTest, ASplitShowsParentsAndSequenceNumbers) {
  Create("s");
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(Split("shardId-000000000000", Half()).ok());
  const std::vector<Shard> shards = ShardsOf("s");
  ASSERT_EQ(shards.size(), 3U);
  EXPECT_TRUE(shards[0].sequence_number_range.ending_sequence_number.has_value());
  EXPECT_EQ(shards[1].parent_shard_id, ShardId(0));
  EXPECT_FALSE(shards[1].adjacent_parent_shard_id.has_value());
  EXPECT_EQ(shards[2].hash_key_range.starting_hash_key, Half());
  EXPECT_GT(shards[1].sequence_number_range.starting_sequence_number,
            *shards[0].sequence_number_range.ending_sequence_number);
}

TEST_F(ShardsTest, AMergeShowsBothParents) {
  Create("s", 2);
  ASSERT_TRUE(Merge(ShardId(0), ShardId(1)).ok());
  const Shard child = ShardsOf("s")[2];
  EXPECT_EQ(child.parent_shard_id, ShardId(0));
  EXPECT_EQ(child.adjacent_parent_shard_id, ShardId(1));
}

TEST_F(ShardsTest, ASplitKeyLiesInsideTheShard) {
  Create("s");
  const std::string message =
      " used in SplitShard() on shard shardId-000000000000 in stream s under account "
      "000000000000 is not both greater than one plus the shard's StartingHashKey 0 and less than "
      "the shard's EndingHashKey 340282366920938463463374607431768211454.";
  for (const char* key : {"0", "1", "340282366920938463463374607431768211455",
                          "999999999999999999999999999999999999999"}) {
    EXPECT_TRUE(Fails(Split(ShardId(0), key), ErrorType::kInvalidArgument,
                      std::string("NewStartingHashKey ") + key + message));
  }
  EXPECT_TRUE(Split(ShardId(0), "2").ok());
}

TEST_F(ShardsTest, WhatIsClosedOrMissingCannotBeResharded) {
  Create("s");
  ASSERT_TRUE(Split(ShardId(0), Half()).ok());
  EXPECT_TRUE(Fails(Split(ShardId(0), Half()), ErrorType::kInvalidArgument,
                    "Shard shardId-000000000000 in stream s under account 000000000000 has already "
                    "been merged or split, and thus is not eligible for merging or splitting."));
  EXPECT_TRUE(Fails(Split(ShardId(7), Half()), ErrorType::kResourceNotFound,
                    "Could not find shard shardId-000000000007 in stream s under account "
                    "000000000000."));
  EXPECT_TRUE(Fails(Merge(ShardId(2), ShardId(1)), ErrorType::kInvalidArgument,
                    "Shards shardId-000000000002 and shardId-000000000001 in stream s under "
                    "account 000000000000 are not an adjacent pair of shards eligible for "
                    "merging"));
  EXPECT_TRUE(Merge(ShardId(1), ShardId(2)).ok());
}

TEST_F(ShardsTest, TheSixFiltersSelectByLineageAndTime) {
  Create("s");
  clock_.Advance(absl::Hours(1));
  const absl::Time before = clock_.Now() - absl::Minutes(1);
  ASSERT_TRUE(Split(ShardId(0), Half()).ok());
  clock_.Advance(absl::Hours(1));
  const absl::Time between = clock_.Now() - absl::Minutes(1);
  ASSERT_TRUE(Merge(ShardId(1), ShardId(2)).ok());
  clock_.Advance(absl::Minutes(1));

  EXPECT_EQ(List({.type = "FROM_TRIM_HORIZON"}), Indices({0, 1, 2, 3}));
  EXPECT_EQ(List({.type = "AT_TRIM_HORIZON"}), Indices({0}));
  EXPECT_EQ(List({.type = "AT_LATEST"}), Indices({3}));
  EXPECT_EQ(List({.type = "AFTER_SHARD_ID", .shard_id = ShardId(1)}), Indices({2, 3}));
  EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = before}), Indices({0}));
  EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = between}), Indices({1, 2}));
  EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = clock_.Now()}), Indices({3}));
  EXPECT_EQ(List({.type = "FROM_TIMESTAMP", .timestamp = between}), Indices({1, 2, 3}));
  // What was closed in that millisecond was open in it, too.
  const absl::Time closed =
      client_->engine().OpenStream("s")->FindShard(ShardId(1))->closed_at().value();
  EXPECT_EQ(List({.type = "FROM_TIMESTAMP", .timestamp = closed}), Indices({1, 2, 3}));
  EXPECT_EQ(List({.type = "FROM_TIMESTAMP", .timestamp = closed + absl::Milliseconds(1)}),
            Indices({3}));

  clock_.Advance(absl::Hours(24) - absl::Minutes(30));
  EXPECT_EQ(List({.type = "AT_TRIM_HORIZON"}), Indices({1, 2}));
  // Nothing is older than the horizon.
  EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = before}), Indices({1, 2}));
}

TEST_F(ShardsTest, AtAnyTimeTheShardsOfAFilterCoverEveryKeyOnce) {
  Create("s");
  std::vector<absl::Time> times = {clock_.Now()};
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(client_
                    ->UpdateShardCount({.stream_name = "s",
                                        .target_shard_count = i % 2 == 0 ? 2 : 1,
                                        .scaling_type = ScalingType::kUniformScaling})
                    .ok());
    clock_.Advance(absl::Milliseconds(2700));
    times.push_back(clock_.Now());
  }
  for (const absl::Time time : times) {
    const auto shards =
        client_
            ->ListShards({.stream_name = "s",
                          .shard_filter = ShardFilter{.type = "AT_TIMESTAMP", .timestamp = time}})
            .value()
            .shards;
    int covering = 0;
    for (const Shard& shard : shards) {
      covering += shard.hash_key_range.starting_hash_key == HashKey::Min() ? 1 : 0;
      covering += shard.hash_key_range.ending_hash_key == HashKey::Max() ? 1 : 0;
    }
    EXPECT_EQ(covering, 2) << absl::FormatTime(time);
  }
}

// Many generations within one millisecond; their numbers run ahead of the clock by seconds.
TEST_F(ShardsTest, AListingAsOfNowShowsWhatIsOpenHoweverOftenThatChanged) {
  Create("s");
  const absl::Time begin = clock_.Now();
  clock_.Advance(absl::Milliseconds(1));
  for (const int32_t target : {2, 4, 8, 16, 11, 6, 3}) {
    ASSERT_TRUE(client_
                    ->UpdateShardCount({.stream_name = "s",
                                        .target_shard_count = target,
                                        .scaling_type = ScalingType::kUniformScaling})
                    .ok());
    const Indices open = List({.type = "AT_LATEST"});
    EXPECT_EQ(open.size(), static_cast<size_t>(target));
    EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = clock_.Now()}), open);
    EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = begin}), Indices({0}));
  }
}

TEST_F(ShardsTest, NowIsNotInTheFutureWithinAMillisecond) {
  clock_.Advance(absl::Microseconds(500));
  Create("s");
  EXPECT_EQ(List({.type = "AT_TIMESTAMP", .timestamp = clock_.Now()}), Indices({0}));
  EXPECT_EQ(List({.type = "FROM_TIMESTAMP", .timestamp = clock_.Now()}), Indices({0}));
}

// What no sequence number can hold counts as the nearest time that one can.
TEST_F(ShardsTest, ReshardingAndListingWorkAtBothEndsOfTime) {
  const absl::Time latest = absl::FromUnixMillis(kLatestMillis);
  int streams = 0;
  for (const absl::Time time :
       {absl::InfinitePast(), absl::UnixEpoch() - absl::Hours(1), latest, latest + absl::Hours(1),
        absl::FromUnixSeconds(static_cast<int64_t>(SequenceNumber::kMaxSeconds)),
        absl::InfiniteFuture()}) {
    SCOPED_TRACE(absl::FormatTime(time));
    const bool can_be_signed = time >= absl::UnixEpoch() && time < absl::InfiniteFuture();
    if (!client_->in_process() && !can_be_signed) continue;
    clock_.Set(time);
    const std::string name = "s" + std::to_string(streams++);
    Create(name);
    std::optional<SequenceNumber> before;
    for (const int32_t target : {2, 4, 2, 1}) {
      const auto put = client_->PutRecord({.stream_name = name,
                                           .data = "d",
                                           .partition_key = "k",
                                           .sequence_number_for_ordering = before});
      ASSERT_TRUE(put.ok()) << put.status();
      before = put->sequence_number;
      ASSERT_TRUE(client_
                      ->UpdateShardCount({.stream_name = name,
                                          .target_shard_count = target,
                                          .scaling_type = ScalingType::kUniformScaling})
                      .ok());
      for (const ShardFilter& filter : {ShardFilter{.type = "AT_TIMESTAMP", .timestamp = time},
                                        ShardFilter{.type = "AT_LATEST"}}) {
        const auto open =
            client_->ListShards({.stream_name = name, .shard_filter = filter}).value().shards;
        EXPECT_EQ(open.size(), static_cast<size_t>(target));
      }
    }
    for (const Shard& shard : ShardsOf(name)) {
      EXPECT_TRUE(
          SequenceNumber::Parse(shard.sequence_number_range.starting_sequence_number.ToString())
              .ok());
    }
    const auto first = client_->ListShards({.stream_name = name, .max_results = 2}).value();
    EXPECT_TRUE(client_->ListShards({.next_token = first.next_token}).ok());
  }
}

TEST_F(ShardsTest, AFilterWantsItsMembersAndNoOthers) {
  Create("s");
  const auto list = [this](const ShardFilter& filter) {
    return client_->ListShards({.stream_name = "s", .shard_filter = filter});
  };
  EXPECT_TRUE(Fails(list({}), ErrorType::kValidation));
  EXPECT_TRUE(Fails(list({.type = "AFTER_SHARD_ID"}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(
      Fails(list({.type = "AT_LATEST", .shard_id = ShardId(0)}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(list({.type = "AT_TIMESTAMP"}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(
      Fails(list({.type = "AT_LATEST", .timestamp = clock_.Now()}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(list({.type = "FROM_TIMESTAMP", .timestamp = clock_.Now() + absl::Seconds(1)}),
                    ErrorType::kInvalidArgument));
}

TEST_F(ShardsTest, AListingGoesOnByItsTokenAlone) {
  Create("s", 5);
  const auto first = client_->ListShards({.stream_name = "s", .max_results = 2}).value();
  ASSERT_EQ(first.shards.size(), 2U);
  const auto second =
      client_->ListShards({.next_token = first.next_token, .max_results = 3}).value();
  ASSERT_EQ(second.shards.size(), 3U);
  EXPECT_EQ(second.shards[0].shard_id, ShardId(2));
  EXPECT_FALSE(second.next_token.has_value());
  EXPECT_TRUE(Fails(client_->ListShards({}), ErrorType::kInvalidArgument,
                    "Either NextToken or StreamName should be provided."));
  EXPECT_TRUE(Fails(client_->ListShards({.stream_name = "s", .next_token = first.next_token}),
                    ErrorType::kInvalidArgument,
                    "NextToken and StreamName cannot be provided together."));
  clock_.Advance(absl::Seconds(300) + absl::Milliseconds(1));
  EXPECT_TRUE(
      Fails(client_->ListShards({.next_token = first.next_token}), ErrorType::kExpiredNextToken));
}

TEST_F(ShardsTest, AFilterHoldsOnEveryPageAndNoTokenLeadsToNothing) {
  Create("s");
  clock_.Advance(absl::Hours(1));
  ASSERT_TRUE(Split(ShardId(0), Half()).ok());
  clock_.Advance(absl::Hours(1));
  const absl::Time between = clock_.Now() - absl::Minutes(1);
  ASSERT_TRUE(Merge(ShardId(1), ShardId(2)).ok());
  ListShardsRequest request{
      .stream_name = "s",
      .max_results = 1,
      .shard_filter = ShardFilter{.type = "AT_TIMESTAMP", .timestamp = between}};
  std::vector<Indices> pages;
  for (;;) {
    const ListShardsResponse page = client_->ListShards(request).value();
    pages.emplace_back();
    for (const Shard& shard : page.shards) pages.back().push_back(shard.shard_id.index());
    if (!page.next_token) break;
    request = {.next_token = page.next_token, .max_results = 1};
  }
  EXPECT_EQ(pages, std::vector<Indices>({{1}, {2}}));
}

TEST_F(ShardsTest, ScalingGoesToDoubleOrHalfAtMostAndTenTimesADay) {
  Create("s", 4);
  const auto scale = [this](int32_t target) {
    return client_->UpdateShardCount({.stream_name = "s",
                                      .target_shard_count = target,
                                      .scaling_type = ScalingType::kUniformScaling});
  };
  EXPECT_TRUE(Fails(scale(9), ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(scale(1), ErrorType::kInvalidArgument));
  const auto response = scale(3).value();
  EXPECT_EQ(response.current_shard_count, 4);
  EXPECT_EQ(response.target_shard_count, 3);
  EXPECT_EQ(ShardsOf("s").size(), 11U);  // as the service was seen to do it
  for (int i = 0; i < 9; ++i) ASSERT_TRUE(scale(i % 2 == 0 ? 4 : 3).ok()) << i;
  // What is refused does not count, neither on this day nor on the next one.
  clock_.Advance(absl::Hours(1));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Fails(scale(3), ErrorType::kLimitExceeded));
  clock_.Advance(absl::Hours(23));
  EXPECT_TRUE(scale(3).ok());
}

TEST_F(ShardsTest, AnOnDemandStreamIsNotScaledByHand) {
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  ASSERT_TRUE(client_->CreateStream({.stream_name = "s", .stream_mode_details = on_demand}).ok());
  EXPECT_TRUE(Fails(client_->UpdateShardCount({.stream_name = "s",
                                               .target_shard_count = 5,
                                               .scaling_type = ScalingType::kUniformScaling}),
                    ErrorType::kValidation,
                    "Request is invalid. Stream s under account 000000000000 is in On-Demand "
                    "mode."));
}

// --- Tags, policies, settings --------------------------------------------------------------------

class TagsTest : public ClientTest {
 protected:
  TagsTest() { Create("s"); }
  const std::string arn_ = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
};

TEST_F(TagsTest, TagsAreOfTheStreamByNameAndByArn) {
  ASSERT_TRUE(
      client_->AddTagsToStream({.stream_name = "s", .tags = TagMap{{"a", "1"}, {"b", ""}}}).ok());
  ASSERT_TRUE(client_->TagResource({.resource_arn = arn_, .tags = TagMap{{"c", "3"}}}).ok());
  const auto all = client_->ListTagsForResource({.resource_arn = arn_}).value();
  ASSERT_EQ(all.tags.size(), 3U);
  EXPECT_EQ(all.tags[1].key, "b");
  EXPECT_EQ(all.tags[1].value, "");
  const auto page = client_->ListTagsForStream({.stream_name = "s", .limit = 2}).value();
  EXPECT_EQ(page.tags.size(), 2U);
  EXPECT_TRUE(page.has_more_tags);
  const auto rest =
      client_->ListTagsForStream({.stream_name = "s", .exclusive_start_tag_key = "b"}).value();
  EXPECT_EQ(rest.tags.size(), 1U);
  EXPECT_FALSE(rest.has_more_tags);
  ASSERT_TRUE(client_
                  ->RemoveTagsFromStream(
                      {.stream_name = "s", .tag_keys = std::vector<std::string>{"a", "x"}})
                  .ok());
  ASSERT_TRUE(
      client_->UntagResource({.resource_arn = arn_, .tag_keys = std::vector<std::string>{"b"}})
          .ok());
  EXPECT_EQ(client_->ListTagsForResource({.resource_arn = arn_})->tags.size(), 1U);
}

TEST_F(TagsTest, AStreamHasFiftyTagsAtMostAndOldOnesMayBeReplaced) {
  TagMap tags;
  for (int i = 0; i < 50; ++i) tags["k" + std::to_string(i)] = "v";
  ASSERT_TRUE(client_->AddTagsToStream({.stream_name = "s", .tags = tags}).ok());
  EXPECT_TRUE(client_->AddTagsToStream({.stream_name = "s", .tags = TagMap{{"k0", "w"}}}).ok());
  EXPECT_TRUE(Fails(client_->AddTagsToStream({.stream_name = "s", .tags = TagMap{{"l", "v"}}}),
                    ErrorType::kInvalidArgument));
}

TEST_F(TagsTest, APolicyIsKeptAndReturned) {
  EXPECT_EQ(client_->GetResourcePolicy({.resource_arn = arn_})->policy, "{}");
  ASSERT_TRUE(client_->PutResourcePolicy({.resource_arn = arn_, .policy = "{}"}).ok());
  EXPECT_EQ(client_->GetResourcePolicy({.resource_arn = arn_})->policy, "{}");
  ASSERT_TRUE(client_->DeleteResourcePolicy({.resource_arn = arn_}).ok());
  EXPECT_TRUE(
      Fails(client_->DeleteResourcePolicy({.resource_arn = arn_}), ErrorType::kResourceNotFound));
}

TEST_F(TagsTest, ABillingCommitmentEndsADayAfterItBeganAtTheEarliest) {
  using Output = MinimumThroughputBillingCommitmentOutputStatus;
  const auto update = [this](const char* status) {
    return client_
        ->UpdateAccountSettings({.minimum_throughput_billing_commitment =
                                     MinimumThroughputBillingCommitmentInput{.status = status}})
        .value()
        .minimum_throughput_billing_commitment->status;
  };
  const auto now = [this] {
    return client_->DescribeAccountSettings({})
        .value()
        .minimum_throughput_billing_commitment->status;
  };
  EXPECT_EQ(now(), Output::kDisabled);
  EXPECT_EQ(update("ENABLED"), Output::kEnabled);
  EXPECT_EQ(update("DISABLED"), Output::kEnabledUntilEarliestAllowedEnd);
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(now(), Output::kDisabled);
}

}  // namespace
}  // namespace kinesis::api
