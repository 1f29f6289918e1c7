// RemoteService: sends the text of an operation to a service, signed, and again where that helps.
#ifndef KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_SERVICE_H_
#define KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_SERVICE_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/internal/retry.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/remote_options.h"
#include "kinesis_core/api/transport.h"
#include "kinesis_core/clock.h"

namespace kinesis::api::internal {

absl::Status NotUtf8();
absl::Status UnreadableAnswer(const absl::Status& why);

// OK, or what is wrong with them.
absl::Status CheckRemoteOptions(const RemoteOptions& options);

// The scheme and host of a service: that of the options, or Amazon's own. kInvalidArgument: the
// region is in none of the partitions whose hosts are known.
absl::StatusOr<std::string> EndpointOf(const RemoteOptions& options);

// What a request is signed with now, and the clock by which it is.
absl::StatusOr<Credentials> FindCredentials(const RemoteOptions& options);
Clock& ClockOf(const RemoteOptions& options);

// The request of an operation to a service, not signed.
HttpRequest RequestOf(const std::string& endpoint, Operation operation, std::string json);

// Thread-safe. Movable, before it is used.
class RemoteService {
 public:
  // The options are right.
  RemoteService(Transport transport, const RemoteOptions& options, std::string endpoint);

  Clock& clock() const { return ClockOf(options_); }

  // The answer, which is a success; or the service's error, or that of the way to it. With
  // `is_stream` the answer has chunks.
  absl::StatusOr<HttpResponse> Send(Operation operation, std::string json, bool is_stream = false);

 private:
  Transport transport_;
  RemoteOptions options_;
  std::string endpoint_;
  std::unique_ptr<RetryBudget> budget_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_REMOTE_INTERNAL_REMOTE_SERVICE_H_
