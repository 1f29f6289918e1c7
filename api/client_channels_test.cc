// Channels: data with a life cycle. Nothing is delivered.
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

constexpr char kArn[] = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
constexpr char kRole[] = "arn:aws:iam::000000000000:role/deliver";
constexpr char kBucket[] = "arn:aws:s3:::backup";

ClientOptions WithDelays() {
  ClientOptions options;
  options.limits.rates = false;
  options.delays = LifecycleDelays::ServiceLike();
  return options;
}

DeadLetterQueueS3Configuration DeadLetters() {
  return {.bucket_arn = kBucket, .expected_bucket_owner = "000000000000"};
}

class ChannelsTest : public ClientTest {
 protected:
  explicit ChannelsTest(const ClientOptions& options = WithoutRates()) : ClientTest(options) {
    CreateElastic("s");
    clock_.Advance(absl::Seconds(10));
  }

  void CreateElastic(const std::string& name) {
    ASSERT_TRUE(client_
                    ->CreateStream({.stream_name = name,
                                    .stream_mode_details =
                                        StreamModeDetails{.stream_mode = StreamMode::kOnDemand}})
                    .ok());
  }

  static CreateChannelRequest ToBucket(const std::string& name, const std::string& stream = kArn) {
    CreateChannelRequest request{.channel_name = name, .service_execution_role_arn = kRole};
    request.stream_configuration_list.emplace(
        1, ChannelStreamConfiguration{.stream_arn = stream,
                                      .record_configuration = RecordConfiguration{
                                          .record_format_type = RecordFormatType::kJson}});
    request.s3_destination_configuration =
        S3DestinationConfiguration{.storage_configuration = S3StorageConfiguration{
                                       .bucket_arn = kBucket,
                                       .expected_bucket_owner = "000000000000",
                                       .compression_type = S3CompressionType::kNone}};
    return request;
  }
  static CreateChannelRequest ToTable(const std::string& name) {
    CreateChannelRequest request = ToBucket(name);
    request.s3_destination_configuration.reset();
    request.stream_configuration_list->front().record_configuration->gsr_schema_arn =
        "arn:aws:glue:us-east-1:000000000000:schema/shop/orders";
    S3TablesDestinationConfiguration tables{.dead_letter_queue_s3_configuration = DeadLetters()};
    tables.s3_tables_configuration_list.emplace(
        1, S3TablesConfiguration{
               .table_bucket_arn = "arn:aws:s3tables:us-east-1:000000000000:bucket/tables",
               .namespace_name = "shop",
               .table_name = "orders",
               .compression_type = S3TablesCompressionType::kZstd});
    request.s3_tables_destination_configuration = std::move(tables);
    return request;
  }

  ChannelDescription Made(const CreateChannelRequest& request) {
    return client_->CreateChannel(request).value().channel_description;
  }
  ChannelDescription Described(const std::string& arn) {
    return client_->DescribeChannel({.channel_arn = arn}).value().channel_description;
  }
  absl::Status Delete(const std::string& arn) {
    return client_->DeleteChannel({.channel_arn = arn});
  }
  Strings Names(const ListChannelsRequest& request) {
    Strings names;
    const auto response = client_->ListChannels(request).value();
    for (const ChannelSummary& channel : response.channel_summaries) {
      names.push_back(channel.channel_name);
    }
    return names;
  }
  StreamDescriptionSummary Summary(const std::string& name = "s") {
    return client_->DescribeStreamSummary({.stream_name = name}).value().stream_description_summary;
  }
};

class ChannelLifeTest : public ChannelsTest {
 protected:
  ChannelLifeTest() : ChannelsTest(WithDelays()) {}
};

// --- What is kept --------------------------------------------------------------------------------

