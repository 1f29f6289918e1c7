// Measures what consumer groups and waiting at many shards cost beside a bare iterator.
//
//   bazel run --config=opt //bench:groups
//
//     group     [ shard ] --Next, Commit of 100--> member      beside Read of 100, time per record
//     groups    [ 16 shards ] --> 4 groups of 4 members         beside 16 iterators, 4 times
//     keep      caller --Put--> [ shard ] --> group             keep_until_committed beside without
//     wake      put --> thread asleep in a WaitSet of 1,000     beside one asleep at one shard
//     move      [ 8 shards ] --> member; another joins, leaves  how long shards pause
//
// Both sides of a row take turns; a row shows the median of each, and of their ratio in one turn.
// Records have 100 bytes and 16-byte keys. One thread, but for `wake` and `move`, which have two.
// `move` prints how long it takes from the end of one delivery of a shard to the beginning of the
// next one, while there always are records: when it changed hands in between (moved), when another
// shard did (unmoved), and otherwise (normal). A long gap is likelier to have a moment in it than a
// short one, so `unmoved` is to be held against those in which a moment was at which nothing
// happened (still). Each thread has its own processor and does not sleep: a thread that wakes would
// take the processor from the one that works, which is a pause, but none that the group makes. If
// others do so, the next moment waits.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bench/bench_environment.h"
#include "bench/fatal.h"
#include "bench/pinning.h"
#include "bench/turns.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/wait_set.h"

ABSL_FLAG(std::string, rows, "group groups keep wake move", "Which rows to print");

namespace kinesis::bench {
namespace {

constexpr uint64_t kRecords = 100'000;
constexpr uint64_t kBatch = 100;
constexpr absl::Time kNow = absl::InfinitePast();
constexpr auto kRelaxed = std::memory_order_relaxed;  // counts, which order nothing

struct World {
  explicit World(int64_t shards, bool keep = false)
      : engine(Engine::Create({.memory_budget_bytes = uint64_t{512} << 20}).value()),
        stream(engine
                   ->CreateStream("s", {.shard_count = shards,
                                        .keep_until_committed = keep,
                                        .partitioner = Xxh3Partitioner()})
                   .value()) {}

