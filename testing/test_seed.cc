#include "kinesis_core/testing/test_seed.h"

#include "kinesis_core/testing/internal/environment.h"

namespace kinesis::testing {

std::optional<uint64_t> SeedFromEnvironment() { return NumberInEnvironment("KINESIS_TEST_SEED"); }

uint64_t SeedOr(uint64_t standard) { return SeedFromEnvironment().value_or(standard); }

uint64_t SeedCountOr(uint64_t standard) { return FromEnvironment("KINESIS_TEST_SEEDS", standard); }

}  // namespace kinesis::testing
