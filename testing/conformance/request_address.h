// How a request names its stream, whatever the operation.
#ifndef KINESIS_CORE_TESTING_CONFORMANCE_REQUEST_ADDRESS_H_
#define KINESIS_CORE_TESTING_CONFORMANCE_REQUEST_ADDRESS_H_

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "kinesis_core/api/client.h"

namespace kinesis::api::testing {

// CreateStream names a stream that is not there yet, GetRecords goes by its token, and what is
// about one consumer has rules of its own (consumer_cases.cc).
template <class Request>
constexpr bool kHasName = requires(Request request) {
  request.stream_name;
}
&&!std::is_same_v<Request, CreateStreamRequest>;
template <class Request>
constexpr bool kHasResourceArn = requires(Request request) {
  request.resource_arn;
};
template <class Request>
constexpr bool kRequiresStreamArn =
    std::is_same_v<Request, UpdateStreamModeRequest> ||
    std::is_same_v<Request, RegisterStreamConsumerRequest> ||
    std::is_same_v<Request, ListStreamConsumersRequest> ||
    std::is_same_v<Request, UpdateStreamRecordDistributionStrategyRequest>;
template <class Request>
constexpr bool kHasArn = kHasName<Request> || kRequiresStreamArn<Request> ||
                         std::is_same_v<Request, UpdateMaxRecordSizeRequest>;
template <class Request>
constexpr bool kHasAddress = kHasArn<Request> || kHasResourceArn<Request>;
// The model requires the ARN.
template <class Request>
constexpr bool kRequiresArn = kHasResourceArn<Request> || kRequiresStreamArn<Request>;

struct StreamAddress {
  std::optional<std::string> name = std::nullopt;
  std::optional<std::string> arn = std::nullopt;
  std::optional<std::string> id = std::nullopt;
};

// Requires: the address outlives the request, which may refer to it.
template <class Request>
void SetAddress(const StreamAddress& address, Request* request) {
  if constexpr (kHasName<Request>) request->stream_name = address.name;
  if constexpr (kHasResourceArn<Request>) {
    request->resource_arn = address.arn;
  } else {
    request->stream_arn = address.arn;
  }
  request->stream_id = address.id;
}

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_CONFORMANCE_REQUEST_ADDRESS_H_
