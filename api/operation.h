// The 45 operations of the service model, by name.
//
// Thread-safe: values and pure functions.
#ifndef KINESIS_CORE_API_OPERATION_H_
#define KINESIS_CORE_API_OPERATION_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "kinesis_core/api/enums.h"

namespace kinesis::api {

// In order of name. ToText() and ParseEnum() of enums.h convert them: "CreateStream".
enum class Operation {
  kAddTagsToStream,
  kCreateChannel,
  kCreateStream,
  kDecreaseStreamRetentionPeriod,
  kDeleteChannel,
  kDeleteResourcePolicy,
  kDeleteStream,
  kDeregisterStreamConsumer,
  kDescribeAccountSettings,
  kDescribeChannel,
  kDescribeLimits,
  kDescribeStream,
  kDescribeStreamConsumer,
  kDescribeStreamSummary,
  kDisableEnhancedMonitoring,
  kEnableEnhancedMonitoring,
  kGetRecords,
  kGetResourcePolicy,
  kGetShardIterator,
  kIncreaseStreamRetentionPeriod,
  kListChannels,
  kListShards,
  kListStreamConsumers,
  kListStreams,
  kListTagsForResource,
  kListTagsForStream,
  kMergeShards,
  kPutRecord,
  kPutRecords,
  kPutResourcePolicy,
  kRegisterStreamConsumer,
  kRemoveTagsFromStream,
  kSplitShard,
  kStartStreamEncryption,
  kStopStreamEncryption,
  kSubscribeToShard,
  kTagResource,
  kUntagResource,
  kUpdateAccountSettings,
  kUpdateChannel,
  kUpdateMaxRecordSize,
  kUpdateShardCount,
  kUpdateStreamMode,
  kUpdateStreamRecordDistributionStrategy,
  kUpdateStreamWarmThroughput,
};
template <>
struct EnumNames<Operation> {
  static constexpr auto kNames = std::to_array<std::string_view>({
      "AddTagsToStream",
      "CreateChannel",
      "CreateStream",
      "DecreaseStreamRetentionPeriod",
      "DeleteChannel",
      "DeleteResourcePolicy",
      "DeleteStream",
      "DeregisterStreamConsumer",
      "DescribeAccountSettings",
      "DescribeChannel",
      "DescribeLimits",
      "DescribeStream",
      "DescribeStreamConsumer",
      "DescribeStreamSummary",
      "DisableEnhancedMonitoring",
      "EnableEnhancedMonitoring",
      "GetRecords",
      "GetResourcePolicy",
      "GetShardIterator",
      "IncreaseStreamRetentionPeriod",
      "ListChannels",
      "ListShards",
      "ListStreamConsumers",
      "ListStreams",
      "ListTagsForResource",
      "ListTagsForStream",
      "MergeShards",
      "PutRecord",
      "PutRecords",
      "PutResourcePolicy",
      "RegisterStreamConsumer",
      "RemoveTagsFromStream",
      "SplitShard",
      "StartStreamEncryption",
      "StopStreamEncryption",
      "SubscribeToShard",
      "TagResource",
      "UntagResource",
      "UpdateAccountSettings",
      "UpdateChannel",
      "UpdateMaxRecordSize",
      "UpdateShardCount",
      "UpdateStreamMode",
      "UpdateStreamRecordDistributionStrategy",
      "UpdateStreamWarmThroughput",
  });
};

// What stands in front of the operation's name in the header X-Amz-Target.
inline constexpr std::string_view kTargetPrefix = "Kinesis_20131202.";

inline constexpr size_t kOperationCount = EnumNames<Operation>::kNames.size();
static_assert(kOperationCount == 45);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_OPERATION_H_
