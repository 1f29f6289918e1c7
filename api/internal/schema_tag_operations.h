// The members of the structures of tag_operations.h, as the service model has them: in
// order of name, with their wire names and shapes. See schema.h.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_TAG_OPERATIONS_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_TAG_OPERATIONS_H_

#include <string_view>
#include <tuple>

#include "kinesis_core/api/internal/model.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"
#include "kinesis_core/api/tag_operations.h"

namespace kinesis::api::internal {

template <>
struct Schema<AddTagsToStreamRequest> {
  using S = AddTagsToStreamRequest;
  static constexpr std::string_view kName = "AddTagsToStreamInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"), Required<&S::tags, kTagMap>("Tags"));
};

template <>
struct Schema<RemoveTagsFromStreamRequest> {
  using S = RemoveTagsFromStreamRequest;
  static constexpr std::string_view kName = "RemoveTagsFromStreamInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"),
      Required<&S::tag_keys, kTagKeyList>("TagKeys"));
};

template <>
struct Schema<ListTagsForStreamRequest> {
  using S = ListTagsForStreamRequest;
  static constexpr std::string_view kName = "ListTagsForStreamInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::exclusive_start_tag_key, kTagKey>("ExclusiveStartTagKey"),
      Optional<&S::limit, kListTagsForStreamInputLimit>("Limit"),
      Optional<&S::stream_arn, kStreamARN>("StreamARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Optional<&S::stream_name, kStreamName>("StreamName"));
};

template <>
struct Schema<ListTagsForStreamResponse> {
  using S = ListTagsForStreamResponse;
  static constexpr std::string_view kName = "ListTagsForStreamOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::has_more_tags, kBooleanObject>("HasMoreTags"),
      Required<&S::tags, kTagList>("Tags"));
};

template <>
struct Schema<TagResourceRequest> {
  using S = TagResourceRequest;
  static constexpr std::string_view kName = "TagResourceInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::resource_arn, kResourceARN>("ResourceARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"), Required<&S::tags, kTagMap>("Tags"));
};

template <>
struct Schema<UntagResourceRequest> {
  using S = UntagResourceRequest;
  static constexpr std::string_view kName = "UntagResourceInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::resource_arn, kResourceARN>("ResourceARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"),
      Required<&S::tag_keys, kTagKeyList>("TagKeys"));
};

template <>
struct Schema<ListTagsForResourceRequest> {
  using S = ListTagsForResourceRequest;
  static constexpr std::string_view kName = "ListTagsForResourceInput";
  static constexpr auto kMembers = std::make_tuple(  //
      Required<&S::resource_arn, kResourceARN>("ResourceARN"),
      Optional<&S::stream_id, kStreamId>("StreamId"));
};

template <>
struct Schema<ListTagsForResourceResponse> {
  using S = ListTagsForResourceResponse;
  static constexpr std::string_view kName = "ListTagsForResourceOutput";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::tags, kTagList>("Tags"));
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_TAG_OPERATIONS_H_
