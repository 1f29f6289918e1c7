// RemoteClient: the Client of a service behind a transport.
//
// Every operation goes the same way: the request becomes JSON by its schema, RemoteService sends
// it, signed and tried again as the options say, and the answer becomes a response by its schema,
// or an error by its name. Nothing is checked here that the service checks itself.
#ifndef KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_CLIENT_H_
#define KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_CLIENT_H_

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/remote/internal/remote_service.h"
#include "kinesis_core/api/remote/internal/wire_json.h"
#include "kinesis_core/engine.h"

namespace kinesis::api::internal {

// Thread-safe, as Client.
class RemoteClient : public Client {
 public:
  // `engine` is empty, and for engine() alone.
  RemoteClient(RemoteService service, const ClientOptions& options, std::unique_ptr<Engine> engine)
      : service_(std::move(service)), options_(options), engine_(std::move(engine)) {}

  bool in_process() const override { return false; }
  Clock& clock() const override { return service_.clock(); }
  Engine& engine() const override { return *engine_; }
  const ClientOptions& options() const override { return options_; }
  absl::Status SetLimits(const Limits& limits, const LifecycleDelays& delays) override;
  absl::StatusOr<std::vector<MetricDatapoint>> GetShardLevelMetric(
      const ShardLevelMetricQuery& query) override;

