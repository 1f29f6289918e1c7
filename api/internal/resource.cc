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
    if (resource.channel == nullptr) return core.ChannelNotFound(*address.arn);
    return resource;
  }
  absl::StatusOr<StreamPtr> stream = core.FindStreamAt(
      address, time, kind == Resource::Kind::kStream ? ArnOf::kStream : ArnOf::kStreamOrConsumer);
  if (!stream.ok()) return stream.status();
  resource.stream = *std::move(stream);
  if (absl::Status status = core.CheckRate(operation, *resource.stream, time); !status.ok()) {
    return status;
  }
  resource.state = std::make_unique<StreamRecord::Locked>(*resource.stream);
  if (absl::Status status = core.RequireSettled(*resource.stream, *resource.state, time);
      !status.ok()) {
    return status;
  }
  const std::optional<ArnParts> parts = address.arn ? ParseArn(*address.arn) : std::nullopt;
  if (kind == Resource::Kind::kStream || !parts || !parts->consumer_name) return resource;
  resource.consumer = FindConsumer((*resource.state)->consumers, *parts->consumer_name, time.ms());
  if (resource.consumer == nullptr || resource.consumer->arn != *address.arn) {
    return core.ConsumerNotFound(*parts->consumer_name, *resource.stream);
  }
  return resource;
}

absl::Status RequireActive(const ClientCore& core, const Resource& resource, CallTime& time) {
  if (resource.consumer == nullptr) return absl::OkStatus();
  return core.RequireActive(*resource.consumer, *resource.stream, time);
}

}  // namespace kinesis::api::internal
