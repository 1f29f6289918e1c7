#include "bench/payload.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::bench {
namespace {

TEST(SumOfWordsTest, TakesTheBytesOfEveryLengthOnce) {
  for (size_t size = 0; size <= 40; ++size) {
    uint64_t expected = 0;
    std::string data;
    for (size_t i = 0; i < size; ++i) {
      data.push_back(static_cast<char>(200 - i));
      expected += uint64_t{static_cast<uint8_t>(data[i])} << (8 * (i % 8));
    }
    EXPECT_EQ(SumOfWords(data), expected) << size;
  }
}

class TallyTest : public ::testing::TestWithParam<size_t> {
 protected:
  // The messages of one producer.
  std::vector<std::string> Send(size_t producer, size_t count) const {
    Messages messages(producer, GetParam(), count);
    const MessageSpan span = messages.Next(count);
    std::vector<std::string> sent;
    for (size_t i = 0; i < count; ++i) sent.emplace_back(span[i]);
    return sent;
  }
  static Tally Count(const std::vector<std::string>& messages) {
    Tally tally;
    for (const std::string& message : messages) tally(message);
    return tally;
  }
  std::string Check(const std::vector<std::string>& messages, bool must_be_in_order = true) const {
    return Count(messages).Check(1, GetParam(), kCount, must_be_in_order);
  }

  static constexpr size_t kCount = 10;
};

INSTANTIATE_TEST_SUITE_P(DataSizes, TallyTest, ::testing::Values(8, 16, 100, 1024));

TEST_P(TallyTest, AcceptsWhatWasSent) { EXPECT_EQ(Check(Send(0, kCount)), ""); }

TEST_P(TallyTest, AcceptsProducersInAnyInterleaving) {
  const std::vector<std::string> first = Send(0, kCount);
  const std::vector<std::string> second = Send(1, kCount);
  std::vector<std::string> both = {second[0], second[1]};
  both.insert(both.end(), first.begin(), first.end());
  both.insert(both.end(), second.begin() + 2, second.end());
  EXPECT_EQ(Count(both).Check(2, GetParam(), kCount, true), "");
}

TEST_P(TallyTest, NoticesALostMessage) {
  std::vector<std::string> messages = Send(0, kCount);
  messages.pop_back();
  EXPECT_NE(Check(messages), "");
}

TEST_P(TallyTest, NoticesAMessageThatCameInsteadOfAnother) {
  std::vector<std::string> messages = Send(0, kCount);
  messages[3] = messages[7];
  EXPECT_NE(Check(messages, /*must_be_in_order=*/false), "");
}

TEST_P(TallyTest, NoticesOneChangedByteAnywhere) {
  for (size_t i = 0; i < GetParam(); ++i) {
    std::vector<std::string> messages = Send(0, kCount);
    messages[5][i] = static_cast<char>(messages[5][i] + 1);
    EXPECT_NE(Check(messages), "") << i;
  }
}

TEST_P(TallyTest, NoticesTheWrongOrderIfThatIsAsked) {
  std::vector<std::string> messages = Send(0, kCount);
  std::swap(messages[2], messages[3]);
  EXPECT_NE(Check(messages), "");
  EXPECT_EQ(Check(messages, /*must_be_in_order=*/false), "");
}

}  // namespace
}  // namespace kinesis::bench
