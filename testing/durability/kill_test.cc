// kill -9 at random moments, and what the next process finds.
//
// A child works on a directory: two producers put numbered records, one by one, in batches and in
// place; another thread splits and merges; one trims a stream of its own; one makes and deletes
// streams; a consumer group reads and commits. What has been acknowledged stands in memory that
// parent and child share. The parent kills the child, at times also some that do nothing but
// recover, opens the directory itself, and holds what is there against what was acknowledged. The
// next child goes on in the same directory.
//
// KINESIS_KILLS=n kills so many (bazel test gives 60); KINESIS_TEST_SEED=n changes the choices.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/internal/killed_child.h"
#include "kinesis_core/testing/internal/temporary_directory.h"

namespace kinesis::testing {
namespace {

constexpr size_t kProducers = 2;
constexpr size_t kRecent = 64;
constexpr uint64_t kStreams = 1024;  // made and deleted in one directory at most

// What a record holds: whose it is, and a filler that follows from that.
struct Tag {
  uint64_t producer;
  uint64_t number;
};

std::string DataOf(const Tag& tag) {
  const size_t size = sizeof tag + (tag.number * 37 + tag.producer) % 700;
  std::string data(size, static_cast<char>('a' + tag.number % 26));
  std::memcpy(data.data(), &tag, sizeof tag);
  return data;
}

Tag TagOf(std::string_view data) {
  Tag tag{UINT64_MAX, 0};
  if (data.size() >= sizeof tag) std::memcpy(&tag, data.data(), sizeof tag);
  EXPECT_EQ(data, DataOf(tag)) << "a record that is not whole";
  return tag;
}

// Written by the child, read by the parent when it is dead. Sequentially consistent throughout.
struct Shared {
  struct Producer {
    std::atomic<uint64_t> begun{0};         // records of which a put has begun
    std::atomic<uint64_t> acknowledged{0};  // and returned
    std::atomic<uint64_t> committing{0};    // by the group: a commit of so many has begun
    std::atomic<uint64_t> committed{0};     // and returned
    struct Recent {
      std::atomic<uint64_t> number{UINT64_MAX};
      std::atomic<uint32_t> shard{0};
      SequenceNumber sequence_number;
    };
    Recent recent[kRecent];
  };
  Producer producers[kProducers];
  std::atomic<uint64_t> trim_put{0};       // records of the stream that is trimmed
  std::atomic<uint64_t> trim_begun{0};     // indices below this may have gone
  std::atomic<uint64_t> trim_returned{0};  // and must have
  enum State : uint8_t { kNone, kMaking, kMade, kDeleting, kDeleted };
  std::atomic<uint8_t> streams[kStreams] = {};
  std::atomic<uint64_t> open_shards{0};
  ChildReport report;
};

constexpr char kMain[] = "main";
constexpr char kTrimmed[] = "trimmed";

EngineOptions OptionsFor(const std::string& directory) {
  EngineOptions options;
  options.directory = directory;
  options.disk_budget_bytes = uint64_t{1} << 30;  // more than twenty children fill
  options.memory_cache_bytes = uint64_t{1} << 20;
  return options;
}

std::string KeyOf(uint64_t producer) { return "producer " + std::to_string(producer); }

// --- The child -----------------------------------------------------------------------------------

class Child {
 public:
  Child(Shared& shared, const std::string& directory, uint64_t seed)
      : shared_(shared), seed_(seed), engine_(Engine::Create(OptionsFor(directory)).value()) {}

  [[noreturn]] void Run() {
    std::vector<std::thread> threads;
    for (uint64_t producer = 0; producer < kProducers; ++producer) {
      threads.emplace_back([this, producer] { Produce(producer); });
    }
    threads.emplace_back([this] { Reshard(); });
    threads.emplace_back([this] { Trim(); });
    threads.emplace_back([this] { MakeAndDelete(); });
    threads.emplace_back([this] { Consume(); });
    for (std::thread& thread : threads) thread.join();
    _exit(1);
  }

 private:
  Stream Open(std::string_view name) {
    const absl::Status made = engine_
                                  ->CreateStream(name, {.shard_capacity_bytes = uint64_t{1} << 30,
                                                        .durability = Durability::kProcess})
                                  .status();
    if (!absl::IsAlreadyExists(made)) Check(made, "CreateStream");
    return engine_->OpenStream(name).value();
  }

  void Check(const absl::Status& status, std::string_view what) {
    shared_.report.Check(status, what);
  }

