// EngineClient: the Client of the streams of an engine in this process.
//
// Its operations stand in client_*.cc, by group.
#ifndef KINESIS_CORE_API_INTERNAL_ENGINE_CLIENT_H_
#define KINESIS_CORE_API_INTERNAL_ENGINE_CLIENT_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/client_core.h"

namespace kinesis::api::internal {

// Thread-safe, as Client.
class EngineClient final : public Client {
 public:
  explicit EngineClient(std::unique_ptr<ClientCore> core) : core_(std::move(core)) {}

  bool in_process() const override { return true; }
  Clock& clock() const override { return core_->clock(); }
  Engine& engine() const override { return core_->engine(); }
  const ClientOptions& options() const override { return core_->options(); }
  absl::Status SetLimits(const Limits& limits, const LifecycleDelays& delays) override;

  absl::Status CreateStream(const CreateStreamRequest& request) override;
  absl::Status DeleteStream(const DeleteStreamRequest& request) override;
  absl::StatusOr<DescribeStreamResponse> DescribeStream(
      const DescribeStreamRequest& request) override;
  absl::StatusOr<DescribeStreamSummaryResponse> DescribeStreamSummary(
      const DescribeStreamSummaryRequest& request) override;
  absl::StatusOr<ListStreamsResponse> ListStreams(const ListStreamsRequest& request) override;
  absl::Status UpdateStreamMode(const UpdateStreamModeRequest& request) override;
  absl::Status UpdateStreamRecordDistributionStrategy(
      const UpdateStreamRecordDistributionStrategyRequest& request) override;
  absl::StatusOr<UpdateStreamWarmThroughputResponse> UpdateStreamWarmThroughput(
      const UpdateStreamWarmThroughputRequest& request) override;
  absl::Status UpdateMaxRecordSize(const UpdateMaxRecordSizeRequest& request) override;
  absl::Status IncreaseStreamRetentionPeriod(
      const IncreaseStreamRetentionPeriodRequest& request) override;
  absl::Status DecreaseStreamRetentionPeriod(
      const DecreaseStreamRetentionPeriodRequest& request) override;
  absl::Status StartStreamEncryption(const StartStreamEncryptionRequest& request) override;
  absl::Status StopStreamEncryption(const StopStreamEncryptionRequest& request) override;
  absl::StatusOr<EnhancedMonitoringResponse> EnableEnhancedMonitoring(
      const EnableEnhancedMonitoringRequest& request) override;
  absl::StatusOr<EnhancedMonitoringResponse> DisableEnhancedMonitoring(
      const DisableEnhancedMonitoringRequest& request) override;
  absl::StatusOr<std::vector<MetricDatapoint>> GetShardLevelMetric(
      const ShardLevelMetricQuery& query) override;
  absl::StatusOr<PutRecordResponse> PutRecord(const PutRecordRequest& request) override;
  absl::StatusOr<PutRecordsResponse> PutRecords(const PutRecordsRequest& request) override;
  absl::StatusOr<GetShardIteratorResponse> GetShardIterator(
      const GetShardIteratorRequest& request) override;
  absl::StatusOr<GetRecordsResponse> GetRecords(const GetRecordsRequest& request) override;
  absl::StatusOr<ListShardsResponse> ListShards(const ListShardsRequest& request) override;
  absl::Status SplitShard(const SplitShardRequest& request) override;
  absl::Status MergeShards(const MergeShardsRequest& request) override;
  absl::StatusOr<UpdateShardCountResponse> UpdateShardCount(
      const UpdateShardCountRequest& request) override;
  absl::StatusOr<RegisterStreamConsumerResponse> RegisterStreamConsumer(
      const RegisterStreamConsumerRequest& request) override;
  absl::StatusOr<DescribeStreamConsumerResponse> DescribeStreamConsumer(
      const DescribeStreamConsumerRequest& request) override;
  absl::StatusOr<ListStreamConsumersResponse> ListStreamConsumers(
      const ListStreamConsumersRequest& request) override;
  absl::Status DeregisterStreamConsumer(const DeregisterStreamConsumerRequest& request) override;
  absl::StatusOr<SubscribeToShardResponse> SubscribeToShard(
      const SubscribeToShardRequest& request) override;
  absl::StatusOr<CreateChannelResponse> CreateChannel(const CreateChannelRequest& request) override;
  absl::StatusOr<UpdateChannelResponse> UpdateChannel(const UpdateChannelRequest& request) override;
  absl::Status DeleteChannel(const DeleteChannelRequest& request) override;
  absl::StatusOr<DescribeChannelResponse> DescribeChannel(
      const DescribeChannelRequest& request) override;
  absl::StatusOr<ListChannelsResponse> ListChannels(const ListChannelsRequest& request) override;
  absl::Status AddTagsToStream(const AddTagsToStreamRequest& request) override;
  absl::Status RemoveTagsFromStream(const RemoveTagsFromStreamRequest& request) override;
  absl::StatusOr<ListTagsForStreamResponse> ListTagsForStream(
      const ListTagsForStreamRequest& request) override;
  absl::Status TagResource(const TagResourceRequest& request) override;
  absl::Status UntagResource(const UntagResourceRequest& request) override;
  absl::StatusOr<ListTagsForResourceResponse> ListTagsForResource(
      const ListTagsForResourceRequest& request) override;
  absl::StatusOr<DescribeLimitsResponse> DescribeLimits(
      const DescribeLimitsRequest& request) override;
  absl::StatusOr<DescribeAccountSettingsResponse> DescribeAccountSettings(
      const DescribeAccountSettingsRequest& request) override;
  absl::StatusOr<UpdateAccountSettingsResponse> UpdateAccountSettings(
      const UpdateAccountSettingsRequest& request) override;
  absl::Status PutResourcePolicy(const PutResourcePolicyRequest& request) override;
  absl::StatusOr<GetResourcePolicyResponse> GetResourcePolicy(
      const GetResourcePolicyRequest& request) override;
  absl::Status DeleteResourcePolicy(const DeleteResourcePolicyRequest& request) override;

 private:
  // The operations of readers without the last step, in which an injector hears of their answers.
  absl::StatusOr<GetShardIteratorResponse> MakeShardIterator(
      const GetShardIteratorRequest& request);
  absl::StatusOr<GetRecordsResponse> ReadRecords(const GetRecordsRequest& request);
  absl::StatusOr<ListShardsResponse> ListShardsOf(const ListShardsRequest& request);
  absl::StatusOr<SubscribeToShardResponse> Subscribe(const SubscribeToShardRequest& request);

  const std::unique_ptr<ClientCore> core_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_ENGINE_CLIENT_H_
