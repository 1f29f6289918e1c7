// The consumer's own header, at a path that the library has, too.
#ifndef KINESIS_CORE_TESTING_PACKAGES_CONSUMER_API_CLIENT_H_
#define KINESIS_CORE_TESTING_PACKAGES_CONSUMER_API_CLIENT_H_

inline constexpr char kOwnApiHeader[] = "own api/client.h";

#endif  // KINESIS_CORE_TESTING_PACKAGES_CONSUMER_API_CLIENT_H_
