#include "kinesis_core/api/event_stream/event_decoder.h"

#include <array>
#include <cstdint>

#include "kinesis_core/api/event_stream/internal/message_layout.h"

namespace kinesis::api {
namespace {

using internal::kChecksumBytes;
using internal::kLengthsBytes;
using internal::kPreludeBytes;
using internal::kStringType;

// The bytes of a header's value by its type; those of types 6 and 7 have their length before them.
constexpr int kBytesType = 6;
constexpr std::array<int, 10> kValueBytes = {0, 0, 1, 2, 4, 8, -1, -1, 8, 16};

// Requires: there are so many bytes.
uint32_t BigEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

bool ChecksumIs(std::string_view bytes, std::string_view checksum) {
  return internal::Crc32(bytes) == BigEndian(checksum);
}

// Takes the front of `bytes`; false if there is less.
bool Take(size_t size, std::string_view* bytes, std::string_view* front) {
  if (bytes->size() < size) return false;
  *front = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return true;
}

bool ReadHeader(std::string_view* bytes, std::map<std::string, std::string>* headers) {
  std::string_view part;
  std::string_view name;
  if (!Take(1, bytes, &part) || !Take(BigEndian(part), bytes, &name) || !Take(1, bytes, &part)) {
    return false;
  }
  const uint32_t type = BigEndian(part);
  if (type >= kValueBytes.size()) return false;
  size_t size = 0;
  if (type == kBytesType || type == kStringType) {
    if (!Take(2, bytes, &part)) return false;
    size = BigEndian(part);
  } else {
    size = static_cast<size_t>(kValueBytes[type]);
  }
  std::string_view value;
  if (!Take(size, bytes, &value)) return false;
  if (type == kStringType) headers->insert_or_assign(std::string(name), std::string(value));
  return true;
}

}  // namespace

void EventDecoder::Add(std::string_view bytes) {
  bytes_.erase(0, begin_);
  begin_ = 0;
  bytes_ += bytes;
}

absl::Status EventDecoder::Fail(std::string_view why) {
  failure_ = absl::DataLossError("event stream: " + std::string(why));
  return failure_;
}

absl::StatusOr<std::optional<EventMessage>> EventDecoder::Next() {
  if (!failure_.ok()) return failure_;
  const std::string_view rest = std::string_view(bytes_).substr(begin_);
  if (rest.size() < kPreludeBytes) return std::nullopt;
  if (!ChecksumIs(rest.substr(0, kLengthsBytes), rest.substr(kLengthsBytes, kChecksumBytes))) {
    return Fail("the checksum of a message's lengths is wrong");
  }
  const size_t size = BigEndian(rest.substr(0, 4));
  const size_t headers_size = BigEndian(rest.substr(4, 4));
  if (size > kEventMessageBytesMax) {
    return Fail("a message of " + std::to_string(size) + " bytes, more than " +
                std::to_string(kEventMessageBytesMax));
  }
  if (size < kPreludeBytes + kChecksumBytes ||
      headers_size > size - kPreludeBytes - kChecksumBytes) {
    return Fail("the lengths of a message do not fit together");
  }
  if (rest.size() < size) return std::nullopt;
  const size_t checked = size - kChecksumBytes;
  if (!ChecksumIs(rest.substr(0, checked), rest.substr(checked, kChecksumBytes))) {
    return Fail("the checksum of a message is wrong");
  }
  EventMessage message;
  std::string_view headers = rest.substr(kPreludeBytes, headers_size);
  while (!headers.empty()) {
    if (!ReadHeader(&headers, &message.headers)) return Fail("a header is cut off, or of no type");
  }
  const size_t payload = kPreludeBytes + headers_size;
  message.payload = rest.substr(payload, checked - payload);
  begin_ += size;
  return message;
}

}  // namespace kinesis::api
