#include "kinesis_core/api/internal/stream_address.h"

#include <string>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/arn.h"
#include "kinesis_core/api/internal/constraint_failures.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {
namespace {

// Streams of 2015 had names alone, which were required.
absl::Status NoAddress(const Limits& limits) {
  if (!limits.Has(Operation::kDescribeStreamSummary)) {
    return ConstraintError("streamName", kNullText, "Member must not be null");
  }
  return MakeError(ErrorType::kInvalidArgument,
                   "Either StreamName or StreamARN should be provided.");
}

}  // namespace

absl::StatusOr<NamedStream> ResolveNames(const StreamAddress& address, ArnOf allowed,
                                         const ClientOptions& options) {
  if (address.empty()) return NoAddress(options.limits);
  if (!address.arn) {
    if (address.name) return NamedStream{*address.name, options.account_id};
    return NamedStream{*address.id, options.account_id, /*is_id=*/true};
  }
  const std::optional<ArnParts> parts = ParseArn(*address.arn);
  if (!parts.has_value()) {
    return MakeError(ErrorType::kInvalidArgument, "Invalid ARN " + ShownText(*address.arn));
  }
  if (address.name && *address.name != parts->stream_name) {
    return MakeError(ErrorType::kInvalidArgument, "StreamName " + ShownText(*address.name) +
                                                      " and StreamARN " + ShownText(*address.arn) +
                                                      " do not name the same stream.");
  }
  NamedStream named{parts->stream_name, parts->account_id};
  named.is_elsewhere = parts->account_id != options.account_id || parts->region != options.region ||
                       parts->partition != PartitionOf(options.region);
  // The model's pattern lets these pass. All after "stream/" is the name then, and no stream's.
  if (!named.is_elsewhere && parts->consumer_name && allowed == ArnOf::kStream) {
    named.name = address.arn->substr(address.arn->find('/') + 1);
    named.is_elsewhere = true;
  }
  return named;
}

std::string_view NameIn(const StreamAddress& address) {
  if (address.name) return *address.name;
  if (!address.arn) return {};
  const std::optional<ArnParts> parts = ParseArn(*address.arn);
  return parts ? parts->stream_name : std::string_view();
}

}  // namespace kinesis::api::internal
