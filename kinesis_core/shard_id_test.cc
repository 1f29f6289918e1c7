#include "kinesis_core/shard_id.h"

#include <cstdint>
#include <limits>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace kinesis {
namespace {

constexpr uint64_t kSeed = 12;

static_assert(std::is_trivially_copyable_v<ShardId>);
static_assert(!std::is_convertible_v<uint32_t, ShardId>, "a shard id is never made by accident");
static_assert(!std::is_convertible_v<ShardId, uint32_t>, "nor turned back into a number");

absl::StatusCode ParseCode(std::string_view text) { return ShardId::Parse(text).status().code(); }

TEST(ShardIdTest, TheNameHasTwelveDigits) {
  EXPECT_EQ(ShardId(0).ToString(), "shardId-000000000000");
  EXPECT_EQ(ShardId(7).ToString(), "shardId-000000000007");
  EXPECT_EQ(ShardId(ShardId::kMaxIndex).ToString(), "shardId-002147483647");
}

TEST(ShardIdTest, ADefaultIdIsShardZero) { EXPECT_EQ(ShardId(), ShardId(0)); }

TEST(ShardIdTest, ShortenedNamesParseAsKinesisParsesThem) {
  for (const std::string_view text : {"shardId-000000000007", "shardId-7", "x-7", "-7", "7", "007",
                                      "shardId-0000000000000000007", "\xc3\xa9-7"}) {
    const absl::StatusOr<ShardId> id = ShardId::Parse(text);
    ASSERT_TRUE(id.ok()) << id.status();
    EXPECT_EQ(*id, ShardId(7)) << text;
  }
}

TEST(ShardIdTest, TheHighestIndexParsesAndTheNextIsOutOfRange) {
  EXPECT_EQ(*ShardId::Parse("shardId-002147483647"), ShardId(ShardId::kMaxIndex));
  for (const std::string& text :
       {std::string("shardId-002147483648"), std::string("4294967296"),
        std::string("18446744073709551616"), std::string(1'000'000, '9')}) {
    EXPECT_EQ(ParseCode(text), absl::StatusCode::kOutOfRange);
  }
}

TEST(ShardIdTest, TextWithAnythingButDigitsWhereTheIndexShouldBeIsMalformed) {
  for (const std::string_view text :
       {"", "-", "shardId", "shardId-", "shardId--7", "shardId-7-8", "shardId- 7", "shardId-7 ",
        "shardId-+7", "shardId-0x7", "7x", " 7", "+7", "shardId_7", "shardId-\xd9\xa7"}) {
    EXPECT_EQ(ParseCode(text), absl::StatusCode::kInvalidArgument) << '"' << text << '"';
  }
  EXPECT_EQ(ParseCode(std::string_view("7\0", 2)), absl::StatusCode::kInvalidArgument);
}

TEST(ShardIdTest, AParseErrorNamesTheFieldTheTextAndTheLimit) {
  EXPECT_EQ(ShardId::Parse("shardId-").status().message(),
            "shard id \"shardId-\" must be decimal digits, or have nothing but digits after its "
            "first '-'");
  EXPECT_EQ(ShardId::Parse("x-2147483648").status().message(),
            "shard id \"x-2147483648\" must be in the range [shardId-0, shardId-2147483647]");
}

TEST(ShardIdTest, RandomIdsRoundTripThroughTheirName) {
  SCOPED_TRACE("seed " + std::to_string(kSeed));
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 100'000; ++i) {
    const ShardId id(static_cast<uint32_t>(random() >> (33 + random() % 31)));
    ASSERT_EQ(id.ToString().size(), 20u);
    const absl::StatusOr<ShardId> parsed = ShardId::Parse(id.ToString());
    ASSERT_TRUE(parsed.ok()) << parsed.status();
    ASSERT_EQ(*parsed, id);
  }
}

TEST(ShardIdTest, IdsOrderByIndexAndSoDoTheirNames) {
  EXPECT_LT(ShardId(2), ShardId(10));
  EXPECT_LT(ShardId(2).ToString(), ShardId(10).ToString());
}

TEST(ShardIdTest, EqualIdsHashAlikeAndNeighboursDoNot) {
  const absl::Hash<ShardId> hash;
  for (uint32_t index = 0; index < 1000; ++index) {
    EXPECT_EQ(hash(ShardId(index)), hash(ShardId(index)));
    EXPECT_NE(hash(ShardId(index)), hash(ShardId(index + 1)));
  }
}

TEST(ShardIdTest, ItsNameIsAppendedToWhatIsThere) {
  std::string text = "of ";
  ShardId(ShardId::kMaxIndex).AppendTo(&text);
  EXPECT_EQ(text, "of shardId-002147483647");
}

TEST(ShardIdTest, ItsNameIsWrittenWithoutANullWhereTheCallerSays) {
  std::string text(ShardId::kTextSizeMax + 1, '.');
  EXPECT_EQ(ShardId(1'234'567'890).WriteTo(text.data()), text.data() + ShardId::kTextSizeMax);
  EXPECT_EQ(text, "shardId-001234567890.");
}

TEST(ShardIdTest, StreamingWritesTheName) {
  std::ostringstream out;
  out << ShardId(3);
  EXPECT_EQ(out.str(), "shardId-000000000003");
}

#ifndef NDEBUG
TEST(ShardIdDeathTest, AnIndexAboveTheMaximumAsserts) {
  EXPECT_DEATH((void)ShardId(ShardId::kMaxIndex + 1), "kMaxIndex");
}
#endif

}  // namespace
}  // namespace kinesis
