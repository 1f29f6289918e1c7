// The log of one shard: an append-only sequence of records that many threads append to and any
// number read, none waiting for another.
//
// Every record has an index: its place in the log since the shard was opened, 0, 1, 2, ... The
// index of entry i of a segment is base_index + i. SegmentChain is what the segments hang on.
//
//   Append  A producer reads tail_ and where that segment is, then the segment's tail word, and
//           claims n entries and their bytes by one compare-exchange on that word. What it claimed
//           is its own: it copies the bytes, then stores the entry words with release. That store
//           is the publication point of a record.
//   Reserve The same claim, held by a caller who writes the data in place and then commits it, or
//           makes it void: see Reserve.
//   Read    log_reading.h: seek, read, follow, wait.
//
// Invariants (numbers of the design; each is argued where the operation stands)
//   L1  No step waits for another thread. A claim that is not committed stops readers at its entry
//       and nobody else. An append whose claim another one beat steps aside for a moment of fixed
//       length (StepAside), whatever that thread does meanwhile.
//   L2  A record is visible when its entry is non-zero, and its bytes were written before (release
//       in Commit, acquire in Gather). An entry is non-zero only if committed in this generation
//       (P3).
//   L3  Indices are handed out by the claims, which the tail word orders totally within a segment.
//   L4  A reader's pin is checked against the generation before the block is touched (pool, P2).
//   L6  Any index or time is a safe place to seek to.
//   L7  A claim on a sealed word is refused, so each append is either in a segment at or before the
//       end of a closed log, or was told that it is closed.
//   L8  Arrival times never decrease in index order, because the tail word carries the newest one
//       and a claim advances it: what has expired is a prefix, and time can be searched for.
//   L10 The bytes of a reservation are its holder's alone until it ends, and it ends once: argued
//       at Reserve.
//
// A stale claim. Between reading a tail word and exchanging it, a producer may sleep while the
// segment is recycled and comes to hold the very same word again (10 bits of generation, offset,
// count and time alike): in another log, or opened for this one but not linked to it. Its exchange
// then succeeds there. It notices, because a segment with an uncommitted claim is not recycled
// again, so that the full generation can be read after the claim; it commits its entries as void,
// which readers step over, and starts again. Indices of void entries name no record.
#ifndef KINESIS_CORE_INTERNAL_LOG_RING_LOG_H_
#define KINESIS_CORE_INTERNAL_LOG_RING_LOG_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/base/debug_use.h"
#include "kinesis_core/internal/base/pause.h"
#include "kinesis_core/internal/base/poison.h"
#include "kinesis_core/internal/base/prefetch.h"
#include "kinesis_core/internal/log/chain_recovery.h"
#include "kinesis_core/internal/log/chain_totals.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/log_reading.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_chain.h"

namespace kinesis::internal {

// The bytes of one record to append.
struct LogRecord {
  std::string_view data;
  std::string_view key;

  size_t stored_bytes() const { return kRecordHeaderBytes + data.size() + key.size(); }
};

// Where appended records went: indices first_index .. first_index + count - 1, all at arrival_ms,
// in the log that was opened for this shard.
struct Appended {
  RecordIndex first_index;
  uint32_t count = 0;
  uint32_t shard_index = 0;
  uint64_t shard_created_s = 0;
  Millis arrival_ms;
};

template <class Atomics>
class RingLog : public LogReading<Atomics> {
  using Base = LogReading<Atomics>;
  using Chain = SegmentChain<Atomics>;

 public:
  using typename Base::Pool;
  using typename Base::Segment;
  using Limits = typename Chain::Limits;
  using Reserved = ReservedRecord<Atomics>;

  RingLog() = default;
  RingLog(const RingLog&) = delete;
  RingLog& operator=(const RingLog&) = delete;

  // --- Life. Open, Close and Release of one log are called by one thread at a time. A log object
  // is type-stable: after Release it may be opened again, under another uid, while threads still
  // hold it.

