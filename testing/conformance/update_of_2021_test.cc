// Operations and members that the service had by the end of 2021: modes, the summary, the account's
// limits, retention in hours, enhanced monitoring, encryption.
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api::testing {
namespace {

constexpr char kArn[] = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

class UpdateOf2021Test : public ClientTest {
 protected:
  StreamDescriptionSummary Summary(const std::string& name = "s") {
    return client_->DescribeStreamSummary({.stream_name = name}).value().stream_description_summary;
  }
  StreamDescription Description(const std::string& name = "s") {
    return client_->DescribeStream({.stream_name = name}).value().stream_description;
  }
};

TEST_F(UpdateOf2021Test, AStreamTellsWhenItWasCreated) {
  const absl::Time created = clock_.Now();
  Create("s");
  clock_.Advance(absl::Hours(5));
  EXPECT_EQ(Summary().stream_creation_timestamp, created);
  EXPECT_EQ(Description().stream_creation_timestamp, created);
  EXPECT_EQ(client_->ListStreams({}).value().stream_summaries.at(0).stream_creation_timestamp,
            created);
}

TEST_F(UpdateOf2021Test, TheSummaryOfAPlainStream) {
  Create("s", 3);
  const StreamDescriptionSummary summary = Summary();
  EXPECT_EQ(summary.stream_name, "s");
  EXPECT_EQ(summary.stream_arn, kArn);
  EXPECT_EQ(summary.stream_status, StreamStatus::kActive);
  EXPECT_EQ(summary.stream_mode_details->stream_mode, StreamMode::kProvisioned);
  EXPECT_EQ(summary.retention_period_hours, 24);
  EXPECT_EQ(summary.encryption_type, EncryptionType::kNone);
  EXPECT_FALSE(summary.key_id.has_value());
  EXPECT_EQ(summary.open_shard_count, 3);
  EXPECT_EQ(summary.consumer_count, 0);
  ASSERT_EQ(summary.enhanced_monitoring.size(), 1U);
  EXPECT_TRUE(summary.enhanced_monitoring[0].shard_level_metrics.empty());
}

TEST_F(UpdateOf2021Test, OnlyOpenShardsCount) {
  Create("s", 2);
  ASSERT_TRUE(
      client_
          ->SplitShard(
              {.stream_name = "s", .shard_to_split = ShardId(0), .new_starting_hash_key = "1000"})
          .ok());
  EXPECT_EQ(Summary().open_shard_count, 3);
  EXPECT_EQ(Description().shards.size(), 4U);
  EXPECT_EQ(client_->DescribeLimits({}).value().open_shard_count, 3);
}

TEST_F(UpdateOf2021Test, AStreamIsMadeInAModeAndChangesIt) {
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  ASSERT_TRUE(client_->CreateStream({.stream_name = "s", .stream_mode_details = on_demand}).ok());
  EXPECT_EQ(Summary().stream_mode_details->stream_mode, StreamMode::kOnDemand);
  EXPECT_EQ(Summary().open_shard_count, 4);
  const StreamModeDetails provisioned{.stream_mode = StreamMode::kProvisioned};
  ASSERT_TRUE(
      client_->UpdateStreamMode({.stream_arn = kArn, .stream_mode_details = provisioned}).ok());
  EXPECT_EQ(Description().stream_mode_details->stream_mode, StreamMode::kProvisioned);
  EXPECT_EQ(
      client_->ListStreams({}).value().stream_summaries.at(0).stream_mode_details->stream_mode,
      StreamMode::kProvisioned);
}

TEST_F(UpdateOf2021Test, TheAccountTellsItsLimitsAndItsUse) {
  Create("s", 3);
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  ASSERT_TRUE(client_->CreateStream({.stream_name = "d", .stream_mode_details = on_demand}).ok());
  const DescribeLimitsResponse limits = client_->DescribeLimits({}).value();
  EXPECT_EQ(limits.shard_limit, 500);
  EXPECT_EQ(limits.open_shard_count, 3);
  EXPECT_EQ(limits.on_demand_stream_count, 1);
  EXPECT_EQ(limits.on_demand_stream_count_limit, 50);
}

TEST_F(UpdateOf2021Test, RetentionIsInHoursUpToAYear) {
  Create("s");
  Put("s", "kept");
  ASSERT_TRUE(
      client_->IncreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 8760})
          .ok());
  EXPECT_EQ(Summary().retention_period_hours, 8760);
  EXPECT_EQ(Description().retention_period_hours, 8760);
  clock_.Advance(absl::Hours(8760));
  EXPECT_EQ(Get(IteratorOf("s")).records.size(), 1U);
  ASSERT_TRUE(
      client_->DecreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 24})
          .ok());
  EXPECT_TRUE(Get(IteratorOf("s")).records.empty());
}

TEST_F(UpdateOf2021Test, MonitoringIsShownByTheDescriptions) {
  using M = MetricsName;
  Create("s");
  ASSERT_TRUE(client_
                  ->EnableEnhancedMonitoring(
                      {.stream_name = "s", .shard_level_metrics = std::vector<TextOr<M>>{"ALL"}})
                  .ok());
  EXPECT_EQ(Summary().enhanced_monitoring.at(0).shard_level_metrics.size(), 7U);
  ASSERT_TRUE(
      client_
          ->DisableEnhancedMonitoring(
              {.stream_name = "s",
               .shard_level_metrics =
                   std::vector<TextOr<M>>{"IncomingBytes", "IncomingRecords", "OutgoingBytes",
                                          "OutgoingRecords", "WriteProvisionedThroughputExceeded"}})
          .ok());
  EXPECT_EQ(Description().enhanced_monitoring.at(0).shard_level_metrics,
            std::vector<M>({M::kReadProvisionedThroughputExceeded, M::kIteratorAgeMilliseconds}));
}

TEST_F(UpdateOf2021Test, EncryptionIsShownByTheDescriptions) {
  Create("s");
  ASSERT_TRUE(client_
                  ->StartStreamEncryption({.stream_name = "s",
                                           .encryption_type = EncryptionType::kKms,
                                           .key_id = "alias/aws/kinesis"})
                  .ok());
  EXPECT_EQ(Summary().encryption_type, EncryptionType::kKms);
  EXPECT_EQ(Description().key_id, "alias/aws/kinesis");
  ASSERT_TRUE(client_
                  ->StopStreamEncryption({.stream_name = "s",
                                          .encryption_type = EncryptionType::kKms,
                                          .key_id = "alias/aws/kinesis"})
                  .ok());
  EXPECT_EQ(Summary().encryption_type, EncryptionType::kNone);
  EXPECT_FALSE(Summary().key_id.has_value());
}

}  // namespace
}  // namespace kinesis::api::testing