  absl::Status CreateStream(const CreateStreamRequest& request) override {
    return Call<Operation::kCreateStream>(request);
  }
  absl::Status DeleteStream(const DeleteStreamRequest& request) override {
    return Call<Operation::kDeleteStream>(request);
  }
  absl::StatusOr<DescribeStreamResponse> DescribeStream(
      const DescribeStreamRequest& request) override {
    return Call<Operation::kDescribeStream>(request);
  }
  absl::StatusOr<DescribeStreamSummaryResponse> DescribeStreamSummary(
      const DescribeStreamSummaryRequest& request) override {
    return Call<Operation::kDescribeStreamSummary>(request);
  }
  absl::StatusOr<ListStreamsResponse> ListStreams(const ListStreamsRequest& request) override {
    return Call<Operation::kListStreams>(request);
  }
  absl::Status UpdateStreamMode(const UpdateStreamModeRequest& request) override {
    return Call<Operation::kUpdateStreamMode>(request);
  }
  absl::Status UpdateStreamRecordDistributionStrategy(
      const UpdateStreamRecordDistributionStrategyRequest& request) override {
    return Call<Operation::kUpdateStreamRecordDistributionStrategy>(request);
  }
  absl::StatusOr<UpdateStreamWarmThroughputResponse> UpdateStreamWarmThroughput(
      const UpdateStreamWarmThroughputRequest& request) override {
    return Call<Operation::kUpdateStreamWarmThroughput>(request);
  }
  absl::Status UpdateMaxRecordSize(const UpdateMaxRecordSizeRequest& request) override {
    return Call<Operation::kUpdateMaxRecordSize>(request);
  }
  absl::Status IncreaseStreamRetentionPeriod(
      const IncreaseStreamRetentionPeriodRequest& request) override {
    return Call<Operation::kIncreaseStreamRetentionPeriod>(request);
  }
  absl::Status DecreaseStreamRetentionPeriod(
      const DecreaseStreamRetentionPeriodRequest& request) override {
    return Call<Operation::kDecreaseStreamRetentionPeriod>(request);
  }
  absl::Status StartStreamEncryption(const StartStreamEncryptionRequest& request) override {
    return Call<Operation::kStartStreamEncryption>(request);
  }
  absl::Status StopStreamEncryption(const StopStreamEncryptionRequest& request) override {
    return Call<Operation::kStopStreamEncryption>(request);
  }
  absl::StatusOr<EnhancedMonitoringResponse> EnableEnhancedMonitoring(
      const EnableEnhancedMonitoringRequest& request) override {
    return Call<Operation::kEnableEnhancedMonitoring>(request);
  }
  absl::StatusOr<EnhancedMonitoringResponse> DisableEnhancedMonitoring(
      const DisableEnhancedMonitoringRequest& request) override {
    return Call<Operation::kDisableEnhancedMonitoring>(request);
  }
  absl::StatusOr<PutRecordResponse> PutRecord(const PutRecordRequest& request) override {
    return Call<Operation::kPutRecord>(request);
  }
  absl::StatusOr<PutRecordsResponse> PutRecords(const PutRecordsRequest& request) override {
    return Call<Operation::kPutRecords>(request);
  }
  absl::StatusOr<GetShardIteratorResponse> GetShardIterator(
      const GetShardIteratorRequest& request) override {
    return Call<Operation::kGetShardIterator>(request);
  }
  absl::StatusOr<GetRecordsResponse> GetRecords(const GetRecordsRequest& request) override {
    return Call<Operation::kGetRecords>(request);
  }
  absl::StatusOr<ListShardsResponse> ListShards(const ListShardsRequest& request) override {
    return Call<Operation::kListShards>(request);
  }
  absl::Status SplitShard(const SplitShardRequest& request) override {
    return Call<Operation::kSplitShard>(request);
  }
  absl::Status MergeShards(const MergeShardsRequest& request) override {
    return Call<Operation::kMergeShards>(request);
  }
  absl::StatusOr<UpdateShardCountResponse> UpdateShardCount(
      const UpdateShardCountRequest& request) override {
    return Call<Operation::kUpdateShardCount>(request);
  }
  absl::StatusOr<RegisterStreamConsumerResponse> RegisterStreamConsumer(
      const RegisterStreamConsumerRequest& request) override {
    return Call<Operation::kRegisterStreamConsumer>(request);
  }
  absl::StatusOr<DescribeStreamConsumerResponse> DescribeStreamConsumer(
      const DescribeStreamConsumerRequest& request) override {
    return Call<Operation::kDescribeStreamConsumer>(request);
  }
  absl::StatusOr<ListStreamConsumersResponse> ListStreamConsumers(
      const ListStreamConsumersRequest& request) override {
    return Call<Operation::kListStreamConsumers>(request);
  }
  absl::Status DeregisterStreamConsumer(const DeregisterStreamConsumerRequest& request) override {
    return Call<Operation::kDeregisterStreamConsumer>(request);
  }
  absl::StatusOr<SubscribeToShardResponse> SubscribeToShard(
      const SubscribeToShardRequest& request) override;
  absl::StatusOr<CreateChannelResponse> CreateChannel(
      const CreateChannelRequest& request) override {
    return Call<Operation::kCreateChannel>(request);
  }
  absl::StatusOr<UpdateChannelResponse> UpdateChannel(
      const UpdateChannelRequest& request) override {
    return Call<Operation::kUpdateChannel>(request);
  }
  absl::Status DeleteChannel(const DeleteChannelRequest& request) override {
    return Call<Operation::kDeleteChannel>(request);
  }
  absl::StatusOr<DescribeChannelResponse> DescribeChannel(
      const DescribeChannelRequest& request) override {
    return Call<Operation::kDescribeChannel>(request);
  }
  absl::StatusOr<ListChannelsResponse> ListChannels(const ListChannelsRequest& request) override {
    return Call<Operation::kListChannels>(request);
  }
  absl::Status AddTagsToStream(const AddTagsToStreamRequest& request) override {
    return Call<Operation::kAddTagsToStream>(request);
  }
  absl::Status RemoveTagsFromStream(const RemoveTagsFromStreamRequest& request) override {
    return Call<Operation::kRemoveTagsFromStream>(request);
  }
  absl::StatusOr<ListTagsForStreamResponse> ListTagsForStream(
      const ListTagsForStreamRequest& request) override {
    return Call<Operation::kListTagsForStream>(request);
  }
  absl::Status TagResource(const TagResourceRequest& request) override {
    return Call<Operation::kTagResource>(request);
  }
  absl::Status UntagResource(const UntagResourceRequest& request) override {
    return Call<Operation::kUntagResource>(request);
  }
  absl::StatusOr<ListTagsForResourceResponse> ListTagsForResource(
      const ListTagsForResourceRequest& request) override {
    return Call<Operation::kListTagsForResource>(request);
  }
  absl::StatusOr<DescribeLimitsResponse> DescribeLimits(
      const DescribeLimitsRequest& request) override {
    return Call<Operation::kDescribeLimits>(request);
  }
  absl::StatusOr<DescribeAccountSettingsResponse> DescribeAccountSettings(
      const DescribeAccountSettingsRequest& request) override {
    return Call<Operation::kDescribeAccountSettings>(request);
  }
  absl::StatusOr<UpdateAccountSettingsResponse> UpdateAccountSettings(
      const UpdateAccountSettingsRequest& request) override {
    return Call<Operation::kUpdateAccountSettings>(request);
  }
  absl::Status PutResourcePolicy(const PutResourcePolicyRequest& request) override {
    return Call<Operation::kPutResourcePolicy>(request);
  }
  absl::StatusOr<GetResourcePolicyResponse> GetResourcePolicy(
      const GetResourcePolicyRequest& request) override {
    return Call<Operation::kGetResourcePolicy>(request);
  }
  absl::Status DeleteResourcePolicy(const DeleteResourcePolicyRequest& request) override {
    return Call<Operation::kDeleteResourcePolicy>(request);
  }

 private:
  template <Operation kOperation>
  typename OperationTraits<kOperation>::Result Call(
      const typename OperationTraits<kOperation>::Request& request) {
    using Response = typename OperationTraits<kOperation>::Response;
    KC_ASSIGN_OR_RETURN(std::string json, RequestText(request));
    KC_ASSIGN_OR_RETURN(const HttpResponse& answer, service_.Send(kOperation, std::move(json)));
    if constexpr (std::is_void_v<Response>) {
      return absl::OkStatus();
    } else {
      Response response;
      KC_RETURN_IF_ERROR(ReadAnswer(answer.body, &response));
      return response;
    }
  }

  RemoteService service_;
  const ClientOptions options_;
  const std::unique_ptr<Engine> engine_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_CLIENT_H_