  // Opens an empty log. `uid` is not 0 and is never used again in this pool. False if the system
  // has no memory for one small structure.
  bool Open(Pool& pool, LogUid uid, uint64_t shard_created_s, uint32_t shard_index, Millis now_ms) {
    const DebugMark life(life_);
    KC_DCHECK_EQ(life_.count(), 1);
    return chain_.Open(pool, uid, shard_created_s, shard_index, now_ms);
  }
  // Closes the log and returns the index after its last record. Closing twice is harmless.
  RecordIndex Close(Millis now_ms) {
    const DebugMark life(life_);
    KC_DCHECK_EQ(life_.count(), 1);
    return chain_.Close(now_ms);
  }
  // Gives all segments back. The log is closed and no reader uses it; stale producers may.
  void Release() {
    const DebugMark life(life_);
    KC_DCHECK_EQ(life_.count(), 1);
    KC_DCHECK_EQ(readers_.count(), 0);
    chain_.Release();
  }

  // Leaves all segments in the files of the pool, which goes next; as Release otherwise.
  void Abandon() {
    const DebugMark life(life_);
    KC_DCHECK_EQ(life_.count(), 1);
    chain_.Abandon();
  }
  // Opens the log again of what was found of it in the files of the pool. If nothing was, or the
  // budget does not reach for it, the log is not open.
  RecoveredLog Recover(Pool& pool, LogUid uid, std::vector<FoundSegment> segments) {
    const DebugMark life(life_);
    KC_DCHECK_EQ(life_.count(), 1);
    return chain_.Recover(pool, uid, std::move(segments));
  }

  // --- Trim

  // Gives back the memory of records older than `cutoff_ms`, also that of the newest ones.
  void TrimExpired(Millis cutoff_ms, Millis now_ms) {
    chain_.trim().Expired(chain_.uid(), cutoff_ms, now_ms);
  }
  // Moves the trim horizon up to `index` (at most the end) and gives back what lies wholly below
  // it.
  void TrimBefore(RecordIndex index, Millis now_ms) { chain_.trim().Before(index, now_ms); }

  // --- Statistics: exact when nothing is in flight.

  // Independent of how much is kept, unless a claim has not been committed for long: see
  // ChainTotals.
  LogTotals ComputeTotals() {
    const DebugMark reading(readers_);
    return chain_.totals().Compute();
  }
  // Appends that returned kFull or kNoMemory, and were given up: the caller counts.
  uint64_t RejectedAppends() { return chain_.totals().Rejected(); }
  void CountRejectedAppend() { chain_.totals().CountRejected(); }
  ByteCount HeldBytes() { return chain_.totals().HeldBytes(); }

  // --- Append

  // Appends one record at `now_ms` or, if the newest record is younger, at that one's time. On
  // anything but kOk nothing has changed, except that expired or, by policy, oldest records may
  // have been trimmed.
  // Inlined: as a call it costs a put another 30 instructions, for passing on what it has at hand.
  [[gnu::always_inline]] LogStatus Append(LogUid uid, const LogRecord& record, Millis now_ms,
                                          const Limits& limits, Appended* appended) {
    const size_t bytes = record.stored_bytes();
    Claim claim;
    const LogStatus status = ClaimOne(uid, bytes, now_ms, limits, &claim);
    if (status != LogStatus::kOk) return status;
    const uint32_t offset = claim.tail.offset_units();
    std::byte* const at = claim.segment->record(offset);
    Prefetcher(*claim.segment, at).Advance(at, bytes);
    PrefetchNext(*claim.segment, at + bytes, bytes);
    WriteRecord(at, claim.time_ms, record);
    *appended = Describe(claim);
    Commit(claim.segment->entries()[claim.tail.count()], offset, record);
    if (claim.tail.wait()) chain_.pool().NotifyAppend(uid);
    return LogStatus::kOk;
  }

