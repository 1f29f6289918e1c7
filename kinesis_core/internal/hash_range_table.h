// Which open shard takes a hash key: a sorted table of hash ranges, replaced whole when shards
// split or merge, and read without a lock, a reference count or a write to shared memory.
//
// A table covers 0 .. 2^128-1 with no gap and no overlap. It is found by binary search between two
// bounds that an index over the top bits of the hash key gives: one or two steps when ranges are
// about equal, O(log n) whatever they are.
//
// Publication. `published_` is one word: a version and the slot of the table that is current.
// Tables live in slots, two of each size, that are written only while they are not current and
// freed only with the whole object. The slot's number gives its size, so nothing has to be read to
// find the bucket of a key. A reader takes the word, looks its key up, and takes the word
// again: if it is unchanged, no publication came between, so the table was current all the while
// and what was read is whole. If it changed, the reader starts over. 100,000 reshards therefore
// reuse the same few slots. A batch does so once for all its keys (View).
//
// Invariants (kinesis_core/doc/invariants.md), and how each is kept
//   T1  A table is not written while it is current: Publish writes into the other slot of its size.
//   T2  The version grows with each publication, so an unchanged word means no publication between.
//   T3  Whatever a reader finds in a table that is being rewritten, it stays inside that table:
//       counts and indices in a slot are at all times below the slot's capacity.
//
// Thread rule: Publish is called by one thread at a time; Open, IsCurrent and Lookup by any number,
// at any time.
#ifndef KINESIS_CORE_INTERNAL_HASH_RANGE_TABLE_H_
#define KINESIS_CORE_INTERNAL_HASH_RANGE_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/log_numbers.h"

namespace kinesis::internal {

// Where the records of a hash key go: a log, and the uid that it serves the shard under.
template <class Log>
struct Route {
  Log* log = nullptr;  // null: the table is empty, the stream is gone
  LogUid uid;
};

template <class Atomics, class Log>
class HashRangeTable {
  template <class T>
  using Atomic = typename Atomics::template Atomic<T>;

  static constexpr int kSlotBits = 8;
  static constexpr uint64_t kSlotMask = (1 << kSlotBits) - 1;
  static constexpr uint64_t kNoSlot = kSlotMask;
  static constexpr uint64_t kSlots = 64;  // two of each size
  static_assert(kNoSlot > kSlots && (kSlotMask + 1) % kSlots == 0, "see View");
  // Buckets per shard of capacity, as a power of two: with 2 or more, most buckets hold one
  // boundary at the most.
  static constexpr int kBucketsPerShardLog2 = 1;

  static int CapacityLog2(size_t shards) { return static_cast<int>(std::bit_width(shards - 1)); }
  // The slot for so many shards that is not `current`.
  static uint64_t FreeSlot(size_t shards, uint64_t current) {
    const uint64_t first = 2 * static_cast<uint64_t>(CapacityLog2(shards));
    return first == current ? first + 1 : first;
  }

  static int CapacityLog2Of(uint64_t slot) { return static_cast<int>(slot >> 1); }
  static size_t RowCount(uint64_t slot) { return size_t{1} << CapacityLog2Of(slot); }
  static size_t BucketCount(uint64_t slot) { return RowCount(slot) << kBucketsPerShardLog2; }
  // The bucket of a hash key is its high half shifted by so much.
  static int BucketShift(uint64_t slot) { return 64 - CapacityLog2Of(slot) - kBucketsPerShardLog2; }

  struct Row {
    Atomic<uint64_t> start_high{0};
    Atomic<uint64_t> start_low{0};
    Atomic<Log*> log{nullptr};
    Atomic<LogUid> uid{LogUid()};

    HashKey start() const {
      // Acquire: see IsCurrent.
      return HashKey::FromHalves(start_high.load(std::memory_order_acquire),
                                 start_low.load(std::memory_order_acquire));
    }
  };

  // The arrays of one slot. The pointers are written once, before the slot is first published.
  struct Table {
    std::unique_ptr<Atomic<uint32_t>[]> buckets;  // row of the bucket's first key; one more
    std::unique_ptr<Row[]> rows;
  };

 public:
  // One open shard, as given to Publish.
  struct Shard {
    HashKey
        start;  // the range ends before the next shard's start, the last one's at HashKey::Max()
    Route<Log> route;
  };

  HashRangeTable() = default;
  HashRangeTable(const HashRangeTable&) = delete;
  HashRangeTable& operator=(const HashRangeTable&) = delete;
  // Replaces the table. `shards` are sorted by start and the first one starts at HashKey::Min();
  // none at all means that no key has a route. O(shards).
  void Publish(std::span<const Shard> shards) {
    // Relaxed: this thread, or one ordered before it by the caller's lock, stored it.
    const uint64_t current = published_.load(std::memory_order_relaxed);
    uint64_t slot = kNoSlot;
    if (!shards.empty()) {
      KC_DCHECK(shards.front().start == HashKey::Min());
      slot = FreeSlot(shards.size(), current & kSlotMask);
      if (tables_[slot].rows == nullptr) Allocate(slot);
      Fill(slot, shards);
    }
    // Release: publishes the table. Readers that see it see all of it. The word is one location
    // that every reader reads, so a thread that is told of a record put by the new table (by
    // whatever synchronizes the two) does not itself read the old one: order per key survives a
    // reshard.
    published_.store(((current >> kSlotBits) + 1) << kSlotBits | slot, std::memory_order_release);
  }