  void Acknowledge(uint64_t producer, uint64_t number, const PutResult& put) {
    Shared::Producer& mine = shared_.producers[producer];
    Shared::Producer::Recent& recent = mine.recent[number % kRecent];
    recent.number = UINT64_MAX;
    recent.shard = put.shard_id.index();
    recent.sequence_number = put.sequence_number;
    recent.number = number;
    mine.acknowledged = number + 1;
  }

  void Produce(uint64_t producer) {
    std::mt19937_64 random(seed_ + producer);
    Stream stream = Open(kMain);
    Shared::Producer& mine = shared_.producers[producer];
    const std::string key = KeyOf(producer);
    // What was begun and not acknowledged when the last child died may be there or not; the parent
    // has found out.
    for (uint64_t number = mine.acknowledged;;) {
      switch (random() % 3) {
        case 0: {
          mine.begun = number + 1;
          const std::string data = DataOf({producer, number});
          const auto put = stream.Put({.partition_key = key, .data = data});
          Check(put.status(), "Put");
          Acknowledge(producer, number++, *put);
          break;
        }
        case 1: {
          const uint64_t count = 1 + random() % 20;
          mine.begun = number + count;
          std::vector<std::string> data;
          std::vector<Record> records;
          for (uint64_t i = 0; i < count; ++i) data.push_back(DataOf({producer, number + i}));
          for (const std::string& each : data) {
            records.push_back({.partition_key = key, .data = each});
          }
          for (const auto& put : stream.PutBatch(records)) {
            Check(put.status(), "PutBatch");
            Acknowledge(producer, number++, *put);
          }
          break;
        }
        default: {
          mine.begun = number + 1;
          const std::string data = DataOf({producer, number});
          auto reservation = stream.Reserve(key, data.size());
          Check(reservation.status(), "Reserve");
          std::memcpy(reservation->data().data(), data.data(), data.size());
          const auto put = reservation->Commit();
          Check(put.status(), "Commit");
          Acknowledge(producer, number++, *put);
        }
      }
    }
  }

  void Reshard() {
    std::mt19937_64 random(seed_ + 100);
    Stream stream = Open(kMain);
    for (;;) {
      std::vector<Shard> open;
      for (const Shard& shard : stream.ListShards()) {
        if (shard.is_open()) open.push_back(shard);
      }
      if (open.size() < 4 && random() % 2 == 0) {
        Check(stream.SplitShard(open[random() % open.size()].id()).status(), "SplitShard");
      } else if (open.size() > 1) {
        std::sort(open.begin(), open.end(), [](const Shard& a, const Shard& b) {
          return a.hash_key_range().start() < b.hash_key_range().start();
        });
        const size_t first = random() % (open.size() - 1);
        Check(stream.MergeShards(open[first].id(), open[first + 1].id()).status(), "MergeShards");
      }
      absl::SleepFor(absl::Microseconds(random() % 3000));
    }
  }

  void Trim() {
    std::mt19937_64 random(seed_ + 200);
    Stream stream = Open(kTrimmed);
    Shard shard = stream.ListShards()[0];
    std::vector<SequenceNumber> numbers;
    for (;;) {
      const uint64_t number = shared_.trim_put;
      const std::string data = DataOf({7, number});
      const auto put = stream.Put({.partition_key = "k", .data = data});
      Check(put.status(), "Put");
      shared_.trim_put = put->sequence_number.index();
      numbers.push_back(put->sequence_number);
      if (random() % 64 != 0) continue;
      const SequenceNumber& at = numbers[random() % numbers.size()];
      shared_.trim_begun = std::max<uint64_t>(shared_.trim_begun, at.index() - 1);
      Check(shard.TrimBefore(at), "TrimBefore");
      shared_.trim_returned = std::max<uint64_t>(shared_.trim_returned, at.index() - 1);
    }
  }

  void MakeAndDelete() {
    std::mt19937_64 random(seed_ + 300);
    for (uint64_t i = 0; i < kStreams; ++i) {
      if (shared_.streams[i] != Shared::kNone) continue;
      const std::string name = "stream " + std::to_string(i);
      shared_.streams[i] = Shared::kMaking;
      Stream stream = Open(name);
      Check(stream.Put({.partition_key = "k", .data = name}).status(), "Put");
      shared_.streams[i] = Shared::kMade;
      absl::SleepFor(absl::Microseconds(random() % 2000));
      if (random() % 4 == 0) continue;
      shared_.streams[i] = Shared::kDeleting;
      Check(engine_->DeleteStream(name), "DeleteStream");
      shared_.streams[i] = Shared::kDeleted;
    }
  }

