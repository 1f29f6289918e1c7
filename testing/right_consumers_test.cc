// Consumers that are right, each in a way of its own: the exerciser has nothing to say against any.
// To report one of these is the first thing that an exerciser must not do.
#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/testing/consumer_exerciser.h"
#include "kinesis_core/testing/internal/sample_reader.h"
#include "kinesis_core/testing/internal/sample_subscriber.h"
#include "kinesis_core/testing/internal/sample_worker.h"

namespace kinesis::testing {
namespace {

using api::ErrorType;
using api::ShardIteratorType;

bool IsThrottle(const absl::Status& status) {
  return api::IsError(status, ErrorType::kProvisionedThroughputExceeded) ||
         api::IsError(status, ErrorType::kLimitExceeded);
}

// --- Time ----------------------------------------------------------------------------------------

// Leaves a shard alone for a while when a call about it fails, and keeps until when as a time.
class BacksOffByTime : public SampleReader {
 public:
  BacksOffByTime(ConsumerContext& context, absl::Duration time)
      : SampleReader(context), time_(time) {}

 protected:
  void ReadPage(ShardId shard) override {
    const auto found = not_before_.find(shard);
    if (found != not_before_.end() && context_.Now() < found->second) return;
    SampleReader::ReadPage(shard);
  }
  void OnError(ShardId shard, const absl::Status& /*status*/) override {
    not_before_[shard] = context_.Now() + time_;
  }

 private:
  const absl::Duration time_;
  std::map<ShardId, absl::Time> not_before_;
};

// The same for all shards at once, longer each time and without an end to it.
class DoublesItsBackOff : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    if (context_.Now() >= not_before_) SampleReader::Step();
  }

 protected:
  void OnError(ShardId /*shard*/, const absl::Status& status) override {
    if (!IsThrottle(status)) return;
    not_before_ = context_.Now() + time_;
    time_ *= 2;
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    time_ = absl::Seconds(1);
    SampleReader::Handle(shard, records);
  }

 private:
  absl::Duration time_ = absl::Seconds(1);
  absl::Time not_before_ = absl::InfinitePast();
};

// Sleeps within its step until the call succeeds, some times over.
class SleepsAndTriesAgain : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  std::optional<Shards> List() override {
    for (int i = 0; i < 5; ++i) {
      if (auto shards = SampleReader::List()) return shards;
      context_.Sleep(absl::Seconds(1 << i));
    }
    return std::nullopt;
  }
  void OnError(ShardId shard, const absl::Status& status) override {
    if (!IsThrottle(status)) return;
    WaitEvent nobody_notifies;  // the engine's clock, as code that does not know the exerciser
    Clock& clock = context_.client().engine().clock();
    clock.Wait(nobody_notifies, clock.Now() + absl::Seconds(3));
    if (++retries_ % 4 != 0) ReadPage(shard);
  }

 private:
  int retries_ = 0;
};

// Polls a shard once a minute, however often it is stepped.
class PollsOnceAMinute : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  void ReadPage(ShardId shard) override {
    absl::Time& next = next_.try_emplace(shard, absl::InfinitePast()).first->second;
    if (context_.Now() < next) return;
    next = context_.Now() + absl::Minutes(1);
    SampleReader::ReadPage(shard);
  }

 private:
  std::map<ShardId, absl::Time> next_;
};

// --- How much at a time --------------------------------------------------------------------------

// Reads each shard to its tip in one step.
class DrainsInOneStep : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  void ReadPage(ShardId shard) override {
    do {
      count_ = 0;
      SampleReader::ReadPage(shard);
    } while (count_ != 0 && !IsDone(shard));
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    count_ = records.size();
    SampleReader::Handle(shard, records);
  }

 private:
  size_t count_ = 0;
};

