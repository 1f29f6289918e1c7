// CheckDirectory: what an engine's directory holds, and what of it cannot be, without changing it.
//
//   auto report = kinesis::CheckDirectory(kinesis::FileSystem::Posix(), "/var/lib/orders");
//   if (report.ok() && report->damage_count > 0) std::cerr << report->damage.front().what;
//
// It reads as Engine::Create does and says what that would find: the same records, holes and
// damage. It takes no lock and writes nothing, so that it works on a copy, on a file system that is
// mounted read-only, and beside an engine that has the directory. There everything changes while it
// is read, so damage that is seen is looked for again, and counts if it is there each time; holes
// are puts that are being made, and a group of the write-ahead log that is being written is an end
// that would be cut.
//
// Checked are the journal and the write-ahead log, byte by byte, and headers and entries, by what
// they can be. The records of streams of Durability::kInterval and kGroup are held against their
// copies in the write-ahead log, which have checksums. Those of kProcess streams have no copy, and
// carry no checksum (kinesis_core/doc/file_format.md says why), so that other bytes in their place
// are not noticed.
//
// After a loss of power nothing in the blocks can be trusted: then it says what Engine::Create
// would make of the write-ahead log.
//
// Memory: a header of 64 bytes for each 4 KiB of the blocks, and a file of the write-ahead log
// (EngineOptions::disk_budget_bytes / 16, 64 MiB at most, or one group); after a loss of power,
// besides, 8 bytes for each record in it.
#ifndef KINESIS_CORE_DIRECTORY_CHECK_H_
#define KINESIS_CORE_DIRECTORY_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/recovery_report.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// One shard that the journal names. Value, thread-compatible.
struct CheckedShard {
  std::string stream;
  ShardId shard_id;
  bool is_open = false;
  uint64_t blocks = 0;
  uint64_t block_bytes = 0;
  // As in ShardRecovery: those included that are trimmed and stand in a block that has others.
  uint64_t records = 0;
  uint64_t bytes = 0;
  uint64_t holes = 0;
  uint64_t first_index = 0;  // of the records that can be read, if there are any
  uint64_t end_index = 0;    // that the next record gets
};

// Value, thread-compatible.
struct DirectoryReport {
  static constexpr size_t kDamageMax = 1000;

  uint32_t page_bytes = 0;  // of the machine that made the directory
  uint64_t journal_records = 0;
  uint64_t journal_bytes_cut = 0;  // by recovery: the end of a record that was being written
  std::string journal_cut_reason;
  std::vector<std::string> streams;  // in the order in which they were made
  std::vector<CheckedShard> shards;  // stream by stream, in order of id
  // Blocks that belong to no shard, or that recovery has no use for: it makes them free.
  uint64_t spare_blocks = 0;
  uint64_t spare_bytes = 0;
  // True if Engine::Create would find that power was lost, or the operating system crashed, since
  // an engine had the directory and was not closed. `shards` are then what it makes of the
  // write-ahead log, before it puts others in the place of those that are open.
  bool power_was_lost = false;
  std::vector<std::string> emptied_streams;  // of Durability::kProcess, by then
  // Of the write-ahead log: the files, groups and bytes that count, and the end that recovery would
  // cut.
  uint64_t wal_files = 0;
  uint64_t wal_groups = 0;
  uint64_t wal_bytes = 0;  // headers of files included
  uint64_t wal_bytes_cut = 0;
  std::string wal_cut_reason;
  // In order of finding; the first kDamageMax of `damage_count`.
  std::vector<DirectoryDamage> damage;
  uint64_t damage_count = 0;
};

// Reads a directory. Thread-safe. Errors: kNotFound, the directory or its journal is not there;
// kFailedPrecondition, the journal is another program's, or of another version or byte order; those
// of FileSystem.
KINESIS_CORE_EXPORT absl::StatusOr<DirectoryReport> CheckDirectory(FileSystem& files,
                                                                   const std::string& directory);

}  // namespace kinesis

#endif  // KINESIS_CORE_DIRECTORY_CHECK_H_
