// Requests and responses about tags: of a stream by its name or ARN, and of any resource (stream or
// consumer) by its ARN.
//
// Every member of a request may be left out, as on the wire; a required one that is missing is the
// service's ValidationException. Operations without a response answer with absl::Status alone.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_TAG_OPERATIONS_H_
#define KINESIS_CORE_API_TAG_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kinesis_core/api/shapes.h"

namespace kinesis::api {

struct AddTagsToStreamRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TagMap> tags = std::nullopt;  // required
};

struct RemoveTagsFromStreamRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::vector<std::string>> tag_keys = std::nullopt;  // required
};

struct ListTagsForStreamRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::string> exclusive_start_tag_key = std::nullopt;
  std::optional<int32_t> limit = std::nullopt;
};

// In order of key.
struct ListTagsForStreamResponse {
  std::vector<Tag> tags;
  bool has_more_tags = false;
};

struct TagResourceRequest {
  std::optional<std::string> resource_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TagMap> tags = std::nullopt;  // required
};

struct UntagResourceRequest {
  std::optional<std::string> resource_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<std::vector<std::string>> tag_keys = std::nullopt;  // required
};

struct ListTagsForResourceRequest {
  std::optional<std::string> resource_arn = std::nullopt;  // required
  std::optional<std::string> stream_id = std::nullopt;
};

// In order of key.
struct ListTagsForResourceResponse {
  std::vector<Tag> tags;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_TAG_OPERATIONS_H_
