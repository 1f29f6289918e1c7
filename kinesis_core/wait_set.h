// Waiting at many shards at once, with one thread.
//
//   kinesis::WaitSet set;
//   for (kinesis::Iterator& it : iterators) set.Add(&it).IgnoreError();
//   for (;;) {
//     const absl::StatusOr<kinesis::WaitSet::Ready> ready = set.Wait(deadline);
//     if (!ready.ok()) return ready.status();
//     Process(ready->iterator->Read().value());
//   }
//
// A consumer group (consumer_group.h) does this and more: it finds new shards and shares them.
#ifndef KINESIS_CORE_WAIT_SET_H_
#define KINESIS_CORE_WAIT_SET_H_

#include <cstddef>
#include <memory>
#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/stream.h"

namespace kinesis {

// Sleeps until Read of one of `iterators` would return something new, as Iterator::Wait does, and
// returns the place of one for which it would. Those of several streams of one engine may be mixed.
// When several can be read, the one that comes first in `iterators` is returned: a caller that
// wants each to have its turn keeps a WaitSet.
//
// Each call looks at all of them once, O(iterators), and asleep costs nothing for those that are
// idle. A WaitSet looks only at those where something has happened.
//
// kDeadlineExceeded: `deadline` has come by the engine's clock. kNotFound: the stream of one has
// been deleted. kInvalidArgument: there are none, one of them is null or twice there, or they are
// of several engines.
KINESIS_CORE_EXPORT absl::StatusOr<size_t> WaitAny(std::span<Iterator* const> iterators,
                                                   absl::Time deadline);

// Iterators, and streams whose reshards are watched, that one thread waits for. What it costs to
// wait does not depend on how many there are, but on how many have something: a thousand idle
// shards wake nobody.
//
// Thread-compatible: one thread at a time uses a set and the iterators in it; Interrupt alone may
// be called by any thread at any time.
//
// Lifetime: an iterator in the set must outlive its being there, stay where it is, and not be
// assigned another one. The set shares ownership of shards and streams.
class KINESIS_CORE_EXPORT WaitSet {
 public:
  // A place at which something can be done. One of the two is not null.
  struct Ready {
    // Can be read: there are records, or the shard has ended, or the stream has been deleted, which
    // Read then says. Remove an iterator whose shard has ended, as it stays ready.
    Iterator* iterator = nullptr;
    // Has shards that it had not when it was added or last returned, or has been closed or deleted.
    const Stream* stream = nullptr;
  };

  WaitSet();
  ~WaitSet();
  WaitSet(const WaitSet&) = delete;
  WaitSet& operator=(const WaitSet&) = delete;

  // O(1). kInvalidArgument: it is null, or of another engine than those in the set.
  // kAlreadyExists: it is in the set.
  absl::Status Add(Iterator* iterator);
  // O(1). kNotFound: it is not in the set.
  absl::Status Remove(Iterator* iterator);

  // Watches for new shards, and for the end of the stream: Close, or its deletion. The set keeps a
  // handle of its own, which Ready::stream points at. Errors as Add.
  absl::Status AddStream(const Stream& stream);
  // kNotFound: it is not in the set.
  absl::Status RemoveStream(const Stream& stream);

  // Iterators and streams together.
  size_t size() const;

  // Returns one that is ready, or sleeps until one is. All that are ready have their turn before
  // one comes again. O(what has become ready since the last call).
  //
  // kDeadlineExceeded: `deadline` has come by the engine's clock, and nothing is ready. kCancelled:
  // Interrupt was called. kFailedPrecondition: the set is empty.
  absl::StatusOr<Ready> Wait(absl::Time deadline);

  // Ends the Wait that is under way or, if none is, the next one that would sleep.
  void Interrupt();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_WAIT_SET_H_
