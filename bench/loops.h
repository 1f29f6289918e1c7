// The loops. Each is written once, and every contender runs it.
//
// All begin with a part that is not timed, so that memory has been used and caches are as they will
// be, and end with a comparison of what arrived with what was sent.
#ifndef KINESIS_CORE_BENCH_LOOPS_H_
#define KINESIS_CORE_BENCH_LOOPS_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "bench/benchmark_case.h"
#include "bench/contenders/contender.h"
#include "bench/payload.h"
#include "bench/pinning.h"
#include "bench/waiting.h"
#include "kinesis_core/lab/log_histogram.h"

namespace kinesis::bench {

// Sends the next `count` messages, in batches of `batch` if that is more than one.
template <Contender C>
void Send(typename C::Producer& producer, Messages& messages, size_t batch, uint64_t count) {
  if constexpr (BatchContender<C>) {
    if (batch > 1) {
      for (uint64_t i = 0; i < count; i += batch) producer.PutBatch(messages.Next(batch));
      return;
    }
  }
  for (uint64_t i = 0; i < count; ++i) producer.Put(messages.Next(1)[0]);
}

// `count`, at least 1, rounded up to whole batches.
inline uint64_t InBatches(uint64_t count, size_t batch) {
  return std::max<uint64_t>((count + batch - 1) / batch, 1) * batch;
}

enum class Timed { kFill, kDrain };

// How many messages are put before the clock starts: as many as the log holds, but no more than are
// timed; or as many as the log holds, whatever that takes.
enum class WarmUp { kAsTimed, kWholeLog };

// Fills the contender by three eighths of what it holds, empties it, and so on:
//
//     producer 0 (cpu 0) --+
//                          +--> [ log ]               timed for kFill
//     producer 1 (cpu 1) --+
//                               [ log ] --> cpu 0     timed for kDrain
//
// The time of a fill is from when the first producer starts to when the last is done.
template <Contender C>
class FillAndDrain {
 public:
  FillAndDrain(const Workload& workload, Timed timed, uint64_t messages,
               WarmUp warm_up = WarmUp::kAsTimed)
      : workload_(workload), timed_(timed), barrier_(workload.producers) {
    const uint64_t held = workload.log_bytes / (workload.data_bytes + 64);
    const uint64_t most = std::min(held * 3 / 8, messages) / workload.producers;
    chunk_ = std::max<uint64_t>(most / workload.batch, 1) * workload.batch;
    timed_fills_ = std::max<uint64_t>(messages / (chunk_ * workload.producers), 1);
    // Round the log once, so that its memory is there. Those who are slow are spared all of it.
    const uint64_t all = workload.shards_in_use() * workload.shard_messages();
    const uint64_t warm_fills = all / (chunk_ * workload.producers) + 1;
    const bool is_whole = warm_up == WarmUp::kWholeLog;
    fills_ = timed_fills_ + (is_whole ? warm_fills : std::min(timed_fills_, warm_fills));
  }

  Measurement Run() {
    SitDown(Seat::kProducer);
    C contender(workload_);
    typename C::Consumer consumer(contender);
    std::thread second;
    if (workload_.producers > 1) {
      second = std::thread([this, &contender] {
        SitDown(Seat::kConsumer);
        Produce(contender, 1, [](uint64_t /*fill*/) {});
      });
    }
    Tally tally;
    double seconds = 0;
    Produce(contender, 0, [&](uint64_t fill) {
      const double began = NowSeconds();
      const uint64_t sent = (fill + 1) * chunk_ * workload_.producers;
      for (Backoff backoff; tally.count() < sent;) {
        if (consumer.Poll(workload_.poll, tally) == 0) backoff.Wait();
      }
      const double drained = NowSeconds() - began;
      const bool counts = fill >= fills_ - timed_fills_;
      if (counts) seconds += timed_ == Timed::kDrain ? drained : FillSeconds();
    });
    if (second.joinable()) second.join();
    const bool in_order = C::kInOrder && workload_.shards == 1;
    return {
        .seconds = seconds,
        .messages = timed_fills_ * chunk_ * workload_.producers,
        .error = tally.Check(workload_.producers, workload_.data_bytes, fills_ * chunk_, in_order)};
  }

 private:
  // The loop of producer `index`. `after_fill(i)` runs when all producers are done with fill i.
  template <class AfterFill>
  void Produce(C& contender, size_t index, const AfterFill& after_fill) {
    typename C::Producer producer(contender, index);
    Messages messages(index, workload_.data_bytes, workload_.batch);
    for (uint64_t fill = 0; fill < fills_; ++fill) {
      barrier_.Arrive();
      times_[index].first = NowSeconds();
      Send<C>(producer, messages, workload_.batch, chunk_);
      times_[index].second = NowSeconds();
      barrier_.Arrive();
      after_fill(fill);
    }
  }

  double FillSeconds() const {
    double begin = times_[0].first;
    double end = times_[0].second;
    for (size_t i = 1; i < workload_.producers; ++i) {
      begin = std::min(begin, times_[i].first);
      end = std::max(end, times_[i].second);
    }
    return end - begin;
  }

