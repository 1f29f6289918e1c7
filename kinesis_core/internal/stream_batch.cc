// The path of many records into a stream: PutBatch, PutBatchAt, PutMany.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/attributes.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis::internal {
namespace {

// Where the results of a batch go. A sink has
//   void Fail(size_t index, absl::Status status)   The record at that place was not stored.
//   void Store(const Appended& appended, Results result_of, IndexOf index_of)
//                        Those at the places index_of(k) were: result_of(k) is where the k-th went.
//   void FailStored(const absl::Status& why)   Those that were stored have not come to the disk.

// A result for each record.
class EachResult {
 public:
  explicit EachResult(std::span<absl::StatusOr<PutResult>> results) : results_(results) {}

  void Fail(size_t index, absl::Status status) { results_[index] = std::move(status); }

  template <class ResultOf, class IndexOf>
  ABSL_ATTRIBUTE_ALWAYS_INLINE void Store(const Appended& appended, ResultOf result_of,
                                          IndexOf index_of) {
    // Copies, which nobody else can see: what does not change stays in registers.
    const Appended stored = appended;
    absl::StatusOr<PutResult>* const results = results_.data();
    for (uint32_t k = 0; k < stored.count; ++k) {
      absl::StatusOr<PutResult>& result = results[index_of(k)];
      if (result.ok()) [[likely]] {
        *result = result_of(stored, k);
      } else {
        result = result_of(stored, k);
      }
    }
  }

  void FailStored(const absl::Status& why) {
    for (absl::StatusOr<PutResult>& result : results_) {
      if (result.ok()) result = why;
    }
  }

 private:
  std::span<absl::StatusOr<PutResult>> results_;
};

// Those that failed, and ranges of the others if they are wanted.
class RangesAndFailures {
 public:
  RangesAndFailures(size_t count, std::vector<PutRange>* ranges) : count_(count), ranges_(ranges) {
    if (ranges_ != nullptr) ranges_->clear();
  }

  void Fail(size_t index, absl::Status status) { failed_.push_back({index, std::move(status)}); }

  template <class ResultOf, class IndexOf>
  void Store(const Appended& appended, ResultOf result_of, IndexOf /*index_of*/) {
    if (ranges_ == nullptr) return;
    const PutResult first = result_of(appended, 0);
    PutRange* const last = LastOf(first.shard_id);
    if (last != nullptr && Follows(first.sequence_number, *last)) {
      last->count += appended.count;
    } else {
      ranges_->push_back({first.shard_id, first.sequence_number, appended.count});
    }
  }

  void FailStored(const absl::Status& why) {
    if (ranges_ != nullptr) ranges_->clear();
    Sort();
    std::vector<FailedPut> all;
    auto failed = failed_.begin();
    for (size_t index = 0; index < count_; ++index) {
      const bool has_failed = failed != failed_.end() && failed->index == index;
      all.push_back(has_failed ? std::move(*failed++) : FailedPut{index, why});
    }
    failed_ = std::move(all);
  }

  std::vector<FailedPut> TakeFailed() {
    Sort();
    return std::move(failed_);
  }

 private:
  void Sort() {
    std::sort(failed_.begin(), failed_.end(),
              [](const FailedPut& a, const FailedPut& b) { return a.index < b.index; });
  }
  // The newest range of a shard, if it is among the last few.
  PutRange* LastOf(ShardId shard_id) {
    constexpr ptrdiff_t kLooks = 16;
    const auto end = ranges_->rbegin() + std::min<ptrdiff_t>(kLooks, std::ssize(*ranges_));
    const auto found = std::find_if(ranges_->rbegin(), end, [shard_id](const PutRange& range) {
      return range.shard_id == shard_id;
    });
    return found == end ? nullptr : &*found;
  }
  static bool Follows(const SequenceNumber& number, const PutRange& range) {
    const SequenceNumber& first = range.first_sequence_number;
    return number == SequenceNumber::Make(first.shard_created_seconds(), first.shard_index(),
                                          first.index() + range.count, first.time_seconds());
  }

  const size_t count_;
  std::vector<PutRange>* const ranges_;
  std::vector<FailedPut> failed_;
};

}  // namespace

// Puts many records, in chunks that fit the cache. A chunk that goes to one shard is appended as it
// is. Of any other, all keys are hashed, its records are sorted by shard, and appended shard by
// shard, one claim for as many records as a segment takes. Records of a shard stay in the order in
// which they were given; those that meet a closed shard are routed again, in that order.
template <class Sink>
class StreamCore::Batch {
 public:
  // So many records, keys, hash keys and results are in the first cache when they are needed again.
  static constexpr size_t kMaxChunk = 128;

  Batch(StreamCore& stream, std::span<const Record> records, Sink& sink)
      : stream_(stream), all_(records), sink_(sink) {}

