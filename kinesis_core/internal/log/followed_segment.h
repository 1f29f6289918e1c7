// FollowedSegment: the place of a reader that stays in one segment from one of its reads to the
// next, because the segment stays pinned. What such a reader looks at is what it reads, and three
// words that say whether that may still be read.
//
// Why the pin may be kept for any length of time:
//   Memory   A pin keeps one block from being recycled and nothing else from happening. Its segment
//            may be trimmed meanwhile, its log closed; records behind the place stay readable and
//            unchanged (P2), which is what a read under a pin always relied on.
//   Loss     A trim is seen by every read that it happens before: TrimBefore stores the trim index,
//            and whoever moves the head past a segment retires it, in the state word. Both are
//            looked at before records are returned, and coherence suffices, as nothing but the
//            words themselves is concluded from them. A read that runs at the same time as a trim
//            comes before it, as it may in LogReading::ReadSpan. (A segment set aside is still
//            live. ReadSpan enters such a one, too.)
//   Expiry   The first record is held against the cutoff; those behind it are not older (L8).
//   Tip      An entry that is zero while `next` is "none" is the end of the log at that moment:
//            `next` of a segment leaves "none" before the segment can be trimmed, and once for all.
//            So neither a trim nor the end of the log is missed, and an empty read looks at two
//            words. What it does not see is that records behind a claim which its producer never
//            commits have expired or been trimmed: for that, a caller asks ReadSpan now and then.
#ifndef KINESIS_CORE_INTERNAL_LOG_FOLLOWED_SEGMENT_H_
#define KINESIS_CORE_INTERNAL_LOG_FOLLOWED_SEGMENT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/prefetch.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {

// Thread-compatible: one reader's own. Holds no pin; who keeps one says what of this may be asked.
template <class Atomics>
class FollowedSegment {
 public:
  using Segment = internal::Segment<Atomics>;
  using EntryWord = typename Segment::EntryWord;

  // Of no segment.
  FollowedSegment() = default;
  // Before the record `index` of a segment that is pinned, in which that is or will be, or behind
  // its last.
  FollowedSegment(Segment& pinned, RecordIndex index)
      : segment_(&pinned), bytes_(pinned.data()), unit_shift_(pinned.unit_shift) {
    KC_DCHECK_GE(index, BaseIndex(pinned));
    const uint64_t slot = index - BaseIndex(pinned);
    next_ = pinned.entries() + std::min<uint64_t>(slot, pinned.entry_limit);
    end_ = pinned.entries() + pinned.entry_limit;
  }

  Segment* segment() const { return segment_; }
  const std::byte* bytes() const { return bytes_; }
  int unit_shift() const { return unit_shift_; }

  // Returns whether a segment that is pinned is `ref` in the log `uid`.
  static bool IsAt(const Segment& pinned, SegmentRef ref, LogUid uid) {
    // Relaxed, both: set before the pin was taken, and the same until it ends.
    return pinned.self.load(std::memory_order_relaxed) == ref.bits() &&
           pinned.log_uid.load(std::memory_order_relaxed) == uid;
  }

  // Returns whether the place is the tip of an open log, where nothing is committed. Requires, as
  // what follows, that the segment has been pinned since this was made.
  bool IsTip() const {
    // Acquire: comes before the load of `next`.
    return (next_ == end_ || next_->load(std::memory_order_acquire) == 0) && IsLast();
  }

  enum class State {
    kRecords,
    kTip,      // nothing is committed at the place yet, and it is the end of an open log
    kUnknown,  // it takes more than this segment to tell
  };

  // The first step of a read: looks at the place, which is at the record `index`. What is before
  // `trim_index` has been trimmed. kRecords: there is one, which may be void, or have expired.
  [[gnu::always_inline]] State Look(RecordIndex index, RecordIndex trim_index) {
    if (index < trim_index) return State::kUnknown;
    // Acquire: pairs with the release in RingLog's Commit, which makes the bytes readable (L2).
    const uint64_t entry = next_ == end_ ? 0 : next_->load(std::memory_order_acquire);
    if (entry == 0) return IsLast() ? State::kTip : State::kUnknown;
    // Relaxed: see "Loss" above.
    const StateWord state(segment_->state.load(std::memory_order_relaxed));
    return state.flag() == StateWord::kLive ? State::kRecords : State::kUnknown;
  }

