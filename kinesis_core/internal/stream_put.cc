// The two paths into a stream: one record, and many.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/internal/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {

absl::Status StreamCore::InvalidRecordError(const Record& record) {
  if (record.data.size() > kMaxDataBytes) {
    return FieldRangeError("data size", record.data.size(), "[0, 10485760] bytes");
  }
  return FieldRangeError("partition key size", record.partition_key.size(), "[0, 65535] bytes");
}

PutResult StreamCore::ResultOf(const Appended& appended, uint32_t offset) {
  // Index 0 of a shard's sequence numbers is its start, so records count from 1.
  return {ShardId(appended.shard_index),
          SequenceNumber::Make(appended.shard_created_s, appended.shard_index,
                               appended.first_index + offset + 1, SecondsOf(appended.arrival_ms))};
}

absl::Status StreamCore::DeletedError() const {
  return NotFound("stream " + Quoted(name_) + " has been deleted");
}

absl::Status StreamCore::AppendError(LogStatus status, size_t record_bytes) const {
  const std::string stream = "stream " + Quoted(name_);
  const std::string capacity =
      // Relaxed: for the message.
      std::to_string(limits_.capacity_bytes.load(std::memory_order_relaxed)) + " bytes";
  switch (status) {
    case LogStatus::kFull:
      return ResourceExhausted("a shard of " + stream + " is at shard_capacity_bytes, " + capacity +
                               "; retry when records have expired or been trimmed");
    case LogStatus::kNoMemory:
      // Not always the budget: the system may have refused.
      return ResourceExhausted(
          "no memory for the record: the engine holds " +
          std::to_string(engine_->pool().held_bytes()) + " of memory_budget_bytes, " +
          std::to_string(engine_->pool().options().budget_bytes) +
          " bytes, and gets no more; retry when records have expired or been trimmed, or batches "
          "have been let go");
    case LogStatus::kTooLarge:
      return OutOfRange("record of " + std::to_string(record_bytes) + " bytes does not fit the " +
                        "shard_capacity_bytes of " + stream + ", " + capacity);
    case LogStatus::kClosed:
    case LogStatus::kOk:
      break;
  }
  return DeletedError();
}

absl::StatusOr<ShardId> StreamCore::OpenShardOf(const HashKey& key) const {
  for (;;) {
    const Route<Log> route = table_.Lookup(key);
    if (route.log == nullptr) return DeletedError();
    const uint32_t index = route.log->shard_index();
    // Unless the log has been given to another shard meanwhile; then the table has changed as well.
    if (route.log->uid() == route.uid) return ShardId(index);
  }
}

absl::StatusOr<PutResult> StreamCore::Put(const Record& record) {
  if (!IsValid(record)) [[unlikely]]
    return InvalidRecordError(record);
  const HashKey key = HashOf(record);
  const int64_t now_ms = engine_->NowMillis();
  const LogRecord stored{record.data, record.partition_key};
  Appended appended;
  for (;;) {
    const Route<Log> route = table_.Lookup(key);
    if (route.log == nullptr) return DeletedError();
    const LogStatus status = route.log->Append(route.uid, stored, now_ms, limits_, &appended);
    if (status == LogStatus::kOk) return ResultOf(appended, 0);
    if (status != LogStatus::kClosed) return AppendError(status, stored.stored_bytes());
  }
}

// Puts many records, in chunks that fit the cache: hashes all keys of a chunk, sorts its records by
// shard, and appends them shard by shard, one claim for as many records as a segment takes. Records
// of a shard stay in the order in which they were given; those that meet a closed shard are routed
// again, in that order.
class StreamCore::Batch {
 public:
  // So many records, keys, hash keys and results are in the first cache when they are needed again.
  static constexpr size_t kMaxChunk = 128;

  Batch(StreamCore& stream, size_t chunk)
      : stream_(stream),
        hash_keys_(chunk),
        pending_(chunk),
        ordered_(chunk),
        shard_of_(chunk),
        slots_(std::bit_ceil(2 * chunk)) {
    keys_.reserve(chunk);
  }

  // Puts at most `chunk` records.
  void Run(std::span<const Record> records, std::span<absl::StatusOr<PutResult>> results) {
    records_ = records;
    results_ = results;
    pending_count_ = 0;
    HashAll();
    now_ms_ = stream_.engine_->NowMillis();
    while (pending_count_ > 0) {
      SortByShard();
      pending_count_ = 0;
      for (const Shard& shard : shards_) AppendTo(shard);
      // Those that were refused come from several shards, and may be for one: back in the given
      // order.
      std::sort(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(pending_count_));
    }
  }

 private:
  using Index = uint16_t;  // of a record in the chunk, or of a shard in shards_
  static constexpr Index kNone = 0xffff;

  // The pending records of one shard: ordered_[first, end).
  struct Shard {
    Route<Log> route;
    Index first;
    Index end;
  };

  // Records as the log takes them.
  class Picked {
   public:
    Picked(const Record* records, std::span<const Index> indices)
        : records_(records), indices_(indices) {}
    size_t size() const { return indices_.size(); }
    LogRecord operator[](size_t i) const {
      const Record& record = records_[indices_[i]];
      return {record.data, record.partition_key};
    }