// One shard a step, one record a page, and no iterator kept from one to the next.
class OneRecordAtATime : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    const std::optional<Shards> shards = List();
    if (!shards || shards->empty()) return;
    const api::Shard& shard = (*shards)[turn_++ % shards->size()];
    if (IsDone(shard.shard_id) || !MayBegin(shard, *shards)) return;
    const auto iterator = context_.client().GetShardIterator(StartOf(shard.shard_id));
    if (!iterator.ok()) return;
    const auto page =
        context_.client().GetRecords({.shard_iterator = iterator->shard_iterator, .limit = 1});
    if (!page.ok()) return;
    if (!page->records.empty()) Handle(shard.shard_id, page->records);
    if (!page->next_shard_iterator) context_.Save(KeyOf(shard.shard_id), "done");
  }

 private:
  size_t turn_ = 0;
};

// Collects records and hands them on when there are ten, or when the oldest has waited a minute;
// only then it saves how far it came. It flushes at the end of a scope, as such code does.
class CollectsBatches : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    const Flusher flusher(*this);
    SampleReader::Step();
  }

 protected:
  void Handle(ShardId shard, const api::RecordList& records) override {
    if (pending_.empty()) since_ = context_.Now();
    for (const api::Record& record : records) {
      pending_.push_back({shard, record.sequence_number,
                          std::string(record.partition_key.value_or("")),
                          std::string(record.data)});
    }
  }
  // "done" comes behind all that is pending of the shard.
  bool IsEnd(const api::GetRecordsResponse& page) override {
    if (!SampleReader::IsEnd(page)) return false;
    Flush();
    return true;
  }

 private:
  struct Pending {
    ShardId shard;
    SequenceNumber number;
    std::string key;
    std::string data;
  };
  class Flusher {
   public:
    explicit Flusher(CollectsBatches& reader) : reader_(reader) {}
    Flusher(const Flusher&) = delete;
    Flusher& operator=(const Flusher&) = delete;
    ~Flusher() {
      const bool is_old =
          !reader_.pending_.empty() && reader_.context_.Now() - reader_.since_ >= absl::Minutes(1);
      if (is_old || reader_.pending_.size() >= 10) reader_.Flush();
    }

   private:
    CollectsBatches& reader_;
  };

  void Flush() {
    std::map<ShardId, SequenceNumber> last;
    for (const Pending& pending : pending_) {
      api::Record record;
      record.sequence_number = pending.number;
      record.partition_key = pending.key;
      record.data = pending.data;
      context_.Deliver(record);
      last[pending.shard] = pending.number;
    }
    for (const auto& [shard, number] : last) context_.Save(KeyOf(shard), number.ToString());
    pending_.clear();
  }

  std::vector<Pending> pending_;
  absl::Time since_;
};

// --- What is kept --------------------------------------------------------------------------------

// Each record and how far it came, as one.
class Transactions : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      context_.DeliverAndSave(record, KeyOf(shard), record.sequence_number.ToString());
    }
  }
};

// Keeps which records it has seen and not how far it came: after a restart it reads all again, and
// for a long time there is nothing new in it. By number, or by data.
class KeepsWhatItSaw : public SampleReader {
 public:
  KeepsWhatItSaw(ConsumerContext& context, bool by_data)
      : SampleReader(context), by_data_(by_data) {}
  void Step() override {  // a single page, of one shard
    const std::optional<Shards> shards = List();
    if (!shards || shards->empty()) return;
    const api::Shard& shard = (*shards)[turn_++ % shards->size()];
    if (!done_.contains(shard.shard_id) && MayBegin(shard, *shards)) ReadPage(shard.shard_id);
  }

 protected:
  bool MayBegin(const api::Shard& shard, const Shards& all) override {
    return std::none_of(all.begin(), all.end(), [&](const api::Shard& other) {
      return IsParent(other, shard) && !done_.contains(other.shard_id);
    });
  }
  void ReadPage(ShardId shard) override {
    if (!iterators_.contains(shard)) {
      const auto response =
          context_.client().GetShardIterator(Start(shard, ShardIteratorType::kTrimHorizon));
      if (!response.ok()) return;
      iterators_.insert_or_assign(shard, response->shard_iterator);
    }
    const auto page =
        context_.client().GetRecords({.shard_iterator = iterators_.at(shard), .limit = 1});
    if (!page.ok()) {
      if (api::IsError(page.status(), ErrorType::kExpiredIterator)) iterators_.erase(shard);
      return;
    }
    for (const api::Record& record : page->records) {
      const std::string seen =
          by_data_ ? std::string(record.data) : record.sequence_number.ToString();
      if (!context_.Load(seen)) context_.DeliverAndSave(record, seen, "seen");
    }
    if (page->next_shard_iterator) {
      iterators_.insert_or_assign(shard, *page->next_shard_iterator);
    } else {
      done_.insert(shard);
    }
  }

