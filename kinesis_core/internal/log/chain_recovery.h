// ChainRecovery: makes a log again of the segments that its process left in files.
//
// What is found are headers and blocks as some moment left them (segment_header.h has the
// invariants, D1 to D6). In this order:
//   Choose  Of two headers with one number, the one with records counts (D6). Of what is left, the
//           last segments whose numbers and indices follow on each other without a gap: before
//           those, only what was being trimmed can be missing (D5). If more is, the files are
//           damaged: what stands before the gap is cut, and reported. First segments without a
//           record go: one may be the loser of a race whose winner has been trimmed since, and
//           what it seems to have claimed were the winner's records, which are trimmed.
//   Count   A segment's claims end where its successor begins; the last one's behind its last entry
//           that is not zero. What was claimed behind that had not been acknowledged, and had not
//           been seen: a reader stops before the first entry that is zero.
//   Void    An entry that is zero in front of that is made void (D3), and what was claimed together
//           with it, since a batch is there as a whole or not at all. So is one whose bytes do not
//           lie in the block, which no producer writes; that is reported.
//   Link    As ChainLinks would have. Appends go on where the last segment ends.
// The headers of what is not used are cleared, so that their blocks are free.
//
// Reads the 8 bytes of each entry, and of the records themselves only the last of each segment.
#ifndef KINESIS_CORE_INTERNAL_LOG_CHAIN_RECOVERY_H_
#define KINESIS_CORE_INTERNAL_LOG_CHAIN_RECOVERY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "kinesis_core/internal/log/chain_links.h"
#include "kinesis_core/internal/log/chain_search.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/chain_words.h"
#include "kinesis_core/internal/log/found_segment.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"

namespace kinesis::internal {

// A header that says something, and its block: null for a segment without one.
struct FoundSegment {
  StoredSegment stored;
  std::byte* header = nullptr;
  std::byte* block = nullptr;
};

// What recovery found of one log.
struct RecoveredLog {
  bool found = false;          // at least one segment
  bool out_of_budget = false;  // and the pool takes no more of them: nothing has been changed
  uint64_t records = 0;        // that are kept, trimmed ones of a segment included
  uint64_t payload_bytes = 0;
  uint64_t holes = 0;         // entries that were claimed and not committed: void now
  uint64_t damaged = 0;       // entries that point out of their block: void now
  uint64_t cut_segments = 0;  // before a gap
};

// By one thread, before anybody else uses the log or the pool.
template <class Atomics>
class ChainRecovery {
 public:
  using Words = ChainWords<Atomics>;
  using Pool = typename Words::Pool;
  using Segment = typename Words::Segment;
  using Header = SegmentHeader<Atomics>;
  using EntryWord = typename Segment::EntryWord;

  ChainRecovery(Words& words, Pool& pool) : words_(words), pool_(pool) {}

  // Puts the log `uid` together of all the segments that were found of it. The log is not open; it
  // is afterwards, unless nothing was found of it or the budget does not reach for it.
  RecoveredLog Recover(LogUid uid, std::vector<FoundSegment> segments) {
    RecoveredLog log;
    const uint64_t trim_index = Choose(&segments, &log);
    if (segments.empty()) return log;
    log.found = true;
    SegmentRef last;
    for (size_t i = 0; i < segments.size(); ++i) {
      const FoundSegment& found = segments[i];
      Segment* const segment = pool_.Adopt(found.stored.size_class, found.block, found.header);
      if (segment == nullptr) {
        log.out_of_budget = true;
        return log;
      }
      const bool is_last = i + 1 == segments.size();
      const uint64_t count =
          is_last ? CountOf(*segment) : segments[i + 1].stored.base_index - found.stored.base_index;
      last = Open(uid, *segment, found.stored, last, static_cast<uint32_t>(count), !is_last, &log);
    }
    Publish(uid, RecordIndex(trim_index), last);
    return log;
  }

 private:
  // --- Choose

  // Leaves those that are the log. Returns the trim index.
  static uint64_t Choose(std::vector<FoundSegment>* segments, RecoveredLog* log) {
    auto chosen = ChooseSegments(std::move(*segments), HasRecords);
    for (const auto* const unused : {&chosen.dropped, &chosen.cut}) {
      for (const FoundSegment& segment : *unused) {
        reinterpret_cast<Header*>(segment.header)->Clear();
      }
    }
    log->cut_segments = chosen.cut.size();
    *segments = std::move(chosen.kept);
    return chosen.trim_index;
  }

  static bool HasRecords(const FoundSegment& segment) {
    if (segment.block == nullptr) return false;
    const auto* const entries = reinterpret_cast<const EntryWord*>(segment.block);
    const uint32_t limit = SegmentGeometry::Of(segment.stored.size_class).entries;
    return std::any_of(entries, entries + limit, [](const EntryWord& entry) {
      return RecordEntry::IsRecord(entry.load(std::memory_order_relaxed));  // nobody writes
    });
  }

  // --- Count and void

