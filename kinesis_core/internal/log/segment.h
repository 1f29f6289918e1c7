// A segment: the control words of one block of a shard's log.
//
// The control (this struct) is type-stable: once made by a SegmentPool it stays a Segment of the
// same size class until the pool goes, whatever log it serves. So a thread that holds a stale
// pointer may read its words at any time; it may touch the block behind it only under a pin or an
// uncommitted claim.
//
// Each word below is one atomic because each carries one decision:
//   TailWord   where the next record goes: claimed by compare-exchange, refused once sealed.
//   StateWord  who may touch the block: generation, life-cycle flag and pins in one word, so that
//              "nobody reads it" and "it is ours to recycle" are decided by the same operation.
//   SegmentRef a segment in one generation: the only form in which a log remembers a segment.
#ifndef KINESIS_CORE_INTERNAL_LOG_SEGMENT_H_
#define KINESIS_CORE_INTERNAL_LOG_SEGMENT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/record_layout.h"

namespace kinesis::internal {

// The low `bits` bits of `value`.
constexpr uint64_t LowBits(uint64_t value, int bits) { return value & ((uint64_t{1} << bits) - 1); }

// A segment id and the generation it was in. A reference outlives what it names without harm: the
// generation no longer matches then. Generations have 32 bits; a reference is told apart from one
// that is exactly 2^32 recyclings younger by the log's uid and the base index, which readers check
// under the pin.
class SegmentRef {
 public:
  // Ids of no segment, used in a `next` word: not linked yet, and the end of a closed log.
  static constexpr uint32_t kNoneId = 0xffff'ffff;
  static constexpr uint32_t kClosedId = 0xffff'fffe;

  constexpr SegmentRef() = default;
  constexpr SegmentRef(uint32_t id, Generation generation)
      : bits_(uint64_t{generation} << 32 | id) {}
  static constexpr SegmentRef FromBits(uint64_t bits) {
    SegmentRef ref;
    ref.bits_ = bits;
    return ref;
  }

  constexpr uint32_t id() const { return static_cast<uint32_t>(bits_); }
  constexpr Generation generation() const { return Generation(bits_ >> 32); }
  constexpr uint64_t bits() const { return bits_; }
  constexpr bool is_segment() const { return id() < kClosedId; }
  constexpr bool is_closed() const { return id() == kClosedId; }

  friend constexpr bool operator==(SegmentRef, SegmentRef) = default;

 private:
  uint64_t bits_ = kNoneId;
};

// The tail of a segment in one word:
//
//     63..54   53      52    51..28            27..15   14..0
//      tag   sealed   wait   time, ms mod 2^24  count   offset, in units
//
// `tag` is the low bits of the generation. `time` is the arrival time of the newest record, or the
// base time of an empty segment; because it advances in the same step that claims, arrival times
// never decrease in log order, whatever order threads read their clocks in. `wait` says that a
// reader sleeps at this tail and the next claimer must wake it.
class TailWord {
 public:
  static constexpr int kOffsetBits = kEntryOffsetBits;
  static constexpr int kCountBits = 13;
  static constexpr int kTimeBits = 24;
  static constexpr int kTagBits = 10;
  static constexpr int kCountShift = kOffsetBits;
  static constexpr int kTimeShift = kCountShift + kCountBits;
  static constexpr uint64_t kWait = uint64_t{1} << (kTimeShift + kTimeBits);
  static constexpr uint64_t kSealed = kWait << 1;
  static constexpr int kTagShift = kTimeShift + kTimeBits + 2;
  static_assert(kTagShift + kTagBits == 64, "the fields fill the word");
  // The span of a segment's arrival times is less than this, so that `time` names one of them.
  static constexpr int64_t kTimeSpanMs = int64_t{1} << kTimeBits;