 private:
  const bool by_data_;
  size_t turn_ = 0;
  std::set<ShardId> done_;
};

// Keeps the iterator itself, as text, and goes on with it after a restart unless it has expired.
class KeepsTokens : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  std::optional<api::ShardIterator> FindIterator(ShardId shard) override {
    if (!iterators_.contains(shard) && !expired_.contains(shard)) {
      const std::optional<std::string> token = context_.Load("token " + KeyOf(shard));
      if (token) return api::ShardIterator(*token);
    }
    return SampleReader::FindIterator(shard);
  }
  void OnError(ShardId shard, const absl::Status& status) override {
    if (api::IsError(status, ErrorType::kExpiredIterator)) expired_.insert(shard);
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    SampleReader::Handle(shard, records);
    expired_.erase(shard);
    context_.Save("token " + KeyOf(shard), iterators_.at(shard).ToString());
  }

 private:
  std::set<ShardId> expired_;
};

// Keeps when the last record arrived and which of that millisecond it has seen.
class KeepsTimes : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    const std::optional<std::string> kept = context_.Load(KeyOf(shard));
    if (!kept) return SampleReader::StartOf(shard);
    auto request = Start(shard, ShardIteratorType::kAtTimestamp);
    request.timestamp = absl::FromUnixMillis(std::stoll(*kept));  // up to the blank
    return request;
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      const std::string number = record.sequence_number.ToString();
      const std::optional<std::string> kept = context_.Load(KeyOf(shard));
      if (kept && kept->substr(kept->find(' ') + 1) >= number) continue;
      const int64_t millis = absl::ToUnixMillis(*record.approximate_arrival_timestamp);
      context_.DeliverAndSave(record, KeyOf(shard), std::to_string(millis) + " " + number);
    }
  }
};

// Writes something at every step.
class HasAHeartbeat : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    context_.Save("heartbeat", absl::FormatTime(context_.Now()));
    SampleReader::Step();
  }
};

// --- How it finds its way ------------------------------------------------------------------------

// Lists shards as in 2015.
class DescribesTheStream : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  std::optional<Shards> List() override {
    Shards shards;
    api::DescribeStreamPages pages(context_.client(), {.stream_name = context_.stream_name()});
    for (const api::DescribeStreamResponse& page : pages) {
      const auto& of_page = page.stream_description.shards;
      shards.insert(shards.end(), of_page.begin(), of_page.end());
    }
    if (!pages.status().ok()) return std::nullopt;
    return shards;
  }
};

// Does not list again: the end of a shard names those that come after it. What it has found out it
// keeps, so that a restart does not begin with the list of today.
class FollowsChildren : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    if (!context_.Load("roots")) {
      const std::optional<Shards> shards = List();
      if (!shards) return;
      for (const api::Shard& shard : *shards) {
        if (MayBegin(shard, *shards)) AddToOpen(shard.shard_id);
      }
      context_.Save("roots", "known");
    }
    std::istringstream open(context_.Load("open").value_or(""));
    uint32_t index = 0;
    while (open >> index) {
      if (!IsDone(ShardId(index))) ReadPage(ShardId(index));
    }
  }

 protected:
  bool IsEnd(const api::GetRecordsResponse& page) override {
    if (!page.child_shards) return false;
    // A merge has two parents, and is begun by the one that is done last.
    for (const api::ChildShard& child : *page.child_shards) {
      size_t done = 0;
      for (const ShardId parent : child.parent_shards) done += IsDone(parent) ? 1 : 0;
      if (done + 1 >= child.parent_shards.size()) AddToOpen(child.shard_id);
    }
    return true;
  }

 private:
  void AddToOpen(ShardId shard) {
    const std::string open = context_.Load("open").value_or("");
    context_.Save("open", open + std::to_string(shard.index()) + " ");
  }
};

