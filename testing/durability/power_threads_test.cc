// Power that is lost while threads put: what each of them was told is on the disk, is. What one
// thread does in any order: power_loss_test.cc.
//
// Not under TSan: the simulated disk takes what is stored through a mapping at the moment at which
// the power goes, as a disk does, and a processor does not call that a race.
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/simulated_disk.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {
namespace {

constexpr int kThreads = 4;

struct Told {
  std::mutex mutex;
  std::set<std::string> kept;   // on the disk, as a put said
  std::set<std::string> begun;  // and all that a put was called for
};

// Puts one by one and in batches, until the disk says no more.
void PutUntilThePowerGoes(Stream stream, int thread, Told* told) {
  for (uint64_t round = 0;; ++round) {
    const size_t count = round % 3 == 0 ? 7 : 1;
    std::vector<std::string> data;
    std::vector<Record> records;
    for (size_t i = 0; i < count; ++i) {
      data.push_back(std::to_string(thread) + "/" + std::to_string(round) + "/" +
                     std::to_string(i));
    }
    for (const std::string& text : data) records.push_back({.partition_key = text, .data = text});
    {
      const std::lock_guard<std::mutex> lock(told->mutex);
      told->begun.insert(data.begin(), data.end());
    }
    const auto results = stream.PutBatch(records);
    bool has_failed = false;
    const std::lock_guard<std::mutex> lock(told->mutex);
    for (size_t i = 0; i < count; ++i) {
      has_failed |= !results[i].ok();
      if (results[i].ok()) told->kept.insert(data[i]);
    }
    if (has_failed) return;
  }
}

TEST(PowerThreadsTest, WhatAnyThreadWasToldIsOnTheDiskIs) {
  const uint64_t first = FromEnvironment("KINESIS_TEST_SEED", 1);
  const uint64_t crashes = FromEnvironment("KINESIS_CRASHES", 40);
  uint64_t kept = 0;
  for (uint64_t seed = first; seed < first + crashes; ++seed) {
    SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
    SimulatedDisk disk(seed);
    const EngineOptions options = {
        .directory = "engine", .disk_budget_bytes = uint64_t{4} << 20, .file_system = &disk};
    Told told;
    {
      auto engine = Engine::Create(options).value();
      const StreamOptions of_stream = {.shard_count = 3, .durability = Durability::kGroup};
      const Stream streams[] = {engine->CreateStream("a", of_stream).value(),
                                engine->CreateStream("b", of_stream).value()};
      disk.LosePowerWithin(seed * 7 % 200);
      const WaitingFor waiting("threads that put until the power goes");
      std::vector<std::thread> threads;
      for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back(PutUntilThePowerGoes, streams[thread % 2], thread, &told);
      }
      for (std::thread& thread : threads) thread.join();
    }
    disk.Start();
    RecoveryReport report;
    auto engine = Engine::Create(options, &report);
    ASSERT_TRUE(engine.ok()) << engine.status();
    EXPECT_TRUE(report.power_was_lost);
    EXPECT_TRUE(report.wal_damage.empty());
    std::multiset<std::string> found;
    for (const char* const name : {"a", "b"}) {
      for (std::string& data : ReadData((*engine)->OpenStream(name).value())) {
        found.insert(std::move(data));
      }
    }
    for (const std::string& data : told.kept) {
      EXPECT_EQ(found.count(data), 1U) << data << " was on the disk";
    }
    for (const std::string& data : found) {
      EXPECT_EQ(told.begun.count(data), 1U) << data << " was never put";
    }
    kept += told.kept.size();
  }
  EXPECT_GT(kept, crashes);
}

}  // namespace
}  // namespace kinesis::testing
