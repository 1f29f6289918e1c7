// CheckDirectory: what an engine's directory holds, and what of it cannot be, without changing it.
//
// It reads as recovery does (files/metadata.h, log/found_segment.h) and says what recovery would
// find: the same records, holes and damage. It takes no lock and writes nothing, so that it works
// on a copy, on a file system that is mounted read-only, and beside an engine that has the
// directory. There what is found changes while it is read, so what seems to be damage is looked at
// again, and counts if it is there each time; holes are puts that are being made.
//
// What is checked: the journal, byte by byte; headers and entries, by what they can be. The bytes
// of records carry no checksum (kinesis_core/doc/file_format.md says why), so that others in their
// place are not noticed.
//
// Memory: a header of 64 bytes for each 4 KiB of the files.
#ifndef KINESIS_CORE_INTERNAL_FILES_DIRECTORY_CHECK_H_
#define KINESIS_CORE_INTERNAL_FILES_DIRECTORY_CHECK_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::internal {

// One thing that cannot be.
struct DirectoryDamage {
  std::string file;            // its name in the directory
  std::optional<uint64_t> at;  // the byte; none: `what` says where, or it is what is missing
  std::string what;

  friend bool operator==(const DirectoryDamage&, const DirectoryDamage&) = default;
};

// One shard that the journal names.
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
  // In order of finding; the first kDamageMax of `damage_count`.
  std::vector<DirectoryDamage> damage;
  uint64_t damage_count = 0;
};

// Errors: kNotFound, the directory or its journal is not there; kFailedPrecondition, the journal is
// another program's, or of another version or byte order; those of FileSystem.
absl::StatusOr<DirectoryReport> CheckDirectory(FileSystem& files, const std::string& directory);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_DIRECTORY_CHECK_H_