  const Workload workload_;
  const Timed timed_;
  uint64_t chunk_;  // messages of one producer in one fill
  uint64_t fills_;
  uint64_t timed_fills_;  // the last of them
  SpinBarrier barrier_;
  std::array<std::pair<double, double>, kMostProducers> times_{};
};

// Hands messages from one thread to another:
//
//     producer (cpu 0) --> [ log ] --> consumer (cpu 1)
//
// Not timed is what goes once round the log, but no more than is timed. The time is that of the
// slower side for the rest, so a backlog that is left at either end flatters nobody.
template <Contender C>
Measurement HandOver(const Workload& workload, uint64_t messages) {
  SitDown(Seat::kProducer);
  const uint64_t warm =
      InBatches(std::min<uint64_t>(workload.shard_messages(), messages), workload.batch);
  const uint64_t timed = InBatches(messages, workload.batch);
  C contender(workload);
  Tally tally;
  double consumer_seconds = 0;
  SpinBarrier start(2);
  std::thread consumer_thread([&] {
    SitDown(Seat::kConsumer);
    typename C::Consumer consumer(contender);
    start.Arrive();
    uint64_t begun = 0;  // how many had come when the clock was started
    double began = 0;
    for (Backoff backoff; tally.count() < warm + timed;) {
      if (consumer.Poll(workload.poll, tally) == 0) {
        backoff.Wait();
        continue;
      }
      backoff.Reset();
      if (begun == 0 && tally.count() >= warm) {
        begun = tally.count();
        began = NowSeconds();
      }
    }
    const uint64_t counted = std::max<uint64_t>(warm + timed - begun, 1);
    consumer_seconds =
        (NowSeconds() - began) * static_cast<double>(timed) / static_cast<double>(counted);
  });
  double producer_seconds;
  {
    typename C::Producer producer(contender, 0);
    Messages buffers(0, workload.data_bytes, workload.batch);
    start.Arrive();
    Send<C>(producer, buffers, workload.batch, warm);
    const double began = NowSeconds();
    Send<C>(producer, buffers, workload.batch, timed);
    producer_seconds = NowSeconds() - began;
    consumer_thread.join();
  }
  return {.seconds = std::max(producer_seconds, consumer_seconds),
          .messages = timed,
          .error = tally.Check(1, workload.data_bytes, warm + timed, C::kInOrder)};
}

enum class Waiting { kSpin, kPark };

// Takes one message, or more if they are there, however long it takes. In a spinning case without
// pauses: there is nothing to be gained by being late.
template <Contender C, Waiting kWaiting, class Take>
void Receive(typename C::Consumer& consumer, Take&& take) {
  if constexpr (kWaiting == Waiting::kPark) {
    while (consumer.PollBlocking(1, take) == 0) {
    }
  } else {
    constexpr int kPollsBeforeYield = 10'000;
    for (int polls = 0; consumer.Poll(1, take) == 0;) {
      if (++polls % kPollsBeforeYield == 0) std::this_thread::yield();
    }
  }
}

// Sends a message forth and back, over two contenders of the same kind:
//
//     cpu 0 --> [ forth ] --> cpu 1
//       ^                       |
//       +------ [ back ]  <-----+
//
// The time is that of a round trip; p50, p99 and p99.9 are its quantiles in ns.
template <Contender C, Waiting kWaiting>
Measurement PingPong(const Workload& workload, uint64_t messages) {
  SitDown(Seat::kProducer);
  const uint64_t warm = messages / 4;
  const uint64_t all = warm + messages;
  C forth(workload);
  C back(workload);
  SpinBarrier start(2);
  std::thread echo([&] {
    SitDown(Seat::kConsumer);
    typename C::Consumer consumer(forth);
    typename C::Producer producer(back, 0);
    // A copy, as a view from Receive is good no longer than that.
    Messages reply(0, workload.data_bytes, 1);
    start.Arrive();
    for (uint64_t i = 0; i < all; ++i) {
      const MessageSpan next = reply.Next(1);
      Receive<C, kWaiting>(consumer, [&next](std::string_view data) {
        Require(std::memcmp(data.data(), next[0].data(), data.size()) == 0,
                "a message was damaged on its way forth");
      });
      producer.Put(next[0]);
    }
  });
  lab::LogHistogram<6> latencies;  // in nanoseconds
  Tally tally;
  double seconds = 0;
  {
    typename C::Consumer consumer(back);
    typename C::Producer producer(forth, 0);
    Messages buffer(0, workload.data_bytes, 1);
    start.Arrive();
    double sent_at = NowSeconds();
    for (uint64_t i = 0; i < all; ++i) {
      producer.Put(buffer.Next(1)[0]);
      Receive<C, kWaiting>(consumer, tally);
      const double now = NowSeconds();
      if (i >= warm) {
        latencies.Add(static_cast<uint64_t>((now - sent_at) * 1e9));
        seconds += now - sent_at;
      }
      sent_at = now;
    }
    echo.join();
  }
  return {.seconds = seconds,
          .messages = messages,
          .figures = {{"p50", static_cast<double>(latencies.Quantile(0.5))},
                      {"p99", static_cast<double>(latencies.Quantile(0.99))},
                      {"p99.9", static_cast<double>(latencies.Quantile(0.999))}},
          .error = tally.Check(1, workload.data_bytes, all, C::kInOrder)};
}

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_LOOPS_H_
