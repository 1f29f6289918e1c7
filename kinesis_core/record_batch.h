// RecordBatch: the records of one read, in place.
//
//   for (const kinesis::RecordView& record : *batch) Process(record.partition_key, record.data);
//
// A batch holds views straight into the shard's log: nothing is copied. Until it is destroyed,
// cleared, or read into again it pins the memory it shows; that memory counts against the engine's
// budget and is neither changed nor reused, even if the records are trimmed or expire meanwhile, or
// the stream and the engine are deleted. So process a batch and let it go. One that is forgotten
// costs memory, and in the end puts fail for lack of it; nothing breaks.
//
// A view that is kept longer is an error of the caller, as is one of a std::string that is gone. To
// find it, build library and program with AddressSanitizer, which stops at a use of record memory
// after it was recycled or freed; with assertions (no NDEBUG) such memory is filled with the byte
// 0xdb. Both until other records have come to the same place.
#ifndef KINESIS_CORE_RECORD_BATCH_H_
#define KINESIS_CORE_RECORD_BATCH_H_

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/export.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/record.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

class Iterator;

namespace internal {

struct StdAtomics;
template <class Atomics>
struct Segment;
template <class Atomics>
class SegmentPool;

// The result of a read: records in place, which it keeps pinned, and what else there is to say.
// Filled by Read of internal/stream_read.h; a RecordBatch shows it.
class KINESIS_CORE_EXPORT FoundRecords {
 public:
  // Adjacent records of one pinned segment.
  struct Run {
    Segment<StdAtomics>* segment;
    CommittedEntries entries;  // of the first record on
    const std::byte* bytes;    // record bytes of the segment
    uint64_t first_number;     // SequenceNumber::index of the first record
    uint32_t count;
    int unit_shift;
  };

  // Defaulted outside the class, or FoundRecords() would also fill it with zeros.
  FoundRecords() noexcept;
  FoundRecords(FoundRecords&& other) noexcept
      : records_lost(std::exchange(other.records_lost, 0)),
        behind_latest_ms(other.behind_latest_ms),
        end_of_shard(std::exchange(other.end_of_shard, false)),
        child_shards(std::move(other.child_shards)),
        run_count_(std::exchange(other.run_count_, 0)),
        run_(other.run_),
        more_runs_(std::move(other.more_runs_)),
        pool_(other.pool_),
        size_(std::exchange(other.size_, 0)),
        payload_bytes_(std::exchange(other.payload_bytes_, 0)),
        shard_created_seconds_(other.shard_created_seconds_),
        shard_id_(other.shard_id_) {}
  FoundRecords& operator=(FoundRecords&& other) noexcept;
  ~FoundRecords() { Unpin(); }

  // Makes an empty one that is to take records of this shard, whose log is in `pool`. Requires:
  // nothing has been found yet.
  void Begin(SegmentPool<StdAtomics>& pool, const ShardId& shard_id,
             uint64_t shard_created_seconds) {
    pool_ = &pool;
    shard_id_ = shard_id;
    shard_created_seconds_ = shard_created_seconds;
  }
  // Adds records behind those before, and takes over the pin that there is of `run.segment`.
  void Add(const Run& run, uint64_t payload_bytes) {
    if (run_count_ == 0) {
      run_ = run;
    } else {
      AddToOthers(run);
    }
    ++run_count_;
    size_ += run.count;
    payload_bytes_ += payload_bytes;
  }

  // Lets everything go and is empty.
  void Clear() {
    Unpin();
    size_ = 0;
    payload_bytes_ = 0;
    ClearRest();
  }
  // Returns whether there is a pin. If not, nothing is found.
  bool is_pinned() const { return run_count_ > 0; }
  // Returns whether all of its records are of one segment, and of this one.
  bool IsOf(const Segment<StdAtomics>* segment) const {
    return run_count_ == 1 && run_.segment == segment;
  }
  // The segment of which all of its records are, null if there is none or several.
  Segment<StdAtomics>* only_segment() const { return run_count_ == 1 ? run_.segment : nullptr; }