  constexpr TailWord() = default;
  explicit constexpr TailWord(uint64_t bits) : bits_(bits) {}
  // The word of an empty segment of `generation` whose base time is `base_ms`.
  static constexpr TailWord Empty(Generation generation, Millis base_ms, bool wait) {
    return TailWord(LowBits(generation, kTagBits) << kTagShift | (wait ? kWait : 0) |
                    LowBits(static_cast<uint64_t>(base_ms), kTimeBits) << kTimeShift);
  }

  constexpr uint64_t bits() const { return bits_; }
  constexpr uint32_t offset_units() const {
    return static_cast<uint32_t>(LowBits(bits_, kOffsetBits));
  }
  constexpr uint32_t count() const {
    return static_cast<uint32_t>(LowBits(bits_ >> kCountShift, kCountBits));
  }
  constexpr bool sealed() const { return (bits_ & kSealed) != 0; }
  constexpr bool wait() const { return (bits_ & kWait) != 0; }
  constexpr bool IsOf(SegmentRef ref) const {
    return bits_ >> kTagShift == LowBits(ref.generation(), kTagBits);
  }

  // The full time in a segment whose base time is `base_ms`.
  constexpr Millis TimeMs(Millis base_ms) const {
    const uint64_t delta =
        LowBits((bits_ >> kTimeShift) - static_cast<uint64_t>(base_ms), kTimeBits);
    return base_ms + static_cast<int64_t>(delta);
  }

  constexpr TailWord Sealed() const { return TailWord(bits_ | kSealed); }
  constexpr TailWord Waiting() const { return TailWord(bits_ | kWait); }
  // After a claim of `count` records and `units` at `time_ms`. The claimer takes the duty to wake.
  constexpr TailWord Advanced(uint32_t count, uint32_t units, Millis time_ms) const {
    KC_DCHECK(!sealed());
    KC_DCHECK_LE(uint64_t{this->count()} + count, LowBits(~uint64_t{0}, kCountBits));
    KC_DCHECK_LE(uint64_t{offset_units()} + units, LowBits(~uint64_t{0}, kOffsetBits));
    constexpr uint64_t kKept = ~(((uint64_t{1} << kTimeBits) - 1) << kTimeShift | kWait);
    return TailWord((bits_ & kKept) + (uint64_t{count} << kCountShift) + units +
                    (LowBits(static_cast<uint64_t>(time_ms), kTimeBits) << kTimeShift));
  }

 private:
  uint64_t bits_ = 0;
};

// The content that a sealed segment was found to have, once somebody has settled it
// (chain_totals.h):
//
//     63       62        61..45   44..32   31..25   24..0
//     settled  complete    0      voids      0      payload bytes
//
// `complete` says that every claim was committed by then; one that was not counts as a record of no
// bytes. The records are the count of the tail word, less the voids. A word of 0 is open.
class ContentWord {
 public:
  static constexpr int kPayloadBits = 25;
  static constexpr int kVoidsShift = 32;
  static constexpr uint64_t kComplete = uint64_t{1} << 62;
  static constexpr uint64_t kSettled = uint64_t{1} << 63;

  constexpr ContentWord() = default;
  explicit constexpr ContentWord(uint64_t bits) : bits_(bits) {}
  static constexpr ContentWord Settled(ByteCount payload_bytes, uint32_t voids, bool complete) {
    KC_DCHECK_EQ(payload_bytes >> kPayloadBits, 0U);
    KC_DCHECK_EQ(voids >> TailWord::kCountBits, 0U);
    return ContentWord(kSettled | (complete ? kComplete : 0) | uint64_t{voids} << kVoidsShift |
                       payload_bytes);
  }

  constexpr uint64_t bits() const { return bits_; }
  constexpr bool settled() const { return (bits_ & kSettled) != 0; }
  constexpr bool complete() const { return (bits_ & kComplete) != 0; }
  constexpr uint32_t voids() const {
    return static_cast<uint32_t>(LowBits(bits_ >> kVoidsShift, TailWord::kCountBits));
  }
  constexpr ByteCount payload_bytes() const { return ByteCount(LowBits(bits_, kPayloadBits)); }

