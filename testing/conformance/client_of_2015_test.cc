// A client as of 2015, from the first call to the last: 13 operations, streams named by name, two
// paginators and a waiter.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/api/waiters.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api::testing {
namespace {

using Strings = std::vector<std::string>;

class ClientOf2015Test : public ::testing::Test {
 protected:
  static ClientOptions Of2015() {
    ClientOptions options;
    options.limits = Limits::Kinesis2015();
    options.delays = LifecycleDelays::ServiceLike();
    return options;
  }

  ClientOf2015Test() { clock_.SetAutoAdvance(1); }

  void Create(const std::string& name, int32_t shards = 1) {
    clock_.Advance(absl::Seconds(1));  // five calls a second
    ASSERT_TRUE(client_->CreateStream({.stream_name = name, .shard_count = shards}).ok());
    ASSERT_TRUE(WaitUntilStreamExists(*client_, {.stream_name = name}).ok());
  }
  StreamDescription Describe(const std::string& name) {
    clock_.Advance(absl::Seconds(1));
    return client_->DescribeStream({.stream_name = name}).value().stream_description;
  }
  std::string IteratorAt(const std::string& stream, const std::string& shard,
                         const std::string& type,
                         const std::optional<std::string>& number = std::nullopt) {
    clock_.Advance(absl::Seconds(1));
    GetShardIteratorRequest request{
        .stream_name = stream, .shard_id = shard, .shard_iterator_type = type};
    if (number) request.starting_sequence_number = *number;
    return client_->GetShardIterator(request).value().shard_iterator.ToString();
  }
  // All there is from a token on, until the shard ends or a page is empty.
  Strings ReadAll(std::optional<std::string> token) {
    Strings data;
    while (token) {
      clock_.Advance(absl::Seconds(1));
      const GetRecordsResponse page =
          client_->GetRecords({.shard_iterator = *token, .limit = 2}).value();
      for (const Record& record : page.records) data.emplace_back(record.data);
      token.reset();
      if (page.next_shard_iterator && !page.records.empty()) {
        token = page.next_shard_iterator->ToString();
      }
    }
    return data;
  }
  std::string Put(const std::string& stream, const std::string& data,
                  const std::string& hash_key = "0") {
    return client_
        ->PutRecord({.stream_name = stream,
                     .data = data,
                     .partition_key = "key",
                     .explicit_hash_key = hash_key})
        .value()
        .sequence_number.ToString();
  }