  void Run() {
    const bool in_turn = stream_.strategy() == RecordDistributionStrategy::kAuto;
    ForEachChunk([&](size_t /*first*/) {
      if (in_turn) [[unlikely]] {
        TakeTurns();
      } else if (explicit_count_ == records_.size()) {
        RouteAndAppend([this](size_t i) { return *records_[i].explicit_hash_key; });
        return;
      } else {
        HashAll();
      }
      RouteAndAppend([this](size_t i) { return hash_keys_[i]; });
    });
  }
  // The same at `keys`, one for each record.
  void RunAt(std::span<const HashKey> keys) {
    ForEachChunk([&](size_t first) {
      const std::span<const HashKey> of_chunk = keys.subspan(first);
      RouteAndAppend([of_chunk](size_t i) { return of_chunk[i]; });
    });
  }

 private:
  using Index = uint16_t;  // of a record in the chunk, or of a shard in shards_
  static constexpr Index kNone = 0xffff;
  static constexpr size_t kSlots = 2 * kMaxChunk;
  // Fewer are in the caches, or soon will be.
  static constexpr size_t kManyShards = 32;

  // Calls put_chunk(first) for each chunk, whose first record has that place. The valid records of
  // it are pending then; the others have failed.
  template <class PutChunk>
  void ForEachChunk(PutChunk put_chunk) {
    for (first_ = 0; first_ < all_.size(); first_ += records_.size()) {
      records_ = all_.subspan(first_, std::min(kMaxChunk, all_.size() - first_));
      Begin();
      now_ms_ = stream_.engine_->NowMillis();
      put_chunk(first_);
    }
    if (!stream_.survives_power() || all_.empty()) [[likely]]
      return;
    absl::Status status = stream_.SyncMarked(round_, now_ms_);
    if (!status.ok()) sink_.FailStored(status);
  }

  void Begin() {
    bool all_valid = true;
    size_t explicit_count = 0;
    for (const Record& record : records_) {
      all_valid &= IsValid(record);
      explicit_count += record.explicit_hash_key.has_value() ? 1 : 0;
    }
    explicit_count_ = explicit_count;
    all_pending_ = all_valid;
    if (!all_valid) [[unlikely]]
      CollectValid();
  }
  void CollectValid() {
    pending_count_ = 0;
    for (size_t i = 0; i < records_.size(); ++i) {
      const Record& record = records_[i];
      if (IsValid(record)) {
        pending_[pending_count_++] = static_cast<Index>(i);
      } else {
        sink_.Fail(first_ + i, InvalidSizeError(record.data.size(), record.partition_key.size()));
      }
    }
  }
  // Makes the records from place `begin` on pending.
  void SetPendingFrom(size_t begin) {
    pending_count_ = 0;
    for (size_t i = begin; i < records_.size(); ++i) {
      pending_[pending_count_++] = static_cast<Index>(i);
    }
  }

