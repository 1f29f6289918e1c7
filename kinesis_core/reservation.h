// Reservation: a record that is written where it will be read, instead of being copied there.
//
//   kinesis::Reservation order = stream.Reserve("alice", message.ByteSizeLong()).value();
//   message.SerializeToArray(order.data().data(), static_cast<int>(order.data().size()));
//   absl::StatusOr<kinesis::PutResult> put = order.Commit();
//
// Stream::Reserve makes room in the log of the record's shard and gives it to the caller, who
// writes the data there and calls Commit. If that is never called, because an error or an exception
// came between, the destructor makes the place void: readers step over it, and nobody sees a part
// of a record. It pays for data of some KiB that would otherwise be built in a buffer first: Put
// copies less than that in no more time than it takes to hand a reservation out and back. Invariant
// L10: the bytes are the holder's alone until it ends, which it does once (argued in
// internal/log/ring_log.h).
//
// A reservation that is held, and the others. Its place in the order of its shard is that of
// Reserve, so it stands in the way of what comes behind it, and of nothing else: hold it for as
// long as it takes to write the data, and wait for nothing meanwhile.
//   Readers of the shard, consumer groups among them, stop before it, and go on when it is
//     committed or void. One that waits for more (Iterator::Wait, WaitSet, GroupMember::Next) does
//     not sleep meanwhile: it looks again and again, after a thousand looks every 50 microseconds.
//     A thread that waits for a record behind one that it holds itself waits until its deadline. An
//     iterator that is made at Latest begins behind it.
//   Producers are not held up: they put behind it, also when that fills the shard.
//   Split, merge and Stream::Close do not wait for it: the shard is closed with it in front of its
//     end. Commit succeeds after that, as for any put that began before. Readers are told of the
//     end of the shard, and so go on to its children, when it is committed or void.
//   Trimming, expiry and OverflowPolicy::kTrimOldest do not wait for it either, and may take the
//     record before it is committed, as they may take it right after: its arrival time is that of
//     Reserve. Readers are then told of it as lost, whether it is committed or void. Its segment of
//     memory (usually 256 KiB or less) goes when it is no longer held, and counts against the
//     engine's memory budget until then.
//   Deletion of the stream, or of the engine: Commit returns kNotFound from then on. The memory
//     goes with the reservation.
//   Held for ever, it is the last record that readers of its shard come to, until it is trimmed.
#ifndef KINESIS_CORE_RESERVATION_H_
#define KINESIS_CORE_RESERVATION_H_

#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/record.h"

namespace kinesis {

class Stream;

namespace internal {
struct StdAtomics;
class StreamCore;
}  // namespace internal

// Thread-compatible: one thread at a time uses it. It may be moved to another thread and committed
// there, and what was written before the move is in the record. Any number may be held at once,
// also of one shard and by one thread, and they may end in any order.
//
// Lifetime: shares ownership of its stream, as a Stream does, so it may outlive every handle and
// the engine. Not copyable; one that was moved from holds nothing.
class KINESIS_CORE_EXPORT [[nodiscard]] Reservation {
 public:
  // One that holds nothing.
  Reservation() = default;
  Reservation(Reservation&& other) noexcept = default;
  // The one that it held itself becomes void.
  Reservation& operator=(Reservation&& other) noexcept;
  // Cancel().
  ~Reservation() {
    if (is_held()) Cancel();
  }

  // The bytes to write: as many as were reserved, 8-byte aligned. They hold anything at first, the
  // bytes of older records for example, and Commit publishes what is there. Empty if nothing is
  // held. Write to them before Commit, Cancel and the destructor only: then they are the readers',
  // and later another record's. (With AddressSanitizer a write after a Cancel is found.)
  std::span<char> data() const {
    if (!is_held()) return {};
    return {reinterpret_cast<char*>(record_.data), record_.data_bytes()};
  }

  // True until it is committed, cancelled or moved from.
  bool is_held() const { return stream_ != nullptr; }

  // The place that the record has if it is committed.
  const PutResult& place() const { return place_; }

  // Makes the record visible: all the bytes, or the first `data_bytes` of them. Returns its place.
  // Nothing is held afterwards, but for kOutOfRange: `data_bytes` is more than was reserved.
  // kNotFound: the stream has been deleted. kFailedPrecondition: nothing is held.
  absl::StatusOr<PutResult> Commit() { return Commit(record_.data_bytes()); }
  absl::StatusOr<PutResult> Commit(size_t data_bytes);

  // Gives it up: the place becomes void. Nothing if nothing is held.
  void Cancel();

 private:
  friend class Stream;

  std::shared_ptr<internal::StreamCore> stream_;  // null: nothing is held
  internal::ReservedRecord<internal::StdAtomics> record_;
  PutResult place_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_RESERVATION_H_