 private:
  uint64_t bits_ = 0;
};

// Who may touch a segment's block:
//
//     63..32        31..28   27..0
//     generation     flag     pins
//
//   kFree     in the pool, no pins that count. Taking it from the pool makes it kLive.
//   kLive     in a log (or trimmed from it with a claim still uncommitted). May be pinned.
//   kRetired  out of its log, all claims committed. No new pins; recycled when the last one goes.
//
// A pin is one fetch_add; a thread whose pin finds another generation or flag takes it back at
// once. The step to kFree is a compare-exchange from "retired with no pins", so exactly one thread
// recycles (L4).
class StateWord {
 public:
  static constexpr uint64_t kFree = 0;
  static constexpr uint64_t kLive = uint64_t{1} << 28;
  static constexpr uint64_t kRetired = uint64_t{2} << 28;
  static constexpr uint64_t kFlags = uint64_t{3} << 28;
  // Set when the pool is going away: the thread that drops the last pin tells the pool, which goes
  // with the last of them.
  static constexpr uint64_t kOrphan = uint64_t{4} << 28;
  static constexpr uint64_t kPin = 1;
  static constexpr uint64_t kPins = (uint64_t{1} << 28) - 1;

  explicit constexpr StateWord(uint64_t bits) : bits_(bits) {}

  constexpr Generation generation() const { return Generation(bits_ >> 32); }
  constexpr uint64_t flag() const { return bits_ & kFlags; }
  constexpr uint64_t pins() const { return bits_ & kPins; }
  constexpr bool orphan() const { return (bits_ & kOrphan) != 0; }
  // The word after recycling a retired segment without pins: free, in the next generation.
  constexpr uint64_t Recycled() const {
    KC_DCHECK_EQ(flag(), kRetired);
    return (uint64_t{generation()} + 1) << 32 | (bits_ & kOrphan) | kFree;
  }

 private:
  uint64_t bits_;
};

// The shape of the blocks of one size class: how large they are, and how much of that is entries.
//
// Class 0 has no block: its segments are stubs, which stand for "the log goes on from here" where
// nothing is stored. The others are the products of sizes 1, 2, ..., with blocks of 4 KiB *
// 4^(size-1), and spacings 0, 1, ..., with an entry for every 64 * 2^spacing bytes of the block. A
// log of records of n bytes takes the coarsest spacing that has an entry for each: then at most
// half of the entries, so at most 8 bytes a record, stay unused.
struct SegmentGeometry {
  static constexpr int kStub = 0;
  static constexpr int kSizes = 7;
  static constexpr int kSpacings = 5;
  static constexpr int kClasses = 1 + kSizes * kSpacings;
  static constexpr size_t kSmallestBlockBytes = 4096;
  static constexpr size_t kSmallestBytesPerEntry = 64;
  static constexpr uint32_t kEntriesMax = 4096;
  // Of all sizes up to 256 KiB, which is what a log of small records grows to by itself.
  static constexpr int kUsualUnitShift = 3;

  // The class of a size, from 1, and a spacing. Those of spacing 0 have the numbers of their sizes.
  static constexpr int ClassOf(int size, int spacing) {
    KC_DCHECK(size >= 1 && size <= kSizes);
    KC_DCHECK(spacing >= 0 && spacing < kSpacings);
    return size + spacing * kSizes;
  }
  // 0 for the stub.
  static constexpr int SizeOf(int size_class) {
    return size_class == kStub ? 0 : (size_class - 1) % kSizes + 1;
  }
  // The spacing for records of so many bytes (header included).
  static constexpr int SpacingFor(uint64_t record_bytes) {
    int spacing = 0;
    while (spacing + 1 < kSpacings &&
           (kSmallestBytesPerEntry << (spacing + 1)) <= record_bytes + sizeof(uint64_t)) {
      ++spacing;
    }
    return spacing;
  }

