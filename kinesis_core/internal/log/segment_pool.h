// The engine's segments: one byte budget, recycled hottest first.
//
// All logs of an engine take their segments from one pool. The pool makes controls in slabs that
// live as long as it does (they are type-stable, see segment.h) and attaches blocks of memory to
// them, never more than the budget in total. A recycled segment keeps its block up to a cache
// limit, beyond which blocks go back to the operating system.
//
// Thread-safe and lock-free, but for the system's allocators (block_source.h, and the C library's
// for controls), which are asked only when no cached block of the wanted size exists. Acquire:
// O(1). A pin and its end: one atomic operation each.
//
// Room. A block is room for a put while it is cached, and when it is no longer charged. Whoever
// turns something else into room tells the listener afterwards, so that a put that waits (see
// waiting.h) looks again: who recycles a segment; who evicts cached blocks for a smaller one, or
// for one that it does not get in the end; and who cannot have the block that it has charged. A
// block on its way back to the system is neither: it is counted in leaving_, and who finds no room
// meanwhile waits for it, up to some ten milliseconds, as it would for the system's allocators.
//
// Invariants
//   P1  A block is written only through a segment that is kLive, under an uncommitted claim.
//   P2  A segment becomes kFree only by a compare-exchange from {kRetired, 0 pins}, and kRetired
//       only with every claim committed: so nobody holds a view into a free segment's block (L4).
//   P3  The entry array of a free segment's block is all zero: so a reader of the next generation
//       sees no entry that was not committed in that generation (L2).
//   P4  held_bytes <= budget at all times; a block is charged before it is allocated (L5).
//   P5  A segment whose claims are not all committed waits aside, outside its log, still kLive.
//       It delays its own recycling and nothing else (L1).
//
// With a BlockStore the blocks lie in files, and each segment has a header there: segment_header.h
// has the invariants of that. The pool writes and clears headers, and leaves the files as they are
// when it goes.
#ifndef KINESIS_CORE_INTERNAL_LOG_SEGMENT_POOL_H_
#define KINESIS_CORE_INTERNAL_LOG_SEGMENT_POOL_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/debug_use.h"
#include "kinesis_core/internal/base/poison.h"
#include "kinesis_core/internal/log/block_source.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"
#include "kinesis_core/observer.h"

namespace kinesis::internal {

// The events that logs report to the engine, on whatever thread they happen. Implementations are
// thread-safe.
class LogListener {
 public:
  virtual ~LogListener() = default;
  // Memory that a put could use has become free.
  virtual void OnRoom() = 0;
  // A reader that sleeps at the tip of the log `uid` has something to see.
  virtual void OnAppend(LogUid uid) = 0;
  // The pool has no memory for an append, which tries again after this and only then fails or
  // trims.
  virtual void OnShortage() {}
  // `records` records of the log `uid` have gone, with the segment that held them.
  virtual void OnTrim(LogUid /*uid*/, TrimCause /*cause*/, uint64_t /*records*/) {}
};

template <class Atomics>
class SegmentPool;

// A pin: while it lives, the block of its segment is neither recycled nor changed, but for records
// being appended behind the committed ones. Made by SegmentPool::TryPin, which gives an empty one
// for a segment that is no longer in a log.
//
// Thread-compatible; may be let go on another thread than the one that took it. It keeps the pool's
// memory alive, also after SegmentPool::Release, and the pool may go with it.
template <class Atomics>
class SegmentPin {
 public:
  using Pool = SegmentPool<Atomics>;
  using Segment = internal::Segment<Atomics>;

  SegmentPin() = default;
  SegmentPin(SegmentPin&& other) noexcept
      : pool_(other.pool_), segment_(std::exchange(other.segment_, nullptr)) {}
  SegmentPin& operator=(SegmentPin&& other) noexcept {
    if (this == &other) return *this;
    LetGo();
    pool_ = other.pool_;
    segment_ = std::exchange(other.segment_, nullptr);
    return *this;
  }
  ~SegmentPin() { LetGo(); }

  // Ends the pin, if there is one.
  void LetGo() {
    if (segment_ != nullptr) pool_->Unpin(*std::exchange(segment_, nullptr));
  }

  explicit operator bool() const { return segment_ != nullptr; }
  // Requires: it is not empty.
  Segment& operator*() const { return *segment_; }
  Segment* operator->() const { return segment_; }

  // Where a pin is kept by what cannot name this type with its members (RecordBatch, a public
  // class): Detach leaves this one empty without ending the pin, and Adopt makes it one again.
  Segment* Detach() { return std::exchange(segment_, nullptr); }
  static SegmentPin Adopt(Pool& pool, Segment* detached) { return SegmentPin(pool, detached); }

 private:
  friend Pool;
  SegmentPin(Pool& pool, Segment* segment) : pool_(&pool), segment_(segment) {}

