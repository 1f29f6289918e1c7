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

#include "absl/base/attributes.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {
namespace {

// Field by field: g++ copies a string_view as one vector, through memory.
LogRecord Stored(const Record& record) {
  return {{record.data.data(), record.data.size()},
          {record.partition_key.data(), record.partition_key.size()}};
}

}  // namespace

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

absl::Status StreamCore::NoRouteError() const {
  return is_deleted() ? DeletedError() : ClosedError();
}

absl::Status StreamCore::ClosedError() const {
  return FailedPrecondition("stream " + Quoted(name_) +
                            " is closed (Stream::Close) and takes no more records; what it has can "
                            "be read to the end, and what is to come put to another stream");
}

absl::Status StreamCore::TooLargeError(size_t record_bytes) const {
  const uint64_t budget = engine_->pool().options().budget_bytes;
  // Relaxed: for the message.
  const uint64_t capacity = limits_.capacity_bytes.load(std::memory_order_relaxed);
  const std::string limit = capacity <= budget
                                ? "shard_capacity_bytes of stream " + Quoted(name_) + ", which is "
                                : std::string("memory_budget_bytes of the engine, which is ");
  const uint64_t block = SegmentGeometry::Of(SegmentGeometry::ClassFor(record_bytes)).block_bytes;
  return OutOfRange("record of " + std::to_string(record_bytes) + " bytes can never fit " + limit +
                    std::to_string(std::min(capacity, budget)) + ": it takes a block of " +
                    std::to_string(block) + " bytes");
}

bool StreamCore::MakeRoom(LogStatus status, uint32_t shard_index) {
  if (group_count() == 0) return false;
  if (status == LogStatus::kNoMemory) {
    bool any = false;
    for (std::vector<ShardPtr> shards; NextListed(/*wait=*/false, &shards);) {
      for (const ShardPtr& shard : shards) any |= shard->TrimCommitted(/*wait=*/false);
    }
    return any;
  }
  if (status != LogStatus::kFull) return false;
  const ShardPtr shard = TryFindListed(ShardId(shard_index));
  return shard != nullptr && shard->TrimCommitted(/*wait=*/false);
}

std::string StreamCore::RoomAdvice(LogStatus status, uint32_t shard_index) {
  if (group_count() == 0) {
    std::string advice =
        "retry when records have expired (retention) or been trimmed (Shard::TrimBefore), which "
        "Put(record, deadline) waits for; to go on without that, read them through a "
        "ConsumerGroup, which makes room as it commits, or make ";
    advice += status == LogStatus::kFull ? "the stream with a larger shard_capacity_bytes"
                                         : "the engine with a larger memory_budget_bytes";
    if (overflow_policy_ == OverflowPolicy::kReject) {
      advice +=
          ", or the stream with overflow_policy = OverflowPolicy::kTrimOldest, which lets "
          "the oldest go";
    }
    return advice;
  }
  const ShardPtr shard = TryFindListed(ShardId(shard_index));
  const std::string slowest = shard == nullptr ? std::string() : shard->SlowestGroup();
  return "retry when its consumer groups have committed more, which Put(record, deadline) waits "
         "for" +
         (slowest.empty() ? std::string() : "; the one that is behind is " + Quoted(slowest)) +
         "; ConsumerGroup::Remove one that nobody serves";
}

void StreamCore::TellShortage(LogStatus status, uint32_t shard_index) {
  const uint64_t room = engine_->room_changes() + 1;
  // Relaxed: whoever comes second of two may tell, too; orders nothing.
  if (told_room_.exchange(room, std::memory_order_relaxed) == room) return;
  const ShortageEvent event{
      name_, ShardId(shard_index),
      status == LogStatus::kFull ? ShortageKind::kShardCapacity : ShortageKind::kMemory};
  EventScope::Tell(engine_->observer(),
                   [event](Observer& observer) { observer.OnShortage(event); });
}

