// Histories of the shipped log, table and pool under seeded schedules, each checked for
// linearizability.
//
// Every schedule is a small run: two producers that share keys, a reader that follows the lineage,
// one that splits and merges (and in some runs deletes), one that trims what it likes. When all are
// done, every shard is read through once more.
//
// What "returned before another was called" means depends on the memory model, so there are two
// manners. Interleaved: loads return the newest value, and time is a counter. Synchronized: loads
// may return old values, and time is an atomic that every call and return updates, so that earlier
// in time is also ordered before.
//
// KINESIS_SCHEDULES=n checks so many histories in each manner; a failure prints the history and the
// KINESIS_SCHEDULE_SEED that replays it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/internal/sanitizers.h"
#include "kinesis_core/testing/linearizability/stream_model.h"
#include "kinesis_core/testing/litmus/stream_scenarios.h"
#include "kinesis_core/testing/litmus/stream_world.h"

namespace kinesis::testing {
namespace {

using World = StreamWorld<ScheduledAtomics>;
using Kind = StreamOperation::Kind;

// The calls and returns of one run.
class Recorder {
 public:
  explicit Recorder(bool synchronized) : synchronized_(synchronized) {}

  StreamOperation Call(Kind kind, int process) {
    StreamOperation operation;
    operation.kind = kind;
    operation.process = process;
    operation.called = Now();
    return operation;
  }
  void Return(StreamOperation operation) {
    operation.returned = Now();
    history_.push_back(std::move(operation));
  }
  const StreamHistory& history() const { return history_; }

 private:
  uint64_t Now() {
    if (!synchronized_) return ++time_;
    // acq_rel: what is earlier in time happens before.
    return clock_.fetch_add(1, std::memory_order_acq_rel);
  }

  const bool synchronized_;
  uint64_t time_ = 0;
  ScheduledAtomics::Atomic<uint64_t> clock_{1};
  StreamHistory history_;
};

struct RunOptions {
  bool synchronized = false;
  StreamWorldOptions world = {};
  StreamModel::PutSteps put_steps = StreamModel::PutSteps::kThree;
};

class RecordedRun {
 public:
  RecordedRun(Schedule& schedule, const RunOptions& options)
      : schedule_(schedule),
        options_(options),
        world_(schedule, options.world, {0}),
        recorder_(options.synchronized) {}

  HistoryVerdict Run() {
    const bool deletes = schedule_.Draw(4) == 0;
    for (int process = 0; process < 2; ++process) {
      schedule_.Spawn([this, process] { Produce(process); });
    }
    schedule_.Spawn([this] { Read(2, 5); });
    schedule_.Spawn([this] { Trim(3); });
    schedule_.Spawn([this, deletes] { Reshard(4, deletes); });
    schedule_.Run();
    if (schedule_.failed()) return {};
    ReadAll(5);
    return StreamHistoryChecker::Check(StreamModel({0}, options_.put_steps), recorder_.history());
  }

 private:
  void Produce(int process) {
    constexpr uint32_t kPuts = 3;
    constexpr size_t kSizes[] = {kSmall, kHalfOfBlock};
    for (uint32_t i = 0; i < kPuts; ++i) {
      const uint64_t key = kKeys[schedule_.Draw(2)];
      const size_t bytes = kSizes[schedule_.Draw(2)];
      const auto producer = static_cast<uint32_t>(process);
      StreamOperation put = recorder_.Call(Kind::kPut, process);
      put.key = key;
      put.value = ValueOf({0, producer, i});
      put.deleted = world_.Put(key, producer, i, bytes) != internal::LogStatus::kOk;
      if (!put.deleted) {
        // No step of another fiber came between.
        put.shard = world_.logs().puts().back().appended.shard_index;
        put.index = world_.logs().puts().back().appended.first_index;
      }
      recorder_.Return(std::move(put));
    }
  }

  static uint32_t ValueOf(const RecordTag& tag) { return 10 * tag.producer + tag.sequence; }

  // The places of one process that reads: one in each shard that it has reached.
  struct Places {
    std::map<size_t, std::unique_ptr<World::Reader>> readers;
    std::vector<size_t> shards;

    void Add(World& world, size_t shard) {
      if (readers.count(shard) > 0) return;
      readers[shard] = std::make_unique<World::Reader>(world.logs(), world.shard(shard).log,
                                                       internal::LogCursor());
      shards.push_back(shard);
    }
  };

  // One read of a shard. True if it gave records.
  bool ReadOnce(int process, Places* places, size_t shard) {
    World::Reader& reader = *places->readers.at(shard);
    const uint64_t lost = reader.lost();
    const size_t seen = reader.seen().size();
    StreamOperation read = recorder_.Call(Kind::kRead, process);
    read.shard = shard;
    read.index = reader.cursor().index;
    const World::Reader::State state = reader.Read(1 + schedule_.Draw(3));
    read.lost = reader.lost() - lost;
    for (size_t i = seen; i < reader.seen().size(); ++i) {
      read.values.push_back(ValueOf(reader.seen()[i].tag));
    }
    read.at_tip = state == World::Reader::State::kTip;
    read.at_end = state == World::Reader::State::kEnd;
    if (read.at_end) read.children = world_.shard(shard).children.Read();
    for (const size_t child : read.children) places->Add(world_, child);
    recorder_.Return(std::move(read));
    return state == World::Reader::State::kRecords;
  }

