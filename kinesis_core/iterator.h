// Iterator: a reader's place in one shard.
//
//   kinesis::Iterator it = *shard.CreateIterator(kinesis::IteratorStart::TrimHorizon());
//   for (;;) {
//     kinesis::ReadResult batch = it.Read();
//     if (!batch.ok()) return batch.status();
//     for (const kinesis::RecordView& record : *batch) Process(record);
//     if (batch->end_of_shard()) break;  // go on with batch->child_shards()
//     if (batch->empty()) it.Wait(deadline).IgnoreError();
//   }
//
// A reader that stays at the tip of a shard, where each call finds a record or two or nothing, does
// the same for a fraction of the cost by reading into one batch again and again:
//
//   kinesis::RecordBatch batch;
//   while (it.ReadInto(batch).ok() && !batch.end_of_shard()) {
//     for (const kinesis::RecordView& record : batch) Process(record);
//     if (batch.empty()) it.Wait(deadline).IgnoreError();
//   }
//
// Any number of iterators read a shard independently, each at its own pace; none slows a producer
// down. An iterator remembers where it is and holds no memory: what it has not read yet may be
// trimmed or expire, and the next read then says how many records that were. (ReadInto keeps a pin,
// and says which.) To go on after a restart, keep the sequence number of the last record and start
// after it: what went meanwhile is counted in the same way.
#ifndef KINESIS_CORE_ITERATOR_H_
#define KINESIS_CORE_ITERATOR_H_

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"
#include "kinesis_core/iterator_start.h"
#include "kinesis_core/read_result.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

namespace internal {
class AsyncAccess;
class GroupCore;
class ReaderState;
class ShardCore;
}  // namespace internal

// Thread-compatible: one thread at a time uses an iterator; different iterators of a shard share
// nothing that one of them could hold up.
//
// Lifetime: shares ownership of its shard, so it may outlive every other handle. A copy is a second
// iterator at the same place.
class KINESIS_CORE_EXPORT Iterator {
 public:
  // Moving copies, so that there is no such thing as an empty handle.
  Iterator(const Iterator& other);
  Iterator& operator=(const Iterator& other);
  ~Iterator();

  // Returns the next records and moves past them. An empty batch means that there is nothing to
  // read now: see end_of_shard() and behind_latest(). Never waits. O(records returned).
  //
  // kNotFound: the stream has been deleted. kOutOfRange: a limit is 0. The iterator has not moved
  // then.
  //
  // The result is an absl::StatusOr<RecordBatch> that a loop can be over: read_result.h.
  ReadResult Read(const ReadLimits& limits = {});

  // The same, into a batch that is used again: what `batch` showed is gone, views into it included,
  // and it shows what Read would have returned now. After an error it is empty. For readers that
  // follow the tip of a shard: nothing is made or destroyed, and while batch and iterator stay in
  // one segment of the log, which holds up to 4,096 records, neither is anything pinned or let go.
  // One batch for one iterator; any other is as good, but pays for a new pin.
  //
  // All that Read promises holds for each call: what has been trimmed or has expired when it begins
  // is not returned, and is told as lost. One thing is later: where the next record is still being
  // put, a call finds nothing, as does Read's; that records behind it have expired or been trimmed
  // is noticed at every 1,024th such call in a row, or when that put is done, not at once.
  //
  // One segment at most is kept pinned from call to call: that of the records in `batch` or, when
  // there is nothing to read, that of the place reached, which the iterator keeps then. Its memory,
  // usually 256 KiB or less, counts against the engine's budget, and is held back if it is trimmed,
  // or the stream deleted, meanwhile. The next call lets go of it then. So do Wait, WaitAny and
  // WaitSet, Read, LetGo and the iterator's end. A copy of the iterator has no part in it.
  absl::Status ReadInto(RecordBatch& batch, const ReadLimits& limits = {});

  // Ends what ReadInto keeps, without a read: for an iterator that is put aside for long. Views of
  // a batch are the batch's, and stay.
  void LetGo();

  // Sleeps until Read would return something new (records, or the end of the shard), or until
  // `deadline` by the engine's clock: kDeadlineExceeded. Also wakes, with kNotFound, when the
  // stream is deleted. Before it sleeps it looks for 20 microseconds, if the machine has more than
  // one processor; asleep it takes no processor time.
  absl::Status Wait(absl::Time deadline);

  ShardId shard_id() const;

  // The place reached, as a sequence number: AfterSequenceNumber(position()) makes an iterator of
  // this shard that reads on from here, at any later time. It lies between the numbers of the
  // record returned last and of the next one; no record has it. For what has to outlive the
  // iterator, such as a token given to a client.
  SequenceNumber position() const;

 private:
  friend class Shard;
  friend class WaitSet;
  friend class internal::AsyncAccess;
  friend class internal::GroupCore;
  friend absl::StatusOr<size_t> WaitAny(std::span<Iterator* const> iterators, absl::Time deadline);

  Iterator(std::shared_ptr<internal::ShardCore> shard, const internal::ReadPlace& place);

  [[gnu::noinline]] absl::Status ReadRecordsInto(RecordBatch& batch, const ReadLimits& limits);

  std::shared_ptr<internal::ShardCore> shard_;
  internal::ReadPlace place_;
  std::unique_ptr<internal::ReaderState> state_;  // from the first ReadInto on
};

}  // namespace kinesis

#endif  // KINESIS_CORE_ITERATOR_H_
