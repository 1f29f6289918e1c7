#include "kinesis_core/lab/lab_testing.h"

#include <cstddef>
#include <fstream>

#include "gtest/gtest.h"

namespace kinesis::lab {

std::string WriteFile(std::string_view text) {
  static int count = 0;
  const std::string path = ::testing::TempDir() + "/lab_input_" + std::to_string(++count);
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::vector<std::string> Outcome::keys() const {
  std::vector<std::string> keys;
  for (const OwnedRecord& record : records) keys.push_back(record.key);
  return keys;
}

Outcome ReadAll(KeySource& source) {
  Outcome outcome;
  for (;;) {
    KeyRecord record;
    const absl::StatusOr<bool> more = source.Next(&record);
    if (!more.ok()) outcome.status = more.status();
    if (!more.ok() || !*more) return outcome;
    outcome.records.push_back({std::string(record.key), record.bytes, record.unix_time_ns});
  }
}

absl::StatusOr<bool> ListSource::Next(KeyRecord* record) {
  if (next_ == records_.size()) return false;
  const OwnedRecord& owned = records_[next_++];
  *record = {owned.key, owned.bytes, owned.unix_time_ns};
  return true;
}

absl::Status ListSource::Rewind() {
  next_ = 0;
  return absl::OkStatus();
}

ShardMap UniformMap(int64_t shards) { return ShardMap::Uniform(shards).value(); }

}  // namespace kinesis::lab
