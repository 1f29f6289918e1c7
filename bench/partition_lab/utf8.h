// CountCodePoints: characters as Kinesis counts them. A partition key has 1 to 256 Unicode code
// points, and is UTF-8 on the wire.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_UTF8_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace kinesis::lab {

// Returns the number of code points in `text`; nothing if it is not well-formed UTF-8 as RFC 3629
// has it: no overlong form, no surrogate, nothing above U+10FFFF. O(bytes).
std::optional<size_t> CountCodePoints(std::string_view text);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_UTF8_H_