  Pool* pool_ = nullptr;
  Segment* segment_ = nullptr;
};

template <class Atomics>
class SegmentPool {
 public:
  template <class T>
  using Atomic = typename Atomics::template Atomic<T>;
  using Segment = internal::Segment<Atomics>;
  using Header = SegmentHeader<Atomics>;
  using Pin = SegmentPin<Atomics>;

  struct Options {
    uint64_t budget_bytes = 0;  // of blocks; controls (256 bytes a segment) come on top
    uint64_t cache_bytes = 0;   // blocks kept for reuse although no log holds them
    LogListener* listener = nullptr;
    std::shared_ptr<void> listener_owner = nullptr;  // let go with the pool, which may outlive logs
    std::shared_ptr<BlockStore> store = nullptr;     // null: blocks are memory
  };

  explicit SegmentPool(const Options& options) : options_(options) {}
  SegmentPool(const SegmentPool&) = delete;
  SegmentPool& operator=(const SegmentPool&) = delete;

  // Destroys a pool that was made with `new`, now or, if batches still pin some of its segments,
  // when the last of them is gone. No log may use the pool any more.
  static void Release(SegmentPool* pool) {
    KC_DCHECK_EQ(pool->logs_.count(), 0);
    pool->ForEachSegment([pool](Segment& segment) {
      // Relaxed: this thread alone can reach zero before the guard count below is dropped.
      pool->orphans_.fetch_add(1, std::memory_order_relaxed);
      // acq_rel: orders our accounting before the report of an unpin that sees the flag.
      const StateWord old(segment.state.fetch_or(StateWord::kOrphan, std::memory_order_acq_rel));
      if (old.pins() == 0) pool->ReportOrphan();
    });
    pool->ReportOrphan();
  }

  // A live segment of `size_class` with no records, its entries zero; the caller opens it and links
  // it into a log, or gives it back with Discard. Null when the budget or the system has no memory
  // for it.
  Segment* Acquire(int size_class) {
    const size_t bytes = SegmentGeometry::Of(size_class).block_bytes;
    Segment* segment = bytes == 0 ? nullptr : Pop(cached_[size_class]);
    if (segment != nullptr) {
      // Relaxed: a statistic; the block itself came through Pop.
      cached_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    } else {
      if (bytes > 0 && !ChargeEvicting(size_class, bytes)) return nullptr;
      segment = WithBlock(size_class, bytes);
      if (segment == nullptr) {
        if (bytes > 0) GiveUpCharge(bytes);
        return nullptr;
      }
    }
    // acq_rel: keeps what this thread writes to the block after the recycling that freed it. An
    // exclusive or leaves stray pins of threads with stale references alone; they take them back
    // themselves.
    [[maybe_unused]] const StateWord old(
        segment->state.fetch_xor(StateWord::kLive, std::memory_order_acq_rel));
    KC_DCHECK_EQ(old.flag(), StateWord::kFree);
    KC_DCHECK_EQ(segment->size_class, size_class);
    KC_DCHECK_EQ(Atomics::Peek(segment->block) != nullptr, bytes > 0);
    KC_DCHECK(HasEntries(*segment, 0));
    return segment;
  }

  // Gives back a segment from Acquire that no other thread has seen.
  void Discard(Segment* segment) { MarkRetired(*segment); }

  // Takes over a sealed segment that its log has just let go. It is recycled when all its claims
  // are committed and nobody pins it.
  void Retire(Segment& segment) { Retire(segment, AllCommitted(segment)); }
  // The same for a caller that has acquired every claimed entry of it, and so knows.
  void Retire(Segment& segment, bool all_committed) {
    KC_DCHECK(TailWord(Atomics::Peek(segment.tail)).sealed());
    ClearHeader(segment);
    KC_DCHECK(!all_committed || HasEntries(segment, TailWord(Atomics::Peek(segment.tail)).count()));
    if (all_committed) {
      MarkRetired(segment);
    } else {
      // Sequentially consistent: see HasUncommitted.
      uncommitted_count_.fetch_add(1, std::memory_order_seq_cst);
      PushChain(uncommitted_, segment);
    }
  }

  // Returns whether there are segments set aside because a claim in them is not committed, also in
  // the hands of a thread that looks through them. Nobody learns when the last claim of one of them
  // is committed: a put that waits for room looks again after a while. Sequentially consistent,
  // with the count in Retire: a put registers, drains, fails and looks here. If it misses the
  // count, the log that retires the segment looks for puts that wait after this, and finds it.
  bool HasUncommitted() const { return uncommitted_count_.load(std::memory_order_seq_cst) > 0; }

