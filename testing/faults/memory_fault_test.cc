// Memory that runs out, at every place where it can.
//
// A scenario of everything that takes memory is run again and again: with the system refusing its
// first request, its second, and so on until none is refused; and with budgets and capacities of
// every size from the least to one that is enough, a block at a time. Each time: what fails says so
// clearly and changes nothing, what was accepted stays and is read back, the same call succeeds
// when there is memory again, and in the end all memory has been given back.
//
// Not part of it is memory that C++ gets for bookkeeping (shard handles, the table, strings): if
// there is none, std::bad_alloc ends the program.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/faults/system_memory.h"
#include "kinesis_core/testing/internal/reference_stream.h"
#include "kinesis_core/testing/internal/sanitizers.h"

namespace kinesis::testing {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr absl::Duration kRetention = absl::Seconds(100);

struct Limits {
  uint64_t budget_bytes = 64 * kKiB * kKiB;
  uint64_t cache_bytes = 256 * kKiB;
  uint64_t capacity_bytes = 4 * kKiB * kKiB;
};

class Scenario {
 public:
  // With `retries`, what failed is done again and must succeed then.
  Scenario(const Limits& limits, bool retries)
      : limits_(limits),
        retries_(retries),
        engine_(Engine::Create({.memory_budget_bytes = limits.budget_bytes,
                                .memory_cache_bytes = limits.cache_bytes,
                                .clock = &clock_})
                    .value()) {}

  // How many calls failed.
  uint64_t Run() {
    if (!Create(2)) return failures_;
    PutMany(30, 100);
    PutBatch(60, 200);
    Put(40 * kKiB);
    Put(300 * kKiB);
    const std::optional<RecordBatch> held = ReadSome();
    Split(ShardId(0));
    PutMany(20, 1500);
    TrimHalf(ShardId(1));
    Merge();
    PutBatch(40, 3000);
    clock_.Advance(kRetention + absl::Seconds(1));
    PutMany(10, 2000);
    CompareAll();
    TrimAll();
    PutMany(5, 5000);
    CompareAll();
    EXPECT_TRUE(engine_->DeleteStream("s").ok());
    // More shards, and so segments, than the first slab has controls for.
    if (Create(40)) PutMany(150, 100);
    CompareAll();
    return failures_;
  }

  // The memory that is left when the stream is gone is what the engine caches.
  void End() {
    if (stream_) {
      EXPECT_TRUE(engine_->DeleteStream("s").ok());
    }
    stream_.reset();
    const EngineMetrics metrics = engine_->Metrics();
    EXPECT_EQ(metrics.memory_held_bytes, metrics.memory_cached_bytes);
    EXPECT_LE(metrics.memory_cached_bytes, limits_.cache_bytes);
    engine_.reset();
  }

 private:
  int64_t Now() const { return absl::ToUnixMillis(clock_.Now()); }

  // Makes a call that may fail for lack of memory alone. True if it succeeded, at once or when it
  // was made again.
  bool Attempt(std::string_view what, const std::function<absl::Status()>& call) {
    SCOPED_TRACE(std::string(what));
    const absl::Status status = call();
    if (status.ok()) return true;
    ++failures_;
    EXPECT_TRUE(IsClear(status)) << status;
    CompareAll();
    if (!retries_) return false;
    RefuseNothing();
    const absl::Status again = call();
    EXPECT_TRUE(again.ok()) << "with memory again: " << again;
    return again.ok();
  }

  // Names the limit and what it is set to, or what could not be made.
  bool IsClear(const absl::Status& status) const {
    const std::string message(status.message().data(), status.message().size());
    const auto says = [&message](const std::string& text) {
      return message.find(text) != std::string::npos;
    };
    if (!absl::IsOutOfRange(status) && !absl::IsResourceExhausted(status)) return false;
    return (says("memory_budget_bytes") && says(std::to_string(limits_.budget_bytes))) ||
           (says("shard_capacity_bytes") && says(std::to_string(limits_.capacity_bytes))) ||
           says("the system has no memory for another shard");
  }

  bool Create(int64_t shards) {
    stream_.reset();
    reference_.reset();
    return Attempt("create", [this, shards] {
      auto stream = engine_->CreateStream("s", {.shard_count = shards,
                                                .retention = kRetention,
                                                .shard_capacity_bytes = limits_.capacity_bytes});
      if (!stream.ok()) return stream.status();
      stream_ = *stream;
      reference_ = std::make_unique<ReferenceStream>(shards, absl::ToInt64Milliseconds(kRetention),
                                                     Md5Partitioner(), Now());
      return absl::OkStatus();
    });
  }

  void Store(const Record& record, const PutResult& result) {
    const PutResult expected = reference_->Put(record, Now());
    EXPECT_EQ(result.shard_id, expected.shard_id);
    EXPECT_EQ(result.sequence_number, expected.sequence_number);
  }

