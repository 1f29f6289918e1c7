#include "kinesis_core/api/producer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/back_off.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/internal/utf8.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::api {
namespace internal {
namespace {

constexpr size_t kKeyCharactersMax = 256;
constexpr size_t kPutRecordsCountMax = 500;

// A record as the user gave it.
struct Gathered {
  uint64_t number;
  std::string partition_key;
  std::string data;
  std::optional<HashKey> explicit_hash_key;
  HashKey hash_key;

  AggregatedEntry entry() const { return {partition_key, data, explicit_hash_key}; }
};

// Records that are one of the stream.
struct Parcel {
  ShardId shard;  // where they should go
  std::vector<Gathered> records;
  RecordAggregator aggregator;  // has all of them
};

// What is gathered for a shard, and since when.
struct OpenParcel {
  Parcel parcel;
  absl::Time since;  // by SteadyTime
};

// The open shards by the last key of their range.
using ShardMap = std::map<HashKey, ShardId>;

absl::Status CheckOptions(const ProducerOptions& options) {
  if (options.stream_name.empty() && options.stream_arn.empty()) {
    return absl::InvalidArgumentError("stream_name or stream_arn must be given");
  }
  const auto at_least_one = [](std::string_view name, size_t value) {
    return value >= 1 ? absl::OkStatus()
                      : absl::InvalidArgumentError(std::string(name) + " must be at least 1");
  };
  KC_RETURN_IF_ERROR(at_least_one("aggregate_bytes_max", options.aggregate_bytes_max));
  KC_RETURN_IF_ERROR(at_least_one("aggregate_count_max", options.aggregate_count_max));
  KC_RETURN_IF_ERROR(at_least_one("collection_bytes_max", options.collection_bytes_max));
  KC_RETURN_IF_ERROR(at_least_one("record_bytes_max", options.record_bytes_max));
  if (options.collection_count_max < 1 || options.collection_count_max > kPutRecordsCountMax) {
    return absl::InvalidArgumentError("collection_count_max must be 1 to 500, and is " +
                                      std::to_string(options.collection_count_max));
  }
  if (options.linger < absl::ZeroDuration()) {
    return absl::InvalidArgumentError("linger must not be negative");
  }
  return absl::OkStatus();
}

absl::Status CheckRecord(const AggregatedEntry& record, size_t bytes_max) {
  const std::optional<size_t> characters = kinesis::internal::CountCodePoints(record.partition_key);
  if (!characters) return absl::InvalidArgumentError("partition_key must be UTF-8");
  if (*characters < 1 || *characters > kKeyCharactersMax) {
    return absl::InvalidArgumentError("partition_key must have 1 to 256 characters, and has " +
                                      std::to_string(*characters));
  }
  const size_t size = record.partition_key.size() + record.data.size();
  if (size > bytes_max) {
    return absl::InvalidArgumentError("partition_key and data must have at most " +
                                      std::to_string(bytes_max) + " bytes, and have " +
                                      std::to_string(size));
  }
  return absl::OkStatus();
}

}  // namespace

// Locks: sending_ before gathering_. Whoever sends holds the first, so that parcels go out in the
// order in which they were closed, and takes the second for moments alone.
class ProducerCore {
 public:
  ProducerCore(Client& client, ProducerOptions options)
      : client_(client), options_(std::move(options)), time_(client.clock()) {}

  ~ProducerCore() {
    CloseAll(absl::ZeroDuration());
    const MutexLock lock(gathering_);
    for (const Parcel& parcel : closed_) {
      Tell(parcel, absl::CancelledError("the producer was destroyed before it sent the record"));
    }
  }

  absl::StatusOr<uint64_t> Put(const AggregatedEntry& record) {
    KC_RETURN_IF_ERROR(CheckRecord(record, options_.record_bytes_max));
    KC_RETURN_IF_ERROR(LearnShards(/*again=*/false));
    uint64_t number = 0;
    bool is_full = false;
    {
      const MutexLock lock(gathering_);
      number = next_number_++;
      Gather({number, std::string(record.partition_key), std::string(record.data),
              record.explicit_hash_key, record.hash_key()});
      is_full = CollectionIsFull();
    }
    if (is_full) Send(/*all=*/false).IgnoreError();
    return number;
  }

  absl::Status Pump() {
    CloseAll(options_.linger);
    return Send(/*all=*/true);
  }

  absl::Status Flush() {
    CloseAll(absl::ZeroDuration());
    return Send(/*all=*/true);
  }

  absl::Time NextPump() const {
    const MutexLock lock(gathering_);
    if (!closed_.empty()) return absl::InfinitePast();
    absl::Time next = absl::InfiniteFuture();
    for (const auto& [shard, open] : open_) next = std::min(next, open.since + options_.linger);
    return time_.OnClock(next);
  }

 private:
  // --- Gathering