  // Appends a prefix of `records` under one claim: as many as fit the present segment, at least
  // one. Readers see all of the prefix or none of it. Otherwise like Append. Records has size() and
  // an operator[] that gives a LogRecord, and is not empty.
  template <class Records>
  LogStatus AppendSome(LogUid uid, const Records& records, Millis now_ms, const Limits& limits,
                       Appended* appended) {
    KC_DCHECK_GT(records.size(), 0U);
    Claim claim;
    const LogStatus status = ClaimRoom(
        uid, ByteCount(LogRecord(records[0]).stored_bytes()), now_ms, limits,
        [&records](const Segment& segment, TailWord word) { return FitOf(segment, word, records); },
        &claim);
    if (status != LogStatus::kOk) return status;
    *appended = Describe(claim);
    WriteBatch(claim, records);
    if (claim.tail.wait()) chain_.pool().NotifyAppend(uid);
    return LogStatus::kOk;
  }

  // Ask for the memory that an append will read and write, in three steps, each of which needs what
  // the one before has brought. Who appends to many logs, which no cache holds, takes each step for
  // all of them, so that their misses overlap. Nothing is concluded from what is read here.
  void PrefetchWords() const { PrefetchForRead(this); }
  void PrefetchTail() const {
    const Segment& segment = chain_.LikelyTail();
    PrefetchForRead(&segment);
    PrefetchForWrite(&segment.tail);
  }
  void PrefetchBlock() const {
    const Segment& segment = chain_.LikelyTail();
    // Relaxed, both: an address to ask for, of a block that may be gone.
    const std::byte* const block = segment.block.load(std::memory_order_relaxed);
    const TailWord tail(segment.tail.load(std::memory_order_relaxed));  // as above
    if (block == nullptr) return;
    PrefetchForWrite(block + tail.count() * sizeof(uint64_t));
    const std::byte* const record = block + segment.entry_limit * sizeof(uint64_t) +
                                    (size_t{tail.offset_units()} << segment.unit_shift);
    for (size_t line = 0; line < 3; ++line) PrefetchForWrite(record + line * kCacheLineBytes);
  }

  // Appends one record in two steps: claims room for `data_bytes` of data, and writes time and key.
  // The bytes at reserved->data, which hold anything, are the caller's to write until it calls
  // CommitReserved or VoidReserved, one of them and once. Otherwise like Append; `appended` is the
  // record's place if it is committed.
  //
  // Why it may be held for any length of time, while anything else happens (L10). It is a claim
  // that is not committed, as every append has for a moment, and everybody copes with those,
  //   however long: Memory   The block is not recycled before the entry is set (P2, P5): a trim
  //            takes the segment out of its log and sets it aside, live. So what the caller writes
  //            is under its claim (P1), in its own bytes, which overlap with those of no other
  //   claim. Readers  stop before it, and see nothing of what the caller writes until the entry is
  //            stored with release (L2). A void entry is stepped over, as one of a stale claim.
  //   Others   claim behind it, rotate, trim, and close the log with it in front of the end (L1,
  //            L7). Its index and its time are those of the claim (L3, L8).
  //   Waking   The claim took over the duty to wake, so whoever ends it does. A reader that wants
  //            to sleep meanwhile is told kInFlight.
  // What must not go is the pool: the caller sees to that.
  [[gnu::always_inline]] LogStatus Reserve(LogUid uid, size_t data_bytes, std::string_view key,
                                           Millis now_ms, const Limits& limits, Reserved* reserved,
                                           Appended* appended) {
    const size_t bytes = kRecordHeaderBytes + data_bytes + key.size();
    Claim claim;
    const LogStatus status = ClaimOne(uid, bytes, now_ms, limits, &claim);
    if (status != LogStatus::kOk) return status;
    const uint32_t offset = claim.tail.offset_units();
    std::byte* const at = claim.segment->record(offset);
    Prefetcher(*claim.segment, at).Advance(at, bytes);
    PrefetchNext(*claim.segment, at + bytes, bytes);
    Unpoison(at, bytes);
    Atomics::CopyBytes(at, &claim.time_ms, sizeof claim.time_ms);
    std::byte* const data = at + kRecordHeaderBytes;
    Atomics::CopyBytes(data + data_bytes, key.data(), key.size());
    *appended = Describe(claim);
    // Field by field: a copy that is put together elsewhere is read before it is written.
    reserved->segment = claim.segment;
    reserved->data = data;
    reserved->entry =
        RecordEntry{offset, static_cast<uint32_t>(data_bytes), static_cast<uint32_t>(key.size())}
            .Encode();
    reserved->slot = claim.tail.count();
    reserved->wakes = claim.tail.wait();
    return LogStatus::kOk;
  }

