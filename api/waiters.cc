#include "kinesis_core/api/waiters.h"

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/clock.h"
#include "kinesis_core/engine.h"

namespace kinesis::api {
namespace {

void Sleep(Clock& clock, absl::Duration delay) {
  const absl::Time deadline = clock.Now() + delay;
  WaitEvent never;
  while (clock.Now() < deadline) clock.Wait(never, deadline);
}

// Looks until `judge` makes a status of what it sees; nothing means to look again.
template <class Judge>
absl::Status Wait(Client& client, const DescribeStreamRequest& request,
                  const WaiterOptions& options, const Judge& judge) {
  Clock& clock = client.engine().clock();
  for (int attempt = 1;; ++attempt) {
    const std::optional<absl::Status> verdict = judge(client.DescribeStream(request));
    if (verdict) return *verdict;
    if (attempt >= options.max_attempts) {
      return absl::DeadlineExceededError("not so after " + std::to_string(attempt) + " attempts");
    }
    Sleep(clock, options.delay);
  }
}

}  // namespace

absl::Status WaitUntilStreamExists(Client& client, const DescribeStreamRequest& request,
                                   const WaiterOptions& options) {
  return Wait(
      client, request, options,
      [](const absl::StatusOr<DescribeStreamResponse>& seen) -> std::optional<absl::Status> {
        if (!seen.ok()) return seen.status();
        if (seen->stream_description.stream_status != StreamStatus::kActive) {
          return std::nullopt;
        }
        return absl::OkStatus();
      });
}

absl::Status WaitUntilStreamNotExists(Client& client, const DescribeStreamRequest& request,
                                      const WaiterOptions& options) {
  return Wait(
      client, request, options,
      [](const absl::StatusOr<DescribeStreamResponse>& seen) -> std::optional<absl::Status> {
        if (seen.ok()) return std::nullopt;
        if (IsError(seen.status(), ErrorType::kResourceNotFound)) return absl::OkStatus();
        return seen.status();
      });
}

}  // namespace kinesis::api
