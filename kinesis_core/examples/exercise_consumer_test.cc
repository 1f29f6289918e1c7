// A consumer, and a test that takes it through a thousand scenarios of a stream's life: reshards,
// throttles, expired iterators, restarts at the worst moment.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/testing/consumer_exerciser.h"

namespace {

namespace api = kinesis::api;
using kinesis::testing::ConsumerContext;

class OrderReader : public kinesis::testing::Consumer {
 public:
  explicit OrderReader(ConsumerContext& context) : context_(context) {}

  // A page of each shard whose parents are done. What fails is tried again at the next step.
  void Step() override {
    std::vector<api::Shard> shards;
    api::ListShardsPages pages(context_.client(), {.stream_name = context_.stream_name()});
    for (const auto& page : pages) {
      shards.insert(shards.end(), page.shards.begin(), page.shards.end());
    }
    if (!pages.status().ok()) return;
    for (const api::Shard& shard : shards) {
      const bool waits = std::any_of(shards.begin(), shards.end(), [&](const api::Shard& other) {
        return !IsDone(other.shard_id) && (other.shard_id == shard.parent_shard_id ||
                                           other.shard_id == shard.adjacent_parent_shard_id);
      });
      if (!waits && !IsDone(shard.shard_id)) ReadPage(shard.shard_id);
    }
  }

 private:
  void ReadPage(kinesis::ShardId shard) {
    const std::string key = shard.ToString();
    auto& iterator = iterators_[key];
    if (!iterator) {
      api::GetShardIteratorRequest place{
          .stream_name = context_.stream_name(),
          .shard_id = shard,
          .shard_iterator_type = api::ShardIteratorType::kTrimHorizon};
      if (const auto last = context_.Load(key)) {
        place.shard_iterator_type = api::ShardIteratorType::kAfterSequenceNumber;
        place.starting_sequence_number = *last;
      }
      const auto response = context_.client().GetShardIterator(place);
      if (!response.ok()) return;
      iterator = response->shard_iterator;
    }
    const auto page = context_.client().GetRecords({.shard_iterator = iterator});
    if (api::IsError(page.status(), api::ErrorType::kExpiredIterator)) iterator.reset();
    if (!page.ok()) return;
    for (const api::Record& record : page->records) {
      context_.Deliver(record);  // before it keeps the place: a restart between the two repeats
      context_.Save(key, record.sequence_number.ToString());
    }
    iterator = page->next_shard_iterator;
    if (!iterator) context_.Save(key, "done");
  }
  bool IsDone(kinesis::ShardId shard) const { return context_.Load(shard.ToString()) == "done"; }

  ConsumerContext& context_;
  std::map<std::string, std::optional<api::ShardIterator>> iterators_;  // by shard
};

TEST(OrderReaderTest, LosesNothingAndKeepsTheOrderOfEachKey) {
  const auto result = kinesis::testing::ExerciseConsumer(
      [](ConsumerContext& context) { return std::make_unique<OrderReader>(context); });
  EXPECT_TRUE(result.ok()) << result;
}

}  // namespace
