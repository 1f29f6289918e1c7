#include "kinesis_core/api/internal/channel_directory.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "kinesis_core/api/internal/arn.h"

namespace kinesis::api::internal {
namespace {

constexpr std::string_view kChannel = "/channel/";

}  // namespace

ChannelDirectory::Locked::Locked(ChannelDirectory& directory, int64_t now_ms)
    : lock_(directory.mutex_), directory_(&directory) {
  std::erase_if(channels(),
                [now_ms](const auto& entry) { return entry.second.deleted_at_ms <= now_ms; });
}

ChannelEntry* ChannelDirectory::Locked::FindByArn(std::string_view arn) {
  ChannelMap& all = channels();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [arn](const auto& entry) { return entry.second.arn == arn; });
  return found == all.end() ? nullptr : &found->second;
}

absl::Status ChannelDirectory::Locked::Save() {
  absl::Status status = directory_->store_.SaveChannels(channels());
  if (status.ok()) return status;
  absl::StatusOr<ChannelMap> saved = directory_->store_.LoadChannels();
  if (saved.ok()) channels() = *std::move(saved);
  return status;
}

int64_t ChannelDirectory::CountAll(int64_t now_ms) {
  return static_cast<int64_t>(Lock(now_ms).channels().size());
}

int64_t ChannelDirectory::CountOfStream(uint64_t stream_uid, int64_t now_ms) {
  Locked locked = Lock(now_ms);
  return std::count_if(
      locked.channels().begin(), locked.channels().end(),
      [stream_uid](const auto& entry) { return entry.second.stream_uid == stream_uid; });
}

std::string ChannelArn(std::string_view stream_arn, std::string_view name, std::string_view id) {
  std::string arn(stream_arn);
  return arn.append(kChannel).append(name).append(":").append(id);
}

bool IsChannelArn(std::string_view arn) {
  const std::optional<ArnParts> parts = ParseArn(arn);
  return parts && parts->stream_name.find(kChannel) != std::string_view::npos;
}

}  // namespace kinesis::api::internal