absl::Status StreamCore::AppendError(LogStatus status, size_t record_bytes, Log& log) {
  const uint32_t shard_index = log.shard_index();
  if (status == LogStatus::kFull || status == LogStatus::kNoMemory) {
    log.CountRejectedAppend();
    if (engine_->observer() != nullptr) TellShortage(status, shard_index);
  }
  const std::string stream = "stream " + Quoted(name_);
  const std::string capacity =
      // Relaxed: for the message.
      std::to_string(limits_.capacity_bytes.load(std::memory_order_relaxed)) + " bytes";
  switch (status) {
    case LogStatus::kFull:
      return ResourceExhausted("a shard of " + stream + " is at shard_capacity_bytes, " + capacity +
                               "; " + RoomAdvice(status, shard_index));
    case LogStatus::kNoMemory:
      // Not always the budget: the system may have refused.
      return ResourceExhausted("no memory for the record: the engine holds " +
                               std::to_string(engine_->pool().held_bytes()) +
                               " of memory_budget_bytes, " +
                               std::to_string(engine_->pool().options().budget_bytes) +
                               " bytes, and gets no more; let batches go that are done with, and " +
                               RoomAdvice(status, shard_index));
    case LogStatus::kTooLarge:
      return TooLargeError(record_bytes);
    case LogStatus::kClosed:
    case LogStatus::kOk:
      break;
  }
  return DeletedError();
}

HashKey StreamCore::TakeTurn() const { return table_.StartInTurn(TakeTurns(1)); }

absl::StatusOr<ShardId> StreamCore::OpenShardOf(const HashKey& key) const {
  for (;;) {
    const Route<Log> route = table_.Lookup(key);
    if (route.log == nullptr) return NoRouteError();
    const uint32_t index = route.log->shard_index();
    // Unless the log has been given to another shard meanwhile; then the table has changed as well.
    if (route.log->uid() == route.uid) return ShardId(index);
  }
}

// Inlined into both callers: a call and its result cost a put more than the look at the strategy.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline absl::StatusOr<PutResult> StreamCore::Append(
    const HashKey& key, const Record& record) {
  const Millis now_ms = engine_->NowMillis();
  const LogRecord stored = Stored(record);
  Appended appended;
  for (;;) {
    const Route<Log> route = table_.Lookup(key);
    if (route.log == nullptr) return NoRouteError();
    const LogStatus status = route.log->Append(route.uid, stored, now_ms, limits_, &appended);
    if (status == LogStatus::kOk) return ResultOf(appended, 0);
    if (status == LogStatus::kClosed) continue;
    if (!MakeRoom(status, route.log->shard_index())) {
      return AppendError(status, stored.stored_bytes(), *route.log);
    }
  }
}

absl::StatusOr<PutResult> StreamCore::Put(const Record& record) {
  if (!IsValid(record)) [[unlikely]]
    return InvalidRecordError(record);
  return Append(HashOf(record), record);
}

absl::StatusOr<PutResult> StreamCore::PutAt(const HashKey& key, const Record& record) {
  if (!IsValid(record)) [[unlikely]]
    return InvalidRecordError(record);
  return Append(key, record);
}

// Puts many records, in chunks that fit the cache: hashes all keys of a chunk, sorts its records by
// shard, and appends them shard by shard, one claim for as many records as a segment takes. Records
// of a shard stay in the order in which they were given; those that meet a closed shard are routed
// again, in that order.
class StreamCore::Batch {
 public:
  // So many records, keys, hash keys and results are in the first cache when they are needed again.
  static constexpr size_t kMaxChunk = 128;

  explicit Batch(StreamCore& stream) : stream_(stream) {}

  // Puts at most kMaxChunk records.
  void Run(std::span<const Record> records, std::span<absl::StatusOr<PutResult>> results) {
    Begin(records, results);
    if (stream_.strategy() == RecordDistributionStrategy::kAuto) [[unlikely]] {
      TakeTurns();
    } else {
      HashAll();
    }
    RouteAndAppend();
  }
  // The same at `keys`, one for each record.
  void Run(std::span<const HashKey> keys, std::span<const Record> records,
           std::span<absl::StatusOr<PutResult>> results) {
    Begin(records, results);
    std::copy(keys.begin(), keys.end(), hash_keys_);
    RouteAndAppend();
  }

