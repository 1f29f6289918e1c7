// The yardstick has to be right before it may be fast: these hold it to what it leaves out.
#include "bench/contenders/raw_log.h"

#include <cstdint>
#include <string>
#include <thread>

#include "bench/contenders/contender.h"
#include "bench/payload.h"
#include "bench/waiting.h"
#include "gtest/gtest.h"

namespace kinesis::bench {
namespace {

static_assert(Contender<RawLog<false>> && BatchContender<RawLog<true>>);

// Of a size that divides no ring, so that each lap ends in a pad, and each in a different place.
constexpr size_t kDataBytes = 100;

template <class Log>
class RawLogTest : public ::testing::Test {
 protected:
  // The smallest ring: 32 KiB, some 290 messages.
  static Workload Smallest(size_t batch) {
    return {.data_bytes = kDataBytes, .batch = batch, .log_bytes = 1};
  }
  static constexpr uint64_t kLaps = 50;
  static constexpr uint64_t kMessages = 280 * kLaps;
};

using Logs = ::testing::Types<RawLog<false>, RawLog<true>>;
TYPED_TEST_SUITE(RawLogTest, Logs);

TYPED_TEST(RawLogTest, AnEmptyLogHasNothingToTake) {
  TypeParam log(this->Smallest(1));
  typename TypeParam::Consumer consumer(log);
  Tally tally;
  EXPECT_EQ(consumer.Poll(10, tally), 0u);
}

TYPED_TEST(RawLogTest, PollTakesNoMoreThanItIsAsked) {
  TypeParam log(this->Smallest(1));
  typename TypeParam::Producer producer(log, 0);
  typename TypeParam::Consumer consumer(log);
  Messages messages(0, kDataBytes, 1);
  for (int i = 0; i < 5; ++i) producer.Put(messages.Next(1)[0]);
  Tally tally;
  EXPECT_EQ(consumer.Poll(3, tally), 3u);
  EXPECT_EQ(consumer.Poll(3, tally), 2u);
  EXPECT_EQ(tally.Check(1, kDataBytes, 5, true), "");
}

TYPED_TEST(RawLogTest, MessagesComeInOrderAcrossTheEndOfTheRing) {
  TypeParam log(this->Smallest(1));
  typename TypeParam::Producer producer(log, 0);
  typename TypeParam::Consumer consumer(log);
  Messages messages(0, kDataBytes, 1);
  Tally tally;
  for (uint64_t i = 0; i < this->kMessages; ++i) {
    producer.Put(messages.Next(1)[0]);
    // Lags by up to 200, so that what it reads is not what was just written.
    if (i % 200 == 199) consumer.Poll(~size_t{0}, tally);
  }
  consumer.Poll(~size_t{0}, tally);
  EXPECT_EQ(tally.Check(1, kDataBytes, this->kMessages, true), "");
}

TYPED_TEST(RawLogTest, BatchesComeInOrderAcrossTheEndOfTheRing) {
  constexpr size_t kBatch = 7;
  TypeParam log(this->Smallest(kBatch));
  typename TypeParam::Producer producer(log, 0);
  typename TypeParam::Consumer consumer(log);
  Messages messages(0, kDataBytes, kBatch);
  Tally tally;
  for (uint64_t i = 0; i < this->kMessages; i += kBatch) {
    producer.PutBatch(messages.Next(kBatch));
    if (i % 5 == 4) consumer.Poll(~size_t{0}, tally);
  }
  consumer.Poll(~size_t{0}, tally);
  EXPECT_EQ(tally.Check(1, kDataBytes, this->kMessages, true), "");
}

TYPED_TEST(RawLogTest, TwoProducersAndAReaderNeverOverwriteEachOther) {
  TypeParam log(this->Smallest(1));
  const auto produce = [&log](size_t index) {
    typename TypeParam::Producer producer(log, index);
    Messages messages(index, kDataBytes, 1);
    for (uint64_t i = 0; i < RawLogTest<TypeParam>::kMessages; ++i) {
      producer.Put(messages.Next(1)[0]);
    }
  };
  std::thread first(produce, 0);
  std::thread second(produce, 1);
  typename TypeParam::Consumer consumer(log);
  Tally tally;
  for (Backoff backoff; tally.count() < 2 * this->kMessages;) {
    if (consumer.Poll(kPollMessages, tally) == 0) backoff.Wait();
  }
  first.join();
  second.join();
  EXPECT_EQ(tally.Check(2, kDataBytes, this->kMessages, true), "");
}

}  // namespace
}  // namespace kinesis::bench
