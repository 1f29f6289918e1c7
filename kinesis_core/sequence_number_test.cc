#include "kinesis_core/sequence_number.h"

#include <cstdint>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/uint_math.h"

namespace kinesis {
namespace {

constexpr uint64_t kSeed = 738;

// A number that the service issued (kinesalite pull request 87), and what it says: the shard was
// created 2019-03-26T02:51:52Z, the record is number 195 of it and arrived at 02:52:15Z.
constexpr std::string_view kIssued = "49594189147623985939251953501666965394405037144469929986";
constexpr uint64_t kIssuedCreated = 1553568712;
constexpr uint64_t kIssuedTime = 1553568735;

static_assert(std::is_trivially_copyable_v<SequenceNumber>);
static_assert(SequenceNumber::Make(kIssuedCreated, 5, 195, kIssuedTime).shard_index() == 5,
              "the hot path is usable at compile time");

// The decimal text of a number given by its 192 bits, valid or not.
std::string DecimalOf(uint64_t limb2, uint64_t limb1, uint64_t limb0) {
  return internal::ToDecimal<3>({limb0, limb1, limb2});
}

std::string ParseError(std::string_view text) {
  const absl::Status status = SequenceNumber::Parse(text).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(internal::FromAbsl(status.message()));
}

// True when parsing `text` fails with a message that contains `reason`.
testing::AssertionResult FailsBecause(std::string_view text, std::string_view reason) {
  const std::string message = ParseError(text);
  if (message.find(reason) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "message: " << message;
}

SequenceNumber RandomNumber(std::mt19937_64& random) {
  return SequenceNumber::Make(random() & SequenceNumber::kMaxSeconds,
                              static_cast<uint32_t>(random() & SequenceNumber::kMaxShardIndex),
                              random() & SequenceNumber::kMaxIndex,
                              random() & SequenceNumber::kMaxSeconds);
}

TEST(SequenceNumberTest, ANumberIssuedByTheServiceDecodesIntoItsFields) {
  const absl::StatusOr<SequenceNumber> number = SequenceNumber::Parse(kIssued);
  ASSERT_TRUE(number.ok()) << number.status();
  EXPECT_TRUE(number->is_valid());
  EXPECT_EQ(number->shard_created_seconds(), kIssuedCreated);
  EXPECT_EQ(number->shard_index(), 0u);
  EXPECT_EQ(number->index(), 195u);
  EXPECT_EQ(number->time_seconds(), kIssuedTime);
}

TEST(SequenceNumberTest, ANumberIssuedByTheServiceIsMadeAgainFromItsFields) {
  EXPECT_EQ(SequenceNumber::Make(kIssuedCreated, 0, 195, kIssuedTime).ToString(), kIssued);
}

TEST(SequenceNumberTest, EachFieldSitsAtItsPlaceInTheLayout) {
  EXPECT_EQ(SequenceNumber::Make(0, 0, 0, 0).ToString(), DecimalOf(uint64_t{2} << 56, 0, 2));
  EXPECT_EQ(SequenceNumber::Make(0x123456789, 0, 0, 0).ToString(),
            DecimalOf(0x0212'3456'7890'0000, 0, 2));
  EXPECT_EQ(SequenceNumber::Make(0, 0x7654321a, 0, 0).ToString(),
            DecimalOf(0x0200'0000'000a'0000, 0, 0x0000'0007'6543'21a2));
  EXPECT_EQ(SequenceNumber::Make(0, 0, 0x7edc'ba98'7654'3210, 0).ToString(),
            DecimalOf(0x0200'0000'0000'7edc, 0xba98'7654'3210'0000, 2));
  EXPECT_EQ(SequenceNumber::Make(0, 0, 0, 0x987654321).ToString(),
            DecimalOf(uint64_t{2} << 56, 0x98, 0x7654'3210'0000'0002));
}

TEST(SequenceNumberTest, EveryFieldAtItsMaximumComesBackUnchanged) {
  const SequenceNumber number =
      SequenceNumber::Make(SequenceNumber::kMaxSeconds, SequenceNumber::kMaxShardIndex,
                           SequenceNumber::kMaxIndex, SequenceNumber::kMaxSeconds);
  EXPECT_EQ(number.shard_created_seconds(), SequenceNumber::kMaxSeconds);
  EXPECT_EQ(number.shard_index(), SequenceNumber::kMaxShardIndex);
  EXPECT_EQ(number.index(), SequenceNumber::kMaxIndex);
  EXPECT_EQ(number.time_seconds(), SequenceNumber::kMaxSeconds);
  EXPECT_EQ(*SequenceNumber::Parse(number.ToString()), number);
}

TEST(SequenceNumberTest, RandomNumbersKeepTheirFieldsAndRoundTripThrough56Digits) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    const SequenceNumber number = RandomNumber(random);
    ASSERT_EQ(SequenceNumber::Make(number.shard_created_seconds(), number.shard_index(),
                                   number.index(), number.time_seconds()),
              number);
    const std::string text = number.ToString();
    ASSERT_EQ(text.size(), 56u);
    const absl::StatusOr<SequenceNumber> parsed = SequenceNumber::Parse(text);
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    ASSERT_EQ(*parsed, number);
  }
}

TEST(SequenceNumberTest, NumbersOrderAsTheirDecimalTextDoes) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 50'000; ++i) {
    const SequenceNumber a = RandomNumber(random);
    const SequenceNumber b = RandomNumber(random);
    // All texts have 56 digits, so the order of the characters is the order of the numbers.
    ASSERT_EQ(a < b, a.ToString() < b.ToString());
  }
}

TEST(SequenceNumberTest, WithinAShardTheIndexDecidesTheOrderAndNotTheTime) {
  EXPECT_LT(SequenceNumber::Make(100, 3, 7, 200), SequenceNumber::Make(100, 3, 8, 150));
  EXPECT_LT(SequenceNumber::Make(100, 3, 7, 150), SequenceNumber::Make(100, 3, 7, 200));
}

TEST(SequenceNumberTest, AShardsNumbersLieStrictlyBetweenItsStartAndItsEnd) {
  const SequenceNumber start = SequenceNumber::ShardStart(1000, 4);
  const SequenceNumber end = SequenceNumber::ShardEnd(1000, 4, 2000);
  EXPECT_EQ(start.index(), 0u);
  EXPECT_EQ(start.time_seconds(), 1000u);
  EXPECT_EQ(end.index(), SequenceNumber::kMaxIndex);
  EXPECT_EQ(end.time_seconds(), 2000u);
  EXPECT_LT(start, SequenceNumber::Make(1000, 4, 1, 1000));
  EXPECT_LT(SequenceNumber::Make(1000, 4, SequenceNumber::kMaxIndex - 1, 2000), end);
}

TEST(SequenceNumberTest, AChildCreatedASecondLaterStartsAboveItsParentsEnd) {
  const SequenceNumber parent_end = SequenceNumber::ShardEnd(1000, 0x7fffffff, 2000);
  EXPECT_GT(SequenceNumber::ShardStart(1001, 0), parent_end);
}

TEST(SequenceNumberTest, ADefaultNumberIsInvalidAndBelowEveryOther) {
  constexpr SequenceNumber kNone;
  EXPECT_FALSE(kNone.is_valid());
  EXPECT_EQ(kNone.ToString(), "0");
  EXPECT_LT(kNone, SequenceNumber::Make(0, 0, 0, 0));
  EXPECT_TRUE(SequenceNumber::Make(0, 0, 0, 0).is_valid());
}

TEST(SequenceNumberTest, TextThatIsNoDecimalNumberIsRefusedAsSuch) {
  const std::string issued(kIssued);
  for (const std::string& text :
       {std::string(), std::string("00"), "0" + issued, "+" + issued, "-" + issued, " " + issued,
        issued + " ", issued + "\n", issued + "x", std::string("\xd9\xa3"), std::string("0x2"),
        std::string(130, '1')}) {
    EXPECT_TRUE(FailsBecause(text, "must be a decimal number of 1 to 129 digits")) << text;
  }
}

TEST(SequenceNumberTest, ADecimalNumberBeyondTheLayoutIsRefusedAsTooLong) {
  EXPECT_TRUE(FailsBecause(std::string(129, '9'), "fit the 47 hexadecimal digits"));
  EXPECT_TRUE(FailsBecause(std::string(59, '1'), "fit the 47 hexadecimal digits"));
}

TEST(SequenceNumberTest, TheOlderVersionsAreRefusedByTheirVersion) {
  EXPECT_TRUE(FailsBecause("0", "be of version 2"));
  EXPECT_TRUE(FailsBecause(DecimalOf(uint64_t{2} << 56, 0, 1), "be of version 2"));
  EXPECT_TRUE(FailsBecause(DecimalOf(uint64_t{2} << 56, 0, 3), "be of version 2"));
}

TEST(SequenceNumberTest, ANumberWithAnotherLeadingDigitIsRefused) {
  for (const uint64_t digit : {0u, 1u, 3u, 0xfu, 0x12u, 0xffu}) {
    EXPECT_TRUE(FailsBecause(DecimalOf(digit << 56, 0, 2), "the first of them 2")) << digit;
  }
  EXPECT_TRUE(FailsBecause("2", "the first of them 2"));
}

TEST(SequenceNumberTest, AnIndexAboveItsMaximumIsRefused) {
  EXPECT_TRUE(FailsBecause(DecimalOf(0x0200'0000'0000'8000, 0, 2), "record index of at most"));
}

TEST(SequenceNumberTest, AShardIndexAboveItsMaximumIsRefused) {
  EXPECT_TRUE(
      FailsBecause(DecimalOf(uint64_t{2} << 56, 0, 0x8'0000'0002), "shard index of at most"));
}

TEST(SequenceNumberTest, ANonzeroByteBelowTheIndexIsRefused) {
  EXPECT_TRUE(FailsBecause(DecimalOf(uint64_t{2} << 56, 0x0100, 2), "zero byte"));
  EXPECT_TRUE(FailsBecause(DecimalOf(uint64_t{2} << 56, 0x8000, 2), "zero byte"));
}

TEST(SequenceNumberTest, AShardNibbleThatContradictsTheShardIndexIsRefused) {
  EXPECT_TRUE(FailsBecause(DecimalOf(0x0200'0000'0001'0000, 0, 2), "low four bits"));
}

TEST(SequenceNumberTest, FlippingAnyBitGivesAnErrorOrTheNumberOfThatText) {
  const SequenceNumber number = SequenceNumber::Make(kIssuedCreated, 9, 195, kIssuedTime);
  internal::Uint192 limbs;
  ASSERT_EQ(internal::ParseDecimal(number.ToString(), 129, &limbs), internal::DecimalParse::kOk);
  int accepted = 0;
  for (int bit = 0; bit < 192; ++bit) {
    internal::Uint192 flipped = limbs;
    flipped[static_cast<size_t>(bit / 64)] ^= uint64_t{1} << (bit % 64);
    const std::string text = internal::ToDecimal<3>(flipped);
    const absl::StatusOr<SequenceNumber> parsed = SequenceNumber::Parse(text);
    if (!parsed.ok()) continue;
    ++accepted;
    EXPECT_NE(*parsed, number) << "bit " << bit;
    EXPECT_EQ(parsed->ToString(), text) << "bit " << bit;
  }
  // Free are 36 bits of creation, 63 of index, 36 of time and the 27 of the shard index that are
  // not repeated in the nibble.
  EXPECT_EQ(accepted, 36 + 63 + 36 + 27);
}

TEST(SequenceNumberTest, ItsTextIsAppendedToWhatIsThere) {
  std::string text = "at ";
  SequenceNumber::Make(kIssuedCreated, 0, 195, kIssuedTime).AppendTo(&text);
  SequenceNumber().AppendTo(&text);
  EXPECT_EQ(text, "at " + std::string(kIssued) + "0");
}

TEST(SequenceNumberTest, ItsTextIsWrittenWithoutANullWhereTheCallerSays) {
  std::string text(SequenceNumber::kTextSizeMax + 1, '.');
  char* const end = SequenceNumber::Make(kIssuedCreated, 0, 195, kIssuedTime).WriteTo(text.data());
  EXPECT_EQ(std::string_view(text.data(), end), kIssued);
  EXPECT_EQ(*end, '.');
}

TEST(SequenceNumberTest, StreamingWritesTheDecimalText) {
  std::ostringstream out;
  out << SequenceNumber::Make(kIssuedCreated, 0, 195, kIssuedTime);
  EXPECT_EQ(out.str(), kIssued);
}

#ifndef NDEBUG
TEST(SequenceNumberDeathTest, AFieldAboveItsMaximumAsserts) {
  EXPECT_DEATH((void)SequenceNumber::Make(SequenceNumber::kMaxSeconds + 1, 0, 0, 0), "created");
  EXPECT_DEATH((void)SequenceNumber::Make(0, SequenceNumber::kMaxShardIndex + 1, 0, 0), "shard");
  EXPECT_DEATH((void)SequenceNumber::Make(0, 0, SequenceNumber::kMaxIndex + 1, 0), "index");
  EXPECT_DEATH((void)SequenceNumber::Make(0, 0, 0, SequenceNumber::kMaxSeconds + 1), "time");
}
#endif

}  // namespace
}  // namespace kinesis
