// Measures what it costs that a record survives a loss of power, beside the synced logs of LevelDB
// and RocksDB, and what the disk takes for one sync meanwhile.
//
//   bazel run --config=opt //bench:power -- --bench_directory=/var/tmp
//
// The sides of a table take turns, and the disk is asked in each turn. A line shows medians: the
// time for a record of 128 bytes with a key of 16, records a second, and how many times as long as
// the first side it takes, in one turn.
//
//     threads-1, ...   Put to a kGroup stream beside Put and WriteOptions::sync; records of all
//                      threads together
//     paced-8          the time of a put where threads do something else between two
//     batch-1, ...     so many records with PutMany beside a WriteBatch with sync
//
// Then a put to a kInterval stream beside one to a kProcess stream, both with one thread that does
// nothing else: `unsynced` while no interval ends, and `synced` with one every 20 ms, so that all
// that is put goes to the disk as well.
//
// `-- --rows=interval` shows these alone. On a file system in memory the figures say nothing.
#include <fcntl.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <algorithm>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "bench/bench_environment.h"
#include "bench/fatal.h"
#include "bench/folder.h"
#include "bench/turns.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/partitioner.h"

ABSL_FLAG(
    std::string, rows, "",
    "only lines whose table and side contain this, such as \"batch\" or \"threads-32 kGroup\"; "
    "empty: all");

namespace kinesis::bench {
namespace {

bool IsWanted(const std::string& row) {
  return row.find(absl::GetFlag(FLAGS_rows)) != std::string::npos;
}

constexpr size_t kDataBytes = 128;
constexpr size_t kKeyBytes = 16;
constexpr uint64_t kCapacity = uint64_t{64} << 20;  // of a shard
const std::string kData(kDataBytes, 'd');

// The 16 bytes of a number, so that later ones come later in order.
std::string KeyOf(uint64_t number) {
  char key[kKeyBytes + 1];
  std::snprintf(key, sizeof key, "%016llx", static_cast<unsigned long long>(number));
  return std::string(key, kKeyBytes);
}

// --- The sides

class Group {
 public:
  explicit Group(const std::string& directory, Durability durability = Durability::kGroup,
                 absl::Duration sync_interval = absl::Seconds(1))
      : engine_(Engine::Create({.directory = directory,
                                .disk_budget_bytes = uint64_t{2} << 30,
                                .sync_interval = sync_interval})
                    .value()),
        stream_(engine_
                    ->CreateStream("s", {.shard_capacity_bytes = kCapacity,
                                         .overflow_policy = OverflowPolicy::kTrimOldest,
                                         .partitioner = Xxh3Partitioner(),
                                         .durability = durability})
                    .value()) {
    // Full, so that each new block is one that was trimmed.
    const std::vector<std::string> keys(1000, std::string(kKeyBytes, 'k'));
    for (uint64_t put = 0; put < kCapacity; put += keys.size() * kDataBytes) PutBatch(keys);
  }

  void Put(std::string_view key) {
    Require(stream_.Put({.partition_key = key, .data = kData}).ok(), "a put");
  }
  void PutBatch(const std::vector<std::string>& keys) {
    records_.clear();
    for (const std::string& key : keys) {
      records_.push_back({.partition_key = key, .data = kData});
    }
    Require(stream_.PutMany(records_).empty(), "a batch");
  }

 private:
  std::unique_ptr<Engine> engine_;
  Stream stream_;
  std::vector<Record> records_;
};

// LevelDB, or RocksDB, whose names are those that it took over.
template <class Db, class Options, class WriteOptions, class WriteBatch>
class Database {
 public:
  explicit Database(const std::string& directory) {
    Options options;
    options.create_if_missing = true;
    Db* db = nullptr;
    Require(Db::Open(options, directory, &db).ok(), "a database");
    db_.reset(db);
    synced_.sync = true;
  }

