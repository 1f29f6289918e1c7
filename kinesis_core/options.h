// The options of an engine and of a stream, with every default and limit.
//
// Values, thread-compatible. Checked by Engine::Create and Engine::CreateStream, which name the
// field and its range; nothing is rounded or clamped silently.
#ifndef KINESIS_CORE_OPTIONS_H_
#define KINESIS_CORE_OPTIONS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace kinesis {

class Clock;
class FileSystem;
class Observer;
class Partitioner;

// The largest data of one record: 10 MiB, what Kinesis takes at most (10,240 KiB since 2025-10).
inline constexpr uint64_t kMaxDataBytes = uint64_t{10} << 20;
// The longest partition key. Kinesis takes 256 characters, at most 1,024 bytes; the engine does not
// care.
inline constexpr uint64_t kMaxPartitionKeyBytes = 65'535;

// The largest shard_capacity_bytes, 1 TiB: as good as none, as a memory budget is no larger.
inline constexpr uint64_t kMaxShardCapacityBytes = uint64_t{1} << 40;

// How a put behaves when its shard is at its capacity or the engine at its memory budget, and
// nothing has expired.
enum class OverflowPolicy {
  // The put fails with kResourceExhausted; what was accepted before stays. For tests, and wherever
  // a lost record is worse than a refused one.
  kReject,
  // The shard's oldest records go, and its trim horizon moves up. A reader that was overtaken is
  // told how many records it lost (RecordBatch::records_lost). For telemetry and "latest wins"
  // buses.
  kTrimOldest,
};

// Who decides which open shard a record goes to. Kinesis's names and meaning (2026-09).
enum class RecordDistributionStrategy {
  // The engine, one shard after the other: of n records each of k shards gets n / k, or one more.
  // Partition keys and explicit hash keys are ignored, so records of one key are in no order. For
  // work without state, and for keys that are few, or missing. A shard's turn comes once in each
  // round, and rounds begin at different shards, so that a pattern in what is put (every second
  // record a large one) does not fall on the same shards. Records are counted, not their bytes. All
  // producers of a stream share one counter: about what the log's own tail costs them.
  kAuto,
  // The hash of the record's partition key, or its explicit hash key.
  kUserPartitionKey,
};

// The end that a stream's records survive.
enum class Durability {
  // Nothing: they are memory, and go with the engine.
  kMemory,
  // The end of the process, however it comes (kill -9, a crash), and the engine's own. NOT a loss
  // of power, or a crash of the operating system: nothing waits for the disk. A put that has
  // returned is in the system's page cache, as after write(). So are the stream itself, its shards,
  // settings and trim horizons, and what its consumer groups have committed. Needs
  // EngineOptions::directory.
  kProcess,
  // That, and a loss of power or a crash of the operating system: but for the last puts, at most
  // those of EngineOptions::sync_interval before the last put. There is no thread that would sync
  // later: the put that finds the interval over brings all that came before it to the disk, and
  // itself, and takes so long as that. Stream::Sync does so at any time.
  kInterval,
  // That, and nothing that was acknowledged is lost: a put returns when its record is on the disk.
  // Puts of many threads share a sync, whatever their streams. Other readers may see a record
  // before its put returns, which a loss of power then still takes back.
  //
  // When the machine was started again since an engine ended, Engine::Create holds the records of
  // kInterval and kGroup streams against their copies, and repairs what the disk has changed
  // (RecoveryReport::repaired). That reads them once.
  //
  // After a write or sync that failed, nobody can know what is on the disk: streams of kInterval
  // and kGroup take no more puts then, until the engine is created again, and say why.
  kGroup,
};

struct EngineOptions {
  // Bytes of record memory of all streams together, [64 KiB, 1 TiB]. Taken from the system as
  // records come, and given back. Bookkeeping (about 1 KiB for an open shard) comes on top, and
  // from 8 MiB on as much as 10 MiB for the unused rest of huge pages. A put that could never fit,
  // as in StreamOptions::shard_capacity_bytes, is refused with kOutOfRange.
  uint64_t memory_budget_bytes = uint64_t{256} << 20;

