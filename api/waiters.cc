#include "kinesis_core/api/waiters.h"

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/retry.h"
#include "kinesis_core/clock.h"

namespace kinesis::api {
namespace {

// Looks until `look` makes a status of what it sees; nothing means to look again.
template <class Look>
absl::Status Wait(Client& client, const WaiterOptions& options, const Look& look) {
  Clock& clock = client.clock();
  for (int attempt = 1;; ++attempt) {
    const std::optional<absl::Status> verdict = look();
    if (verdict) return *verdict;
    if (attempt >= options.max_attempts) {
      return absl::DeadlineExceededError("not so after " + std::to_string(attempt) + " attempts");
    }
    internal::SleepFor(clock, options.delay);
  }
}

}  // namespace

absl::Status WaitUntilStreamExists(Client& client, const DescribeStreamRequest& request,
                                   const WaiterOptions& options) {
  return Wait(client, options, [&]() -> std::optional<absl::Status> {
    const absl::StatusOr<DescribeStreamResponse> seen = client.DescribeStream(request);
    if (!seen.ok()) return seen.status();
    if (seen->stream_description.stream_status != StreamStatus::kActive) return std::nullopt;
    return absl::OkStatus();
  });
}

absl::Status WaitUntilStreamNotExists(Client& client, const DescribeStreamRequest& request,
                                      const WaiterOptions& options) {
  return Wait(client, options, [&]() -> std::optional<absl::Status> {
    const absl::StatusOr<DescribeStreamResponse> seen = client.DescribeStream(request);
    if (seen.ok()) return std::nullopt;
    if (IsError(seen.status(), ErrorType::kResourceNotFound)) return absl::OkStatus();
    return seen.status();
  });
}

absl::Status WaitUntilChannelActive(Client& client, const DescribeChannelRequest& request,
                                    const WaiterOptions& options) {
  return Wait(client, options, [&]() -> std::optional<absl::Status> {
    const absl::StatusOr<DescribeChannelResponse> seen = client.DescribeChannel(request);
    if (!seen.ok()) return seen.status();
    const ChannelDescription& channel = seen->channel_description;
    switch (channel.channel_status) {
      case ChannelStatus::kActive:
        return absl::OkStatus();
      case ChannelStatus::kCreating:
      case ChannelStatus::kUpdating:
        return std::nullopt;
      case ChannelStatus::kDeleting:
      case ChannelStatus::kFailed:
        break;
    }
    return absl::FailedPreconditionError("channel " + channel.channel_name + " is in state " +
                                         std::string(ToText(channel.channel_status)));
  });
}

}  // namespace kinesis::api