  // The log that a reservation which has not ended is in.
  static LogUid UidOf(const Reserved& reserved) {
    // Relaxed: the claim holds the segment in its generation.
    return reserved.segment->log_uid.load(std::memory_order_relaxed);
  }
  // Publishes the first `data_bytes` of what has been written, at most as many as were reserved. Of
  // any log of the pool, also of one that is closed or released by now.
  static void CommitReserved(Pool& pool, const Reserved& reserved, size_t data_bytes) {
    RecordEntry entry = RecordEntry::Decode(reserved.entry);
    KC_DCHECK_LE(data_bytes, entry.data_bytes);
    if (data_bytes == entry.data_bytes) [[likely]] {
      EndReserved(pool, reserved, reserved.entry);
      return;
    }
    // The key moves up to the data, in pieces that do not overlap with where they come from.
    const size_t gap = entry.data_bytes - data_bytes;
    const std::byte* const key = reserved.data + entry.data_bytes;
    for (size_t done = 0; done < entry.key_bytes;) {
      const size_t piece = std::min<size_t>(gap, entry.key_bytes - done);
      Atomics::CopyBytes(reserved.data + data_bytes + done, key + done, piece);
      done += piece;
    }
    entry.data_bytes = static_cast<uint32_t>(data_bytes);
    EndReserved(pool, reserved, entry.Encode());
  }
  // Gives the record up: its index names none, and readers step over it.
  static void VoidReserved(Pool& pool, const Reserved& reserved) {
    Poison(reserved.data, RecordEntry::Decode(reserved.entry).payload_bytes());
    EndReserved(pool, reserved, kEntryCommitted | kEntryVoid);
  }

 protected:
  // For tests of what is under it.
  Chain& chain() { return chain_; }

 private:
  // How many records, and units in all, fit behind a tail word.
  struct Fit {
    uint32_t count;
    uint32_t units;
  };

  // Room that is this producer's to fill: entries tail.count() .. and units tail.offset_units() ..
  struct Claim {
    Segment* segment = nullptr;
    TailWord tail;  // the word that was claimed from
    Fit fit{};
    Millis time_ms;
  };

  // By a shift that is constant where it can be: one operation instead of five.
  template <class Function>
  [[gnu::always_inline]] static auto WithUnitShift(const Segment& segment, Function function) {
    constexpr int kUsual = SegmentGeometry::kUsualUnitShift;
    if (segment.unit_shift == kUsual) [[likely]] {
      return function(std::integral_constant<int, kUsual>());
    }
    return function(int{segment.unit_shift});
  }
  static uint32_t UnitsOf(size_t bytes, int shift) {
    return static_cast<uint32_t>((bytes + (size_t{1} << shift) - 1) >> shift);
  }
  static uint32_t UnitsIn(const Segment& segment, size_t bytes) {
    return WithUnitShift(segment, [bytes](auto shift) { return UnitsOf(bytes, shift); });
  }
  static bool Fits(const Segment& segment, TailWord word, uint64_t units) {
    return word.offset_units() + units <= segment.unit_limit;
  }
  template <class Records>
  static Fit FitOf(const Segment& segment, TailWord word, const Records& records) {
    return WithUnitShift(segment, [&](auto shift) {
      const auto most = static_cast<uint32_t>(
          std::min<uint64_t>(records.size(), segment.entry_limit - word.count()));
      const auto units_of = [&records, shift](uint32_t i) {
        return UnitsOf(LogRecord(records[i]).stored_bytes(), shift);
      };
      // Usually all fit, which takes half as long to find out.
      uint64_t units = 0;
      for (uint32_t i = 0; i < most; ++i) units += units_of(i);
      if (Fits(segment, word, units)) [[likely]]
        return Fit{most, static_cast<uint32_t>(units)};
      Fit fit{0, 0};
      while (Fits(segment, word, uint64_t{fit.units} + units_of(fit.count))) {
        fit.units += units_of(fit.count++);
      }
      return fit;
    });
  }