  void Put(size_t bytes) {
    const std::string key = std::to_string(++keys_);
    const std::string data(bytes, static_cast<char>('a' + keys_ % 26));
    const Record record{.partition_key = key, .data = data};
    Attempt("put", [&] {
      const absl::StatusOr<PutResult> result = stream_->Put(record);
      if (result.ok()) Store(record, *result);
      return result.status();
    });
  }
  void PutMany(int count, size_t bytes) {
    for (int i = 0; i < count; ++i) Put(bytes);
  }

  void PutBatch(size_t count, size_t bytes) {
    std::vector<std::string> keys;
    for (size_t i = 0; i < count; ++i) keys.push_back(std::to_string(++keys_));
    const std::string data(bytes, 'b');
    std::vector<Record> records;
    for (const std::string& key : keys) records.push_back({.partition_key = key, .data = data});
    Attempt("batch", [&] {
      const auto results = stream_->PutBatch(records);
      // Those that failed are left for the next time.
      std::vector<Record> failed;
      absl::Status status;
      for (size_t i = 0; i < records.size(); ++i) {
        if (results[i].ok()) {
          Store(records[i], *results[i]);
        } else {
          failed.push_back(records[i]);
          status = results[i].status();
        }
      }
      records = failed;
      return status;
    });
  }

  // Pins the first records of shard 0, which must not change to the end.
  std::optional<RecordBatch> ReadSome() {
    Iterator iterator =
        stream_->FindShard(ShardId(0)).value().CreateIterator(IteratorStart::TrimHorizon()).value();
    RecordBatch batch = iterator.Read({.max_records = 5}).value();
    for (const RecordView& record : batch) {
      EXPECT_EQ(record.data.find_first_not_of(record.data.substr(0, 1)), std::string_view::npos);
    }
    return batch;
  }

  void Split(ShardId id) {
    Attempt("split", [&] {
      const auto children = stream_->SplitShard(id);
      if (!children.ok()) return children.status();
      const auto expected = reference_->Split(id, std::nullopt, Now());
      EXPECT_EQ(*children, expected.value());
      return absl::OkStatus();
    });
  }

  void Merge() {
    if (!stream_->FindShard(ShardId(2)).ok()) return;  // the split had no memory
    Attempt("merge", [&] {
      const auto child = stream_->MergeShards(ShardId(2), ShardId(3));
      if (!child.ok()) return child.status();
      EXPECT_EQ(*child, reference_->Merge(ShardId(2), ShardId(3), Now()).value());
      return absl::OkStatus();
    });
  }

  // A trim needs no memory to succeed; without, it may keep the newest records' a while longer.
  void TrimHalf(ShardId id) {
    const ReferenceStream::ShardState state = reference_->Find(id);
    if (state.records.empty()) return;
    const SequenceNumber number = state.records[state.records.size() / 2].number;
    EXPECT_TRUE(stream_->FindShard(id)->TrimBefore(number).ok());
    EXPECT_TRUE(reference_->TrimBefore(id, number).ok());
    CompareAll();
  }
  void TrimAll() {
    for (const Shard& shard : stream_->ListShards()) {
      const ReferenceStream::ShardState state = reference_->Find(shard.id());
      if (state.records.empty()) continue;
      EXPECT_TRUE(shard.TrimBefore(state.records.back().number).ok());
      EXPECT_TRUE(reference_->TrimBefore(shard.id(), state.records.back().number).ok());
    }
  }

  void CompareAll() {
    if (!stream_) return;
    std::vector<ShardId> ids;
    for (const Shard& shard : stream_->ListShards()) {
      ids.push_back(shard.id());
      Compare(shard);
    }
    EXPECT_EQ(ids, reference_->List(Now()));
    EXPECT_LE(engine_->Metrics().memory_held_bytes, limits_.budget_bytes);
  }

  void Compare(const Shard& shard) {
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    const RecordBatch batch = iterator.Read().value();
    auto place = reference_->Start(shard.id(), IteratorStart::TrimHorizon(), Now()).value();
    const ReferenceStream::ReadResult expected = reference_->Read(&place, {}, Now());
    ASSERT_EQ(batch.size(), expected.records.size());
    ASSERT_EQ(batch.records_lost(), 0U);
    ASSERT_EQ(batch.end_of_shard(), expected.end_of_shard);
    for (size_t i = 0; i < batch.size(); ++i) {
      ASSERT_EQ(batch[i].sequence_number, expected.records[i].number);
      ASSERT_EQ(batch[i].data, expected.records[i].data);
    }
  }

