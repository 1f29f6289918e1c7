// Consumers that are wrong, each in a way of its own, by one piece of SampleReader that is replaced
// by a mistake. The exerciser finds every one of them, within so many scenarios, and says what it
// was.
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/testing/consumer_exerciser.h"
#include "kinesis_core/testing/internal/sample_reader.h"
#include "kinesis_core/testing/internal/sample_subscriber.h"

namespace kinesis::testing {
namespace {

using api::ErrorType;
using api::ShardIteratorType;

// --- When it saves -------------------------------------------------------------------------------

class SavesBeforeItDelivers : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    context_.Save(KeyOf(shard), LastOf(records));
    for (const api::Record& record : records) context_.Deliver(record);
  }
};

class SavesAfterTheFirstOfAPage : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      context_.Deliver(record);
      context_.Save(KeyOf(shard), LastOf(records));
    }
  }
};

class NeverSaves : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId /*shard*/, const api::RecordList& records) override {
    for (const api::Record& record : records) context_.Deliver(record);
  }
};

class KeepsOnePlaceForAllShards : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId /*shard*/, const api::RecordList& records) override {
    for (const api::Record& record : records) context_.Deliver(record);
    context_.Save("place", LastOf(records));
  }
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    const std::optional<std::string> number = context_.Load("place");
    if (!number) return SampleReader::StartOf(shard);
    const auto place = SequenceNumber::Parse(*number).value();
    if (place.shard_index() != shard.index()) {
      return Start(shard, ShardIteratorType::kLatest);  // "has been read before that"
    }
    auto request = Start(shard, ShardIteratorType::kAfterSequenceNumber);
    request.starting_sequence_number = place;
    return request;
  }
};

class RemembersOnlyInMemory : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      if (seen_.insert(record.sequence_number).second) context_.Deliver(record);
    }
    context_.Save(KeyOf(shard), LastOf(records));
  }
  std::set<SequenceNumber> seen_;
};

class Transactions : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      context_.DeliverAndSave(record, KeyOf(shard), record.sequence_number.ToString());
    }
  }
};

class CollectsByCountAlone : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      pages_[shard].push_back(std::string(record.data));
      if (pages_[shard].size() % 4 != 0) continue;
      context_.Deliver(record);
      context_.Save(KeyOf(shard), record.sequence_number.ToString());
    }
  }
  std::map<ShardId, std::vector<std::string>> pages_;
};

// --- Where it begins -----------------------------------------------------------------------------

class BeginsAtLatest : public SampleReader {
  using SampleReader::SampleReader;
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    auto request = SampleReader::StartOf(shard);
    if (!request.starting_sequence_number) request.shard_iterator_type = ShardIteratorType::kLatest;
    return request;
  }
};

class GoesOnAtLatestWhenExpired : public SampleReader {
  using SampleReader::SampleReader;
  void OnError(ShardId shard, const absl::Status& status) override {
    if (api::IsError(status, ErrorType::kExpiredIterator)) expired_.insert(shard);
  }
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    if (expired_.contains(shard)) return Start(shard, ShardIteratorType::kLatest);
    return SampleReader::StartOf(shard);
  }
  std::set<ShardId> expired_;
};

// Exactly once, were it not for the page after.
class GoesOnAtTheLastRecord : public Transactions {
 public:
  using Transactions::Transactions;

 private:
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    auto request = SampleReader::StartOf(shard);
    if (request.starting_sequence_number) {
      request.shard_iterator_type = ShardIteratorType::kAtSequenceNumber;
    }
    return request;
  }
};

class GoesOnAMillisecondLater : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      const auto arrival = absl::ToUnixMillis(*record.approximate_arrival_timestamp);
      context_.DeliverAndSave(record, KeyOf(shard), std::to_string(arrival));
    }
  }
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    const std::optional<std::string> kept = context_.Load(KeyOf(shard));
    if (!kept) return SampleReader::StartOf(shard);
    auto request = Start(shard, ShardIteratorType::kAtTimestamp);
    request.timestamp = absl::FromUnixMillis(std::stoll(*kept) + 1);
    return request;
  }
};