  // Claims room for one record of `bytes`.
  [[gnu::always_inline]] LogStatus ClaimOne(LogUid uid, size_t bytes, Millis now_ms,
                                            const Limits& limits, Claim* claim) {
    return ClaimRoom(
        uid, ByteCount(bytes), now_ms, limits,
        [bytes](const Segment& segment, TailWord word) -> Fit {
          const uint32_t units = UnitsIn(segment, bytes);
          return {word.count() < segment.entry_limit && Fits(segment, word, units) ? 1U : 0U,
                  units};
        },
        claim);
  }

  // Claims what `fit_of(segment, tail)` says fits; rotates when that is nothing. `bytes` is the
  // size of the first record.
  template <class FitOfTail>
  LogStatus ClaimRoom(LogUid uid, ByteCount bytes, Millis now_ms, const Limits& limits,
                      FitOfTail fit_of, Claim* claim) {
    for (;;) {
      const SegmentRef ref = chain_.tail();
      Segment& segment = chain_.LikelyTail();
      const Look look = TryClaim(uid, ref, segment, now_ms, fit_of, claim);
      if (look == Look::kClaimed) [[likely]] {
        // Relaxed, both: the claim holds the segment in its generation, and its acquire ordered the
        // opening.
        if (segment.self.load(std::memory_order_relaxed) == ref.bits()) return LogStatus::kOk;
        VoidClaim(*claim, segment.log_uid.load(std::memory_order_relaxed));
      } else if (look == Look::kNoRoom) {
        const LogStatus status = chain_.MoveOn(uid, ref, bytes, now_ms, limits);
        if (status != LogStatus::kOk) return status;
      } else {
        StepAside();
      }
    }
  }

  // Leaves the log to the producer whose claim came first, for as long as it takes that one to put
  // some dozens of records: while both claim in turn, each claim has to bring the lines of tail and
  // entries from the other's cache, which takes longer than the put. A microsecond or two, and a
  // fraction of that where the processor's hint is no pause. kinesis_core/doc/ring_log.md has what
  // it gains, and what else was tried.
  [[gnu::noinline]] static void StepAside() {
    constexpr int kPauses = 64;
    for (int i = 0; i < kPauses; ++i) Pause();
  }

  enum class Look { kClaimed, kLost, kNoRoom };

