// Tokens are strict: one that was forged, cut, taken from elsewhere or kept too long gives the
// service's error, and nothing is read.
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api::testing {
namespace {

// The number of records read from shards so far, by the engine's own count.
uint64_t ReadSoFar(const Client& client) {
  uint64_t records = 0;
  for (const StreamMetrics& stream : client.engine().Metrics().streams) {
    for (const ShardMetrics& shard : stream.shards) records += shard.outgoing_records;
  }
  return records;
}

std::string Decoded(std::string_view text) {
  std::string bytes;
  EXPECT_TRUE(absl::Base64Unescape(absl::string_view(text.data(), text.size()), &bytes));
  return bytes;
}

// The token with each byte of what it encodes changed in turn: one bit, and all of them.
std::vector<std::string> ForgedBytes(const std::string& token) {
  const std::string bytes = Decoded(token);
  std::vector<std::string> forged;
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const char mask : {'\x01', '\x80', '\xFF'}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      forged.push_back(absl::Base64Escape(changed));
    }
  }
  return forged;
}

// The token with each character changed in turn; and with each that base64 has at its end, which
// may stand for the same bytes.
std::vector<std::string> ForgedCharacters(const std::string& token) {
  std::vector<std::string> forged;
  for (size_t i = 0; i < token.size(); ++i) {
    for (const char c : {'A', 'B', '=', ' ', '\n', '-'}) {
      std::string changed = token;
      changed[i] = c;
      if (changed != token) forged.push_back(changed);
    }
  }
  return forged;
}

// The token cut to each length, by characters and by the bytes that it encodes; and made longer.
std::vector<std::string> Cut(const std::string& token) {
  std::vector<std::string> cut;
  for (size_t length = 1; length < token.size(); ++length) cut.push_back(token.substr(0, length));
  const std::string bytes = Decoded(token);
  for (size_t length = 1; length < bytes.size(); ++length) {
    cut.push_back(absl::Base64Escape(bytes.substr(0, length)));
    cut.push_back(absl::Base64Escape(bytes.substr(length)));
  }
  for (const char* more : {"A", "AAAA", "=", " ", "\n"}) cut.push_back(token + more);
  return cut;
}

std::vector<std::string> Broken(const std::string& token) {
  std::vector<std::string> all;
  for (const auto& make : {ForgedBytes, ForgedCharacters, Cut}) {
    for (std::string& text : make(token)) all.push_back(std::move(text));
  }
  return all;
}

class OpaqueTokensTest : public ClientTest {
 protected:
  OpaqueTokensTest() {
    Create("s", 3);
    Put("s", "secret", "a");
    Put("s", "secret", "b");
  }

  std::string ListingToken() {
    return client_->ListShards({.stream_name = "s", .max_results = 1}).value().next_token.value();
  }
  // A client of the same engine, account and stream name, that has another key.
  std::unique_ptr<Client> Stranger() {
    auto stranger = Client::Create(WithoutRates(), {.clock = &clock_}).value();
    EXPECT_TRUE(stranger->CreateStream({.stream_name = "s", .shard_count = 3}).ok());
    return stranger;
  }
};

// --- Shard iterators -----------------------------------------------------------------------------

TEST_F(OpaqueTokensTest, AShardIteratorThatWasChangedReadsNothing) {
  const std::string token = IteratorOf("s").ToString();
  const std::vector<std::string> all = Broken(token);
  EXPECT_GT(all.size(), 1000U);
  for (const std::string& text : all) {
    ASSERT_TRUE(Fails(client_->GetRecords({.shard_iterator = text}), ErrorType::kInvalidArgument,
                      "Invalid ShardIterator."))
        << text;
  }
  EXPECT_EQ(ReadSoFar(*client_), 0U);
  EXPECT_TRUE(client_->GetRecords({.shard_iterator = token}).ok());
}

TEST_F(OpaqueTokensTest, AnEmptyOrEndlessShardIteratorIsNoValue) {
  for (const size_t length : {size_t{0}, size_t{513}, size_t{1} << 20}) {
    EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = std::string(length, 'A')}),
                      ErrorType::kValidation));
  }
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = std::string(512, 'A')}),
                    ErrorType::kInvalidArgument, "Invalid ShardIterator."));
}

