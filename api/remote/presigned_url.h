// GeneratePresignedUrl: a call of an operation as a URL that is signed already, for somebody who
// has no credentials: the method generate_presigned_url of Amazon's Python client.
//
//   absl::StatusOr<std::string> url = GeneratePresignedUrl(
//       DescribeStreamRequest{.stream_name = "orders"}, absl::Hours(1), options);
//
// Whoever uses it sends an empty POST to the URL with the two headers that it signs beside the
// host: Content-Type: application/x-amz-json-1.1 and X-Amz-Target: Kinesis_20131202.DescribeStream.
//
// Thread-safe: a pure function of its arguments and the clock.
#ifndef KINESIS_CORE_API_REMOTE_PRESIGNED_URL_H_
#define KINESIS_CORE_API_REMOTE_PRESIGNED_URL_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/remote_options.h"

namespace kinesis::api {

// `request` is that of any operation, and says by its type which one it is. Its members become
// parameters of the query, as botocore writes them: numbers in decimal, booleans "True" and
// "False", data as base64, times as seconds, a list as a parameter for each element. The URL is
// good for `expires` from the present of the options' clock on.
//
// kInvalidArgument: the request has a member that a query cannot hold (a structure, a list of them,
// or tags); `expires` is not between a second and seven days; or an option is wrong, as it says.
template <class Request>
absl::StatusOr<std::string> GeneratePresignedUrl(const Request& request, absl::Duration expires,
                                                 const RemoteOptions& options);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_REMOTE_PRESIGNED_URL_H_
