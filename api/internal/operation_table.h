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
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

// The method of each operation: the line of the table. All else about it follows from its type.
template <Operation kOperation>
inline constexpr auto kMethodOf = nullptr;
template <>
inline constexpr auto kMethodOf<Operation::kAddTagsToStream> = &Client::AddTagsToStream;
template <>
inline constexpr auto kMethodOf<Operation::kCreateChannel> = &Client::CreateChannel;
template <>
inline constexpr auto kMethodOf<Operation::kCreateStream> = &Client::CreateStream;
template <>
inline constexpr auto kMethodOf<Operation::kDecreaseStreamRetentionPeriod> =
    &Client::DecreaseStreamRetentionPeriod;
template <>
inline constexpr auto kMethodOf<Operation::kDeleteChannel> = &Client::DeleteChannel;
template <>
inline constexpr auto kMethodOf<Operation::kDeleteResourcePolicy> = &Client::DeleteResourcePolicy;
template <>
inline constexpr auto kMethodOf<Operation::kDeleteStream> = &Client::DeleteStream;
template <>
inline constexpr auto kMethodOf<Operation::kDeregisterStreamConsumer> =
    &Client::DeregisterStreamConsumer;
template <>
inline constexpr auto kMethodOf<Operation::kDescribeAccountSettings> =
    &Client::DescribeAccountSettings;
template <>
inline constexpr auto kMethodOf<Operation::kDescribeChannel> = &Client::DescribeChannel;
template <>
inline constexpr auto kMethodOf<Operation::kDescribeLimits> = &Client::DescribeLimits;
template <>
inline constexpr auto kMethodOf<Operation::kDescribeStream> = &Client::DescribeStream;
template <>
inline constexpr auto kMethodOf<Operation::kDescribeStreamConsumer> =
    &Client::DescribeStreamConsumer;
template <>
inline constexpr auto kMethodOf<Operation::kDescribeStreamSummary> = &Client::DescribeStreamSummary;
template <>
inline constexpr auto kMethodOf<Operation::kDisableEnhancedMonitoring> =
    &Client::DisableEnhancedMonitoring;
template <>
inline constexpr auto kMethodOf<Operation::kEnableEnhancedMonitoring> =
    &Client::EnableEnhancedMonitoring;
template <>
inline constexpr auto kMethodOf<Operation::kGetRecords> = &Client::GetRecords;
template <>
inline constexpr auto kMethodOf<Operation::kGetResourcePolicy> = &Client::GetResourcePolicy;
template <>
inline constexpr auto kMethodOf<Operation::kGetShardIterator> = &Client::GetShardIterator;
template <>
inline constexpr auto kMethodOf<Operation::kIncreaseStreamRetentionPeriod> =
    &Client::IncreaseStreamRetentionPeriod;
template <>
inline constexpr auto kMethodOf<Operation::kListChannels> = &Client::ListChannels;
template <>
inline constexpr auto kMethodOf<Operation::kListShards> = &Client::ListShards;
template <>
inline constexpr auto kMethodOf<Operation::kListStreamConsumers> = &Client::ListStreamConsumers;
template <>
inline constexpr auto kMethodOf<Operation::kListStreams> = &Client::ListStreams;
template <>
inline constexpr auto kMethodOf<Operation::kListTagsForResource> = &Client::ListTagsForResource;
template <>
inline constexpr auto kMethodOf<Operation::kListTagsForStream> = &Client::ListTagsForStream;
template <>
inline constexpr auto kMethodOf<Operation::kMergeShards> = &Client::MergeShards;
template <>
inline constexpr auto kMethodOf<Operation::kPutRecord> = &Client::PutRecord;
template <>
inline constexpr auto kMethodOf<Operation::kPutRecords> = &Client::PutRecords;
template <>
inline constexpr auto kMethodOf<Operation::kPutResourcePolicy> = &Client::PutResourcePolicy;
template <>
inline constexpr auto kMethodOf<Operation::kRegisterStreamConsumer> =
    &Client::RegisterStreamConsumer;
template <>
inline constexpr auto kMethodOf<Operation::kRemoveTagsFromStream> = &Client::RemoveTagsFromStream;
template <>
inline constexpr auto kMethodOf<Operation::kSplitShard> = &Client::SplitShard;
template <>
inline constexpr auto kMethodOf<Operation::kStartStreamEncryption> = &Client::StartStreamEncryption;
template <>
inline constexpr auto kMethodOf<Operation::kStopStreamEncryption> = &Client::StopStreamEncryption;
template <>
inline constexpr auto kMethodOf<Operation::kSubscribeToShard> = &Client::SubscribeToShard;
template <>
inline constexpr auto kMethodOf<Operation::kTagResource> = &Client::TagResource;
template <>
inline constexpr auto kMethodOf<Operation::kUntagResource> = &Client::UntagResource;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateAccountSettings> = &Client::UpdateAccountSettings;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateChannel> = &Client::UpdateChannel;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateMaxRecordSize> = &Client::UpdateMaxRecordSize;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateShardCount> = &Client::UpdateShardCount;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateStreamMode> = &Client::UpdateStreamMode;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateStreamRecordDistributionStrategy> =
    &Client::UpdateStreamRecordDistributionStrategy;
template <>
inline constexpr auto kMethodOf<Operation::kUpdateStreamWarmThroughput> =
    &Client::UpdateStreamWarmThroughput;

template <class Result>
struct ResponseIn;
template <>
struct ResponseIn<absl::Status> {
  using Type = void;
};
template <class Response>
struct ResponseIn<absl::StatusOr<Response>> {
  using Type = Response;
};

template <class Method>
struct MethodTypes;
template <class ResultType, class RequestType>
struct MethodTypes<ResultType (Client::*)(const RequestType&)> {
  using Request = RequestType;
  using Result = ResultType;
  using Response = typename ResponseIn<Result>::Type;
};

// A request type, a result type, what that has if all is well (void: it is a status alone), and the
// method.
template <Operation kOperationValue>
struct OperationTraits : MethodTypes<std::remove_const_t<decltype(kMethodOf<kOperationValue>)>> {
  static constexpr Operation kOperation = kOperationValue;
  static constexpr auto kMethod = kMethodOf<kOperationValue>;
};

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