  // The result of a read: `count` records.
  struct Records {
    const EntryWord* entries;
    uint32_t count;
    uint64_t payload_bytes;
    Millis last_ms;  // the arrival time of the last one
    bool is_at_tip;  // they end at the tip of an open log
    Millis next_ms;  // if not: the arrival time of the record behind them
  };

  // The second step, behind a look that found a record: reads what LogReading::ReadSpan would, and
  // moves behind it. At most `max_records` and, but for the first, `max_payload_bytes` are wanted,
  // both not 0. False if it takes more than this segment to tell: then nothing has moved.
  [[gnu::always_inline]] bool Take(Millis cutoff_ms, uint64_t max_records,
                                   uint64_t max_payload_bytes, Records* records) {
    const EntryWord* at = next_;
    // Relaxed: Look acquired it.
    uint64_t entry = at->load(std::memory_order_relaxed);
    if ((entry & kEntryVoid) != 0) [[unlikely]]
      return false;
    const Millis first_ms = TimeOf(entry);
    if (first_ms < cutoff_ms) [[unlikely]]
      return false;
    uint64_t left = max_records;
    uint64_t payload_bytes = 0;
    uint64_t payload = RecordEntry::Decode(entry).payload_bytes();
    uint64_t last = 0;
    for (;;) {
      payload_bytes += payload;
      last = entry;
      if (++at == end_) [[unlikely]]
        return false;
      entry = at->load(std::memory_order_acquire);  // as in Look
      if (entry == 0) break;
      if ((entry & kEntryVoid) != 0) [[unlikely]]
        return false;
      if (--left == 0) break;
      payload = RecordEntry::Decode(entry).payload_bytes();
      if (payload_bytes + payload > max_payload_bytes) break;
    }
    records->is_at_tip = entry == 0;
    if (entry == 0) {
      if (!IsLast()) [[unlikely]]
        return false;
    } else {
      records->next_ms = TimeOf(entry);
    }
    if (reinterpret_cast<uintptr_t>(next_) % kCacheLineBytes == 0) PrefetchRecords();
    records->entries = next_;
    records->count = static_cast<uint32_t>(at - next_);
    records->payload_bytes = payload_bytes;
    records->last_ms = records->count == 1 ? first_ms : TimeOf(last);
    next_ = at;
    return true;
  }

 private:
  // The arrival time of a committed entry of the segment.
  Millis TimeOf(uint64_t entry) const {
    int64_t arrival_ms;
    std::memcpy(&arrival_ms,
                bytes_ + (size_t{RecordEntry::Decode(entry).offset_units} << unit_shift_),
                sizeof arrival_ms);
    return Millis(arrival_ms);
  }

  // Returns whether nothing is linked behind the segment, and its log is open.
  bool IsLast() const { return LoadRef(segment_->next).id() == SegmentRef::kNoneId; }

  // Asks for the bytes of the records whose entries are in one line, from the place on, if all of
  // them are there. A reader that takes one record a call does so much in between that their misses
  // would not overlap. Never for what is yet to be written: that would take lines from the
  // producer.
  [[gnu::noinline]] void PrefetchRecords() const {
    constexpr ptrdiff_t kEntriesOfLine = kCacheLineBytes / sizeof(uint64_t);
    constexpr size_t kAtMost = 1024;
    if (end_ - next_ < kEntriesOfLine) return;
    // Relaxed, both: nothing is read there for it. Their line has just been read.
    const uint64_t from = next_->load(std::memory_order_relaxed);
    const uint64_t to = next_[kEntriesOfLine - 1].load(std::memory_order_relaxed);
    if (!RecordEntry::IsRecord(from) || !RecordEntry::IsRecord(to)) return;
    const std::byte* const begin = segment_->record(RecordEntry::Decode(from).offset_units);
    const std::byte* const last = std::min<const std::byte*>(
        segment_->record(RecordEntry::Decode(to).offset_units), begin + kAtMost);
    for (const std::byte* line = begin; line <= last; line += kCacheLineBytes) {
      PrefetchForRead(line);
    }
  }

  Segment* segment_ = nullptr;
  const EntryWord* next_ = nullptr;
  const EntryWord* end_ = nullptr;
  // The segment's.
  const std::byte* bytes_ = nullptr;
  int unit_shift_ = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_FOLLOWED_SEGMENT_H_
