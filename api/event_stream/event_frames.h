// Frames of an event stream: the bytes that follow the headers of SubscribeToShard's HTTP answer.
//
//   std::string bytes;
//   AppendInitialResponse(&bytes);
//   while (std::optional<JsonEvent> event = stream.Next(deadline)) AppendEvent(*event, &bytes);
//
// The content type is kEventStreamContentType; what decodes it is in every SDK. A message is
//
//   4  bytes of the message          big-endian, all of it, these four included
//   4  bytes of the headers
//   4  CRC-32 of the eight before    the polynomial of zlib and Ethernet
//   .. headers                       1 byte of length, the name; 7 for a string; 2 bytes of length,
//                                    the text
//   .. payload                       JSON
//   4  CRC-32 of all before
//
// (Amazon's "event stream encoding" in the developer guide of Transcribe, and botocore's
// eventstream.py, 2026-08.) The first message is of the type "initial-response", with the fields of
// the answer itself, of which SubscribeToShard has none: an SDK waits for it before it hands the
// stream out.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_EVENT_STREAM_EVENT_FRAMES_H_
#define KINESIS_CORE_API_EVENT_STREAM_EVENT_FRAMES_H_

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/api/json/json_service.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

inline constexpr std::string_view kEventStreamContentType = "application/vnd.amazon.eventstream";

// Name and value, of type string.
using EventHeader = std::pair<std::string_view, std::string_view>;

// Appends one message. A name has at most 255 bytes, a value 65,535, headers and payload together
// 4 GiB; what is longer is cut off.
KINESIS_CORE_EXPORT void AppendMessage(std::span<const EventHeader> headers,
                                       std::string_view payload, std::string* bytes);

// Appends the message that comes first.
KINESIS_CORE_EXPORT void AppendInitialResponse(std::string* bytes);

// Appends an event of a subscription. SubscribeToShardEvent is a message of type "event"; what ends
// the stream with an error is one of type "exception", by the name of which SDKs raise it.
KINESIS_CORE_EXPORT void AppendEvent(const JsonEvent& event, std::string* bytes);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_EVENT_STREAM_EVENT_FRAMES_H_