  size_t block_bytes;
  uint32_t entries;     // records it can hold
  uint32_t data_units;  // record bytes it can hold, in units
  int unit_shift;       // a unit is 1 << unit_shift bytes

  static constexpr SegmentGeometry Of(int size_class) {
    KC_DCHECK_GE(size_class, 0);
    KC_DCHECK_LT(size_class, kClasses);
    if (size_class == kStub) return {0, 0, 0, kUsualUnitShift};
    const size_t block = kSmallestBlockBytes << (2 * (SizeOf(size_class) - 1));
    const size_t by_size = block / (kSmallestBytesPerEntry << ((size_class - 1) / kSizes));
    const auto entries = static_cast<uint32_t>(by_size < kEntriesMax ? by_size : kEntriesMax);
    int shift = kUsualUnitShift;
    while ((block >> shift) > (size_t{1} << kEntryOffsetBits)) ++shift;
    const auto units = static_cast<uint32_t>((block - entries * sizeof(uint64_t)) >> shift);
    return {block, entries, units, shift};
  }

  constexpr uint32_t UnitsFor(size_t bytes) const {
    return static_cast<uint32_t>((bytes + (size_t{1} << unit_shift) - 1) >> unit_shift);
  }
  // True if a record of `bytes` bytes (header included) fits an empty segment.
  constexpr bool Holds(size_t bytes) const {
    return entries > 0 && (bytes >> unit_shift) <= data_units && UnitsFor(bytes) <= data_units;
  }

  // The class of the smallest blocks that hold a record of `bytes` bytes (header included); of the
  // largest blocks if none does.
  static constexpr int ClassFor(size_t bytes) {
    const int spacing = SpacingFor(bytes);
    int size = 1;
    while (size < kSizes && !Of(ClassOf(size, spacing)).Holds(bytes)) ++size;
    return ClassOf(size, spacing);
  }
};

// The format of the files: kinesis_core/doc/file_format.md.
static_assert(SegmentGeometry::ClassOf(1, 0) == 1 && SegmentGeometry::ClassOf(1, 1) == 8);
static_assert(SegmentGeometry::kSizes == 7 && SegmentGeometry::kSpacings == 5);
static_assert(SegmentGeometry::Of(SegmentGeometry::kClasses - 1).block_bytes == size_t{16} << 20);
static_assert(SegmentGeometry::Of(SegmentGeometry::kClasses - 1).block_bytes <
              uint64_t{1} << ContentWord::kPayloadBits);
static_assert(SegmentGeometry::kEntriesMax < (1U << TailWord::kCountBits));
static_assert(SegmentGeometry::Of(SegmentGeometry::ClassOf(4, SegmentGeometry::kSpacings - 1))
                  .data_units < (1U << TailWord::kOffsetBits));
static_assert(SegmentGeometry::Of(SegmentGeometry::kClasses - 1).data_units <
              (1U << TailWord::kOffsetBits));

inline constexpr int64_t kPinnedSinceUnknown = INT64_MAX;

// Aligned to a pair of lines, which processors fetch together: a put needs the first two.
template <class Atomics>
struct alignas(2 * kCacheLineBytes) Segment {
  template <class T>
  using Atomic = typename Atomics::template Atomic<T>;
  using EntryWord = Atomic<uint64_t>;

  // --- Line 0: all that an append reads, written when the segment is opened. Every store to these
  // is a release, so that a thread that reads a new value through a stale reference also sees the
  // generation that belongs to it.
  Atomic<LogUid> log_uid{LogUid()};
  Atomic<RecordIndex> base_index{RecordIndex()};  // index of its first record in the log
  Atomic<Millis> base_ms{Millis()};               // no record in it is older
  Atomic<std::byte*> block{nullptr};
  Atomic<uint64_t> self{SegmentRef().bits()};  // this segment in the generation of all of these
  Atomic<uint64_t> shard_created_s{0};
  Atomic<uint32_t> shard_index{0};
  // Constant from the control's making on, as is the id below.
  uint32_t block_bytes = 0;
  uint16_t entry_limit = 0;
  uint16_t unit_limit = 0;
  uint8_t size_class = 0;
  uint8_t unit_shift = 0;