  // Puts those that are pending, which are all if all_pending_ says so. `key_of(place)` is the hash
  // key of one.
  template <class KeyOf>
  void RouteAndAppend(KeyOf key_of) {
    if (all_pending_) {
      const std::optional<Route<Log>> route = OnlyRoute(key_of);
      SetPendingFrom(route ? AppendAll(*route) : 0);
    }
    while (pending_count_ > 0) {
      SortByShard(key_of);
      pending_count_ = 0;
      if (shard_count_ >= kManyShards) PrefetchShards();
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

  // Records as the log takes them: some of the chunk, and adjacent ones.
  class Picked {
   public:
    Picked(const Record* records, std::span<const Index> indices)
        : records_(records), indices_(indices) {}
    size_t size() const { return indices_.size(); }
    LogRecord operator[](size_t i) const { return StoredOf(records_[indices_[i]]); }

   private:
    const Record* records_;
    std::span<const Index> indices_;
  };
  class Adjacent {
   public:
    explicit Adjacent(std::span<const Record> records) : records_(records) {}
    size_t size() const { return records_.size(); }
    LogRecord operator[](size_t i) const { return StoredOf(records_[i]); }

   private:
    std::span<const Record> records_;
  };

  void HashAll() {
    if (all_pending_) SetPendingFrom(0);
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
    if (all_pending_) SetPendingFrom(0);
    const uint64_t first = stream_.TakeTurns(pending_count_);
    for (size_t k = 0; k < pending_count_; ++k) {
      hash_keys_[pending_[k]] = stream_.table_.StartInTurn(first + k);
    }
  }

  // The shard that all records of the chunk go to, by one version of the table; nothing if they go
  // to several, or none takes any.
  template <class KeyOf>
  std::optional<Route<Log>> OnlyRoute(KeyOf key_of) const {
    for (;;) {
      const Table::View view = stream_.table_.Open();
      if (view.empty()) return std::nullopt;
      const uint32_t row = view.RowOf(key_of(0));
      const Route<Log> route = view.RouteAt(row);
      bool all = true;
      if (const uint32_t count = view.row_count(); count > 1) {
        // A batch that goes to several shards mostly shows it at its second or third key.
        const HashKey start = view.StartAt(row);
        const bool is_last = row + 1 >= count;
        const HashKey end = is_last ? HashKey::Max() : view.StartAt(row + 1);
        for (size_t i = 1; all && i < records_.size(); ++i) {
          const HashKey key = key_of(i);
          all = start <= key && (is_last || key < end);
        }
      }
      if (!stream_.table_.IsCurrent(view)) continue;
      return all ? std::optional(route) : std::nullopt;
    }
  }

  // Routes the pending records, all by one version of the table, and puts them into sorted_.
  template <class KeyOf>
  void SortByShard(KeyOf key_of) {
    for (;;) {
      const Table::View view = stream_.table_.Open();
      if (view.empty()) {
        for (size_t k = 0; k < pending_count_; ++k) {
          sink_.Fail(first_ + pending_[k], stream_.NoRouteError());
        }
        shard_count_ = 0;
        return;
      }
      FindShards(view, key_of);
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
  template <class KeyOf>
  void FindShards(const Table::View& view, KeyOf key_of) {
    shard_count_ = 0;
    std::fill_n(slots_, kSlots, kNone);
    for (size_t k = 0; k < pending_count_; ++k) {
      const uint32_t row = view.RowOf(key_of(pending_[k]));
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

  // A put to one of thousands of shards waits for memory four times in a row: for the log, its
  // segment, and the places of entry and record. Those of several shards do so at once.
  void PrefetchShards() const {
    for (size_t k = 0; k < shard_count_; ++k) shards_[k].log->PrefetchWords();
    for (size_t k = 0; k < shard_count_; ++k) shards_[k].log->PrefetchTail();
    for (size_t k = 0; k < shard_count_; ++k) shards_[k].log->PrefetchBlock();
  }

  // Appends all records of the chunk to one shard. Returns how many are done with: the others met
  // its end.
  size_t AppendAll(const Route<Log>& route) {
    return Append(
        route, records_.size(), [this](size_t done) { return Adjacent(records_.subspan(done)); },
        [](size_t done, size_t first) {
          return [begin = first + done](size_t k) { return begin + k; };
        });
  }

  // The same for the records of a shard. What meets its end is pending then.
  void AppendTo(const Shard& shard) {
    const std::span<const Index> sorted(sorted_ + shard.first, shard.end - size_t{shard.first});
    const size_t done = Append(
        {shard.log, shard.uid}, sorted.size(),
        [this, sorted](size_t from) { return Picked(records_.data(), sorted.subspan(from)); },
        [sorted](size_t from, size_t first) {
          return [rest = sorted.data() + from, first](size_t k) { return first + rest[k]; };
        });
    std::copy(sorted.begin() + static_cast<ptrdiff_t>(done), sorted.end(),
              &pending_[pending_count_]);
    pending_count_ += sorted.size() - done;
  }

  // Appends `count` records to one shard; rest_from(k) are those from the k-th on, and
  // places_from(k, first)(i) is the place of the i-th of these in a batch whose chunk begins at
  // `first`. Returns how many are done with.
  template <class RestFrom, class PlacesFrom>
  ABSL_ATTRIBUTE_ALWAYS_INLINE size_t Append(const Route<Log>& route, size_t count,
                                             RestFrom rest_from, PlacesFrom places_from) {
    size_t done = 0;
    while (done < count) {
      Appended appended;
      const auto rest = rest_from(done);
      const LogStatus status =
          route.log->AppendSome(route.uid, rest, now_ms_, stream_.limits_, &appended);
      if (status == LogStatus::kOk) [[likely]] {
        sink_.Store(
            appended, [](const Appended& stored, uint32_t k) { return ResultOf(stored, k); },
            [places = places_from(done, first_)](size_t k) { return places(k); });
        done += appended.count;
        if (stream_.survives_power()) [[unlikely]]
          round_ = stream_.MarkForSync(route.uid);
        continue;
      }
      if (status == LogStatus::kClosed) break;
      // Only this record: a smaller one behind it may still fit.
      if (stream_.MakeRoom(status, route.log->shard_index())) continue;
      sink_.Fail(places_from(done, first_)(0),
                 stream_.AppendError(status, LogRecord(rest[0]).stored_bytes(), *route.log));
      ++done;
    }
    return done;
  }

  StreamCore& stream_;
  const std::span<const Record> all_;
  Sink& sink_;
  uint64_t round_ = 0;               // in which what was stored comes to the disk
  size_t first_ = 0;                 // place of the chunk,
  std::span<const Record> records_;  // and its records
  size_t explicit_count_ = 0;        // of these with an explicit hash key
  bool all_pending_ = false;         // pending_ need not be looked at: all are
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
  EachResult sink(*results);
  Batch(*this, records, sink).Run();
}

void StreamCore::PutBatchAt(std::span<const HashKey> keys, std::span<const Record> records,
                            std::vector<absl::StatusOr<PutResult>>* results) {
  KC_DCHECK(keys.size() == records.size());
  // Every element is assigned below.
  results->resize(records.size(), absl::StatusOr<PutResult>(PutResult()));
  EachResult sink(*results);
  Batch(*this, records, sink).RunAt(keys);
}

std::vector<FailedPut> StreamCore::PutMany(std::span<const Record> records,
                                           std::vector<PutRange>* ranges) {
  RangesAndFailures sink(records.size(), ranges);
  Batch(*this, records, sink).Run();
  return sink.TakeFailed();
}

}  // namespace kinesis::internal
