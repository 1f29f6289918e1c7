// Resource: a stream, one of its consumers or a channel, found by ARN and locked.
#ifndef KINESIS_CORE_API_INTERNAL_RESOURCE_H_
#define KINESIS_CORE_API_INTERNAL_RESOURCE_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/internal/channel_directory.h"
#include "kinesis_core/api/internal/client_core.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/internal/stream_address.h"
#include "kinesis_core/api/internal/stream_entry.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

// Thread-compatible. Holds the lock of the stream, or of the channels, as long as it lives.
struct Resource {
  // The kinds of resource that an operation takes: streams; consumers, too; or even channels, which
  // have no policy.
  enum class Kind { kStream, kAny, kTagged };

  StreamPtr stream;  // null: a channel
  std::optional<StreamEntry::Locked> state;
  ConsumerEntry* consumer = nullptr;  // null: the stream itself
  std::optional<ChannelDirectory::Locked> channels;
  ChannelEntry* channel = nullptr;

  // For messages.
  const std::string& name() const { return channel == nullptr ? stream->name() : channel->name; }
  TagMap& tags() {
    if (channel != nullptr) return channel->tags;
    return consumer == nullptr ? (*state)->tags : consumer->tags;
  }
  // Requires: not a channel.
  std::optional<std::string>& policy() {
    return consumer == nullptr ? (*state)->policy : consumer->policy;
  }
};

// ResourceNotFoundException: there is none. ResourceInUseException: the stream is neither ACTIVE
// nor UPDATING.
absl::StatusOr<Resource> FindResourceAt(ClientCore& core, Operation operation,
                                        const StreamAddress& address, Resource::Kind kind,
                                        CallTime& time);

// The resource that a request names, which is admitted first.
template <class Request>
absl::StatusOr<Resource> FindResource(ClientCore& core, Operation operation, const Request& request,
                                      Resource::Kind kind, CallTime& time) {
  KC_RETURN_IF_ERROR(core.gates().Admit(operation, request, time));
  return FindResourceAt(core, operation, AddressOf(request), kind, time);
}

// Saves what has been changed of it, as ClientCore::Save does.
absl::Status Save(const ClientCore& core, Resource& resource);

// ResourceInUseException for a consumer that is not ACTIVE. (A stream has been looked at.)
absl::Status RequireActive(const ClientCore& core, const Resource& resource, CallTime& time);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_RESOURCE_H_