  const Limits limits_;
  const bool retries_;
  SimulatedClock clock_;
  std::unique_ptr<Engine> engine_;
  std::optional<Stream> stream_;
  std::unique_ptr<ReferenceStream> reference_;
  uint64_t keys_ = 0;
  uint64_t failures_ = 0;
};

uint64_t Run(const Limits& limits, bool retries) {
  const size_t before = SystemMemoryNow().outstanding;
  Scenario scenario(limits, retries);
  const uint64_t failures = scenario.Run();
  scenario.End();
  EXPECT_EQ(SystemMemoryNow().outstanding, before) << "memory was not given back";
  return failures;
}

// Refuses request 0, 1, 2, ... until a run makes fewer requests than that.
void RefuseEach(const Limits& limits, SystemMemory::Refuse how) {
  uint64_t failures = 0;
  std::array<uint64_t, SystemMemory::kWays> runs =
      {};  // in which a request of this way was refused
  for (uint64_t number = 0; !::testing::Test::HasFailure(); ++number) {
    SCOPED_TRACE("request " + std::to_string(number));
    RefuseRequest(number, how);
    failures += Run(limits, /*retries=*/true);
    const SystemMemory memory = SystemMemoryNow();
    RefuseNothing();
    bool refused = false;
    for (int way = 0; way < SystemMemory::kWays; ++way) {
      refused = refused || memory.refused[way] > 0;
      runs[way] += memory.refused[way] > 0 ? 1 : 0;
    }
    if (refused) continue;
    std::printf(
        "%llu requests refused in turn: runs with a refused aligned_alloc %llu, mmap %llu, "
        "new %llu; %llu calls failed for it\n",
        static_cast<unsigned long long>(number), static_cast<unsigned long long>(runs[0]),
        static_cast<unsigned long long>(runs[1]), static_cast<unsigned long long>(runs[2]),
        static_cast<unsigned long long>(failures));
    EXPECT_EQ(std::count(runs.begin(), runs.end(), 0U), 0) << "a way to ask was never refused";
    EXPECT_GT(failures, 0U);
    return;
  }
}

TEST(MemoryFaultTest, TheSystemRefusesEachRequestInTurn) {
  RefuseEach({}, SystemMemory::Refuse::kOnce);
}

TEST(MemoryFaultTest, TheSystemRefusesEachRequestInTurnOfAnEngineThatCachesNothing) {
  RefuseEach({.cache_bytes = 0}, SystemMemory::Refuse::kOnce);
}

TEST(MemoryFaultTest, TheSystemRefusesAllRequestsFromEachOnUntilACallFails) {
  RefuseEach({}, SystemMemory::Refuse::kFromThenOn);
}

// A shard needs a control, and controls come in slabs: with each number of shards before, the
// memory for a slab is missing for the first child of a split, for the second, or for none.
TEST(MemoryFaultTest, ASplitThatHasMemoryForOneChildAloneUsesUpNoShardIds) {
  uint64_t failures = 0;
  for (uint32_t shards = 1; shards <= 60; ++shards) {
    SCOPED_TRACE(std::to_string(shards) + " shards");
    auto engine = Engine::Create().value();
    Stream stream = engine->CreateStream("s", {.shard_count = shards}).value();
    RefuseRequest(0, SystemMemory::Refuse::kFromThenOn);
    auto children = stream.SplitShard(ShardId(0));
    RefuseNothing();
    if (!children.ok()) {
      ++failures;
      EXPECT_TRUE(absl::IsResourceExhausted(children.status())) << children.status();
      EXPECT_EQ(stream.ListShards().size(), shards);
      EXPECT_TRUE(stream.FindShard(ShardId(0))->is_open());
      children = stream.SplitShard(ShardId(0));
    }
    ASSERT_TRUE(children.ok()) << children.status();
    EXPECT_EQ(*children, (std::vector{ShardId(shards), ShardId(shards + 1)}));
  }
  EXPECT_EQ(failures, 4U) << "two slabs, and a split has two children";
}

// Runs with larger and larger limits until nothing fails.
void GrowUntilEnough(std::string_view name, uint64_t least, Limits* limits, uint64_t* limit) {
  // The smallest block.
  constexpr uint64_t kStep = (kIsSanitized ? 4 : 1) * 4 * kKiB;
  uint64_t runs = 0;
  uint64_t failures = 0;
  for (*limit = least;; *limit += kStep, ++runs) {
    SCOPED_TRACE(std::string(name) + " " + std::to_string(*limit));
    const uint64_t failed = Run(*limits, /*retries=*/false);
    failures += failed;
    if (::testing::Test::HasFailure()) return;
    if (failed == 0) break;
  }
  std::printf("%llu sizes of %s that are too small; %llu calls failed for it; %llu is enough\n",
              static_cast<unsigned long long>(runs), std::string(name).c_str(),
              static_cast<unsigned long long>(failures), static_cast<unsigned long long>(*limit));
  EXPECT_GT(runs, 10U) << "the scenario asks for little";
}

TEST(MemoryFaultTest, TheBudgetRunsOutAtEachBlock) {
  Limits limits;
  GrowUntilEnough("memory_budget_bytes", 64 * kKiB, &limits, &limits.budget_bytes);
}

TEST(MemoryFaultTest, TheCapacityOfAShardRunsOutAtEachBlock) {
  Limits limits;
  GrowUntilEnough("shard_capacity_bytes", 32 * kKiB, &limits, &limits.capacity_bytes);
}

}  // namespace
}  // namespace kinesis::testing