  // Recycles the segments that were set aside and whose claims are all committed by now.
  void RecycleCommitted() {
    // Relaxed: none set aside is the rule, and a miss is made good by the next drain.
    if (static_cast<uint32_t>(uncommitted_.load(std::memory_order_relaxed)) == kEmpty) return;
    // Acquire: pairs with the release in PushChain, so the links below are the pushers'. The tag is
    // kept.
    uint64_t head = uncommitted_.load(std::memory_order_acquire);
    // acq_rel on success as above; acquire on failure, because the new head is used.
    while (!uncommitted_.compare_exchange_weak(
        head, NextHead(head, kEmpty), std::memory_order_acq_rel, std::memory_order_acquire)) {
    }
    uint32_t id = static_cast<uint32_t>(head);
    while (id != kEmpty) {
      Segment& segment = Get(id);
      // Relaxed: the chain is ours since the exchange.
      id = segment.next_free.load(std::memory_order_relaxed);
      if (AllCommitted(segment)) {
        // Sequentially consistent, as all on this count.
        [[maybe_unused]] const uint32_t before =
            uncommitted_count_.fetch_sub(1, std::memory_order_seq_cst);
        KC_DCHECK_GT(before, 0U);
        MarkRetired(segment);
      } else {
        PushChain(uncommitted_, segment);
      }
    }
  }

  // --- Headers: nothing to do without a BlockStore.

  // Writes the header of a segment that has been opened, before it is linked (D1).
  void SaveOpened(const Segment& segment) {
    Header* const header = HeaderOf(segment);
    if (header == nullptr) return;
    // Relaxed, all: the segment is this thread's.
    header->Write({segment.log_uid.load(std::memory_order_relaxed).value(),
                   segment.base_index.load(std::memory_order_relaxed),
                   segment.base_ms.load(std::memory_order_relaxed).value(),
                   segment.number.load(std::memory_order_relaxed),           // as above
                   segment.shard_created_s.load(std::memory_order_relaxed),  // as above
                   segment.shard_index.load(std::memory_order_relaxed),      // as above
                   segment.size_class});
  }
  // Clears the header of a segment that leaves its log, before it does; under a pin, or by who
  // retires it.
  void ClearHeader(const Segment& segment) {
    if (Header* const header = HeaderOf(segment)) header->Clear();
  }
  // Keeps that what is before `index` has been trimmed, with a segment that is pinned.
  void SaveTrim(const Segment& segment, RecordIndex index) {
    if (Header* const header = HeaderOf(segment)) header->RaiseTrim(index);
  }
  bool has_headers() const { return options_.store != nullptr; }

  // A live segment whose header and block (null: a stub) were found, which it takes over with what
  // is in them; the caller describes and links it. Null if the budget does not reach for the block,
  // or the system has no memory. By one thread, before the pool is used otherwise.
  Segment* Adopt(int size_class, std::byte* block, std::byte* header) {
    const size_t bytes = SegmentGeometry::Of(size_class).block_bytes;
    if (bytes > 0 && !Charge(bytes)) return nullptr;
    Segment* const segment = MakeControl(size_class);
    if (segment == nullptr || (block != nullptr && !Atomics::TakeFromSystem(block, bytes))) {
      if (bytes > 0) Uncharge(bytes);
      return nullptr;
    }
    // Relaxed, all: nobody else is there yet.
    segment->block.store(block, std::memory_order_relaxed);
    segment->header.store(header, std::memory_order_relaxed);
    segment->state.fetch_xor(StateWord::kLive, std::memory_order_relaxed);  // as above
    return segment;
  }

  // The control with this id, which must have come from this pool.
  Segment& Get(uint32_t id) const {
    KC_DCHECK_LT(id, Atomics::Peek(next_id_));
    const uint64_t place = uint64_t{id} + kFirstSlab;
    const int slab = static_cast<int>(std::bit_width(place)) - kFirstSlabWidth;
    // Acquire: pairs with the release that published the slab, so its controls are constructed.
    Segment* const first = slabs_[slab].load(std::memory_order_acquire);
    return first[place - (uint64_t{kFirstSlab} << slab)];
  }

  // The reference to a segment in its present generation; the segment must be live and the
  // caller's.
  static SegmentRef RefTo(const Segment& segment) {
    // Relaxed: the generation of a live segment does not change.
    const StateWord state(segment.state.load(std::memory_order_relaxed));
    KC_DCHECK_EQ(state.flag(), StateWord::kLive);
    return SegmentRef(segment.id, state.generation());
  }

  // True if the segment is (still) what `ref` names and could be pinned. A false answer is final.
  static bool IsLive(const Segment& segment, SegmentRef ref) {
    // Acquire: so that loads after it are not of an older generation than it saw.
    const StateWord state(segment.state.load(std::memory_order_acquire));
    return state.generation() == ref.generation() && state.flag() == StateWord::kLive;
  }