  // Freed record memory that is kept for the next put instead of being given back.
  uint64_t memory_cache_bytes = uint64_t{16} << 20;

  // Must outlive the engine and every handle from it. Null: SystemClock().
  Clock* clock = nullptr;

  // Told of reshards, trims, shortages, hand-overs, and of streams that come and go: observer.h.
  // Null: nobody is.
  std::shared_ptr<Observer> observer = nullptr;

  // Where streams of Durability::kProcess and above are kept: a directory of this engine alone,
  // which is made unless it is there (its parent has to be). Empty: there is none, and nothing is
  // on disk. What an earlier engine left there is there again when this one is created. One engine
  // at a time has a directory: until the last one, its handles and its batches are gone, in
  // whatever process, Create returns kUnavailable.
  //
  // An engine that ends waits until all of it is on the disk, which takes as long as the disk takes
  // for what was written last. After that nothing is lost with the power, whatever the durability.
  std::string directory = {};

  // Bytes of record blocks on the disk, of all streams in the directory, [64 KiB, 1 TiB]. They may
  // be many times the memory of the machine: what is read is brought in by the system. Does not
  // count against memory_budget_bytes. Streams of Durability::kInterval and kGroup take up to twice
  // as much again for the copies that they are recovered from, and a quarter of this.
  uint64_t disk_budget_bytes = uint64_t{4} << 30;

  // How long a put to a stream of Durability::kInterval may go without being on the disk, by the
  // clock and as long as puts come, [1 ms, 1 h] in whole milliseconds. 1 s is what Redis has.
  absl::Duration sync_interval = absl::Seconds(1);

  // The disk. Must outlive the engine and everything from it. Null: FileSystem::Posix().
  FileSystem* file_system = nullptr;

  // The partitioners that streams in the directory were made with, other than Md5Partitioner() and
  // Xxh3Partitioner(): a stream knows its own by name.
  std::vector<std::shared_ptr<const Partitioner>> partitioners = {};
};

struct StreamOptions {
  // Open shards to begin with, [1, 100,000], dividing the hash keys evenly.
  int64_t shard_count = 1;

  // How long a record can be read after its arrival, [1 ms, 10 years] in whole milliseconds. The
  // default is Kinesis's, 24 hours.
  absl::Duration retention = absl::Hours(24);

  // Record memory that one shard may hold, [32 KiB, 1 TiB]. A record needs a piece of up to four
  // times its size in one block; a put that could never fit is refused with kOutOfRange.
  uint64_t shard_capacity_bytes = uint64_t{64} << 20;

  OverflowPolicy overflow_policy = OverflowPolicy::kReject;

  // If true, a record is kept until every consumer group of the stream has committed it, whatever
  // the retention period is, and is trimmed then at once. As long as the stream has groups: puts
  // wait for the slowest (Put with a deadline) or are refused, and nothing that a group has not
  // read is lost. A group that nobody serves holds everything from where it stands; one that comes
  // later begins with what is kept then. Without groups the retention period decides.
  //
  // Without this, what all groups have committed is trimmed when there is no room for a put, and
  // kept until then for whoever reads with iterators.
  //
  // kInvalidArgument with OverflowPolicy::kTrimOldest.
  bool keep_until_committed = false;

  // Maps partition keys to hash keys. Null: Md5Partitioner(), which is what Kinesis does.
  std::shared_ptr<const Partitioner> partitioner = nullptr;

  // Can be changed while the stream lives: Stream::SetRecordDistributionStrategy.
  RecordDistributionStrategy record_distribution_strategy =
      RecordDistributionStrategy::kUserPartitionKey;

  Durability durability = Durability::kMemory;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_OPTIONS_H_
