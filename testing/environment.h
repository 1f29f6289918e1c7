// Numbers that the environment may set for tests: seeds, and how much to run.
//
// Thread rule: nothing here changes the environment; do not either while tests run.
#ifndef KINESIS_CORE_TESTING_ENVIRONMENT_H_
#define KINESIS_CORE_TESTING_ENVIRONMENT_H_

#include <cstdint>
#include <cstdlib>

namespace kinesis::testing {

// The number that the environment variable `name` holds; `otherwise` if there is none.
inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment.
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 0);
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_ENVIRONMENT_H_
