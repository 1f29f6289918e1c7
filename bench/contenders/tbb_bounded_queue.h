// oneTBB's concurrent_bounded_queue.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_TBB_BOUNDED_QUEUE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_TBB_BOUNDED_QUEUE_H_

#include <cstddef>
#include <string_view>

#include "bench/contenders/contender.h"
#include "bench/waiting.h"
#include "oneapi/tbb/concurrent_queue.h"

namespace kinesis::bench {

template <size_t kDataBytes>
class TbbBoundedQueue {
 public:
  static constexpr std::string_view kName = "tbb-bounded";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit TbbBoundedQueue(const Workload& workload) {
    queue_.set_capacity(static_cast<std::ptrdiff_t>(workload.shard_messages()));
  }

  class Producer {
   public:
    Producer(TbbBoundedQueue& queue, size_t /*index*/) : queue_(queue.queue_) {}

    void Put(std::string_view data) {
      for (Backoff backoff; !queue_.try_push(Slot<kDataBytes>::Of(data));) backoff.Wait();
    }

   private:
    tbb::concurrent_bounded_queue<Slot<kDataBytes>>& queue_;
  };

  class Consumer {
   public:
    explicit Consumer(TbbBoundedQueue& queue) : queue_(queue.queue_) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      size_t taken = 0;
      while (taken < most && queue_.try_pop(slot_)) {
        take(slot_.data());
        ++taken;
      }
      return taken;
    }

    // Sleeps for good if nothing comes: the queue has no wait with a limit.
    template <class Take>
    size_t PollBlocking(size_t /*most*/, Take&& take) {
      queue_.pop(slot_);
      take(slot_.data());
      return 1;
    }

   private:
    tbb::concurrent_bounded_queue<Slot<kDataBytes>>& queue_;
    Slot<kDataBytes> slot_;
  };

 private:
  tbb::concurrent_bounded_queue<Slot<kDataBytes>> queue_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_TBB_BOUNDED_QUEUE_H_
