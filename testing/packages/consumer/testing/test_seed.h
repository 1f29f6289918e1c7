// The consumer's own header, at a path that the library has, too.
#ifndef KINESIS_CORE_TESTING_PACKAGES_CONSUMER_TESTING_TEST_SEED_H_
#define KINESIS_CORE_TESTING_PACKAGES_CONSUMER_TESTING_TEST_SEED_H_

inline constexpr char kOwnTestingHeader[] = "own testing/test_seed.h";

#endif  // KINESIS_CORE_TESTING_PACKAGES_CONSUMER_TESTING_TEST_SEED_H_
