// moodycamel::ConcurrentQueue, with tokens, which is its fast way: a sub-queue for each producer.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_MOODYCAMEL_QUEUE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_MOODYCAMEL_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bench/contenders/contender.h"
#include "bench/waiting.h"
#if __has_include("concurrentqueue/moodycamel/concurrentqueue.h")  // since 1.0.4
#include "concurrentqueue/moodycamel/blockingconcurrentqueue.h"
#include "concurrentqueue/moodycamel/concurrentqueue.h"
#else
#include "concurrentqueue/blockingconcurrentqueue.h"
#include "concurrentqueue/concurrentqueue.h"
#endif

namespace kinesis::bench {

// try_enqueue() allocates nothing, and so is limited by the index that a producer begins with: the
// default is good for 1,024 elements. This one holds 64 MiB of the smallest messages.
struct MoodycamelTraits : moodycamel::ConcurrentQueueDefaultTraits {
  // NOLINTNEXTLINE(readability-identifier-naming): the name that moodycamel looks for
  static constexpr size_t EXPLICIT_INITIAL_INDEX_SIZE = size_t{1} << 17;
};

template <class Queue, class Element>
concept HasTimedWait = requires(Queue queue, Element* elements) {
  queue.wait_dequeue_bulk_timed(elements, size_t{1}, std::int64_t{1});
};

// `Queue` is moodycamel's ConcurrentQueue or BlockingConcurrentQueue of Slot<kDataBytes>.
template <size_t kDataBytes, class Queue>
class MoodycamelContender {
 public:
  static constexpr std::string_view kName = "moodycamel";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit MoodycamelContender(const Workload& workload)
      : queue_(workload.shard_messages(), kMostProducers, 0) {}

  class Producer {
   public:
    Producer(MoodycamelContender& contender, size_t /*index*/)
        : queue_(contender.queue_), token_(queue_) {}

    void Put(std::string_view data) {
      for (Backoff backoff; !queue_.try_enqueue(token_, Slot<kDataBytes>::Of(data));) {
        backoff.Wait();
      }
    }

    void PutBatch(MessageSpan batch) {
      const auto* const slots = &Slot<kDataBytes>::Of(batch[0]);
      for (Backoff backoff; !queue_.try_enqueue_bulk(token_, slots, batch.count);) backoff.Wait();
    }

   private:
    Queue& queue_;
    typename Queue::producer_token_t token_;
  };

  class Consumer {
   public:
    explicit Consumer(MoodycamelContender& contender)
        : queue_(contender.queue_), token_(queue_), slots_(kSlotsAtOnce<kDataBytes>) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      const size_t room = std::min(most, slots_.size());
      return Pass(queue_.try_dequeue_bulk(token_, slots_.data(), room), take);
    }

    template <class Take>
    size_t PollBlocking(size_t most, Take&& take) requires HasTimedWait<Queue, Slot<kDataBytes>> {
      constexpr std::int64_t kMicroseconds = 1'000'000;
      const size_t room = std::min(most, slots_.size());
      return Pass(queue_.wait_dequeue_bulk_timed(token_, slots_.data(), room, kMicroseconds), take);
    }

   private:
    template <class Take>
    size_t Pass(size_t count, Take&& take) {
      for (size_t i = 0; i < count; ++i) take(slots_[i].data());
      return count;
    }

    Queue& queue_;
    typename Queue::consumer_token_t token_;
    std::vector<Slot<kDataBytes>> slots_;
  };

 private:
  Queue queue_;
};

template <size_t kDataBytes>
using MoodycamelQueue =
    MoodycamelContender<kDataBytes,
                        moodycamel::ConcurrentQueue<Slot<kDataBytes>, MoodycamelTraits>>;
template <size_t kDataBytes>
using BlockingMoodycamelQueue =
    MoodycamelContender<kDataBytes,
                        moodycamel::BlockingConcurrentQueue<Slot<kDataBytes>, MoodycamelTraits>>;

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_MOODYCAMEL_QUEUE_H_
