// KeySource: where the lab's records come from, a file (file_source.h) or a generator
// (generators.h). Every source can be read again from the beginning and then gives the same
// records, because the lab takes several passes instead of keeping records in memory.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_KEY_SOURCE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_KEY_SOURCE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/hash_key.h"

namespace kinesis::lab {

// The largest record that the lab takes, data and key together: what Kinesis takes at most
// (MaxRecordSizeInKiB of a stream is up to 10,240, since 2025-10).
inline constexpr uint64_t kMaxRecordBytes = uint64_t{10} << 20;
// The largest record that a stream takes unless its MaxRecordSizeInKiB is raised.
inline constexpr uint64_t kDefaultMaxRecordBytes = uint64_t{1} << 20;
// The longest partition key of Kinesis, in Unicode code points.
inline constexpr uint64_t kMaxKeyCharacters = 256;

struct KeyRecord {
  std::string_view key;      // valid until the next record is read
  uint64_t bytes = 0;        // data and key together, as Kinesis's limits count them
  int64_t unix_time_ns = 0;  // if the source has times
  // The explicit hash key that the producer of the record gave; nothing: it gave none.
  std::optional<HashKey> explicit_hash_key = std::nullopt;
};

// Lines that were left out, of one kind.
struct SkippedLines {
  std::string reason;
  uint64_t count = 0;
  std::string first;  // the error of the first one, with its line number
};

// Thread-compatible: one thread at a time.
class KeySource {
 public:
  virtual ~KeySource() = default;

  // Reads the next record and returns true; false at the end. An error names the line.
  virtual absl::StatusOr<bool> Next(KeyRecord* record) = 0;

  // Goes back to the first record.
  virtual absl::Status Rewind() = 0;

  // A few words on where the records are from, for the head of a report.
  virtual std::string description() const = 0;

  // True if records carry the time of their arrival.
  virtual bool has_times() const { return false; }

  // True if records may have explicit hash keys.
  virtual bool has_hash_keys() const { return false; }

  // The share of the source that has been read, 0 to 1.
  virtual double progress() const = 0;

  // The lines that have been skipped since the beginning.
  virtual std::vector<SkippedLines> skipped() const { return {}; }

  // Remarks on the records since the beginning that a reader of the report has to know, a sentence
  // each: something was taken for something else, or does not fit together.
  virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_KEY_SOURCE_H_
