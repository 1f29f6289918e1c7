// Amazon Resource Names of streams and consumers.
//
//   arn:aws:kinesis:us-east-1:000000000000:stream/orders
//   arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/app:1600000000
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_ARN_H_
#define KINESIS_CORE_API_INTERNAL_ARN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinesis::api::internal {

// Views into the text that was parsed.
struct ArnParts {
  std::string_view partition;  // "aws", "aws-cn" ...
  std::string_view region;
  std::string_view account_id;
  std::string_view stream_name;
  // Only the ARN of a consumer has its name, and the second in which it was registered.
  std::optional<std::string_view> consumer_name;
  std::optional<int64_t> consumer_created_seconds;
};

// The parts of a stream's or a consumer's ARN; nothing if `arn` is neither.
std::optional<ArnParts> ParseArn(std::string_view arn);

// Whether it is what a region may be called: lower-case letters, digits and dashes.
bool IsRegion(std::string_view text);

// The partition that a region belongs to, as in botocore's endpoint tables; "aws" for a name that
// none of the others claims.
std::string_view PartitionOf(std::string_view region);

// The ARN of a stream, in the region's partition; and of a consumer of that stream.
std::string StreamArn(std::string_view region, std::string_view account_id,
                      std::string_view stream_name);
std::string ConsumerArn(std::string_view stream_arn, std::string_view consumer_name,
                        int64_t created_seconds);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_ARN_H_
