// Hand-overs of a consumer group under seeded schedules: members are fibers, and between any two
// steps of one of them, which are its calls and every load and save of the CheckpointStore inside
// of them, the others may do any number of theirs. What a group does between two such steps it does
// under its mutex, so these are all interleavings that there are; a schedule draws one.
//
// KINESIS_TEST_SEEDS=n draws so many for each program instead.
#include <cstdint>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/lanes.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

constexpr absl::Time kNow = absl::InfinitePast();
constexpr absl::Duration kLeaseTime = absl::Seconds(10);
constexpr int kTries = 6;  // calls of Next by each fiber; what they leave is drained behind them

// Where another fiber may go on.
class Steps {
 public:
  void operator()() {
    word_.fetch_add(1, std::memory_order_relaxed);  // orders nothing: there is one thread
  }

 private:
  ScheduledAtomics::Atomic<uint64_t> word_{0};
};

// Every call has a step before and behind it. Fails the schedule when a position moves back, or a
// record is committed twice.
class SteppingStore final : public CheckpointStore {
 public:
  SteppingStore(Schedule& schedule, Steps& steps) : schedule_(schedule), steps_(steps) {}

  absl::StatusOr<Checkpoint> Load(const CheckpointKey& key) override {
    steps_();
    absl::StatusOr<Checkpoint> loaded = store_->Load(key);
    steps_();
    return loaded;
  }
  absl::Status Save(const CheckpointKey& key, const Checkpoint& checkpoint,
                    uint64_t expected_epoch) override {
    steps_();
    absl::Status saved = store_->Save(key, checkpoint, expected_epoch);
    if (saved.ok()) {
      Checkpoint& last = last_[key.shard_id];
      schedule_.Check(last.position <= checkpoint.position, "no position moves back");
      schedule_.Check(last.epoch <= checkpoint.epoch, "no epoch moves back");
      last = checkpoint;
    }
    steps_();
    return saved;
  }

 private:
  Schedule& schedule_;
  Steps& steps_;
  const std::shared_ptr<CheckpointStore> store_ = MakeMemoryCheckpointStore();
  std::map<ShardId, Checkpoint> last_;
};

// A stream with records "0", "1", ... of each key, and a group on it.
struct World {
  World(Schedule& schedule, int64_t shards, int keys, int of_each, absl::Duration lease_time)
      : s(schedule),
        engine(Engine::Create({.clock = &clock}).value()),
        stream(engine->CreateStream("s", {.shard_count = shards}).value()),
        group(ConsumerGroup::Create(
                  stream, "g",
                  {.checkpoint_store = std::make_shared<SteppingStore>(schedule, steps),
                   .limits = {.max_records = 2},
                   .lease_time = lease_time})
                  .value()),
        records(of_each) {
    for (int i = 0; i < of_each; ++i) {
      for (int key = 0; key < keys; ++key) Put(key, i);
    }
    for (int key = 0; key < keys; ++key) next[KeyOf(key)] = 0;
  }

  static std::string KeyOf(int key) { return "key" + std::to_string(key); }
  void Put(int key, int number) {
    const std::string name = KeyOf(key);
    stream.Put({.partition_key = name, .data = std::to_string(number)}).value();
  }

  // A handler. `may_repeat`: what was processed may come again.
  void Process(const RecordView& record, bool may_repeat) {
    int& expected = next[std::string(record.partition_key)];
    const int number = std::stoi(std::string(record.data));
    repeats += number < expected ? 1 : 0;
    s.Check(number == expected || (may_repeat && number < expected),
            "records of a key come in order, none before or after its turn");
    if (number == expected) ++expected;
  }

  // One delivery, if there is any, with a step between all that can be told apart.
  void Work(GroupMember& member, bool may_repeat) {
    steps();
    absl::StatusOr<Delivery> delivery = member.Next(kNow);
    if (!delivery.ok()) return;
    steps();
    for (const RecordView& record : delivery->records()) Process(record, may_repeat);
    steps();
    const absl::Status committed = delivery->Commit();
    s.Check(committed.ok() || (may_repeat && absl::IsAborted(committed)), "a commit holds");
    refused += committed.ok() ? 0 : 1;
  }

  // What the fibers left. All of it must have come then.
  void Drain(bool may_repeat) {
    if (s.failed()) return;
    GroupMember member = group.Join().value();
    for (int i = 0; i < 100; ++i) Work(member, may_repeat);
    for (const auto& [key, count] : next) s.Check(count == records, "every record comes");
    for (const GroupShardMetrics& shard : group.Metrics().shards) {
      s.Check(shard.lag_records == 0 && !shard.is_out, "everything is committed in the end");
    }
  }

  Schedule& s;
  Steps steps;
  SimulatedClock clock;
  std::unique_ptr<Engine> engine;
  Stream stream;
  ConsumerGroup group;
  int records;                      // of each key
  std::map<std::string, int> next;  // of each key
  int repeats = 0;
  int refused = 0;
};

// `happened` counts what a program is about, so that it is seen to happen.
void ExploreAll(const std::function<void(Schedule&, uint64_t* happened)>& program) {
  uint64_t happened = 0;
  const Exploration found = Explore({.schedules = SeedCountOr(150), .stale_reads = false},
                                    [&](Schedule& s) { program(s, &happened); });
  EXPECT_EQ(found.failure, "");
  EXPECT_GT(found.distinct, 30U);
  EXPECT_GT(happened, 0U);
  std::cout << found.schedules << " schedules, " << found.distinct << " distinct; it happened "
            << happened << " times\n";
}