  // The rest is for a reader that goes on in the segment of which these are, and keeps the pin
  // while there is nothing to show.
  // Clears one that has no pin.
  void ClearRest() {
    records_lost = 0;
    behind_latest_ms = 0;
    if (end_of_shard) [[unlikely]]
      ForgetEnd();
  }
  // Takes over the pin of `segment`; `bytes` and `unit_shift` are the segment's. Requires: Begin
  // was called, and nothing is found.
  void AdoptPin(Segment<StdAtomics>* segment, const std::byte* bytes, int unit_shift) {
    run_.segment = segment;
    run_.bytes = bytes;
    run_.unit_shift = unit_shift;
    run_count_ = 1;
  }
  // Requires, both: only_segment() is not null.
  // Becomes empty, and gives the pin, which the caller ends.
  Segment<StdAtomics>* DetachPin() {
    run_count_ = 0;
    Clear();
    return run_.segment;
  }
  // Shows these records of the segment instead, under the same pin, with nothing lost.
  void ShowOnly(CommittedEntries entries, uint64_t first_number, uint32_t count,
                uint64_t payload_bytes) {
    run_.entries = entries;
    run_.first_number = first_number;
    run_.count = count;
    size_ = count;
    payload_bytes_ = payload_bytes;
    records_lost = 0;
    if (end_of_shard) [[unlikely]]
      ForgetEnd();
  }

  size_t size() const { return size_; }
  uint64_t payload_bytes() const { return payload_bytes_; }
  std::span<const Run> runs() const {
    return more_runs_.empty() ? std::span(&run_, run_count_) : std::span(more_runs_);
  }
  inline RecordView View(const Run& run, uint32_t index) const;
  // The record with this index among all. Requires: index < size().
  RecordView At(size_t index) const {
    assert(index < size());
    if (run_count_ == 1) [[likely]]
      return View(run_, static_cast<uint32_t>(index));
    return AtOfSeveral(index);
  }

  // See the functions of RecordBatch with these names.
  uint64_t records_lost = 0;
  int64_t behind_latest_ms = 0;
  bool end_of_shard = false;
  std::vector<ShardId> child_shards;  // empty unless end_of_shard

 private:
  // Inline as far as it goes for what shows nothing: one that was moved from.
  void Unpin() {
    if (run_count_ > 0) UnpinRuns();
  }
  void UnpinRuns();
  void AddToOthers(const Run& run);
  RecordView AtOfSeveral(size_t index) const;
  void ForgetEnd();

  // A read that stays in one segment, which most do, allocates nothing.
  size_t run_count_ = 0;
  Run run_{};                   // if there is one
  std::vector<Run> more_runs_;  // if there are several: all of them
  SegmentPool<StdAtomics>* pool_ = nullptr;
  size_t size_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t shard_created_seconds_ = 0;
  ShardId shard_id_;
};

inline FoundRecords::FoundRecords() noexcept = default;

inline RecordView FoundRecords::View(const Run& run, uint32_t index) const {
  const RecordEntry entry = run.entries[index];
  const std::byte* const at =
      run.bytes + (static_cast<size_t>(entry.offset_units) << run.unit_shift);
  int64_t arrival_ms;
  std::memcpy(&arrival_ms, at, sizeof arrival_ms);
  const char* const data = reinterpret_cast<const char*>(at + kRecordHeaderBytes);
  return {std::string_view(data, entry.data_bytes),
          std::string_view(data + entry.data_bytes, entry.key_bytes),
          absl::FromUnixMillis(arrival_ms),
          SequenceNumber::Make(shard_created_seconds_, shard_id_.index(), run.first_number + index,
                               static_cast<uint64_t>(arrival_ms) / 1000)};
}

}  // namespace internal