TEST_F(OpaqueTokensTest, AShardIteratorOfAnotherClientReadsNothing) {
  const auto stranger = Stranger();
  for (const ShardIterator& token : {IteratorOf("s"), ShardIterator(IteratorOf("s").ToString())}) {
    EXPECT_TRUE(Fails(stranger->GetRecords({.shard_iterator = token}), ErrorType::kInvalidArgument,
                      "Invalid ShardIterator."));
  }
  EXPECT_EQ(ReadSoFar(*stranger), 0U);
}

TEST_F(OpaqueTokensTest, AShardIteratorReadsItsOwnStreamAndShardAlone) {
  Create("other");
  const std::string other = client_->DescribeStreamSummary({.stream_name = "other"})
                                .value()
                                .stream_description_summary.stream_arn;
  EXPECT_TRUE(
      Fails(client_->GetRecords({.shard_iterator = IteratorOf("s"), .stream_arn = other}),
            ErrorType::kInvalidArgument,
            "The ShardIterator is not of the stream that is named, but of stream s under account "
            "000000000000."));
  EXPECT_EQ(ReadSoFar(*client_), 0U);
  for (uint32_t shard = 0; shard < 3; ++shard) {
    const std::string token = IteratorOf("s", ShardId(shard)).ToString();
    for (const Record& record : Get(token).records) {
      EXPECT_EQ(record.sequence_number.shard_index(), shard);
    }
  }
}

TEST_F(OpaqueTokensTest, AListingTokenIsNoShardIteratorAndTheOtherWayAround) {
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = ListingToken()}),
                    ErrorType::kInvalidArgument, "Invalid ShardIterator."));
  EXPECT_TRUE(Fails(client_->ListShards({.next_token = IteratorOf("s").ToString()}),
                    ErrorType::kInvalidArgument, "Invalid NextToken."));
}

TEST_F(OpaqueTokensTest, AShardIteratorThatIsTooOldReadsNothing) {
  const std::string text = IteratorOf("s").ToString();
  const ShardIterator typed = IteratorOf("s");
  clock_.Advance(absl::Milliseconds(300'001));
  for (const ShardIterator& token : {ShardIterator(text), typed}) {
    EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = token}), ErrorType::kExpiredIterator));
  }
  EXPECT_EQ(ReadSoFar(*client_), 0U);
}

TEST_F(OpaqueTokensTest, AShardIteratorOfAShardThatHasGoneReadsNothing) {
  Create("short", 1);
  const std::string token = IteratorOf("short").ToString();
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "short"}).ok());
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = token}), ErrorType::kResourceNotFound,
                    "Stream short under account 000000000000 not found."));
}

// --- Listing tokens ------------------------------------------------------------------------------

TEST_F(OpaqueTokensTest, AListingTokenThatWasChangedListsNothing) {
  const std::string token = ListingToken();
  for (const std::string& text : Broken(token)) {
    ASSERT_TRUE(Fails(client_->ListShards({.next_token = text}), ErrorType::kInvalidArgument,
                      "Invalid NextToken."))
        << text;
  }
  EXPECT_TRUE(client_->ListShards({.next_token = token}).ok());
}

TEST_F(OpaqueTokensTest, AListingTokenOfAnotherClientOrOperationListsNothing) {
  const auto stranger = Stranger();
  EXPECT_TRUE(Fails(stranger->ListShards({.next_token = ListingToken()}),
                    ErrorType::kInvalidArgument, "Invalid NextToken."));
  EXPECT_TRUE(Fails(client_->ListStreams({.next_token = ListingToken()}),
                    ErrorType::kInvalidArgument, "Invalid NextToken."));
}

TEST_F(OpaqueTokensTest, AListingTokenLivesForFiveMinutes) {
  const std::string token = ListingToken();
  clock_.Advance(absl::Seconds(300));
  EXPECT_TRUE(client_->ListShards({.next_token = token}).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Fails(client_->ListShards({.next_token = token}), ErrorType::kExpiredNextToken));
}

TEST_F(OpaqueTokensTest, AListingTokenDoesNotOutliveItsStream) {
  const std::string token = ListingToken();
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  Create("s", 3);
  EXPECT_TRUE(Fails(client_->ListShards({.next_token = token}), ErrorType::kResourceNotFound,
                    "Stream s under account 000000000000 not found."));
}

}  // namespace
}  // namespace kinesis::api::testing
