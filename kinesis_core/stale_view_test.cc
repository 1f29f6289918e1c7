// A view that is kept beyond its batch: found by AddressSanitizer, and by builds with assertions.
//
// What the memory looks like afterwards is nobody's business but that of these tests, so they read
// it on purpose.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/internal/base/poison.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using internal::kPoisons;
using internal::kScribble;
using internal::kScribbles;
using kinesis::testing::OnlyShard;

constexpr uint64_t kMiB = uint64_t{1} << 20;

// Record memory in one block, whose last batch has gone.
class StaleViewTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  StaleViewTest()
      : engine_(Engine::Create({.memory_budget_bytes = 64 * kMiB,
                                .memory_cache_bytes = GetParam(),
                                .clock = &clock_})
                    .value()),
        stream_(engine_->CreateStream("s").value()) {}

  // Puts `count` records, of which each is all `fill`.
  void Put(int count, char fill) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(stream_.Put({.data = std::string(kBytes, fill)}).ok());
    }
  }
  RecordBatch ReadAll() {
    Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
    return iterator.Read().value();
  }
  void TrimAll() {
    ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
    const Shard shard = stream_.FindShard(ShardId(0)).value();
    ASSERT_TRUE(shard.TrimBefore(*shard.ending_sequence_number()).ok());
  }

  static constexpr size_t kBytes = 100;
  static constexpr int kRecords = 20;  // all in one block of the smallest size

  SimulatedClock clock_;
  const std::unique_ptr<Engine> engine_;
  Stream stream_;
};

// Once with the block kept for reuse, and once with it given back to the system.
constexpr uint64_t kKept = kMiB;
constexpr uint64_t kGivenBack = 0;

[[gnu::noinline]] char FirstByteOf(std::string_view view) {
  return *static_cast<const volatile char*>(view.data());
}

TEST_P(StaleViewTest, AsLongAsTheBatchLivesItsMemoryCanBeRead) {
  Put(kRecords, 'a');
  const RecordBatch batch = ReadAll();
  TrimAll();
  for (const RecordView& record : batch) EXPECT_EQ(record.data, std::string(kBytes, 'a'));
}

TEST_P(StaleViewTest, AddressSanitizerStopsAReadOfMemoryThatWentWithItsBatch) {
  if (!kPoisons) GTEST_SKIP() << "needs AddressSanitizer: bazel test --config=asan";
  Put(kRecords, 'a');
  RecordBatch batch = ReadAll();
  const std::string_view kept = batch[7].data;
  TrimAll();
  batch = RecordBatch();
  EXPECT_DEATH(FirstByteOf(kept), GetParam() == kKept ? "use-after-poison" : "heap-use-after-free");
}

TEST_P(StaleViewTest, AddressSanitizerStopsAReadOfMemoryThatOtherRecordsAreComingTo) {
  if (!kPoisons || GetParam() != kKept) GTEST_SKIP() << "needs AddressSanitizer, and a cache";
  Put(kRecords, 'a');
  RecordBatch batch = ReadAll();
  const std::string_view kept = batch[7].data;
  TrimAll();
  batch = RecordBatch();
  stream_ = engine_->CreateStream("next").value();
  Put(2, 'b');
  {
    const RecordBatch next = ReadAll();
    const char* const place = next[1].data.data();
    ASSERT_LT(place, kept.data());
    ASSERT_GT(place + internal::SegmentGeometry::kSmallestBlockBytes, kept.data());
  }
  EXPECT_DEATH(FirstByteOf(kept), "use-after-poison");
}

TEST_P(StaleViewTest, AddressSanitizerStopsAReadBehindTheLastRecord) {
  if (!kPoisons) GTEST_SKIP() << "needs AddressSanitizer: bazel test --config=asan";
  Put(1, 'a');
  const RecordBatch batch = ReadAll();
  const std::string_view data = batch[0].data;
  EXPECT_DEATH(FirstByteOf({data.data() + data.size(), 1}), "use-after-poison");
}

TEST_P(StaleViewTest, WithAssertionsItShowsNoRecordButAPatternOfItsOwn) {
  if (!kScribbles || GetParam() != kKept) GTEST_SKIP() << "needs assertions, and a cache";
  Put(kRecords, 'a');
  RecordBatch batch = ReadAll();
  const std::string_view kept = batch[7].data;
  TrimAll();
  EXPECT_EQ(kept, std::string(kBytes, 'a'));
  batch = RecordBatch();
  EXPECT_EQ(kept, std::string(kBytes, static_cast<char>(kScribble)));
}

INSTANTIATE_TEST_SUITE_P(All, StaleViewTest, ::testing::Values(kKept, kGivenBack),
                         [](const auto& test) {
                           return test.param == kKept ? std::string("KeptForReuse")
                                                      : std::string("GivenBack");
                         });

}  // namespace
}  // namespace kinesis
