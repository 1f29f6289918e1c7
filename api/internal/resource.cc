#include "kinesis_core/api/internal/resource.h"

#include "kinesis_core/api/internal/arn.h"

namespace kinesis::api::internal {

absl::StatusOr<Resource> FindResourceAt(ClientCore& core, Operation operation,
                                        const StreamAddress& address, Resource::Kind kind) {
  Resource resource;
  if (kind == Resource::Kind::kTagged && address.arn && IsChannelArn(*address.arn)) {
    resource.channels.emplace(core.channels().Lock(core.NowMs()));
    resource.channel = resource.channels->FindByArn(*address.arn);
    if (resource.channel == nullptr) return core.ChannelNotFound(*address.arn);
    return resource;
  }
  absl::StatusOr<StreamPtr> stream = core.FindStreamAt(
      address, kind == Resource::Kind::kStream ? ArnOf::kStream : ArnOf::kStreamOrConsumer);
  if (!stream.ok()) return stream.status();
  resource.stream = *std::move(stream);
  if (absl::Status status = core.CheckRate(operation, *resource.stream); !status.ok()) {
    return status;
  }
  resource.state = std::make_unique<StreamRecord::Locked>(*resource.stream);
  if (absl::Status status = core.RequireSettled(*resource.stream, *resource.state); !status.ok()) {
    return status;
  }
  const std::optional<ArnParts> parts = address.arn ? ParseArn(*address.arn) : std::nullopt;
  if (kind == Resource::Kind::kStream || !parts || !parts->consumer_name) return resource;
  resource.consumer =
      FindConsumer((*resource.state)->consumers, *parts->consumer_name, core.NowMs());
  if (resource.consumer == nullptr || resource.consumer->arn != *address.arn) {
    return core.ConsumerNotFound(*parts->consumer_name, *resource.stream);
  }
  return resource;
}

}  // namespace kinesis::api::internal