  void Fill() {
    const std::string data(100, 'd');
    for (uint64_t i = 0; i < kRecords; ++i) {
      const std::string key = std::to_string(1'000'000'000'000'000 + i);
      Require(stream.Put({.partition_key = key, .data = data}).ok(), "a put");
    }
  }

  std::unique_ptr<Engine> engine;
  Stream stream;
};

uint64_t Touch(const RecordBatch& batch) {
  uint64_t sum = 0;
  for (const RecordView& record : batch) sum += static_cast<uint64_t>(record.data[0]);
  return sum;
}

// Seconds for a record.
double ReadAll(World& world, int times) {
  double seconds = 0;
  uint64_t records = 0;
  for (int i = 0; i < times; ++i) {
    std::vector<Iterator> iterators;
    for (const Shard& shard : world.stream.ListShards()) {
      iterators.push_back(shard.CreateIterator(IteratorStart::TrimHorizon()).value());
    }
    const auto start = Clock::now();
    for (bool any = true; any;) {
      any = false;
      for (Iterator& iterator : iterators) {
        const RecordBatch batch = iterator.Read({.max_records = kBatch}).value();
        Require(batch.empty() || Touch(batch) > 0, "data");
        records += batch.size();
        any |= !batch.empty();
      }
    }
    seconds += SecondsSince(start);
  }
  Require(records == static_cast<uint64_t>(times) * kRecords, "all records");
  return seconds / static_cast<double>(records);
}

double ReadByGroups(World& world, int groups, int members) {
  double seconds = 0;
  uint64_t records = 0;
  for (int g = 0; g < groups; ++g) {
    const auto group =
        ConsumerGroup::Create(world.stream, "g", {.limits = {.max_records = kBatch}}).value();
    std::vector<GroupMember> all;
    for (int m = 0; m < members; ++m) all.push_back(group.Join().value());
    const auto start = Clock::now();
    for (GroupMember& member : all) {
      for (;;) {
        absl::StatusOr<Delivery> delivery = member.Next(kNow);
        if (!delivery.ok()) break;
        Require(Touch(delivery->records()) > 0, "data");
        records += delivery->records().size();
        Require(delivery->Commit().ok(), "a commit");
      }
    }
    seconds += SecondsSince(start);
    all.clear();
    Require(ConsumerGroup::Remove(world.stream, "g").ok(), "a removal");
  }
  Require(records == static_cast<uint64_t>(groups) * kRecords, "all records");
  return seconds / static_cast<double>(records);
}

// Puts only; the group drains in between.
double PutWithGroup(World& world, GroupMember& member) {
  const std::string data(100, 'd');
  const std::string key(16, 'k');
  double seconds = 0;
  for (uint64_t i = 0; i < kRecords; i += 1'000) {
    const auto start = Clock::now();
    for (int k = 0; k < 1'000; ++k) {
      Require(world.stream.Put({.partition_key = key, .data = data}).ok(), "a put");
    }
    seconds += SecondsSince(start);
    for (;;) {
      absl::StatusOr<Delivery> delivery = member.Next(kNow);
      if (!delivery.ok()) break;
      Require(delivery->Commit().ok(), "a commit");
    }
  }
  return seconds / static_cast<double>(kRecords);
}

// From before a put to after the reader that slept has read it; the sleep is long enough for its
// short look before it to be over.
double WakeUp(World& world, bool set) {
  constexpr int kPuts = 50;
  std::deque<Iterator> iterators;
  WaitSet waits;
  for (const Shard& shard : world.stream.ListShards()) {
    iterators.push_back(shard.CreateIterator(IteratorStart::Latest()).value());
    Require(waits.Add(&iterators.back()).ok(), "added");
  }
  std::vector<Clock::time_point> read(kPuts);
  std::thread reader([&] {
    for (int i = 0; i < kPuts; ++i) {
      Iterator* it = &iterators.front();
      if (set) {
        it = waits.Wait(absl::InfiniteFuture())->iterator;
      } else {
        Require(it->Wait(absl::InfiniteFuture()).ok(), "a wait");
      }
      Require(it->Read()->size() == 1, "the record");
      read[static_cast<size_t>(i)] = Clock::now();
    }
  });
  std::vector<double> seconds;
  const HashKey key = world.stream.ListShards().front().hash_key_range().start();
  for (int i = 0; i < kPuts; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto start = Clock::now();
    Require(world.stream.PutAt(key, {.data = "d"}).ok(), "a put");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    while (read[static_cast<size_t>(i)] == Clock::time_point()) std::this_thread::yield();
    seconds.push_back(std::chrono::duration<double>(read[static_cast<size_t>(i)] - start).count());
  }
  reader.join();
  return Median(seconds);
}

// A delivery, from behind its Next to behind its Commit.
struct Turn {
  ShardId shard;
  uint64_t member = 0;
  Clock::time_point begin;
  Clock::time_point end;
};

bool TakeTurn(GroupMember& member, std::vector<Turn>* turns) {
  absl::StatusOr<Delivery> delivery = member.Next(absl::Now() + absl::Milliseconds(5));
  if (!delivery.ok()) return false;
  Turn turn{delivery->shard_id(), member.id(), Clock::now(), {}};
  Require(Touch(delivery->records()) > 0, "data");
  Require(delivery->Commit().ok(), "a commit");
  turn.end = Clock::now();
  turns->push_back(turn);
  return true;
}

double Quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<size_t>(at)];
}

void PrintPause(const char* name, std::vector<double>& seconds) {
  std::printf("move     %-8s %8zu gaps, p50 %8.1f us, p99 %8.1f us\n", name, seconds.size(),
              1e6 * Quantile(seconds, 0.5), 1e6 * Quantile(seconds, 0.99));
}

bool HasAny(const std::vector<Clock::time_point>& moments, Clock::time_point from,
            Clock::time_point to) {
  const auto first = std::lower_bound(moments.begin(), moments.end(), from);
  return first != moments.end() && *first < to;
}

// One member works all the time; another comes and goes.
void Move() {
  constexpr int kVisits = 20;
  constexpr uint64_t kTurns = 100;  // of the one that stays, from moment to moment
  SitDown(Seat::kConsumer);
  std::vector<double> moved;
  std::vector<double> unmoved;
  std::vector<double> still;
  std::vector<double> normal;
  for (int round = 0; round < absl::GetFlag(FLAGS_turns); ++round) {
    World world(8);
    world.Fill();
    const auto group = ConsumerGroup::Create(world.stream, "g", {.limits = {.max_records = 10}});
    std::vector<Turn> turns[2];
    std::vector<Clock::time_point> moves;
    std::vector<Clock::time_point> others;  // at which nothing happens
    {
      GroupMember stays = group->Join().value();
      std::atomic<uint64_t> worked = 0;  // turns
      std::atomic<bool> is_over = false;
      std::thread works([&] {
        SitDown(Seat::kProducer);
        while (TakeTurn(stays, &turns[0])) worked.store(turns[0].size(), kRelaxed);
        is_over.store(true, kRelaxed);
      });
      const auto while_it_works = [&](const auto& spend) {
        const uint64_t begin = worked.load(kRelaxed);
        do {
          spend();
        } while (!is_over.load(kRelaxed) && worked.load(kRelaxed) - begin < kTurns);
      };
      for (int visit = 0; visit < kVisits; ++visit) {
        while_it_works([] {});
        others.push_back(Clock::now());
        while_it_works([] {});
        moves.push_back(Clock::now());
        GroupMember visits = group->Join().value();
        while_it_works([&] { TakeTurn(visits, &turns[1]); });
        moves.push_back(Clock::now());
      }
      works.join();
    }
    std::map<ShardId, std::vector<Turn>> by_shard;
    for (const std::vector<Turn>& each : turns) {
      for (const Turn& turn : each) by_shard[turn.shard].push_back(turn);
    }
    for (auto& [shard, list] : by_shard) {
      std::sort(list.begin(), list.end(),
                [](const Turn& a, const Turn& b) { return a.begin < b.begin; });
      for (size_t i = 1; i < list.size(); ++i) {
        const Clock::time_point from = list[i - 1].end;
        const Clock::time_point to = list[i].begin;
        std::vector<double>& kind = list[i].member != list[i - 1].member ? moved
                                    : HasAny(moves, from, to)            ? unmoved
                                    : HasAny(others, from, to)           ? still
                                                                         : normal;
        kind.push_back(std::chrono::duration<double>(to - from).count());
      }
    }
  }
  PrintPause("moved", moved);
  PrintPause("unmoved", unmoved);
  PrintPause("still", still);
  PrintPause("normal", normal);
}

bool IsWanted(const char* row) {
  return (" " + absl::GetFlag(FLAGS_rows) + " ").find(" " + std::string(row) + " ") !=
         std::string::npos;
}

void WantedRow(const char* name, const std::function<double()>& bare,
               const std::function<double()>& other) {
  if (IsWanted(name)) Row(name, bare, other);
}

void RunAll() {
  PrintEnvironment();
  PrintRowHeader();
  World one(1);
  one.Fill();
  WantedRow(
      "group", [&] { return ReadAll(one, 1); }, [&] { return ReadByGroups(one, 1, 1); });
  World sixteen(16);
  sixteen.Fill();
  WantedRow(
      "groups", [&] { return ReadAll(sixteen, 4); }, [&] { return ReadByGroups(sixteen, 4, 4); });
  World plain(1);
  World keep(1, true);
  GroupMember of_plain = ConsumerGroup::Create(plain.stream, "g").value().Join().value();
  GroupMember of_keep = ConsumerGroup::Create(keep.stream, "g").value().Join().value();
  WantedRow(
      "keep", [&] { return PutWithGroup(plain, of_plain); },
      [&] { return PutWithGroup(keep, of_keep); });
  World narrow(1);
  World wide(1'000);
  WantedRow(
      "wake", [&] { return WakeUp(narrow, false); }, [&] { return WakeUp(wide, true); });
  if (IsWanted("move")) Move();
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  kinesis::bench::RunAll();
}
