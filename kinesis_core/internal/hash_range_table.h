// Which open shard takes a hash key: a sorted table of hash ranges, replaced whole when shards
// split or merge, and read without a lock, a reference count or a write to shared memory.
//
// A table covers 0 .. 2^128-1 with no gap and no overlap. It is found by binary search between two
// bounds that an index over the top bits of the hash key gives: one or two steps when ranges are
// about equal, O(log n) whatever they are.
//
// Publication. `published_` is one word: a version and the slot of the table that is current.
// Tables live in slots, two of each size, that are written only while they are not current and
// freed only with the whole object. A reader takes the word, looks its key up, and takes the word
// again: if it is unchanged, no publication came between, so the table was current all the while
// and what was read is whole. If it changed, the reader starts over. 100,000 reshards therefore
// reuse the same few slots.
//
// Invariants
//   T1  A table is not written while it is current: Publish writes into the other slot of its size.
//   T2  The version grows with each publication, so an unchanged word means no publication between.
//   T3  Whatever a reader finds in a table that is being rewritten, it stays inside that table:
//       counts and indices in a slot are at all times below the slot's capacity.
//
// Thread rule: Publish is called by one thread at a time; Lookup by any number, at any time.
#ifndef KINESIS_CORE_INTERNAL_HASH_RANGE_TABLE_H_
#define KINESIS_CORE_INTERNAL_HASH_RANGE_TABLE_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/atomics.h"
#include "kinesis_core/internal/check.h"

namespace kinesis::internal {

// Where the records of a hash key go: a log, and the uid that it serves the shard under.
template <class Log>
struct Route {
  Log* log = nullptr;  // null: the table is empty, the stream is gone
  uint64_t uid = 0;
};

template <class Atomics, class Log>
class HashRangeTable {
 public:
  template <class T>
  using Atomic = typename Atomics::template Atomic<T>;

  // One open shard, as given to Publish.
  struct Shard {
    HashKey
        start;  // the range ends before the next shard's start, the last one's at HashKey::Max()
    Route<Log> route;
  };

  HashRangeTable() = default;
  HashRangeTable(const HashRangeTable&) = delete;
  HashRangeTable& operator=(const HashRangeTable&) = delete;
  ~HashRangeTable() {
    // Relaxed: the last user is gone.
    for (auto& slot : slots_) delete slot.load(std::memory_order_relaxed);
  }

  // Replaces the table. `shards` are sorted by start and the first one starts at HashKey::Min();
  // none at all means that no key has a route. O(shards).
  void Publish(std::span<const Shard> shards) {
    // Relaxed: this thread, or one ordered before it by the caller's lock, stored it.
    const uint64_t current = published_.load(std::memory_order_relaxed);
    uint64_t slot = kNoSlot;
    if (!shards.empty()) {
      KC_DCHECK(shards.front().start == HashKey::Min());
      slot = FreeSlot(shards.size(), current & kSlotMask);
      Table* table = slots_[slot].load(std::memory_order_relaxed);  // as above
      if (table == nullptr) {
        table = new Table(CapacityLog2(shards.size()));
        // Release: pairs with Lookup's acquire; a reader meets constructed words.
        slots_[slot].store(table, std::memory_order_release);
      }
      table->Fill(shards);
    }
    // Release: publishes the table. Readers that see it see all of it. The word is one location
    // that every reader reads, so a thread that is told of a record put by the new table (by
    // whatever synchronizes the two) does not itself read the old one: order per key survives a
    // reshard.
    published_.store(((current >> kSlotBits) + 1) << kSlotBits | slot, std::memory_order_release);
  }

  // The route of `key` at some moment during the call.
  Route<Log> Lookup(const HashKey& key) const {
    // Acquire: pairs with Publish.
    uint64_t word = published_.load(std::memory_order_acquire);
    for (;;) {
      if ((word & kSlotMask) == kNoSlot) return {};
      // Acquire: pairs with the store of a new slot.
      const Table* const table = slots_[word & kSlotMask].load(std::memory_order_acquire);
      const Route<Log> route = table->Find(key);
      // Acquire, though only the value counts: Find's loads are acquire, so this one comes after
      // them. If Find saw a word of a later Fill, that store was a release after the publication
      // which made the slot free, so this load sees that publication or a later one (T1, T2).
      const uint64_t again = published_.load(std::memory_order_acquire);
      if (again == word) return route;
      word = again;
    }
  }

