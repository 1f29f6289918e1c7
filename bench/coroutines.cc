// Measures what waits of coroutines, an observer and metrics cost beside doing without.
//
//   bazel run --config=opt //bench:coroutines
//
//     wake      put --> thread asleep in EventLoop::Run, which resumes a coroutine, which reads
//               beside one asleep in Iterator::Wait, which reads
//     resume    put, and the coroutine that it wakes reads, on one thread
//               beside put, and Read
//     idle      put, while 1,000 coroutines wait at other shards   beside none that wait
//     observer  put in an engine with an observer                  beside without
//
// Both sides of a row take turns; a row shows the median of each, and of their ratio in one turn.
// Then what an engine that keeps 10,000,000 records takes for Engine::Metrics and PrometheusText.
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "bench/bench_environment.h"
#include "bench/fatal.h"
#include "bench/turns.h"
#include "kinesis_core/coroutine.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/executor.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/metric_export.h"
#include "kinesis_core/observer.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::bench {
namespace {

constexpr int kPuts = 20'000;

// Begins at once and ends by itself.
struct Task {
  struct promise_type {
    static Task get_return_object() { return {}; }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_never final_suspend() noexcept { return {}; }
    static void return_void() {}
    static void unhandled_exception() { std::terminate(); }
  };
};

class Indifferent final : public Observer {};

struct World {
  explicit World(int64_t shards, std::shared_ptr<Observer> observer = nullptr)
      : engine(Engine::Create({.memory_budget_bytes = uint64_t{512} << 20, .observer = observer})
                   .value()),
        stream(engine
                   ->CreateStream("s", {.shard_count = shards,
                                        .shard_capacity_bytes = uint64_t{8} << 20,
                                        .overflow_policy = OverflowPolicy::kTrimOldest,
                                        .partitioner = Xxh3Partitioner()})
                   .value()) {}

  std::vector<Iterator> AtTips() const {
    std::vector<Iterator> iterators;
    for (const Shard& shard : stream.ListShards()) {
      iterators.push_back(shard.CreateIterator(IteratorStart::Latest()).value());
    }
    return iterators;
  }
  // To the first shard.
  void Put() { Require(stream.PutAt(HashKey(), {.data = data}).ok(), "a put"); }

  std::unique_ptr<Engine> engine;
  Stream stream;
  const std::string data = std::string(100, 'd');
};

Task ReadOn(Iterator it, Executor& executor, std::stop_token stop,
            std::vector<Clock::time_point>& read, uint64_t& count) {
  for (;;) {
    const ReadResult batch = co_await NextRecords(it, executor, stop);
    if (!batch.ok()) co_return;
    for (uint64_t i = 0; i < batch->size(); ++i, ++count) {
      if (count < read.size()) read[count] = Clock::now();
    }
  }
}

// From before a put to after the reader that slept has read it.
double WakeUp(World& world, bool coroutine) {
  constexpr size_t kWakeUps = 50;
  std::vector<Clock::time_point> read(kWakeUps);
  uint64_t count = 0;
  std::stop_source stop;
  Iterator it = world.AtTips().front();
  std::thread reader([&] {
    if (coroutine) {
      EventLoop loop;
      ReadOn(it, loop, stop.get_token(), read, count);
      loop.Run();
      return;
    }
    for (Clock::time_point& at : read) {
      Require(it.Wait(absl::InfiniteFuture()).ok(), "a wait");
      Require(it.Read()->size() == 1, "the record");
      at = Clock::now();
    }
  });
  std::vector<double> seconds;
  for (const Clock::time_point& at : read) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto start = Clock::now();
    world.Put();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    while (at == Clock::time_point()) std::this_thread::yield();
    seconds.push_back(std::chrono::duration<double>(at - start).count());
  }
  stop.request_stop();
  reader.join();
  return Median(seconds);
}

double PutAndRead(World& world) {
  Iterator it = world.AtTips().front();
  const auto start = Clock::now();
  for (int i = 0; i < kPuts; ++i) {
    world.Put();
    Require(it.Read()->size() == 1, "the record");
  }
  return SecondsSince(start) / kPuts;
}

double PutAndResume(World& world) {
  std::vector<Clock::time_point> none;
  uint64_t count = 0;
  std::stop_source stop;
  EventLoop loop;
  ReadOn(world.AtTips().front(), loop, stop.get_token(), none, count);
  const auto start = Clock::now();
  for (int i = 0; i < kPuts; ++i) {
    world.Put();
    loop.RunReady();
  }
  const double seconds = SecondsSince(start) / kPuts;
  Require(count == kPuts, "each record");
  return seconds;
}

double PutOnly(World& world) {
  const auto start = Clock::now();
  for (int i = 0; i < kPuts; ++i) world.Put();
  return SecondsSince(start) / kPuts;
}

double PutBesideThoseThatWait(World& world, EventLoop& loop) {
  Require(loop.waiting() == 1'000, "1,000 coroutines wait");
  return PutOnly(world);
}

void MeasureScrape() {
  constexpr uint64_t kRecords = 10'000'000;
  auto engine = Engine::Create({.memory_budget_bytes = uint64_t{3} << 30}).value();
  Stream stream = engine->CreateStream("s", {.shard_capacity_bytes = uint64_t{3} << 30}).value();
  const std::string data(100, 'd');
  for (uint64_t i = 0; i < kRecords; ++i) {
    Require(stream.Put({.partition_key = "0123456789abcdef", .data = data}).ok(), "a put");
  }
  std::vector<double> metrics;
  std::vector<double> text;
  for (int i = 0; i < 101; ++i) {
    auto start = Clock::now();
    const EngineMetrics read = engine->Metrics();
    metrics.push_back(SecondsSince(start));
    Require(read.streams[0].total.incoming_records == kRecords, "all records");
    start = Clock::now();
    Require(!PrometheusText(read).empty(), "a text");
    text.push_back(SecondsSince(start));
  }
  std::printf("10^7 records of 100 bytes kept: Engine::Metrics %.1f us, PrometheusText %.1f us\n",
              1e6 * Median(metrics), 1e6 * Median(text));
}

void RunAll() {
  PrintEnvironment();
  PrintRowHeader();
  World narrow(1);
  Row(
      "wake", [&] { return WakeUp(narrow, false); }, [&] { return WakeUp(narrow, true); });
  Row(
      "resume", [&] { return PutAndRead(narrow); }, [&] { return PutAndResume(narrow); });
  World wide(1'001);
  World waited(1'001);
  EventLoop loop;
  std::vector<Clock::time_point> none;
  uint64_t count = 0;
  std::vector<Iterator> tips = waited.AtTips();
  for (size_t i = 1; i < tips.size(); ++i) ReadOn(tips[i], loop, {}, none, count);
  Row(
      "idle", [&] { return PutOnly(wide); }, [&] { return PutBesideThoseThatWait(waited, loop); });
  World observed(1, std::make_shared<Indifferent>());
  Row(
      "observer", [&] { return PutOnly(narrow); }, [&] { return PutOnly(observed); });
  MeasureScrape();
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  kinesis::bench::RunAll();
}
