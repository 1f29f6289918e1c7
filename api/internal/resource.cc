#include "kinesis_core/api/internal/resource.h"

#include "kinesis_core/api/internal/arn.h"

namespace kinesis::api::internal {

absl::StatusOr<Resource> FindResourceAt(ClientCore& core, Operation operation,
                                        const StreamAddress& address, Resource::Kind kind,
                                        CallTime& time) {
  Resource resource;
  if (kind == Resource::Kind::kTagged && address.arn && IsChannelArn(*address.arn)) {
    resource.channels.emplace(core.channels().Lock(time.ms()));
    resource.channel = resource.channels->FindByArn(*address.arn);
    if (resource.channel == nullptr) return core.errors().ChannelNotFound(*address.arn);
    return resource;
  }
  KC_ASSIGN_OR_RETURN(resource.stream, core.gates().FindStreamAt(address, time,
                                                                 kind == Resource::Kind::kStream
                                                                     ? ArnOf::kStream
                                                                     : ArnOf::kStreamOrConsumer));
  KC_RETURN_IF_ERROR(core.gates().CheckRate(operation, *resource.stream, time));
  resource.state.emplace(*resource.stream);
  KC_RETURN_IF_ERROR(core.gates().RequireActiveOrUpdating(*resource.stream, *resource.state, time));
  const std::optional<ArnParts> parts = address.arn ? ParseArn(*address.arn) : std::nullopt;
  if (kind == Resource::Kind::kStream || !parts || !parts->consumer_name) return resource;
  resource.consumer = FindConsumer((*resource.state)->consumers, *parts->consumer_name, time.ms());
  if (resource.consumer == nullptr || resource.consumer->arn != *address.arn) {
    return core.errors().ConsumerNotFound(*parts->consumer_name, resource.stream->name());
  }
  return resource;
}

absl::Status Save(const ClientCore& core, Resource& resource) {
  return resource.channels ? core.Save(*resource.channels) : core.Save(*resource.state);
}

absl::Status RequireActive(const ClientCore& core, const Resource& resource, CallTime& time) {
  if (resource.consumer == nullptr) return absl::OkStatus();
  return core.gates().RequireActive(*resource.consumer, *resource.stream, time);
}

}  // namespace kinesis::api::internal