  kinesis::SimulatedClock clock_{absl::FromUnixSeconds(1'440'000'000)};  // in August 2015
  std::unique_ptr<Client> client_ = Client::Create(Of2015(), {.clock = &clock_}).value();
};

TEST_F(ClientOf2015Test, WaitsForItsStream) {
  ASSERT_TRUE(client_->CreateStream({.stream_name = "s", .shard_count = 1}).ok());
  EXPECT_EQ(Describe("s").stream_status, StreamStatus::kCreating);
  const absl::Time before = clock_.Now();
  ASSERT_TRUE(WaitUntilStreamExists(*client_, {.stream_name = "s"}).ok());
  EXPECT_EQ(clock_.Now() - before, absl::Seconds(10));
  EXPECT_EQ(Describe("s").stream_status, StreamStatus::kActive);
}

TEST_F(ClientOf2015Test, PutsAndGets) {
  Create("s");
  const std::string first = Put("s", "1");
  EXPECT_TRUE(client_
                  ->PutRecord({.stream_name = "s",
                               .data = "2",
                               .partition_key = "key",
                               .sequence_number_for_ordering = first})
                  .ok());
  PutRecordsRequest batch{.stream_name = "s"};
  batch.records.emplace();
  for (const char* data : {"3", "4", "5"}) {
    batch.records->push_back({.data = data, .partition_key = "key"});
  }
  const auto put = client_->PutRecords(batch).value();
  EXPECT_EQ(put.failed_record_count, 0);
  EXPECT_EQ(put.records.size(), 3U);
  const std::string shard = "shardId-000000000000";
  EXPECT_EQ(ReadAll(IteratorAt("s", shard, "TRIM_HORIZON")), Strings({"1", "2", "3", "4", "5"}));
  EXPECT_EQ(ReadAll(IteratorAt("s", shard, "AT_SEQUENCE_NUMBER", first)).size(), 5U);
  EXPECT_EQ(ReadAll(IteratorAt("s", shard, "AFTER_SEQUENCE_NUMBER", first)).size(), 4U);
  EXPECT_EQ(ReadAll(IteratorAt("s", shard, "LATEST")), Strings());
}

TEST_F(ClientOf2015Test, KnowsFourKindsOfIterator) {
  Create("s");
  EXPECT_TRUE(Fails(client_->GetShardIterator({.stream_name = "s",
                                               .shard_id = "shardId-000000000000",
                                               .shard_iterator_type = "AT_TIMESTAMP",
                                               .timestamp = clock_.Now()}),
                    ErrorType::kValidation,
                    "1 validation error detected: Value 'AT_TIMESTAMP' at 'shardIteratorType' "
                    "failed to satisfy constraint: Member must satisfy enum value set: "
                    "[AFTER_SEQUENCE_NUMBER, LATEST, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"));
}

TEST_F(ClientOf2015Test, SplitsAndMergesAndReadsParentsBeforeChildren) {
  Create("s");
  Put("s", "before");
  ASSERT_TRUE(client_
                  ->SplitShard({.stream_name = "s",
                                .shard_to_split = "shardId-000000000000",
                                .new_starting_hash_key = "170141183460469231731687303715884105728"})
                  .ok());
  EXPECT_EQ(Describe("s").stream_status, StreamStatus::kUpdating);
  EXPECT_EQ(Describe("s").shards.size(), 1U);
  ASSERT_TRUE(WaitUntilStreamExists(*client_, {.stream_name = "s"}).ok());
  Put("s", "low");
  Put("s", "high", "340282366920938463463374607431768211455");
  ASSERT_TRUE(client_
                  ->MergeShards({.stream_name = "s",
                                 .shard_to_merge = "shardId-000000000001",
                                 .adjacent_shard_to_merge = "shardId-000000000002"})
                  .ok());
  ASSERT_TRUE(WaitUntilStreamExists(*client_, {.stream_name = "s"}).ok());
  Put("s", "merged");
  const std::vector<Shard> shards = Describe("s").shards;
  ASSERT_EQ(shards.size(), 4U);
  EXPECT_TRUE(shards[0].sequence_number_range.ending_sequence_number.has_value());
  EXPECT_EQ(shards[1].parent_shard_id, ShardId(0));
  EXPECT_EQ(shards[2].parent_shard_id, ShardId(0));
  EXPECT_EQ(shards[3].parent_shard_id, ShardId(1));
  EXPECT_EQ(shards[3].adjacent_parent_shard_id, ShardId(2));
  EXPECT_FALSE(shards[3].sequence_number_range.ending_sequence_number.has_value());
  Strings all;
  for (const Shard& shard : shards) {
    for (const std::string& data :
         ReadAll(IteratorAt("s", shard.shard_id.ToString(), "TRIM_HORIZON"))) {
      all.push_back(data);
    }
  }
  EXPECT_EQ(all, Strings({"before", "low", "high", "merged"}));
}

TEST_F(ClientOf2015Test, ListsItsStreamsTenAtATime) {
  ClientOptions options = Of2015();
  options.limits.shards_per_account = 25;
  client_ = Client::Create(options, {.clock = &clock_}).value();
  for (int i = 10; i < 35; ++i) Create("s" + std::to_string(i));
  clock_.Advance(absl::Seconds(1));
  ListStreamsPages pages(*client_, {});
  std::vector<size_t> sizes;
  for (const ListStreamsResponse& page : pages) sizes.push_back(page.stream_names.size());
  EXPECT_TRUE(pages.status().ok()) << pages.status();
  EXPECT_EQ(sizes, std::vector<size_t>({10, 10, 5}));
}

TEST_F(ClientOf2015Test, DescribesItsShardsPageByPage) {
  Create("s", 5);
  DescribeStreamPages pages(*client_, {.stream_name = "s", .limit = 2});
  std::vector<size_t> sizes;
  for (const DescribeStreamResponse& page : pages) {
    sizes.push_back(page.stream_description.shards.size());
  }
  EXPECT_EQ(sizes, std::vector<size_t>({2, 2, 1}));
}

TEST_F(ClientOf2015Test, HasTenTags) {
  Create("s");
  TagMap tags;
  for (int i = 0; i < 10; ++i) tags["key" + std::to_string(i)] = "value";
  ASSERT_TRUE(client_->AddTagsToStream({.stream_name = "s", .tags = tags}).ok());
  EXPECT_TRUE(Fails(client_->AddTagsToStream({.stream_name = "s", .tags = TagMap{{"more", ""}}}),
                    ErrorType::kInvalidArgument,
                    "Failed to add tags to stream s under account 000000000000 because a given "
                    "stream cannot have more than 10 tags associated with it."));
  tags["eleventh"] = "";
  EXPECT_TRUE(
      Fails(client_->AddTagsToStream({.stream_name = "s", .tags = tags}), ErrorType::kValidation));
  ASSERT_TRUE(client_
                  ->RemoveTagsFromStream(
                      {.stream_name = "s", .tag_keys = std::vector<std::string>{"key0", "key1"}})
                  .ok());
  const auto page = client_->ListTagsForStream({.stream_name = "s", .limit = 5}).value();
  EXPECT_EQ(page.tags.size(), 5U);
  EXPECT_TRUE(page.has_more_tags);
}

TEST_F(ClientOf2015Test, HasItsLimits) {
  Create("s");
  const std::string data(51'200, 'x');
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = data, .partition_key = "k"}),
                    ErrorType::kValidation));
  EXPECT_TRUE(
      client_
          ->PutRecord(
              {.stream_name = "s", .data = std::string_view(data).substr(1), .partition_key = "k"})
          .ok());
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "t", .shard_count = 100'001}),
                    ErrorType::kValidation));
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "t", .shard_count = 10}),
                    ErrorType::kLimitExceeded));
}

TEST_F(ClientOf2015Test, DoesNotKnowWhatCameLater) {
  Create("s");
  for (const absl::Status& status :
       {client_->DescribeStreamSummary({.stream_name = "s"}).status(),
        client_->DescribeLimits({}).status(), client_->ListShards({.stream_name = "s"}).status(),
        client_->IncreaseStreamRetentionPeriod(
            {.stream_name = "s", .retention_period_hours = 48})}) {
    EXPECT_TRUE(Fails(status, ErrorType::kUnknownOperation));
  }
}

TEST_F(ClientOf2015Test, DeletesItsStream) {
  Create("s");
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  EXPECT_EQ(Describe("s").stream_status, StreamStatus::kDeleting);
  ASSERT_TRUE(WaitUntilStreamNotExists(*client_, {.stream_name = "s"}).ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(client_->ListStreams({}).value().stream_names.empty());
}

}  // namespace
}  // namespace kinesis::api::testing
