// RemoteOptions: where the service of a Client over a transport is, how requests to it are signed,
// and when they are tried again.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_REMOTE_OPTIONS_H_
#define KINESIS_CORE_API_REMOTE_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace kinesis {
class Clock;
}  // namespace kinesis

namespace kinesis::api {

// What a request is signed with. The token goes with credentials that end, such as those of a role.
struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token = {};
};

// When a call that failed is made again: the standard mode of Amazon's SDKs, with its numbers.
//
// Again: after a status 500, 502, 503 or 504; when no answer came; after a refusal for a rate
// (ProvisionedThroughputExceededException, LimitExceededException, ThrottlingException and their
// like) or RequestTimeout. The wait before attempt n + 1 is a random part of 2^(n-1) seconds, 20 at
// most. All calls of a client share a budget of 500: a retry takes 5 from it, after a timeout 10; a
// call that succeeds gives back what its last retry took, or 1 without any; and at 0 nothing is
// tried again.
//
// A put that was tried again because no answer came may have succeeded before: then the record is
// stored twice, as with every client of the service.
struct RetryOptions {
  // Attempts of one call together, the first included; 1 switches retries off. At least 1.
  int max_attempts = 3;
  // How long an attempt may take: HttpRequest::timeout. Above 0.
  absl::Duration attempt_timeout = absl::Seconds(60);
  // Numbers in [0, 1) for the waits, to be called by any thread. Null: random ones.
  std::function<double()> random = nullptr;
};

struct RemoteOptions {
  // Of the service, as requests are signed for it: lower-case letters, digits and dashes.
  std::string region = "us-east-1";
  // Where it is: scheme, host and, if need be, port, such as "http://localhost:4567". Empty: Amazon's
  // own of the region.
  std::string endpoint = {};

  Credentials credentials = {};
  // Asked before each attempt instead, if it is given: credentials end. A status that it returns is
  // what the call returns. Called by any thread.
  std::function<absl::StatusOr<Credentials>()> find_credentials = nullptr;

  RetryOptions retry = {};

  // Dates signatures and waits between attempts. Null: SystemClock(). Outlives the client.
  Clock* clock = nullptr;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_REMOTE_OPTIONS_H_