  // --- Line 1: the producers' line.
  alignas(kCacheLineBytes) Atomic<uint64_t> tail{TailWord::kSealed};

  // --- Line 2: the readers' line.
  alignas(kCacheLineBytes) Atomic<uint64_t> state{0};
  // Since when it has been pinned without a break; kPinnedSinceUnknown if the reader that began it
  // has not said. A statistic, so that schedules need not explore it: see SegmentPool::Pinned.
  std::atomic<int64_t> pinned_since_ms{kPinnedSinceUnknown};
  // Its SegmentHeader, if the pool has a BlockStore; null otherwise, and while it has no block.
  // Changed with the block.
  Atomic<std::byte*> header{nullptr};

  // --- Line 3: touched at rotation, by seeks, and by readers at the end of the segment.
  alignas(kCacheLineBytes) Atomic<uint64_t> next{0};  // SegmentRef; "none" and "closed" carry this
                                                      // segment's generation
  Atomic<uint64_t> number{0};                         // place in the log, counted from 0
  Atomic<uint64_t> parent{0};                         // SegmentRef of the segment before
  Atomic<uint64_t> skip{0};  // SegmentRef of an ancestor farther back (see ChainSearch::SkipFor)
  Atomic<uint32_t> next_free{0};
  uint32_t id = 0;
  Atomic<uint64_t> content{0};  // ContentWord
  Atomic<ByteCount> payload_before{
      ByteCount()};                  // of the log's records before this segment, once counted
  Atomic<uint64_t> voids_before{0};  // indices before it that name no record, likewise

  EntryWord* entries() const {
    return reinterpret_cast<EntryWord*>(
        block.load(std::memory_order_relaxed));  // under pin or claim
  }
  std::byte* data() const {
    // Relaxed: the caller holds a pin or a claim, whose acquire ordered the opening before this.
    return block.load(std::memory_order_relaxed) + size_t{entry_limit} * sizeof(EntryWord);
  }
  const std::byte* block_end() const {
    return block.load(std::memory_order_relaxed) + block_bytes;  // as above
  }
  std::byte* record(uint32_t offset_units) const {
    KC_DCHECK_LE(offset_units, unit_limit);  // equal: the end of a segment that is full
    if (unit_shift == SegmentGeometry::kUsualUnitShift) [[likely]] {
      return data() + (size_t{offset_units} << SegmentGeometry::kUsualUnitShift);
    }
    return data() + (size_t{offset_units} << unit_shift);
  }
};

static_assert(sizeof(Segment<StdAtomics>) == 4 * kCacheLineBytes, "a line for each purpose");

// The reference in a word of a control. Acquire: pairs with the release that linked the segment, so
// its opening is visible.
template <class Word>
SegmentRef LoadRef(const Word& word) {
  return SegmentRef::FromBits(word.load(std::memory_order_acquire));
}

// Acquire: validated by the caller against a later read of the generation, a pin or a claim.
template <class Atomics>
RecordIndex BaseIndex(const Segment<Atomics>& segment) {
  return segment.base_index.load(std::memory_order_acquire);
}

// The arrival time of a committed entry, under a pin.
template <class Atomics>
Millis ArrivalMs(const Segment<Atomics>& segment, uint64_t entry) {
  int64_t arrival_ms;
  std::memcpy(&arrival_ms, segment.record(RecordEntry::Decode(entry).offset_units),
              sizeof arrival_ms);
  return Millis(arrival_ms);
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_SEGMENT_H_
