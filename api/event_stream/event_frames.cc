#include "kinesis_core/api/event_stream/event_frames.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "kinesis_core/api/event_stream/internal/message_layout.h"

namespace kinesis::api {
namespace {

using internal::Crc32;
using internal::kChecksumBytes;
using internal::kPreludeBytes;
using internal::kStringType;

constexpr size_t kNameMax = 255;
constexpr size_t kValueMax = 65'535;
// Of headers and payload: the length of the message is a number of four bytes.
constexpr size_t kContentMax = 0xffff'ffff - kPreludeBytes - kChecksumBytes;

constexpr std::string_view kJson = "application/x-amz-json-1.1";

void AppendBigEndian(uint64_t number, int bytes, std::string* out) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    *out += static_cast<char>((number >> shift) & 0xff);
  }
}

// {"NAME":BODY} in its two parts.
std::pair<std::string_view, std::string_view> SplitEvent(std::string_view json) {
  const size_t end = json.find('"', 2);
  return {json.substr(2, end - 2), json.substr(end + 2, json.size() - end - 3)};
}

}  // namespace

void AppendMessage(std::span<const EventHeader> headers, std::string_view payload,
                   std::string* bytes) {
  std::string head;
  for (const auto& [name, value] : headers) {
    const std::string_view name_part = name.substr(0, kNameMax);
    const std::string_view value_part = value.substr(0, kValueMax);
    AppendBigEndian(name_part.size(), 1, &head);
    head += name_part;
    head += kStringType;
    AppendBigEndian(value_part.size(), 2, &head);
    head += value_part;
  }
  payload = payload.substr(0, kContentMax - std::min(kContentMax, head.size()));
  const size_t size = kPreludeBytes + head.size() + payload.size() + kChecksumBytes;
  const size_t start = bytes->size();
  bytes->reserve(start + size);
  AppendBigEndian(size, 4, bytes);
  AppendBigEndian(head.size(), 4, bytes);
  AppendBigEndian(Crc32(std::string_view(*bytes).substr(start)), 4, bytes);
  *bytes += head;
  *bytes += payload;
  AppendBigEndian(Crc32(std::string_view(*bytes).substr(start)), 4, bytes);
}

void AppendInitialResponse(std::string* bytes) {
  constexpr std::array kHeaders = {
      EventHeader{":event-type", "initial-response"},
      EventHeader{":content-type", kJson},
      EventHeader{":message-type", "event"},
  };
  AppendMessage(kHeaders, "{}", bytes);
}

void AppendEvent(const JsonEvent& event, std::string* bytes) {
  const auto [name, body] = SplitEvent(event.json_text);
  const bool is_exception = name != "SubscribeToShardEvent";
  const std::array headers = {
      EventHeader{is_exception ? ":exception-type" : ":event-type", name},
      EventHeader{":content-type", kJson},
      EventHeader{":message-type", is_exception ? "exception" : "event"},
  };
  AppendMessage(headers, body, bytes);
}

}  // namespace kinesis::api
