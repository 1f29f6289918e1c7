// What event_frames.cc writes and event_decoder.cc reads. This header alone includes zlib.
#ifndef KINESIS_CORE_API_EVENT_STREAM_INTERNAL_MESSAGE_LAYOUT_H_
#define KINESIS_CORE_API_EVENT_STREAM_INTERNAL_MESSAGE_LAYOUT_H_

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kinesis::api::internal {

inline constexpr size_t kLengthsBytes = 8;
inline constexpr size_t kChecksumBytes = 4;
inline constexpr size_t kPreludeBytes = kLengthsBytes + kChecksumBytes;

// The type of a header whose value is text.
inline constexpr char kStringType = 7;

inline uint32_t Crc32(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_EVENT_STREAM_INTERNAL_MESSAGE_LAYOUT_H_
