#include "kinesis_core/api/internal/tag_rules.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/tag_characters.h"

namespace kinesis::api::internal {
namespace {

absl::Status TooMany(const char* path, std::string_view shown, int64_t most) {
  return ConstraintError(path, QuotedText(shown),
                         "Member must have length less than or equal to " + std::to_string(most));
}

// In the service's words, which do not mention the colon that it takes.
absl::Status CheckCharacters(bool all_valid) {
  if (all_valid) return absl::OkStatus();
  return MakeError(
      ErrorType::kInvalidArgument,
      "Some tags contain invalid characters. Valid characters: Unicode letters, digits, "
      "white space, _ . / = + - % @.");
}

// InvalidArgumentException for a key that an account may neither add nor remove: one that begins
// with "aws:", in any case of letters (documentation of tags).
absl::Status CheckNotReserved(std::string_view key) {
  constexpr char kPrefix[] = "aws:";
  if (!absl::StartsWithIgnoreCase(absl::string_view(key.data(), key.size()), kPrefix)) {
    return absl::OkStatus();
  }
  return MakeError(
      ErrorType::kInvalidArgument,
      "Tag keys that begin with aws: are reserved. The key was " + std::string(key) + ".");
}

}  // namespace

absl::Status CheckNewTags(const ClientCore& core, const TagMap& present, const TagMap& added,
                          std::string_view stream_name) {
  const auto size = static_cast<int64_t>(added.size());
  if (size > core.limits().tags_per_call_max) {
    return TooMany("tags", ShownMap(added), core.limits().tags_per_call_max);
  }
  const bool all_valid = std::all_of(added.begin(), added.end(), [](const auto& tag) {
    return HasTagCharacters(tag.first) && HasTagCharacters(tag.second);
  });
  KC_RETURN_IF_ERROR(CheckCharacters(all_valid));
  for (const auto& [key, value] : added) {
    KC_RETURN_IF_ERROR(CheckNotReserved(key));
  }
  int64_t count = static_cast<int64_t>(present.size());
  for (const auto& [key, value] : added) count += present.contains(key) ? 0 : 1;
  if (count <= core.limits().tags_per_resource_max) return absl::OkStatus();
  return MakeError(
      ErrorType::kInvalidArgument,
      "Failed to add tags to stream " + std::string(stream_name) + " under account " +
          core.options().account_id + " because a given stream cannot have more than " +
          std::to_string(core.limits().tags_per_resource_max) + " tags associated with it.");
}

absl::Status CheckRemovedTagKeys(const ClientCore& core, const std::vector<std::string>& keys) {
  if (static_cast<int64_t>(keys.size()) > core.limits().tags_per_call_max) {
    return TooMany("tagKeys", ShownList(keys), core.limits().tags_per_call_max);
  }
  for (const std::string& key : keys) {
    KC_RETURN_IF_ERROR(CheckTagKey(key));
  }
  for (const std::string& key : keys) {
    KC_RETURN_IF_ERROR(CheckNotReserved(key));
  }
  return absl::OkStatus();
}

absl::Status CheckTagKey(std::string_view key) { return CheckCharacters(HasTagCharacters(key)); }

}  // namespace kinesis::api::internal