// Keeps a token and nothing beside it.
class GoesOnAtLatestWithoutItsToken : public SampleReader {
  using SampleReader::SampleReader;
  std::optional<api::ShardIterator> FindIterator(ShardId shard) override {
    const std::optional<std::string> token = context_.Load("token " + KeyOf(shard));
    if (!iterators_.contains(shard) && token && !expired_.contains(shard)) return *token;
    return SampleReader::FindIterator(shard);
  }
  void OnError(ShardId shard, const absl::Status& status) override {
    if (api::IsError(status, ErrorType::kExpiredIterator)) expired_.insert(shard);
  }
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    return Start(shard, expired_.contains(shard) ? ShardIteratorType::kLatest
                                                 : ShardIteratorType::kTrimHorizon);
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) context_.Deliver(record);
    context_.Save("token " + KeyOf(shard), iterators_.at(shard).ToString());
  }
  std::set<ShardId> expired_;
};

// --- Where it ends -------------------------------------------------------------------------------

class TakesAnEmptyPageForTheEnd : public SampleReader {
  using SampleReader::SampleReader;
  bool IsEnd(const api::GetRecordsResponse& page) override { return page.records.empty(); }
};

class TakesAShortPageForTheEnd : public SampleReader {
  using SampleReader::SampleReader;
  bool IsEnd(const api::GetRecordsResponse& page) override {
    return page.records.size() < static_cast<size_t>(kLimit) || !page.next_shard_iterator;
  }
};

class TakesTheTipForTheEnd : public SampleReader {
  using SampleReader::SampleReader;
  bool IsEnd(const api::GetRecordsResponse& page) override {
    return page.millis_behind_latest == 0;
  }
};

class LosesTheLastPage : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId shard) override {
    const auto iterator = FindIterator(shard);
    if (!iterator) return;
    const auto page = context_.client().GetRecords({.shard_iterator = *iterator, .limit = kLimit});
    if (api::IsError(page.status(), ErrorType::kExpiredIterator)) iterators_.erase(shard);
    if (!page.ok()) return;
    if (!page->next_shard_iterator) {
      context_.Save(KeyOf(shard), "done");
      return;
    }
    iterators_.insert_or_assign(shard, *page->next_shard_iterator);
    if (!page->records.empty()) Handle(shard, page->records);
  }
};

// --- Which shards --------------------------------------------------------------------------------

class ReadsChildrenAtOnce : public SampleReader {
  using SampleReader::SampleReader;
  bool MayBegin(const api::Shard& /*shard*/, const Shards& /*all*/) override { return true; }
};

class ForgetsTheOtherParent : public SampleReader {
  using SampleReader::SampleReader;
  bool IsParent(const api::Shard& other, const api::Shard& shard) override {
    return other.shard_id == shard.parent_shard_id;
  }
};

class ReadsTheFirstShard : public SampleReader {
  using SampleReader::SampleReader;
  std::optional<Shards> List() override {
    auto shards = SampleReader::List();
    if (shards) shards->resize(1);
    return shards;
  }
};

class ListsOnce : public SampleReader {
  using SampleReader::SampleReader;
  std::optional<Shards> List() override {
    if (!shards_) shards_ = SampleReader::List();
    return shards_;
  }
  std::optional<Shards> shards_;
};

class ReadsOpenShards : public SampleReader {
  using SampleReader::SampleReader;
  bool MayBegin(const api::Shard& shard, const Shards& /*all*/) override {
    return !shard.sequence_number_range.ending_sequence_number;
  }
};

class ListsOnePage : public SampleReader {
  using SampleReader::SampleReader;
  std::optional<Shards> List() override {
    const auto page = context_.client().ListShards({.stream_name = context_.stream_name()});
    if (!page.ok()) return std::nullopt;
    return page->shards;
  }
};