// Reads the engine itself, beside the client.
class ReadsTheEngine : public Consumer {
 public:
  explicit ReadsTheEngine(ConsumerContext& context) : context_(context) {}

  void Step() override {
    const auto stream = context_.client().engine().OpenStream(context_.stream_name());
    if (!stream.ok()) return;
    for (const Shard& shard : stream->ListShards()) Read(shard);
  }

 private:
  bool IsDone(ShardId shard) const { return context_.Load(shard.ToString()) == "done"; }
  void Read(const Shard& shard) {
    const std::string key = shard.id().ToString();
    if (IsDone(shard.id())) return;
    for (const ShardId parent : shard.parents()) {
      if (!IsDone(parent)) return;
    }
    const std::optional<std::string> kept = context_.Load(key);
    auto iterator = shard.CreateIterator(
        kept ? IteratorStart::AfterSequenceNumber(SequenceNumber::Parse(*kept).value())
             : IteratorStart::TrimHorizon());
    if (!iterator.ok()) return;
    const auto batch = iterator->Read();
    if (!batch.ok()) return;
    for (const RecordView& view : *batch) {
      api::Record record;
      record.sequence_number = view.sequence_number;
      record.data = view.data;
      record.partition_key = view.partition_key;
      context_.DeliverAndSave(record, key, view.sequence_number.ToString());
    }
    if (batch->end_of_shard()) context_.Save(key, "done");
  }

  ConsumerContext& context_;
};

// --- Several, and those who pass on --------------------------------------------------------------

// A lease for each shard: "owner until-when place". Whoever holds it reads; one that has run out is
// anybody's. Every write is conditional upon what was read, so that one who was held up and has
// lost his lease meanwhile changes nothing.
class HoldsLeases : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  bool MayBegin(const api::Shard& shard, const Shards& all) override {
    return std::none_of(all.begin(), all.end(), [&](const api::Shard& other) {
      return IsParent(other, shard) && PlaceOf(other.shard_id) != "done";
    });
  }
  void ReadPage(ShardId shard) override {
    const std::string key = LeaseOf(shard);
    std::optional<std::string> lease = context_.Load(key);
    Lease now = Parse(lease);
    if (now.place == "done") return;
    const bool is_mine = now.owner == context_.worker_id();
    if (!is_mine && absl::ToUnixSeconds(context_.Now()) < now.until) return;
    if (!is_mine) iterators_.erase(shard);
    now.owner = context_.worker_id();
    now.until = absl::ToUnixSeconds(context_.Now() + absl::Seconds(20));
    const std::string taken = TextOf(now);
    if (!context_.SaveIf(key, lease, taken)) return;
    held_ = taken;
    SampleReader::ReadPage(shard);
  }
  api::GetShardIteratorRequest StartOf(ShardId shard) override {
    const std::string place = Parse(held_).place;
    if (place == "-") return Start(shard, ShardIteratorType::kTrimHorizon);
    auto request = Start(shard, ShardIteratorType::kAfterSequenceNumber);
    request.starting_sequence_number = place;
    return request;
  }
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      Lease next = Parse(held_);
      next.place = record.sequence_number.ToString();
      if (!context_.DeliverAndSaveIf(record, LeaseOf(shard), held_, TextOf(next))) {
        iterators_.erase(shard);
        lost_ = true;
        return;
      }
      held_ = TextOf(next);
    }
  }
  bool IsEnd(const api::GetRecordsResponse& page) override {
    if (std::exchange(lost_, false) || !SampleReader::IsEnd(page)) return false;
    const std::string before = held_;
    Lease next = Parse(held_);
    next.place = "done";
    const ShardId shard = reading_;
    context_.SaveIf(LeaseOf(shard), before, TextOf(next));
    return false;  // said already
  }
  std::optional<api::ShardIterator> FindIterator(ShardId shard) override {
    reading_ = shard;
    return SampleReader::FindIterator(shard);
  }

 private:
  struct Lease {
    std::string owner = "nobody";
    int64_t until = 0;
    std::string place = "-";
  };
  static std::string LeaseOf(ShardId shard) { return "lease " + shard.ToString(); }
  static Lease Parse(const std::optional<std::string>& text) {
    Lease lease;
    if (text) std::istringstream(*text) >> lease.owner >> lease.until >> lease.place;
    return lease;
  }
  static std::string TextOf(const Lease& lease) {
    return lease.owner + " " + std::to_string(lease.until) + " " + lease.place;
  }
  std::string PlaceOf(ShardId shard) { return Parse(context_.Load(LeaseOf(shard))).place; }

  std::string held_;
  ShardId reading_;
  bool lost_ = false;
};

