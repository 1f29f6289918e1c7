// Boost.Lockfree's two queues, of preallocated slots.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_BOOST_LOCKFREE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_BOOST_LOCKFREE_H_

#include <cstddef>
#include <string_view>

#include "bench/contenders/contender.h"
#include "bench/waiting.h"
#include "boost/lockfree/queue.hpp"
#include "boost/lockfree/spsc_queue.hpp"

namespace kinesis::bench {

// boost::lockfree::queue: many producers, many consumers, a node for each element.
template <size_t kDataBytes>
class BoostQueue {
 public:
  static constexpr std::string_view kName = "boost-queue";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit BoostQueue(const Workload& workload) : queue_(workload.shard_messages()) {}

  class Producer {
   public:
    Producer(BoostQueue& queue, size_t /*index*/) : queue_(queue.queue_) {}

    void Put(std::string_view data) {
      for (Backoff backoff; !queue_.bounded_push(Slot<kDataBytes>::Of(data));) backoff.Wait();
    }

   private:
    boost::lockfree::queue<Slot<kDataBytes>>& queue_;
  };

  class Consumer {
   public:
    explicit Consumer(BoostQueue& queue) : queue_(queue.queue_) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      size_t taken = 0;
      while (taken < most && queue_.pop(slot_)) {
        take(slot_.data());
        ++taken;
      }
      return taken;
    }

   private:
    boost::lockfree::queue<Slot<kDataBytes>>& queue_;
    Slot<kDataBytes> slot_;
  };

 private:
  boost::lockfree::queue<Slot<kDataBytes>> queue_;
};

// boost::lockfree::spsc_queue: a ring for one producer and one consumer, read in place.
template <size_t kDataBytes>
class BoostSpscQueue {
 public:
  static constexpr std::string_view kName = "boost-spsc";
  static constexpr size_t kMostProducers = 1;
  static constexpr bool kInOrder = true;

  explicit BoostSpscQueue(const Workload& workload) : queue_(workload.shard_messages()) {}

  class Producer {
   public:
    Producer(BoostSpscQueue& queue, size_t /*index*/) : queue_(queue.queue_) {}

    void Put(std::string_view data) {
      for (Backoff backoff; !queue_.push(Slot<kDataBytes>::Of(data));) backoff.Wait();
    }

    void PutBatch(MessageSpan batch) {
      const auto* slots = &Slot<kDataBytes>::Of(batch[0]);
      Backoff backoff;
      for (size_t left = batch.count; left > 0;) {
        const size_t pushed = queue_.push(slots, left);
        slots += pushed;
        left -= pushed;
        if (pushed == 0) backoff.Wait();
      }
    }

   private:
    boost::lockfree::spsc_queue<Slot<kDataBytes>>& queue_;
  };

  class Consumer {
   public:
    explicit Consumer(BoostSpscQueue& queue) : queue_(queue.queue_) {}

    // Takes all that is there: the queue's way to read many in place knows no limit.
    template <class Take>
    size_t Poll(size_t /*most*/, Take&& take) {
      auto take_slot = [&take](const Slot<kDataBytes>& slot) { take(slot.data()); };
      return queue_.consume_all(take_slot);
    }

   private:
    boost::lockfree::spsc_queue<Slot<kDataBytes>>& queue_;
  };

 private:
  boost::lockfree::spsc_queue<Slot<kDataBytes>> queue_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_BOOST_LOCKFREE_H_
