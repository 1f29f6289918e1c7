// Numbers that the environment may set for tests: seeds, and how much to run.
//
// Thread rule: nothing here changes the environment; do not either while tests run.
#ifndef KINESIS_CORE_TESTING_ENVIRONMENT_H_
#define KINESIS_CORE_TESTING_ENVIRONMENT_H_

#include <cstdint>
#include <cstdlib>
#include <optional>

namespace kinesis::testing {

// The number that the environment variable `name` holds; nothing if there is none.
inline std::optional<uint64_t> NumberInEnvironment(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment.
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return std::strtoull(text, nullptr, 0);
}

// The same, or `otherwise`.
inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  return NumberInEnvironment(name).value_or(otherwise);
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_ENVIRONMENT_H_