TEST_F(ChannelsTest, AChannelToABucketIsDescribedWithWhatWasLeftOut) {
  const ChannelDescription made = Made(ToBucket("archive"));
  EXPECT_EQ(made.channel_name, "archive");
  EXPECT_EQ(made.channel_arn, std::string(kArn) + "/channel/archive:" + made.channel_id);
  EXPECT_EQ(made.channel_status, ChannelStatus::kActive);
  EXPECT_EQ(made.channel_creation_timestamp, clock_.Now());
  EXPECT_EQ(made.service_execution_role_arn, kRole);
  ASSERT_EQ(made.stream_configuration_list.size(), 1U);
  EXPECT_EQ(made.stream_configuration_list[0].stream_arn, kArn);
  EXPECT_EQ(made.stream_configuration_list[0].stream_creation_timestamp,
            clock_.Now() - absl::Seconds(10));
  EXPECT_FALSE(made.s3_tables_destination_configuration.has_value());
  const S3DestinationDescription& s3 = made.s3_destination_configuration.value();
  EXPECT_EQ(s3.data_freshness_in_seconds, 300);
  EXPECT_EQ(s3.dead_letter_queue_s3_configuration.bucket_arn, kBucket);
  EXPECT_EQ(s3.dead_letter_queue_s3_configuration.error_output_prefix, "errors/");
  EXPECT_EQ(made.logging_configuration.cloud_watch_logs->enabled, false);
  EXPECT_FALSE(made.logging_configuration.cloud_watch_logs->log_group_name.has_value());
}

TEST_F(ChannelsTest, AChannelThatLogsHasTheServicesNamesForItsLogs) {
  CreateChannelRequest request = ToTable("rows");
  request.logging_configuration =
      ChannelLoggingConfiguration{.cloud_watch_logs = CloudWatchLogs{.enabled = true}};
  const ChannelDescription made = Made(request);
  const CloudWatchLogs& logs = *made.logging_configuration.cloud_watch_logs;
  EXPECT_EQ(logs.log_group_name, "/aws/kinesis/rows/" + made.channel_id);
  EXPECT_EQ(logs.log_stream_name, "DestinationDelivery");
  const auto& tables = made.s3_tables_destination_configuration.value();
  EXPECT_EQ(tables.s3_tables_configuration_list.at(0).namespace_name, "shop");
  EXPECT_FALSE(made.s3_destination_configuration.has_value());
}

// --- Life ----------------------------------------------------------------------------------------

TEST_F(ChannelLifeTest, AChannelIsCreatedUpdatedAndDeletedInTime) {
  const std::string arn = Made(ToBucket("archive")).channel_arn;
  const auto status_now = [&] { return Described(arn).channel_status; };
  const UpdateChannelRequest update{.channel_arn = arn,
                                    .s3_destination_configuration = S3DestinationUpdateInput{60}};
  EXPECT_EQ(status_now(), ChannelStatus::kCreating);
  EXPECT_TRUE(Fails(client_->UpdateChannel(update), ErrorType::kResourceInUse,
                    "Channel archive under account 000000000000 not ACTIVE, instead in state "
                    "CREATING"));
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(status_now(), ChannelStatus::kActive);
  const auto updated = client_->UpdateChannel(update);
  EXPECT_EQ(updated->channel_description.channel_status, ChannelStatus::kUpdating);
  EXPECT_EQ(Described(arn).s3_destination_configuration->data_freshness_in_seconds, 60);
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(status_now(), ChannelStatus::kActive);
  ASSERT_TRUE(Delete(arn).ok());
  EXPECT_EQ(status_now(), ChannelStatus::kDeleting);
  clock_.Advance(absl::Seconds(5));
  ASSERT_TRUE(Delete(arn).ok());  // which begins nothing anew
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(Fails(client_->DescribeChannel({.channel_arn = arn}), ErrorType::kResourceNotFound,
                    "Channel " + arn + " under account 000000000000 not found."));
}

TEST_F(ChannelLifeTest, AChannelMayBeDeletedWhileCreatingAndItsNameIsTakenUntilItIsGone) {
  const std::string arn = Made(ToBucket("archive")).channel_arn;
  ASSERT_TRUE(Delete(arn).ok());
  EXPECT_TRUE(Fails(client_->CreateChannel(ToBucket("archive")), ErrorType::kResourceInUse,
                    "Channel archive under account 000000000000 already exists."));
  clock_.Advance(absl::Seconds(10));
  EXPECT_NE(Made(ToBucket("archive")).channel_arn, arn);  // another channel
}

