// Waiters: sleep on the client's clock until a stream is there, or gone, or a channel is there.
//
//   absl::Status status = kinesis::api::WaitUntilStreamExists(*client, {.stream_name = "orders"});
//
// They look with DescribeStream or DescribeChannel, at once and then every 10 seconds, 18 times at
// most: the service's own waiters of 2015. With a SimulatedClock they end when the test has moved
// it far enough.
#ifndef KINESIS_CORE_API_WAITERS_H_
#define KINESIS_CORE_API_WAITERS_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

struct WaiterOptions {
  absl::Duration delay = absl::Seconds(10);  // between two looks
  int max_attempts = 18;                     // looks; fewer than 1 are taken for 1
};

// Thread-safe, all. The calling thread sleeps in Clock::Wait; the client outlives the call.
//
// kDeadlineExceeded: after the last look it still is not so. Every error of the look ends the wait
// and is returned, but for the ResourceNotFoundException that StreamNotExists waits for.

// Until the stream is ACTIVE.
KINESIS_CORE_EXPORT absl::Status WaitUntilStreamExists(Client& client,
                                                       const DescribeStreamRequest& request,
                                                       const WaiterOptions& options = {});

// Until there is no such stream.
KINESIS_CORE_EXPORT absl::Status WaitUntilStreamNotExists(Client& client,
                                                          const DescribeStreamRequest& request,
                                                          const WaiterOptions& options = {});

// Until the channel is ACTIVE. kFailedPrecondition: it is FAILED or DELETING, and never will be.
KINESIS_CORE_EXPORT absl::Status WaitUntilChannelActive(Client& client,
                                                        const DescribeChannelRequest& request,
                                                        const WaiterOptions& options = {});

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_WAITERS_H_