// Thread-compatible: const operations may run concurrently, others need outside synchronization.
// Movable, not copyable: a copy would pin twice without saying so; share one by std::shared_ptr
// instead.
class KINESIS_CORE_EXPORT RecordBatch {
 public:
  class const_iterator;

  // An empty batch.
  RecordBatch() noexcept = default;
  RecordBatch(RecordBatch&&) noexcept = default;
  RecordBatch& operator=(RecordBatch&&) noexcept = default;
  // Lets the memory go. Views from the batch are invalid afterwards.
  ~RecordBatch() = default;
  // The same, and the batch is as a new one.
  void Clear() { found_.Clear(); }

  size_t size() const { return found_.size(); }
  bool empty() const { return size() == 0; }
  // Data and partition keys of all records, in bytes.
  uint64_t payload_bytes() const { return found_.payload_bytes(); }

  // A batch takes along what it shows, so a temporary shows nothing: name it first. (A loop over
  // one names it by itself.)
  const_iterator begin() const&;
  const_iterator end() const&;
  // Requires: index < size(). O(pieces of the batch), of which there is one for each log segment.
  RecordView operator[](size_t index) const&;
  void begin() const&& = delete;
  void end() const&& = delete;
  void operator[](size_t index) const&& = delete;

  // Records that the iterator would have returned before these but found expired or trimmed: 0
  // unless it was slower than retention, capacity or an explicit trim, or began at a sequence
  // number behind them (IteratorStart::AtSequenceNumber).
  uint64_t records_lost() const { return found_.records_lost; }

  // The age of the oldest record that the iterator has not returned yet; zero if it is at the tip.
  // That is Kinesis's MillisBehindLatest, against now and not against the newest record.
  absl::Duration behind_latest() const { return absl::Milliseconds(found_.behind_latest_ms); }

  // True if the shard is closed (so is_open() of its handles is false from here on) and everything
  // in it has been returned. Go on with the child shards: they hold what was put to the range of
  // this one afterwards.
  bool end_of_shard() const { return found_.end_of_shard; }
  // The shards that took over, in order of hash keys: two after a split, one after a merge (of
  // which every parent reports it). Empty unless end_of_shard(); empty also if the shard closed
  // with its stream (Stream::Close): then nothing follows.
  std::span<const ShardId> child_shards() const& { return found_.child_shards; }
  void child_shards() const&& = delete;

 private:
  friend class Iterator;

  internal::FoundRecords found_;  // by Iterator
};

// Visits the records in order. Valid as long as the batch is neither moved, cleared, read into nor
// destroyed.
class RecordBatch::const_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using iterator_concept = std::forward_iterator_tag;
  using value_type = RecordView;
  using difference_type = ptrdiff_t;
  using reference = RecordView;
  using pointer = void;

  const_iterator() = default;

  RecordView operator*() const { return found_->View(*run_, index_); }
  const_iterator& operator++() {
    if (++index_ == run_->count) {
      ++run_;
      index_ = 0;
    }
    return *this;
  }
  const_iterator operator++(int) {
    const_iterator old = *this;
    ++*this;
    return old;
  }
  friend bool operator==(const const_iterator&, const const_iterator&) = default;

 private:
  friend class RecordBatch;
  using Run = internal::FoundRecords::Run;
  const_iterator(const internal::FoundRecords* found, const Run* run) : found_(found), run_(run) {}

  const internal::FoundRecords* found_ = nullptr;
  const Run* run_ = nullptr;
  uint32_t index_ = 0;
};

// Inline, so that who wants a part of the record pays for that part.
inline RecordView RecordBatch::operator[](size_t index) const& { return found_.At(index); }

inline RecordBatch::const_iterator RecordBatch::begin() const& {
  return const_iterator(&found_, found_.runs().data());
}

inline RecordBatch::const_iterator RecordBatch::end() const& {
  return const_iterator(&found_, found_.runs().data() + found_.runs().size());
}

}  // namespace kinesis

#endif  // KINESIS_CORE_RECORD_BATCH_H_