  // Bytes of all slots. By the thread that may publish.
  size_t memory_bytes() const {
    size_t bytes = 0;
    for (const auto& slot : slots_) {
      const Table* const table = slot.load(std::memory_order_relaxed);  // stored by this thread
      if (table != nullptr) bytes += table->memory_bytes();
    }
    return bytes;
  }

 private:
  static constexpr int kSlotBits = 8;
  static constexpr uint64_t kSlotMask = (1 << kSlotBits) - 1;
  static constexpr uint64_t kNoSlot = kSlotMask;
  static constexpr int kSizes = 32;
  // Buckets per shard of capacity, as a power of two: with 2 or more, most buckets hold one
  // boundary at the most.
  static constexpr int kBucketsPerShardLog2 = 1;

  static int CapacityLog2(size_t shards) { return static_cast<int>(std::bit_width(shards - 1)); }
  // The slot for so many shards that is not `current`.
  static uint64_t FreeSlot(size_t shards, uint64_t current) {
    const uint64_t first = 2 * static_cast<uint64_t>(CapacityLog2(shards));
    return first == current ? first + 1 : first;
  }

  class Table {
   public:
    explicit Table(int capacity_log2)
        : bucket_shift_(64 - capacity_log2 - kBucketsPerShardLog2),
          buckets_(std::make_unique<Atomic<uint32_t>[]>(bucket_count() + 1)),
          rows_(std::make_unique<Row[]>(size_t{1} << capacity_log2)) {}

    void Fill(std::span<const Shard> shards) {
      // Release, all: a reader that still reads this slot as an older table and sees one of these
      // values also sees the publication that made the slot free, and starts over.
      for (size_t i = 0; i < shards.size(); ++i) {
        rows_[i].start_high.store(shards[i].start.high(), std::memory_order_release);
        rows_[i].start_low.store(shards[i].start.low(), std::memory_order_release);
        rows_[i].log.store(shards[i].route.log, std::memory_order_release);
        rows_[i].uid.store(shards[i].route.uid, std::memory_order_release);
      }
      uint32_t row = 0;
      for (uint64_t bucket = 0; bucket < bucket_count(); ++bucket) {
        const HashKey first = HashKey::FromHalves(bucket << bucket_shift_, 0);
        while (row + 1 < shards.size() && shards[row + 1].start <= first) ++row;
        buckets_[bucket].store(row, std::memory_order_release);
      }
      const auto last = static_cast<uint32_t>(shards.size() - 1);
      buckets_[bucket_count()].store(last, std::memory_order_release);
    }

    // Acquire, all: see Lookup.
    Route<Log> Find(const HashKey& key) const {
      const uint64_t bucket = key.high() >> bucket_shift_;
      uint32_t low = buckets_[bucket].load(std::memory_order_acquire);
      uint32_t high = buckets_[bucket + 1].load(std::memory_order_acquire);
      while (low < high) {
        const uint32_t middle = high - (high - low) / 2;
        if (rows_[middle].start() <= key) {
          low = middle;
        } else {
          high = middle - 1;
        }
      }
      return {rows_[low].log.load(std::memory_order_acquire),
              rows_[low].uid.load(std::memory_order_acquire)};
    }

    size_t memory_bytes() const {
      return sizeof(*this) + (bucket_count() + 1) * sizeof(Atomic<uint32_t>) +
             (bucket_count() >> kBucketsPerShardLog2) * sizeof(Row);
    }

   private:
    struct Row {
      Atomic<uint64_t> start_high{0};
      Atomic<uint64_t> start_low{0};
      Atomic<Log*> log{nullptr};
      Atomic<uint64_t> uid{0};

      HashKey start() const {
        // Acquire: see Lookup.
        return HashKey::FromHalves(start_high.load(std::memory_order_acquire),
                                   start_low.load(std::memory_order_acquire));
      }
    };

    uint64_t bucket_count() const { return uint64_t{1} << (64 - bucket_shift_); }

    const int bucket_shift_;
    const std::unique_ptr<Atomic<uint32_t>[]> buckets_;  // row of the bucket's first key; one more
    const std::unique_ptr<Row[]> rows_;
  };

  Atomic<uint64_t> published_{kNoSlot};
  Atomic<Table*> slots_[2 * kSizes] = {};
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_HASH_RANGE_TABLE_H_
