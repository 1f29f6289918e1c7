#include "kinesis_core/testing/services/curl_transport.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace kinesis::testing {
namespace {

using api::HttpHeader;
using api::HttpRequest;
using api::HttpResponse;

// How long curl may sleep before it is asked again.
constexpr absl::Duration kPoll = absl::Milliseconds(100);

// A request under way.
class Transfer {
 public:
  explicit Transfer(const HttpRequest& request) : body_(request.body) {
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_.size()));
    curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, body_.data());
    for (const HttpHeader& header : request.headers) {
      headers_ = curl_slist_append(headers_, (header.name + ": " + header.value).c_str());
    }
    headers_ = curl_slist_append(headers_, "Expect:");  // or large bodies wait for a 100 Continue
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, this);
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &OnBody);
    curl_easy_setopt(easy_, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy_, CURLOPT_HEADERFUNCTION, &OnHeader);
    curl_multi_add_handle(multi_, easy_);
  }
  ~Transfer() {
    curl_multi_remove_handle(multi_, easy_);
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Goes on until `is_enough` of it is there, it is done, or the deadline is past.
  template <class Enough>
  absl::Status Run(absl::Time deadline, const Enough& is_enough) {
    while (true) {
      int running = 0;
      if (const CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
        return absl::UnavailableError(curl_multi_strerror(code));
      }
      int left = 0;
      if (const CURLMsg* const message = curl_multi_info_read(multi_, &left)) {
        done_ = true;
        if (message->data.result != CURLE_OK) {
          return absl::UnavailableError(curl_easy_strerror(message->data.result));
        }
      }
      if (done_ || is_enough()) return absl::OkStatus();
      const absl::Duration rest = deadline - absl::Now();
      if (rest <= absl::ZeroDuration()) return absl::DeadlineExceededError("no answer in time");
      const auto wait_ms = absl::ToInt64Milliseconds(std::min(rest, kPoll)) + 1;
      curl_multi_poll(multi_, nullptr, 0, static_cast<int>(wait_ms), nullptr);
    }
  }

  bool done() const { return done_; }
  bool has_body() const { return !response_.body.empty(); }
  HttpResponse TakeResponse() {
    long status = 0;  // NOLINT(google-runtime-int): curl's type
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    response_.status = static_cast<int>(status);
    return std::exchange(response_, {});
  }

 private:
  static size_t OnBody(const char* bytes, size_t size, size_t count, void* self) {
    static_cast<Transfer*>(self)->response_.body.append(bytes, size * count);
    return size * count;
  }
  static size_t OnHeader(const char* bytes, size_t size, size_t count, void* self) {
    const std::string line(bytes, size * count);
    const size_t colon = line.find(':');
    const size_t end = line.find_last_not_of("\r\n");
    if (colon != std::string::npos && end != std::string::npos) {
      const size_t begin = std::min(line.find_first_not_of(' ', colon + 1), end + 1);
      static_cast<Transfer*>(self)->response_.headers.push_back(
          {line.substr(0, colon), line.substr(begin, end + 1 - begin)});
    }
    return size * count;
  }

  CURL* const easy_ = curl_easy_init();
  CURLM* const multi_ = curl_multi_init();
  curl_slist* headers_ = nullptr;
  const std::string body_;
  HttpResponse response_;
  bool done_ = false;
};

absl::StatusOr<HttpResponse> Send(const HttpRequest& request) {
  const auto transfer = std::make_shared<Transfer>(request);
  const absl::Time deadline = absl::Now() + request.timeout;
  const bool is_stream = request.is_stream;
  const absl::Status status =
      transfer->Run(deadline, [&] { return is_stream && transfer->has_body(); });
  if (!status.ok()) return status;
  HttpResponse response = transfer->TakeResponse();
  if (is_stream && response.status == 200) {
    response.chunks = [transfer, first = std::exchange(response.body, {})](
                          absl::Time until) mutable -> absl::StatusOr<std::optional<std::string>> {
      if (!first.empty()) return std::exchange(first, {});
      const absl::Status more = transfer->done()
                                    ? absl::OkStatus()
                                    : transfer->Run(until, [&] { return transfer->has_body(); });
      if (!more.ok() && !absl::IsDeadlineExceeded(more)) return more;
      std::string chunk = transfer->TakeResponse().body;
      if (chunk.empty() && transfer->done()) return std::nullopt;
      return chunk;
    };
  }
  return response;
}

}  // namespace

api::Transport CurlTransport() { return &Send; }

}  // namespace kinesis::testing
