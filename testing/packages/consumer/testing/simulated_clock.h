// The consumer's own header, at a path that the library has, too.
#ifndef KINESIS_CORE_TESTING_PACKAGES_CONSUMER_TESTING_SIMULATED_CLOCK_H_
#define KINESIS_CORE_TESTING_PACKAGES_CONSUMER_TESTING_SIMULATED_CLOCK_H_

inline constexpr char kOwnTestingHeader[] = "own testing/simulated_clock.h";

#endif  // KINESIS_CORE_TESTING_PACKAGES_CONSUMER_TESTING_SIMULATED_CLOCK_H_
