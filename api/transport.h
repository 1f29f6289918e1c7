// Transport: how a Client reaches a service elsewhere. A function of yours from an HTTP request to
// its answer; the library has no network code.
//
//   auto client = kinesis::api::Client::Create(
//       [](const kinesis::api::HttpRequest& request) { return SendSomehow(request); },
//       {.region = "eu-central-1", .credentials = {...}});
//
// testing/services/curl_transport.cc is one over libcurl.
#ifndef KINESIS_CORE_API_TRANSPORT_H_
#define KINESIS_CORE_API_TRANSPORT_H_

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

struct HttpHeader {
  std::string name;  // of any case
  std::string value;
};

// What is to be sent, as it is: nothing may be added to what is signed, and `host` is the last part
// of it to be thought of, which HTTP libraries take from the URL by themselves.
struct HttpRequest {
  std::string method = {};  // "POST"
  std::string url = {};     // "https://kinesis.us-east-1.amazonaws.com/"
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  // How long the answer may take (RetryOptions::attempt_timeout). A transport that gives up by
  // then returns kDeadlineExceeded.
  absl::Duration timeout = absl::InfiniteDuration();
  // The answer's body is an event stream, which goes on for minutes: give it by chunks, and the
  // timeout is that of its beginning alone.
  bool is_stream = false;
};

// The next bytes of a body that is a stream, one or more at a time, cut anywhere. Waits for them
// until `deadline` at most, by the clock of the client (RemoteOptions::clock); empty: none have
// come by then. With a deadline in the past it does not wait. Nothing at all: the stream is at its
// end. A status is for good. Called by one thread at a time; destroying it ends the connection.
using HttpChunks = std::function<absl::StatusOr<std::optional<std::string>>(absl::Time deadline)>;

struct HttpResponse {
  int status = 200;
  std::vector<HttpHeader> headers = {};
  std::string body = {};
  // The body instead, of an answer 200 to a request with `is_stream`.
  HttpChunks chunks = nullptr;
};

// A value: any function, lambda or function object that can be called so. A status other than OK is
// that no answer came: kDeadlineExceeded if it took too long, and anything else if there was no
// connection or it broke.
//
// Thread rule: the client calls it on the threads of its callers, several at once if they do.
// Lifetime: the client keeps a copy.
class Transport {
 public:
  template <class Function>
  requires(!std::same_as<std::remove_cvref_t<Function>, Transport> &&
           std::is_invocable_r_v<absl::StatusOr<HttpResponse>, Function&, const HttpRequest&>)
      // NOLINTNEXTLINE(google-explicit-constructor): a function is what a transport is
      Transport(Function function)
      : send_(std::move(function)) {}

  absl::StatusOr<HttpResponse> operator()(const HttpRequest& request) const {
    return send_(request);
  }

  // False for one that was made of an empty std::function.
  explicit operator bool() const { return send_ != nullptr; }

 private:
  std::function<absl::StatusOr<HttpResponse>(const HttpRequest&)> send_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_TRANSPORT_H_
