#include "kinesis_core/api/event_stream/event_decoder.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/event_stream/event_frames.h"

namespace kinesis::api {
namespace {

std::vector<EventMessage> DecodeInPieces(std::string_view bytes, size_t piece) {
  EventDecoder decoder;
  std::vector<EventMessage> messages;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    decoder.Add(bytes.substr(at, piece));
    while (auto message = decoder.Next().value()) messages.push_back(*std::move(message));
  }
  EXPECT_FALSE(decoder.in_message());
  return messages;
}

// The file that botocore's decoder reads, too.
TEST(EventDecoderTest, MessagesComeBackHoweverTheBytesAreCut) {
  std::ifstream file("api/event_stream/testdata/subscription.frames", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ASSERT_FALSE(bytes.empty());
  for (const size_t piece : {size_t{1}, size_t{7}, bytes.size()}) {
    const std::vector<EventMessage> messages = DecodeInPieces(bytes, piece);
    ASSERT_GE(messages.size(), 2U) << piece;
    EXPECT_EQ(messages[0].headers.at(":event-type"), "initial-response");
    EXPECT_EQ(messages[0].payload, "{}");
    EXPECT_EQ(messages[1].headers.at(":event-type"), "SubscribeToShardEvent");
    EXPECT_TRUE(messages[1].payload.starts_with("{\"")) << messages[1].payload;
  }
}

TEST(EventDecoderTest, AnyChangedByteIsFoundOrAsksForMore) {
  std::string bytes;
  AppendInitialResponse(&bytes);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const char change : {'\x01', '\x80'}) {
      std::string broken = bytes;
      broken[at] = static_cast<char>(broken[at] ^ change);
      EventDecoder decoder;
      decoder.Add(broken);
      EXPECT_EQ(decoder.Next().status().code(), absl::StatusCode::kDataLoss) << at;
      EXPECT_EQ(decoder.Next().status().code(), absl::StatusCode::kDataLoss) << "for good";
    }
  }
}

}  // namespace
}  // namespace kinesis::api
