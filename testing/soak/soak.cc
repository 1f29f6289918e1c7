// Runs an engine the way a busy program would, for as long as asked, and checks every record of it.
//
//   bazel run --config=opt //testing/soak -- --records=100000000 --reshards=10000 --policy=reject
//
//   producers --Put, PutBatch--> stream, whose shards one thread splits and merges --> readers
//
// Every record says who made it (producer, key), its place among the records of its key (a
// counter), and carries bytes that follow from these and a hash of them, so that a reader can prove
// each one right or wrong by itself. Each reader reads everything: it goes through the lineage of
// the shards, parents before children, and checks content, order per key, and that nothing comes
// twice. What it remembers does not grow: the last counter of each key, and a few counts for each
// shard, in arrays that are there from the beginning.
//
//   --policy=reject       Nothing may be lost. Readers trim what both have read; producers wait for
//                         room.
//   --policy=trim_oldest  Capacity and a short retention take records from slow readers. For each
//                         shard and reader, records read + records reported as lost = records put.
//                         Calm stretches, in which readers keep up, and floods of several times the
//                         budget, in which they do not, take turns, so that a good part of the
//                         records is read and verified: --least_read of them, or the run fails.
//
// Reshards are spread evenly over the run: producers wait when they are behind, and they wait when
// readers are behind in the lineage, so that no shard is forgotten before it was read.
//
// Ends with a verdict and a non-zero exit code if anything is off.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/testing/soak/soak_reader.h"
#include "kinesis_core/testing/soak/soak_record.h"
#include "kinesis_core/testing/soak/soak_world.h"

ABSL_FLAG(double, seconds, 0, "stop putting after so long; 0: only --records counts");
ABSL_FLAG(uint64_t, records, 1'000'000, "stop putting after so many records; 0: only --seconds");
ABSL_FLAG(int, producers, 2, "threads that put");
ABSL_FLAG(int, readers, 2, "threads that read, each of them everything");
ABSL_FLAG(uint64_t, reshards, 1000,
          "splits and merges in all, spread over the run; with --records=0 at most so many");
ABSL_FLAG(uint64_t, seed, 1, "of the choices of shards to split and merge, and of batch sizes");
ABSL_FLAG(uint64_t, budget_mb, 64, "the engine's memory budget, in MiB");
ABSL_FLAG(uint64_t, shard_capacity_kb, 4096, "shard_capacity_bytes, in KiB");
ABSL_FLAG(int64_t, retention_ms, 0, "0: 30 s for reject, 500 ms for trim_oldest");
ABSL_FLAG(std::string, policy, "reject", "reject or trim_oldest");
ABSL_FLAG(uint64_t, rss_slack_mb, 64,
          "MiB by which RSS may exceed the budget, the engine's bookkeeping and the arrays of this "
          "program in the end: code, stacks, the allocator's slack; sanitizers take more");
ABSL_FLAG(double, least_read, 0.25,
          "the part of the records that each reader must have read and verified at least");
ABSL_FLAG(double, report_every, 5, "seconds between reports");
ABSL_FLAG(uint64_t, reader_pause_us, 0, "each reader sleeps so long after each batch of records");

namespace kinesis::soak {
namespace {

// --- Producers -----------------------------------------------------------------------------------

class Producer {
 public:
  Producer(World& world, Pacer& pacer, uint32_t number, uint64_t seed)
      : world_(world),
        pacer_(pacer),
        number_(number),
        random_(seed),
        counters_(kKeysPerProducer),
        put_to_(world.most_shards) {}