class WaitsForParentsThatAreGone : public SampleReader {
  using SampleReader::SampleReader;
  bool MayBegin(const api::Shard& shard, const Shards& /*all*/) override {
    return (!shard.parent_shard_id || IsDone(*shard.parent_shard_id)) &&
           (!shard.adjacent_parent_shard_id || IsDone(*shard.adjacent_parent_shard_id));
  }
};

// --- What it delivers ----------------------------------------------------------------------------

class DeliversBackwards : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (size_t i = records.size(); i > 0; --i) context_.Deliver(records[i - 1]);
    context_.Save(KeyOf(shard), LastOf(records));
  }
};

class ChangesData : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (api::Record record : records) {
      record.data.remove_prefix(1);
      context_.Deliver(record);
    }
    context_.Save(KeyOf(shard), LastOf(records));
  }
};

class SkipsWhatItTakesForARepetition : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      if (last_key_ == record.partition_key) continue;
      last_key_ = record.partition_key.value_or("");
      context_.Deliver(record);
    }
    context_.Save(KeyOf(shard), LastOf(records));
  }
  std::string last_key_;
};

// --- Failures ------------------------------------------------------------------------------------

class GivesUpAfterThreeFailures : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    if (failures_ < 3) SampleReader::Step();
  }

 private:
  void OnError(ShardId /*shard*/, const absl::Status& /*status*/) override { ++failures_; }
  int failures_ = 0;
};

class SkipsAPageThatFails : public SampleReader {
  using SampleReader::SampleReader;
  void OnError(ShardId shard, const absl::Status& status) override {
    if (!api::IsError(status, ErrorType::kInternalFailure)) return;
    const auto latest =
        context_.client().GetShardIterator(Start(shard, ShardIteratorType::kLatest));
    if (latest.ok()) iterators_.insert_or_assign(shard, latest->shard_iterator);
  }
};

class UsesAnExpiredIteratorForEver : public SampleReader {
  using SampleReader::SampleReader;
  void OnError(ShardId shard, const absl::Status& /*status*/) override {
    if (last_.contains(shard)) iterators_.insert_or_assign(shard, last_.at(shard));
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    SampleReader::Handle(shard, records);
    last_.insert_or_assign(shard, iterators_.at(shard));
  }
  std::map<ShardId, api::ShardIterator> last_;
};

class BacksOffForEver : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId shard) override {
    if (context_.Now() >= not_before_) SampleReader::ReadPage(shard);
  }
  void OnError(ShardId /*shard*/, const absl::Status& /*status*/) override {
    not_before_ = context_.Now() + absl::Hours(24 * 365);
  }
  absl::Time not_before_ = absl::InfinitePast();
};

class HasAHeartbeatAndNothingElse : public Consumer {
 public:
  explicit HasAHeartbeatAndNothingElse(ConsumerContext& context) : context_(context) {}
  void Step() override { context_.Save("alive", absl::FormatTime(context_.Now())); }

 private:
  ConsumerContext& context_;
};

class DoesNothing : public Consumer {
 public:
  explicit DoesNothing(ConsumerContext& /*context*/) {}
  void Step() override {}
};

// --- Those that throw ----------------------------------------------------------------------------

class ThrowsOnAFailure : public SampleReader {
  using SampleReader::SampleReader;
  void OnError(ShardId /*shard*/, const absl::Status& status) override {
    absl::StatusOr<int>(status).value();
  }
};

class ThrowsANumber : public SampleReader {
  using SampleReader::SampleReader;
  void OnError(ShardId /*shard*/, const absl::Status& /*status*/) override { throw 7; }
};

class ThrowsWhenItIsMade : public SampleReader {
 public:
  explicit ThrowsWhenItIsMade(ConsumerContext& context) : SampleReader(context) {
    const auto listed = context.client().ListShards({.stream_name = context.stream_name()});
    if (!listed.ok()) throw std::runtime_error("no shards to be had");
  }
};

// --- Those that do not come back -----------------------------------------------------------------

