// Client: start here. The Kinesis Data Streams service, whole, inside this process.
//
//   auto client = kinesis::api::Client::Create().value();
//   client->CreateStream({.stream_name = "orders", .shard_count = 1}).IgnoreError();
//   auto put = client->PutRecord(
//       {.stream_name = "orders", .data = "tea", .partition_key = "alice"});
//   if (!put.ok()) std::cerr << ErrorOf(put.status())->name;  // "ResourceNotFoundException" ...
//
// One method for each of the 45 operations, with the service's shapes, limits, errors and life
// cycles; records, shards and memory are the engine's. Time is the engine's clock: whatever the
// service does by itself (a stream turning ACTIVE, a token expiring, a throttle letting go) happens
// when that clock says so and somebody looks. No threads, no sockets, no files.
//
// Which error wins when several apply: the operation exists (in the year of the limits); types and
// constraints of the model; the call's rate; the names (ARN, name and id have to agree); the texts
// of shard ids are some; the stream is there; it is in the right state; everything else.
//
// Memory: a shard holds what retention holds, within the engine's memory_budget_bytes. A put that
// finds that full fails with InternalFailureException, which says so and how much it is.
//
// Every error is one of errors.h. Besides what its operation says, every method may return
// ValidationException, and LimitExceededException for the rate of its calls. What a method refuses
// it leaves unchanged.
#ifndef KINESIS_CORE_API_CLIENT_H_
#define KINESIS_CORE_API_CLIENT_H_

#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/account_operations.h"
#include "kinesis_core/api/channel_operations.h"
#include "kinesis_core/api/client_options.h"
#include "kinesis_core/api/consumer_operations.h"
#include "kinesis_core/api/record_operations.h"
#include "kinesis_core/api/shard_level_metrics.h"
#include "kinesis_core/api/shard_operations.h"
#include "kinesis_core/api/stream_operations.h"
#include "kinesis_core/api/tag_operations.h"
#include "kinesis_core/export.h"
#include "kinesis_core/options.h"

namespace kinesis {
class Engine;
}  // namespace kinesis

