// Printers for GoogleTest: what a failed expectation shows of results, records, requests and
// responses, instead of their bytes.
//
//   EXPECT_THAT(client->PutRecord(request), IsOk());  // a failure shows what there was instead
//   std::cout << ::testing::PrintToString(response);  // the same text
//
// The text is such as
//
//   {SequenceNumber: 49..., ShardId: shardId-000000000000}
//   "tea" of key "alice", record 1 of shard 0
//   ResourceNotFoundException: Stream coffee under account 000000000000 not found.
//
// GoogleTest finds PrintTo by the namespace of the type, so including this header is all there is
// to do; matchers.h and client_fixture.h include it. Printed are: requests, responses and their
// parts, with the members that are set, by their names on the wire; records as put and as read, of
// long data and keys the beginning and the size; batches and lists, of long ones the first 32;
// handles, by what they lead to; and absl::StatusOr of anything that is a type of the library or
// holds one, as its value or its error. A PrintTo of your own for one of them wins over these.
//
// Thread-safe: functions without state, as far as what they print is.
#ifndef KINESIS_CORE_TESTING_PRINTERS_H_
#define KINESIS_CORE_TESTING_PRINTERS_H_

#include <cstddef>
#include <ostream>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/aggregation.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/producer.h"
#include "kinesis_core/checkpoint_store.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/dead_letter.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/export.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/read_result.h"
#include "kinesis_core/record.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/stream.h"

