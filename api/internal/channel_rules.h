// The rules for the members of a channel that the public model does not say: from the texts of the
// operations in @aws-sdk/client-kinesis 3.1143.0, and from the general form of ARNs.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_CHANNEL_RULES_H_
#define KINESIS_CORE_API_INTERNAL_CHANNEL_RULES_H_

#include "absl/status/status.h"
#include "kinesis_core/api/channel_operations.h"

namespace kinesis::api::internal {

// InvalidArgumentException that names the first member that is wrong, and the rule it breaks.
// Requires: the request has passed its constraints.
absl::Status CheckNewChannel(const CreateChannelRequest& request);

// The same for the members of an update, one of which has to be given.
// Requires: the request has passed its constraints.
absl::Status CheckChannelUpdate(const UpdateChannelRequest& request);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CHANNEL_RULES_H_