class WaitsForRecordsWithinItsStep : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId shard) override {
    for (got_any_ = false; !got_any_;) SampleReader::ReadPage(shard);
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    got_any_ = true;
    SampleReader::Handle(shard, records);
  }
  bool got_any_ = false;
};

// The same, and takes every exception for one of its own.
class CatchesAllAndTriesAgain : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId shard) override {
    for (;;) {
      try {
        if (context_.client().GetRecords({.shard_iterator = FindIterator(shard)})->records.empty())
          continue;
        return;
      } catch (...) {
      }
    }
  }
};

class DeliversForEver : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId /*shard*/, const api::RecordList& records) override {
    for (;;) context_.Deliver(records[0]);
  }
};

class LooksForASavedValueForEver : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId /*shard*/, const api::RecordList& /*records*/) override {
    while (context_.Load("permission") != "given") {
    }
  }
};

class CallsWithoutAnIteratorForEver : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId /*shard*/) override {
    while (!context_.client().GetRecords({}).ok()) {
    }
  }
};

// --- On demand -----------------------------------------------------------------------------------

class RetriesUntilTheStreamIsThere : public SampleReader {
  using SampleReader::SampleReader;
  std::optional<Shards> List() override {
    for (;;) {
      if (auto shards = SampleReader::List()) return shards;
      context_.Sleep(absl::Seconds(1));
    }
  }
};

class ThrowsWithoutAStream : public SampleReader {
  using SampleReader::SampleReader;
  std::optional<Shards> List() override {
    const auto summary =
        context_.client().DescribeStreamSummary({.stream_name = context_.stream_name()});
    if (!summary.ok()) throw std::runtime_error("the stream is gone");
    return SampleReader::List();
  }
};

class DoesNothingUnlessActive : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    const auto summary =
        context_.client().DescribeStreamSummary({.stream_name = context_.stream_name()});
    if (!summary.ok()) return;
    if (summary->stream_description_summary.stream_status != api::StreamStatus::kActive) {
      is_broken_ = true;  // "this is not my stream any more"
    }
    if (!is_broken_) SampleReader::Step();
  }

 private:
  bool is_broken_ = false;
};

class KeepsABrokenSubscription : public SampleSubscriber {
  using SampleSubscriber::SampleSubscriber;
  void OnFailedEvent(ShardId /*shard*/) override {}
};

class TakesTheEndOfASubscriptionForTheShards : public SampleSubscriber {
  using SampleSubscriber::SampleSubscriber;
  void OnEndOfSubscription(ShardId shard) override { context_.Save(KeyOf(shard), "done"); }
};

class ForwardsWithoutALook : public SampleReader {
  using SampleReader::SampleReader;
  void Handle(ShardId shard, const api::RecordList& records) override {
    std::vector<api::PutRecordsRequestEntry> entries;
    for (const api::Record& record : records) {
      entries.push_back({.data = record.data, .partition_key = record.partition_key});
    }
    const auto response = context_.client().PutRecords(
        {.stream_name = context_.output_stream_name(), .records = entries});
    if (!response.ok()) {
      iterators_.erase(shard);
      return;
    }
    context_.Save(KeyOf(shard), LastOf(records));  // and those of failed_record_count?
  }
  bool IsEnd(const api::GetRecordsResponse& page) override {
    return SampleReader::IsEnd(page) && page.records.empty();
  }
};

// Leases that do not run out: whoever dies takes his shards along.
class HoldsLeasesForEver : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId shard) override {
    const std::string key = "lease " + KeyOf(shard);
    const auto owner = context_.Load(key);
    if (owner && *owner != context_.worker_id()) return;
    if (!owner && !context_.SaveIf(key, std::nullopt, context_.worker_id())) return;
    SampleReader::ReadPage(shard);
  }
};