  // Claims what fits `segment`, if that is what `ref` names. kLost: another claim came first.
  template <class FitOfTail>
  static Look TryClaim(LogUid uid, SegmentRef ref, Segment& segment, Millis now_ms,
                       FitOfTail fit_of, Claim* claim) {
    // Acquire: the words below are of this generation or a later one.
    const TailWord word(segment.tail.load(std::memory_order_acquire));
    // Acquire, all: pairs with ChainLinks::OpenSegment; validated after the claim.
    const uint64_t self = segment.self.load(std::memory_order_acquire);
    const LogUid owner = segment.log_uid.load(std::memory_order_acquire);
    const Millis base_ms = segment.base_ms.load(std::memory_order_acquire);
    if (self != ref.bits() || owner != uid || word.sealed()) return Look::kNoRoom;
    const Fit fit = fit_of(segment, word);
    const Millis time_ms = std::max(now_ms, word.TimeMs(base_ms));
    if (fit.count == 0 || time_ms - base_ms >= TailWord::kTimeSpanMs) return Look::kNoRoom;
    KC_DCHECK_GE(time_ms, base_ms);
    KC_DCHECK_LE(word.count() + fit.count, segment.entry_limit);
    KC_DCHECK_LE(word.offset_units() + fit.units, segment.unit_limit);
    uint64_t expected = word.bits();
    // The linearization point of an append. Acquire: what we write to the block happens after the
    // opening of this generation, and so after the recycling of the one before (the opening's store
    // is the head of a release sequence that all claims continue). Nothing is published here:
    // readers learn of records from the entries.
    if (!segment.tail.compare_exchange_weak(expected,
                                            word.Advanced(fit.count, fit.units, time_ms).bits(),
                                            std::memory_order_acquire, std::memory_order_relaxed)) {
      return Look::kLost;
    }
    *claim = {&segment, word, fit, time_ms};
    return Look::kClaimed;
  }

  // Gives up a claim in a generation that is not ours (see "A stale claim" above).
  [[gnu::noinline]] void VoidClaim(Claim claim, LogUid owner) {
    for (uint32_t i = claim.fit.count; i-- > 0;) {
      // Release: as in Commit; recycling waits for it.
      KC_DCHECK_EQ(Atomics::Peek(claim.segment->entries()[claim.tail.count() + i]), 0U);
      claim.segment->entries()[claim.tail.count() + i].store(kEntryCommitted | kEntryVoid,
                                                             std::memory_order_release);
    }
    if (claim.tail.wait()) chain_.pool().NotifyAppend(owner);
  }

  static void WriteRecord(std::byte* at, Millis time_ms, const LogRecord& record) {
    Unpoison(at, record.stored_bytes());
    Atomics::CopyBytes(at, &time_ms, sizeof time_ms);
    std::byte* const data = at + kRecordHeaderBytes;
    Atomics::CopyBytes(data, record.data.data(), record.data.size());
    Atomics::CopyBytes(data + record.data.size(), record.key.data(), record.key.size());
  }

  // Publishes a record that has been written.
  static void Commit(typename Segment::EntryWord& word, uint32_t offset_units,
                     const LogRecord& record, uint64_t flags = 0) {
    const RecordEntry entry{offset_units, static_cast<uint32_t>(record.data.size()),
                            static_cast<uint32_t>(record.key.size())};
    KC_DCHECK_EQ(Atomics::Peek(word), 0U);  // once, by the owner of the claim
    // Release: pairs with the acquire in Gather. Weaker, and a reader could see the entry before
    // the bytes it points at (L2).
    word.store(entry.Encode() | flags, std::memory_order_release);
  }

  static void EndReserved(Pool& pool, const Reserved& reserved, uint64_t entry) {
    KC_DCHECK_LT(reserved.slot, reserved.segment->entry_limit);
    KC_DCHECK_EQ(Atomics::Peek(reserved.segment->entries()[reserved.slot]), 0U);  // once
    const LogUid uid = UidOf(reserved);
    // Release: as in Commit. The segment may be recycled from here on.
    reserved.segment->entries()[reserved.slot].store(entry, std::memory_order_release);
    if (reserved.wakes) pool.NotifyAppend(uid);
    // It may have been held for long, and then what it held back is free at once, unless the
    // segment is set aside at this very moment: then from the next look for it on.
    if (pool.HasUncommitted()) [[unlikely]]
      pool.RecycleCommitted();
  }