 private:
  using Index = uint16_t;  // of a record in the chunk, or of a shard in shards_
  static constexpr Index kNone = 0xffff;
  static constexpr size_t kSlots = 2 * kMaxChunk;

  // Collects the records that are valid as pending; the others fail.
  void Begin(std::span<const Record> records, std::span<absl::StatusOr<PutResult>> results) {
    records_ = records;
    results_ = results;
    pending_count_ = 0;
    for (size_t i = 0; i < records_.size(); ++i) {
      if (!IsValid(records_[i])) [[unlikely]] {
        results_[i] = InvalidRecordError(records_[i]);
        continue;
      }
      pending_[pending_count_++] = static_cast<Index>(i);
    }
  }

  // Puts those that are pending, which have their hash keys.
  void RouteAndAppend() {
    now_ms_ = stream_.engine_->NowMillis();
    while (pending_count_ > 0) {
      SortByShard();
      pending_count_ = 0;
      for (size_t k = 0; k < shard_count_; ++k) AppendTo(shards_[k]);
      // Those that were refused come from several shards, and may be for one: back in the given
      // order.
      std::sort(pending_, pending_ + pending_count_);
    }
  }

  // The pending records of one shard: sorted_[first, end).
  struct Shard {
    Log* log;
    LogUid uid;
    uint32_t row;  // in the table
    Index first;
    Index end;
  };

  // Records as the log takes them.
  class Picked {
   public:
    Picked(const Record* records, std::span<const Index> indices)
        : records_(records), indices_(indices) {}
    size_t size() const { return indices_.size(); }
    LogRecord operator[](size_t i) const { return Stored(records_[indices_[i]]); }

   private:
    const Record* records_;
    std::span<const Index> indices_;
  };

  void HashAll() {
    size_t hashed = 0;
    for (size_t k = 0; k < pending_count_; ++k) {
      const Index i = pending_[k];
      const Record& record = records_[i];
      if (record.explicit_hash_key) {
        hash_keys_[i] = *record.explicit_hash_key;
      } else {
        keys_[hashed++] = record.partition_key;
      }
    }
    if (hashed == 0) return;
    stream_.partitioner_->HashBatch({keys_, hashed}, {hash_keys_, hashed});
    if (hashed == records_.size()) return;
    // The digests stand at the front: from the last to the first, each goes to its record's place.
    for (size_t k = pending_count_; k-- > 0;) {
      const Index i = pending_[k];
      const Record& record = records_[i];
      hash_keys_[i] = record.explicit_hash_key ? *record.explicit_hash_key : hash_keys_[--hashed];
    }
  }

  void TakeTurns() {
    const uint64_t first = stream_.TakeTurns(pending_count_);
    for (size_t k = 0; k < pending_count_; ++k) {
      hash_keys_[pending_[k]] = stream_.table_.StartInTurn(first + k);
    }
  }

  // Routes the pending records, all by one version of the table, and puts them into sorted_.
  void SortByShard() {
    for (;;) {
      const Table::View view = stream_.table_.Open();
      if (view.empty()) {
        for (size_t k = 0; k < pending_count_; ++k) results_[pending_[k]] = stream_.NoRouteError();
        shard_count_ = 0;
        return;
      }
      FindShards(view);
      if (stream_.table_.IsCurrent(view)) break;
    }
    // `end` holds the counts by now; from here on it moves up from each shard's first.
    Index place = 0;
    for (size_t k = 0; k < shard_count_; ++k) {
      shards_[k].first = place;
      place = static_cast<Index>(place + std::exchange(shards_[k].end, place));
    }
    for (size_t k = 0; k < pending_count_; ++k) {
      sorted_[shards_[shard_of_[k]].end++] = pending_[k];
    }
  }