// Puts what it reads into the output stream, one record after the other.
class ForwardsSingly : public SampleReader {
 public:
  using SampleReader::SampleReader;

 protected:
  void Handle(ShardId shard, const api::RecordList& records) override {
    for (const api::Record& record : records) {
      const auto put = context_.client().PutRecord({.stream_name = context_.output_stream_name(),
                                                    .data = record.data,
                                                    .partition_key = record.partition_key});
      if (!put.ok()) {
        iterators_.erase(shard);  // from the last one that was put, at the next step
        return;
      }
      context_.Save(KeyOf(shard), record.sequence_number.ToString());
    }
  }
  // Not while the page has not been put.
  bool IsEnd(const api::GetRecordsResponse& page) override {
    if (!SampleReader::IsEnd(page)) return false;
    return page.records.empty() ||
           context_.Load(KeyOf(ShardId(page.records[0].sequence_number.shard_index()))) ==
               LastOf(page.records);
  }
};

// The same by PutRecords, and puts again those of a page that have failed, until none has.
class ForwardsPages : public ForwardsSingly {
 public:
  using ForwardsSingly::ForwardsSingly;

 protected:
  void Handle(ShardId shard, const api::RecordList& records) override {
    std::vector<api::PutRecordsRequestEntry> left;
    for (const api::Record& record : records) {
      left.push_back({.data = record.data, .partition_key = record.partition_key});
    }
    for (int i = 0; i < 10 && !left.empty(); ++i) {
      if (i != 0) context_.Sleep(absl::Seconds(1));
      const auto response = context_.client().PutRecords(
          {.stream_name = context_.output_stream_name(), .records = left});
      if (!response.ok()) continue;
      std::vector<api::PutRecordsRequestEntry> failed;
      for (size_t j = 0; j < left.size(); ++j) {
        if (response->records[j].error_code) failed.push_back(left[j]);
      }
      left = std::move(failed);
    }
    if (left.empty()) {
      context_.Save(KeyOf(shard), LastOf(records));
    } else {
      iterators_.erase(shard);
    }
  }
};

// Throws wherever it can, and catches it.
class ThrowsAndCatches : public SampleReader {
 public:
  using SampleReader::SampleReader;
  void Step() override {
    try {
      SampleReader::Step();
    } catch (const std::exception&) {
      iterators_.clear();
    }
  }

 protected:
  std::optional<Shards> List() override {
    return context_.client().ListShards({.stream_name = context_.stream_name()}).value().shards;
  }
  void OnError(ShardId /*shard*/, const absl::Status& status) override {
    absl::StatusOr<int>(status).value();
  }
};

// --- All of them ---------------------------------------------------------------------------------

struct RightConsumer {
  const char* name;
  ConsumerFactory make;
  Guarantee guarantee = Guarantee::kAtLeastOnce;
  // Lists one page of shards only, or believes that a stream is there for ever.
  bool everything = true;
  uint64_t workers = 1;
  bool forwards = false;
  bool in_order = true;
};

void PrintTo(const RightConsumer& consumer, std::ostream* out) { *out << consumer.name; }

