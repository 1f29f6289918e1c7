#include <string>

#include "gtest/gtest.h"
#include "kinesis_core/api/internal/pagination_tokens.h"
#include "kinesis_core/api/internal/shard_iterator_tokens.h"

namespace kinesis::api::internal {
namespace {

const SealKey kKey = SealKey::FromSeed(7);
const ShardIteratorText kText = {
    12345, ShardId(3), SequenceNumber::Make(1'600'000'000, 3, 77, 1'600'000'100), 1'600'000'200'000,
    41,    "orders"};

TEST(ShardIteratorTokensTest, AWrittenTokenReadsBack) {
  const std::string text = WriteShardIterator(kKey, kText);
  const auto read = ReadShardIterator(kKey, text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->stream_uid, kText.stream_uid);
  EXPECT_EQ(read->shard_id, kText.shard_id);
  EXPECT_EQ(read->position, kText.position);
  EXPECT_EQ(read->issued_ms, kText.issued_ms);
  EXPECT_EQ(read->serial, 41U);
  EXPECT_EQ(read->stream_name, "orders");
}

TEST(ShardIteratorTokensTest, ATokenLooksLikeTheServicesAndFitsItsLimit) {
  ShardIteratorText content = kText;
  content.stream_name = std::string(128, 'x');
  const std::string text = WriteShardIterator(kKey, content);
  EXPECT_EQ(text.substr(0, 10), "AAAAAAAAAA");
  EXPECT_LE(text.size(), 512U);
}

TEST(ShardIteratorTokensTest, ATokenOfAnotherKeyOrKindIsNone) {
  EXPECT_FALSE(ReadShardIterator(SealKey::FromSeed(8), WriteShardIterator(kKey, kText)));
  const std::string page = WritePaginationToken(kKey, {Operation::kListShards, 12345, 1, "marker"});
  EXPECT_FALSE(ReadShardIterator(kKey, page));
  EXPECT_FALSE(ReadPaginationToken(kKey, Operation::kListShards, WriteShardIterator(kKey, kText)));
}

// Also where the numbers of one read as a token of the other.
TEST(ShardIteratorTokensTest, TheTwoKindsAreToldApartWhateverTheyHold) {
  ShardIteratorText content = kText;
  content.stream_uid = static_cast<uint64_t>(Operation::kListShards);
  const std::string iterator = WriteShardIterator(kKey, content);
  EXPECT_FALSE(ReadPaginationToken(kKey, Operation::kListShards, iterator));
  const PaginationToken page = {Operation::kListShards, 3, 1, std::string(64, '\0')};
  EXPECT_FALSE(ReadShardIterator(kKey, WritePaginationToken(kKey, page)));
}

TEST(ShardIteratorTokensTest, ATokenFromOutsideIsItsText) {
  const ShardIterator token = "anything";
  EXPECT_TRUE(token.is_text());
  EXPECT_EQ(token.ToString(), "anything");
}

TEST(PaginationTokensTest, AWrittenTokenReadsBackForItsOperationAlone) {
  for (const std::string& marker : {std::string(), std::string("name"), std::string("\0\xff", 2)}) {
    const std::string text = WritePaginationToken(kKey, {Operation::kListStreams, 9, -5, marker});
    const auto read = ReadPaginationToken(kKey, Operation::kListStreams, text);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->stream_uid, 9U);
    EXPECT_EQ(read->issued_ms, -5);
    EXPECT_EQ(read->marker, marker);
    EXPECT_FALSE(ReadPaginationToken(kKey, Operation::kListShards, text));
    EXPECT_FALSE(ReadPaginationToken(SealKey::FromSeed(8), Operation::kListStreams, text));
  }
}

}  // namespace
}  // namespace kinesis::api::internal