  // Commits the first record last: a reader, who goes from first to last, meets all of them or
  // none.
  template <class Records>
  static void WriteBatch(const Claim& claim, const Records& records) {
    Segment& segment = *claim.segment;
    const Millis time_ms = claim.time_ms;
    const uint32_t count = claim.fit.count;
    typename Segment::EntryWord* const entries = segment.entries() + claim.tail.count();
    const uint32_t first_offset = claim.tail.offset_units();
    std::byte* const data = segment.data();
    Prefetcher prefetcher(segment, segment.record(first_offset));
    WithUnitShift(segment, [&](auto shift) {
      uint32_t offset = first_offset;
      for (uint32_t i = 0; i < count; ++i) {
        const LogRecord record = records[i];
        std::byte* const at = data + (size_t{offset} << shift);
        prefetcher.Advance(at, record.stored_bytes());
        WriteRecord(at, time_ms, record);
        if (i > 0) Commit(entries[i], offset, record, kEntryFollows);
        offset += UnitsOf(record.stored_bytes(), shift);
      }
      PrefetchNext(segment, data + (size_t{offset} << shift), size_t{claim.fit.units} << shift);
    });
    Commit(entries[0], first_offset, records[0]);
  }

  // A log with smaller blocks is one of many: others are written before it comes to lines that are
  // far ahead.
  static constexpr size_t kSmallBlockBytes = size_t{64} << 10;

  // In a small block, asks for the lines that the next append to it will write: as many bytes as
  // this one wrote, to `end`. By then the log will have left the nearest cache, but not all of them
  // as lines that it writes for the first time would have.
  static void PrefetchNext(const Segment& segment, const std::byte* end, size_t bytes) {
    constexpr size_t kAtMost = 512;
    if (segment.block_bytes >= kSmallBlockBytes) [[likely]] {
      return;
    }
    const std::byte* const limit = std::min(end + std::min(bytes, kAtMost), segment.block_end());
    for (const std::byte* line = NextLine(end); line < limit; line += kCacheLineBytes) {
      PrefetchForWrite(line);
    }
  }
  // Blocks begin at a line.
  static const std::byte* NextLine(const std::byte* at) {
    const auto address = reinterpret_cast<uintptr_t>(at);
    return at + (-address % kCacheLineBytes);
  }

  // Asks for the lines that the appends after this one will write: as many as it wrote itself. The
  // claim is a locked operation, which drains the store buffer, so the misses of one record would
  // otherwise not overlap with the next one's.
  class Prefetcher {
   public:
    // For records from `at` on.
    Prefetcher(const Segment& segment, const std::byte* at)
        : limit_(segment.block_end()),
          line_(segment.block_bytes < kSmallBlockBytes ? limit_ : NextLine(at + kAhead)) {}

    // A record of so many bytes is written to `at`, behind those before. Each line once: the one
    // that the last record ended in has been asked for.
    void Advance(const std::byte* at, size_t bytes) {
      const std::byte* const end = std::min(at + kAhead + std::min(bytes, kAtMost), limit_);
      for (; line_ < end; line_ += kCacheLineBytes) PrefetchForWrite(line_);
    }

   private:
    static constexpr size_t kAhead = 2048;
    static constexpr size_t kAtMost = 2048;

    const std::byte* const limit_;
    const std::byte* line_;
  };

  // Returns the place of what was claimed. To be called before the commit: from then on the segment
  // may be trimmed, recycled and opened for another log.
  static Appended Describe(const Claim& claim) {
    const Segment& segment = *claim.segment;
    // Relaxed, all: ordered by the claim's acquire.
    return {segment.base_index.load(std::memory_order_relaxed) + claim.tail.count(),
            claim.fit.count, segment.shard_index.load(std::memory_order_relaxed),
            segment.shard_created_s.load(std::memory_order_relaxed), claim.time_ms};
  }

  using Base::chain_;
  using Base::readers_;
  // In builds that check: those in a step of its life.
  [[no_unique_address]] DebugUse<struct Life> life_;
};

static_assert(kChecked || sizeof(RingLog<StdAtomics>) == 2 * kCacheLineBytes,
              "a line for appends, and one for all else");

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_RING_LOG_H_
