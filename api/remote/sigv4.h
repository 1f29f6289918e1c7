// Signature version 4, by which Amazon's services know who sends a request: as a pure function, in
// headers or in a URL.
//
//   const auto added = SignatureHeaders(request, credentials, scope).value();
//   request.headers.insert(request.headers.end(), added.begin(), added.end());
//
// A Client over a transport signs by itself; this is for requests of your own. The rules are in
// Amazon's "Signature Version 4 signing process" (AWS General Reference); sigv4_test holds the
// results against Amazon's published vectors and against botocore.
//
// Thread-safe: pure functions. O(bytes of the request).
#ifndef KINESIS_CORE_API_REMOTE_SIGV4_H_
#define KINESIS_CORE_API_REMOTE_SIGV4_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/remote_options.h"
#include "kinesis_core/api/transport.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

// What a signature is good for: 15 minutes around `time`, as Amazon's clocks see it.
struct SigningScope {
  std::string region = "us-east-1";
  std::string service = "kinesis";
  absl::Time time = {};
};

// The headers to add: X-Amz-Date, X-Amz-Security-Token if the credentials have a token, and
// Authorization. They sign the method, the URL, the body and all headers that are there, but for
// Expect, User-Agent and X-Amzn-Trace-Id, which are changed on the way. `Host` is taken from the
// URL and need not be there.
//
// kInvalidArgument: the URL has no scheme or host, the access key or its secret is empty, or the
// year of the time is none of 1970 to 9999.
KINESIS_CORE_EXPORT absl::StatusOr<std::vector<HttpHeader>> SignatureHeaders(
    const HttpRequest& request, const Credentials& credentials, const SigningScope& scope);

// The request's URL with the signature in its query, good for `expires` from the scope's time on,
// in whole seconds. Whoever uses it sends the same method and headers, and no body: that of the
// request is not looked at.
//
// kInvalidArgument: as above, or `expires` is not between a second and seven days.
KINESIS_CORE_EXPORT absl::StatusOr<std::string> PresignedUrl(const HttpRequest& request,
                                                             const Credentials& credentials,
                                                             const SigningScope& scope,
                                                             absl::Duration expires);

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_REMOTE_SIGV4_H_