   private:
    const Record* records_;
    std::span<const Index> indices_;
  };

  static bool IsHashed(const Record& record) {
    return !record.explicit_hash_key && IsValid(record);
  }

  void HashAll() {
    keys_.clear();
    for (size_t i = 0; i < records_.size(); ++i) {
      const Record& record = records_[i];
      if (!IsValid(record)) [[unlikely]] {
        results_[i] = InvalidRecordError(record);
        continue;
      }
      pending_[pending_count_++] = static_cast<Index>(i);
      if (!record.explicit_hash_key) keys_.push_back(record.partition_key);
    }
    size_t hashed = keys_.size();
    if (hashed > 0) stream_.partitioner_->HashBatch(keys_, {hash_keys_.data(), hashed});
    if (hashed == records_.size()) return;
    // The digests stand at the front: from the last to the first, each goes to its record's place.
    for (size_t i = records_.size(); i-- > 0;) {
      if (IsHashed(records_[i])) {
        hash_keys_[i] = hash_keys_[--hashed];
      } else if (records_[i].explicit_hash_key) {
        hash_keys_[i] = *records_[i].explicit_hash_key;
      }
    }
  }

  // Routes the pending records and puts them into ordered_, shard by shard.
  void SortByShard() {
    shards_.clear();
    std::fill(slots_.begin(), slots_.end(), kNone);
    size_t routed = 0;
    uint64_t last_uid = 0;  // of no log
    Index shard = kNone;
    for (size_t k = 0; k < pending_count_; ++k) {
      const Index i = pending_[k];
      const Route<Log> route = stream_.table_.Lookup(hash_keys_[i]);
      if (route.log == nullptr) [[unlikely]] {
        results_[i] = stream_.DeletedError();
        continue;
      }
      if (route.uid != last_uid) {
        shard = ShardOf(route);
        last_uid = route.uid;
      }
      ++shards_[shard].end;
      shard_of_[routed] = shard;
      pending_[routed++] = i;
    }
    if (shards_.size() == 1) {
      std::swap(ordered_, pending_);
      return;
    }
    // `end` holds the counts by now; from here on it moves up from each shard's first.
    Index place = 0;
    for (Shard& each : shards_) {
      each.first = place;
      place = static_cast<Index>(place + std::exchange(each.end, place));
    }
    for (size_t k = 0; k < routed; ++k) ordered_[shards_[shard_of_[k]].end++] = pending_[k];
  }

  // The place of a route in shards_, found by open addressing on the uid.
  Index ShardOf(const Route<Log>& route) {
    const size_t mask = slots_.size() - 1;
    size_t slot = route.uid & mask;
    while (slots_[slot] != kNone && shards_[slots_[slot]].route.uid != route.uid) {
      slot = (slot + 1) & mask;
    }
    if (slots_[slot] == kNone) {
      slots_[slot] = static_cast<Index>(shards_.size());
      shards_.push_back({route, 0, 0});
    }
    return slots_[slot];
  }

  void AppendTo(const Shard& shard) {
    for (Index done = shard.first; done < shard.end;) {
      const std::span<const Index> rest(&ordered_[done], size_t{shard.end} - done);
      Appended appended;
      const LogStatus status = shard.route.log->AppendSome(
          shard.route.uid, Picked(records_.data(), rest), now_ms_, stream_.limits_, &appended);
      if (status == LogStatus::kClosed) {
        std::copy(rest.begin(), rest.end(), &pending_[pending_count_]);
        pending_count_ += rest.size();
        return;
      }
      if (status != LogStatus::kOk) {
        // Only this record: a smaller one behind it may still fit.
        const Record& record = records_[rest.front()];
        const LogRecord stored{record.data, record.partition_key};
        results_[rest.front()] = stream_.AppendError(status, stored.stored_bytes());
        ++done;
        continue;
      }
      for (uint32_t k = 0; k < appended.count; ++k) results_[rest[k]] = ResultOf(appended, k);
      done = static_cast<Index>(done + appended.count);
    }
  }

  StreamCore& stream_;
  std::span<const Record> records_;
  std::span<absl::StatusOr<PutResult>> results_;
  int64_t now_ms_ = 0;
  std::vector<std::string_view> keys_;
  std::vector<HashKey> hash_keys_;
  std::vector<Index> pending_;
  size_t pending_count_ = 0;
  std::vector<Index> ordered_;
  std::vector<Index> shard_of_;  // of the records in pending_, place by place
  std::vector<Index> slots_;
  std::vector<Shard> shards_;
};

void StreamCore::PutBatch(std::span<const Record> records,
                          std::vector<absl::StatusOr<PutResult>>* results) {
  // Every element is assigned below.
  results->resize(records.size(), absl::StatusOr<PutResult>(PutResult()));
  Batch batch(*this, std::min(records.size(), Batch::kMaxChunk));
  for (size_t first = 0; first < records.size(); first += Batch::kMaxChunk) {
    const size_t count = std::min(Batch::kMaxChunk, records.size() - first);
    batch.Run(records.subspan(first, count), std::span(*results).subspan(first, count));
  }
}

}  // namespace kinesis::internal
