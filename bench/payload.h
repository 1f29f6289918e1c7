// The messages that every case sends, and the check that they arrived.
//
// A message is a stamp of 8 bytes (producer and sequence) and constant filler. The consumer adds up
// every byte, as words, so each contender's bytes are touched alike and a lost, doubled, reordered
// or damaged message shows.
#ifndef KINESIS_CORE_BENCH_PAYLOAD_H_
#define KINESIS_CORE_BENCH_PAYLOAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::bench {

inline constexpr size_t kStampBytes = sizeof(uint64_t);
inline constexpr size_t kMostProducers = 2;
inline constexpr int kProducerShift = 48;

// The size of a buffer for a message: whole words, so that a queue with slots of fixed size may
// copy whole slots.
constexpr size_t SlotBytes(size_t data_bytes) { return (data_bytes + 7) / 8 * 8; }

// The sum of the little-endian words of `data`, the last of them padded with zeros.
inline uint64_t SumOfWords(std::string_view data) {
  const char* at = data.data();
  const char* const words_end = at + data.size() / 8 * 8;
  uint64_t sum = 0;
  for (; at != words_end; at += 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    sum += word;
  }
  int shift = 0;
  if ((data.size() & 4) != 0) {
    uint32_t half;
    std::memcpy(&half, at, sizeof half);
    sum += half;
    at += sizeof half;
    shift = 32;
  }
  for (; at != data.data() + data.size(); ++at, shift += 8) {
    sum += uint64_t{static_cast<uint8_t>(*at)} << shift;
  }
  return sum;
}

// Messages side by side, each 8-byte aligned in a buffer of SlotBytes(data_bytes).
struct MessageSpan {
  const std::byte* first;
  size_t data_bytes;
  size_t count;

  std::string_view operator[](size_t index) const {
    return {reinterpret_cast<const char*>(first + index * SlotBytes(data_bytes)), data_bytes};
  }
};

// The buffers that one producer sends from.
class Messages {
 public:
  // Requires: data_bytes >= kStampBytes; producer < kMostProducers; count > 0.
  Messages(size_t producer, size_t data_bytes, size_t count)
      : data_bytes_(data_bytes),
        next_stamp_(uint64_t{producer} << kProducerShift),
        bytes_(count * SlotBytes(data_bytes)) {
    const size_t slot_bytes = SlotBytes(data_bytes);
    for (size_t i = 0; i < slot_bytes; ++i) bytes_[i] = FillerAt(i);
    for (size_t i = 1; i < count; ++i) {
      std::memcpy(&bytes_[i * slot_bytes], bytes_.data(), slot_bytes);
    }
  }

  // The first `count` buffers with the next stamps.
  MessageSpan Next(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      std::memcpy(bytes_.data() + i * SlotBytes(data_bytes_), &next_stamp_, sizeof next_stamp_);
      ++next_stamp_;
    }
    return {bytes_.data(), data_bytes_, count};
  }

  // The sum of `count` messages of a producer, from sequence `first` on.
  static uint64_t SumOf(size_t producer, size_t data_bytes, uint64_t first, uint64_t count) {
    std::string filler(data_bytes - kStampBytes, 0);
    for (size_t i = 0; i < filler.size(); ++i) {
      filler[i] = static_cast<char>(FillerAt(kStampBytes + i));
    }
    const uint64_t stamps = count * ((uint64_t{producer} << kProducerShift) + first);
    return count * SumOfWords(filler) + stamps + count * (count - 1) / 2;
  }

 private:
  // The high bit is set: no log of ours has a word of its own that could be mistaken for filler.
  static std::byte FillerAt(size_t offset) {
    return static_cast<std::byte>(0x80 | (offset * 37 & 0x7f));
  }

  size_t data_bytes_;
  uint64_t next_stamp_;
  std::vector<std::byte> bytes_;
};

// Adds up what a consumer gets.
class Tally {
 public:
  void operator()(std::string_view data) {
    uint64_t stamp;
    std::memcpy(&stamp, data.data(), sizeof stamp);
    uint64_t& next = next_[stamp >> kProducerShift & (kMostProducers - 1)];
    const uint64_t sequence = stamp & ((uint64_t{1} << kProducerShift) - 1);
    in_order_ &= sequence == next;
    next = sequence + 1;
    sum_ += SumOfWords(data);
    ++count_;
  }

  uint64_t count() const { return count_; }

  // Empty if the tally is of `per_producer` messages of each of `producers`, from sequence 0 on,
  // and, if that is asked, those of each producer came in order.
  std::string Check(size_t producers, size_t data_bytes, uint64_t per_producer,
                    bool must_be_in_order) const {
    uint64_t sum = 0;
    for (size_t i = 0; i < producers; ++i) sum += Messages::SumOf(i, data_bytes, 0, per_producer);
    if (count_ != producers * per_producer) {
      return "got " + std::to_string(count_) + " messages instead of " +
             std::to_string(producers * per_producer);
    }
    if (sum_ != sum) return "the checksum of what arrived is wrong";
    if (must_be_in_order && !in_order_) return "messages of one producer came out of order";
    return "";
  }

 private:
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  bool in_order_ = true;
  std::array<uint64_t, kMostProducers> next_{};
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_PAYLOAD_H_
