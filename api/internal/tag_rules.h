// The rules of tags that the model's shapes do not say: how many there may be, and of which
// characters.
#ifndef KINESIS_CORE_API_INTERNAL_TAG_RULES_H_
#define KINESIS_CORE_API_INTERNAL_TAG_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/shapes.h"

namespace kinesis::api::internal {

// ValidationException if one call names more tags than a call may; InvalidArgumentException if keys
// or values have characters that tags may not have, if keys begin as the service's own do, or if
// the resource would have too many tags with them.
absl::Status CheckNewTags(const ClientCore& core, const TagMap& present, const TagMap& added,
                          std::string_view stream_name);

// The same errors for the keys of tags that are to be removed.
absl::Status CheckRemovedTagKeys(const ClientCore& core, const std::vector<std::string>& keys);

// InvalidArgumentException for the characters of a key that a listing begins after.
absl::Status CheckTagKey(std::string_view key);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_TAG_RULES_H_
