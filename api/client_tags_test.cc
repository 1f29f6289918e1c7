// What tags may be made of, in every operation that takes tags or their keys.
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

constexpr char kArn[] = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
constexpr char kInvalid[] =
    "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
    "_ . / = + - % @.";

class TagRulesTest : public ClientTest {
 protected:
  TagRulesTest() { Create("s"); }

  // Of every operation that takes tags, with these.
  std::vector<absl::Status> Tag(const TagMap& tags) {
    return {
        client_->CreateStream({.stream_name = "new", .shard_count = 1, .tags = tags}),
        client_->AddTagsToStream({.stream_name = "s", .tags = tags}),
        client_->TagResource({.resource_arn = kArn, .tags = tags}),
        client_->RegisterStreamConsumer({.stream_arn = kArn, .consumer_name = "new", .tags = tags})
            .status()};
  }
  // Of every operation that removes them.
  std::vector<absl::Status> Untag(const std::string& key) {
    const std::vector<std::string> keys = {"fine", key};
    return {client_->RemoveTagsFromStream({.stream_name = "s", .tag_keys = keys}),
            client_->UntagResource({.resource_arn = kArn, .tag_keys = keys})};
  }
  absl::Status ListAfter(const std::string& key) {
    return client_->ListTagsForStream({.stream_name = "s", .exclusive_start_tag_key = key})
        .status();
  }
};

TEST_F(TagRulesTest, OtherCharactersAreRefusedByEveryOperationThatTakesTagsOrKeys) {
  for (const char* bad : {"a<b>", "line\nbreak", "tab\t", "b;c", "(b)", "{v}", "a,b", "quote\"",
                          "\u20ac", "\U0001f600"}) {
    for (const TagMap& tags :
         {TagMap{{bad, "value"}}, TagMap{{"key", bad}}, TagMap{{"fine", "fine"}, {"key", bad}}}) {
      for (const absl::Status& status : Tag(tags)) {
        EXPECT_TRUE(Fails(status, ErrorType::kInvalidArgument, kInvalid)) << bad;
      }
    }
    for (const absl::Status& status : Untag(bad)) {
      EXPECT_TRUE(Fails(status, ErrorType::kInvalidArgument, kInvalid)) << bad;
    }
    EXPECT_TRUE(Fails(ListAfter(bad), ErrorType::kInvalidArgument, kInvalid)) << bad;
  }
  EXPECT_TRUE(client_->ListTagsForStream({.stream_name = "s"}).value().tags.empty());
}

TEST_F(TagRulesTest, LettersDigitsBlanksAndSomeSignsAreTaken) {
  const TagMap tags = {{"team:core", "a:b"},
                       {"owner", "a.b@example.org"},
                       {"Ελλ", "日本 語"},
                       {"p", "a_b.c/d=e+f-g%"},
                       {"empty", ""}};
  for (const absl::Status& status : Tag(tags)) EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(client_->ListTagsForStream({.stream_name = "s"}).value().tags.size(), tags.size());
  for (const auto& [key, value] : tags) {
    EXPECT_TRUE(ListAfter(key).ok()) << key;
    for (const absl::Status& status : Untag(key)) EXPECT_TRUE(status.ok()) << status;
  }
}

TEST_F(TagRulesTest, KeysThatBeginAsTheServicesOwnAreReserved) {
  for (const char* key : {"aws:cloudformation:stack-name", "aws:", "AWS:x", "Aws:y"}) {
    for (const absl::Status& status : Tag({{key, "x"}})) {
      EXPECT_TRUE(Fails(status, ErrorType::kInvalidArgument)) << key;
    }
    for (const absl::Status& status : Untag(key)) {
      EXPECT_TRUE(Fails(status, ErrorType::kInvalidArgument)) << key;
    }
  }
  for (const absl::Status& status : Tag({{"awsome", "aws:x"}, {"my-aws:", "x"}})) {
    EXPECT_TRUE(status.ok()) << status;
  }
}

}  // namespace
}  // namespace kinesis::api
