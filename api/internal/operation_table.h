// The operations with their C++ types: for code that handles all of them alike.
//
//   ForEachOperation([](auto traits) {
//     using Traits = decltype(traits);
//     typename Traits::Request request;       // its members: schema_all.h
//     auto result = (client.*Traits::kMethod)(request);
//   });
#ifndef KINESIS_CORE_API_INTERNAL_OPERATION_TABLE_H_
#define KINESIS_CORE_API_INTERNAL_OPERATION_TABLE_H_

#include <cstddef>
#include <utility>

#include "kinesis_core/api/client.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

// A request type, a response type (void: the operation answers with a status alone) and the method.
template <Operation kOperation>
struct OperationTraits;

template <Operation kOperationValue, class RequestType, class ResponseType, auto kMethodValue>
struct OperationEntry {
  static constexpr Operation kOperation = kOperationValue;
  using Request = RequestType;
  using Response = ResponseType;
  static constexpr auto kMethod = kMethodValue;
};

template <>
struct OperationTraits<Operation::kAddTagsToStream>
    : OperationEntry<Operation::kAddTagsToStream, AddTagsToStreamRequest, void,
                     &Client::AddTagsToStream> {};
template <>
struct OperationTraits<Operation::kCreateChannel>
    : OperationEntry<Operation::kCreateChannel, CreateChannelRequest, CreateChannelResponse,
                     &Client::CreateChannel> {};
template <>
struct OperationTraits<Operation::kCreateStream>
    : OperationEntry<Operation::kCreateStream, CreateStreamRequest, void, &Client::CreateStream> {};
template <>
struct OperationTraits<Operation::kDecreaseStreamRetentionPeriod>
    : OperationEntry<Operation::kDecreaseStreamRetentionPeriod,
                     DecreaseStreamRetentionPeriodRequest, void,
                     &Client::DecreaseStreamRetentionPeriod> {};
template <>
struct OperationTraits<Operation::kDeleteChannel>
    : OperationEntry<Operation::kDeleteChannel, DeleteChannelRequest, void,
                     &Client::DeleteChannel> {};
template <>
struct OperationTraits<Operation::kDeleteResourcePolicy>
    : OperationEntry<Operation::kDeleteResourcePolicy, DeleteResourcePolicyRequest, void,
                     &Client::DeleteResourcePolicy> {};
template <>
struct OperationTraits<Operation::kDeleteStream>
    : OperationEntry<Operation::kDeleteStream, DeleteStreamRequest, void, &Client::DeleteStream> {};
template <>
struct OperationTraits<Operation::kDeregisterStreamConsumer>
    : OperationEntry<Operation::kDeregisterStreamConsumer, DeregisterStreamConsumerRequest, void,
                     &Client::DeregisterStreamConsumer> {};
template <>
struct OperationTraits<Operation::kDescribeAccountSettings>
    : OperationEntry<Operation::kDescribeAccountSettings, DescribeAccountSettingsRequest,
                     DescribeAccountSettingsResponse, &Client::DescribeAccountSettings> {};
template <>
struct OperationTraits<Operation::kDescribeChannel>
    : OperationEntry<Operation::kDescribeChannel, DescribeChannelRequest, DescribeChannelResponse,
                     &Client::DescribeChannel> {};
template <>
struct OperationTraits<Operation::kDescribeLimits>
    : OperationEntry<Operation::kDescribeLimits, DescribeLimitsRequest, DescribeLimitsResponse,
                     &Client::DescribeLimits> {};
template <>
struct OperationTraits<Operation::kDescribeStream>
    : OperationEntry<Operation::kDescribeStream, DescribeStreamRequest, DescribeStreamResponse,
                     &Client::DescribeStream> {};
template <>
struct OperationTraits<Operation::kDescribeStreamConsumer>
    : OperationEntry<Operation::kDescribeStreamConsumer, DescribeStreamConsumerRequest,
                     DescribeStreamConsumerResponse, &Client::DescribeStreamConsumer> {};