  void Consume() {
    Stream stream = Open(kMain);
    ConsumerGroup group = ConsumerGroup::Create(stream, "group").value();
    GroupMember member = group.Join().value();
    uint64_t next[kProducers];
    // It goes on behind a commit that had begun, or behind the one before.
    uint64_t may_skip_to[kProducers];
    for (size_t i = 0; i < kProducers; ++i) {
      next[i] = shared_.producers[i].committed;
      may_skip_to[i] = shared_.producers[i].committing;
    }
    for (;;) {
      auto delivery = member.Next(absl::Now() + absl::Seconds(1));
      if (absl::IsDeadlineExceeded(delivery.status())) continue;
      Check(delivery.status(), "Next");
      for (const RecordView& record : delivery->records()) {
        const Tag tag = TagOf(record.data);
        // Again, if it was delivered before the last kill and the commit came too late.
        if (tag.number > std::max(next[tag.producer], may_skip_to[tag.producer])) {
          Check(absl::InternalError("producer " + std::to_string(tag.producer) + ": " +
                                    std::to_string(tag.number) + " after " +
                                    std::to_string(next[tag.producer])),
                "the group");
        }
        next[tag.producer] = std::max(next[tag.producer], tag.number + 1);
      }
      for (size_t i = 0; i < kProducers; ++i) shared_.producers[i].committing = next[i];
      Check(delivery->Commit(), "Commit");
      for (size_t i = 0; i < kProducers; ++i) shared_.producers[i].committed = next[i];
    }
  }

  Shared& shared_;
  const uint64_t seed_;
  const std::unique_ptr<Engine> engine_;
};

// --- The parent ----------------------------------------------------------------------------------

class KillTest : public ::testing::Test {
 protected:
  // All records of a stream, parents before children, of each shard from its first on.
  static std::vector<std::pair<ShardId, std::vector<RecordView>>> ReadAll(
      const Stream& stream, std::vector<RecordBatch>* batches) {
    std::vector<std::pair<ShardId, std::vector<RecordView>>> all;
    for (const Shard& shard : stream.ListShards()) {  // in order of id: parents first
      all.emplace_back(shard.id(), std::vector<RecordView>());
      Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      for (;;) {
        ReadResult read = iterator.Read();
        EXPECT_TRUE(read.ok()) << read.status();
        EXPECT_EQ(read->records_lost(), 0U);
        if (!read.ok() || read->empty()) {
          EXPECT_EQ(read->end_of_shard(), !shard.is_open());
          break;
        }
        batches->push_back(*std::move(read));
        for (const RecordView& record : batches->back()) all.back().second.push_back(record);
      }
    }
    return all;
  }

  void CheckMain(Engine& engine) {
    const auto stream = engine.OpenStream(kMain);
    std::vector<RecordBatch> batches;
    std::vector<std::pair<ShardId, std::vector<RecordView>>> all;
    if (stream.ok()) all = ReadAll(*stream, &batches);
    uint64_t next[kProducers] = {};
    for (const auto& [id, records] : all) {
      for (const RecordView& record : records) {
        const Tag tag = TagOf(record.data);
        ASSERT_LT(tag.producer, kProducers);
        ASSERT_EQ(tag.number, next[tag.producer])
            << "lost, doubled or out of order, in " << id.ToString() << ", seed " << seed_;
        ++next[tag.producer];
        const Shared::Producer::Recent& recent =
            shared_->producers[tag.producer].recent[tag.number % kRecent];
        if (recent.number != tag.number) continue;
        EXPECT_EQ(record.sequence_number, recent.sequence_number) << "another number";
        EXPECT_EQ(id.index(), recent.shard);
        ++numbers_compared_;
      }
    }
    for (size_t i = 0; i < kProducers; ++i) {
      Shared::Producer& producer = shared_->producers[i];
      ASSERT_GE(next[i], producer.acknowledged) << "an acknowledged record is lost, seed " << seed_;
      ASSERT_LE(next[i], producer.begun) << "a record that nobody put";
      ASSERT_LE(producer.committed, next[i]);
      acknowledged_ += producer.acknowledged - first_[i];
      first_[i] = next[i];
      // The next child goes on behind what is there.
      producer.acknowledged = next[i];
    }
  }

