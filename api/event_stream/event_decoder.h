// EventDecoder: messages of an event stream out of bytes that come in pieces; the other way of
// event_frames.h, which has the format.
//
//   decoder.Add(chunk);
//   for (;;) {
//     absl::StatusOr<std::optional<EventMessage>> message = decoder.Next();
//     if (!message.ok()) return message.status();  // the stream is broken
//     if (!message->has_value()) break;            // more bytes are wanted
//     Use(**message);
//   }
#ifndef KINESIS_CORE_API_EVENT_STREAM_EVENT_DECODER_H_
#define KINESIS_CORE_API_EVENT_STREAM_EVENT_DECODER_H_

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

// The largest message that is taken: Amazon's libraries send payloads of 16 MiB at most, with 128
// KiB of headers.
inline constexpr size_t kEventMessageBytesMax = size_t{24} << 20;

struct EventMessage {
  std::map<std::string, std::string> headers;  // those of type string; others are passed over
  std::string payload;
};

// Thread-compatible. Holds the bytes of one message and of the last piece.
class KINESIS_CORE_EXPORT EventDecoder {
 public:
  // Appends bytes, cut anywhere.
  void Add(std::string_view bytes);

  // The next message; nothing if its bytes are not all there yet. kDataLoss, which is for good: a
  // checksum or a length is wrong, or a message is longer than kEventMessageBytesMax.
  absl::StatusOr<std::optional<EventMessage>> Next();

  // Whether a message has begun and is not whole.
  bool in_message() const { return begin_ < bytes_.size(); }

 private:
  absl::Status Fail(std::string_view why);

  std::string bytes_;
  size_t begin_ = 0;  // of what has not been decoded
  absl::Status failure_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_EVENT_STREAM_EVENT_DECODER_H_
