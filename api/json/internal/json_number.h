// Numbers of JSON text, exactly: without a detour over floating point.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_JSON_NUMBER_H_
#define KINESIS_CORE_API_JSON_INTERNAL_JSON_NUMBER_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace kinesis::api::internal {

// Whether `token` is a number by the grammar of JSON.
bool IsJsonNumber(std::string_view token);

// `token` times 10^`shift` without its fraction; the nearest int64 if it is wider than that.
// Nothing if it is no number. O(length): a large exponent costs no more than a small one.
//
//   TruncateJsonNumber("1.5e3")      // 1500
//   TruncateJsonNumber("-0.9")       // 0
//   TruncateJsonNumber("1e400")      // 2^63-1
//   TruncateJsonNumber("1.2345", 3)  // 1234
std::optional<int64_t> TruncateJsonNumber(std::string_view token, int shift = 0);

// Seconds as milliseconds, rounded to the nearest: clients that keep seconds as floating point send
// 1545000000.1229999 for .123.
std::optional<int64_t> MillisOfJsonSeconds(std::string_view token);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_JSON_NUMBER_H_