  void Run() {
    std::vector<Record> records;
    std::vector<Content> contents(kLargestBatch);
    std::vector<absl::StatusOr<PutResult>> results;
    for (uint32_t next = 0; !Done();) {
      if (!pacer_.MayPut()) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        continue;
      }
      // Half of the batches are of one record. A batch has no key twice: if one record of a key
      // were refused and the next one not, they would be out of order.
      const size_t batch = random_() % 2 == 0 ? 1 : 1 + random_() % kLargestBatch;
      records.clear();
      for (size_t i = 0; i < batch; ++i) {
        const uint32_t key = (next + static_cast<uint32_t>(i)) % kKeysPerProducer;
        contents[i] = Content(number_, key, counters_[key] + 1);
        records.push_back(
            {.partition_key = contents[i].partition_key(), .data = contents[i].data()});
      }
      if (batch == 1) {
        PutWaiting(records[0], next);
      } else {
        world_.stream->PutBatch(records, &results);
        for (size_t i = 0; i < batch; ++i) {
          const uint32_t key = (next + static_cast<uint32_t>(i)) % kKeysPerProducer;
          if (results[i].ok()) {
            Count(key, *results[i]);
          } else if (absl::IsResourceExhausted(results[i].status())) {
            PutWaiting(records[i], key);
          } else {
            Complain(world_, world_.faults.errors, "batch: " + TextOf(results[i].status()));
          }
        }
      }
      next = (next + static_cast<uint32_t>(batch)) % kKeysPerProducer;
      world_.put.fetch_add(batch, std::memory_order_relaxed);  // a count
    }
    world_.producing.fetch_sub(1);
  }

  const std::vector<uint64_t>& counters() const { return counters_; }
  const std::vector<uint32_t>& put_to() const { return put_to_; }

 private:
  bool Done() const {
    if (world_.faults.total() > 0) return true;
    if (world_.target > 0 && world_.put.load(std::memory_order_relaxed) >= world_.target) {
      return true;  // a count
    }
    return absl::Now() >= world_.put_until;
  }

  void PutWaiting(const Record& record, uint32_t key) {
    constexpr absl::Duration kPatience = absl::Seconds(60);
    absl::StatusOr<PutResult> result = world_.stream->Put(record);
    if (absl::IsResourceExhausted(result.status())) {
      world_.waits.fetch_add(1);
      result = world_.stream->Put(record, absl::Now() + kPatience);
    }
    if (result.ok()) {
      Count(key, *result);
    } else {
      Complain(world_, world_.faults.errors, "put: " + TextOf(result.status()));
    }
  }

  void Count(uint32_t key, const PutResult& result) {
    ++counters_[key];
    ++put_to_[result.shard_id.index()];
  }

  World& world_;
  Pacer& pacer_;
  const uint32_t number_;
  std::mt19937_64 random_;
  std::vector<uint64_t> counters_;  // of each key, the last one put
  std::vector<uint32_t> put_to_;    // records by shard
};

// --- Resharding ----------------------------------------------------------------------------------

// Splits and merges at random, between kFewestOpenShards and kMostOpenShards.
void Reshard(World& world, const Pacer& pacer, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<ShardId> open;  // in order of hash keys, as nobody else reshards
  for (const Shard& shard : world.stream->ListShards()) open.push_back(shard.id());
  for (uint64_t done = 0; done < world.reshard_target && world.faults.total() == 0;) {
    if (!pacer.MayReshard()) {
      const bool time_is_over = world.target == 0 && world.producing.load() == 0;
      if (time_is_over) break;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      continue;
    }
    const size_t place = random() % open.size();
    const bool split =
        open.size() <= kFewestOpenShards || (open.size() < kMostOpenShards && random() % 2 == 0);
    if (split) {
      const auto children = world.stream->SplitShard(open[place]);
      // A range that has been halved too often has no middle any more.
      if (absl::IsOutOfRange(children.status())) continue;
      if (!children.ok()) {
        return Complain(world, world.faults.errors, "split: " + TextOf(children.status()));
      }
      open[place] = (*children)[0];
      open.insert(open.begin() + static_cast<ptrdiff_t>(place) + 1, (*children)[1]);
    } else {
      const size_t lower = std::min(place, open.size() - 2);
      const auto child = world.stream->MergeShards(open[lower], open[lower + 1]);
      if (!child.ok()) {
        return Complain(world, world.faults.errors, "merge: " + TextOf(child.status()));
      }
      open[lower] = *child;
      open.erase(open.begin() + static_cast<ptrdiff_t>(lower) + 1);
    }
    world.closed_shards.fetch_add(split ? 1 : 2);
    world.open_shards.store(open.size());
    world.reshards.store(++done);
  }
}

// --- Reports -------------------------------------------------------------------------------------

uint64_t RssBytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  uint64_t pages = 0;
  if (std::fscanf(file, "%*u %" SCNu64, &pages) != 1) pages = 0;
  std::fclose(file);
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

constexpr double kMiB = 1024.0 * 1024.0;
double InMiB(uint64_t bytes) { return static_cast<double>(bytes) / kMiB; }

class Reporter {
 public:
  explicit Reporter(World& world) : world_(world), first_(RssBytes()) {}