TEST_F(ChannelLifeTest, AStreamWithChannelsIsNotDeletedAndStaysOnDemand) {
  const std::string arn = Made(ToBucket("archive")).channel_arn;
  const std::string begin = "Stream s under account 000000000000 has channels, so it cannot ";
  const std::string end = ". Delete them first; ListChannels with a StreamFilter finds them.";
  const auto expect_kept = [&] {
    EXPECT_TRUE(
        Fails(client_->DeleteStream({.stream_name = "s", .enforce_consumer_deletion = true}),
              ErrorType::kResourceInUse, begin + "be deleted" + end));
    EXPECT_TRUE(Fails(
        client_->UpdateStreamMode(
            {.stream_arn = kArn,
             .stream_mode_details = StreamModeDetails{.stream_mode = StreamMode::kProvisioned}}),
        ErrorType::kResourceInUse, begin + "become PROVISIONED" + end));
    EXPECT_EQ(Summary().channel_count, 1);
  };
  expect_kept();
  ASSERT_TRUE(Delete(arn).ok());
  expect_kept();
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(Summary().channel_count, 0);
  EXPECT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
}

// --- What is refused -----------------------------------------------------------------------------

struct BadChannel {
  const char* name;
  std::function<void(CreateChannelRequest&)> spoil;
  const char* message;
};

TEST_F(ChannelsTest, WhatIsWrongWithANewChannelIsNamed) {
  const auto records = [](CreateChannelRequest& r) -> RecordConfiguration& {
    return *r.stream_configuration_list->front().record_configuration;
  };
  const std::vector<BadChannel> to_bucket = {
      {"name", [](auto& r) { r.channel_name = "a b"; },
       "Invalid ChannelName. ChannelName must satisfy regular expression pattern: "
       "[a-zA-Z0-9_.-]+. Specified value was a b"},
      {"role", [](auto& r) { r.service_execution_role_arn = "deliver"; },
       "Invalid ServiceExecutionRoleARN. ServiceExecutionRoleARN must satisfy regular expression "
       "pattern: arn:aws.*:iam::\\d{12}:role/\\S+. Specified value was deliver"},
      {"no stream", [](auto& r) { r.stream_configuration_list->clear(); },
       "Invalid StreamConfigurationList. StreamConfigurationList must have one member. It has 0."},
      {"no destination", [](auto& r) { r.s3_destination_configuration.reset(); },
       "Either S3DestinationConfiguration or S3TablesDestinationConfiguration should be provided, "
       "and not both."},
      {"both",
       [](auto& r) {
         r.s3_tables_destination_configuration = ToTable("x").s3_tables_destination_configuration;
       },
       "Either S3DestinationConfiguration or S3TablesDestinationConfiguration should be provided, "
       "and not both."},
      {"bucket",
       [](auto& r) { r.s3_destination_configuration->storage_configuration->bucket_arn = "b"; },
       "Invalid BucketARN. BucketARN must satisfy regular expression pattern: "
       "arn:aws.*:s3:::[a-zA-Z0-9_.-]+. Specified value was b"},
      {"owner",
       [](auto& r) {
         r.s3_destination_configuration->storage_configuration->expected_bucket_owner = "me";
       },
       "Invalid ExpectedBucketOwner. ExpectedBucketOwner must satisfy regular expression pattern: "
       "\\d{12}. Specified value was me"},
      {"freshness", [](auto& r) { r.s3_destination_configuration->data_freshness_in_seconds = 0; },
       "Invalid DataFreshnessInSeconds. DataFreshnessInSeconds must be at least 1. Specified value "
       "was 0"},
      {"format", [&](auto& r) { records(r).record_format_type = "GSR_JSON"; },
       "Invalid RecordFormatType. RecordFormatType must be JSON, STRING or BYTE_ARRAY for an "
       "S3DestinationConfiguration. Specified value was GSR_JSON"},
      {"key",
       [](auto& r) {
         r.encryption_configuration = ChannelEncryptionConfiguration{.encryption_type = "KMS",
                                                                     .key_id = "alias/aws/kinesis"};
       },
       "Invalid KeyId. KeyId must be a key of yours, not the service's (aws/kinesis). Specified "
       "value was alias/aws/kinesis"},
  };
  const std::vector<BadChannel> to_table = {
      {"schema", [&](auto& r) { records(r).gsr_schema_arn.reset(); },
       "GSRSchemaARN must be provided for an S3TablesDestinationConfiguration."},
      {"format", [&](auto& r) { records(r).record_format_type = "STRING"; },
       "Invalid RecordFormatType. RecordFormatType must be JSON or GSR_JSON for an "
       "S3TablesDestinationConfiguration. Specified value was STRING"},
      {"tables",
       [](auto& r) {
         auto& list = *r.s3_tables_destination_configuration->s3_tables_configuration_list;
         list.push_back(list.front());
       },
       "Invalid S3TablesConfigurationList. S3TablesConfigurationList must have one member. It has "
       "2."},
  };
  for (const auto& [cases, sample] :
       {std::pair(&to_bucket, ToBucket("x")), std::pair(&to_table, ToTable("x"))}) {
    for (const BadChannel& bad : *cases) {
      CreateChannelRequest request = sample;
      bad.spoil(request);
      EXPECT_TRUE(Fails(client_->CreateChannel(request), ErrorType::kInvalidArgument, bad.message))
          << bad.name;
    }
  }
  EXPECT_TRUE(Names({}).empty());
}