  void Put(const std::string& key) {
    Require(db_->Put(synced_, key, kData).ok(), "a put of a database");
  }
  void PutBatch(const std::vector<std::string>& keys) {
    WriteBatch batch;
    for (const std::string& key : keys) batch.Put(key, kData);
    Require(db_->Write(synced_, &batch).ok(), "a batch of a database");
  }

 private:
  std::unique_ptr<Db> db_;
  WriteOptions synced_;
};

using LevelDb = Database<leveldb::DB, leveldb::Options, leveldb::WriteOptions, leveldb::WriteBatch>;
using RocksDb = Database<rocksdb::DB, rocksdb::Options, rocksdb::WriteOptions, rocksdb::WriteBatch>;

// A file that was written before, of which 4 KiB are written and synced.
class Disk {
 public:
  explicit Disk(const std::string& path)
      : file_(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    Require(file_ >= 0, "a file for the disk");
    for (size_t i = 0; i < kPlaces; ++i) Write(i);
    Require(fdatasync(file_) == 0, "a sync");
  }
  ~Disk() { close(file_); }
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  double SecondsOfSync() {
    const auto start = Clock::now();
    Write(++next_ % kPlaces);
    Require(fdatasync(file_) == 0, "a sync");
    return SecondsSince(start);
  }

 private:
  static constexpr size_t kPlaces = 1024;
  static constexpr size_t kBytes = 4096;

  void Write(size_t place) {
    Require(pwrite(file_, bytes_.data(), kBytes, static_cast<off_t>(place * kBytes)) == kBytes,
            "a write");
  }