  // Watches until `world.quiet`.
  void Run() {
    const absl::Time begin = absl::Now();
    const double every = absl::GetFlag(FLAGS_report_every);
    uint64_t put_before = 0;
    uint64_t reshards_before = 0;
    for (absl::Time next = begin + absl::Seconds(every); !world_.quiet.load();) {
      Sample();
      if (absl::Now() < next) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        continue;
      }
      const EngineMetrics metrics = world_.engine->Metrics();
      const uint64_t put = world_.put.load();
      const uint64_t reshards = world_.reshards.load();
      std::printf("%6.1f s  put %11" PRIu64 "  read %11" PRIu64 "  put/s %9.0f  reshards %7" PRIu64
                  "  reshards/s %6.0f  open %3zu  listed %5zu  held %6.1f MiB  book %5.1f MiB"
                  "  rss %6.1f MiB  waits %" PRIu64 "\n",
                  absl::ToDoubleSeconds(absl::Now() - begin), put,
                  SumOf(world_, &ReaderState::read), static_cast<double>(put - put_before) / every,
                  reshards, static_cast<double>(reshards - reshards_before) / every,
                  world_.open_shards.load(), metrics.streams[0].shards.size(),
                  InMiB(metrics.memory_held_bytes), InMiB(metrics.bookkeeping_bytes),
                  InMiB(RssBytes()), world_.waits.load());
      std::fflush(stdout);
      if (metrics.memory_held_bytes > metrics.memory_budget_bytes) {
        Complain(world_, world_.faults.accounting, "the engine holds more than its budget");
      }
      put_before = put;
      reshards_before = reshards;
      next += absl::Seconds(every);
    }
    Sample();
  }

  uint64_t first() const { return first_; }
  // Of the first half of the reshards, or of the second.
  uint64_t most(int half) const { return most_[half]; }

 private:
  void Sample() {
    uint64_t& most = most_[2 * world_.reshards.load() >= world_.reshard_target ? 1 : 0];
    most = std::max(most, RssBytes());
  }

  World& world_;
  const uint64_t first_;
  uint64_t most_[2] = {0, 0};
};

// --- The whole -----------------------------------------------------------------------------------

