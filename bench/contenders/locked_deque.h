// The contender that people write by hand: a std::deque<std::string> behind a mutex, as a queue
// that wakes its consumer, and as a log that can be replayed.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_LOCKED_DEQUE_H_
#define KINESIS_CORE_BENCH_CONTENDERS_LOCKED_DEQUE_H_

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/contenders/contender.h"
#include "bench/waiting.h"

namespace kinesis::bench {

// A bounded queue with a condition variable for those who wait for a message.
class CondvarQueue {
 public:
  static constexpr std::string_view kName = "deque-condvar";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit CondvarQueue(const Workload& workload) : limit_(workload.shard_messages()) {}

  class Producer {
   public:
    Producer(CondvarQueue& queue, size_t /*index*/) : queue_(queue) {}

    void Put(std::string_view data) {
      for (Backoff backoff;
           !queue_.TryPush({reinterpret_cast<const std::byte*>(data.data()), data.size(), 1});) {
        backoff.Wait();
      }
    }
    void PutBatch(MessageSpan batch) {
      for (Backoff backoff; !queue_.TryPush(batch);) backoff.Wait();
    }

   private:
    CondvarQueue& queue_;
  };

  class Consumer {
   public:
    explicit Consumer(CondvarQueue& queue) : queue_(queue) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      {
        const std::lock_guard<std::mutex> lock(queue_.mutex_);
        MoveOut(most);
      }
      return Pass(take);
    }

    template <class Take>
    size_t PollBlocking(size_t most, Take&& take) {
      {
        std::unique_lock<std::mutex> lock(queue_.mutex_);
        queue_.not_empty_.wait_for(lock, std::chrono::seconds(1),
                                   [this] { return !queue_.messages_.empty(); });
        MoveOut(most);
      }
      return Pass(take);
    }

   private:
    void MoveOut(size_t most) {
      for (size_t left = std::min(most, queue_.messages_.size()); left > 0; --left) {
        out_.push_back(std::move(queue_.messages_.front()));
        queue_.messages_.pop_front();
      }
    }
    template <class Take>
    size_t Pass(Take&& take) {
      const size_t count = out_.size();
      for (const std::string& message : out_) take(std::string_view(message));
      out_.clear();
      return count;
    }

    CondvarQueue& queue_;
    std::vector<std::string> out_;
  };

 private:
  bool TryPush(MessageSpan batch) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (messages_.size() + batch.count > limit_) return false;
      for (size_t i = 0; i < batch.count; ++i) messages_.emplace_back(batch[i]);
    }
    not_empty_.notify_one();
    return true;
  }

  const size_t limit_;
  std::mutex mutex_;
  std::condition_variable not_empty_;
  std::deque<std::string> messages_;
};

// A bounded log that keeps what was read. Readers copy out, by index.
class LockedLog {
 public:
  static constexpr std::string_view kName = "deque-log";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit LockedLog(const Workload& workload)
      : limit_(workload.shard_messages()), window_(limit_ / 2) {}

  class Producer {
   public:
    Producer(LockedLog& log, size_t /*index*/) : log_(log) {}

    void Put(std::string_view data) {
      Append({reinterpret_cast<const std::byte*>(data.data()), data.size(), 1});
    }
    void PutBatch(MessageSpan batch) { Append(batch); }

   private:
    void Append(MessageSpan batch) {
      const uint64_t end = log_.Append(batch);
      if (end > allowed_) allowed_ = log_.window_.WaitFor(end);
    }

    LockedLog& log_;
    uint64_t allowed_ = 0;
  };

  class Consumer {
   public:
    explicit Consumer(LockedLog& log) : log_(log), out_(kPollMessages) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      const size_t count = log_.CopyOut(index_, std::min(most, out_.size()), &out_);
      for (size_t i = 0; i < count; ++i) take(std::string_view(out_[i]));
      index_ += count;
      if (count > 0) log_.window_.Publish(index_);
      return count;
    }

   private:
    LockedLog& log_;
    uint64_t index_ = 0;
    std::vector<std::string> out_;
  };

 private:
  // Returns the index after the batch.
  uint64_t Append(MessageSpan batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (size_t i = 0; i < batch.count; ++i) {
      if (messages_.size() == limit_) {
        messages_.pop_front();
        ++first_;
      }
      messages_.emplace_back(batch[i]);
    }
    return first_ + messages_.size();
  }

  size_t CopyOut(uint64_t index, size_t most, std::vector<std::string>* out) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Require(index >= first_, "the reader of the log was overtaken");
    const size_t from = static_cast<size_t>(index - first_);
    const size_t count = std::min(most, messages_.size() - from);
    for (size_t i = 0; i < count; ++i) (*out)[i] = messages_[from + i];
    return count;
  }

  const size_t limit_;
  LagWindow window_;
  std::mutex mutex_;
  uint64_t first_ = 0;  // index of messages_.front()
  std::deque<std::string> messages_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_LOCKED_DEQUE_H_