TEST_F(ChannelsTest, OnlyAnOnDemandStreamThatIsThereHasChannels) {
  Create("fixed");
  const std::string fixed = "arn:aws:kinesis:us-east-1:000000000000:stream/fixed";
  EXPECT_TRUE(Fails(client_->CreateChannel(ToBucket("x", fixed)), ErrorType::kValidation,
                    "Request is invalid. Stream fixed under account 000000000000 is in Provisioned "
                    "mode."));
  EXPECT_TRUE(Fails(client_->CreateChannel(ToBucket("x", fixed + "ly")),
                    ErrorType::kResourceNotFound,
                    "Stream fixedly under account 000000000000 not found."));
}

TEST_F(ChannelsTest, AnUpdateIsOfTheChannelsOwnDestinationAndChangesSomething) {
  const std::string arn = Made(ToTable("rows")).channel_arn;
  EXPECT_TRUE(Fails(client_->UpdateChannel({.channel_arn = arn}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(
      Fails(client_->UpdateChannel(
                {.channel_arn = arn, .s3_destination_configuration = S3DestinationUpdateInput{60}}),
            ErrorType::kInvalidArgument,
            "Channel rows has an S3TablesDestinationConfiguration, and its destination cannot be "
            "changed."));
  const auto updated = client_->UpdateChannel(
      {.channel_arn = arn,
       .s3_tables_destination_configuration = S3TablesDestinationUpdateInput{60},
       .logging_configuration =
           ChannelLoggingUpdateInput{.cloud_watch_logs = CloudWatchLogsUpdateInput{
                                         .enabled = true, .log_group_name = "mine"}}});
  const ChannelDescription& now = updated->channel_description;
  EXPECT_EQ(now.s3_tables_destination_configuration->data_freshness_in_seconds, 60);
  EXPECT_EQ(now.logging_configuration.cloud_watch_logs->log_group_name, "mine");
  EXPECT_EQ(now.logging_configuration.cloud_watch_logs->log_stream_name, "DestinationDelivery");
}

TEST_F(ChannelsTest, AnArnThatIsNoChannelsIsToldFromOneThatIsNotThere) {
  EXPECT_TRUE(Fails(client_->DescribeChannel({.channel_arn = kArn}), ErrorType::kInvalidArgument,
                    std::string("Invalid ARN ") + kArn));
  const std::string nobody = std::string(kArn) + "/channel/nobody:x";
  for (const absl::Status& status :
       {client_->DescribeChannel({.channel_arn = nobody}).status(), Delete(nobody),
        client_->TagResource({.resource_arn = nobody, .tags = TagMap{{"a", "b"}}})}) {
    EXPECT_TRUE(Fails(status, ErrorType::kResourceNotFound,
                      "Channel " + nobody + " under account 000000000000 not found."));
  }
}

// --- Counts, pages, tags -------------------------------------------------------------------------

TEST_F(ChannelsTest, ChannelsAreCountedAndLimited) {
  for (int i = 0; i < 50; ++i) Made(ToBucket("c" + std::to_string(i)));
  EXPECT_TRUE(Fails(client_->CreateChannel(ToBucket("c50")), ErrorType::kLimitExceeded,
                    "This request would exceed the limit of 50 channels for the account "
                    "000000000000."));
  const DescribeLimitsResponse limits = client_->DescribeLimits({}).value();
  EXPECT_EQ(limits.channel_count, 50);
  EXPECT_EQ(limits.channel_count_limit, 50);
  EXPECT_EQ(Summary().channel_count, 50);
}

TEST_F(ChannelsTest, TheyAreListedByStreamAndPageByPage) {
  CreateElastic("t");
  const std::string other = "arn:aws:kinesis:us-east-1:000000000000:stream/t";
  for (const char* name : {"e", "c", "a"}) Made(ToBucket(name));
  for (const char* name : {"d", "b"}) Made(ToBucket(name, other));
  EXPECT_EQ(Names({}), Strings({"a", "b", "c", "d", "e"}));
  ListChannelsRequest of_other;
  of_other.stream_filter.emplace(1, StreamFilter{.stream_arn = other});
  EXPECT_EQ(Names(of_other), Strings({"b", "d"}));
  of_other.stream_filter->front().stream_creation_timestamp = absl::UnixEpoch();
  EXPECT_TRUE(Names(of_other).empty());
  ListChannelsPages pages(*client_, {.max_results = 2});
  Strings names;
  for (const ListChannelsResponse& page : pages) {
    EXPECT_LE(page.channel_summaries.size(), 2U);
    for (const ChannelSummary& channel : page.channel_summaries) {
      EXPECT_EQ(channel.channel_destination_type, ChannelDestinationType::kS3);
      EXPECT_EQ(channel.streams.size(), 1U);
      names.push_back(channel.channel_name);
    }
  }
  EXPECT_EQ(names, Strings({"a", "b", "c", "d", "e"}));
  EXPECT_TRUE(Fails(client_->ListChannels({.max_results = 0}), ErrorType::kInvalidArgument,
                    "Invalid MaxResults. MaxResults must be at least 1. Specified value was 0"));
  const auto page = client_->ListChannels({.max_results = 1});
  clock_.Advance(absl::Seconds(301));
  EXPECT_TRUE(
      Fails(client_->ListChannels({.next_token = page->next_token}), ErrorType::kExpiredNextToken));
}

TEST_F(ChannelsTest, TheyAreTaggedByTheirArns) {
  CreateChannelRequest request = ToBucket("archive");
  request.tags = TagMap{{"team", "shop"}};
  const std::string arn = Made(request).channel_arn;
  ASSERT_TRUE(client_->TagResource({.resource_arn = arn, .tags = TagMap{{"stage", "test"}}}).ok());
  ASSERT_TRUE(client_->UntagResource({.resource_arn = arn, .tag_keys = Strings{"team"}}).ok());
  const auto tags = client_->ListTagsForResource({.resource_arn = arn});
  ASSERT_EQ(tags->tags.size(), 1U);
  EXPECT_EQ(tags->tags[0].key, "stage");
  EXPECT_TRUE(client_->ListTagsForResource({.resource_arn = kArn})->tags.empty());
  EXPECT_TRUE(Fails(client_->PutResourcePolicy({.resource_arn = arn, .policy = "{}"}),
                    ErrorType::kResourceNotFound));
}

class ChannelRatesTest : public ChannelsTest {
 protected:
  ChannelRatesTest() : ChannelsTest(ClientOptions()) {}
};

TEST_F(ChannelRatesTest, EachOperationMayBeCalledFiveTimesASecond) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client_->ListChannels({}).ok());
  EXPECT_TRUE(Fails(client_->ListChannels({}), ErrorType::kLimitExceeded));
  for (int i = 0; i < 5; ++i) Made(ToBucket("c" + std::to_string(i)));
  EXPECT_TRUE(Fails(client_->CreateChannel(ToBucket("c5")), ErrorType::kLimitExceeded));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(client_->ListChannels({}).ok());
}

}  // namespace
}  // namespace kinesis::api
