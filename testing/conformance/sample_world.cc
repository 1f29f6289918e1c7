#include "kinesis_core/testing/conformance/sample_world.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/testing/internal/loopback.h"

namespace kinesis::api::testing {
namespace {

constexpr char kStream[] = "orders";
constexpr char kConsumer[] = "billing";

ClientOptions OptionsOfWorld(const EngineOptions& engine_options) {
  ClientOptions options;
  // So that worlds in directories can be compared with one another.
  if (!engine_options.directory.empty()) options.token_seed = 1;
  options.limits.rates = false;
  options.delays = LifecycleDelays::ServiceLike();
  return options;
}

std::string Arn() { return SampleWorld::ArnOf(kStream); }

// Registered when the clock stands at 30 seconds after its beginning.
std::string ConsumerArn() { return Arn() + "/consumer/" + kConsumer + ":1600000030"; }

}  // namespace

absl::Status SampleWorld::Restart() {
  client_.reset();
  auto client = Client::Create(OptionsOfWorld(engine_options_), engine_options_);
  if (!client.ok()) return client.status();
  client_ = kinesis::testing::AsTheSuiteIsRun(*std::move(client));
  return absl::OkStatus();
}

SampleWorld::SampleWorld(absl::Duration step, const EngineOptions& engine_options)
    : stepping_(clock_, absl::ZeroDuration()), engine_options_(engine_options) {
  engine_options_.clock = step > absl::ZeroDuration() ? static_cast<Clock*>(&stepping_) : &clock_;
  const absl::Status started = Restart();
  EXPECT_TRUE(started.ok()) << started;
  client_->CreateStream({.stream_name = kStream, .shard_count = 2}).IgnoreError();
  client_->CreateStream({.stream_name = "other", .shard_count = 1}).IgnoreError();
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  client_->CreateStream({.stream_name = "elastic", .stream_mode_details = on_demand}).IgnoreError();
  Settle();
  CreateChannelRequest channel;
  FillSample(*this, &channel);
  channel.channel_name = "archive";
  channel_arn_ = client_->CreateChannel(channel).value().channel_description.channel_arn;
  client_->IncreaseStreamRetentionPeriod({.stream_name = kStream, .retention_period_hours = 48})
      .IgnoreError();
  Settle();
  client_
      ->StartStreamEncryption(
          {.stream_name = kStream, .encryption_type = EncryptionType::kKms, .key_id = "key"})
      .IgnoreError();
  Settle();
  client_->RegisterStreamConsumer({.stream_arn = Arn(), .consumer_name = kConsumer}).IgnoreError();
  Settle();
  client_->AddTagsToStream({.stream_name = kStream, .tags = TagMap{{"team", "shop"}}})
      .IgnoreError();
  client_->PutResourcePolicy({.resource_arn = Arn(), .policy = R"({"Statement": []})"})
      .IgnoreError();
  client_->PutRecord({.stream_name = kStream, .data = "tea", .partition_key = "alice"})
      .IgnoreError();
  client_->PutRecord({.stream_name = kStream, .data = "milk", .partition_key = "bob"})
      .IgnoreError();
  stepping_.SetStep(step);
}

std::string SampleWorld::IdOf(const std::string& stream) {
  return client_->DescribeStreamSummary({.stream_name = stream})
      .value()
      .stream_description_summary.stream_id.value();
}

// --- Streams -------------------------------------------------------------------------------------

void FillSample(SampleWorld& /*world*/, CreateStreamRequest* request) {
  *request = {.stream_name = "fresh",
              .shard_count = 1,
              .stream_mode_details = StreamModeDetails{.stream_mode = StreamMode::kProvisioned},
              .tags = TagMap{{"team", "shop"}}};
}
void FillSample(SampleWorld& /*world*/, DeleteStreamRequest* request) {
  *request = {.stream_name = kStream, .enforce_consumer_deletion = true};
}
void FillSample(SampleWorld& /*world*/, DescribeStreamRequest* request) {
  *request = {.stream_name = kStream};
}
void FillSample(SampleWorld& /*world*/, DescribeStreamSummaryRequest* request) {
  *request = {.stream_name = kStream};
}
void FillSample(SampleWorld& /*world*/, ListStreamsRequest* request) { *request = {}; }
void FillSample(SampleWorld& /*world*/, UpdateStreamModeRequest* request) {
  *request = {.stream_arn = Arn(),
              .stream_mode_details = StreamModeDetails{.stream_mode = StreamMode::kOnDemand}};
}
void FillSample(SampleWorld& /*world*/, UpdateStreamWarmThroughputRequest* request) {
  *request = {.stream_name = "elastic", .warm_throughput_mibps = 5};
}
void FillSample(SampleWorld& /*world*/, UpdateStreamRecordDistributionStrategyRequest* request) {
  *request = {.stream_arn = SampleWorld::ArnOf("elastic"),
              .record_distribution_strategy = RecordDistributionStrategy::kAuto};
}
void FillSample(SampleWorld& /*world*/, UpdateMaxRecordSizeRequest* request) {
  *request = {.stream_arn = Arn(), .max_record_size_in_kib = 2048};
}
void FillSample(SampleWorld& /*world*/, IncreaseStreamRetentionPeriodRequest* request) {
  *request = {.stream_name = kStream, .retention_period_hours = 72};
}
void FillSample(SampleWorld& /*world*/, DecreaseStreamRetentionPeriodRequest* request) {
  *request = {.stream_name = kStream, .retention_period_hours = 24};
}
void FillSample(SampleWorld& /*world*/, StartStreamEncryptionRequest* request) {
  *request = {.stream_name = kStream, .encryption_type = EncryptionType::kKms, .key_id = "other"};
}
void FillSample(SampleWorld& /*world*/, StopStreamEncryptionRequest* request) {
  *request = {.stream_name = kStream, .encryption_type = EncryptionType::kKms, .key_id = "key"};
}
void FillSample(SampleWorld& /*world*/, EnableEnhancedMonitoringRequest* request) {
  *request = {.stream_name = kStream,
              .shard_level_metrics = std::vector<TextOr<MetricsName>>{MetricsName::kAll}};
}
void FillSample(SampleWorld& /*world*/, DisableEnhancedMonitoringRequest* request) {
  *request = {.stream_name = kStream,
              .shard_level_metrics = std::vector<TextOr<MetricsName>>{MetricsName::kAll}};
}

// --- Records -------------------------------------------------------------------------------------

void FillSample(SampleWorld& /*world*/, PutRecordRequest* request) {
  *request = {.stream_name = kStream, .data = "data", .partition_key = "key"};
}
void FillSample(SampleWorld& /*world*/, PutRecordsRequest* request) {
  *request = {.stream_name = kStream};
  request->records.emplace(1, PutRecordsRequestEntry{.data = "data", .partition_key = "key"});
}
void FillSample(SampleWorld& /*world*/, GetShardIteratorRequest* request) {
  *request = {.stream_name = kStream,
              .shard_id = ShardId(0),
              .shard_iterator_type = ShardIteratorType::kTrimHorizon};
}
void FillSample(SampleWorld& world, GetRecordsRequest* request) {
  *request = {.shard_iterator = world.client()
                                    .GetShardIterator(SampleRequest<GetShardIteratorRequest>(world))
                                    .value()
                                    .shard_iterator};
}

// --- Shards --------------------------------------------------------------------------------------

void FillSample(SampleWorld& /*world*/, ListShardsRequest* request) {
  *request = {
      .stream_name = kStream,
      .shard_filter = ShardFilter{.type = ShardFilterType::kAfterShardId, .shard_id = ShardId(0)}};
}
void FillSample(SampleWorld& /*world*/, SplitShardRequest* request) {
  *request = {
      .stream_name = kStream, .shard_to_split = ShardId(0), .new_starting_hash_key = "1000"};
}
void FillSample(SampleWorld& /*world*/, MergeShardsRequest* request) {
  *request = {
      .stream_name = kStream, .shard_to_merge = ShardId(0), .adjacent_shard_to_merge = ShardId(1)};
}
void FillSample(SampleWorld& /*world*/, UpdateShardCountRequest* request) {
  *request = {.stream_name = kStream,
              .target_shard_count = 3,
              .scaling_type = ScalingType::kUniformScaling};
}

// --- Consumers -----------------------------------------------------------------------------------

void FillSample(SampleWorld& /*world*/, RegisterStreamConsumerRequest* request) {
  *request = {.stream_arn = Arn(), .consumer_name = "shipping", .tags = TagMap{{"team", "shop"}}};
}
void FillSample(SampleWorld& /*world*/, DescribeStreamConsumerRequest* request) {
  *request = {.consumer_arn = ConsumerArn()};
}
void FillSample(SampleWorld& /*world*/, ListStreamConsumersRequest* request) {
  *request = {.stream_arn = Arn()};
}
void FillSample(SampleWorld& /*world*/, DeregisterStreamConsumerRequest* request) {
  *request = {.consumer_arn = ConsumerArn()};
}
void FillSample(SampleWorld& /*world*/, SubscribeToShardRequest* request) {
  *request = {.consumer_arn = ConsumerArn(),
              .shard_id = ShardId(0),
              .starting_position = StartingPosition{.type = ShardIteratorType::kTrimHorizon}};
}

// --- Channels ------------------------------------------------------------------------------------

namespace {

constexpr char kBucket[] = "arn:aws:s3:::backup";

DeadLetterQueueS3Configuration DeadLetters() {
  return {.bucket_arn = kBucket, .expected_bucket_owner = SampleWorld::kAccount};
}

}  // namespace

void FillSample(SampleWorld& /*world*/, CreateChannelRequest* request) {
  *request = {.channel_name = "backup",
              .service_execution_role_arn = "arn:aws:iam::000000000000:role/deliver",
              .tags = TagMap{{"team", "shop"}}};
  request->stream_configuration_list.emplace(
      1, ChannelStreamConfiguration{
             .stream_arn = SampleWorld::ArnOf("elastic"),
             .record_configuration = RecordConfiguration{
                 .record_format_type = RecordFormatType::kJson,
                 .gsr_schema_arn = "arn:aws:glue:us-east-1:000000000000:schema/shop/orders"}});
  request->s3_destination_configuration =
      S3DestinationConfiguration{.data_freshness_in_seconds = 60,
                                 .dead_letter_queue_s3_configuration = DeadLetters(),
                                 .storage_configuration = S3StorageConfiguration{
                                     .bucket_arn = kBucket,
                                     .expected_bucket_owner = SampleWorld::kAccount,
                                     .storage_class = S3StorageClass::kStandard,
                                     .compression_type = S3CompressionType::kGzip}};
  request->encryption_configuration = ChannelEncryptionConfiguration{
      .encryption_type = ChannelEncryptionType::kKms, .key_id = "key"};
  request->logging_configuration =
      ChannelLoggingConfiguration{.cloud_watch_logs = CloudWatchLogs{.enabled = true}};
}
void Complete(CreateChannelRequest* request) {
  S3TablesDestinationConfiguration tables{.data_freshness_in_seconds = 60,
                                          .dead_letter_queue_s3_configuration = DeadLetters()};
  PartitionSpec spec;
  spec.partition_fields.emplace(
      1, PartitionField{.transform = PartitionTransform::kTimeHour, .source_name = "at"});
  tables.s3_tables_configuration_list.emplace(
      1, S3TablesConfiguration{
             .table_bucket_arn = "arn:aws:s3tables:us-east-1:000000000000:bucket/tables",
             .namespace_name = "shop",
             .table_name = "orders",
             .compression_type = S3TablesCompressionType::kZstd,
             .partition_spec = std::move(spec)});
  request->s3_tables_destination_configuration = std::move(tables);
}
void FillSample(SampleWorld& world, UpdateChannelRequest* request) {
  *request = {.channel_arn = world.channel_arn(),
              .s3_destination_configuration = S3DestinationUpdateInput{120},
              .logging_configuration = ChannelLoggingUpdateInput{
                  .cloud_watch_logs = CloudWatchLogsUpdateInput{.enabled = false}}};
}
void Complete(UpdateChannelRequest* request) {
  request->s3_tables_destination_configuration = S3TablesDestinationUpdateInput{120};
}
void FillSample(SampleWorld& world, DeleteChannelRequest* request) {
  *request = {.channel_arn = world.channel_arn()};
}
void FillSample(SampleWorld& world, DescribeChannelRequest* request) {
  *request = {.channel_arn = world.channel_arn()};
}
void FillSample(SampleWorld& /*world*/, ListChannelsRequest* request) {
  request->stream_filter.emplace(1, StreamFilter{.stream_arn = SampleWorld::ArnOf("elastic")});
}

// --- Tags ----------------------------------------------------------------------------------------

void FillSample(SampleWorld& /*world*/, AddTagsToStreamRequest* request) {
  *request = {.stream_name = kStream, .tags = TagMap{{"stage", "test"}}};
}
void FillSample(SampleWorld& /*world*/, RemoveTagsFromStreamRequest* request) {
  *request = {.stream_name = kStream, .tag_keys = std::vector<std::string>{"team"}};
}
void FillSample(SampleWorld& /*world*/, ListTagsForStreamRequest* request) {
  *request = {.stream_name = kStream};
}
void FillSample(SampleWorld& /*world*/, TagResourceRequest* request) {
  *request = {.resource_arn = Arn(), .tags = TagMap{{"stage", "test"}}};
}
void FillSample(SampleWorld& /*world*/, UntagResourceRequest* request) {
  *request = {.resource_arn = Arn(), .tag_keys = std::vector<std::string>{"team"}};
}
void FillSample(SampleWorld& /*world*/, ListTagsForResourceRequest* request) {
  *request = {.resource_arn = Arn()};
}

// --- Account and policies ------------------------------------------------------------------------

void FillSample(SampleWorld& /*world*/, DescribeLimitsRequest* request) { *request = {}; }
void FillSample(SampleWorld& /*world*/, DescribeAccountSettingsRequest* request) { *request = {}; }
void FillSample(SampleWorld& /*world*/, UpdateAccountSettingsRequest* request) {
  *request = {.minimum_throughput_billing_commitment = MinimumThroughputBillingCommitmentInput{
                  .status = MinimumThroughputBillingCommitmentInputStatus::kEnabled}};
}
void FillSample(SampleWorld& /*world*/, PutResourcePolicyRequest* request) {
  *request = {.resource_arn = Arn(), .policy = R"({"Version": "2012-10-17"})"};
}
void FillSample(SampleWorld& /*world*/, GetResourcePolicyRequest* request) {
  *request = {.resource_arn = Arn()};
}
void FillSample(SampleWorld& /*world*/, DeleteResourcePolicyRequest* request) {
  *request = {.resource_arn = Arn()};
}

}  // namespace kinesis::api::testing