template <>
struct OperationTraits<Operation::kDescribeStreamSummary>
    : OperationEntry<Operation::kDescribeStreamSummary, DescribeStreamSummaryRequest,
                     DescribeStreamSummaryResponse, &Client::DescribeStreamSummary> {};
template <>
struct OperationTraits<Operation::kDisableEnhancedMonitoring>
    : OperationEntry<Operation::kDisableEnhancedMonitoring, DisableEnhancedMonitoringRequest,
                     EnhancedMonitoringResponse, &Client::DisableEnhancedMonitoring> {};
template <>
struct OperationTraits<Operation::kEnableEnhancedMonitoring>
    : OperationEntry<Operation::kEnableEnhancedMonitoring, EnableEnhancedMonitoringRequest,
                     EnhancedMonitoringResponse, &Client::EnableEnhancedMonitoring> {};
template <>
struct OperationTraits<Operation::kGetRecords>
    : OperationEntry<Operation::kGetRecords, GetRecordsRequest, GetRecordsResponse,
                     &Client::GetRecords> {};
template <>
struct OperationTraits<Operation::kGetResourcePolicy>
    : OperationEntry<Operation::kGetResourcePolicy, GetResourcePolicyRequest,
                     GetResourcePolicyResponse, &Client::GetResourcePolicy> {};
template <>
struct OperationTraits<Operation::kGetShardIterator>
    : OperationEntry<Operation::kGetShardIterator, GetShardIteratorRequest,
                     GetShardIteratorResponse, &Client::GetShardIterator> {};
template <>
struct OperationTraits<Operation::kIncreaseStreamRetentionPeriod>
    : OperationEntry<Operation::kIncreaseStreamRetentionPeriod,
                     IncreaseStreamRetentionPeriodRequest, void,
                     &Client::IncreaseStreamRetentionPeriod> {};
template <>
struct OperationTraits<Operation::kListChannels>
    : OperationEntry<Operation::kListChannels, ListChannelsRequest, ListChannelsResponse,
                     &Client::ListChannels> {};
template <>
struct OperationTraits<Operation::kListShards>
    : OperationEntry<Operation::kListShards, ListShardsRequest, ListShardsResponse,
                     &Client::ListShards> {};
template <>
struct OperationTraits<Operation::kListStreamConsumers>
    : OperationEntry<Operation::kListStreamConsumers, ListStreamConsumersRequest,
                     ListStreamConsumersResponse, &Client::ListStreamConsumers> {};
template <>
struct OperationTraits<Operation::kListStreams>
    : OperationEntry<Operation::kListStreams, ListStreamsRequest, ListStreamsResponse,
                     &Client::ListStreams> {};
template <>
struct OperationTraits<Operation::kListTagsForResource>
    : OperationEntry<Operation::kListTagsForResource, ListTagsForResourceRequest,
                     ListTagsForResourceResponse, &Client::ListTagsForResource> {};
template <>
struct OperationTraits<Operation::kListTagsForStream>
    : OperationEntry<Operation::kListTagsForStream, ListTagsForStreamRequest,
                     ListTagsForStreamResponse, &Client::ListTagsForStream> {};
template <>
struct OperationTraits<Operation::kMergeShards>
    : OperationEntry<Operation::kMergeShards, MergeShardsRequest, void, &Client::MergeShards> {};
template <>
struct OperationTraits<Operation::kPutRecord>
    : OperationEntry<Operation::kPutRecord, PutRecordRequest, PutRecordResponse,
                     &Client::PutRecord> {};
template <>
struct OperationTraits<Operation::kPutRecords>
    : OperationEntry<Operation::kPutRecords, PutRecordsRequest, PutRecordsResponse,
                     &Client::PutRecords> {};
template <>
struct OperationTraits<Operation::kPutResourcePolicy>
    : OperationEntry<Operation::kPutResourcePolicy, PutResourcePolicyRequest, void,
                     &Client::PutResourcePolicy> {};
