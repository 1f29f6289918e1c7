// Coroutines that wait: what resumes them, where, with what, and that every frame goes.
#include "kinesis_core/coroutine.h"

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/executor.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

std::atomic<int> frames = 0;  // of Task, that exist

// A coroutine that begins at once and belongs to whoever holds this.
class Task {
 public:
  struct promise_type {
    promise_type() { ++frames; }
    ~promise_type() { --frames; }
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    static std::suspend_never initial_suspend() noexcept { return {}; }
    static std::suspend_always final_suspend() noexcept { return {}; }
    static void return_void() {}
    static void unhandled_exception() { std::terminate(); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_ != nullptr) handle_.destroy();
  }
  bool is_done() const { return handle_.done(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

// When a wait is to end.
struct Ends {
  absl::Time deadline = absl::InfiniteFuture();
  std::stop_token stop = {};
};

// What a reader has come to.
struct Seen {
  std::vector<std::string> data;
  absl::Status end;
  bool is_end_of_shard = false;
  std::thread::id thread;
};

Task Consume(Iterator iterator, Executor& executor, Ends ends, Seen& seen) {
  for (;;) {
    const ReadResult batch = co_await NextRecords(iterator, executor, ends.deadline, ends.stop);
    seen.thread = std::this_thread::get_id();
    seen.end = batch.status();
    if (!batch.ok()) co_return;
    for (const RecordView& record : *batch) seen.data.emplace_back(record.data);
    seen.is_end_of_shard = batch->end_of_shard();
    if (batch->end_of_shard()) co_return;
  }
}

Task PutLater(Stream stream, std::string data, Executor& executor, Ends ends,
              std::optional<absl::StatusOr<PutResult>>& result) {
  result = co_await PutWhenRoom(stream, {.partition_key = "k", .data = data}, executor,
                                ends.deadline, ends.stop);
}

Task Work(GroupMember& member, Executor& executor, Ends ends, Seen& seen) {
  for (;;) {
    absl::StatusOr<Delivery> delivery =
        co_await NextDelivery(member, executor, ends.deadline, ends.stop);
    seen.end = delivery.status();
    if (!delivery.ok()) co_return;
    for (const RecordView& record : delivery->records()) seen.data.emplace_back(record.data);
    EXPECT_TRUE(delivery->Commit().ok());
  }
}

class CoroutineTest : public ::testing::Test {
 protected:
  CoroutineTest()
      : stream_(test_.engine->CreateStream("s", {.shard_capacity_bytes = 32768}).value()),
        loop_(std::make_unique<EventLoop>(test_.clock)) {}
  ~CoroutineTest() override {
    loop_.reset();
    EXPECT_EQ(frames, 0);
  }

  Iterator At(uint32_t shard, const IteratorStart& start = IteratorStart::TrimHorizon()) {
    return ShardAt(stream_, shard).CreateIterator(start).value();
  }
  void Put(const std::string& data) { stream_.Put({.partition_key = "k", .data = data}).value(); }
  void Fill() {
    const std::string data(1000, 'x');
    while (stream_.Put({.partition_key = "k", .data = data}).ok()) {
    }
  }
  void TrimAll() {
    Iterator end = At(0, IteratorStart::Latest());
    ASSERT_TRUE(OnlyShard(stream_).TrimBefore(end.position()).ok());
  }

  TestEngine test_;
  Stream stream_;
  std::unique_ptr<EventLoop> loop_;
};

using Strings = std::vector<std::string>;

// --- Records

TEST_F(CoroutineTest, ReadsWhatIsThereWithoutSuspending) {
  Put("a");
  Put("b");
  Seen seen;
  const Task task = Consume(At(0), *loop_, {}, seen);
  EXPECT_EQ(seen.data, (Strings{"a", "b"}));
  EXPECT_EQ(loop_->waiting(), 1U);
}

TEST_F(CoroutineTest, IsResumedByThePutOnTheThreadOfItsExecutor) {
  Seen seen;
  const Task task = Consume(At(0), *loop_, {}, seen);
  std::thread producer([this] { Put("a"); });
  producer.join();
  EXPECT_TRUE(seen.data.empty());
  EXPECT_EQ(loop_->RunReady(), 1U);
  EXPECT_EQ(seen.data, Strings{"a"});
  EXPECT_EQ(seen.thread, std::this_thread::get_id());
  EXPECT_EQ(loop_->RunReady(), 0U);
}

TEST_F(CoroutineTest, IsToldOfTheEndOfTheShard) {
  Seen seen;
  const Task task = Consume(At(0), *loop_, {}, seen);
  Put("a");
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  loop_->Run();
  EXPECT_TRUE(task.is_done());
  EXPECT_TRUE(seen.is_end_of_shard);
  EXPECT_EQ(seen.data, Strings{"a"});
}

TEST_F(CoroutineTest, IsToldOfRecordsThatWereLostToIt) {
  Iterator iterator = At(0);
  Put("a");
  TrimAll();
  std::optional<uint64_t> lost;
  const auto read = [&]() -> Task {
    lost = (co_await NextRecords(iterator, *loop_)).value().records_lost();
  };
  const Task task = read();
  EXPECT_EQ(lost, 1U);
}

TEST_F(CoroutineTest, EndsAtItsDeadlineByTheClock) {
  Seen seen;
  const absl::Time deadline = test_.clock.Now() + absl::Minutes(5);
  const Task task = Consume(At(0), *loop_, {.deadline = deadline}, seen);
  test_.clock.Advance(absl::Minutes(4));
  EXPECT_EQ(loop_->RunReady(), 0U);
  EXPECT_EQ(loop_->EndOverdue(test_.clock.Now()), deadline);
  test_.clock.SetAutoAdvance(1);
  loop_->Run();  // sleeps, and the clock moves by itself
  EXPECT_TRUE(task.is_done());
  EXPECT_EQ(test_.clock.Now(), deadline);
  EXPECT_TRUE(Fails(seen.end, absl::StatusCode::kDeadlineExceeded,
                    {"nothing to read in shard shardId-000000000000"}));
}

TEST_F(CoroutineTest, LooksOnceWhenItsDeadlineHasCome) {
  Put("a");
  Seen seen;
  const Task task = Consume(At(0), *loop_, {.deadline = absl::InfinitePast()}, seen);
  EXPECT_TRUE(task.is_done());
  EXPECT_EQ(seen.data, Strings{"a"});
  EXPECT_TRUE(absl::IsDeadlineExceeded(seen.end));
}

TEST_F(CoroutineTest, EndsByItsStopTokenBeforeAnythingElse) {
  std::stop_source stop;
  Seen seen;
  const Task task = Consume(At(0), *loop_, {.stop = stop.get_token()}, seen);
  stop.request_stop();
  Put("a");
  loop_->Run();
  EXPECT_TRUE(task.is_done());
  EXPECT_TRUE(absl::IsCancelled(seen.end));
  EXPECT_TRUE(seen.data.empty());
  const Task late = Consume(At(0), *loop_, {.stop = stop.get_token()}, seen);
  EXPECT_TRUE(late.is_done());
}

TEST_F(CoroutineTest, AThousandReadersShareAThreadAndEndByOneStopToken) {
  constexpr int kReaders = 1000;
  constexpr int kShards = 10;
  constexpr int kRecords = 500;
  Stream stream = test_.engine->CreateStream("many", {.shard_count = kShards}).value();
  std::stop_source stop;
  std::vector<Seen> seen(kReaders);
  std::vector<Task> tasks;
  for (int i = 0; i < kReaders; ++i) {
    Iterator it = ShardAt(stream, i % kShards).CreateIterator(IteratorStart::TrimHorizon()).value();
    tasks.push_back(
        Consume(std::move(it), *loop_, {.stop = stop.get_token()}, seen[static_cast<size_t>(i)]));
  }
  EXPECT_EQ(frames, kReaders);
  const auto read = [&seen] {
    size_t sum = 0;
    for (const Seen& each : seen) sum += each.data.size();
    return sum;
  };
  const WaitingFor waiting("1,000 readers to read all, and to be stopped");
  std::thread runner([this] { loop_->Run(); });
  std::thread producer([&stream] {
    for (int i = 0; i < kRecords; ++i) {
      stream.Put({.partition_key = std::to_string(i), .data = "d"}).value();
    }
  });
  producer.join();
  // Each record was put before the stop, but a reader that is stopped does not read on.
  for (const Shard& shard : stream.ListShards()) {
    while (shard.Metrics().outgoing_records <
           shard.Metrics().incoming_records * kReaders / kShards) {
      std::this_thread::yield();
    }
  }
  stop.request_stop();
  runner.join();
  EXPECT_EQ(read(), size_t{kRecords} * kReaders / kShards);
  for (const Task& task : tasks) EXPECT_TRUE(task.is_done());
  for (const Seen& each : seen) EXPECT_TRUE(absl::IsCancelled(each.end));
  tasks.clear();
  EXPECT_EQ(frames, 0);
}

// Does something when somebody looks whether it is late: between the look and the suspension.
class BusyClock final : public Clock {
 public:
  absl::Time Now() const override {
    if (const auto once = std::exchange(then, nullptr)) once();
    return absl::FromUnixSeconds(1'600'000'000);
  }
  int64_t NowMillis() const override { return 1'600'000'000'000; }
  void Wait(WaitEvent& event, absl::Time /*deadline*/) override { event.Block(); }

  mutable std::function<void()> then;
};

TEST(CoroutineOnABusyClock, IsNotSuspendedBesideWhatCameAfterItsLook) {
  BusyClock clock;
  auto engine = Engine::Create({.clock = &clock}).value();
  Stream stream = engine->CreateStream("s").value();
  EventLoop loop(clock);
  Seen seen;
  clock.then = [&stream] { stream.Put({.partition_key = "k", .data = "a"}).value(); };
  const Task task = Consume(OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value(),
                            loop, {}, seen);
  EXPECT_EQ(seen.data, Strings{"a"});
  EXPECT_EQ(loop.waiting(), 1U);
}

// --- What goes first

TEST_F(CoroutineTest, EndsWithTheStreamAndWithTheEngine) {
  Stream other = test_.engine->CreateStream("other").value();
  Seen one;
  Seen two;
  const Task first = Consume(At(0), *loop_, {}, one);
  const Task second =
      Consume(OnlyShard(other).CreateIterator(IteratorStart::Latest()).value(), *loop_, {}, two);
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  loop_->RunReady();
  EXPECT_TRUE(first.is_done());
  EXPECT_TRUE(absl::IsNotFound(one.end));
  test_.engine.reset();
  loop_->Run();
  EXPECT_TRUE(second.is_done());
  EXPECT_TRUE(absl::IsNotFound(two.end));
}

TEST_F(CoroutineTest, EndsWithItsExecutor) {
  Seen seen;
  std::optional<absl::StatusOr<PutResult>> put;
  const Task reader = Consume(At(0, IteratorStart::Latest()), *loop_, {}, seen);
  loop_.reset();
  EXPECT_TRUE(reader.is_done());
  EXPECT_TRUE(Fails(seen.end, absl::StatusCode::kCancelled, {"executor"}));
  Put("nobody is there");
}

TEST_F(CoroutineTest, CannotWaitOnceItsExecutorIsClosed) {
  loop_->Close();
  Put("a");
  Seen seen;
  const Task task = Consume(At(0), *loop_, {}, seen);
  EXPECT_TRUE(task.is_done());
  EXPECT_EQ(seen.data, Strings{"a"}) << "what is there is no wait";
  EXPECT_TRUE(absl::IsCancelled(seen.end));
}

TEST_F(CoroutineTest, MayBeDestroyedWhileItWaits) {
  Seen seen;
  {
    const Task task =
        Consume(At(0), *loop_, {.deadline = test_.clock.Now() + absl::Hours(1)}, seen);
  }
  EXPECT_EQ(frames, 0);
  EXPECT_EQ(loop_->waiting(), 0U);
  Put("a");
  EXPECT_EQ(loop_->RunReady(), 0U);
}

TEST_F(CoroutineTest, MayBeDestroyedWhenItHasBeenPosted) {
  Seen seen;
  {
    const Task task = Consume(At(0), *loop_, {}, seen);
    Put("a");
  }
  EXPECT_EQ(frames, 0);
  EXPECT_EQ(loop_->RunReady(), 1U) << "a resumption of nothing";
  EXPECT_TRUE(seen.data.empty());
}

// --- Executors of others

// Keeps what is posted, and loses it in its end; never closes itself.
class Forgetful final : public Executor {
 public:
  void Post(Resumption resumption) override { posted_.push_back(std::move(resumption)); }

 private:
  std::vector<Resumption> posted_;
};

TEST_F(CoroutineTest, EndsWithAnExecutorThatForgetsIt) {
  auto executor = std::make_unique<Forgetful>();
  Seen one;
  Seen two;
  const Task waits = Consume(At(0), *executor, {}, one);
  const Task posted = Consume(At(0), *executor, {}, two);
  Put("a");
  executor.reset();
  EXPECT_TRUE(waits.is_done());
  EXPECT_TRUE(posted.is_done());
  EXPECT_EQ(one.data, Strings{"a"});
  EXPECT_TRUE(absl::IsCancelled(two.end));
}

// Resumes where it is called.
class Inline final : public Executor {
 public:
  ~Inline() override { Close(); }
  void Post(Resumption resumption) override { resumption(); }
};

TEST_F(CoroutineTest, GoesOnWithinThePutIfItsExecutorSaysSo) {
  const WaitingFor waiting("coroutines that are resumed by whoever wakes them");
  Inline executor;
  Seen seen;
  std::stop_source stop;
  const Task reader = Consume(At(0), executor, {.stop = stop.get_token()}, seen);
  Put("a");
  EXPECT_EQ(seen.data, Strings{"a"});
  // What is woken under locks of the stream, of the executor and of the token.
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_TRUE(reader.is_done());
  EXPECT_TRUE(seen.is_end_of_shard);
  Seen late;
  const Task second = Consume(At(1), executor, {.deadline = test_.clock.Now()}, late);
  const absl::Time soon = test_.clock.Now() + absl::Seconds(1);
  const Task third = Consume(At(1), executor, {.deadline = soon}, late);
  test_.clock.Advance(absl::Seconds(1));
  EXPECT_EQ(executor.EndOverdue(test_.clock.Now()), absl::InfiniteFuture());
  EXPECT_TRUE(third.is_done());
  Seen stopped;
  const Task fourth = Consume(At(1), executor, {.stop = stop.get_token()}, stopped);
  stop.request_stop();
  EXPECT_TRUE(absl::IsCancelled(stopped.end));
  Seen closed;
  const Task fifth = Consume(At(1), executor, {}, closed);
  executor.Close();
  EXPECT_TRUE(absl::IsCancelled(closed.end));
}

TEST_F(CoroutineTest, AMemberGoesOnWithinTheCallThatGaveItWork) {
  const WaitingFor waiting("members that are resumed by whoever wakes them");
  Inline executor;
  Stream stream = test_.engine->CreateStream("work", {.shard_count = 2}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember one = group.Join().value();
  std::optional<GroupMember> other = group.Join().value();
  Seen seen;
  const Task task = Work(one, executor, {}, seen);
  for (int i = 0; i < 20; ++i) {
    stream.Put({.partition_key = std::to_string(i), .data = "d"}).value();
  }
  EXPECT_GT(seen.data.size(), 0U);
  EXPECT_LT(seen.data.size(), 20U);
  other.reset();  // leaves, and its shard comes to the one that waits
  EXPECT_EQ(seen.data.size(), 20U);
  ASSERT_TRUE(ConsumerGroup::Remove(stream, "g").ok());
  EXPECT_TRUE(absl::IsNotFound(seen.end));
}

// Two threads that take turns.
class Pool final : public Executor {
 public:
  Pool() {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { Run(); });
  }
  ~Pool() override {
    Close();
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_ending_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  void Post(Resumption resumption) override {
    const std::lock_guard<std::mutex> lock(mutex_);
    posted_.push_back(std::move(resumption));
    changed_.notify_one();
  }

 private:
  void Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return is_ending_ || !posted_.empty(); });
      if (posted_.empty()) return;
      const Resumption next = std::move(posted_.front());
      posted_.pop_front();
      lock.unlock();
      next();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Resumption> posted_;
  bool is_ending_ = false;
  std::vector<std::thread> threads_;
};

// Stop, notifications, deadlines and the end of the executor, all at once.
TEST_F(CoroutineTest, LosesNoWakeUpBetweenThreads) {
  constexpr int kRounds = 60;
  constexpr int kRecords = 40;
  const WaitingFor waiting("readers on a pool, of which some are stopped");
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = "round-" + std::to_string(round);
    Stream stream = test_.engine->CreateStream(name).value();
    std::stop_source stop;
    Seen all;
    Seen some;
    std::atomic<int> done = 0;
    std::optional<Pool> pool(std::in_place);
    const auto it = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
    const auto consume = [&](Ends ends, Seen& seen) -> Task {
      Iterator mine = it;
      for (;;) {
        const ReadResult batch = co_await NextRecords(mine, *pool, ends.deadline, ends.stop);
        if (!batch.ok()) break;
        for (const RecordView& record : *batch) seen.data.emplace_back(record.data);
        if (batch->end_of_shard()) break;
      }
      ++done;
    };
    {
      const Task reader = consume({}, all);
      const Task stopped = consume({.stop = stop.get_token()}, some);
      std::thread producer([&stream] {
        for (int i = 0; i < kRecords; ++i) {
          stream.Put({.partition_key = "k", .data = std::to_string(i)}).value();
        }
      });
      std::thread stopper([&stop] { stop.request_stop(); });
      producer.join();
      stopper.join();
      ASSERT_TRUE(stream.Close().ok());
      while (done < 2) std::this_thread::yield();
      pool.reset();
    }
    ASSERT_EQ(all.data.size(), static_cast<size_t>(kRecords)) << round;
    ASSERT_LE(some.data.size(), static_cast<size_t>(kRecords));
    ASSERT_TRUE(test_.engine->DeleteStream(name).ok());
  }
}

// --- Deliveries

TEST_F(CoroutineTest, MembersOfAGroupShareAThread) {
  Stream stream = test_.engine->CreateStream("work", {.shard_count = 4}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  std::vector<GroupMember> members;
  for (int i = 0; i < 3; ++i) members.push_back(group.Join().value());
  std::vector<Seen> seen(3);
  std::vector<Task> tasks;
  for (size_t i = 0; i < 3; ++i) tasks.push_back(Work(members[i], *loop_, {}, seen[i]));
  const WaitingFor waiting("members on one thread to do all work");
  std::thread producer([&stream] {
    for (int i = 0; i < 100; ++i) {
      stream.Put({.partition_key = std::to_string(i), .data = "d"}).value();
      if (i == 50) stream.SplitShard(ShardId(1)).value();
    }
    ASSERT_TRUE(stream.Close().ok());
  });
  loop_->Run();
  producer.join();
  size_t sum = 0;
  for (const Seen& each : seen) {
    sum += each.data.size();
    EXPECT_TRUE(absl::IsOutOfRange(each.end)) << each.end;
  }
  EXPECT_EQ(sum, 100U);
}

TEST_F(CoroutineTest, AMemberThatWaitsKeepsItsShardsBeyondTheLeaseTime) {
  const ConsumerGroup group =
      ConsumerGroup::Create(stream_, "g", {.lease_time = absl::Minutes(1)}).value();
  GroupMember member = group.Join().value();
  GroupMember other = group.Join().value();
  std::stop_source stop;
  Seen seen;
  Seen idle;
  const Task one = Work(member, *loop_, {.stop = stop.get_token()}, seen);
  const Task two = Work(other, *loop_, {.stop = stop.get_token()}, idle);
  for (int i = 0; i < 10; ++i) {
    test_.clock.Advance(absl::Minutes(1));
    loop_->RunReady();
  }
  EXPECT_EQ(group.Metrics().members.size(), 2U);
  EXPECT_EQ(group.Metrics().shards[0].epoch, 1U);
  Put("a");
  loop_->RunReady();
  EXPECT_EQ(seen.data.size() + idle.data.size(), 1U);
  stop.request_stop();
  loop_->Run();
  EXPECT_TRUE(absl::IsCancelled(seen.end));
}

TEST_F(CoroutineTest, TakesOverFromAMemberWhoseLeaseTimeIsOver) {
  const ConsumerGroup group =
      ConsumerGroup::Create(stream_, "g", {.lease_time = absl::Minutes(1)}).value();
  GroupMember silent = group.Join().value();
  Put("a");
  Delivery out = silent.Next(absl::InfinitePast()).value();
  GroupMember member = group.Join().value();
  std::stop_source stop;
  Seen seen;
  const Task task = Work(member, *loop_, {.stop = stop.get_token()}, seen);
  EXPECT_TRUE(seen.data.empty());
  const WaitingFor waiting("a coroutine to notice that a lease is over");
  test_.clock.Advance(absl::Minutes(2));
  loop_->RunReady();
  EXPECT_EQ(seen.data, Strings{"a"});
  EXPECT_TRUE(absl::IsAborted(out.Commit()));
}

// --- Room

TEST_F(CoroutineTest, APutWaitsForRoom) {
  Fill();
  std::optional<absl::StatusOr<PutResult>> result;
  const Task task = PutLater(stream_, std::string(1000, 'y'), *loop_, {}, result);
  loop_->RunReady();
  EXPECT_FALSE(result.has_value());
  EXPECT_EQ(test_.engine->Metrics().waiting_puts, 1U);
  TrimAll();
  loop_->Run();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->ok()) << result->status();
  EXPECT_EQ(test_.engine->Metrics().waiting_puts, 0U);
}

TEST_F(CoroutineTest, APutIsResumedByExpiry) {
  Fill();
  std::optional<absl::StatusOr<PutResult>> result;
  const Task task = PutLater(stream_, std::string(1000, 'y'), *loop_, {}, result);
  test_.clock.SetAutoAdvance(1);
  const absl::Time before = test_.clock.Now();
  loop_->Run();
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->ok()) << result->status();
  EXPECT_EQ(test_.clock.Now() - before, absl::Hours(24) + absl::Milliseconds(1));
}

TEST_F(CoroutineTest, APutEndsAtItsDeadlineAndByItsStopTokenAndWithTheStream) {
  Fill();
  const std::string data(1000, 'y');
  std::stop_source stop;
  std::optional<absl::StatusOr<PutResult>> late;
  std::optional<absl::StatusOr<PutResult>> stopped;
  std::optional<absl::StatusOr<PutResult>> closed;
  const absl::Time deadline = test_.clock.Now() + absl::Minutes(1);
  const Task one = PutLater(stream_, data, *loop_, {.deadline = deadline}, late);
  const Task two = PutLater(stream_, data, *loop_, {.stop = stop.get_token()}, stopped);
  const Task three = PutLater(stream_, data, *loop_, {}, closed);
  test_.clock.Advance(absl::Minutes(1));
  loop_->RunReady();
  EXPECT_TRUE(Fails(late.value(), absl::StatusCode::kDeadlineExceeded,
                    {"no room before the deadline", "shard_capacity_bytes"}));
  stop.request_stop();
  loop_->RunReady();
  EXPECT_TRUE(absl::IsCancelled(stopped.value().status()));
  ASSERT_TRUE(stream_.Close().ok());
  loop_->RunReady();
  EXPECT_TRUE(absl::IsFailedPrecondition(closed.value().status()));
}

TEST_F(CoroutineTest, APutThatCanNeverFitDoesNotWait) {
  std::optional<absl::StatusOr<PutResult>> result;
  const Task task = PutLater(stream_, std::string(100'000, 'y'), *loop_, {}, result);
  EXPECT_TRUE(absl::IsOutOfRange(result.value().status()));
}

}  // namespace
}  // namespace kinesis
