// SplitLogs: several logs of one kind side by side. Each producer spreads its messages at random
// over its own part of them, and its batches in turn.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_SPLIT_LOGS_H_
#define KINESIS_CORE_BENCH_CONTENDERS_SPLIT_LOGS_H_

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "bench/contenders/contender.h"
#include "bench/contenders/key_sequence.h"

namespace kinesis::bench {

template <class Log>
class SplitLogs {
 public:
  static constexpr std::string_view kName = Log::kName;
  static constexpr size_t kMostProducers = Log::kMostProducers;
  static constexpr bool kInOrder = false;

  explicit SplitLogs(const Workload& workload) : producers_(workload.producers) {
    for (size_t i = 0; i < workload.shards; ++i) logs_.push_back(std::make_unique<Log>(workload));
  }

  class Producer {
   public:
    Producer(SplitLogs& logs, size_t index) {
      const size_t part = logs.logs_.size() / logs.producers_;
      for (size_t i = index * part; i < (index + 1) * part; ++i) {
        producers_.emplace_back(*logs.logs_[i], index);
      }
    }

    void Put(std::string_view data) {
      producers_[ScaleDown(sequence_.Next(), producers_.size())].Put(data);
    }
    void PutBatch(MessageSpan batch) { producers_[turn_++ % producers_.size()].PutBatch(batch); }

   private:
    std::vector<typename Log::Producer> producers_;
    SpreadSequence sequence_;
    size_t turn_ = 0;
  };

  class Consumer {
   public:
    explicit Consumer(SplitLogs& logs) {
      for (auto& log : logs.logs_) consumers_.emplace_back(*log);
    }

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      size_t taken = 0;
      for (auto& consumer : consumers_) taken += consumer.Poll(most, take);
      return taken;
    }

   private:
    std::vector<typename Log::Consumer> consumers_;
  };

 private:
  size_t producers_;
  std::vector<std::unique_ptr<Log>> logs_;
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_SPLIT_LOGS_H_
