// The bytes of a write-ahead log, which WriteAheadLog writes and reads: a group begins with a
// GroupHead, each extent within it with an ExtentHead. See kinesis_core/doc/file_format.md.
#ifndef KINESIS_CORE_INTERNAL_FILES_WRITE_AHEAD_LOG_FORMAT_H_
#define KINESIS_CORE_INTERNAL_FILES_WRITE_AHEAD_LOG_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "kinesis_core/internal/base/xxh3.h"

namespace kinesis::internal {

// Of groups and extents, in bytes.
inline constexpr size_t kWalAlignment = 8;

// In front of a group. In the order of the machine, which the header of the file says.
struct GroupHead {
  static constexpr uint64_t kMagic = 0x7075'6f72'676c'6177;  // "walgroup"
  uint64_t magic = kMagic;
  uint64_t file_number = 0;
  uint64_t sequence = 0;
  uint64_t synced_sequence = 0;
  uint64_t oldest_file = 0;
  uint64_t body_bytes = 0;
  uint64_t body_checksum = 0;
  uint64_t head_checksum = 0;  // of all that stands before it
};
static_assert(sizeof(GroupHead) == 64, "the format of the files");

// In front of an extent, whose entries and data follow, the data with zeros up to kWalAlignment.
struct ExtentHead {
  uint64_t log_uid = 0;
  uint64_t base_index = 0;
  int64_t base_ms = 0;
  uint64_t shard_created_s = 0;
  uint64_t trim_index = 0;
  uint32_t shard_index = 0;
  uint32_t size_class = 0;
  uint32_t first_entry = 0;
  uint32_t entry_count = 0;
  uint32_t first_unit = 0;
  uint32_t unit_count = 0;
};
static_assert(sizeof(ExtentHead) == 64, "the format of the files");

inline uint64_t HeadChecksum(const GroupHead& head) {
  char bytes[sizeof(GroupHead)];
  std::memcpy(bytes, &head, sizeof bytes);
  return Xxh3Of64Bits({bytes, offsetof(GroupHead, head_checksum)}, 0);
}

inline uint64_t BodyChecksum(std::string_view body, const GroupHead& head) {
  return Xxh3Of64Bits(body, head.sequence);
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_FILES_WRITE_AHEAD_LOG_FORMAT_H_