// Leases that run out, and are looked at before the page is read and not when it is written.
class LooksAtItsLeaseTooEarly : public SampleReader {
  using SampleReader::SampleReader;
  void ReadPage(ShardId shard) override {
    const std::string key = "lease " + KeyOf(shard);
    const auto lease = context_.Load(key);
    const auto until = lease ? std::stoll(lease->substr(lease->find(' ') + 1)) : 0;
    const bool is_mine = lease && lease->substr(0, lease->find(' ')) == context_.worker_id();
    if (!is_mine && absl::ToUnixSeconds(context_.Now()) < until) return;
    if (!is_mine) iterators_.erase(shard);
    const int64_t next = absl::ToUnixSeconds(context_.Now() + absl::Seconds(20));
    if (!context_.SaveIf(key, lease, context_.worker_id() + " " + std::to_string(next))) return;
    SampleReader::ReadPage(shard);
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      context_.DeliverAndSave(record, KeyOf(shard), record.sequence_number.ToString());
    }
  }
};

// --- All of them ---------------------------------------------------------------------------------

struct WrongConsumer {
  const char* name;
  ConsumerFactory make;
  const char* problem;  // is part of what is said
  ExerciseOptions options = {};
};

void PrintTo(const WrongConsumer& consumer, std::ostream* out) { *out << consumer.name; }

ExerciseOptions With(Guarantee guarantee) { return {.guarantee = guarantee}; }
ExerciseOptions WithWorkers(Guarantee guarantee) {
  ExerciseOptions options{.guarantee = guarantee};
  options.scenario.workers = 2;
  return options;
}
ExerciseOptions With(bool ScenarioOptions::*what) {
  ExerciseOptions options;
  options.scenario.*what = true;
  return options;
}
ExerciseOptions WithOutput() {
  ExerciseOptions options;
  options.in_order_per_key = false;
  options.output_stream = true;
  return options;
}

constexpr char kLost[] = "were never delivered";
constexpr char kTwice[] = "were delivered more than once";
constexpr char kInvented[] = "were delivered that are not stored";
constexpr char kOrder[] = "which is stored behind it";
constexpr char kEndless[] = "does not end: 10000 calls and effects";