  // A look at one version of the table: what was read through it is right if IsCurrent() holds
  // afterwards. Until then it may be of any versions, but stays inside the arrays (T3).
  class View {
   public:
    // No key has a route.
    bool empty() const { return (word_ & kSlotMask) == kNoSlot; }

    // Of the table. Requires, as all below: !empty().
    uint32_t row_count() const {
      // The last bucket of all is the last row. Acquire: see IsCurrent.
      return table_->buckets[BucketCount(word_ % kSlots)].load(std::memory_order_acquire) + 1;
    }

    // The row of a key.
    uint32_t RowOf(const HashKey& key) const {
      const uint64_t bucket = key.high() >> bucket_shift_;
      // Acquire, both: see IsCurrent.
      uint32_t low = table_->buckets[bucket].load(std::memory_order_acquire);
      uint32_t high = table_->buckets[bucket + 1].load(std::memory_order_acquire);
      while (low < high) {
        const uint32_t middle = high - (high - low) / 2;
        if (table_->rows[middle].start() <= key) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return low;
    }

    HashKey StartAt(uint32_t row) const { return table_->rows[row].start(); }

    Route<Log> RouteAt(uint32_t row) const {
      // Acquire, both: see IsCurrent.
      return {table_->rows[row].log.load(std::memory_order_acquire),
              table_->rows[row].uid.load(std::memory_order_acquire)};
    }

   private:
    friend class HashRangeTable;
    View(uint64_t word, const Table* tables)
        : word_(word), table_(&tables[word % kSlots]), bucket_shift_(BucketShift(word % kSlots)) {}

    uint64_t word_;
    const Table* table_;
    int bucket_shift_;
  };

  // Acquire: pairs with Publish, so the arrays of the slot are there.
  View Open() const { return View(published_.load(std::memory_order_acquire), tables_); }

  // Returns whether nothing was published since the view was opened.
  bool IsCurrent(const View& view) const {
    // Acquire, though only the value counts: the view's loads are acquire, so this one comes after
    // them. If they saw a word of a later Fill, that store was a release after the publication
    // which made the slot free, so this load sees that publication or a later one (T1, T2).
    return published_.load(std::memory_order_acquire) == view.word_;
  }

  // The route of `key` at some moment during the call.
  Route<Log> Lookup(const HashKey& key) const {
    for (;;) {
      const View view = Open();
      if (view.empty()) return {};
      const Route<Log> route = view.RouteAt(view.RowOf(key));
      if (IsCurrent(view)) return route;
    }
  }

  // Where the range of the shard begins whose turn it is, at some moment during the call; any key
  // if the table is empty. `turn` counts up: each shard has one turn in every round of as many
  // turns as there are shards, and which one is first differs from round to round.
  HashKey StartInTurn(uint64_t turn) const {
    for (;;) {
      const View view = Open();
      if (view.empty()) return HashKey::Min();
      const uint64_t count = view.row_count();
      const uint64_t place = turn % count + Mix(turn / count) % count;
      const HashKey start =
          view.StartAt(static_cast<uint32_t>(place < count ? place : place - count));
      if (IsCurrent(view)) return start;
    }
  }

  // Bytes of all slots. By the thread that may publish.
  size_t memory_bytes() const {
    size_t bytes = 0;
    for (uint64_t slot = 0; slot < kSlots; ++slot) {
      if (tables_[slot].rows == nullptr) continue;
      bytes += (BucketCount(slot) + 1) * sizeof(Atomic<uint32_t>) + RowCount(slot) * sizeof(Row);
    }
    return bytes;
  }

 private:
  // A number that looks like chance, the same for the same round: the finish of SplitMix64.
  static uint64_t Mix(uint64_t round) {
    round = (round ^ (round >> 30)) * 0xbf58'476d'1ce4'e5b9;
    round = (round ^ (round >> 27)) * 0x94d0'49bb'1331'11eb;
    return round ^ (round >> 31);
  }

  void Allocate(uint64_t slot) {
    tables_[slot].buckets = std::make_unique<Atomic<uint32_t>[]>(BucketCount(slot) + 1);
    tables_[slot].rows = std::make_unique<Row[]>(RowCount(slot));
  }

  void Fill(uint64_t slot, std::span<const Shard> shards) {
    const Table& table = tables_[slot];
    // Release, all: a reader that still reads this slot as an older table and sees one of these
    // values also sees the publication that made the slot free, and starts over.
    for (size_t i = 0; i < shards.size(); ++i) {
      table.rows[i].start_high.store(shards[i].start.high(), std::memory_order_release);
      table.rows[i].start_low.store(shards[i].start.low(), std::memory_order_release);
      table.rows[i].log.store(shards[i].route.log, std::memory_order_release);
      table.rows[i].uid.store(shards[i].route.uid, std::memory_order_release);
    }
    uint32_t row = 0;
    for (uint64_t bucket = 0; bucket < BucketCount(slot); ++bucket) {
      const HashKey first = HashKey::FromHalves(bucket << BucketShift(slot), 0);
      while (row + 1 < shards.size() && shards[row + 1].start <= first) ++row;
      table.buckets[bucket].store(row, std::memory_order_release);
    }
    const auto last = static_cast<uint32_t>(shards.size() - 1);
    table.buckets[BucketCount(slot)].store(last, std::memory_order_release);
  }

  Atomic<uint64_t> published_{kNoSlot};
  Table tables_[kSlots];
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_HASH_RANGE_TABLE_H_