  static uint32_t CountOf(const Segment& segment) {
    return CountClaims(segment.entry_limit,
                       [&](uint32_t index) { return Load(segment.entries()[index]); });
  }
  static uint64_t Load(const EntryWord& entry) {
    return entry.load(std::memory_order_relaxed);  // nobody writes
  }

  // Makes holes void, and takes back what stands behind the claims. Returns the units that are in
  // use and the last record's time, of which there may be none.
  struct Use {
    uint32_t units = 0;
    Millis last_ms;
  };
  static Use Mend(Segment& segment, uint32_t count, Millis base_ms, RecoveredLog* log) {
    Use use{0, base_ms};
    uint64_t last_entry = 0;
    const SegmentGeometry geometry = SegmentGeometry::Of(segment.size_class);
    EntryScan scan(geometry);
    for (uint32_t i = 0; i < count; ++i) {
      const uint64_t word = Load(segment.entries()[i]);
      switch (scan.Next(word)) {
        case FoundEntry::kRecord:
          use.units = std::max(use.units, static_cast<uint32_t>(EntryScan::EndOf(geometry, word)));
          last_entry = word;
          ++log->records;
          log->payload_bytes += RecordEntry::Decode(word).payload_bytes();
          continue;
        case FoundEntry::kVoid:
          continue;
        case FoundEntry::kHole:
          ++log->holes;
          break;
        case FoundEntry::kDamaged:
          ++log->damaged;
          break;
      }
      // Relaxed: nobody reads yet.
      segment.entries()[i].store(kEntryCommitted | kEntryVoid, std::memory_order_relaxed);
    }
    for (uint32_t i = count; i < segment.entry_limit; ++i) {
      if (Load(segment.entries()[i]) == 0) continue;
      ++log->damaged;
      segment.entries()[i].store(0, std::memory_order_relaxed);  // as above
    }
    if (last_entry != 0) {
      use.last_ms = std::clamp(ArrivalMs(segment, last_entry), base_ms,
                               base_ms + (TailWord::kTimeSpanMs - 1));
    }
    return use;
  }

  // --- Link

  // Describes a segment that has been adopted, and links it behind `parent`, if that is one.
  SegmentRef Open(LogUid uid, Segment& segment, const StoredSegment& stored, SegmentRef parent,
                  uint32_t count, bool sealed, RecoveredLog* log) {
    const SegmentRef ref = Pool::RefTo(segment);
    const bool is_first = !parent.is_segment();
    const Millis base_ms(stored.base_ms);
    const Use use = Mend(segment, count, base_ms, log);
    SegmentRef skip;
    if (!is_first) {
      skip = ChainSearch<Atomics>(words_).SkipFor(parent, pool_.Get(parent.id()), stored.number);
    }
    ChainLinks<Atomics>::OpenSegment(segment, {.uid = uid,
                                               .base_index = RecordIndex(stored.base_index),
                                               .base_ms = base_ms,
                                               .shard_created_s = stored.shard_created_s,
                                               .shard_index = stored.shard_index,
                                               .number = stored.number,
                                               .parent = parent,
                                               .skip = skip});
    const TailWord empty = TailWord::Empty(ref.generation(), base_ms, /*wait=*/false);
    const TailWord filled = empty.Advanced(count, use.units, use.last_ms);
    // Relaxed, both: nobody else is there yet.
    segment.tail.store((sealed ? filled.Sealed() : filled).bits(), std::memory_order_relaxed);
    if (is_first) {
      BeginAt(uid, stored, ref);
    } else {
      pool_.Get(parent.id()).next.store(ref.bits(), std::memory_order_relaxed);  // as above
    }
    ChainTotals<Atomics>(words_).CountIn(segment);
    return ref;
  }

  // Makes the first segment the log, as far as the search for ancestors of the next ones needs it.
  void BeginAt(LogUid uid, const StoredSegment& stored, SegmentRef ref) {
    // Release, all: as SegmentChain::Open.
    words_.pool.store(&pool_, std::memory_order_release);
    words_.trim_index.store(RecordIndex(), std::memory_order_release);
    ChainTotals<Atomics>(words_).Reset(ref);
    words_.head.store(ref.bits(), std::memory_order_release);
    words_.tail.store(ref.bits(), std::memory_order_release);
    words_.shard_index.store(stored.shard_index, std::memory_order_release);
    words_.uid.store(uid, std::memory_order_release);
  }

  void Publish(LogUid uid, RecordIndex trim_index, SegmentRef last) {
    Segment& tail = pool_.Get(last.id());
    // Release, all: as SegmentChain::Open.
    words_.trim_index.store(trim_index, std::memory_order_release);
    words_.tail.store(last.bits(), std::memory_order_release);
    words_.tail_segment.store(&tail, std::memory_order_release);
    // The sums go up to the tail, as they would have.
    for (SegmentRef ref = words_.Head(); ref != last; ref = LoadRef(pool_.Get(ref.id()).next)) {
      ChainTotals<Atomics>(words_).OnSealed(ref);
    }
    KC_DCHECK_EQ(Atomics::Peek(words_.uid), uid);
    pool_.logs().Begin();
  }

  Words& words_;
  Pool& pool_;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_CHAIN_RECOVERY_H_
