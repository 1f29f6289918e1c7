// The records that the soak puts: they say who put them, and their bytes can be checked.
#ifndef KINESIS_CORE_TESTING_SOAK_SOAK_RECORD_H_
#define KINESIS_CORE_TESTING_SOAK_SOAK_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kinesis::soak {

inline uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

constexpr size_t kMostFiller = 6;  // words

// The bytes of a record's data: this, followed by 0 to kMostFiller words.
struct Header {
  uint32_t producer;
  uint32_t key;
  uint64_t counter;
  uint64_t hash;
};

// Key and data of a record, which both can be computed again from its producer, key and counter.
class Content {
 public:
  Content() = default;
  Content(uint32_t producer, uint32_t key, uint64_t counter) {
    const uint64_t seed = Mix(uint64_t{producer} << 32 | key) ^ Mix(counter + 1);
    const size_t filler = seed % (kMostFiller + 1);
    Header header{producer, key, counter, seed};
    for (size_t i = 0; i < filler; ++i) {
      const uint64_t word = seed * (2 * i + 3);
      header.hash = Mix(header.hash + word);
      std::memcpy(bytes_ + sizeof header + i * sizeof word, &word, sizeof word);
    }
    std::memcpy(bytes_, &header, sizeof header);
    size_ = sizeof header + filler * sizeof(uint64_t);
    key_ = uint64_t{producer} << 32 | key;
  }

  std::string_view data() const { return {bytes_, size_}; }
  std::string_view partition_key() const {
    return {reinterpret_cast<const char*>(&key_), sizeof key_};
  }

 private:
  char bytes_[sizeof(Header) + kMostFiller * sizeof(uint64_t)];
  size_t size_ = 0;
  uint64_t key_ = 0;
};

}  // namespace kinesis::soak

#endif  // KINESIS_CORE_TESTING_SOAK_SOAK_RECORD_H_