std::vector<WrongConsumer> WrongConsumers() {
  const ExerciseOptions once = With(Guarantee::kExactlyOnce);
  return {
      {"SavesBeforeItDelivers", Make<SavesBeforeItDelivers>(), kLost},
      {"SavesAfterTheFirstOfAPage", Make<SavesAfterTheFirstOfAPage>(), kLost},
      {"NeverSaves", Make<NeverSaves>(), kTwice, once},
      {"KeepsOnePlaceForAllShards", Make<KeepsOnePlaceForAllShards>(), kLost},
      {"RemembersOnlyInMemory", Make<RemembersOnlyInMemory>(), kTwice, once},
      {"AtLeastOnce", Make<SampleReader>(), kTwice, once},
      {"Transactions", Make<Transactions>(), kTwice, With(Guarantee::kExactlyOnceByData)},
      {"CollectsByCountAlone", Make<CollectsByCountAlone>(), kLost},
      {"BeginsAtLatest", Make<BeginsAtLatest>(), kLost},
      {"GoesOnAtLatestWhenExpired", Make<GoesOnAtLatestWhenExpired>(), kLost},
      {"GoesOnAtTheLastRecord", Make<GoesOnAtTheLastRecord>(), kTwice, once},
      {"GoesOnAMillisecondLater", Make<GoesOnAMillisecondLater>(), kLost},
      {"GoesOnAtLatestWithoutItsToken", Make<GoesOnAtLatestWithoutItsToken>(), kLost},
      {"TakesAnEmptyPageForTheEnd", Make<TakesAnEmptyPageForTheEnd>(), kLost},
      {"TakesAShortPageForTheEnd", Make<TakesAShortPageForTheEnd>(), kLost},
      {"TakesTheTipForTheEnd", Make<TakesTheTipForTheEnd>(), kLost},
      {"LosesTheLastPage", Make<LosesTheLastPage>(), kLost},
      {"ReadsChildrenAtOnce", Make<ReadsChildrenAtOnce>(), kOrder},
      {"ForgetsTheOtherParent", Make<ForgetsTheOtherParent>(), kOrder},
      {"ReadsTheFirstShard", Make<ReadsTheFirstShard>(), kLost},
      {"ListsOnce", Make<ListsOnce>(), kLost},
      {"ReadsOpenShards", Make<ReadsOpenShards>(), kLost},
      {"DeliversBackwards", Make<DeliversBackwards>(), kOrder},
      {"ChangesData", Make<ChangesData>(), kInvented},
      {"SkipsWhatItTakesForARepetition", Make<SkipsWhatItTakesForARepetition>(), kLost},
      {"GivesUpAfterThreeFailures", Make<GivesUpAfterThreeFailures>(), kLost},
      {"SkipsAPageThatFails", Make<SkipsAPageThatFails>(), kLost},
      {"UsesAnExpiredIteratorForEver", Make<UsesAnExpiredIteratorForEver>(), kLost},
      {"BacksOffForEver", Make<BacksOffForEver>(), kLost},
      {"HasAHeartbeatAndNothingElse", Make<HasAHeartbeatAndNothingElse>(), kLost},
      {"DoesNothing", Make<DoesNothing>(), kLost},
      {"ThrowsOnAFailure", Make<ThrowsOnAFailure>(), "Step() of the consumer threw: Bad StatusOr"},
      {"ThrowsANumber", Make<ThrowsANumber>(), "threw something that is no std::exception"},
      {"ThrowsWhenItIsMade", Make<ThrowsWhenItIsMade>(),
       "the constructor of the consumer threw: no shards to be had"},
      {"WaitsForRecordsWithinItsStep", Make<WaitsForRecordsWithinItsStep>(), kEndless},
      {"CatchesAllAndTriesAgain", Make<CatchesAllAndTriesAgain>(), kEndless},
      {"DeliversForEver", Make<DeliversForEver>(), kEndless},
      {"LooksForASavedValueForEver", Make<LooksForASavedValueForEver>(), kEndless},
      {"CallsWithoutAnIteratorForEver", Make<CallsWithoutAnIteratorForEver>(), kEndless},
      // On demand.
      {"ListsOnePage", Make<ListsOnePage>(), kLost, With(&ScenarioOptions::pages)},
      {"WaitsForParentsThatAreGone", Make<WaitsForParentsThatAreGone>(), kLost,
       With(&ScenarioOptions::expiry)},
      {"RetriesUntilTheStreamIsThere", Make<RetriesUntilTheStreamIsThere>(), kEndless,
       With(&ScenarioOptions::deletion)},
      {"ThrowsWithoutAStream", Make<ThrowsWithoutAStream>(), "threw: the stream is gone",
       With(&ScenarioOptions::deletion)},
      {"DoesNothingUnlessActive", Make<DoesNothingUnlessActive>(), kLost,
       With(&ScenarioOptions::updates)},
      {"KeepsABrokenSubscription", Make<KeepsABrokenSubscription>(), kLost,
       With(&ScenarioOptions::subscriptions)},
      {"TakesTheEndOfASubscriptionForTheShards", Make<TakesTheEndOfASubscriptionForTheShards>(),
       kLost, With(&ScenarioOptions::subscriptions)},
      {"ThrowsOnAnyFailure", Make<ThrowsWithoutAStream>(), "threw: the stream is gone",
       With(&ScenarioOptions::every_call)},
      {"ForwardsWithoutALook", Make<ForwardsWithoutALook>(), kLost, WithOutput()},
      {"HoldsLeasesForEver", Make<HoldsLeasesForEver>(), kLost,
       WithWorkers(Guarantee::kAtLeastOnce)},
      {"LooksAtItsLeaseTooEarly", Make<LooksAtItsLeaseTooEarly>(), kTwice,
       WithWorkers(Guarantee::kExactlyOnce)},
  };
}

class WrongConsumerTest : public ::testing::TestWithParam<WrongConsumer> {};