template <>
struct OperationTraits<Operation::kRegisterStreamConsumer>
    : OperationEntry<Operation::kRegisterStreamConsumer, RegisterStreamConsumerRequest,
                     RegisterStreamConsumerResponse, &Client::RegisterStreamConsumer> {};
template <>
struct OperationTraits<Operation::kRemoveTagsFromStream>
    : OperationEntry<Operation::kRemoveTagsFromStream, RemoveTagsFromStreamRequest, void,
                     &Client::RemoveTagsFromStream> {};
template <>
struct OperationTraits<Operation::kSplitShard>
    : OperationEntry<Operation::kSplitShard, SplitShardRequest, void, &Client::SplitShard> {};
template <>
struct OperationTraits<Operation::kStartStreamEncryption>
    : OperationEntry<Operation::kStartStreamEncryption, StartStreamEncryptionRequest, void,
                     &Client::StartStreamEncryption> {};
template <>
struct OperationTraits<Operation::kStopStreamEncryption>
    : OperationEntry<Operation::kStopStreamEncryption, StopStreamEncryptionRequest, void,
                     &Client::StopStreamEncryption> {};
template <>
struct OperationTraits<Operation::kSubscribeToShard>
    : OperationEntry<Operation::kSubscribeToShard, SubscribeToShardRequest,
                     SubscribeToShardResponse, &Client::SubscribeToShard> {};
template <>
struct OperationTraits<Operation::kTagResource>
    : OperationEntry<Operation::kTagResource, TagResourceRequest, void, &Client::TagResource> {};
template <>
struct OperationTraits<Operation::kUntagResource>
    : OperationEntry<Operation::kUntagResource, UntagResourceRequest, void,
                     &Client::UntagResource> {};
template <>
struct OperationTraits<Operation::kUpdateAccountSettings>
    : OperationEntry<Operation::kUpdateAccountSettings, UpdateAccountSettingsRequest,
                     UpdateAccountSettingsResponse, &Client::UpdateAccountSettings> {};
template <>
struct OperationTraits<Operation::kUpdateChannel>
    : OperationEntry<Operation::kUpdateChannel, UpdateChannelRequest, UpdateChannelResponse,
                     &Client::UpdateChannel> {};
template <>
struct OperationTraits<Operation::kUpdateMaxRecordSize>
    : OperationEntry<Operation::kUpdateMaxRecordSize, UpdateMaxRecordSizeRequest, void,
                     &Client::UpdateMaxRecordSize> {};
template <>
struct OperationTraits<Operation::kUpdateShardCount>
    : OperationEntry<Operation::kUpdateShardCount, UpdateShardCountRequest,
                     UpdateShardCountResponse, &Client::UpdateShardCount> {};
template <>
struct OperationTraits<Operation::kUpdateStreamMode>
    : OperationEntry<Operation::kUpdateStreamMode, UpdateStreamModeRequest, void,
                     &Client::UpdateStreamMode> {};
template <>
struct OperationTraits<Operation::kUpdateStreamRecordDistributionStrategy>
    : OperationEntry<Operation::kUpdateStreamRecordDistributionStrategy,
                     UpdateStreamRecordDistributionStrategyRequest, void,
                     &Client::UpdateStreamRecordDistributionStrategy> {};
template <>
struct OperationTraits<Operation::kUpdateStreamWarmThroughput>
    : OperationEntry<Operation::kUpdateStreamWarmThroughput, UpdateStreamWarmThroughputRequest,
                     UpdateStreamWarmThroughputResponse, &Client::UpdateStreamWarmThroughput> {};

// Calls `visit` with an OperationTraits of each operation, in order of name.
template <class Visitor>
void ForEachOperation(Visitor&& visit) {
  [&visit]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    (visit(OperationTraits<static_cast<Operation>(kIndex)>()), ...);
  }
  (std::make_index_sequence<kOperationCount>());
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_OPERATION_TABLE_H_
