// Assertions on what a consumer delivered: nothing lost, nothing doubled, nothing invented, and in
// which order.
//
//   const std::vector<TestRecord> stored = DrainStream(*client, "orders").value();
//   EXPECT_TRUE(DeliveredExactlyOnce(stored, delivered));
//   EXPECT_TRUE(DeliveredInOrderPerKey(delivered));
//   EXPECT_TRUE(DeliveredParentsFirst(stream, stored, delivered));
//
// `stored` is what DrainStream returns, `delivered` what the consumer handed on, in the order in
// which it did. A failure names the first record that is wrong, and says how many are.
//
// Thread-safe: pure functions. O(n log n) for n records; DeliveredParentsFirst looks at all
// ancestors of each record's shard besides.
#ifndef KINESIS_CORE_TESTING_DELIVERY_H_
#define KINESIS_CORE_TESTING_DELIVERY_H_

#include <span>

#include "gtest/gtest.h"
#include "kinesis_core/export.h"
#include "kinesis_core/stream.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::testing {

// By which of their parts two records are taken for the same.
enum class SameBy {
  kSequenceNumber,  // the stream's own: a put that was retried has stored two records
  kData,            // the application's: of a put that was retried either record will do
};

// Everything that is stored was delivered, as it is stored, and nothing else was. A record may come
// several times: after a restart the consumer takes it again.
KINESIS_CORE_EXPORT ::testing::AssertionResult DeliveredAtLeastOnce(
    std::span<const TestRecord> stored, std::span<const TestRecord> delivered,
    SameBy same_by = SameBy::kSequenceNumber);

// The same, and each came once.
KINESIS_CORE_EXPORT ::testing::AssertionResult DeliveredExactlyOnce(
    std::span<const TestRecord> stored, std::span<const TestRecord> delivered,
    SameBy same_by = SameBy::kSequenceNumber);

// Of each partition key, records came for the first time in the order in which they are stored. It
// holds across splits and merges for a consumer that finishes a shard before it begins with its
// children.
KINESIS_CORE_EXPORT ::testing::AssertionResult DeliveredInOrderPerKey(
    std::span<const TestRecord> delivered);

// No record came before all stored records of the shards that its shard descends from.
KINESIS_CORE_EXPORT ::testing::AssertionResult DeliveredParentsFirst(
    const Stream& stream, std::span<const TestRecord> stored,
    std::span<const TestRecord> delivered);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_DELIVERY_H_
