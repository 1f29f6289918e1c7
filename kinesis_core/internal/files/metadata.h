// Metadata: what an engine's directory says besides the records: its streams, their shards with
// lineage and hash ranges, what their consumer groups have committed, and the properties that a
// layer above keeps with a stream or the engine.
//
// A value, changed by records of the journal alone, one change each, so that what is recovered is
// what was running: the engine appends a record to the journal and then applies it here, and
// recovery applies the same records. A snapshot is the records that make the same value from
// nothing.
//
// The format of each record stands in kinesis_core/doc/file_format.md.
//
// Thread-compatible.
#ifndef KINESIS_CORE_INTERNAL_FILES_METADATA_H_
#define KINESIS_CORE_INTERNAL_FILES_METADATA_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis::internal {

struct StoredShard {
  uint32_t id = 0;
  uint64_t log_uid = 0;
  HashKey start;
  HashKey end;
  std::vector<uint32_t> parents;
  uint64_t created_s = 0;
  int64_t opened_ms = 0;
  // Of a shard that is closed.
  bool is_closed = false;
  std::vector<uint32_t> children;
  uint64_t closed_s = 0;
  int64_t closed_ms = 0;
};

// A shard that is closed, and what follows it.
struct StoredClosing {
  uint32_t id = 0;
  std::vector<uint32_t> children;
  uint64_t closed_s = 0;
  int64_t closed_ms = 0;
};

// Shards that open and close together, as in a reshard or at the end of a stream.
struct StoredReshard {
  bool is_closed = false;  // the stream
  uint32_t next_shard_index = 0;
  std::vector<StoredShard> opened;
  std::vector<StoredClosing> closed;  // open before, or one of `opened`
};

// StreamOptions.
struct StoredOptions {
  // `durability` from here on is that of streams whose records are copied to the write-ahead log.
  static constexpr uint8_t kSurvivesPower = 2;

  int64_t retention_ms = 0;
  uint64_t shard_capacity_bytes = 0;
  uint8_t overflow_policy = 0;
  uint8_t strategy = 0;
  bool keep_until_committed = false;
  uint8_t durability = 0;
  std::string partitioner;
};

struct StoredCheckpoint {
  SequenceNumber position;
  uint64_t epoch = 0;
};

struct StoredStream {
  uint64_t id = 0;
  std::string name;
  StoredOptions options;
  bool is_closed = false;
  uint32_t next_shard_index = 0;
  std::map<uint32_t, StoredShard> shards;
  // By group and shard.
  std::map<std::pair<std::string, uint32_t>, StoredCheckpoint> checkpoints;
  std::map<std::string, std::string> properties;

  // Returns whether the shards that are open have each hash key once, or none because the stream is
  // closed.
  bool covers_all_keys() const;
  bool survives_power() const { return options.durability >= StoredOptions::kSurvivesPower; }
  // What a shard is called where something is said of it to people.
  std::string NameOf(const StoredShard& shard) const;
};

// In which run of the operating system (FileSystem::BootId) the mapped files were written to last,
// and whether they have been synced since. A value.
struct StoredBoot {
  std::string id;  // empty: nothing was written, or it is not known in which
  bool is_synced = false;

  // Whether it was another run than `now`: what is in the files has come from the disk since.
  bool IsBefore(const std::string& now) const { return !id.empty() && !now.empty() && id != now; }
  // Whether what was written to the files may be gone, whose last run is `now`.
  bool LostPower(const std::string& now) const { return !is_synced && IsBefore(now); }

  friend bool operator==(const StoredBoot&, const StoredBoot&) = default;
};

class Metadata {
 public:
  // --- Records. Each is one change.

  // With its shards and properties, so that a stream is never there without them. Checkpoints have
  // records of their own.
  static std::string CreateStream(const StoredStream& stream);
  static std::string DeleteStream(uint64_t id);
  static std::string Reshard(uint64_t id, const StoredReshard& reshard);
  static std::string SetOptions(uint64_t id, const StoredOptions& options);
  static std::string SaveCheckpoint(uint64_t id, std::string_view group, uint32_t shard,
                                    const StoredCheckpoint& checkpoint);
  static std::string RemoveGroup(uint64_t id, std::string_view group);
  // Of the engine if `id` is 0. An empty value: there is none any more.
  static std::string SetProperty(uint64_t id, std::string_view name, std::string_view value);

  static std::string SetBoot(const StoredBoot& boot);
  // Returns what the last of these records says.
  static StoredBoot BootOf(const std::vector<std::string>& records);

  // Returns whether the stream that a record changes is there, or is not if the record makes it.
  bool Takes(std::string_view record) const;

  // Makes the change. False if the record is not one, or of a stream or shard that is not there:
  // then nothing has changed.
  bool Apply(std::string_view record);
  // What is to be said when the record of that number, from 0, is not one.
  static std::string NotApplied(size_t number);

  // Forgets shards that have expired. Needs no record: they would expire again.
  void ForgetShard(uint64_t id, uint32_t shard);

  std::vector<std::string> Snapshot() const;

  const std::map<uint64_t, StoredStream>& streams() const { return streams_; }
  // Null: there is none.
  const StoredStream* Find(uint64_t id) const;
  // The logs, by uid, of which the write-ahead log has copies: of streams that survive a loss of
  // power.
  std::set<uint64_t> CopiedLogs() const;
  const std::map<std::string, std::string>& properties() const { return properties_; }
  const StoredBoot& boot() const { return boot_; }
  // No stream and no log has a larger one.
  uint64_t last_uid() const { return last_uid_; }

 private:
  std::map<uint64_t, StoredStream> streams_;
  std::map<std::string, std::string> properties_;
  StoredBoot boot_;
  uint64_t last_uid_ = 0;
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_METADATA_H_
