// The members of the structures of shard_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_SHARD_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_SHARD_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"
#include "kinesis_core/api/shard_operations.h"

namespace kinesis::api::internal {

template <>
struct Schema<ListShardsRequest> {
  using S = ListShardsRequest;
  static constexpr std::string_view kName = "ListShardsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::exclusive_start_shard_id, kShardId>("ExclusiveStartShardId"),
      Optional<&S::max_results, kListShardsInputLimit>("MaxResults"),
      Optional<&S::next_token, kNextToken>("NextToken"),
      Optional<&S::shard_filter, kStructure>("ShardFilter"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_creation_timestamp, kTimestamp>("StreamCreationTimestamp"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<ListShardsResponse> {
  using S = ListShardsResponse;
  static constexpr std::string_view kName = "ListShardsOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::next_token, kNextToken>("NextToken"),
      Optional<&S::shards, kShardList>("Shards"));
};

template <>
struct Schema<SplitShardRequest> {
  using S = SplitShardRequest;
  static constexpr std::string_view kName = "SplitShardInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::new_starting_hash_key, kHashKey>("NewStartingHashKey"),
      Required<&S::shard_to_split, kShardId>("ShardToSplit"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<MergeShardsRequest> {
  using S = MergeShardsRequest;
  static constexpr std::string_view kName = "MergeShardsInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::adjacent_shard_to_merge, kShardId>("AdjacentShardToMerge"),
      Required<&S::shard_to_merge, kShardId>("ShardToMerge"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<UpdateShardCountRequest> {
  using S = UpdateShardCountRequest;
  static constexpr std::string_view kName = "UpdateShardCountInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::scaling_type, kScalingType>("ScalingType"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"),
      Required<&S::target_shard_count, kPositiveIntegerObject>("TargetShardCount"));
};

template <>
struct Schema<UpdateShardCountResponse> {
  using S = UpdateShardCountResponse;
  static constexpr std::string_view kName = "UpdateShardCountOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::current_shard_count, kPositiveIntegerObject>("CurrentShardCount"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_name, kStreamName>("StreamName"),
      Optional<&S::target_shard_count, kPositiveIntegerObject>("TargetShardCount"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_SHARD_OPERATIONS_H_
