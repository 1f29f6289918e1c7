// RecordBatch: the records of one read, in place.
//
//   for (const kinesis::RecordView& record : *batch) Process(record.partition_key, record.data);
//
// A batch holds views straight into the shard's log: nothing is copied. While it lives it pins the
// memory it shows; that memory counts against the engine's budget and is neither changed nor
// reused, even if the records are trimmed or expire meanwhile, or the stream and the engine are
// deleted. So process a batch and let it go. One that is forgotten costs memory, and in the end
// puts fail for lack of it; nothing breaks.
//
// A view that is kept beyond its batch is an error of the caller, as is one of a std::string that
// is gone. To find it, build library and program with AddressSanitizer, which stops at a use of
// record memory after it was recycled or freed; with assertions (no NDEBUG) such memory is filled
// with the byte 0xdb. Both until other records have come to the same place.
#ifndef KINESIS_CORE_RECORD_BATCH_H_
#define KINESIS_CORE_RECORD_BATCH_H_

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

// Thread-compatible: const operations may run concurrently, others need outside synchronization.
// Movable, not copyable: a copy would pin twice without saying so; share one by std::shared_ptr
// instead.
class KINESIS_CORE_EXPORT RecordBatch {
 public:
  class const_iterator;

  // An empty batch. Defaulted outside the class, or RecordBatch() would also fill it with zeros.
  RecordBatch() noexcept;
  RecordBatch(RecordBatch&& other) noexcept
      : piece_count_(std::exchange(other.piece_count_, 0)),
        piece_(other.piece_),
        more_pieces_(std::move(other.more_pieces_)),
        pool_(other.pool_),
        size_(std::exchange(other.size_, 0)),
        payload_bytes_(std::exchange(other.payload_bytes_, 0)),
        records_lost_(std::exchange(other.records_lost_, 0)),
        shard_created_seconds_(other.shard_created_seconds_),
        shard_id_(other.shard_id_),
        end_of_shard_(std::exchange(other.end_of_shard_, false)),
        behind_latest_(other.behind_latest_),
        child_shards_(std::move(other.child_shards_)) {}
  RecordBatch& operator=(RecordBatch&& other) noexcept;
  // Lets the memory go. Views from the batch are invalid afterwards.
  ~RecordBatch() { Unpin(); }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  // Data and partition keys of all records, in bytes.
  uint64_t payload_bytes() const { return payload_bytes_; }

  const_iterator begin() const;
  const_iterator end() const;
  // Requires: index < size(). O(pieces of the batch), of which there is one for each log segment.
  RecordView operator[](size_t index) const;

  // Records that the iterator would have returned before these but found expired or trimmed: 0
  // unless it was slower than retention, capacity or an explicit trim, or began at a sequence
  // number behind them (IteratorStart::AtSequenceNumber).
  uint64_t records_lost() const { return records_lost_; }

  // The age of the oldest record that the iterator has not returned yet; zero if it is at the tip.
  // That is Kinesis's MillisBehindLatest, against now and not against the newest record.
  absl::Duration behind_latest() const { return behind_latest_; }

  // True if the shard is closed (so is_open() of its handles is false from here on) and everything
  // in it has been returned. Go on with the child shards: they hold what was put to the range of
  // this one afterwards.
  bool end_of_shard() const { return end_of_shard_; }
  // The shards that took over, in order of hash keys: two after a split, one after a merge (of
  // which every parent reports it). Empty unless end_of_shard(); empty also if the shard closed
  // with its stream (Stream::Close): then nothing follows.
  std::span<const ShardId> child_shards() const { return child_shards_; }

 private:
  friend class Iterator;

  // Adjacent records of one pinned segment.
  struct Piece {
    void* segment;
    const uint64_t* entries;  // of the first record on
    const std::byte* bytes;   // record bytes of the segment
    uint64_t first_number;    // SequenceNumber::index of the first record
    uint32_t count;
    int unit_shift;
  };

  inline RecordView View(const Piece& piece, uint32_t index) const;
  std::span<const Piece> pieces() const {
    return more_pieces_.empty() ? std::span(&piece_, piece_count_) : std::span(more_pieces_);
  }
  void AddPiece(const Piece& piece);
  // Inline as far as it goes for a batch that shows nothing: one that was moved from.
  void Unpin() {
    if (piece_count_ > 0) UnpinPieces();
  }
  void UnpinPieces();

  // A read that stays in one segment, which most do, allocates nothing.
  size_t piece_count_ = 0;
  Piece piece_{};                   // if there is one
  std::vector<Piece> more_pieces_;  // if there are several: all of them
  void* pool_ = nullptr;
  size_t size_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t records_lost_ = 0;
  uint64_t shard_created_seconds_ = 0;
  ShardId shard_id_;
  bool end_of_shard_ = false;
  absl::Duration behind_latest_;
  std::vector<ShardId> child_shards_;
};

inline RecordBatch::RecordBatch() noexcept = default;

// Visits the records in order. Valid as long as the batch is neither moved nor destroyed.
class RecordBatch::const_iterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using iterator_concept = std::forward_iterator_tag;
  using value_type = RecordView;
  using difference_type = ptrdiff_t;
  using reference = RecordView;
  using pointer = void;

  const_iterator() = default;

  RecordView operator*() const { return batch_->View(*piece_, index_); }
  const_iterator& operator++() {
    if (++index_ == piece_->count) {
      ++piece_;
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
  const_iterator(const RecordBatch* batch, const Piece* piece) : batch_(batch), piece_(piece) {}

  const RecordBatch* batch_ = nullptr;
  const Piece* piece_ = nullptr;
  uint32_t index_ = 0;
};

inline RecordBatch::const_iterator RecordBatch::begin() const {
  return const_iterator(this, pieces().data());
}

inline RecordBatch::const_iterator RecordBatch::end() const {
  return const_iterator(this, pieces().data() + piece_count_);
}

inline RecordView RecordBatch::View(const Piece& piece, uint32_t index) const {
  const auto entry = internal::RecordEntry::Decode(piece.entries[index]);
  const std::byte* const at =
      piece.bytes + (static_cast<size_t>(entry.offset_units) << piece.unit_shift);
  int64_t arrival_ms;
  std::memcpy(&arrival_ms, at, sizeof arrival_ms);
  const char* const data = reinterpret_cast<const char*>(at + internal::kRecordHeaderBytes);
  return {
      std::string_view(data, entry.data_bytes),
      std::string_view(data + entry.data_bytes, entry.key_bytes), absl::FromUnixMillis(arrival_ms),
      SequenceNumber::Make(shard_created_seconds_, shard_id_.index(), piece.first_number + index,
                           static_cast<uint64_t>(arrival_ms) / 1000)};
}

}  // namespace kinesis

#endif  // KINESIS_CORE_RECORD_BATCH_H_
