#include "kinesis_core/api/event_stream/event_frames.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

namespace kinesis::api {
namespace {

// What a short subscription sends: golden file and test have it from here.
std::string Subscription() {
  std::string bytes;
  AppendInitialResponse(&bytes);
  AppendEvent({.json_text = R"({"SubscribeToShardEvent":{"ContinuationSequenceNumber":"7",)"
                            R"("MillisBehindLatest":0,"Records":[{"Data":"AP8=",)"
                            R"("PartitionKey":"key","SequenceNumber":"7"}]}})"},
              &bytes);
  AppendEvent({.json_text = R"({"ResourceInUseException":{"message":"taken over"}})"}, &bytes);
  return bytes;
}

TEST(EventFramesTest, AMessageIsLaidOutAsPublished) {
  std::string bytes = "before";
  AppendMessage(std::array{EventHeader{"ab", "xyz"}}, "{}", &bytes);
  // 12 of prelude, 1 + 2 + 1 + 2 + 3 of a header, 2 of payload, 4 of checksum.
  const std::string expected_head("\0\0\0\x1b\0\0\0\x09", 8);
  ASSERT_EQ(bytes.size(), 6 + 27u);
  EXPECT_EQ(bytes.substr(6, 8), expected_head);
  EXPECT_EQ(bytes.substr(18, 9), std::string("\x02"
                                             "ab\x07\0\x03xyz",
                                             9));
  EXPECT_EQ(bytes.substr(27, 2), "{}");
}

TEST(EventFramesTest, AHeaderThatIsTooLongIsCutAndTheFrameStaysWhole) {
  const std::string name(300, 'n');
  const std::string value(70'000, 'v');
  std::string bytes;
  AppendMessage(std::array{EventHeader{name, value}}, "", &bytes);
  EXPECT_EQ(bytes.size(), 12u + 1 + 255 + 1 + 2 + 65'535 + 4);
}

TEST(EventFramesTest, ASubscriptionIsWhatTheGoldenFileHas) {
  std::ifstream file("api/event_stream/testdata/subscription.frames", std::ios::binary);
  std::ostringstream golden;
  golden << file.rdbuf();
  std::ostringstream shown;
  for (const char c : Subscription()) shown << static_cast<int>(static_cast<uint8_t>(c)) << ' ';
  EXPECT_EQ(golden.str(), Subscription()) << shown.str();
}

}  // namespace
}  // namespace kinesis::api
