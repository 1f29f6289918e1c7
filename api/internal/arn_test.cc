#include "kinesis_core/api/internal/arn.h"

#include "gtest/gtest.h"
#include "kinesis_core/api/internal/model.h"

namespace kinesis::api::internal {
namespace {

TEST(ArnTest, AStreamsArnHasItsParts) {
  const std::string arn = StreamArn("eu-west-1", "123456789012", "orders");
  EXPECT_EQ(arn, "arn:aws:kinesis:eu-west-1:123456789012:stream/orders");
  const auto parts = ParseArn(arn);
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->partition, "aws");
  EXPECT_EQ(parts->region, "eu-west-1");
  EXPECT_EQ(parts->account_id, "123456789012");
  EXPECT_EQ(parts->stream_name, "orders");
  EXPECT_FALSE(parts->consumer_name.has_value());
}

TEST(ArnTest, AConsumersArnHasItsStreamsToo) {
  const std::string stream = StreamArn("eu-west-1", "123456789012", "orders");
  const std::string arn = ConsumerArn(stream, "app", 1'600'000'000);
  EXPECT_EQ(arn, stream + "/consumer/app:1600000000");
  const auto parts = ParseArn(arn);
  ASSERT_TRUE(parts.has_value());
  EXPECT_EQ(parts->stream_name, "orders");
  EXPECT_EQ(parts->consumer_name, "app");
  EXPECT_EQ(parts->consumer_created_seconds, 1'600'000'000);
}

TEST(ArnTest, ThePartitionIsTheRegions) {
  const struct {
    const char* region;
    const char* partition;
  } kRows[] = {{"us-east-1", "aws"},
               {"eu-central-2", "aws"},
               {"mx-central-1", "aws"},
               {"cn-northwest-1", "aws-cn"},
               {"cn-north-1", "aws-cn"},
               {"us-gov-east-1", "aws-us-gov"},
               {"us-iso-east-1", "aws-iso"},
               {"us-iso-west-1", "aws-iso"},
               {"us-isob-east-1", "aws-iso-b"},
               {"eu-isoe-west-1", "aws-iso-e"},
               {"us-isof-south-1", "aws-iso-f"},
               {"eusc-de-east-1", "aws-eusc"},
               {"us-isolated-1", "aws"},
               {"nowhere", "aws"}};
  for (const auto& row : kRows) {
    EXPECT_EQ(PartitionOf(row.region), row.partition) << row.region;
    const std::string arn = StreamArn(row.region, "123456789012", "s");
    EXPECT_EQ(arn, "arn:" + std::string(row.partition) + ":kinesis:" + row.region +
                       ":123456789012:stream/s");
    EXPECT_EQ(ParseArn(arn)->partition, row.partition);
  }
}

TEST(ArnTest, WhatIsMadeMatchesTheModelsPatterns) {
  for (const char* region :
       {"us-east-1", "cn-north-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"}) {
    const std::string stream = StreamArn(region, "123456789012", "a.b_c-D");
    EXPECT_TRUE(kStreamARNPattern.Matches(stream)) << stream;
    EXPECT_TRUE(kResourceARNPattern.Matches(stream)) << stream;
    EXPECT_TRUE(kConsumerARNPattern.Matches(ConsumerArn(stream, "app", 1))) << stream;
  }
}

TEST(ArnTest, WhatIsNeitherIsRefused) {
  for (const char* text :
       {"", "orders", "arn", "arn:aws:kinesis:r:a", "arn:aws:kinesis:r:a:stream/",
        "arn:aws:s3:r:a:stream/x", "arn:aws:kinesis:r:a:table/x",
        "arn:aws:kinesis:r:a:stream/x/consumer/", "arn:aws:kinesis:r:a:stream/x/consumer/y",
        "arn:aws:kinesis:r:a:stream/x/consumer/y:", "arn:aws:kinesis:r:a:stream/x/consumer/:1",
        "arn:aws:kinesis:r:a:stream/x/consumer/y:1z",
        "arn:aws:kinesis:r:a:stream/x/consumer/y:99999999999999999999"}) {
    EXPECT_FALSE(ParseArn(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace kinesis::api::internal
