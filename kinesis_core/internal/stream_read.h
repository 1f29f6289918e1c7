// The path out of a shard: where a reader begins, what it reads there, and its sleep until there is
// more. The public Iterator and Shard are names for these.
//
// A reader is a ReadPlace. It holds no memory: each read pins the segment of its place (RingLog),
// and what it found keeps that pin (FoundRecords).
//
// ReadInto goes on with the pin of the read before. There is one, and it moves, as plain pointers
// do: with records it is in FoundRecords, whose views need it; with none in the ReaderState, from
// where Wait can let go of it. It must, since a reader may sleep for as long as its segment keeps
// the memory back that a put needs, and so the record that would wake it. Nobody else waits for a
// pin: FollowedSegment says why reading under an old one is as good as under a new one.
//
// Thread-safe for distinct places, states and results.
#ifndef KINESIS_CORE_INTERNAL_STREAM_READ_H_
#define KINESIS_CORE_INTERNAL_STREAM_READ_H_

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/iterator_start.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis::internal {

// The place where reading begins by `start`, or later if what was there is gone. Errors as
// Shard::CreateIterator.
absl::StatusOr<ReadPlace> SeekStart(ShardCore& shard, const IteratorStart& start);

// Shard::TrimBefore.
absl::Status TrimBefore(ShardCore& shard, const SequenceNumber& number);

// Iterator::position.
SequenceNumber PositionOf(const ShardCore& shard, const ReadPlace& place);

// Reads at the place into *found, which is empty, and moves the place behind what it found. Errors
// as Iterator::Read.
absl::Status Read(ShardCore& shard, const ReadLimits& limits, ReadPlace* place,
                  FoundRecords* found);

// Returns whether a read with these limits is not refused.
inline bool IsReadable(const StreamCore& stream, const ReadLimits& limits) {
  return limits.max_records > 0 && limits.max_bytes > 0 && !stream.is_deleted();
}

// How long before `now_ms` a record arrived; 0 if the clock has been set back since.
inline int64_t AgeMs(Millis now_ms, Millis arrival_ms) {
  return std::max<int64_t>(now_ms - arrival_ms, 0);
}

// The state that a reader keeps from one ReadInto to the next. The shard outlives it.
class ReaderState {
 public:
  explicit ReaderState(ShardCore& shard)
      : shard_(shard),
        stream_(shard.stream()),
        engine_(shard.engine()),
        log_(shard.log()),
        uid_(shard.uid()) {
    shard_.AddReader(counts_);
  }
  ~ReaderState() { shard_.RemoveReader(counts_); }
  ReaderState(const ReaderState&) = delete;
  ReaderState& operator=(const ReaderState&) = delete;

  // The usual answers to those who follow a shard's tip, in few instructions. Both are false, and
  // nothing has changed, if it takes more than a look at what is pinned.
  // Returns whether a read into *found finds nothing, as the last one did: then *found is empty.
  [[gnu::always_inline]] bool FindsNothing(const ReadLimits& limits, FoundRecords* found) {
    if (!pin_ || !IsReadable(stream_, limits) || !followed_.IsTip() || found->is_pinned() ||
        --empty_reads_left_ < 0) {
      return false;
    }
    found->ClearRest();
    return true;
  }
  // Reads at the place into *found.
  [[gnu::always_inline]] bool ReadOn(const ReadLimits& limits, ReadPlace* place,
                                     FoundRecords* found);

  // Reads at the place into *found, which is empty, with pins of its own, of which one is kept.
  void ReadAnew(const ReadLimits& limits, ReadPlace* place, FoundRecords* found);

  // Lets go of what is pinned here, and does not go on under the pin of what was found.
  void LetGo() {
    followed_ = Log::Followed();
    pin_.LetGo();
  }

 private:
  // How many in a row may find nothing by a look at what is pinned: see Iterator::ReadInto.
  static constexpr int32_t kMostEmptyReads = 1023;

  // Makes *found empty, and hands it the pin.
  void HandPinTo(FoundRecords* found) {
    found->Clear();
    found->Begin(stream_.pool(), shard_.identity().id, shard_.identity().created_s);
    found->AdoptPin(pin_.Detach(), followed_.bytes(), followed_.unit_shift());
  }

  ShardCore& shard_;
  StreamCore& stream_;
  EngineCore& engine_;
  Log& log_;
  const LogUid uid_;
  // The place in its segment, if that is pinned: by pin_, if the last read found nothing, or by
  // what it found, as long as that is shown. Else of none.
  Log::Followed followed_;
  Log::Pin pin_;
  int32_t empty_reads_left_ = 0;  // before one looks at more
  ShardCore::ReadCounts counts_;
};

inline bool ReaderState::ReadOn(const ReadLimits& limits, ReadPlace* place, FoundRecords* found) {
  if (!IsReadable(stream_, limits)) [[unlikely]]
    return false;
  // What was found may have been let go since, and been made to show anything else.
  if (!pin_ &&
      !(found->IsOf(followed_.segment()) &&
        Log::Followed::IsAt(*followed_.segment(), SegmentRef::FromBits(place->segment), uid_))) {
    return false;
  }
  const Log::Followed::State state = log_.LookAt(&followed_, RecordIndex(place->index));
  if (state != Log::Followed::State::kRecords) [[unlikely]] {
    // One that is idle looks at more now and then: see FindsNothing.
    if (state == Log::Followed::State::kUnknown || pin_) return false;
    pin_ = Log::Pin::Adopt(stream_.pool(), found->DetachPin());
    return true;
  }
  const Millis now_ms = engine_.NowMillis();
  const Millis cutoff_ms = std::max(now_ms - stream_.RetentionMs(), Millis(place->min_ms));
  Log::Followed::Records records;
  if (!followed_.Take(cutoff_ms, limits.max_records, limits.max_bytes, &records)) [[unlikely]]
    return false;
  counts_.Add(records.count, records.payload_bytes);
  shard_.SetIteratorAge(AgeMs(now_ms, records.last_ms));
  if (pin_) HandPinTo(found);
  // Sequence numbers count records from 1.
  found->ShowOnly(CommittedEntries(records.entries), place->index + 1, records.count,
                  records.payload_bytes);
  found->behind_latest_ms = records.is_at_tip ? 0 : AgeMs(now_ms, records.next_ms);
  place->index += records.count;
  return true;
}

// The same as Read into a *found that is used again, with pins of its own, of which the state keeps
// one for ReadOn. Makes the state if there is none.
absl::Status ReadInto(ShardCore& shard, const ReadLimits& limits, ReadPlace* place,
                      std::unique_ptr<ReaderState>& state, FoundRecords* found);

// True if Read would return records, loss or the end. If false, *tip is where records may come,
// behind what Read would pass over.
bool CanRead(ShardCore& shard, const ReadPlace& place, LogCursor* tip);

// Iterator::Wait.
absl::Status WaitToRead(ShardCore& shard, const ReadPlace& place, absl::Time deadline);
// What it returns at its deadline.
absl::Status NothingToReadError(const ShardCore& shard);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_STREAM_READ_H_