  void CheckTrimmed(Engine& engine) {
    const auto stream = engine.OpenStream(kTrimmed);
    if (!stream.ok()) {
      ASSERT_EQ(shared_->trim_put, 0U);
      return;
    }
    std::vector<RecordBatch> batches;
    const auto all = ReadAll(*stream, &batches);
    ASSERT_EQ(all.size(), 1U);
    const std::vector<RecordView>& records = all[0].second;
    uint64_t next =
        records.empty() ? shared_->trim_put.load() : records.front().sequence_number.index() - 1;
    ASSERT_GE(next, shared_->trim_returned) << "a trim that returned does not hold";
    ASSERT_LE(next, std::max<uint64_t>(shared_->trim_begun, shared_->trim_put))
        << "more is gone than was trimmed";
    if (!records.empty()) {
      ASSERT_LE(next, shared_->trim_begun.load());
    }
    for (const RecordView& record : records) {
      ASSERT_EQ(record.sequence_number.index(), next + 1);
      ASSERT_EQ(TagOf(record.data).number, next);
      ++next;
    }
    ASSERT_GE(next, shared_->trim_put);
    shared_->trim_put = next;
  }

  void CheckStreams(Engine& engine) {
    for (uint64_t i = 0; i < kStreams; ++i) {
      const uint8_t state = shared_->streams[i];
      const std::string name = "stream " + std::to_string(i);
      const auto stream = engine.OpenStream(name);
      if (state == Shared::kMade) {
        ASSERT_TRUE(stream.ok()) << stream.status();
        std::vector<RecordBatch> batches;
        const auto all = ReadAll(*stream, &batches);
        ASSERT_EQ(all.size(), 1U);
        ASSERT_EQ(all[0].second.size(), 1U);
        ASSERT_EQ(all[0].second[0].data, name);
      }
      if (state == Shared::kDeleted || state == Shared::kNone) {
        ASSERT_TRUE(absl::IsNotFound(stream.status())) << name;
      }
      if (state == Shared::kMaking || state == Shared::kDeleting) {
        engine.DeleteStream(name).IgnoreError();
        shared_->streams[i] = Shared::kDeleted;
      }
    }
  }

  void Check(const std::string& directory) {
    RecoveryReport report;
    auto engine = Engine::Create(OptionsFor(directory), &report);
    ASSERT_TRUE(engine.ok()) << engine.status();
    ASSERT_EQ(report.damaged_records, 0U);
    ASSERT_EQ(report.damaged_blocks, 0U);
    holes_ += report.holes;
    cut_ += report.journal_bytes_cut > 0 ? 1 : 0;
    CheckMain(**engine);
    if (HasFatalFailure()) return;
    CheckTrimmed(**engine);
    if (HasFatalFailure()) return;
    CheckStreams(**engine);
  }

  const uint64_t seed_ = FromEnvironment("KINESIS_TEST_SEED", 1);
  SharedMemory<Shared> shared_;
  uint64_t first_[kProducers] = {};
  uint64_t acknowledged_ = 0;
  uint64_t numbers_compared_ = 0;
  uint64_t holes_ = 0;
  uint64_t cut_ = 0;
};

TEST_F(KillTest, NothingThatWasAcknowledgedIsLostDoubledOrOutOfOrder) {
  const uint64_t kills = FromEnvironment("KINESIS_KILLS", 60);
  constexpr uint64_t kKillsOfDirectory = 20;
  std::mt19937_64 random(seed_);
  uint64_t recoveries_killed = 0;
  auto directory = std::make_unique<TemporaryDirectory>();
  for (uint64_t i = 0; i < kills; ++i) {
    if (i % kKillsOfDirectory == 0 && i > 0) {
      directory = std::make_unique<TemporaryDirectory>();
      shared_.Renew();
      std::fill(std::begin(first_), std::end(first_), 0);
    }
    const std::string path = directory->path() + "/engine";
    const uint64_t seed = random();
    KillAfter(std::chrono::microseconds(random() % 60'000), shared_->report,
              [&] { Child(*shared_, path, seed).Run(); });
    // In the middle of recovery, up to three deep.
    for (uint64_t deep = random() % 4; deep > 0 && !HasFatalFailure(); --deep) {
      ++recoveries_killed;
      KillAfter(std::chrono::microseconds(random() % 6'000), shared_->report,
                [&] { Engine::Create(OptionsFor(path)).IgnoreError(); });
    }
    if (HasFatalFailure()) return;
    Check(path);
    if (HasFailure()) {
      std::printf("after kill %llu\n", static_cast<unsigned long long>(i));
      return;
    }
  }
  std::printf(
      "%llu kills, and %llu of a recovery: %llu records acknowledged, none lost; %llu sequence "
      "numbers compared; %llu holes, %llu journals cut\n",
      static_cast<unsigned long long>(kills), static_cast<unsigned long long>(recoveries_killed),
      static_cast<unsigned long long>(acknowledged_),
      static_cast<unsigned long long>(numbers_compared_), static_cast<unsigned long long>(holes_),
      static_cast<unsigned long long>(cut_));
}

}  // namespace
}  // namespace kinesis::testing
