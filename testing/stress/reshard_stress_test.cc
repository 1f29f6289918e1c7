// Real threads: producers put, singly and in batches, while shards split and merge without pause
// and readers follow the lineage, asleep in Wait whenever they have caught up; and streams are
// deleted under all of it.
//
// Each record is "producer key counter". A reader drains parents before children and checks by
// itself that each key's counters come 0, 1, 2, ..., which says: none lost, none doubled, none out
// of order.
//
// KINESIS_TEST_SEED=n changes the choices that threads make (not how they interleave).
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis {
namespace {

using kinesis::testing::SeedOr;
using kinesis::testing::WaitingFor;

constexpr uint32_t kProducers = 2;
constexpr uint32_t kReaders = 2;
constexpr uint32_t kKeys = 64;
constexpr size_t kMostOpenShards = 10;

struct Content {
  uint32_t producer;
  uint32_t key;
  uint64_t counter;
};

std::string_view AsBytes(const Content& content) {
  return {reinterpret_cast<const char*>(&content), sizeof content};
}
// Producers have keys of their own, so that each knows the order of its own.
std::string_view KeyOf(const Content& content) {
  return {reinterpret_cast<const char*>(&content), offsetof(Content, counter)};
}

// Puts records until `done` says so of their number, or the stream is deleted. Returns how many.
template <class Done>
uint64_t Produce(Stream stream, uint32_t producer, Done done, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint64_t> counters(kKeys);
  std::vector<absl::StatusOr<PutResult>> results;
  uint64_t put = 0;
  while (!done(put)) {
    const size_t count = random() % 2 == 0 ? 1 : 1 + random() % 20;
    const auto first = static_cast<uint32_t>(random());
    std::vector<Content> contents;
    std::vector<Record> batch;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t key = (first + i) % kKeys;
      contents.push_back({producer, key, counters[key]});
    }
    for (const Content& content : contents) {
      batch.push_back({.partition_key = KeyOf(content), .data = AsBytes(content)});
    }
    if (count == 1) {
      results.assign(1, stream.Put(batch[0]));
    } else {
      stream.PutBatch(batch, &results);
    }
    bool deleted = false;
    for (size_t i = 0; i < count; ++i) {
      if (results[i].ok()) {
        ++counters[contents[i].key];
        ++put;
      } else {
        EXPECT_TRUE(absl::IsNotFound(results[i].status())) << results[i].status();
        deleted = true;
      }
    }
    if (deleted) break;
  }
  return put;
}

// The shards that no other one in the list has taken over from, in order of hash keys.
std::vector<Shard> LastOf(const std::vector<Shard>& shards) {
  std::set<ShardId> parents;
  for (const Shard& shard : shards) {
    for (const ShardId parent : shard.parents()) parents.insert(parent);
  }
  std::vector<Shard> last;
  for (const Shard& shard : shards) {
    if (!parents.contains(shard.id())) last.push_back(shard);
  }
  std::sort(last.begin(), last.end(), [](const Shard& a, const Shard& b) {
    return a.hash_key_range().start() < b.hash_key_range().start();
  });
  return last;
}

std::vector<ShardId> OpenShardsOf(const Stream& stream) {
  std::vector<ShardId> open;
  for (const Shard& shard : LastOf(stream.ListShards())) open.push_back(shard.id());
  return open;
}

// Splits, merges and changes the count until `stop`, or until the stream is deleted.
void Reshard(Stream stream, const std::atomic<bool>& stop, std::atomic<uint64_t>& reshards,
             uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<ShardId> open = OpenShardsOf(stream);  // in order of hash keys
  while (!stop.load() && !open.empty()) {
    const size_t place = random() % open.size();
    absl::Status status;
    if (random() % 64 == 0) {
      status = stream.ReshardUniformly(static_cast<int64_t>(1 + random() % kMostOpenShards));
      open = OpenShardsOf(stream);
    } else if (open.size() < 2 || (open.size() < kMostOpenShards && random() % 2 == 0)) {
      const auto children = stream.SplitShard(open[place]);
      status = children.status();
      if (children.ok()) {
        open[place] = (*children)[0];
        open.insert(open.begin() + static_cast<ptrdiff_t>(place) + 1, (*children)[1]);
      }
    } else {
      const size_t lower = std::min(place, open.size() - 2);
      const auto child = stream.MergeShards(open[lower], open[lower + 1]);
      status = child.status();
      if (child.ok()) {
        open[lower] = *child;
        open.erase(open.begin() + static_cast<ptrdiff_t>(lower) + 1);
      }
    }
    if (absl::IsNotFound(status)) break;
    // A range that was halved 128 times is one key.
    EXPECT_TRUE(status.ok() || absl::IsOutOfRange(status)) << status;
    ++reshards;
    if (random() % 4 == 0) std::this_thread::yield();
  }
}

// Lists again and again, and finds every key in one shard of each listing.
void List(const Stream& stream, const std::atomic<bool>& stop) {
  while (!stop.load() && !::testing::Test::HasFailure()) {
    const std::vector<Shard> last = LastOf(stream.ListShards());
    ASSERT_FALSE(last.empty());
    ASSERT_EQ(last.front().hash_key_range().start(), HashKey::Min());
    ASSERT_EQ(last.back().hash_key_range().end(), HashKey::Max());
    for (size_t i = 1; i < last.size(); ++i) {
      ASSERT_TRUE(last[i - 1].hash_key_range().IsFollowedBy(last[i].hash_key_range()));
    }
    // Listings grow, and the others are what this test is about.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// Reads the whole stream, parents before children, each shard in a thread of control of its own: it
// sleeps in Wait at the tip of one shard, and looks at the others when that wakes or a millisecond
// is over.
class LineageReader {
 public:
  explicit LineageReader(const Stream& stream) : stream_(stream) {
    for (const Shard& shard : stream_.ListShards()) Start(shard);
  }

  // Until `records` records have come, or the stream is deleted.
  void Run(const std::atomic<uint64_t>& records) {
    while (read_ < records.load() && !deleted_ && !::testing::Test::HasFailure()) {
      // It was deleted before this reader began.
      if (places_.empty()) return;
      bool idle = true;
      std::vector<ShardId> ids;
      for (const auto& [id, iterator] : places_) ids.push_back(id);
      for (const ShardId id : ids) idle = !ReadAt(id) && idle;
      if (!idle || deleted_) continue;
      const absl::Status waited = places_.begin()->second.Wait(absl::Now() + absl::Milliseconds(1));
      deleted_ = absl::IsNotFound(waited);
      EXPECT_TRUE(waited.ok() || deleted_ || absl::IsDeadlineExceeded(waited)) << waited;
    }
  }

  uint64_t read() const { return read_; }

 private:
  void Start(const Shard& shard) {
    const auto iterator = shard.CreateIterator(IteratorStart::TrimHorizon());
    if (iterator.ok()) {
      places_.emplace(shard.id(), *iterator);
    } else {
      deleted_ = true;
    }
  }

  bool ReadAt(ShardId id) {
    const ReadResult batch = places_.at(id).Read({.max_records = 100});
    if (!batch.ok()) {
      EXPECT_TRUE(absl::IsNotFound(batch.status())) << batch.status();
      deleted_ = true;
      return false;
    }
    if (batch->records_lost() > 0) {
      // The deletion came between the look at the stream and the look at the log.
      EXPECT_TRUE(absl::IsNotFound(places_.at(id).Read().status()));
      deleted_ = true;
      return false;
    }
    for (const RecordView& record : *batch) Check(record);
    if (!batch->end_of_shard()) return !batch->empty();
    places_.erase(id);
    finished_.insert(id);
    for (const ShardId child : batch->child_shards()) {
      const absl::StatusOr<Shard> shard = stream_.FindShard(child);
      if (!shard.ok()) {
        deleted_ = true;
        continue;
      }
      const std::vector<ShardId> parents = shard->parents();
      if (std::all_of(parents.begin(), parents.end(),
                      [this](ShardId parent) { return finished_.count(parent) > 0; })) {
        Start(*shard);
      }
    }
    // A shard that closed with its stream has no children.
    if (batch->child_shards().empty()) deleted_ = true;
    return true;
  }

  void Check(const RecordView& record) {
    Content content;
    ASSERT_EQ(record.data.size(), sizeof content);
    std::memcpy(&content, record.data.data(), sizeof content);
    ASSERT_EQ(record.partition_key, KeyOf(content));
    uint64_t& next = next_[{content.producer, content.key}];
    ASSERT_EQ(content.counter, next) << "key " << content.key << " of producer " << content.producer
                                     << ", at " << record.sequence_number;
    ++next;
    ++read_;
  }

  Stream stream_;
  std::map<ShardId, Iterator> places_;
  std::set<ShardId> finished_;
  std::map<std::pair<uint32_t, uint32_t>, uint64_t> next_;
  uint64_t read_ = 0;
  bool deleted_ = false;
};

TEST(ReshardStressTest, EveryReaderSeesEveryRecordOnceAndEachKeyInOrder) {
  constexpr uint64_t kRecordsEach = 40'000;
  constexpr uint64_t kReshards = 1000;
  const uint64_t seed = SeedOr(1);
  SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
  auto engine = Engine::Create({.memory_budget_bytes = uint64_t{1} << 30}).value();
  Stream stream = engine->CreateStream("s", {.shard_count = 2}).value();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> reshards{0};
  std::atomic<uint64_t> put{0};
  std::atomic<uint64_t> records{UINT64_MAX};  // not known yet
  std::vector<std::unique_ptr<LineageReader>> readers;
  std::vector<std::thread> reading;
  for (uint32_t r = 0; r < kReaders; ++r) {
    readers.push_back(std::make_unique<LineageReader>(stream));
    reading.emplace_back([&reader = *readers.back(), &records] { reader.Run(records); });
  }
  std::thread resharder([&] { Reshard(stream, stop, reshards, seed); });
  std::thread lister([&] { List(stream, stop); });
  std::vector<std::thread> producers;
  for (uint32_t p = 0; p < kProducers; ++p) {
    producers.emplace_back([&, p] {
      const auto done = [&](uint64_t count) {
        return count >= kRecordsEach &&
               (reshards.load() >= kReshards || count >= 20 * kRecordsEach);
      };
      put += Produce(stream, p, done, seed + p + 1);
    });
  }
  const WaitingFor waiting("producers, then the resharding thread, then readers of all records");
  for (std::thread& producer : producers) producer.join();
  stop.store(true);
  resharder.join();
  lister.join();
  records.store(put.load());
  for (std::thread& reader : reading) reader.join();
  EXPECT_GT(reshards.load(), 100U);
  for (const auto& reader : readers) EXPECT_EQ(reader->read(), put.load());
}

TEST(ReshardStressTest, ADeletionEndsEverythingThatGoesOnInAStream) {
  constexpr int kRounds = 60;
  const uint64_t seed = SeedOr(1);
  SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  auto engine = Engine::Create().value();
  for (int round = 0; round < kRounds && !HasFailure(); ++round) {
    Stream stream = engine->CreateStream("s", {.shard_count = 2}).value();
    const std::atomic<bool> never{false};
    const std::atomic<uint64_t> endless{UINT64_MAX};
    std::atomic<uint64_t> reshards{0};
    LineageReader reader(stream);
    std::vector<std::thread> threads;
    const uint64_t base = seed + static_cast<uint64_t>(round);
    for (uint32_t p = 0; p < kProducers; ++p) {
      threads.emplace_back([&stream, p, base] {
        Produce(
            stream, p, [](uint64_t) { return false; }, base + p);
      });
    }
    threads.emplace_back([&] { Reshard(stream, never, reshards, base); });
    threads.emplace_back([&reader, &endless] { reader.Run(endless); });
    // One that sleeps where nothing comes, until the deletion.
    threads.emplace_back([&stream] {
      for (const Shard& shard : stream.ListShards()) {
        auto iterator = shard.CreateIterator(IteratorStart::Latest());
        if (!iterator.ok()) return;
        while (iterator->Wait(absl::InfiniteFuture()).ok()) {
          const ReadResult batch = iterator->Read();
          if (!batch.ok() || batch->end_of_shard()) break;
        }
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    ASSERT_TRUE(engine->DeleteStream("s").ok());
    const WaitingFor waiting("the deletion to end producers, readers and the resharding thread");
    for (std::thread& thread : threads) thread.join();
    const EngineMetrics metrics = engine->Metrics();
    EXPECT_EQ(metrics.memory_held_bytes, metrics.memory_cached_bytes);
  }
}

// Producers that outrun the budget, and sleep until room is made by a reader, a split or a
// deletion.
TEST(ReshardStressTest, AReaderThatWasToldOfTheEndFindsTheShardClosed) {
  constexpr int kSplits = 1000;
  auto engine = Engine::Create({}).value();
  Stream stream = engine->CreateStream("s", {.shard_count = 1}).value();
  ShardId id;
  for (int i = 0; i < kSplits; ++i) {
    const Shard shard = stream.FindShard(id).value();
    const WaitingFor waiting("a reader to begin, and then to be told of the end of its shard");
    std::atomic<bool> reading{false};
    bool open = true;
    bool ending = false;
    std::thread reader([&shard, &reading, &open, &ending] {
      Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      while (!iterator.Read().value().end_of_shard()) reading.store(true);
      open = shard.is_open();
      ending = shard.ending_sequence_number().has_value();
    });
    while (!reading.load()) std::this_thread::yield();
    const std::vector<ShardId> halves = stream.SplitShard(id).value();
    reader.join();
    ASSERT_FALSE(open) << "split " << i;
    ASSERT_TRUE(ending) << "split " << i;
    id = stream.MergeShards(halves[0], halves[1]).value();
  }
}

TEST(ReshardStressTest, ProducersThatSleepForRoomGoOnAcrossReshards) {
  constexpr uint64_t kRecordsEach = 10'000;
  const uint64_t seed = SeedOr(1);
  SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
  auto engine = Engine::Create({.memory_budget_bytes = uint64_t{512} << 10}).value();
  Stream stream =
      engine->CreateStream("s", {.shard_count = 2, .shard_capacity_bytes = 32 << 10}).value();
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> read{0};
  std::vector<std::thread> producers;
  for (uint32_t p = 0; p < kProducers; ++p) {
    producers.emplace_back([&stream, p] {
      const std::string data(100, 'd');
      for (uint64_t i = 0; i < kRecordsEach; ++i) {
        const std::string key = std::to_string(p * kRecordsEach + i);
        ASSERT_TRUE(
            stream.Put({.partition_key = key, .data = data}, absl::Now() + absl::Minutes(2)).ok());
      }
    });
  }
  std::thread resharder([&stream, &stop, seed] {
    std::mt19937_64 random(seed);
    while (!stop.load()) {
      stream.ReshardUniformly(static_cast<int64_t>(1 + random() % 6)).IgnoreError();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  // Reads and trims every shard that there is, in order of id: not a copy of the data, but room.
  const WaitingFor waiting("producers that sleep until a reader trims, and a resharding thread");
  std::map<ShardId, Iterator> places;
  while (read.load() < kProducers * kRecordsEach) {
    for (const Shard& shard : stream.ListShards()) {
      auto place = places.find(shard.id());
      if (place == places.end()) {
        place =
            places.emplace(shard.id(), shard.CreateIterator(IteratorStart::TrimHorizon()).value())
                .first;
      }
      std::optional<SequenceNumber> last;
      bool end = false;
      {
        const RecordBatch batch = place->second.Read().value();
        ASSERT_EQ(batch.records_lost(), 0U);
        read += batch.size();
        if (!batch.empty()) last = batch[batch.size() - 1].sequence_number;
        end = batch.end_of_shard();
      }
      if (end) last = shard.ending_sequence_number();
      if (last) {
        ASSERT_TRUE(shard.TrimBefore(*last).ok());
      }
    }
  }
  for (std::thread& producer : producers) producer.join();
  stop.store(true);
  resharder.join();
  EXPECT_EQ(read.load(), kProducers * kRecordsEach);
}

// A reader that a producer overtakes, also in the middle of a read: what it lost stands in front of
// a batch, never within.
TEST(ReshardStressTest, TheRecordsOfABatchAreAdjacentHoweverOftenTheirReaderIsOvertaken) {
  constexpr uint64_t kRecords = 300'000;
  auto engine = Engine::Create().value();
  Stream stream = engine
                      ->CreateStream("s", {.shard_capacity_bytes = 64 << 10,
                                           .overflow_policy = OverflowPolicy::kTrimOldest})
                      .value();
  Iterator iterator = stream.ListShards()[0].CreateIterator(IteratorStart::TrimHorizon()).value();
  const WaitingFor waiting("a reader that is told of each record, or of its loss");
  std::thread producer([&stream] {
    for (uint64_t i = 0; i < kRecords; ++i) {
      ASSERT_TRUE(stream.Put({.data = std::to_string(i)}).ok());
    }
  });
  uint64_t next = 0;
  while (next < kRecords) {
    const RecordBatch batch = iterator.Read().value();
    next += batch.records_lost();
    for (const RecordView& record : batch) {
      if (record.data != std::to_string(next)) ADD_FAILURE() << record.data << " is not " << next;
      ++next;
    }
    if (::testing::Test::HasFailure()) break;
  }
  producer.join();
}

}  // namespace
}  // namespace kinesis
