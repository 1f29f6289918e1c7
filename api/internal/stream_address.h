// StreamAddress: how a request names its stream, and what the names say before anybody looks for
// it.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_STREAM_ADDRESS_H_
#define KINESIS_CORE_API_INTERNAL_STREAM_ADDRESS_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/api/client_options.h"

namespace kinesis::api::internal {

// The members that a request may name its stream by, as views of the request.
struct StreamAddress {
  std::optional<std::string_view> name;
  std::optional<std::string_view> arn;
  std::optional<std::string_view> id;

  bool empty() const { return !name && !arn && !id; }
};

template <class Request>
StreamAddress AddressOf(const Request& request) {
  StreamAddress address;
  if constexpr (requires { request.stream_name; }) address.name = request.stream_name;
  if constexpr (requires { request.stream_arn; }) address.arn = request.stream_arn;
  if constexpr (requires { request.resource_arn; }) address.arn = request.resource_arn;
  if constexpr (requires { request.stream_id; }) address.id = request.stream_id;
  return address;
}

// The name, if the request names its stream by that and nothing else, as most do. Null if not.
template <class Request>
const auto* NameAlone(const Request& request) {
  const auto& name = request.stream_name;
  bool alone = name.has_value();
  if constexpr (requires { request.stream_arn; }) alone = alone && !request.stream_arn;
  if constexpr (requires { request.stream_id; }) alone = alone && !request.stream_id;
  return alone ? &*name : nullptr;
}

// The kinds of resource that an address may name by its ARN.
enum class ArnOf { kStream, kStreamOrConsumer };

// The stream that an address names.
struct NamedStream {
  std::string_view name;  // or id, or whatever stands for it in messages
  std::string_view account_id;
  bool is_id = false;
  // It is of another account, region or partition, or its ARN is of something else: the client has
  // no such stream.
  bool is_elsewhere = false;
};

// InvalidArgumentException: nothing is named, the ARN is none, or name and ARN do not agree.
// ValidationException instead of the first where the limits are of the year of names alone.
absl::StatusOr<NamedStream> ResolveNames(const StreamAddress& address, ArnOf allowed,
                                         const ClientOptions& options);

// The stream's name as the address has it, by itself or in the ARN; else empty.
std::string_view NameIn(const StreamAddress& address);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STREAM_ADDRESS_H_