namespace kinesis::api {

namespace internal {
class ClientCore;
}  // namespace internal

// Thread-safe: all operations may run concurrently. Puts and reads of different shards wait for
// each other at most for the few nanoseconds of a look-up.
//
// Lifetime: the engine outlives the client. Responses may outlive both, subscriptions excepted.
class KINESIS_CORE_EXPORT Client {
 public:
  // A client with an engine of its own.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options = {},
                                                        const EngineOptions& engine_options = {});
  // A client of an engine that is there. It sees the streams that were made through it, which may
  // be put to, read and resharded through the engine as well, but not deleted. A name that the
  // engine has in use otherwise is in use here too (ResourceInUseException).
  static absl::StatusOr<std::unique_ptr<Client>> Create(Engine& engine,
                                                        const ClientOptions& options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Engine& engine() const;
  const ClientOptions& options() const;

  // Puts other limits and delays into force from now on; what rates had counted is forgotten.
  // Streams, consumers and subscriptions stay as they are, whatever the new limits say of their
  // number or size, and a stream keeps its own MaxRecordSizeInKiB.
  // Requires: no other operation of the client runs meanwhile.
  void SetLimits(const Limits& limits, const LifecycleDelays& delays);

  // --- Streams
  absl::Status CreateStream(const CreateStreamRequest& request);
  absl::Status DeleteStream(const DeleteStreamRequest& request);
  absl::StatusOr<DescribeStreamResponse> DescribeStream(const DescribeStreamRequest& request);
  absl::StatusOr<DescribeStreamSummaryResponse> DescribeStreamSummary(
      const DescribeStreamSummaryRequest& request);
  absl::StatusOr<ListStreamsResponse> ListStreams(const ListStreamsRequest& request);
  absl::Status UpdateStreamMode(const UpdateStreamModeRequest& request);
  absl::Status UpdateStreamRecordDistributionStrategy(
      const UpdateStreamRecordDistributionStrategyRequest& request);
  absl::StatusOr<UpdateStreamWarmThroughputResponse> UpdateStreamWarmThroughput(
      const UpdateStreamWarmThroughputRequest& request);
  absl::Status UpdateMaxRecordSize(const UpdateMaxRecordSizeRequest& request);
  absl::Status IncreaseStreamRetentionPeriod(const IncreaseStreamRetentionPeriodRequest& request);
  absl::Status DecreaseStreamRetentionPeriod(const DecreaseStreamRetentionPeriodRequest& request);
  absl::Status StartStreamEncryption(const StartStreamEncryptionRequest& request);
  absl::Status StopStreamEncryption(const StopStreamEncryptionRequest& request);
  absl::StatusOr<EnhancedMonitoringResponse> EnableEnhancedMonitoring(
      const EnableEnhancedMonitoringRequest& request);
  absl::StatusOr<EnhancedMonitoringResponse> DisableEnhancedMonitoring(
      const DisableEnhancedMonitoringRequest& request);

  // Not an operation of the service but of CloudWatch, without its limits: the datapoints of a
  // shard-level metric, in order of time. Minutes without a sample, and those before the metric was
  // enabled or more than a day ago, are left out; a shard that was never used has none.
  // ResourceNotFoundException: no such stream. InvalidArgumentException: the period, or kAll.
  absl::StatusOr<std::vector<MetricDatapoint>> GetShardLevelMetric(
      const ShardLevelMetricQuery& query);

  // --- Records
  absl::StatusOr<PutRecordResponse> PutRecord(const PutRecordRequest& request);
  absl::StatusOr<PutRecordsResponse> PutRecords(const PutRecordsRequest& request);
  absl::StatusOr<GetShardIteratorResponse> GetShardIterator(const GetShardIteratorRequest& request);
  absl::StatusOr<GetRecordsResponse> GetRecords(const GetRecordsRequest& request);

  // --- Shards
  absl::StatusOr<ListShardsResponse> ListShards(const ListShardsRequest& request);
  absl::Status SplitShard(const SplitShardRequest& request);
  absl::Status MergeShards(const MergeShardsRequest& request);
  absl::StatusOr<UpdateShardCountResponse> UpdateShardCount(const UpdateShardCountRequest& request);

  // --- Consumers
  absl::StatusOr<RegisterStreamConsumerResponse> RegisterStreamConsumer(
      const RegisterStreamConsumerRequest& request);
  absl::StatusOr<DescribeStreamConsumerResponse> DescribeStreamConsumer(
      const DescribeStreamConsumerRequest& request);
  absl::StatusOr<ListStreamConsumersResponse> ListStreamConsumers(
      const ListStreamConsumersRequest& request);
  absl::Status DeregisterStreamConsumer(const DeregisterStreamConsumerRequest& request);
  absl::StatusOr<SubscribeToShardResponse> SubscribeToShard(const SubscribeToShardRequest& request);

  // --- Channels. Data only: nothing is delivered.
  absl::StatusOr<CreateChannelResponse> CreateChannel(const CreateChannelRequest& request);
  absl::StatusOr<UpdateChannelResponse> UpdateChannel(const UpdateChannelRequest& request);
  absl::Status DeleteChannel(const DeleteChannelRequest& request);
  absl::StatusOr<DescribeChannelResponse> DescribeChannel(const DescribeChannelRequest& request);
  absl::StatusOr<ListChannelsResponse> ListChannels(const ListChannelsRequest& request);

  // --- Tags
  absl::Status AddTagsToStream(const AddTagsToStreamRequest& request);
  absl::Status RemoveTagsFromStream(const RemoveTagsFromStreamRequest& request);
  absl::StatusOr<ListTagsForStreamResponse> ListTagsForStream(
      const ListTagsForStreamRequest& request);
  absl::Status TagResource(const TagResourceRequest& request);
  absl::Status UntagResource(const UntagResourceRequest& request);
  absl::StatusOr<ListTagsForResourceResponse> ListTagsForResource(
      const ListTagsForResourceRequest& request);

  // --- Account and policies
  absl::StatusOr<DescribeLimitsResponse> DescribeLimits(const DescribeLimitsRequest& request);
  absl::StatusOr<DescribeAccountSettingsResponse> DescribeAccountSettings(
      const DescribeAccountSettingsRequest& request);
  absl::StatusOr<UpdateAccountSettingsResponse> UpdateAccountSettings(
      const UpdateAccountSettingsRequest& request);
  absl::Status PutResourcePolicy(const PutResourcePolicyRequest& request);
  absl::StatusOr<GetResourcePolicyResponse> GetResourcePolicy(
      const GetResourcePolicyRequest& request);
  absl::Status DeleteResourcePolicy(const DeleteResourcePolicyRequest& request);

 private:
  explicit Client(std::unique_ptr<internal::ClientCore> core);

  // The operations of readers, before an injector is told of their answers.
  absl::StatusOr<GetShardIteratorResponse> MakeShardIterator(
      const GetShardIteratorRequest& request);
  absl::StatusOr<GetRecordsResponse> ReadRecords(const GetRecordsRequest& request);
  absl::StatusOr<ListShardsResponse> ListShardsOf(const ListShardsRequest& request);
  absl::StatusOr<SubscribeToShardResponse> Subscribe(const SubscribeToShardRequest& request);

  const std::unique_ptr<internal::ClientCore> core_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_CLIENT_H_
