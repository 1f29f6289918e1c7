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
// pin: LogReading::ReadPinned says why reading under an old one is as good as under a new one.
//
// Thread-safe for distinct places, states and results.
#ifndef KINESIS_CORE_INTERNAL_STREAM_READ_H_
#define KINESIS_CORE_INTERNAL_STREAM_READ_H_

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

// The state that a reader keeps from one ReadInto to the next. The shard outlives it.
class ReaderState {
 public:
  explicit ReaderState(ShardCore& shard) : shard_(shard) { shard_.AddReader(counts); }
  ~ReaderState() { shard_.RemoveReader(counts); }
  ReaderState(const ReaderState&) = delete;
  ReaderState& operator=(const ReaderState&) = delete;

  // Of the segment at the place, if the last read found nothing.
  Log::Pin pin;
  uint32_t empty_reads = 0;  // by FindsNothing
  ShardCore::ReadCounts counts;

 private:
  ShardCore& shard_;
};

// True if ReadInto would find nothing, by a look at what is pinned; false if it may find something.
// The usual answer to those who poll, in few instructions. `state` may be null.
inline bool FindsNothing(const ShardCore& shard, const ReadLimits& limits, const ReadPlace& place,
                         ReaderState* state) {
  // How many in a row: see Iterator::ReadInto.
  constexpr uint32_t kMost = 1024;
  return state != nullptr && state->pin && !shard.stream().is_deleted() && limits.max_records > 0 &&
         limits.max_bytes > 0 && ++state->empty_reads % kMost != 0 &&
         Log::IsTip(*state->pin, RecordIndex(place.index));
}

// The same as Read into a *found that is used again, under the pin of the read before if that is of
// the place's segment. Makes the state if there is none.
absl::Status ReadInto(ShardCore& shard, const ReadLimits& limits, ReadPlace* place,
                      std::unique_ptr<ReaderState>& state, FoundRecords* found);

// True if Read would return records, loss or the end. If false, *tip is where records may come,
// behind what Read would pass over.
bool CanRead(ShardCore& shard, const ReadPlace& place, LogCursor* tip);

// Iterator::Wait.
absl::Status WaitToRead(ShardCore& shard, const ReadPlace& place, absl::Time deadline);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_STREAM_READ_H_
