// The engine does what the reference does, for random sequences of operations: see
// engine_comparison.h. A seed decides everything.
//
// KINESIS_TEST_SEED=n runs that seed alone and prints its steps; KINESIS_TEST_SEEDS=n runs so many.
#include <cstdint>
#include <random>
#include <string>

#include "gtest/gtest.h"
#include "kinesis_core/testing/conformance/engine_comparison.h"
#include "kinesis_core/testing/internal/sanitizers.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {
namespace {

class RandomChoices final : public Choices {
 public:
  explicit RandomChoices(uint64_t seed) : random_(seed) {}
  uint64_t Below(uint64_t bound) override { return bound == 0 ? random_() : random_() % bound; }

 private:
  std::mt19937_64 random_;
};

TEST(RandomComparisonTest, TheEngineDoesWhatTheReferenceDoes) {
  constexpr int kOperations = 300;
  const bool one = SeedFromEnvironment().has_value();
  const uint64_t first = SeedOr(1);
  const uint64_t seeds = one ? 1 : SeedCountOr(FewerIfSanitized(60));
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("KINESIS_TEST_SEED=" + std::to_string(seed));
    RandomChoices choices(seed);
    CompareWithReference(choices, kOperations, one);
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace kinesis::testing
