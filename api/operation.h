// The 39 operations of the service model, by name.
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
  kCreateStream,
  kDecreaseStreamRetentionPeriod,
  kDeleteResourcePolicy,
  kDeleteStream,
  kDeregisterStreamConsumer,
  kDescribeAccountSettings,
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
  kUpdateMaxRecordSize,
  kUpdateShardCount,
  kUpdateStreamMode,
  kUpdateStreamWarmThroughput,
};
template <>
struct EnumNames<Operation> {
  static constexpr auto kNames = std::to_array<std::string_view>({
      "AddTagsToStream",
      "CreateStream",
      "DecreaseStreamRetentionPeriod",
      "DeleteResourcePolicy",
      "DeleteStream",
      "DeregisterStreamConsumer",
      "DescribeAccountSettings",
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
      "UpdateMaxRecordSize",
      "UpdateShardCount",
      "UpdateStreamMode",
      "UpdateStreamWarmThroughput",
  });
};

inline constexpr size_t kOperationCount = EnumNames<Operation>::kNames.size();
static_assert(kOperationCount == 39);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_OPERATION_H_