  // Pins what `ref` names; empty if that is no longer in a log.
  Pin TryPin(Segment& segment, SegmentRef ref) {
    // Acquire: pairs with the acq_rel of Acquire() in this generation. From here to Unpin the pin
    // count is above zero, which is what TryRecycle refuses.
    const StateWord old(segment.state.fetch_add(StateWord::kPin, std::memory_order_acquire));
    KC_DCHECK_LT(old.pins(), StateWord::kPins);
    // Relaxed, here and in SayPinned and ComputePinned: a statistic.
    if (old.pins() == 0) {
      segment.pinned_since_ms.store(kPinnedSinceUnknown, std::memory_order_relaxed);
    }
    if (old.generation() == ref.generation() && old.flag() == StateWord::kLive) {
      return Pin(*this, &segment);
    }
    Unpin(segment);
    return Pin();
  }

  // Notes when a pin that is there to stay was taken, unless the segment was pinned before.
  static void SayPinned(Segment& segment, Millis now_ms) {
    // Relaxed, both: see TryPin.
    if (segment.pinned_since_ms.load(std::memory_order_relaxed) == kPinnedSinceUnknown) {
      segment.pinned_since_ms.store(now_ms.value(), std::memory_order_relaxed);  // as above
    }
  }

  // The blocks that are pinned now, and since when the one is that has been so for longest without
  // a break, by one pin or by several: `now_ms` if none is. O(segments ever made at once).
  struct Pinned {
    uint64_t bytes = 0;
    Millis since_ms;
  };
  Pinned ComputePinned(Millis now_ms) {
    Pinned pinned{0, now_ms};
    ForEachSegment([&pinned, now_ms](Segment& segment) {
      // Relaxed, both: see TryPin.
      const StateWord state(segment.state.load(std::memory_order_relaxed));
      if (state.pins() == 0 || state.flag() == StateWord::kFree || segment.block_bytes == 0) return;
      pinned.bytes += segment.block_bytes;
      SayPinned(segment, now_ms);  // of one that nobody has said, this is the first that is known
      const Millis since_ms(segment.pinned_since_ms.load(std::memory_order_relaxed));  // as above
      pinned.since_ms = std::min(pinned.since_ms, since_ms);
    });
    return pinned;
  }

  // Statistics; exact when nothing is in flight.
  uint64_t held_bytes() const { return held_bytes_.load(std::memory_order_relaxed); }
  uint64_t cached_bytes() const { return cached_bytes_.load(std::memory_order_relaxed); }
  uint64_t control_bytes() const {
    // Relaxed: a statistic.
    return uint64_t{next_id_.load(std::memory_order_relaxed)} * sizeof(Segment);
  }
  const Options& options() const { return options_; }
  // The logs that are open, in builds that check.
  DebugUse<struct OpenLogs>& logs() { return logs_; }

  // Call the listener, if there is one.
  void NotifyRoom() {
    if (options_.listener != nullptr) options_.listener->OnRoom();
  }
  void NotifyShortage() {
    if (options_.listener != nullptr) options_.listener->OnShortage();
  }
  void NotifyTrim(LogUid uid, TrimCause cause, uint64_t records) {
    if (options_.listener != nullptr) options_.listener->OnTrim(uid, cause, records);
  }
  void NotifyAppend(LogUid uid) {
    if (options_.listener != nullptr) options_.listener->OnAppend(uid);
  }

 private:
  friend Pin;

  // Ends a pin. The pool may be gone when this returns (see Release).
  void Unpin(Segment& segment) {
    // Relaxed: only a guess for the exchanges.
    uint64_t word = segment.state.load(std::memory_order_relaxed);
    for (;;) {
      const StateWord state(word);
      KC_DCHECK_GT(state.pins(), 0U);
      if (state.flag() == StateWord::kRetired && state.pins() == 1) {
        // The last to leave recycles, and stays pinned meanwhile: its pin is what Release counts,
        // so the pool outlives the recycling. As in TryRecycle otherwise.
        if (segment.state.compare_exchange_weak(word, state.Recycled() | StateWord::kPin,
                                                std::memory_order_acq_rel,
                                                std::memory_order_relaxed)) {
          Recycle(segment);
          // Relaxed: a guess again; the segment may be in use by now, or retired once more.
          word = segment.state.load(std::memory_order_relaxed);
        }
        continue;
      }
      // Release: every read under the pin happens before the recycling that this allows. Acquire:
      // pairs with the flag set by Release, whose count is reported to.
      if (segment.state.compare_exchange_weak(
              word, word - StateWord::kPin, std::memory_order_acq_rel, std::memory_order_relaxed)) {
        if (state.pins() == 1 && state.orphan()) ReportOrphan();
        return;
      }
    }
  }

  static constexpr uint32_t kEmpty = 0xffff'ffff;
  static constexpr uint32_t kFirstSlab = 16;
  static constexpr int kFirstSlabWidth = 5;  // bit width of kFirstSlab
  static constexpr int kSlabs = 28;

  // A list head: a tag that changes with every operation above the id of the first segment.
  static constexpr uint64_t NextHead(uint64_t head, uint32_t id) {
    return ((head >> 32) + 1) << 32 | id;
  }

