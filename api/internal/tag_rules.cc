#include "kinesis_core/api/internal/tag_rules.h"

namespace kinesis::api::internal {
namespace {

absl::Status TooMany(const char* path, std::string_view shown, int64_t most) {
  return ConstraintError(path, QuotedText(shown),
                         "Member must have length less than or equal to " + std::to_string(most));
}

}  // namespace

absl::Status CheckNewTags(const ClientCore& core, const TagMap& present, const TagMap& added,
                          std::string_view stream_name) {
  const auto size = static_cast<int64_t>(added.size());
  if (size > core.limits().tags_per_call_max) {
    return TooMany("tags", ShownMap(added), core.limits().tags_per_call_max);
  }
  int64_t count = static_cast<int64_t>(present.size());
  for (const auto& [key, value] : added) count += present.contains(key) ? 0 : 1;
  if (count <= core.limits().tags_per_resource_max) return absl::OkStatus();
  return MakeError(ErrorType::kInvalidArgument,
                   "Failed to add tags to stream " + std::string(stream_name) + " under account " +
                       core.account() + " because a given stream cannot have more than " +
                       std::to_string(core.limits().tags_per_resource_max) +
                       " tags associated with it.");
}

absl::Status CheckTagKeyCount(const ClientCore& core, const std::vector<std::string>& keys) {
  if (static_cast<int64_t>(keys.size()) <= core.limits().tags_per_call_max) {
    return absl::OkStatus();
  }
  return TooMany("tagKeys", ShownList(keys), core.limits().tags_per_call_max);
}

}  // namespace kinesis::api::internal
