// EXPECT_OK and ASSERT_OK: an expectation that a call succeeded, whose failure shows the error.
//
//   ASSERT_OK(client->CreateStream({.stream_name = "orders", .shard_count = 1}));
//   EXPECT_OK(client->PutRecord(request)) << "after the split";
//
// They take an absl::Status or an absl::StatusOr<T>, also a temporary of a type that cannot be
// copied. ASSERT_OK returns from the function that it stands in, so that has to return void. The
// error is printed by the service's name, where it has one (printers.h).
//
// Other libraries define macros of the same names and meaning: one that is there already is left
// alone, so include this header behind theirs. No other header of the kit includes it.
#ifndef KINESIS_CORE_TESTING_EXPECT_OK_H_
#define KINESIS_CORE_TESTING_EXPECT_OK_H_

#include "gmock/gmock.h"
#include "kinesis_core/testing/matchers.h"

#ifndef EXPECT_OK
#define EXPECT_OK(...) EXPECT_THAT((__VA_ARGS__), ::kinesis::testing::IsOk())
#endif

#ifndef ASSERT_OK
#define ASSERT_OK(...) ASSERT_THAT((__VA_ARGS__), ::kinesis::testing::IsOk())
#endif

#endif  // KINESIS_CORE_TESTING_EXPECT_OK_H_
