// Numbers that the environment may set for tests: seeds, and how much to run.
//
// Thread rule: nothing here changes the environment; do not either while tests run.
#ifndef KINESIS_CORE_TESTING_INTERNAL_ENVIRONMENT_H_
#define KINESIS_CORE_TESTING_INTERNAL_ENVIRONMENT_H_

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>

namespace kinesis::testing {

// The number that the environment variable `name` holds, decimal or hexadecimal with 0x; nothing if
// there is none. A text that is no such number, or too large a one, is told of on standard error
// and left out: 0 in its place could mean that a test runs nothing.
inline std::optional<uint64_t> NumberInEnvironment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment.
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  char* end = nullptr;
  errno = 0;
  const uint64_t number = std::strtoull(text, &end, 0);
  const bool is_digit = *text >= '0' && *text <= '9';  // no sign and no blank, which strtoull takes
  if (is_digit && *end == '\0' && errno == 0) return number;
  std::cerr << name << "=" << text << " is no number from 0 to 2^64 - 1, and is left out\n";
  return std::nullopt;
}

// The same, or `otherwise`.
inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  return NumberInEnvironment(name).value_or(otherwise);
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_ENVIRONMENT_H_
