// Tags, by stream and by resource.
#include <string>
#include <utility>

#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/engine_client.h"
#include "kinesis_core/api/internal/resource.h"
#include "kinesis_core/api/internal/schema_tag_operations.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/tag_rules.h"

namespace kinesis::api {
namespace {

using internal::ClientCore;
using internal::Resource;

absl::Status Add(const ClientCore& core, const TagMap& added, Resource& resource) {
  TagMap& tags = resource.tags();
  KC_RETURN_IF_ERROR(internal::CheckNewTags(core, tags, added, resource.name()));
  for (const auto& [key, value] : added) tags[key] = value;
  return internal::Save(core, resource);
}

absl::Status Remove(const ClientCore& core, const std::vector<std::string>& keys,
                    Resource& resource) {
  KC_RETURN_IF_ERROR(internal::CheckRemovedTagKeys(core, keys));
  for (const std::string& key : keys) resource.tags().erase(key);
  return internal::Save(core, resource);
}

}  // namespace

// --- Of a stream ---------------------------------------------------------------------------------

absl::Status internal::EngineClient::AddTagsToStream(const AddTagsToStreamRequest& request) {
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kAddTagsToStream, request,
                                                      Resource::Kind::kStream, time));
  return Add(*core_, *request.tags, resource);
}

absl::Status internal::EngineClient::RemoveTagsFromStream(
    const RemoveTagsFromStreamRequest& request) {
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kRemoveTagsFromStream,
                                                      request, Resource::Kind::kStream, time));
  return Remove(*core_, *request.tag_keys, resource);
}

absl::StatusOr<ListTagsForStreamResponse> internal::EngineClient::ListTagsForStream(
    const ListTagsForStreamRequest& request) {
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kListTagsForStream,
                                                      request, Resource::Kind::kStream, time));
  if (request.exclusive_start_tag_key) {
    KC_RETURN_IF_ERROR(internal::CheckTagKey(*request.exclusive_start_tag_key));
  }
  const TagMap& tags = resource.tags();
  ListTagsForStreamResponse response;
  auto at = request.exclusive_start_tag_key ? tags.upper_bound(*request.exclusive_start_tag_key)
                                            : tags.begin();
  const auto limit = static_cast<size_t>(request.limit ? int64_t{*request.limit}
                                                       : static_cast<int64_t>(tags.size()));
  for (; at != tags.end() && response.tags.size() < limit; ++at) {
    response.tags.push_back({at->first, at->second});
  }
  response.has_more_tags = at != tags.end();
  return response;
}

// --- Of a resource -------------------------------------------------------------------------------

absl::Status internal::EngineClient::TagResource(const TagResourceRequest& request) {
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kTagResource, request,
                                                      Resource::Kind::kTagged, time));
  return Add(*core_, *request.tags, resource);
}

absl::Status internal::EngineClient::UntagResource(const UntagResourceRequest& request) {
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kUntagResource, request,
                                                      Resource::Kind::kTagged, time));
  return Remove(*core_, *request.tag_keys, resource);
}

absl::StatusOr<ListTagsForResourceResponse> internal::EngineClient::ListTagsForResource(
    const ListTagsForResourceRequest& request) {
  internal::CallTime time(core_->clock());
  KC_ASSIGN_OR_RETURN(Resource resource, FindResource(*core_, Operation::kListTagsForResource,
                                                      request, Resource::Kind::kTagged, time));
  ListTagsForResourceResponse response;
  for (const auto& [key, value] : resource.tags()) response.tags.push_back({key, value});
  return response;
}

}  // namespace kinesis::api