// Compares what was put with what each reader has.
uint64_t Verify(World& world, const std::vector<std::unique_ptr<Producer>>& producers,
                const std::vector<std::unique_ptr<Reader>>& readers, uint64_t* reported) {
  uint64_t lost = 0;
  for (size_t r = 0; r < readers.size(); ++r) {
    const Reader& reader = *readers[r];
    if (reader.places() != world.open_shards.load()) {
      Complain(world, world.faults.accounting,
               "reader " + std::to_string(r) + " ended at " + std::to_string(reader.places()) +
                   " shards of " + std::to_string(world.open_shards.load()));
    }
    for (uint64_t id = 0; id < world.most_shards; ++id) {
      uint64_t put = 0;
      for (const auto& producer : producers) put += producer->put_to()[id];
      const uint64_t reported_lost = reader.missed()[id] ? put : reader.lost_from()[id];
      lost += put - reader.read_from()[id];
      *reported += reported_lost;
      if (put != reader.read_from()[id] + reported_lost) {
        Complain(world, world.faults.accounting,
                 "shard " + std::to_string(id) + ", reader " + std::to_string(r) + ": put " +
                     std::to_string(put) + ", read " + std::to_string(reader.read_from()[id]) +
                     ", lost " + std::to_string(reported_lost));
      }
    }
    for (size_t p = 0; p < producers.size() && world.lossless; ++p) {
      for (uint32_t key = 0; key < kKeysPerProducer; ++key) {
        if (reader.last()[p * kKeysPerProducer + key] != producers[p]->counters()[key]) {
          Complain(world, world.faults.accounting, "the last records of a key are missing");
        }
      }
    }
  }
  if (world.lossless && lost > 0) Complain(world, world.faults.accounting, "records were lost");
  return lost;
}

// A run that verified little, or lost nothing where it should, proves little.
void DemandSubstance(World& world, const Pacer& pacer, uint64_t lost) {
  const auto least = static_cast<uint64_t>(absl::GetFlag(FLAGS_least_read) *
                                           static_cast<double>(world.put.load()));
  for (const auto& reader : world.readers) {
    if (reader->read.load() >= least) continue;
    Complain(world, world.faults.accounting,
             "a reader verified " + std::to_string(reader->read.load()) +
                 " records, fewer than --least_read asks for, " + std::to_string(least));
  }
  if (pacer.floods() > 0 && lost == 0) {
    Complain(world, world.faults.accounting, "a flood took no records from any reader");
  }
  if (world.target > 0 && world.reshards.load() < world.reshard_target) {
    Complain(world, world.faults.errors, "not all reshards were done");
  }
}

