#include "kinesis_core/api/remote/internal/remote_service.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/api/json/internal/json_decoder.h"
#include "kinesis_core/api/remote/sigv4.h"

namespace kinesis::api::internal {

// The body of an error. Some have the message with a capital.
struct ErrorBody {
  std::optional<std::string> type;
  std::optional<std::string> message;
  std::optional<std::string> capital_message;
};

template <>
struct Schema<ErrorBody> {
  using S = ErrorBody;
  static constexpr std::string_view kName = "ErrorBody";
  static constexpr auto kMembers = std::make_tuple(  //
      Optional<&S::capital_message, kErrorMessage>("Message"),
      Optional<&S::type, kErrorMessage>("__type"), Optional<&S::message, kErrorMessage>("message"));
};

namespace {

constexpr std::string_view kContentType = "application/x-amz-json-1.1";
constexpr size_t kShownOfBody = 200;

// "com.amazon.coral.service#NAME" and "NAME:http://..." are NAME.
std::string_view BareName(std::string_view name) {
  name = name.substr(0, name.find(':'));
  const size_t hash = name.rfind('#');
  return hash == std::string_view::npos ? name : name.substr(hash + 1);
}

std::string_view FindHeader(const HttpResponse& answer, absl::string_view name) {
  for (const HttpHeader& header : answer.headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) return header.value;
  }
  return {};
}

// What an answer that is no success says.
absl::Status ErrorOfAnswer(const HttpResponse& answer) {
  ErrorBody body;
  JsonDecoder decoder;
  // What is no JSON comes from something in between, and has no name.
  if (!decoder.Decode(answer.body, &body).ok()) body = {};
  const std::string_view name =
      BareName(body.type ? std::string_view(*body.type) : FindHeader(answer, "x-amzn-ErrorType"));
  if (!name.empty()) {
    const auto& message = body.message ? body.message : body.capital_message;
    return MakeError(name, answer.status, message.value_or(""));
  }
  const std::string text = "the service answered with HTTP status " +
                           std::to_string(answer.status) + ": " +
                           answer.body.substr(0, kShownOfBody);
  return answer.status >= 500 ? absl::UnavailableError(text) : absl::UnknownError(text);
}

// Of what the transport says where there is no answer.
Failure JudgeTransport(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kDeadlineExceeded:
      return Failure::kTimeout;
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kUnimplemented:
      return Failure::kFinal;
    default:
      return Failure::kTransient;
  }
}

}  // namespace

absl::Status NotUtf8() {
  return MakeError(ErrorType::kInvalidArgument,
                   "A text of the request is not UTF-8, and JSON carries no other.");
}

absl::Status UnreadableAnswer(const absl::Status& why) {
  return absl::InternalError("the service's answer cannot be read: " + std::string(why.message()));
}

absl::Status CheckRemoteOptions(const RemoteOptions& options) {
  if (!IsRegion(options.region)) {
    return absl::InvalidArgumentError("region must be lower-case letters, digits and dashes");
  }
  if (!options.find_credentials) {
    if (options.credentials.access_key_id.empty()) {
      return absl::InvalidArgumentError("credentials.access_key_id must not be empty");
    }
    if (options.credentials.secret_access_key.empty()) {
      return absl::InvalidArgumentError("credentials.secret_access_key must not be empty");
    }
  }
  if (options.retry.max_attempts < 1) {
    return absl::InvalidArgumentError("retry.max_attempts must be at least 1, and is " +
                                      std::to_string(options.retry.max_attempts));
  }
  if (options.retry.attempt_timeout <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("retry.attempt_timeout must be above 0");
  }
  return EndpointOf(options).status();
}

absl::StatusOr<std::string> EndpointOf(const RemoteOptions& options) {
  if (!options.endpoint.empty()) {
    const std::string_view given = options.endpoint;
    const size_t scheme = given.find("://");
    if (scheme == 0 || scheme == std::string_view::npos || scheme + 3 == given.size() ||
        given.find_first_of("?#") != std::string_view::npos) {
      return absl::InvalidArgumentError(
          "endpoint must be a scheme and a host, such as https://localhost:4567, and is " +
          options.endpoint);
    }
    return std::string(given.ends_with('/') ? given.substr(0, given.size() - 1) : given);
  }
  const std::string_view partition = PartitionOf(options.region);
  std::string_view domain;
  if (partition == "aws" || partition == "aws-us-gov") domain = "amazonaws.com";
  if (partition == "aws-cn") domain = "amazonaws.com.cn";
  if (domain.empty()) {
    return absl::InvalidArgumentError("endpoint must be given for region " + options.region);
  }
  return "https://kinesis." + options.region + "." + std::string(domain);
}

absl::StatusOr<Credentials> FindCredentials(const RemoteOptions& options) {
  if (options.find_credentials) return options.find_credentials();
  return options.credentials;
}

Clock& ClockOf(const RemoteOptions& options) {
  return options.clock != nullptr ? *options.clock : SystemClock();
}

HttpRequest RequestOf(const std::string& endpoint, Operation operation, std::string json) {
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint + "/";
  request.headers = {{"Content-Type", std::string(kContentType)},
                     {"X-Amz-Target", std::string(kTargetPrefix) + std::string(ToText(operation))}};
  request.body = std::move(json);
  return request;
}

RemoteService::RemoteService(Transport transport, const RemoteOptions& options,
                             std::string endpoint)
    : transport_(std::move(transport)),
      options_(options),
      endpoint_(std::move(endpoint)),
      budget_(std::make_unique<RetryBudget>()) {}

absl::StatusOr<HttpResponse> RemoteService::Send(Operation operation, std::string json,
                                                 bool is_stream) {
  HttpRequest request = RequestOf(endpoint_, operation, std::move(json));
  request.timeout = options_.retry.attempt_timeout;
  request.is_stream = is_stream;
  const std::vector<HttpHeader> unsigned_headers = request.headers;
  int taken = RetryBudget::kFirstTrySuccess;
  for (int attempt = 1;; ++attempt) {
    // Anew for each: a signature is of its time.
    KC_ASSIGN_OR_RETURN(const Credentials& credentials, FindCredentials(options_));
    request.headers = unsigned_headers;
    KC_ASSIGN_OR_RETURN(
        const std::vector<HttpHeader>& signature,
        SignatureHeaders(request, credentials, {.region = options_.region, .time = clock().Now()}));
    request.headers.insert(request.headers.end(), signature.begin(), signature.end());

    absl::StatusOr<HttpResponse> answer = transport_(request);
    if (answer.ok() && answer->status == 200) {
      budget_->GiveBack(taken);
      return answer;
    }
    const absl::Status error = answer.ok() ? ErrorOfAnswer(*answer) : answer.status();
    const std::optional<Error> named = answer.ok() ? ErrorOf(error) : std::nullopt;
    const Failure failure =
        answer.ok() ? JudgeAnswer(answer->status, named ? named->name : "") : JudgeTransport(error);
    if (failure == Failure::kFinal || attempt >= options_.retry.max_attempts) return error;
    taken = RetryBudget::CostOf(failure);
    if (!budget_->TryTake(taken)) return error;
    SleepFor(clock(), RetryDelay(attempt, DrawRandom(options_.retry.random)));
  }
}

}  // namespace kinesis::api::internal