  // Collects the shards of the pending records, with the number of records of each as its `end`.
  void FindShards(const Table::View& view) {
    shard_count_ = 0;
    std::fill_n(slots_, kSlots, kNone);
    for (size_t k = 0; k < pending_count_; ++k) {
      const uint32_t row = view.RowOf(hash_keys_[pending_[k]]);
      // By open addressing on the row, which is its place unless there are more than kSlots.
      size_t slot = row % kSlots;
      while (slots_[slot] != kNone && shards_[slots_[slot]].row != row) slot = (slot + 1) % kSlots;
      if (slots_[slot] == kNone) [[unlikely]] {
        slots_[slot] = static_cast<Index>(shard_count_);
        const Route<Log> route = view.RouteAt(row);
        shards_[shard_count_++] = {route.log, route.uid, row, 0, 0};
      }
      shard_of_[k] = slots_[slot];
      ++shards_[shard_of_[k]].end;
    }
  }

  void AppendTo(const Shard& shard) {
    for (Index done = shard.first; done < shard.end;) {
      const std::span<const Index> rest(sorted_ + done, size_t{shard.end} - done);
      Appended appended;
      const LogStatus status = shard.log->AppendSome(shard.uid, Picked(records_.data(), rest),
                                                     now_ms_, stream_.limits_, &appended);
      if (status == LogStatus::kClosed) {
        std::copy(rest.begin(), rest.end(), &pending_[pending_count_]);
        pending_count_ += rest.size();
        return;
      }
      if (status != LogStatus::kOk) {
        // Only this record: a smaller one behind it may still fit.
        if (stream_.MakeRoom(status, shard.log->shard_index())) continue;
        const LogRecord stored = Stored(records_[rest.front()]);
        results_[rest.front()] = stream_.AppendError(status, stored.stored_bytes(), *shard.log);
        ++done;
        continue;
      }
      for (uint32_t k = 0; k < appended.count; ++k) {
        absl::StatusOr<PutResult>& result = results_[rest[k]];
        if (result.ok()) [[likely]] {
          *result = ResultOf(appended, k);
        } else {
          result = ResultOf(appended, k);
        }
      }
      done = static_cast<Index>(done + appended.count);
    }
  }

  StreamCore& stream_;
  std::span<const Record> records_;
  std::span<absl::StatusOr<PutResult>> results_;
  Millis now_ms_;
  // On the stack, where they cost nothing: an allocation costs as much as a record. Those without
  // an initial value are written before they are read.
  size_t pending_count_ = 0;
  size_t shard_count_ = 0;
  std::string_view keys_[kMaxChunk];
  HashKey hash_keys_[kMaxChunk];  // of the records, by place in the chunk
  Index pending_[kMaxChunk];
  Index sorted_[kMaxChunk];    // those in pending_, shard by shard
  Index shard_of_[kMaxChunk];  // of those in pending_, place by place
  Index slots_[kSlots];
  Shard shards_[kMaxChunk];
};

void StreamCore::PutBatch(std::span<const Record> records,
                          std::vector<absl::StatusOr<PutResult>>* results) {
  // Every element is assigned below.
  results->resize(records.size(), absl::StatusOr<PutResult>(PutResult()));
  Batch batch(*this);
  for (size_t first = 0; first < records.size(); first += Batch::kMaxChunk) {
    const size_t count = std::min(Batch::kMaxChunk, records.size() - first);
    batch.Run(records.subspan(first, count), std::span(*results).subspan(first, count));
  }
}

void StreamCore::PutBatchAt(std::span<const HashKey> keys, std::span<const Record> records,
                            std::vector<absl::StatusOr<PutResult>>* results) {
  KC_DCHECK(keys.size() == records.size());
  // Every element is assigned below.
  results->resize(records.size(), absl::StatusOr<PutResult>(PutResult()));
  Batch batch(*this);
  for (size_t first = 0; first < records.size(); first += Batch::kMaxChunk) {
    const size_t count = std::min(Batch::kMaxChunk, records.size() - first);
    batch.Run(keys.subspan(first, count), records.subspan(first, count),
              std::span(*results).subspan(first, count));
  }
}

}  // namespace kinesis::internal
