// What may be tagged how: the counts, which the model's shapes do not say.
#ifndef KINESIS_CORE_API_INTERNAL_TAG_RULES_H_
#define KINESIS_CORE_API_INTERNAL_TAG_RULES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/shapes.h"

namespace kinesis::api::internal {

// ValidationException if one call names more tags than a call may; InvalidArgumentException if the
// resource would have too many with them.
absl::Status CheckNewTags(const ClientCore& core, const TagMap& present, const TagMap& added,
                          std::string_view stream_name);

// ValidationException if one call names so many keys.
absl::Status CheckTagKeyCount(const ClientCore& core, const std::vector<std::string>& keys);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_TAG_RULES_H_
