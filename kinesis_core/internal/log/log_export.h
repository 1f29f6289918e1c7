// LogExport: hands out what of a log is not elsewhere yet, for who keeps a copy of it on the disk.
//
// A log is appended to by many at once, so that at any moment some of its newest entries may be
// claimed and not committed. What is handed out are extents: adjacent entries of one segment that
// are committed, or void. An export goes on where the one before ended, and comes back for entries
// that were not committed then. So each entry is handed out once, whatever the order of the
// commits, and one that is held for long (RingLog::Reserve) keeps no other back.
//
// Why a copy of any number of exports, each taken whole or not at all and in their order, has each
// batch whole or can see that it has not:
//   The entries of a batch are claimed by one step, so that no export begins within a batch; and
//   its first entry is committed last. So an export that hands out a first entry has handed out,
//   or hands out with it, all others: it acquires the first one before it looks at those behind it,
//   in the log's order, and entries that it comes back for are looked at in that order, too. A copy
//   that misses the first entry finds "follows" behind a hole, which RecordEntry and ChainRecovery
//   take for a batch that is not whole.
// Who splits an export into parts of its own must not do it in front of an extent whose first entry
// "follows" (LogExtent::follows).
#ifndef KINESIS_CORE_INTERNAL_LOG_LOG_EXPORT_H_
#define KINESIS_CORE_INTERNAL_LOG_LOG_EXPORT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"

namespace kinesis::internal {

// Adjacent entries of a segment, and where the bytes of their records lie in it.
struct LogExtent {
  StoredSegment segment;
  uint32_t first_entry = 0;
  std::span<const uint64_t> entries;  // none of them is 0
  // In units of the segment; none if all entries are void. The gaps between records are zero.
  uint32_t first_unit = 0;
  uint32_t unit_count = 0;

  // Whether its first entry was claimed together with the one before it.
  bool follows() const { return (entries.front() & kEntryFollows) != 0; }
  size_t data_bytes() const {
    return size_t{unit_count} << SegmentGeometry::Of(segment.size_class).unit_shift;
  }
  uint64_t first_index() const { return segment.base_index + first_entry; }
  uint64_t end_index() const { return first_index() + entries.size(); }
};

// What has been handed out of one log. One thread at a time.
template <class Atomics>
class LogExport {
 public:
  using Search = ChainSearch<Atomics>;
  using Segment = typename Search::Segment;

  // Begins at the index `next`, and with `holes` before it, in order. Nothing from `end` on is
  // handed out.
  explicit LogExport(uint64_t next = 0, std::vector<uint64_t> holes = {},
                     uint64_t end = ~uint64_t{0})
      : holes_(std::move(holes)), end_(end) {
    cursor_.index = RecordIndex(next);
  }

  // Hands out what is committed by now and was not handed out before. For each extent it calls
  // sink(extent), which returns where its data_bytes() are to go. The log must stay open, or
  // closed, under its uid meanwhile.
  template <class Sink>
  void Run(const Search& search, RecordIndex trim_index, Sink sink) {
    trim_index_ = trim_index;
    const std::vector<uint64_t> before = std::move(holes_);
    holes_.clear();
    // These first: a batch whose first entry is among them has the others among them, or in an
    // earlier export.
    for (const uint64_t hole : before) Revisit(search, hole, sink);
    Advance(search, sink);
  }

 private:
  template <class Sink>
  void Revisit(const Search& search, uint64_t hole, Sink& sink) {
    LogCursor cursor;
    cursor.index = RecordIndex(hole);
    uint64_t lost = 0;
    const SegmentPin<Atomics> pin = search.Enter(&cursor, &lost);
    if (cursor.index != hole) return;  // trimmed
    const uint64_t slot = cursor.index - BaseIndex(*pin);
    if (slot >= pin->entry_limit || Load(*pin, slot) == 0) {
      holes_.push_back(hole);
      return;
    }
    HandOut(*pin, static_cast<uint32_t>(slot), static_cast<uint32_t>(slot) + 1, sink);
  }

