// RecoveryReport: what an engine found in its directory when it was opened, and what it had to cut.
#ifndef KINESIS_CORE_RECOVERY_REPORT_H_
#define KINESIS_CORE_RECOVERY_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kinesis_core/shard_id.h"

namespace kinesis {

// One shard that was recovered. Value, thread-compatible.
struct ShardRecovery {
  std::string stream;
  ShardId shard_id;
  // Records that are kept, those included that stand below the trim horizon in a block that has
  // others, or that have expired since.
  uint64_t records = 0;
  // Their data and keys.
  uint64_t bytes = 0;
  // Places that a producer had been given and not filled when its process ended. Nobody was told
  // that such a record is there, and readers pass over it.
  uint64_t holes = 0;
  // Records and blocks that were cut, because what the files say of them cannot be: another program
  // has written to the files, or the disk has. Not by a crash of the process.
  uint64_t damaged_records = 0;
  uint64_t damaged_blocks = 0;
};

// One thing in a directory that cannot be. Value, thread-compatible.
struct DirectoryDamage {
  std::string file;            // its name in the directory
  std::optional<uint64_t> at;  // the byte; none: `what` says where, or it is what is missing
  std::string what;

  friend bool operator==(const DirectoryDamage&, const DirectoryDamage&) = default;
};

// Value, thread-compatible.
struct RecoveryReport {
  // True if there was no engine in the directory: it has been made.
  bool is_new = false;
  uint64_t streams = 0;
  uint64_t shards = 0;   // open and closed
  uint64_t records = 0;  // as in ShardRecovery, of all of them
  uint64_t bytes = 0;
  uint64_t holes = 0;
  // Of all shards, those whose files had no shard to belong to included: what a stream left that
  // was deleted when the process ended does not count as damage.
  uint64_t damaged_records = 0;
  uint64_t damaged_blocks = 0;
  // The end of the journal that was cut, because the process ended while it was written; of a
  // change that nobody was told had been made. The reason is empty if nothing was cut.
  uint64_t journal_bytes_cut = 0;
  std::string journal_cut_reason;
  // True if power was lost, or the operating system crashed, since an engine had the directory and
  // was not closed. What was put to streams of Durability::kProcess is gone then: their names are
  // below. Of kInterval and kGroup streams there is what was on the disk. In both, each shard that
  // was open is closed, and another one goes on with its hash keys, so that no sequence number is
  // given out twice; but where all streams are of kProcess the journal of their shards may have
  // lost its end, too, and a shard may come again under the same id and numbers.
  bool power_was_lost = false;
  std::vector<std::string> emptied_streams;
  // The end of the write-ahead log that was cut: copies that nobody was told are on the disk. The
  // reason is empty if nothing was cut.
  uint64_t wal_bytes_cut = 0;
  std::string wal_cut_reason;
  // Copies that had been on the disk and are damaged. Records that only these had are lost: their
  // places count as holes.
  std::vector<DirectoryDamage> wal_damage;
  // Places in `blocks` or `headers` that were not as their copies in the write-ahead log, and are
  // now: the first kRepairedMax of `repaired_count`. Looked for when the files have come from the
  // disk since an engine was closed, as the operating system was started again.
  static constexpr size_t kRepairedMax = 1000;
  std::vector<DirectoryDamage> repaired;
  uint64_t repaired_count = 0;
  // Those in which there was anything, in order of stream and shard.
  std::vector<ShardRecovery> per_shard;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_RECOVERY_REPORT_H_
