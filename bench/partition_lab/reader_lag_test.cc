#include "kinesis_core/lab/reader_lag.h"

#include <cstdint>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMillisecond;

TEST(ReaderLagTest, AReaderThatIsFasterThanItsShardIsNeverMoreThanOneRecordBehind) {
  ReaderLag lag(2, {.records_per_second = 1'000});
  for (int64_t i = 0; i < 10'000; ++i) lag.Add(1, i * 2 * kMillisecond, 100);
  EXPECT_EQ(lag.PerShard()[1].max_ns, kMillisecond);
  EXPECT_EQ(lag.PerShard()[1].last_ns, kMillisecond);
  EXPECT_EQ(lag.PerShard()[0].max_ns, 0);
}

TEST(ReaderLagTest, OneThatIsSlowerFallsBehindByTheDifferenceEverySecond) {
  // 1,000 records a second for 10 s, and 800 are handled: 2,000 are left, which take 2.5 s.
  ReaderLag lag(1, {.records_per_second = 800});
  for (int64_t i = 0; i < 10'000; ++i) lag.Add(0, i * kMillisecond, 100);
  EXPECT_EQ(lag.PerShard()[0].last_ns, 2'501 * kMillisecond);
  EXPECT_EQ(lag.PerShard()[0].max_ns, lag.PerShard()[0].last_ns);
}

TEST(ReaderLagTest, AfterABurstItCatchesUp) {
  ReaderLag lag(1, {.records_per_second = 100});
  for (int64_t i = 0; i < 500; ++i) lag.Add(0, 0, 100);
  lag.Add(0, 60 * kSecond, 100);
  EXPECT_EQ(lag.PerShard()[0].max_ns, 5 * kSecond);
  EXPECT_EQ(lag.PerShard()[0].last_ns, 10 * kMillisecond);
}

TEST(ReaderLagTest, AShardGivesTwoMebibytesASecond) {
  ReaderLag lag(1, {});
  for (int64_t i = 0; i < 4; ++i) lag.Add(0, 0, uint64_t{1} << 20);
  EXPECT_EQ(lag.PerShard()[0].max_ns, 2 * kSecond);
}

}  // namespace
}  // namespace kinesis::lab