TEST_P(WrongConsumerTest, IsFoundAndCutDown) {
  const WrongConsumer& wrong = GetParam();
  const ExerciseResult result = ExerciseConsumer(wrong.make, wrong.options);
  ASSERT_FALSE(result.ok());
  RecordProperty("scenarios", static_cast<int>(result.scenarios));
  EXPECT_NE(result.problem.find(wrong.problem), std::string::npos) << result;
  EXPECT_LE(result.scenarios, 200U);
  EXPECT_LE(result.smallest->steps.size(), 10U) << result;
}

INSTANTIATE_TEST_SUITE_P(All, WrongConsumerTest, ::testing::ValuesIn(WrongConsumers()),
                         [](const auto& test) { return test.param.name; });

// --- Those that take the whole thread along ------------------------------------------------------

// Calls a function with the first page that it gets, instead of delivering it.
class DoesOnAPage : public SampleReader {
 public:
  DoesOnAPage(ConsumerContext& context, void (*what)()) : SampleReader(context), what_(what) {}

 private:
  void Handle(ShardId /*shard*/, const api::RecordList& /*records*/) override { what_(); }
  void (*const what_)();
};

void ThrowOutOfHere() { throw std::runtime_error("out of here"); }

ExerciseOptions Impatient() {
  ExerciseOptions options;
  options.step_time_max = absl::Milliseconds(100);
  return options;
}

// Each of these returns, with the seed, the scenario and what happened up to there.
void ExpectFound(const ExerciseResult& result, const std::string& problem) {
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.problem.find(problem), std::string::npos) << result;
  ASSERT_TRUE(result.smallest.has_value());
  EXPECT_GT(result.smallest->seed, 0U);
  EXPECT_NE(result.trace.find("GetRecords of shardId-"), std::string::npos) << result;
}

TEST(LostThreadTest, AConsumerThatLoopsWithoutACallIsLeftBehind) {
  const ExerciseResult result = ExerciseConsumer(Make<DoesOnAPage>(+[] {
                                                   for (volatile bool on = true; on;) {
                                                   }
                                                 }),
                                                 Impatient());
  ExpectFound(result, "has used 100ms of the processor without a call or an effect");
}

TEST(LostThreadTest, AConsumerThatSleepsInRealTimeForEverIsLeftBehind) {
  const ExerciseResult result = ExerciseConsumer(Make<DoesOnAPage>(+[] {
                                                   std::mutex mutex;
                                                   mutex.lock();
                                                   std::condition_variable nobody_notifies;
                                                   std::unique_lock lock(mutex, std::adopt_lock);
                                                   for (;;) nobody_notifies.wait(lock);
                                                 }),
                                                 Impatient());
  ExpectFound(result, "has slept for 300ms without a call or an effect");
}

TEST(LostThreadTest, AnExceptionOutOfANoexceptFunctionIsReported) {
  const ExerciseResult result =
      ExerciseConsumer(Make<DoesOnAPage>(+[]() noexcept { ThrowOutOfHere(); }));
  ExpectFound(result, "called std::terminate on an exception: out of here");
}

TEST(LostThreadTest, AnAbortIsReported) {
  const ExerciseResult result = ExerciseConsumer(Make<DoesOnAPage>(+[] { std::abort(); }));
  ExpectFound(result, "called abort()");
}

TEST(LostThreadTest, AStatusOrThatHoldsAnErrorIsReported) {
  const ExerciseResult result = ExerciseConsumer(Make<DoesOnAPage>(+[] {
    const absl::StatusOr<int> page = absl::InternalError("broken");
    static_cast<void>(*page);
  }));
  ExpectFound(result, "called abort()");
}

TEST(LostThreadDeathTest, ASignalThatEndsTheProcessLeavesTheSeedBehind) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(ExerciseConsumer(Make<DoesOnAPage>(+[] { std::raise(SIGSEGV); })),
               "KINESIS_TEST_SEED=[0-9]+ runs the scenario again");
}

}  // namespace
}  // namespace kinesis::testing