TEST(GroupScheduleTest, AJoinAndALeaveBetweenAnyTwoStepsRepeatAndLoseNothing) {
  ExploreAll([](Schedule& s, uint64_t* happened) {
    World world(s, 2, 4, 3, absl::InfiniteDuration());
    std::optional<GroupMember> stays = world.group.Join().value();
    s.Spawn([&] {
      for (int i = 0; i < kTries; ++i) world.Work(*stays, false);
    });
    s.Spawn([&] {
      world.steps();
      GroupMember comes = world.group.Join().value();
      for (int i = 0; i < kTries / 2; ++i) world.Work(comes, false);
      for (const GroupShardMetrics& shard : world.group.Metrics().shards) {
        *happened += shard.owner == comes.id() ? 1 : 0;
      }
      world.steps();
    });
    s.Run();
    if (!s.failed()) stays.reset();
    world.Drain(false);
  });
}

TEST(GroupScheduleTest, AMemberThatLeavesWithADeliveryOutRepeatsNothing) {
  ExploreAll([](Schedule& s, uint64_t* happened) {
    World world(s, 1, 1, 6, absl::InfiniteDuration());
    std::optional<GroupMember> goes = world.group.Join().value();
    std::optional<GroupMember> stays = world.group.Join().value();
    s.Spawn([&] {
      world.steps();
      absl::StatusOr<Delivery> delivery = goes->Next(kNow);
      goes.reset();
      world.steps();
      if (!delivery.ok()) return;
      ++*happened;
      for (const RecordView& record : delivery->records()) world.Process(record, false);
      world.steps();
      s.Check(delivery->Commit().ok(), "who has left may still commit");
    });
    s.Spawn([&] {
      for (int i = 0; i < kTries; ++i) world.Work(*stays, false);
    });
    s.Run();
    if (!s.failed()) stays.reset();
    world.Drain(false);
  });
}

TEST(GroupScheduleTest, ALapsedLeaseRepeatsOnlyWhatWasNotCommitted) {
  ExploreAll([](Schedule& s, uint64_t* happened) {
    World world(s, 1, 1, 6, kLeaseTime);
    std::optional<GroupMember> one = world.group.Join().value();
    std::optional<GroupMember> other = world.group.Join().value();
    s.Spawn([&] {
      for (int i = 0; i < kTries; ++i) world.Work(*one, true);
    });
    s.Spawn([&] {
      for (int i = 0; i < kTries; ++i) world.Work(*other, true);
    });
    s.Spawn([&] {
      for (int i = 0; i < 2; ++i) {
        world.steps();
        world.clock.Advance(kLeaseTime + absl::Seconds(1));
      }
    });
    s.Run();
    s.Check(s.failed() || world.repeats <= 2 * world.refused, "what is repeated was refused");
    if (s.failed()) return;
    *happened += static_cast<uint64_t>(world.refused);
    one.reset();
    other.reset();
    world.Drain(true);
  });
}

TEST(GroupScheduleTest, ASplitBetweenAnyTwoStepsKeepsKeysInOrder) {
  ExploreAll([](Schedule& s, uint64_t* happened) {
    World world(s, 1, 3, 2, absl::InfiniteDuration());
    std::optional<GroupMember> one = world.group.Join().value();
    std::optional<GroupMember> other = world.group.Join().value();
    for (auto* member : {&one, &other}) {
      s.Spawn([&world, member] {
        for (int i = 0; i < kTries; ++i) world.Work(**member, false);
      });
    }
    s.Spawn([&] {
      world.steps();
      *happened += world.stream.SplitShard(ShardId(0)).ok() ? 1 : 0;
      world.steps();
      for (int key = 0; key < 3; ++key) world.Put(key, 2);
      world.records = 3;
    });
    s.Run();
    if (s.failed()) return;
    one.reset();
    other.reset();
    world.Drain(false);
  });
}

// Two lanes, and a member that joins between any two of their steps.
TEST(GroupScheduleTest, LanesAndAJoinBetweenAnyTwoOfTheirStepsRepeatAndLoseNothing) {
  ExploreAll([](Schedule& s, uint64_t* happened) {
    World world(s, 2, 4, 3, absl::InfiniteDuration());
    std::optional<Lanes> lanes = Lanes::Create(world.group.Join().value(), 2).value();
    for (const size_t lane : {0, 1}) {
      s.Spawn([&, lane] {
        for (int i = 0; i < kTries; ++i) {
          world.steps();
          absl::StatusOr<LaneDelivery> delivery = lanes->Next(lane, kNow);
          if (!delivery.ok()) continue;
          world.steps();
          const size_t size = delivery->records().size();
          for (size_t k = 0; k < size; ++k) {
            world.Process(delivery->records()[k], false);
            s.Check(delivery->Finish(k + 1).ok(), "what was processed is finished");
          }
        }
      });
    }
    s.Spawn([&] {
      world.steps();
      GroupMember comes = world.group.Join().value();
      for (int i = 0; i < kTries; ++i) {
        world.Work(comes, false);
        for (const GroupShardMetrics& shard : world.group.Metrics().shards) {
          *happened += shard.owner == comes.id() ? 1 : 0;
        }
      }
    });
    s.Run();
    if (s.failed()) return;
    // The lanes have nothing in hand, but may have read ahead.
    for (const size_t lane : {0, 1, 0, 1}) {
      for (;;) {
        absl::StatusOr<LaneDelivery> delivery = lanes->Next(lane, kNow);
        if (!delivery.ok()) break;
        for (const RecordView& record : delivery->records()) world.Process(record, false);
        s.Check(delivery->Finish().ok(), "what was read ahead is finished");
      }
    }
    lanes.reset();
    world.Drain(false);
  });
}

}  // namespace
}  // namespace kinesis::testing
