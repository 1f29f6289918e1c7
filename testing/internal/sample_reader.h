// SampleReader: a consumer that reads a whole stream and is right, in pieces that a test replaces:
// one for each mistake that consumers make, and one for each way of being right.
//
// It reads a shard when its parents are done, a page a step, and keeps for each shard the number of
// its last record, or "done".
#ifndef KINESIS_CORE_TESTING_INTERNAL_SAMPLE_READER_H_
#define KINESIS_CORE_TESTING_INTERNAL_SAMPLE_READER_H_

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/consumer_exerciser.h"

namespace kinesis::testing {

class SampleReader : public Consumer {
 public:
  using Shards = std::vector<api::Shard>;

  explicit SampleReader(ConsumerContext& context) : context_(context) {}

  void Step() override {
    const std::optional<Shards> shards = List();
    if (!shards) return;
    for (const api::Shard& shard : *shards) {
      if (!IsDone(shard.shard_id) && MayBegin(shard, *shards)) ReadPage(shard.shard_id);
    }
  }

 protected:
  static constexpr int32_t kLimit = 3;

  // All shards, or nothing if a page of them is not to be had.
  virtual std::optional<Shards> List() {
    Shards shards;
    api::ListShardsRequest request{.stream_name = context_.stream_name()};
    for (;;) {
      const auto page = context_.client().ListShards(request);
      if (!page.ok()) return std::nullopt;
      shards.insert(shards.end(), page->shards.begin(), page->shards.end());
      if (!page->next_token) return shards;
      request = {.next_token = page->next_token};
    }
  }

  // Parents that are not listed any more have expired.
  virtual bool MayBegin(const api::Shard& shard, const Shards& all) {
    return std::none_of(all.begin(), all.end(), [&](const api::Shard& other) {
      return IsParent(other, shard) && !IsDone(other.shard_id);
    });
  }
  virtual bool IsParent(const api::Shard& other, const api::Shard& shard) {
    return other.shard_id == shard.parent_shard_id ||
           other.shard_id == shard.adjacent_parent_shard_id;
  }

  // Where to go on after a restart, or when the iterator has expired.
  virtual api::GetShardIteratorRequest StartOf(ShardId shard) {
    const std::optional<std::string> number = context_.Load(KeyOf(shard));
    if (!number) return Start(shard, api::ShardIteratorType::kTrimHorizon);
    auto request = Start(shard, api::ShardIteratorType::kAfterSequenceNumber);
    request.starting_sequence_number = *number;
    return request;
  }

  virtual void ReadPage(ShardId shard) {
    const std::optional<api::ShardIterator> iterator = FindIterator(shard);
    if (!iterator) return;
    const auto page = context_.client().GetRecords({.shard_iterator = *iterator, .limit = kLimit});
    if (!page.ok()) {
      if (api::IsError(page.status(), api::ErrorType::kExpiredIterator)) iterators_.erase(shard);
      return OnError(shard, page.status());
    }
    iterators_.insert_or_assign(shard, page->next_shard_iterator.value_or(*iterator));
    if (!page->records.empty()) Handle(shard, page->records);
    if (IsEnd(*page)) context_.Save(KeyOf(shard), "done");
  }
  virtual bool IsEnd(const api::GetRecordsResponse& page) { return !page.next_shard_iterator; }
  virtual void OnError(ShardId /*shard*/, const absl::Status& /*status*/) {}

  // Delivers what is new, and then keeps how far it came.
  virtual void Handle(ShardId shard, const api::RecordList& records) {
    for (const api::Record& record : records) context_.Deliver(record);
    context_.Save(KeyOf(shard), LastOf(records));
  }

  virtual std::optional<api::ShardIterator> FindIterator(ShardId shard) {
    if (iterators_.contains(shard)) return iterators_.at(shard);
    const auto response = context_.client().GetShardIterator(StartOf(shard));
    if (!response.ok()) {
      OnError(shard, response.status());
      return std::nullopt;
    }
    return response->shard_iterator;
  }

  // --- Pieces of those above

  bool IsDone(ShardId shard) const { return context_.Load(KeyOf(shard)) == "done"; }
  static std::string KeyOf(ShardId shard) { return shard.ToString(); }
  static std::string LastOf(const api::RecordList& records) {
    return records[records.size() - 1].sequence_number.ToString();
  }
  api::GetShardIteratorRequest Start(ShardId shard, api::ShardIteratorType type) const {
    return {.stream_name = context_.stream_name(), .shard_id = shard, .shard_iterator_type = type};
  }

  ConsumerContext& context_;
  std::map<ShardId, api::ShardIterator> iterators_;
};

// A factory of consumers of that class.
template <class Reader, class... Arguments>
ConsumerFactory Make(Arguments... arguments) {
  return [arguments...](ConsumerContext& context) -> std::unique_ptr<Consumer> {
    return std::make_unique<Reader>(context, arguments...);
  };
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_SAMPLE_READER_H_