  absl::Status LearnShards(bool again) {
    if (!again) {
      const MutexLock lock(gathering_);
      if (!shards_.empty()) return absl::OkStatus();
    }
    ListShardsRequest request;
    if (!options_.stream_name.empty()) request.stream_name = options_.stream_name;
    if (!options_.stream_arn.empty()) request.stream_arn = options_.stream_arn;
    ShardMap shards;
    ListShardsPages pages(client_, request);
    for (const ListShardsResponse& page : pages) {
      for (const Shard& shard : page.shards) {
        if (shard.sequence_number_range.ending_sequence_number) continue;
        shards[shard.hash_key_range.ending_hash_key] = shard.shard_id;
      }
    }
    KC_RETURN_IF_ERROR(pages.status());
    if (shards.empty()) return absl::NotFoundError("the stream has no open shard");
    const MutexLock lock(gathering_);
    shards_ = std::move(shards);
    return absl::OkStatus();
  }

  // Requires: shards are known.
  ShardId ShardOf(HashKey key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(gathering_) {
    const auto at = shards_.lower_bound(key);
    return at == shards_.end() ? shards_.rbegin()->second : at->second;
  }

  void Gather(Gathered record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(gathering_) {
    const ShardId shard = ShardOf(record.hash_key);
    const AggregatedEntry entry = record.entry();
    OpenParcel& open = open_.try_emplace(shard).first->second;
    if (!open.parcel.records.empty() && !Fits(open.parcel.aggregator, entry)) Close(open);
    if (open.parcel.records.empty()) {
      open.parcel.shard = shard;
      open.since = time_.Now();
    }
    open.parcel.aggregator.Add(entry);
    open.parcel.records.push_back(std::move(record));
    const RecordAggregator& gathered = open.parcel.aggregator;
    if (!options_.aggregate || gathered.size_bytes() >= options_.aggregate_bytes_max ||
        gathered.count() >= options_.aggregate_count_max) {
      Close(open);
    }
  }

  bool Fits(const RecordAggregator& gathered, const AggregatedEntry& entry) const {
    return gathered.count() < options_.aggregate_count_max &&
           gathered.SizeWith(entry) <= options_.aggregate_bytes_max;
  }

  void Close(OpenParcel& open) ABSL_EXCLUSIVE_LOCKS_REQUIRED(gathering_) {
    closed_bytes_ += open.parcel.aggregator.size_bytes();
    closed_.push_back(std::exchange(open.parcel, {}));
  }

  // Those that have waited for `linger`.
  void CloseAll(absl::Duration linger) {
    const MutexLock lock(gathering_);
    const absl::Time before = time_.Now() - linger;
    for (auto at = open_.begin(); at != open_.end();) {
      OpenParcel& open = at->second;
      if (!open.parcel.records.empty() && open.since > before) {
        ++at;
        continue;
      }
      if (!open.parcel.records.empty()) Close(open);
      at = open_.erase(at);
    }
  }

  bool CollectionIsFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(gathering_) {
    return closed_.size() >= options_.collection_count_max ||
           closed_bytes_ >= options_.collection_bytes_max;
  }

  // The next collection; empty if there is none that is full, or none at all.
  std::vector<Parcel> TakeCollection(bool all) {
    const MutexLock lock(gathering_);
    std::vector<Parcel> collection;
    if (!all && !CollectionIsFull()) return collection;
    size_t bytes = 0;
    while (!closed_.empty() && collection.size() < options_.collection_count_max) {
      const size_t more = closed_.front().aggregator.size_bytes();
      if (!collection.empty() && bytes + more > options_.collection_bytes_max) break;
      bytes += more;
      closed_bytes_ -= more;
      collection.push_back(std::move(closed_.front()));
      closed_.pop_front();
    }
    return collection;
  }

  // --- Sending

  absl::Status Send(bool all) {
    const MutexLock lock(sending_);
    absl::Status first;
    for (;;) {
      std::vector<Parcel> collection = TakeCollection(all);
      if (collection.empty()) return first;
      const absl::Status status = SendCollection(std::move(collection));
      if (first.ok()) first = status;
      // What has to be put again was gathered again, with what else is there.
      if (std::exchange(moved_, false) && all) CloseAll(absl::ZeroDuration());
    }
  }

  // The first error, or OK.
  absl::Status SendCollection(std::vector<Parcel> collection)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(sending_) {
    PutRecordsRequest request;
    if (!options_.stream_name.empty()) request.stream_name = options_.stream_name;
    if (!options_.stream_arn.empty()) request.stream_arn = options_.stream_arn;
    std::deque<std::string> aggregated;
    std::vector<std::string> order;
    request.records.emplace();
    for (Parcel& parcel : collection) {
      const Gathered& first = parcel.records[0];
      PutRecordsRequestEntry& entry = request.records->emplace_back();
      entry.partition_key = first.partition_key;
      order.push_back(options_.aggregate ? parcel.shard.ToString() : first.partition_key);
      if (parcel.records.size() == 1) {
        entry.data = first.data;
        if (first.explicit_hash_key) entry.explicit_hash_key = *first.explicit_hash_key;
        continue;
      }
      entry.data = aggregated.emplace_back(parcel.aggregator.Finish());
      // Its own key may be another's: that of the first entry leads to the shard.
      entry.explicit_hash_key = first.hash_key;
    }
    const absl::StatusOr<PutRecordsResponse> answer =
        PutAllRecords(client_, request, options_.resend, order);
    if (!answer.ok()) {
      for (const Parcel& parcel : collection) Tell(parcel, answer.status());
      return answer.status();
    }
    return Settle(std::move(collection), *answer);
  }

  absl::Status Settle(std::vector<Parcel> collection, const PutRecordsResponse& answer)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(sending_) {
    absl::Status first;
    bool learned = false;
    for (size_t i = 0; i < collection.size(); ++i) {
      Parcel& parcel = collection[i];
      const PutRecordsResultEntry& result = answer.records[i];
      if (!result.sequence_number || !result.shard_id) {
        const absl::Status status = MakeError(result.error_code.value_or("InternalFailure"), 500,
                                              result.error_message.value_or(""));
        if (first.ok()) first = status;
        Tell(parcel, status);
        continue;
      }
      if (*result.shard_id != parcel.shard) {
        // A status is of the listing; the records are stored, and what is known stays in force.
        if (!learned) LearnShards(/*again=*/true).IgnoreError();
        learned = true;
        if (MustMove(parcel, *result.shard_id)) {
          GatherAgain(std::move(parcel));
          continue;
        }
      }
      Tell(parcel, absl::OkStatus(), &result);
    }
    return first;
  }

  // Whether records of the parcel are not of the shard that it is in, as a split or merge has come
  // between. The first entry led it there: where that does not hold, either, it is not hash keys
  // that decide (the stream's strategy is AUTO), and every shard is as good.
  bool MustMove(const Parcel& parcel, ShardId stored) {
    const MutexLock lock(gathering_);
    if (ShardOf(parcel.records[0].hash_key) != stored) return false;
    for (const Gathered& record : parcel.records) {
      if (ShardOf(record.hash_key) != stored) return true;
    }
    return false;
  }

  void GatherAgain(Parcel parcel) ABSL_EXCLUSIVE_LOCKS_REQUIRED(sending_) {
    const MutexLock lock(gathering_);
    for (Gathered& record : parcel.records) Gather(std::move(record));
    moved_ = true;
  }

  void Tell(const Parcel& parcel, const absl::Status& status,
            const PutRecordsResultEntry* stored = nullptr) const {
    if (!options_.on_result) return;
    ProducerResult result;
    result.status = status;
    if (stored != nullptr) {
      result.shard_id = *stored->shard_id;
      result.sequence_number = *stored->sequence_number;
    }
    for (const Gathered& record : parcel.records) {
      result.number = record.number;
      options_.on_result(result);
      if (stored != nullptr) ++result.subsequence_number;
    }
  }

  Client& client_;
  const ProducerOptions options_;

  Mutex sending_;
  // Records were gathered again while this was being sent.
  bool moved_ ABSL_GUARDED_BY(sending_) = false;

  mutable Mutex gathering_ ABSL_ACQUIRED_AFTER(sending_);
  SteadyTime time_ ABSL_GUARDED_BY(gathering_);
  ShardMap shards_ ABSL_GUARDED_BY(gathering_);
  std::map<ShardId, OpenParcel> open_ ABSL_GUARDED_BY(gathering_);
  std::deque<Parcel> closed_ ABSL_GUARDED_BY(gathering_);  // in the order in which they go out
  size_t closed_bytes_ ABSL_GUARDED_BY(gathering_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(gathering_) = 0;
};

}  // namespace internal

Producer::Producer(std::unique_ptr<internal::ProducerCore> core) : core_(std::move(core)) {}
Producer::~Producer() = default;

absl::StatusOr<std::unique_ptr<Producer>> Producer::Create(Client& client,
                                                           ProducerOptions options) {
  KC_RETURN_IF_ERROR(internal::CheckOptions(options));
  return std::unique_ptr<Producer>(
      new Producer(std::make_unique<internal::ProducerCore>(client, std::move(options))));
}

absl::StatusOr<uint64_t> Producer::Put(const AggregatedEntry& record) { return core_->Put(record); }
absl::Status Producer::Pump() { return core_->Pump(); }
absl::Time Producer::NextPump() const { return core_->NextPump(); }
absl::Status Producer::Flush() { return core_->Flush(); }

}  // namespace kinesis::api