int Main() {
  World world;
  const std::string policy = absl::GetFlag(FLAGS_policy);
  const int producer_count = absl::GetFlag(FLAGS_producers);
  const int reader_count = absl::GetFlag(FLAGS_readers);
  const double seconds = absl::GetFlag(FLAGS_seconds);
  world.lossless = policy == "reject";
  world.target = absl::GetFlag(FLAGS_records);
  world.reshard_target = absl::GetFlag(FLAGS_reshards);
  if ((policy != "reject" && policy != "trim_oldest") || producer_count < 1 || reader_count < 1 ||
      producer_count > static_cast<int>(kMostProducers) || (seconds <= 0 && world.target == 0) ||
      world.reshard_target > kMostReshards) {
    std::fprintf(stderr, "a flag is out of range; see --help\n");
    return 2;
  }
  // A split opens two.
  world.most_shards = kFirstShards + 2 * world.reshard_target + 1;
  for (int i = 0; i < reader_count; ++i) world.readers.push_back(std::make_unique<ReaderState>());
  world.begin = absl::Now();
  world.put_until = seconds > 0 ? absl::Now() + absl::Seconds(seconds) : absl::InfiniteFuture();
  int64_t retention_ms = absl::GetFlag(FLAGS_retention_ms);
  if (retention_ms == 0) retention_ms = world.lossless ? 30'000 : 500;
  const uint64_t budget = absl::GetFlag(FLAGS_budget_mb) << 20;
  world.budget_bytes = budget;
  world.reader_pause_us = absl::GetFlag(FLAGS_reader_pause_us);
  const uint64_t seed = absl::GetFlag(FLAGS_seed);
  std::printf("policy %s  seed %" PRIu64 "  budget %.0f MiB  retention %" PRId64
              " ms  producers %d  readers %d\n",
              policy.c_str(), seed, InMiB(budget), retention_ms, producer_count, reader_count);

  world.engine = Engine::Create({.memory_budget_bytes = budget}).value();
  world.stream =
      world.engine
          ->CreateStream(
              "soak", {.shard_count = kFirstShards,
                       .retention = absl::Milliseconds(retention_ms),
                       .shard_capacity_bytes = absl::GetFlag(FLAGS_shard_capacity_kb) << 10,
                       .overflow_policy =
                           world.lossless ? OverflowPolicy::kReject : OverflowPolicy::kTrimOldest,
                       .partitioner = Xxh3Partitioner()})
          .value();
  world.open_shards.store(kFirstShards);
  Pacer pacer(world);
  const uint64_t rss_before_arrays = RssBytes();
  Progress progress(world.readers.size(), world.most_shards);
  std::vector<std::unique_ptr<Producer>> producers;
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < producer_count; ++i) {
    producers.push_back(std::make_unique<Producer>(world, pacer, static_cast<uint32_t>(i),
                                                   Mix(seed + static_cast<uint64_t>(i))));
  }
  for (size_t i = 0; i < world.readers.size(); ++i) {
    readers.push_back(std::make_unique<Reader>(world, pacer, progress, i, producer_count));
    readers.back()->Begin();
  }
  const uint64_t array_bytes = RssBytes() - rss_before_arrays;
  Reporter reporter(world);

  world.begin = absl::Now();
  world.producing.store(producer_count);
  std::vector<std::thread> putting;
  std::vector<std::thread> reading;
  for (auto& producer : producers) putting.emplace_back([&producer] { producer->Run(); });
  for (auto& reader : readers) reading.emplace_back([&reader] { reader->Run(); });
  std::thread resharding([&world, &pacer, seed] { Reshard(world, pacer, seed); });
  std::thread reporting([&reporter] { reporter.Run(); });
  for (std::thread& thread : putting) thread.join();
  resharding.join();
  world.quiet.store(true);
  for (std::thread& thread : reading) thread.join();
  reporting.join();
  const double took = absl::ToDoubleSeconds(absl::Now() - world.begin);

  uint64_t reported = 0;
  const uint64_t lost = Verify(world, producers, readers, &reported);
  DemandSubstance(world, pacer, lost);
  uint64_t missed = 0;
  for (const auto& reader : readers) {
    missed +=
        static_cast<uint64_t>(std::count(reader->missed().begin(), reader->missed().end(), true));
  }
  const uint64_t rss = RssBytes();
  const uint64_t book = world.engine->Metrics().bookkeeping_bytes;
  if (rss > budget + book + array_bytes + (absl::GetFlag(FLAGS_rss_slack_mb) << 20)) {
    Complain(world, world.faults.accounting,
             "RSS is above the budget, the bookkeeping, the arrays and --rss_slack_mb");
  }
  std::printf("put %" PRIu64 " records in %.1f s, %.0f/s; %.0f reshards/s; %" PRIu64
              " puts waited for room; %" PRIu64 " floods; %" PRIu64
              " shards expired before a reader came to them\n",
              world.put.load(), took, static_cast<double>(world.put.load()) / took,
              static_cast<double>(world.reshards.load()) / took, world.waits.load(), pacer.floods(),
              missed);
  std::printf(
      "%s: %" PRIu64 " records, %.1f %% of what was put for each reader, %" PRIu64
      " lost (reported %" PRIu64 "), %" PRIu64 " duplicated, %" PRIu64 " out of order, %" PRIu64
      " reshards, RSS %.1f/%.1f/%.1f/%.1f MiB start/first half/second half/end\n",
      world.faults.total() == 0 ? "verified" : "FAILED", SumOf(world, &ReaderState::read),
      100.0 * static_cast<double>(SumOf(world, &ReaderState::read)) /
          static_cast<double>(std::max<uint64_t>(world.put.load(), 1) * world.readers.size()),
      lost, reported, world.faults.duplicated.load(), world.faults.out_of_order.load(),
      world.reshards.load(), InMiB(reporter.first()), InMiB(reporter.most(0)),
      InMiB(reporter.most(1)), InMiB(rss));
  return world.faults.total() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace kinesis::soak

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return kinesis::soak::Main();
}
