// The members of the structures of shapes.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_SHAPES_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_SHAPES_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/shapes.h"

namespace kinesis::api::internal {

template <>
struct Schema<StreamModeDetails> {
  using S = StreamModeDetails;
  static constexpr std::string_view kName = "StreamModeDetails";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::stream_mode, kStreamMode>("StreamMode"));
};

template <>
struct Schema<ShardFilter> {
  using S = ShardFilter;
  static constexpr std::string_view kName = "ShardFilter";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::shard_id, kShardId>("ShardId"), Optional<&S::timestamp, kTimestamp>("Timestamp"),
      Required<&S::type, kShardFilterType>("Type"));
};

template <>
struct Schema<StartingPosition> {
  using S = StartingPosition;
  static constexpr std::string_view kName = "StartingPosition";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::sequence_number, kSequenceNumber>("SequenceNumber"),
      Optional<&S::timestamp, kTimestamp>("Timestamp"),
      Required<&S::type, kShardIteratorType>("Type"));
};

template <>
struct Schema<HashKeyRange> {
  using S = HashKeyRange;
  static constexpr std::string_view kName = "HashKeyRange";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::ending_hash_key, kHashKey>("EndingHashKey"),
      Required<&S::starting_hash_key, kHashKey>("StartingHashKey"));
};

template <>
struct Schema<SequenceNumberRange> {
  using S = SequenceNumberRange;
  static constexpr std::string_view kName = "SequenceNumberRange";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::ending_sequence_number, kSequenceNumber>("EndingSequenceNumber"),
      Required<&S::starting_sequence_number, kSequenceNumber>("StartingSequenceNumber"));
};

template <>
struct Schema<Shard> {
  using S = Shard;
  static constexpr std::string_view kName = "Shard";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::adjacent_parent_shard_id, kShardId>("AdjacentParentShardId"),
      Required<&S::hash_key_range, kStructure>("HashKeyRange"),
      Optional<&S::parent_shard_id, kShardId>("ParentShardId"),
      Required<&S::sequence_number_range, kStructure>("SequenceNumberRange"),
      Required<&S::shard_id, kShardId>("ShardId"));
};

template <>
struct Schema<ChildShard> {
  using S = ChildShard;
  static constexpr std::string_view kName = "ChildShard";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::hash_key_range, kStructure>("HashKeyRange"),
      Required<&S::parent_shards, kShardIdList>("ParentShards"),
      Required<&S::shard_id, kShardId>("ShardId"));
};

template <>
struct Schema<Tag> {
  using S = Tag;
  static constexpr std::string_view kName = "Tag";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::key, kTagKey>("Key"), Optional<&S::value, kTagValue>("Value"));
};

template <>
struct Schema<EnhancedMetrics> {
  using S = EnhancedMetrics;
  static constexpr std::string_view kName = "EnhancedMetrics";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::shard_level_metrics, kMetricsNameList>("ShardLevelMetrics"));
};

template <>
struct Schema<WarmThroughputObject> {
  using S = WarmThroughputObject;
  static constexpr std::string_view kName = "WarmThroughputObject";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::current_mibps, kNaturalIntegerObject>("CurrentMiBps"),
      Optional<&S::target_mibps, kNaturalIntegerObject>("TargetMiBps"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_SHAPES_H_
