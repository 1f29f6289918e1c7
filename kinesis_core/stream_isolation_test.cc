// No call on one stream waits for another stream, and a deadline holds whatever others do.
//
// A thread that works on one stream is stopped at every place at which it reads the clock, one
// after the other, and holds there whatever locks it has. Meanwhile everything is called on another
// stream of the engine, and on the engine itself. A call that waits for the stopped thread shows as
// a call that does not return: the watchdog says which.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::WaitingFor;

// A clock that stops one thread in the middle of a reading.
class GateClock final : public Clock {
 public:
  absl::Time Now() const override {
    Pass();
    return clock_.Now();
  }
  void Wait(WaitEvent& event, absl::Time deadline) override { clock_.Wait(event, deadline); }

  // The thread that calls this is stopped at its `reading`-th reading from now on, counted from 0.
  void StopThisThreadAt(int reading) { readings_left = reading; }

  // Returns when the thread has been stopped (true), or has said that it is done.
  bool AwaitStop() {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || done_; });
    return stopped_;
  }
  void SayDone() {
    const std::lock_guard<std::mutex> lock(mutex_);
    done_ = true;
    changed_.notify_all();
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  static constexpr int kNever = -1;
  static thread_local int readings_left;

  void Pass() const {
    if (readings_left == kNever || readings_left-- > 0) return;
    readings_left = kNever;
    std::unique_lock<std::mutex> lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }

  SimulatedClock clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  mutable bool stopped_ = false;
  bool done_ = false;
  bool open_ = false;
};

thread_local int GateClock::readings_left = GateClock::kNever;

// Stream "a", which is worked on, and "b", whose only shard is full. "a" comes first in every
// order, so that whoever looks at all streams looks there before.
struct World {
  World() {
    engine = Engine::Create({.clock = &clock}).value();
    Stream a = engine->CreateStream("a", {.shard_count = 3}).value();
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(a.Put({.partition_key = std::to_string(i), .data = "d"}).ok());
    }
    EXPECT_TRUE(a.SplitShard(ShardId(0)).ok());
    Stream b = engine->CreateStream("b", {.shard_capacity_bytes = 32 << 10}).value();
    while (b.Put({.data = data}).ok()) {
    }
  }

  GateClock clock;
  std::unique_ptr<Engine> engine;
  const std::string data = std::string(1000, 'd');
};

// Everything that can be called without "a". `*doing` says what is going on.
void CallEverythingElse(World& world, std::atomic<const char*>* doing) {
  Engine& engine = *world.engine;
  *doing = "OpenStream";
  Stream b = engine.OpenStream("b").value();
  *doing = "CreateStream";
  ASSERT_TRUE(engine.CreateStream("c", {.shard_count = 2}).ok());
  EXPECT_TRUE(Fails(engine.CreateStream("c"), absl::StatusCode::kAlreadyExists));
  *doing = "ListStreams";
  EXPECT_GE(engine.ListStreams().size(), 2U);
  *doing = "DeleteStream";
  EXPECT_TRUE(engine.DeleteStream("c").ok());
  *doing = "a put that is refused";
  EXPECT_TRUE(Fails(b.Put({.data = world.data}), absl::StatusCode::kResourceExhausted));
  *doing = "a put with a deadline that has passed";
  EXPECT_TRUE(Fails(b.Put({.data = world.data}, absl::InfinitePast()),
                    absl::StatusCode::kDeadlineExceeded));
  *doing = "reading";
  Iterator iterator = OnlyShard(b).CreateIterator(IteratorStart::TrimHorizon()).value();
  EXPECT_FALSE(iterator.Read().value().empty());
  *doing = "ListShards and metrics of a shard";
  for (const Shard& shard : b.ListShards()) EXPECT_GT(shard.Metrics().incoming_records, 0U);
  *doing = "SetRetention";
  EXPECT_TRUE(b.SetRetention(b.retention()).ok());
}

struct Action {
  const char* name;
  std::function<void(Engine&, Stream)> run;
};

class StreamIsolationTest : public ::testing::TestWithParam<Action> {};

TEST_P(StreamIsolationTest, NothingWaitsForAThreadThatIsStoppedInAnotherStream) {
  constexpr std::chrono::seconds kPatience(30);
  int stops = 0;
  for (bool stopped = true; stopped && !HasFailure(); ++stops) {
    World world;
    std::thread worker([&world, stops] {
      Stream a = world.engine->OpenStream("a").value();
      world.clock.StopThisThreadAt(stops);
      GetParam().run(*world.engine, a);
      world.clock.StopThisThreadAt(-1);
      world.clock.SayDone();
    });
    const WaitingFor waiting(std::string(GetParam().name) +
                             ", until it reads the clock or is done");
    stopped = world.clock.AwaitStop();
    std::atomic<const char*> doing{""};
    auto others =
        std::async(std::launch::async, [&world, &doing] { CallEverythingElse(world, &doing); });
    EXPECT_EQ(others.wait_for(kPatience), std::future_status::ready)
        << doing << " waits for " << GetParam().name << ", stopped at reading " << stops
        << " of the clock";
    world.clock.Open();
    others.wait();
    worker.join();
  }
  EXPECT_GT(stops, 1) << "it was never stopped";
}

INSTANTIATE_TEST_SUITE_P(
    All, StreamIsolationTest,
    ::testing::Values(
        Action{"CreateStream",
               [](Engine& engine, Stream) {
                 EXPECT_TRUE(engine.CreateStream("0", {.shard_count = 3}).ok());
               }},
        Action{"DeleteStream",
               [](Engine& engine, Stream) { EXPECT_TRUE(engine.DeleteStream("a").ok()); }},
        Action{"SplitShard", [](Engine&, Stream a) { EXPECT_TRUE(a.SplitShard(ShardId(1)).ok()); }},
        Action{"MergeShards",
               [](Engine&, Stream a) { EXPECT_TRUE(a.MergeShards(ShardId(1), ShardId(2)).ok()); }},
        Action{"ReshardUniformly",
               [](Engine&, Stream a) { EXPECT_TRUE(a.ReshardUniformly(5).ok()); }},
        Action{"Close", [](Engine&, Stream a) { EXPECT_TRUE(a.Close().ok()); }},
        Action{"SetRetention",
               [](Engine&, Stream a) { EXPECT_TRUE(a.SetRetention(absl::Hours(1)).ok()); }},
        Action{"ListShards", [](Engine&, Stream a) { EXPECT_EQ(a.ListShards().size(), 5U); }},
        Action{"FindShard", [](Engine&, Stream a) { EXPECT_TRUE(a.FindShard(ShardId(1)).ok()); }},
        Action{"Metrics",
               [](Engine& engine, Stream) { EXPECT_EQ(engine.Metrics().streams.size(), 2U); }}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace kinesis