  const std::string bytes_ = std::string(kBytes, 'd');
  const int file_;
  size_t next_ = 0;
};

// --- Tables

std::vector<std::string> NextKeys(size_t count, uint64_t* number) {
  std::vector<std::string> keys;
  while (keys.size() < count) keys.push_back(KeyOf((*number)++));
  return keys;
}

// Seconds for each record, of so many threads that put one by one.
template <class Log>
double PutWith(size_t threads, size_t puts, uint64_t* number, Log& log) {
  std::barrier started(static_cast<ptrdiff_t>(threads) + 1);
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; ++t) {
    running.emplace_back([&log, &started, keys = NextKeys(puts, number)] {
      started.arrive_and_wait();
      for (const std::string& key : keys) log.Put(key);
    });
  }
  started.arrive_and_wait();
  const auto start = Clock::now();
  for (std::thread& thread : running) thread.join();
  return SecondsSince(start) / static_cast<double>(threads * puts);
}

// Seconds that a put takes, where so many threads put and then do something else.
template <class Log>
double PutAndPause(size_t threads, size_t puts, uint64_t* number, Log& log) {
  static constexpr auto kPause = std::chrono::microseconds(500);
  std::vector<double> seconds(threads);
  std::vector<std::thread> running;
  for (double& of_thread : seconds) {
    running.emplace_back([&log, &of_thread, keys = NextKeys(puts, number)] {
      for (const std::string& key : keys) {
        const auto start = Clock::now();
        log.Put(key);
        of_thread += SecondsSince(start);
        std::this_thread::sleep_for(kPause);
      }
    });
  }
  for (std::thread& thread : running) thread.join();
  return std::accumulate(seconds.begin(), seconds.end(), 0.0) / static_cast<double>(threads * puts);
}

template <class Log>
double PutBatches(size_t count, size_t batches, uint64_t* number, Log& log) {
  double seconds = 0;
  for (size_t i = 0; i < batches; ++i) {
    const std::vector<std::string> keys = NextKeys(count, number);
    const auto start = Clock::now();
    log.PutBatch(keys);
    seconds += SecondsSince(start);
  }
  return seconds / static_cast<double>(batches * count);
}

struct Side {
  const char* name;
  std::function<double()> run;  // returns seconds for each record
};

void PrintTable(const std::string& title, Disk& disk, std::vector<Side> sides) {
  std::erase_if(sides, [&title](const Side& side) { return !IsWanted(title + " " + side.name); });
  if (sides.empty()) return;
  std::vector<std::vector<double>> seconds(sides.size());
  std::vector<std::vector<double>> ratios(sides.size());
  std::vector<double> of_disk;
  for (int turn = 0; turn <= absl::GetFlag(FLAGS_turns); ++turn) {
    std::vector<double> now(sides.size());
    for (size_t k = 0; k < sides.size(); ++k) {
      const size_t side = (k + static_cast<size_t>(turn)) % sides.size();
      now[side] = sides[side].run();
    }
    if (turn == 0) continue;  // warms up
    for (int i = 0; i < 4; ++i) of_disk.push_back(disk.SecondsOfSync());
    for (size_t side = 0; side < sides.size(); ++side) {
      seconds[side].push_back(now[side]);
      ratios[side].push_back(now[side] / now[0]);
    }
  }
  std::printf("\n%-12s a sync of 4 KiB: %.0f us\n", title.c_str(), 1e6 * Median(of_disk));
  for (size_t side = 0; side < sides.size(); ++side) {
    const double median = Median(seconds[side]);
    std::printf("  %-10s %10.0f ns %12.0f records/s %8.2f\n", sides[side].name, 1e9 * median,
                1 / median, Median(ratios[side]));
  }
}

void CompareSynced(const Folder& folder, Disk& disk) {
  Group group(folder / "group");
  LevelDb level(folder / "leveldb");
  RocksDb rocks(folder / "rocksdb");
  uint64_t number = 0;
  const auto all = [&](auto measure) {
    return std::vector<Side>{{"kGroup", [&, measure] { return measure(group); }},
                             {"leveldb", [&, measure] { return measure(level); }},
                             {"rocksdb", [&, measure] { return measure(rocks); }}};
  };
  for (const size_t threads : {1, 4, 32}) {
    PrintTable("threads-" + std::to_string(threads), disk,
               all([&number, threads](auto& log) { return PutWith(threads, 32, &number, log); }));
  }
  PrintTable("paced-8", disk,
             all([&number](auto& log) { return PutAndPause(8, 32, &number, log); }));
  for (const size_t count : {1, 100, 1000, 8000}) {
    const size_t batches = count < 1000 ? 32 : 8;
    PrintTable("batch-" + std::to_string(count), disk, all([&number, count, batches](auto& log) {
                 return PutBatches(count, batches, &number, log);
               }));
  }
}

// Seconds for each record, of puts for so long.
double PutFor(double seconds, Group& log) {
  constexpr int kPuts = 1000;
  constexpr std::string_view kKey = "0123456789abcdef";
  const auto start = Clock::now();
  int puts = 0;
  do {
    for (int i = 0; i < kPuts; ++i) log.Put(kKey);
    puts += kPuts;
  } while (SecondsSince(start) < seconds);
  return SecondsSince(start) / puts;
}

void CompareInterval(const Folder& folder) {
  if (!IsWanted("interval")) return;
  std::printf("\na stream of kProcess (bare) and one of kInterval (this)\n");
  PrintRowHeader();
  Group process(folder / "process", Durability::kProcess);
  Group unsynced(folder / "unsynced", Durability::kInterval, absl::Hours(1));
  Row(
      "unsynced", [&] { return PutFor(0.001, process); }, [&] { return PutFor(0.001, unsynced); });
  Group synced(folder / "synced", Durability::kInterval, absl::Milliseconds(20));
  Row(
      "synced", [&] { return PutFor(0.06, process); }, [&] { return PutFor(0.06, synced); });
}

void RunAll() {
  PrintEnvironment();
  const Folder folder;
  std::printf("file system: %s\n", folder.FileSystemName().c_str());
  Disk disk(folder / "disk");
  CompareSynced(folder, disk);
  CompareInterval(folder);
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  kinesis::bench::RunAll();
}
