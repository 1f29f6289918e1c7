// Listings page by page.
#include "kinesis_core/api/paginators.h"

#include <ranges>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

static_assert(std::ranges::input_range<DescribeStreamPages>);
static_assert(std::ranges::input_range<ListChannelsPages>);
static_assert(std::ranges::input_range<ListShardsPages>);
static_assert(std::ranges::input_range<ListStreamConsumersPages>);
static_assert(std::ranges::input_range<ListStreamsPages>);
static_assert(std::ranges::input_range<ListTagsForStreamPages>);

class PaginatorsTest : public ClientTest {};

TEST_F(PaginatorsTest, DescribeStreamGivesEveryShardOnce) {
  Create("s", 7);
  DescribeStreamPages pages(*client_, {.stream_name = "s", .limit = 3});
  std::vector<size_t> sizes;
  std::vector<ShardId> ids;
  for (const DescribeStreamResponse& page : pages) {
    sizes.push_back(page.stream_description.shards.size());
    for (const Shard& shard : page.stream_description.shards) ids.push_back(shard.shard_id);
  }
  EXPECT_TRUE(pages.status().ok());
  EXPECT_EQ(sizes, std::vector<size_t>({3, 3, 1}));
  ASSERT_EQ(ids.size(), 7U);
  for (uint32_t i = 0; i < 7; ++i) EXPECT_EQ(ids[i], ShardId(i));
}

TEST_F(PaginatorsTest, APageThatIsFullAndLastIsFollowedByNone) {
  Create("s", 4);
  DescribeStreamPages pages(*client_, {.stream_name = "s", .limit = 2});
  EXPECT_EQ(std::ranges::distance(pages), 2);
}

TEST_F(PaginatorsTest, ListShardsKeepsItsFilterAndItsPageSize) {
  Create("s", 6);
  ListShardsPages pages(
      *client_, {.stream_name = "s",
                 .max_results = 2,
                 .shard_filter =
                     ShardFilter{.type = ShardFilterType::kAfterShardId, .shard_id = ShardId(0)}});
  std::vector<size_t> sizes;
  for (const ListShardsResponse& page : pages) sizes.push_back(page.shards.size());
  EXPECT_TRUE(pages.status().ok()) << pages.status();
  EXPECT_EQ(sizes, std::vector<size_t>({2, 2, 1}));
}

TEST_F(PaginatorsTest, ListStreamsGoesOnByNameAndDoesNotExpire) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Create(name);
  ListStreamsPages pages(*client_, {.limit = 2});
  Strings names;
  for (const ListStreamsResponse& page : pages) {
    names.insert(names.end(), page.stream_names.begin(), page.stream_names.end());
    clock_.Advance(absl::Hours(1));
  }
  EXPECT_TRUE(pages.status().ok()) << pages.status();
  EXPECT_EQ(names, Strings({"a", "b", "c", "d", "e"}));
}

TEST_F(PaginatorsTest, ListTagsForStreamGivesEveryTagOnce) {
  Create("s");
  ASSERT_TRUE(client_
                  ->AddTagsToStream(
                      {.stream_name = "s", .tags = TagMap{{"a", "1"}, {"b", "2"}, {"c", "3"}}})
                  .ok());
  ListTagsForStreamPages pages(*client_, {.stream_name = "s", .limit = 2});
  Strings keys;
  for (const ListTagsForStreamResponse& page : pages) {
    for (const Tag& tag : page.tags) keys.push_back(tag.key);
  }
  EXPECT_EQ(keys, Strings({"a", "b", "c"}));
}

TEST_F(PaginatorsTest, ListStreamConsumersNamesItsStreamBesideTheToken) {
  Create("s");
  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  for (const char* name : {"a", "b", "c"}) {
    ASSERT_TRUE(client_->RegisterStreamConsumer({.stream_arn = arn, .consumer_name = name}).ok());
  }
  ListStreamConsumersPages pages(
      *client_, {.stream_arn = arn, .max_results = 2, .stream_creation_timestamp = clock_.Now()});
  Strings names;
  for (const ListStreamConsumersResponse& page : pages) {
    for (const Consumer& consumer : page.consumers) names.push_back(consumer.consumer_name);
  }
  EXPECT_TRUE(pages.status().ok()) << pages.status();
  EXPECT_EQ(names, Strings({"a", "b", "c"}));
}

TEST_F(PaginatorsTest, AnErrorInTheFirstCallIsTheStatusOfAnEmptyRange) {
  ListShardsPages pages(*client_, {.stream_name = "nowhere"});
  EXPECT_EQ(std::ranges::distance(pages), 0);
  EXPECT_TRUE(Fails(pages.status(), ErrorType::kResourceNotFound));
}

TEST_F(PaginatorsTest, AnErrorLaterEndsTheRangeAfterThePagesBefore) {
  Create("s", 4);
  ListShardsPages pages(*client_, {.stream_name = "s", .max_results = 2});
  int count = 0;
  for ([[maybe_unused]] const ListShardsResponse& page : pages) {
    ++count;
    clock_.Advance(absl::Minutes(6));  // longer than a token lives
  }
  EXPECT_EQ(count, 1);
  EXPECT_TRUE(Fails(pages.status(), ErrorType::kExpiredNextToken));
}

class ThrottledPaginatorTest : public ClientTest {
 protected:
  ThrottledPaginatorTest() : ClientTest(ClientOptions()) {}
};

TEST_F(ThrottledPaginatorTest, BeginGoesOnWithTheCallThatFailed) {
  for (int i = 0; i < 3; ++i) Create("s" + std::to_string(i));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(client_->ListStreams({}).ok());
  ListStreamsPages pages(*client_, {.limit = 1});
  Strings names;
  const auto read = [&] {
    for (const ListStreamsResponse& page : pages) names.push_back(page.stream_names.at(0));
  };
  read();
  EXPECT_TRUE(Fails(pages.status(), ErrorType::kLimitExceeded));
  EXPECT_EQ(names, Strings({"s0"}));
  clock_.Advance(absl::Seconds(1));
  read();
  EXPECT_TRUE(pages.status().ok());
  EXPECT_EQ(names, Strings({"s0", "s1", "s2"}));
}

}  // namespace
}  // namespace kinesis::api
