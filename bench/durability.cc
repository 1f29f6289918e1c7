// Measures what streams of Durability::kProcess cost, beside those in memory and beside others that
// leave their records in the page cache of the system.
//
//   bazel run --config=opt //bench:durability -- --bench_directory=/var/tmp
//
// Two sides take turns; a row shows the median of each, per record, and of their ratio in one turn.
//
//     put, batch    a stream in memory beside a kProcess one, one by one and 100 in a call; both
//                   full, so that each new block is one that was trimmed
//     put-grow      one by one into an empty stream that keeps all of it: new blocks from the
//                   system, and space from the file system
//     commit        Next and Commit of a consumer group that gets one record each time
//     file          a kProcess put beside a record written by one write() at the end of a file, the
//                   least that a log costs which the page cache keeps; file-batch 100 in one write
//     lmdb, sqlite  the same beside a transaction for each record, or for 100: LMDB with a writable
//                   map and MDB_NOSYNC, SQLite with WAL and synchronous=OFF, so that none waits for
//                   the disk
//
// Then how long Engine::Create takes for a directory of --records records.
#include <fcntl.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/time/time.h"
#include "bench/bench_environment.h"
#include "bench/contenders/embedded_database.h"
#include "bench/fatal.h"
#include "bench/folder.h"
#include "bench/payload.h"
#include "bench/turns.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/partitioner.h"

ABSL_FLAG(uint64_t, records, 10'000'000, "records of the directory that is recovered");

namespace kinesis::bench {
namespace {

constexpr size_t kDataBytes = 100;
constexpr size_t kBatch = 100;
constexpr std::string_view kKey = "0123456789abcdef";

// An engine with a stream, in a folder of its own unless that has no name.
struct World {
  World(const std::string& directory, uint64_t capacity)
      : engine(Engine::Create({.memory_budget_bytes = uint64_t{3} << 30,
                               .directory = directory,
                               .disk_budget_bytes = uint64_t{8} << 30})
                   .value()),
        stream(engine
                   ->CreateStream("s", {.shard_capacity_bytes = capacity,
                                        .overflow_policy = OverflowPolicy::kTrimOldest,
                                        .partitioner = Xxh3Partitioner(),
                                        .durability = directory.empty() ? Durability::kMemory
                                                                        : Durability::kProcess})
                   .value()),
        batch(kBatch, Record{.partition_key = kKey, .data = data}) {}

  // Seconds for each of so many records.
  double Put(int records) {
    const auto start = Clock::now();
    for (int i = 0; i < records; ++i) {
      Require(stream.Put({.partition_key = kKey, .data = data}).ok(), "a put");
    }
    return SecondsSince(start) / records;
  }
  double PutBatches(int records) {
    const auto start = Clock::now();
    for (int i = 0; i < records; i += static_cast<int>(kBatch)) {
      Require(stream.PutBatch(batch).back().ok(), "a batch");
    }
    return SecondsSince(start) / records;
  }

  std::unique_ptr<Engine> engine;
  Stream stream;
  const std::string data = std::string(kDataBytes, 'd');
  std::vector<Record> batch;
};

constexpr uint64_t kFull = uint64_t{8} << 20;  // of a shard, a few hundred segments

// --- Beside memory

double PutToNew(const std::string& directory) {
  constexpr int kRecords = 40'000;
  World world(directory, uint64_t{1} << 30);
  const double seconds = world.Put(kRecords);
  if (directory.empty()) return seconds;
  Require(world.engine->DeleteStream("s").ok(), "the end of a stream");
  return seconds;
}

double Commit(World& world, GroupMember& member) {
  constexpr int kRecords = 500;
  world.Put(kRecords);
  const auto start = Clock::now();
  for (int i = 0; i < kRecords; ++i) {
    auto delivery = member.Next(absl::InfinitePast());
    Require(delivery.ok() && delivery->records().size() == 1, "a record");
    Require(delivery->Commit().ok(), "a commit");
  }
  return SecondsSince(start) / kRecords;
}

GroupMember Join(const World& world) {
  return ConsumerGroup::Create(world.stream, "group", {.limits = {.max_records = 1}})
      .value()
      .Join()
      .value();
}

void CompareWithMemory(const Folder& folder) {
  // Well below a millisecond in a turn, so that few turns are interrupted.
  constexpr int kRecords = 10'000;
  std::printf("\na stream in memory (bare) and one of kProcess (this)\n");
  PrintRowHeader();
  World memory("", kFull);
  World files(folder / "full", kFull);
  memory.Put(20 * kRecords);
  files.Put(20 * kRecords);
  Row(
      "put", [&] { return memory.Put(kRecords); }, [&] { return files.Put(kRecords); });
  Row(
      "batch", [&] { return memory.PutBatches(kRecords); },
      [&] { return files.PutBatches(kRecords); });
  Row(
      "put-grow", [] { return PutToNew(""); }, [&] { return PutToNew(folder / "grow"); });
  World memory_group("", kFull);
  World files_group(folder / "group", kFull);
  GroupMember in_memory = Join(memory_group);
  GroupMember in_files = Join(files_group);
  Row(
      "commit", [&] { return Commit(memory_group, in_memory); },
      [&] { return Commit(files_group, in_files); });
}

// --- Beside others

// A file to which records are written, with a length in front.
class AppendedFile {
 public:
  explicit AppendedFile(const std::string& path)
      : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    Require(file_ >= 0, "no file to append to");
  }
  ~AppendedFile() { close(file_); }
  AppendedFile(const AppendedFile&) = delete;
  AppendedFile& operator=(const AppendedFile&) = delete;