  ~SegmentPool() {
    ForEachSegment([this](Segment& segment) {
      if (has_headers()) {
        LeaveBlock(segment);
      } else {
        FreeBlock(segment);
      }
    });
    for (int slab = 0; slab < kSlabs; ++slab) {
      // Relaxed: the last user is gone.
      FreeSlab(slab, slabs_[slab].load(std::memory_order_relaxed));
    }
  }

  template <class Function>
  void ForEachSegment(Function function) {
    // Acquire: pairs with the claim of ids; a slab that is not there yet has no segment in use.
    const uint32_t end = next_id_.load(std::memory_order_acquire);
    for (uint32_t id = 0; id < end; ++id) function(Get(id));
  }

  void ReportOrphan() {
    // acq_rel: the deletion happens after everything the other reporters did.
    const uint32_t before = orphans_.fetch_sub(1, std::memory_order_acq_rel);
    KC_DCHECK_GT(before, 0U);
    if (before == 1) delete this;
  }

  // Returns whether every claimed entry of a sealed segment has been committed.
  static bool AllCommitted(const Segment& segment) {
    // Acquire: the word is final since the seal; pairs with the claims that made the count.
    const TailWord tail(segment.tail.load(std::memory_order_acquire));
    const typename Segment::EntryWord* const entries = segment.entries();
    for (uint32_t i = 0; i < tail.count(); ++i) {
      // Acquire: pairs with the commit, so recycling happens after the producer's last write (P2).
      if (entries[i].load(std::memory_order_acquire) == 0) return false;
    }
    return true;
  }

  void MarkRetired(Segment& segment) {
    // acq_rel: what this thread saw committed happens before the recycling, by whoever does it.
    const StateWord old(
        segment.state.fetch_xor(StateWord::kLive ^ StateWord::kRetired, std::memory_order_acq_rel));
    KC_DCHECK_EQ(old.flag(), StateWord::kLive);
    if (old.pins() == 0) TryRecycle(segment);
  }

  // Recycles a retired segment unless somebody pins it; then the last unpin tries again.
  void TryRecycle(Segment& segment) {
    // Relaxed: only a guess for the exchange.
    uint64_t word = segment.state.load(std::memory_order_relaxed);
    for (;;) {
      const StateWord state(word);
      if (state.flag() != StateWord::kRetired || state.pins() != 0) return;
      // Acquire on success: pairs with the release of each Unpin; all reads are over (L4). Release:
      // a stale thread that sees later contents of this control also sees that the generation
      // ended.
      if (segment.state.compare_exchange_weak(word, state.Recycled(), std::memory_order_acq_rel,
                                              std::memory_order_relaxed)) {
        break;
      }
    }
    Recycle(segment);
  }

  void Recycle(Segment& segment) {
    KC_DCHECK_EQ(StateWord(Atomics::Peek(segment.state)).flag(), StateWord::kFree);
    const size_t bytes = SegmentGeometry::Of(segment.size_class).block_bytes;
    if (bytes > 0) WipeRecords(segment);
    if (bytes > 0 && KeepCached(bytes)) {
      ClearEntries(segment);
      PushChain(cached_[segment.size_class], segment);
    } else {
      if (bytes > 0) {
        // Sequentially consistent, both: see Leaving.
        leaving_.fetch_add(1, std::memory_order_seq_cst);
        FreeBlock(segment);
        Uncharge(bytes);
        leaving_.fetch_sub(1, std::memory_order_seq_cst);
      }
      PushChain(bare_[segment.size_class], segment);
    }
    if (bytes > 0) NotifyRoom();
  }

  // For checks: whether the first `count` entries are set, and all others zero (P3).
  static bool HasEntries(const Segment& segment, uint32_t count) {
    const auto* const entries =
        reinterpret_cast<const typename Segment::EntryWord*>(Atomics::Peek(segment.block));
    for (uint32_t i = 0; i < segment.entry_limit; ++i) {
      if ((Atomics::Peek(entries[i]) != 0) != (i < count)) return false;
    }
    return true;
  }

  // Makes the record bytes of a free segment useless to whoever kept a view of them beyond its
  // batch. They are unpoisoned record by record, as they are written (RingLog::WriteRecord): so
  // what lies behind the last record stays poisoned, and so do the records of the generation before
  // until others come to their place.
  static void WipeRecords(Segment& segment) {
    if constexpr (kPoisons) {
      Poison(segment.data(), static_cast<size_t>(segment.block_end() - segment.data()));
    }
    if constexpr (kScribbles) {
      // Relaxed: see ClearEntries.
      const TailWord tail(segment.tail.load(std::memory_order_relaxed));
      const size_t bytes = size_t{tail.offset_units()} << segment.unit_shift;
      std::memset(segment.data(), std::to_integer<int>(kScribble), bytes);
    }
  }