  template <class Sink>
  void Advance(const Search& search, Sink& sink) {
    for (;;) {
      uint64_t lost = 0;
      const SegmentPin<Atomics> pin = search.Enter(&cursor_, &lost);
      const RecordIndex base = BaseIndex(*pin);
      // Before the tail word: with a successor that is final.
      const SegmentRef next = LoadRef(pin->next);
      // Acquire: not needed for the entries, which are acquired below; keeps the count of this
      // generation.
      const uint64_t claimed = TailWord(pin->tail.load(std::memory_order_acquire)).count();
      const auto count =
          static_cast<uint32_t>(base >= end_ ? 0 : std::min<uint64_t>(claimed, end_ - base));
      auto slot = static_cast<uint32_t>(cursor_.index - base);
      while (slot < count) {
        if (Load(*pin, slot) == 0) {
          holes_.push_back(base + slot);
          ++slot;
          continue;
        }
        const uint32_t first = slot;
        while (slot < count && Load(*pin, slot) != 0) ++slot;
        HandOut(*pin, first, slot, sink);
      }
      cursor_.index = std::max(cursor_.index, base + count);
      if (!next.is_segment() || cursor_.index >= end_) return;
      cursor_.segment = next;
    }
  }

  // Acquire: pairs with the release in RingLog's Commit, so the bytes are there (L2).
  static uint64_t Load(const Segment& segment, uint64_t slot) {
    return segment.entries()[slot].load(std::memory_order_acquire);
  }

  template <class Sink>
  void HandOut(const Segment& segment, uint32_t first, uint32_t end, Sink& sink) {
    const SegmentGeometry geometry = SegmentGeometry::Of(segment.size_class);
    entries_.clear();
    uint32_t first_unit = 0;
    uint32_t end_unit = 0;
    for (uint32_t slot = first; slot < end; ++slot) {
      // Relaxed: acquired by the caller, and written once.
      const uint64_t word = segment.entries()[slot].load(std::memory_order_relaxed);
      entries_.push_back(word);
      if (!RecordEntry::IsRecord(word)) continue;
      const RecordEntry entry = RecordEntry::Decode(word);
      if (end_unit == 0) first_unit = entry.offset_units;
      end_unit = entry.offset_units + geometry.UnitsFor(kRecordHeaderBytes + entry.payload_bytes());
    }
    // Relaxed, all: ordered by the pin.
    LogExtent extent;
    extent.segment = {uint64_t{segment.log_uid.load(std::memory_order_relaxed)},
                      uint64_t{segment.base_index.load(std::memory_order_relaxed)},
                      int64_t{segment.base_ms.load(std::memory_order_relaxed)},
                      segment.number.load(std::memory_order_relaxed),
                      segment.shard_created_s.load(std::memory_order_relaxed),
                      segment.shard_index.load(std::memory_order_relaxed),
                      segment.size_class,
                      uint64_t{trim_index_}};
    extent.first_entry = first;
    extent.entries = entries_;
    extent.first_unit = first_unit;
    extent.unit_count = end_unit - first_unit;
    std::byte* const to = sink(extent);
    size_t filled = 0;
    const auto fill_up_to = [to, &filled](size_t at) {
      if (at > filled) std::memset(to + filled, 0, at - filled);
    };
    for (const uint64_t word : entries_) {
      if (!RecordEntry::IsRecord(word)) continue;
      const RecordEntry entry = RecordEntry::Decode(word);
      const size_t at = size_t{entry.offset_units - first_unit} << geometry.unit_shift;
      const size_t bytes = kRecordHeaderBytes + entry.payload_bytes();
      fill_up_to(at);
      Atomics::CopyBytes(to + at, segment.record(entry.offset_units), bytes);
      filled = at + bytes;
    }
    fill_up_to(extent.data_bytes());
  }

  LogCursor cursor_;
  std::vector<uint64_t> holes_;  // claimed and not committed, before the cursor
  uint64_t end_;
  RecordIndex trim_index_;
  std::vector<uint64_t> entries_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_LOG_EXPORT_H_
