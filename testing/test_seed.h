// The seed of a random test, which a failure prints and the environment overrides.
//
//   const uint64_t seed = kinesis::testing::SeedOr(42);
//   SCOPED_TRACE(seed);
//   std::mt19937_64 random(seed);
//
//   KINESIS_TEST_SEED=1234 bazel-bin/.../my_test   # that one again
//
// A value that is no number is reported on standard error and counts as not set.
//
// Thread-safe as long as nobody changes the environment.
#ifndef KINESIS_CORE_TESTING_TEST_SEED_H_
#define KINESIS_CORE_TESTING_TEST_SEED_H_

#include <cstdint>
#include <optional>

#include "kinesis_core/export.h"

namespace kinesis::testing {

// The value of the environment variable KINESIS_TEST_SEED; none if it is not set.
KINESIS_CORE_EXPORT std::optional<uint64_t> SeedFromEnvironment();

// The same, or `standard`.
KINESIS_CORE_EXPORT uint64_t SeedOr(uint64_t standard);

// How much of a random test to run: `standard`, or what KINESIS_TEST_SEEDS says.
KINESIS_CORE_EXPORT uint64_t SeedCountOr(uint64_t standard);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_TEST_SEED_H_