std::vector<RightConsumer> RightConsumers() {
  const Guarantee once = Guarantee::kExactlyOnce;
  const Guarantee by_data = Guarantee::kExactlyOnceByData;
  return {
      {"SampleReader", Make<SampleReader>()},
      {"BacksOff10s", Make<BacksOffByTime>(absl::Seconds(10))},
      {"BacksOff30s", Make<BacksOffByTime>(absl::Seconds(30))},
      {"BacksOff20Minutes", Make<BacksOffByTime>(absl::Minutes(20))},
      {"DoublesItsBackOff", Make<DoublesItsBackOff>()},
      {"SleepsAndTriesAgain", Make<SleepsAndTriesAgain>()},
      {"PollsOnceAMinute", Make<PollsOnceAMinute>()},
      {"DrainsInOneStep", Make<DrainsInOneStep>()},
      {"OneRecordAtATime", Make<OneRecordAtATime>()},
      {"CollectsBatches", Make<CollectsBatches>()},
      {"Transactions", Make<Transactions>(), once},
      {"KeepsWhatItSawByNumber", Make<KeepsWhatItSaw>(false), once},
      {"KeepsWhatItSawByData", Make<KeepsWhatItSaw>(true), by_data},
      {"KeepsTokens", Make<KeepsTokens>()},
      {"KeepsTimes", Make<KeepsTimes>(), once},
      {"HasAHeartbeat", Make<HasAHeartbeat>()},
      {"DescribesTheStream", Make<DescribesTheStream>()},
      {"FollowsChildren", Make<FollowsChildren>(), Guarantee::kAtLeastOnce, false},
      {"ReadsTheEngine", Make<ReadsTheEngine>(), once, false},
      {"Subscribes", Make<SampleSubscriber>()},
      {"LeasesOfOne", Make<HoldsLeases>(), once},
      {"LeasesOfTwo", Make<HoldsLeases>(), once, true, 2},
      {"LeasesOfFour", Make<HoldsLeases>(), once, true, 4},
      {"TwoWithoutLeases", Make<SampleReader>(), Guarantee::kAtLeastOnce, true, 2},
      {"TwoThatSubscribe", Make<SampleSubscriber>(), Guarantee::kAtLeastOnce, true, 2},
      {"TwoWorkersThatPoll", Make<SampleWorker>(false), Guarantee::kAtLeastOnce, true, 2},
      {"TwoWorkersThatSubscribe", Make<SampleWorker>(true), Guarantee::kAtLeastOnce, true, 2},
      {"ThreeWorkersThatPoll", Make<SampleWorker>(false), Guarantee::kAtLeastOnce, true, 3},
      {"ForwardsSingly", Make<ForwardsSingly>(), Guarantee::kAtLeastOnce, true, 1, true},
      {"ForwardsPages", Make<ForwardsPages>(), Guarantee::kAtLeastOnce, true, 1, true, false},
      {"ThrowsAndCatches", Make<ThrowsAndCatches>(), Guarantee::kAtLeastOnce, false},
  };
}

class RightConsumerTest : public ::testing::TestWithParam<RightConsumer> {
 protected:
  static ExerciseOptions Options() {
    ExerciseOptions options{.guarantee = GetParam().guarantee, .scenarios = 100};
    options.in_order_per_key = GetParam().in_order;
    options.output_stream = GetParam().forwards;
    options.scenario.workers = GetParam().workers;
    return options;
  }
};

TEST_P(RightConsumerTest, PassesWhatEveryConsumerLivesWith) {
  const ExerciseResult result = ExerciseConsumer(GetParam().make, Options());
  EXPECT_TRUE(result.ok()) << result;
  EXPECT_GT(result.scenarios, 0U);
}

TEST_P(RightConsumerTest, PassesEverythingElseAsWell) {
  if (!GetParam().everything) GTEST_SKIP() << "does not promise it";
  ExerciseOptions options = Options();
  options.scenario = ScenarioOptions::Everything();
  options.scenario.workers = GetParam().workers;
  const ExerciseResult result = ExerciseConsumer(GetParam().make, options);
  EXPECT_TRUE(result.ok()) << result;
}

INSTANTIATE_TEST_SUITE_P(All, RightConsumerTest, ::testing::ValuesIn(RightConsumers()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace kinesis::testing
