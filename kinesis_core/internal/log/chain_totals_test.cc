// The totals of a log by one thread: what they are, and what they do not look at.
#include "kinesis_core/internal/log/chain_totals.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "kinesis_core/internal/base/atomics.h"
#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/log/segment_pool.h"

namespace kinesis::internal {
namespace {

constexpr Millis kNowMs(1'700'000'000'000);
constexpr uint64_t kBlock1 = SegmentGeometry::Of(1).block_bytes;

// Counts the loads of atomics.
struct CountingAtomics : StdAtomics {
  static inline uint64_t loads = 0;

  template <class T>
  struct Atomic : std::atomic<T> {
    using std::atomic<T>::atomic;
    T load(std::memory_order order) const {
      ++loads;
      return std::atomic<T>::load(order);
    }
  };
};

class ChainTotalsTest : public ::testing::Test {
 protected:
  using Pool = SegmentPool<CountingAtomics>;

  ChainTotalsTest() { EXPECT_TRUE(log_.Open(*pool_, LogUid(1), 17, 3, kNowMs)); }
  ~ChainTotalsTest() override {
    log_.Close(kNowMs);
    log_.Release();
    Pool::Release(pool_);
  }

  // At a capacity at which all segments are of class 1.
  void SetCapacity(uint64_t blocks) {
    limits_.capacity_bytes.store(blocks * kBlock1, std::memory_order_relaxed);  // one thread
  }
  void SetTrimOldest() { limits_.trim_oldest.store(true, std::memory_order_relaxed); }  // as above

  void Append(std::string_view data, std::string_view key = "") {
    Appended appended;
    ASSERT_EQ(log_.Append(LogUid(1), {data, key}, kNowMs, limits_, &appended), LogStatus::kOk);
    ++records_;
    payload_bytes_ += data.size() + key.size();
  }
  // Small records, of which 64 fill a segment.
  void FillSegments(uint64_t segments) {
    for (uint64_t i = 0; i < 64 * segments; ++i) Append(std::string(i % 40, 'd'), "k");
  }
  void ExpectTotals() {
    const LogTotals totals = log_.ComputeTotals();
    EXPECT_EQ(totals.records, records_);
    EXPECT_EQ(totals.payload_bytes, payload_bytes_);
    EXPECT_EQ(totals.held_bytes, log_.HeldBytes());
  }

  Pool* const pool_ =
      new Pool({.budget_bytes = uint64_t{256} << 20, .cache_bytes = uint64_t{256} << 20});
  RingLog<CountingAtomics> log_;
  LogLimits<CountingAtomics> limits_;
  uint64_t records_ = 0;
  uint64_t payload_bytes_ = 0;
};

TEST_F(ChainTotalsTest, CountAllRecordsAndBytesEverAppended) {
  SetCapacity(4);
  SetTrimOldest();
  for (uint64_t i = 0; i < 200; ++i) {
    Append(std::string(i * 7 % 1500, 'd'), std::string(i % 50, 'k'));
    ExpectTotals();
  }
  log_.TrimBefore(RecordIndex(200), kNowMs);
  ExpectTotals();
}

// The largest values of the fields that are added up in one sum.
TEST_F(ChainTotalsTest, CountTheLargestRecordsAndKeys) {
  const std::string data(size_t{10} << 20, 'd');
  const std::string key(65'535, 'k');
  for (int i = 0; i < 3; ++i) Append(data, key);
  for (int i = 0; i < 400; ++i) Append("", key);
  ExpectTotals();
  log_.TrimBefore(RecordIndex(records_), kNowMs);
  ExpectTotals();
}

TEST_F(ChainTotalsTest, LookAtNoSegmentThatTheLogHasFilled) {
  constexpr uint64_t kSegments = 200;
  SetCapacity(8);
  FillSegments(4);
  CountingAtomics::loads = 0;
  log_.ComputeTotals();
  const uint64_t few = CountingAtomics::loads;
  SetCapacity(4096);
  FillSegments(kSegments);
  CountingAtomics::loads = 0;
  ExpectTotals();
  EXPECT_LE(CountingAtomics::loads, few + 4096) << "entries of the newest segment at the most";
}

TEST_F(ChainTotalsTest, LetATrimGoWithoutALookAtTheEntries) {
  constexpr uint64_t kSegments = 8;
  SetCapacity(8);
  FillSegments(kSegments);
  CountingAtomics::loads = 0;
  log_.TrimBefore(RecordIndex(64 * (kSegments - 1)), kNowMs);
  EXPECT_LE(CountingAtomics::loads, (kSegments + 1) * 40) << "64 entries in each segment";
  ExpectTotals();
}

TEST_F(ChainTotalsTest, BeginAnewWithAnotherLife) {
  SetCapacity(8);
  FillSegments(3);
  log_.Close(kNowMs);
  log_.Release();
  ASSERT_TRUE(log_.Open(*pool_, LogUid(2), 17, 3, kNowMs));
  records_ = 0;
  payload_bytes_ = 0;
  ExpectTotals();
}

}  // namespace
}  // namespace kinesis::internal