  void Append(size_t records) {
    const size_t bytes = records * kRecordBytes;
    Require(write(file_, bytes_.data(), bytes) == static_cast<ssize_t>(bytes), "a write");
  }

 private:
  static constexpr size_t kRecordBytes = kDataBytes + kKey.size() + 2 * sizeof(uint64_t);
  const std::string bytes_ = std::string(kBatch * kRecordBytes, 'd');
  const int file_;
};

template <class Work>
double PerRecord(int records, size_t at_once, Work work) {
  const auto start = Clock::now();
  for (int i = 0; i < records; i += static_cast<int>(at_once)) work();
  return SecondsSince(start) / records;
}

void CompareWithOthers(const Folder& folder) {
  constexpr int kRecords = 2'000;
  std::printf("\na stream of kProcess (bare) and others in the page cache (this)\n");
  PrintRowHeader();
  World files(folder / "beside", kFull);
  files.Put(100 * kRecords);
  const auto one = [&] { return files.Put(kRecords); };
  const auto many = [&] { return files.PutBatches(kRecords); };
  AppendedFile file(folder / "file");
  Row("file", one, [&] { return PerRecord(kRecords, 1, [&] { file.Append(1); }); });
  Row("file-batch", many,
      [&] { return PerRecord(kRecords, kBatch, [&] { file.Append(kBatch); }); });
  Messages messages(0, kDataBytes, kBatch);
  LmdbLog lmdb(folder / "lmdb");
  LmdbLog::Producer to_lmdb(lmdb, 0);
  Row("lmdb", one,
      [&] { return PerRecord(kRecords, 1, [&] { to_lmdb.Put(messages.Next(1)[0]); }); });
  Row("lmdb-batch", many, [&] {
    return PerRecord(kRecords, kBatch, [&] { to_lmdb.PutBatch(messages.Next(kBatch)); });
  });
  SqliteLog sqlite(folder / "sqlite");
  SqliteLog::Producer to_sqlite(sqlite, 0);
  Row("sqlite", one,
      [&] { return PerRecord(kRecords, 1, [&] { to_sqlite.Put(messages.Next(1)[0]); }); });
  Row("sqlite-batch", many, [&] {
    return PerRecord(kRecords, kBatch, [&] { to_sqlite.PutBatch(messages.Next(kBatch)); });
  });
}

// --- Recovery

void MeasureRecovery(const Folder& folder) {
  const uint64_t records = absl::GetFlag(FLAGS_records);
  const std::string directory = folder / "recovered";
  {
    World world(directory, uint64_t{7} << 30);
    for (uint64_t i = 0; i < records; i += kBatch) {
      Require(world.stream.PutBatch(world.batch).back().ok(), "a batch");
    }
  }
  std::vector<double> seconds;
  RecoveryReport report;
  for (int i = 0; i < 5; ++i) {
    report = {};
    const auto start = Clock::now();
    const auto engine =
        Engine::Create({.directory = directory, .disk_budget_bytes = uint64_t{8} << 30}, &report);
    seconds.push_back(SecondsSince(start));
    Require(engine.ok() && report.records >= records, "all records");
  }
  const double median = Median(seconds);
  std::printf(
      "\nrecovery of %llu records, %.2f GB of data and keys: %.3f s, %.1f M records/s, "
      "%.2f GB/s\n",
      static_cast<unsigned long long>(report.records), 1e-9 * static_cast<double>(report.bytes),
      median, 1e-6 * static_cast<double>(report.records) / median,
      1e-9 * static_cast<double>(report.bytes) / median);
}

void RunAll() {
  PrintEnvironment();
  const Folder folder;
  std::printf("file system: %s\n", folder.FileSystemName().c_str());
  CompareWithMemory(folder);
  CompareWithOthers(folder);
  MeasureRecovery(folder);
}

}  // namespace
}  // namespace kinesis::bench

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  kinesis::bench::RunAll();
}