  static void ClearEntries(Segment& segment) {
    // Relaxed: the segment is free, so no one else looks; the list that it goes to publishes the
    // zeros.
    const uint32_t used = TailWord(segment.tail.load(std::memory_order_relaxed)).count();
    typename Segment::EntryWord* const entries = segment.entries();
    for (uint32_t i = 0; i < used; ++i) entries[i].store(0, std::memory_order_relaxed);  // as above
  }

  // Reserves room in the cache for a block, if it has any.
  bool KeepCached(size_t bytes) {
    // Relaxed, here and below: a count that guards nothing but itself.
    const uint64_t before = cached_bytes_.fetch_add(bytes, std::memory_order_relaxed);
    if (before + bytes <= options_.cache_bytes) return true;
    cached_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

  bool Charge(size_t bytes) {
    // Sequentially consistent, both: see PushChain. A put that waits for room looks here too, and a
    // block that is not cached makes room here.
    uint64_t held = held_bytes_.load(std::memory_order_seq_cst);
    do {
      KC_DCHECK_LE(held, options_.budget_bytes);
      if (held + bytes > options_.budget_bytes) return false;
    } while (!held_bytes_.compare_exchange_weak(held, held + bytes, std::memory_order_seq_cst));
    return true;
  }
  void Uncharge(size_t bytes) {
    // Sequentially consistent: see Charge.
    [[maybe_unused]] const uint64_t before =
        held_bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
    KC_DCHECK_GE(before, bytes);
  }

  // Returns whether a block is on its way back to the system. Sequentially consistent, with the
  // counting: it is counted before it leaves a list and until it is no longer charged, so who found
  // it neither there nor here finds the room in Charge.
  bool Leaving() const { return leaving_.load(std::memory_order_seq_cst) > 0; }

  // Charges `bytes` for a block of `size_class`, giving cached blocks of other classes back to the
  // system if that is what it takes.
  bool ChargeEvicting(int size_class, size_t bytes) {
    if (Charge(bytes)) return true;
    RecycleCommitted();
    for (int look = 0; !Evict(SegmentGeometry::SizeOf(size_class), bytes); ++look) {
      if (!Leaving() || look == Atomics::kWaitsMax) {
        // Sequentially consistent: see GiveUpCharge.
        refused_.store(true, std::memory_order_seq_cst);
        return Charge(bytes);
      }
      Atomics::WaitABit(look);
    }
    return true;
  }

  // Charges `bytes` if cached blocks, which go back to the system, and what is not charged make up
  // for that. Of the blocks that are large enough for one of `size` it takes the smallest, and then
  // the larger ones of those that are not.
  bool Evict(int size, size_t bytes) {
    size_t evicted = 0;  // still charged, and ours
    bool leaving = false;
    for (int n = 0; n < SegmentGeometry::kSizes && evicted < bytes; ++n) {
      const int larger = size + n;
      const int from = larger <= SegmentGeometry::kSizes ? larger : SegmentGeometry::kSizes - n;
      for (int spacing = 0; spacing < SegmentGeometry::kSpacings && evicted < bytes; ++spacing) {
        evicted += EvictClass(SegmentGeometry::ClassOf(from, spacing), bytes - evicted, &leaving);
      }
      if (evicted < bytes && Charge(bytes - evicted)) evicted = bytes;
    }
    const bool enough = evicted >= bytes;
    const size_t left_over = enough ? evicted - bytes : evicted;
    if (left_over > 0) Uncharge(left_over);
    // Sequentially consistent: see Leaving.
    if (leaving) leaving_.fetch_sub(1, std::memory_order_seq_cst);
    if (left_over > 0) NotifyRoom();
    return enough;
  }

  // Frees cached blocks of a class until they come to `bytes`, and returns to how much they came.
  // They stay charged.
  size_t EvictClass(int size_class, size_t bytes, bool* leaving) {
    Atomic<uint64_t>& list = cached_[size_class];
    // Sequentially consistent: see PushChain.
    if (static_cast<uint32_t>(list.load(std::memory_order_seq_cst)) == kEmpty) return 0;
    // Sequentially consistent: see Leaving.
    if (!*leaving) leaving_.fetch_add(1, std::memory_order_seq_cst);
    *leaving = true;
    const size_t block_bytes = SegmentGeometry::Of(size_class).block_bytes;
    size_t evicted = 0;
    while (evicted < bytes) {
      Segment* const segment = Pop(list);
      if (segment == nullptr) break;
      // Relaxed: a statistic.
      cached_bytes_.fetch_sub(block_bytes, std::memory_order_relaxed);
      KC_DCHECK_EQ(StateWord(Atomics::Peek(segment->state)).flag(), StateWord::kFree);
      FreeBlock(*segment);
      PushChain(bare_[size_class], *segment);
      evicted += block_bytes;
    }
    return evicted;
  }

  // Takes back a charge for which the system has no memory. Whoever was refused meanwhile is told,
  // and nobody else: puts that wait and get no memory from the system would wake each other for
  // ever. Sequentially consistent, both: who is refused says so and then looks once more, and we
  // make room and then look whether somebody was.
  void GiveUpCharge(size_t bytes) {
    Uncharge(bytes);
    if (refused_.exchange(false, std::memory_order_seq_cst)) NotifyRoom();
  }

  // A free control of `size_class` with a block of `bytes` that were charged; null if the system
  // has no memory.
  Segment* WithBlock(int size_class, size_t bytes) {
    Segment* segment = Pop(bare_[size_class]);
    if (segment == nullptr) segment = MakeControl(size_class);
    if (segment == nullptr) return nullptr;
    if (bytes > 0) {
      KC_DCHECK_EQ(Atomics::Peek(segment->block), nullptr);
      std::byte* const block = AllocateBlock(bytes, segment->entry_limit);
      // Release: see Segment.
      segment->block.store(block, std::memory_order_release);
      if (block != nullptr && EnsureHeader(*segment, block)) return segment;
      KC_DCHECK_EQ(block, nullptr);
    } else if (EnsureHeader(*segment, nullptr)) {
      return segment;
    }
    PushChain(bare_[size_class], *segment);
    return nullptr;
  }

  // Sees to it that a free segment has its header, if it should have one: that of its block, or one
  // that it keeps. False if there is no place for it.
  bool EnsureHeader(Segment& segment, std::byte* block) {
    // Relaxed, both: the segment is this thread's.
    if (!has_headers() || segment.header.load(std::memory_order_relaxed) != nullptr) return true;
    std::byte* const header =
        block != nullptr ? options_.store->HeaderOf(block) : options_.store->NewHeader();
    if (header == nullptr) return false;
    segment.header.store(reinterpret_cast<std::byte*>(new (header) Header),  // as above
                         std::memory_order_relaxed);
    return true;
  }
  // Null if the segment has none.
  static Header* HeaderOf(const Segment& segment) {
    // Relaxed: the caller has opened the segment, pins it, or is the one that retires it.
    return reinterpret_cast<Header*>(segment.header.load(std::memory_order_relaxed));
  }

  // A block whose entries are zero and whose pages are all there, so that no append meets a page
  // fault between claim and commit.
  std::byte* AllocateBlock(size_t bytes, uint32_t entries) {
    void* const block = has_headers() ? options_.store->Allocate(bytes) : blocks_.Allocate(bytes);
    if (block == nullptr) return nullptr;
    if (!Atomics::TakeFromSystem(block, bytes)) {
      GiveBlockBack(static_cast<std::byte*>(block), bytes);
      return nullptr;
    }
    auto* const entry = static_cast<typename Segment::EntryWord*>(block);
    for (uint32_t i = 0; i < entries; ++i) new (entry + i) typename Segment::EntryWord(0);
    Poison(entry + entries, bytes - entries * sizeof(*entry));  // see WipeRecords
    return static_cast<std::byte*>(block);
  }

  void FreeBlock(Segment& segment) {
    // Relaxed: the caller is the only user of a free segment.
    std::byte* const block = segment.block.load(std::memory_order_relaxed);
    if (block == nullptr) return;
    // Release, both: see Segment.
    segment.header.store(nullptr, std::memory_order_release);
    segment.block.store(nullptr, std::memory_order_release);
    const size_t bytes = SegmentGeometry::Of(segment.size_class).block_bytes;
    Atomics::GiveToSystem(block, bytes);
    GiveBlockBack(block, bytes);
  }

  // Leaves a block in its file.
  void LeaveBlock(const Segment& segment) {
    // Relaxed: as in FreeBlock.
    std::byte* const block = segment.block.load(std::memory_order_relaxed);
    if (block == nullptr) return;
    Atomics::GiveToSystem(block, segment.block_bytes);
    Unpoison(block, segment.block_bytes);  // as below
  }

  void GiveBlockBack(std::byte* block, size_t bytes) {
    Unpoison(block, bytes);  // whoever gets the addresses next does not know
    if (has_headers()) {
      options_.store->Free(block, bytes);
    } else {
      blocks_.Free(block, bytes);
    }
  }

  // A new control, free and without a block; null if the system has no memory for its slab.
  Segment* MakeControl(int size_class) {
    // Relaxed: ids only have to be distinct; the slab is published by EnsureSlab.
    uint32_t id = next_id_.load(std::memory_order_relaxed);
    do {
      if (!EnsureSlab(id)) return nullptr;
      // Release: pairs with ForEachSegment; the slab is there before the id counts.
    } while (!next_id_.compare_exchange_weak(id, id + 1, std::memory_order_release,
                                             std::memory_order_relaxed));
    static_assert(kSlabs + kFirstSlabWidth - 1 <= 32, "ids stay below SegmentRef::kClosedId");
    Segment& segment = Get(id);
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    segment.id = id;
    segment.block_bytes = static_cast<uint32_t>(geometry.block_bytes);
    segment.entry_limit = static_cast<uint16_t>(geometry.entries);
    segment.unit_limit = static_cast<uint16_t>(geometry.data_units);
    segment.size_class = static_cast<uint8_t>(size_class);
    segment.unit_shift = static_cast<uint8_t>(geometry.unit_shift);
    return &segment;
  }

  bool EnsureSlab(uint32_t id) {
    const uint64_t place = uint64_t{id} + kFirstSlab;
    const int slab = static_cast<int>(std::bit_width(place)) - kFirstSlabWidth;
    if (slab >= kSlabs) return false;
    // Acquire: pairs with the release below.
    if (slabs_[slab].load(std::memory_order_acquire) != nullptr) return true;
    void* const memory = AllocateSlab(slab);
    if (memory == nullptr) return false;
    auto* const first = static_cast<Segment*>(memory);
    for (size_t i = 0; i < size_t{kFirstSlab} << slab; ++i) new (first + i) Segment;
    Segment* expected = nullptr;
    // Release: publishes the constructed controls. Acquire on failure: the winner's are used
    // instead.
    if (!slabs_[slab].compare_exchange_strong(expected, first, std::memory_order_release,
                                              std::memory_order_acquire)) {
      FreeSlab(slab, first);
    }
    return true;
  }

  static size_t SlabBytes(int slab) { return (size_t{kFirstSlab} << slab) * sizeof(Segment); }
  // Large ones in huge pages: with many logs, a put goes to a control that it has not used for
  // long.
  static bool IsLargeSlab(int slab) { return SlabBytes(slab) >= BlockSource::kHugePageBytes; }
  void* AllocateSlab(int slab) {
    if (IsLargeSlab(slab)) return blocks_.Allocate(SlabBytes(slab));
    return ::operator new (SlabBytes(slab), std::align_val_t{alignof(Segment)}, std::nothrow);
  }
  void FreeSlab(int slab, Segment* first) {
    if (first == nullptr) return;
    if (IsLargeSlab(slab)) {
      blocks_.Free(reinterpret_cast<std::byte*>(first), SlabBytes(slab));
    } else {
      ::operator delete (first, std::align_val_t{alignof(Segment)});
    }
  }

  // Pushes to a list. Last in, first out: the block used last is the one most likely in cache.
  void PushChain(Atomic<uint64_t>& list, Segment& segment) {
    // Relaxed: only a guess for the exchange.
    uint64_t head = list.load(std::memory_order_relaxed);
    do {
      // Relaxed: published by the exchange.
      segment.next_free.store(static_cast<uint32_t>(head), std::memory_order_relaxed);
      // Release: what was done to the segment (entries cleared, reads finished) happens before its
      // pop. Sequentially consistent, as is Pop's load: see Engine, where a put that waits for room
      // registers first and then looks, while a recycler pushes first and then looks for one that
      // waits.
    } while (!list.compare_exchange_weak(head, NextHead(head, segment.id),
                                         std::memory_order_seq_cst, std::memory_order_relaxed));
  }

  Segment* Pop(Atomic<uint64_t>& list) {
    // Sequentially consistent: see PushChain.
    uint64_t head = list.load(std::memory_order_seq_cst);
    for (;;) {
      const auto id = static_cast<uint32_t>(head);
      if (id == kEmpty) return nullptr;
      Segment& segment = Get(id);
      // Relaxed: may be stale if the segment was popped meanwhile; the tag then fails the exchange.
      const uint32_t next = segment.next_free.load(std::memory_order_relaxed);
      // Acquire, both ways: pairs with the release in PushChain.
      if (list.compare_exchange_weak(head, NextHead(head, next), std::memory_order_acq_rel,
                                     std::memory_order_acquire)) {
        return &segment;
      }
    }
  }

  struct List : Atomic<uint64_t> {
    List() : Atomic<uint64_t>(kEmpty) {}
  };

  const Options options_;
  BlockSource blocks_;
  alignas(kCacheLineBytes) Atomic<uint64_t> held_bytes_{0};
  Atomic<uint64_t> cached_bytes_{0};
  Atomic<uint32_t> next_id_{0};
  Atomic<uint32_t> leaving_{0};            // threads that give blocks back to the system
  Atomic<uint32_t> uncommitted_count_{0};  // segments
  Atomic<bool> refused_{false};            // a charge was, since somebody gave one up
  Atomic<uint32_t> orphans_{1};  // pinned segments at Release, plus one until Release is through
  List cached_[SegmentGeometry::kClasses];  // free, with a block
  List bare_[SegmentGeometry::kClasses];    // free, without one
  List uncommitted_;
  Atomic<Segment*> slabs_[kSlabs] = {};
  [[no_unique_address]] DebugUse<struct OpenLogs> logs_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_SEGMENT_POOL_H_
