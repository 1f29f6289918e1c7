// Coroutines that wait for a stream: for records, for a delivery of a consumer group, for room for
// a put. In place of a thread for each reader, thousands of them share one.
//
//   Task Consume(kinesis::Iterator it, kinesis::Executor& executor, std::stop_token stop) {
//     for (;;) {
//       kinesis::ReadResult batch = co_await kinesis::NextRecords(it, executor, stop);
//       if (!batch.ok() || batch->end_of_shard()) co_return;
//       for (const kinesis::RecordView& record : *batch) Process(record);
//     }
//   }
//
// `Task` is any type of coroutine, yours or that of a library. The executor (executor.h) says where
// it goes on; EventLoop is one. If there is something at once, co_await does not suspend, and the
// coroutine keeps its thread. Otherwise it is suspended and costs nothing until there is; a put
// that wakes it calls Executor::Post, once for each coroutine that waits at that shard.
//
// A wait ends by the result; by its stop token or Executor::Close (kCancelled); by its deadline
// (kDeadlineExceeded; the executor keeps it); and by the end of the stream, as the header of the
// blocking call says, so also by that of the engine. Each resumes the coroutine, by the executor. A
// coroutine may also be destroyed while it waits, on the thread on which it would go on.
//
// The objects that a wait is for and the executor must outlive it; data and key of a record, too.
// One coroutine or thread at a time waits by an iterator or group member, as for other calls.
// Where a record is just being copied by a producer, the coroutine looks again and again until that
// is done, and the executor's others in between.
#ifndef KINESIS_CORE_COROUTINE_H_
#define KINESIS_CORE_COROUTINE_H_

#include <coroutine>
#include <memory>
#include <optional>
#include <stop_token>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/executor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/read_result.h"
#include "kinesis_core/record.h"
#include "kinesis_core/stream.h"

namespace kinesis {

namespace internal {
class AsyncWait;
}  // namespace internal

// The result of the functions below, which look at once; to be awaited at once, too:
// `co_await NextRecords(...)`.
template <class Result>
class [[nodiscard]] KINESIS_CORE_EXPORT Awaitable {
 public:
  // Made by those functions: of what makes a result later, or of one that is there.
  class Source;
  explicit Awaitable(std::unique_ptr<Source> source);
  explicit Awaitable(Result result);
  Awaitable(const Awaitable&) = delete;
  Awaitable& operator=(const Awaitable&) = delete;
  ~Awaitable();

  bool await_ready() const;
  bool await_suspend(std::coroutine_handle<> handle);
  Result await_resume();

 private:
  std::optional<Result> result_;
  const std::unique_ptr<Source> source_;
  std::shared_ptr<internal::AsyncWait> wait_;
};

extern template class Awaitable<ReadResult>;
extern template class Awaitable<absl::StatusOr<Delivery>>;
extern template class Awaitable<absl::StatusOr<PutResult>>;

// All of them take a deadline by the engine's clock, where a time that has come means a look and no
// wait, and a stop token, which is looked at first: a wait that is told to stop has no other
// result. Not a struct of both: g++ 12 destroys twice the member of an aggregate that is
// initialised within a co_await expression.

// Returns records at the iterator, which moves past them; or an empty batch at the end of the
// shard, or one that says how many were lost. Errors as Iterator::Read.
KINESIS_CORE_EXPORT Awaitable<ReadResult> NextRecords(Iterator& iterator, Executor& executor,
                                                      absl::Time deadline = absl::InfiniteFuture(),
                                                      const std::stop_token& stop = {},
                                                      const ReadLimits& limits = {});
inline Awaitable<ReadResult> NextRecords(Iterator& iterator, Executor& executor,
                                         const std::stop_token& stop,
                                         const ReadLimits& limits = {}) {
  return NextRecords(iterator, executor, absl::InfiniteFuture(), stop, limits);
}

// Returns what GroupMember::Next does. While it waits the member counts as alive, if the group has
// a lease time.
KINESIS_CORE_EXPORT Awaitable<absl::StatusOr<Delivery>> NextDelivery(
    GroupMember& member, Executor& executor, absl::Time deadline = absl::InfiniteFuture(),
    const std::stop_token& stop = {});
inline Awaitable<absl::StatusOr<Delivery>> NextDelivery(GroupMember& member, Executor& executor,
                                                        const std::stop_token& stop) {
  return NextDelivery(member, executor, absl::InfiniteFuture(), stop);
}

// Returns what Stream::Put with a deadline does. Room that expiry makes is noticed by
// Executor::EndOverdue, as a deadline is.
KINESIS_CORE_EXPORT Awaitable<absl::StatusOr<PutResult>> PutWhenRoom(
    Stream& stream, const Record& record, Executor& executor,
    absl::Time deadline = absl::InfiniteFuture(), const std::stop_token& stop = {});
inline Awaitable<absl::StatusOr<PutResult>> PutWhenRoom(Stream& stream, const Record& record,
                                                        Executor& executor,
                                                        const std::stop_token& stop) {
  return PutWhenRoom(stream, record, executor, absl::InfiniteFuture(), stop);
}

}  // namespace kinesis

#endif  // KINESIS_CORE_COROUTINE_H_