  void Read(int process, int reads) {
    Places places;
    places.Add(world_, 0);
    for (int i = 0; i < reads; ++i) {
      ReadOnce(process, &places, places.shards[schedule_.Draw(places.shards.size())]);
    }
  }

  // Every shard, from its beginning to where there is no more.
  void ReadAll(int process) {
    Places places;
    for (size_t shard = 0; shard < world_.shard_count(); ++shard) places.Add(world_, shard);
    for (size_t shard = 0; shard < world_.shard_count(); ++shard) {
      while (ReadOnce(process, &places, shard)) {
      }
    }
  }

  void Trim(int process) {
    constexpr int kTrims = 2;
    for (int i = 0; i < kTrims; ++i) {
      StreamOperation latest = recorder_.Call(Kind::kLatest, process);
      latest.shard = schedule_.Draw(world_.CountShards());
      latest.index = world_.log(latest.shard).EndIndex();
      const size_t shard = latest.shard;
      const uint64_t index = schedule_.Draw(latest.index + 1);
      recorder_.Return(std::move(latest));
      StreamOperation trim = recorder_.Call(Kind::kTrim, process);
      trim.shard = shard;
      trim.index = index;
      world_.log(shard).TrimBefore(internal::RecordIndex(index), kNowMs);
      recorder_.Return(std::move(trim));
    }
  }

  void Reshard(int process, bool deletes) {
    StreamOperation split = recorder_.Call(Kind::kReshard, process);
    split.parents = {0};
    split.starts = {0, kSplitAt};
    split.children = world_.Split(0, kSplitAt);
    recorder_.Return(std::move(split));
    StreamOperation merge = recorder_.Call(Kind::kReshard, process);
    merge.parents = {1, 2};
    merge.starts = {0};
    merge.children = {world_.Merge(1, 2)};
    recorder_.Return(std::move(merge));
    if (!deletes) return;
    StreamOperation erasure = recorder_.Call(Kind::kDelete, process);
    erasure.shards = 4;
    world_.Delete();
    recorder_.Return(std::move(erasure));
  }

  Schedule& schedule_;
  const RunOptions options_;
  World world_;
  Recorder recorder_;
};

struct Checked {
  Exploration exploration;
  uint64_t operations_most = 0;
  uint64_t configurations = 0;
};

// Checks histories until one is not linearizable.
Checked CheckHistories(uint64_t histories, const RunOptions& options) {
  Checked checked;
  const ExploreOptions explore = {
      .schedules = FromEnvironment("KINESIS_SCHEDULES", FewerIfSanitized(histories)),
      .stale_reads = options.synchronized};
  checked.exploration = Explore(explore, [&](Schedule& s) {
    const HistoryVerdict verdict = RecordedRun(s, options).Run();
    if (s.failed()) return;
    checked.configurations += verdict.configurations;
    s.Check(verdict.linearizable, verdict.report);
  });
  std::printf("%llu histories checked, %llu schedules distinct, %llu configurations\n",
              static_cast<unsigned long long>(checked.exploration.schedules),
              static_cast<unsigned long long>(checked.exploration.distinct),
              static_cast<unsigned long long>(checked.configurations));
  return checked;
}

TEST(ScheduledHistoryTest, InterleavedHistoriesAreLinearizable) {
  EXPECT_EQ(CheckHistories(2'500, {}).exploration.failure, "");
}

TEST(ScheduledHistoryTest, HistoriesWithOldValuesAreLinearizable) {
  EXPECT_EQ(CheckHistories(2'500, {.synchronized = true}).exploration.failure, "");
}

// A put can return while one with a smaller number is still under way; then nobody can read it yet.
TEST(ScheduledHistoryTest, PutsOfOneStepWouldBeTooMuchToAsk) {
  const Checked checked = CheckHistories(2'500, {.put_steps = StreamModel::PutSteps::kOne});
  EXPECT_NE(checked.exploration.failure.find("not linearizable"), std::string::npos);
}

// A canary that only a history shows: each producer's own records stay in order.
TEST(ScheduledHistoryTest, ProducersThatKeepTheirRoutesAreFound) {
  const Checked checked = CheckHistories(2'500, {.world = {.keeps_routes = true}});
  EXPECT_NE(checked.exploration.failure.find("not linearizable"), std::string::npos);
  std::printf("%s\n", checked.exploration.failure.c_str());
}

}  // namespace
}  // namespace kinesis::testing
