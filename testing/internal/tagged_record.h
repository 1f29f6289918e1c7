// Record data that proves what it is: which log it was put to, by which producer, as which of its
// records.
//
// A reader that gets a torn, stale or foreign record can tell at once, without asking anybody else:
// the size and a hash of all bytes are inside. The filler looks like the log's own index words, so
// that code which takes payload for them goes wrong visibly.
//
// Thread rule: thread-compatible.
#ifndef KINESIS_CORE_TESTING_INTERNAL_TAGGED_RECORD_H_
#define KINESIS_CORE_TESTING_INTERNAL_TAGGED_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace kinesis::testing {

struct RecordTag {
  uint64_t log = 0;
  uint32_t producer = 0;
  uint32_t sequence = 0;

  friend bool operator==(const RecordTag&, const RecordTag&) = default;
};

// The least size of tagged data.
inline constexpr size_t kTaggedBytesMin = 32;

// A hash of what precedes and follows the hash word.
inline uint64_t TaggedHash(std::string_view data) {
  uint64_t hash = data.size() * 0x9e3779b97f4a7c15;
  for (size_t at = 8; at < data.size(); at += 8) {
    uint64_t word = 0;
    std::memcpy(&word, data.data() + at, data.size() - at < 8 ? data.size() - at : 8);
    hash = (hash ^ word) * 0xbf58476d1ce4e5b9;
    hash ^= hash >> 29;
  }
  return hash;
}

// Data of exactly `bytes`, at least kTaggedBytesMin.
inline std::string TaggedData(const RecordTag& tag, size_t bytes) {
  std::string data(bytes, '\0');
  const uint64_t size = bytes;
  std::memcpy(data.data() + 8, &tag, sizeof tag);
  std::memcpy(data.data() + 24, &size, sizeof size);
  for (size_t at = kTaggedBytesMin; at < bytes; at += 8) {
    // "Committed", 64 bytes of data, at an offset that changes.
    const uint64_t word = uint64_t{1} << 63 | uint64_t{64} << 15 | (at / 8 + tag.sequence) % 512;
    std::memcpy(data.data() + at, &word, bytes - at < 8 ? bytes - at : 8);
  }
  const uint64_t hash = TaggedHash(data);
  std::memcpy(data.data(), &hash, sizeof hash);
  return data;
}

// Reads the tag of whole, unchanged tagged data; false if it is not that.
inline bool ReadTag(std::string_view data, RecordTag* tag) {
  if (data.size() < kTaggedBytesMin) return false;
  uint64_t hash = 0;
  uint64_t size = 0;
  std::memcpy(&hash, data.data(), sizeof hash);
  std::memcpy(&size, data.data() + 24, sizeof size);
  if (size != data.size() || hash != TaggedHash(data)) return false;
  std::memcpy(tag, data.data() + 8, sizeof *tag);
  return true;
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_TAGGED_RECORD_H_
