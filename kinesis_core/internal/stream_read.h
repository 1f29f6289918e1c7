// The path out of a shard: where a reader begins, what it reads there, and its sleep until there is
// more. The public Iterator and Shard are names for these.
//
// A reader is a ReadPlace. It holds no memory: each read pins the segment of its place (RingLog),
// and what it found keeps that pin (FoundRecords).
//
// Thread-safe for distinct places and results.
#ifndef KINESIS_CORE_INTERNAL_STREAM_READ_H_
#define KINESIS_CORE_INTERNAL_STREAM_READ_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/iterator.h"
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

// True if Read would return records, loss or the end. If false, *tip is where records may come,
// behind what Read would pass over.
bool CanRead(ShardCore& shard, const ReadPlace& place, LogCursor* tip);

// Iterator::Wait.
absl::Status WaitToRead(ShardCore& shard, const ReadPlace& place, absl::Time deadline);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_STREAM_READ_H_