namespace kinesis::testing {

namespace printers_internal {

// The second argument is there so that a type is printed as itself and not as what it converts to.
template <class T>
using As = std::type_identity<T>;

// The structures of the API that have members to walk: printers_test holds the list against them.
template <class... Types>
struct TypeList {
  template <class T>
  static constexpr bool kHas = (std::is_same_v<T, Types> || ...);
  // The place of T. Requires: it is in the list.
  template <class T>
  static consteval size_t Find() {
    size_t place = 0;
    static_cast<void>(((std::is_same_v<T, Types> || (++place, false)) || ...));
    return place;
  }
};
using Structures = TypeList<
    api::AddTagsToStreamRequest, api::ChannelDescription, api::ChannelEncryptionConfiguration,
    api::ChannelLoggingConfiguration, api::ChannelLoggingUpdateInput,
    api::ChannelStreamConfiguration, api::ChannelStreamDescription, api::ChannelStreamIdentifier,
    api::ChannelSummary, api::ChildShard, api::CloudWatchLogs, api::CloudWatchLogsUpdateInput,
    api::Consumer, api::ConsumerDescription, api::CreateChannelRequest, api::CreateChannelResponse,
    api::CreateStreamRequest, api::DeadLetterQueueS3Configuration,
    api::DecreaseStreamRetentionPeriodRequest, api::DeleteChannelRequest,
    api::DeleteResourcePolicyRequest, api::DeleteStreamRequest,
    api::DeregisterStreamConsumerRequest, api::DescribeAccountSettingsRequest,
    api::DescribeAccountSettingsResponse, api::DescribeChannelRequest, api::DescribeChannelResponse,
    api::DescribeLimitsRequest, api::DescribeLimitsResponse, api::DescribeStreamConsumerRequest,
    api::DescribeStreamConsumerResponse, api::DescribeStreamRequest, api::DescribeStreamResponse,
    api::DescribeStreamSummaryRequest, api::DescribeStreamSummaryResponse,
    api::DisableEnhancedMonitoringRequest, api::EnableEnhancedMonitoringRequest,
    api::EnhancedMetrics, api::EnhancedMonitoringResponse, api::GetRecordsRequest,
    api::GetRecordsResponse, api::GetResourcePolicyRequest, api::GetResourcePolicyResponse,
    api::GetShardIteratorRequest, api::GetShardIteratorResponse, api::HashKeyRange,
    api::IncreaseStreamRetentionPeriodRequest, api::ListChannelsRequest, api::ListChannelsResponse,
    api::ListShardsRequest, api::ListShardsResponse, api::ListStreamConsumersRequest,
    api::ListStreamConsumersResponse, api::ListStreamsRequest, api::ListStreamsResponse,
    api::ListTagsForResourceRequest, api::ListTagsForResourceResponse,
    api::ListTagsForStreamRequest, api::ListTagsForStreamResponse, api::MergeShardsRequest,
    api::MinimumThroughputBillingCommitmentInput, api::MinimumThroughputBillingCommitmentOutput,
    api::PartitionField, api::PartitionSpec, api::PutRecordRequest, api::PutRecordResponse,
    api::PutRecordsRequest, api::PutRecordsRequestEntry, api::PutRecordsResponse,
    api::PutRecordsResultEntry, api::PutResourcePolicyRequest, api::RecordConfiguration,
    api::RegisterStreamConsumerRequest, api::RegisterStreamConsumerResponse,
    api::RemoveTagsFromStreamRequest, api::S3DestinationConfiguration,
    api::S3DestinationDescription, api::S3DestinationUpdateInput, api::S3StorageConfiguration,
    api::S3TablesConfiguration, api::S3TablesDestinationConfiguration,
    api::S3TablesDestinationDescription, api::S3TablesDestinationUpdateInput,
    api::SequenceNumberRange, api::Shard, api::ShardFilter, api::SplitShardRequest,
    api::StartStreamEncryptionRequest, api::StartingPosition, api::StopStreamEncryptionRequest,
    api::StreamDescription, api::StreamDescriptionSummary, api::StreamFilter,
    api::StreamModeDetails, api::StreamSummary, api::SubscribeToShardEvent,
    api::SubscribeToShardRequest, api::SubscribeToShardResponse, api::Tag, api::TagResourceRequest,
    api::UntagResourceRequest, api::UpdateAccountSettingsRequest,
    api::UpdateAccountSettingsResponse, api::UpdateChannelRequest, api::UpdateChannelResponse,
    api::UpdateMaxRecordSizeRequest, api::UpdateShardCountRequest, api::UpdateShardCountResponse,
    api::UpdateStreamModeRequest, api::UpdateStreamRecordDistributionStrategyRequest,
    api::UpdateStreamWarmThroughputRequest, api::UpdateStreamWarmThroughputResponse,
    api::WarmThroughputObject>;

// Requires: `value` is the structure at that place of the list.
KINESIS_CORE_EXPORT void PrintStructure(size_t place, const void* value, std::ostream* out);

template <class T>
requires(Structures::kHas<T>) void Print(const T& value, As<T> /*type*/, std::ostream* out) {
  PrintStructure(Structures::Find<T>(), &value, out);
}
KINESIS_CORE_EXPORT void Print(const api::Error& value, As<api::Error>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(api::ErrorType value, As<api::ErrorType>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const api::ProducerResult& value, As<api::ProducerResult>,
                               std::ostream* out);
KINESIS_CORE_EXPORT void Print(const api::Record& value, As<api::Record>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const api::RecordList& value, As<api::RecordList>,
                               std::ostream* out);
KINESIS_CORE_EXPORT void Print(const api::ShardIterator& value, As<api::ShardIterator>,
                               std::ostream* out);
KINESIS_CORE_EXPORT void Print(const api::UserRecord& value, As<api::UserRecord>,
                               std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Checkpoint& value, As<Checkpoint>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const DeadLetter& value, As<DeadLetter>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Delivery& value, As<Delivery>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Engine& value, As<Engine>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const FailedPut& value, As<FailedPut>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Iterator& value, As<Iterator>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const PutRange& value, As<PutRange>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const PutResult& value, As<PutResult>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const ReadResult& value, As<ReadResult>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Record& value, As<Record>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const RecordBatch& value, As<RecordBatch>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const RecordView& value, As<RecordView>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Shard& value, As<Shard>, std::ostream* out);
KINESIS_CORE_EXPORT void Print(const Stream& value, As<Stream>, std::ostream* out);

// Writes the service's name of the error, if it has one, or else that of its code; and the message.
KINESIS_CORE_EXPORT void PrintStatus(const absl::Status& status, std::ostream* out);

template <class T>
concept Printed = requires(const T& value, std::ostream* out) {
  Print(value, As<T>(), out);
};

}  // namespace printers_internal

// One function for every namespace, so that a type of several finds it once.
template <printers_internal::Printed T>
void PrintTo(const T& value, std::ostream* out) {
  printers_internal::Print(value, std::type_identity<T>(), out);
}

template <class T>
void PrintTo(const absl::StatusOr<T>& result, std::ostream* out) {
  if (result.ok()) {
    *out << ::testing::PrintToString(*result);
  } else {
    printers_internal::PrintStatus(result.status(), out);
  }
}

template <class T>
void PrintTo(const api::TextOr<T>& value, std::ostream* out) {
  if (value.is_text()) {
    *out << ::testing::PrintToString(value.text());
  } else {
    *out << ::testing::PrintToString(value.value());
  }
}

}  // namespace kinesis::testing

namespace kinesis {
using testing::PrintTo;
}  // namespace kinesis

namespace kinesis::api {
using kinesis::testing::PrintTo;
}  // namespace kinesis::api

#endif  // KINESIS_CORE_TESTING_PRINTERS_H_
