// The log by one thread, compared with a plain list of what was put. What several threads can do to
// each other is tested in testing/litmus (seeded schedules) and testing/stress (real threads).
#include "kinesis_core/internal/log/ring_log.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/log/segment_growth.h"
#include "kinesis_core/internal/log/segment_pool.h"

namespace {

// While true, the system has no memory for a slab of controls.
bool no_aligned_memory = false;

void* AllocateAligned(size_t bytes, std::align_val_t alignment) {
  const auto to = static_cast<size_t>(alignment);
  return no_aligned_memory ? nullptr : std::aligned_alloc(to, (bytes + to - 1) / to * to);
}

}  // namespace

// The operators for over-aligned types, which pools and their slabs are.
[[gnu::noinline]] void* operator new(size_t bytes, std::align_val_t alignment) {
  void* const memory = AllocateAligned(bytes, alignment);
  if (memory == nullptr) std::abort();
  return memory;
}
[[gnu::noinline]] void* operator new(size_t bytes, std::align_val_t alignment,
                                     const std::nothrow_t&) noexcept {
  return AllocateAligned(bytes, alignment);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace kinesis::internal {
namespace {

constexpr Millis kNowMs(1'700'000'000'000);
constexpr uint64_t kBlock1 = SegmentGeometry::Of(1).block_bytes;
// A capacity at which all segments are of class 1.
constexpr uint64_t kSmallLog = 16 * kBlock1;
// Record bytes of which exactly two fill a block of class 1.
constexpr size_t kHalf = 1760;

// Counts the loads of atomics, which is what a search consists of.
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

// A log on a pool of its own, and a list of all that was put to it.
template <class Atomics>
class LogUnderTest {
 public:
  using Pool = SegmentPool<Atomics>;
  using Log = RingLog<Atomics>;
  using State = typename Log::ReadState;
  using Request = typename Log::ReadRequest;

  struct Put {
    uint64_t index;
    Millis arrival_ms;
    std::string data;
    std::string key;
  };

  explicit LogUnderTest(uint64_t budget_bytes = uint64_t{256} << 20,
                        uint64_t cache_bytes = uint64_t{256} << 20)
      : pool_(new Pool({.budget_bytes = budget_bytes, .cache_bytes = cache_bytes})) {
    EXPECT_TRUE(log_.Open(*pool_, LogUid(1), 17, 3, kNowMs));
  }
  ~LogUnderTest() {
    if (log_.uid() != 0) {
      log_.Close(kNowMs);
      log_.Release();
    }
    EXPECT_EQ(pool_->held_bytes(), pool_->cached_bytes()) << "all blocks came back";
    Pool::Release(pool_);
  }

  Pool& pool() { return *pool_; }
  Log& log() { return log_; }
  LogLimits<Atomics>& limits() { return limits_; }
  const std::vector<Put>& puts() const { return puts_; }

  void SetCapacity(uint64_t bytes) {
    limits_.capacity_bytes.store(bytes, std::memory_order_relaxed);
  }
  void SetTrimOldest() { limits_.trim_oldest.store(true, std::memory_order_relaxed); }
  void SetRetention(int64_t ms) { limits_.retention_ms.store(ms, std::memory_order_relaxed); }

  LogStatus Append(std::string data, std::string key = "", Millis now_ms = kNowMs) {
    Appended appended;
    const LogStatus status = log_.Append(log_.uid(), {data, key}, now_ms, limits_, &appended);
    if (status == LogStatus::kOk) {
      EXPECT_EQ(appended.count, 1U);
      EXPECT_EQ(appended.shard_index, 3U);
      EXPECT_EQ(appended.shard_created_s, 17U);
      EXPECT_EQ(appended.first_index, puts_.size()) << "indices are dense";
      puts_.push_back({appended.first_index, appended.arrival_ms, std::move(data), std::move(key)});
    }
    return status;
  }
  // Data of `bytes` that differ from record to record.
  LogStatus AppendBytes(size_t bytes, Millis now_ms = kNowMs) {
    std::string data(bytes, static_cast<char>('a' + puts_.size() % 26));
    const std::string number = std::to_string(puts_.size());
    std::copy_n(number.begin(), std::min(bytes, number.size()), data.begin());
    return Append(std::move(data), "", now_ms);
  }

  // Reads one span and compares it with what was put.
  State Read(LogCursor* cursor, const Request& request, uint64_t* lost) {
    typename Log::Span span;
    const uint64_t before = cursor->index;
    const uint64_t lost_before = *lost;
    const State state = log_.ReadSpan(cursor, request, &span, lost);
    if (state != State::kRecords) return state;
    EXPECT_GT(span.count, 0U);
    uint64_t index = cursor->index - span.count;
    if (request.min_ms == INT64_MIN) {
      EXPECT_EQ(index, before + (*lost - lost_before));
    }
    uint64_t payload = 0;
    for (uint32_t i = 0; i < span.count; ++i, ++index) {
      const uint64_t word = span.pin->entries()[span.first + i].load(std::memory_order_relaxed);
      const RecordEntry entry = RecordEntry::Decode(word);
      const char* const data =
          reinterpret_cast<const char*>(span.pin->record(entry.offset_units)) + kRecordHeaderBytes;
      EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 8, 0U) << "data is aligned";
      if (index >= puts_.size()) {
        ADD_FAILURE() << "a record that was never put: " << index;
        break;
      }
      const Put& put = puts_[index];
      EXPECT_TRUE(std::string_view(data, entry.data_bytes) == put.data) << index;
      EXPECT_TRUE(std::string_view(data + entry.data_bytes, entry.key_bytes) == put.key) << index;
      EXPECT_EQ(internal::ArrivalMs(*span.pin, word), put.arrival_ms);
      payload += entry.payload_bytes();
    }
    EXPECT_EQ(payload, span.payload_bytes);
    return state;
  }
  State Read(LogCursor* cursor, uint64_t max_records = 1000) {
    uint64_t lost = 0;
    const State state = Read(cursor, Request{.max_records = max_records}, &lost);
    EXPECT_EQ(lost, 0U);
    return state;
  }
  // Reads to the tip or end. Returns how it ended.
  State ReadAll(LogCursor* cursor, uint64_t* lost) {
    for (;;) {
      const State state = Read(cursor, Request{.max_records = 1000}, lost);
      if (state != State::kRecords) return state;
    }
  }

  // Of the segments from the head to the tail.
  std::vector<int> Sizes() {
    std::vector<int> sizes;
    for (SegmentRef ref = log_.Oldest().segment; ref.is_segment();) {
      const Segment<Atomics>& segment = pool_->Get(ref.id());
      sizes.push_back(SegmentGeometry::SizeOf(segment.size_class));
      ref = SegmentRef::FromBits(segment.next.load(std::memory_order_relaxed));
    }
    return sizes;
  }

 private:
  Pool* const pool_;
  Log log_;
  LogLimits<Atomics> limits_;
  std::vector<Put> puts_;
};

using TestLog = LogUnderTest<StdAtomics>;
using State = TestLog::State;
using WaitState = TestLog::Log::WaitState;

// --- Append and read back

TEST(RingLog, IsEmptyWhenOpened) {
  TestLog t;
  EXPECT_EQ(t.log().EndIndex(), 0U);
  EXPECT_EQ(t.log().HeldBytes(), 0U) << "an idle log holds no memory";
  EXPECT_EQ(t.log().OldestSegmentMs(), INT64_MAX);
  LogCursor cursor = t.log().Oldest();
  EXPECT_EQ(t.Read(&cursor), State::kTip);
}

TEST(RingLog, ReadsBackWhatWasAppendedInOrder) {
  TestLog t;
  LogCursor cursor = t.log().Oldest();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(t.Append("record " + std::to_string(i), "key " + std::to_string(i % 7), kNowMs + i),
              LogStatus::kOk);
  }
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kTip);
  EXPECT_EQ(cursor.index, 1000U);
  EXPECT_EQ(lost, 0U);
}

TEST(RingLog, ReadsEachRecordAtOnceWhenAReaderFollows) {
  TestLog t;
  LogCursor cursor = t.log().Oldest();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(t.AppendBytes(static_cast<size_t>(i)), LogStatus::kOk);
    EXPECT_EQ(t.Read(&cursor), State::kRecords);
    EXPECT_EQ(t.Read(&cursor), State::kTip);
  }
}

TEST(RingLog, TheEndOfAReservationRecyclesWhatItHeldBack) {
  for (const bool commits : {true, false}) {
    TestLog t;
    t.SetCapacity(kSmallLog);
    TestLog::Log::Reserved reserved;
    Appended appended;
    ASSERT_EQ(t.log().Reserve(LogUid(1), kHalf, "key", kNowMs, t.limits(), &reserved, &appended),
              LogStatus::kOk);
    t.log().TrimBefore(t.log().EndIndex(), kNowMs);
    EXPECT_TRUE(t.pool().HasUncommitted()) << "its segment waits outside of the log";
    EXPECT_EQ(t.pool().cached_bytes(), 0U);
    EXPECT_EQ(t.log().HeldBytes(), 0U);
    std::memset(reserved.data, 'd', kHalf);
    if (commits) {
      TestLog::Log::CommitReserved(t.pool(), reserved, kHalf);
    } else {
      TestLog::Log::VoidReserved(t.pool(), reserved);
    }
    EXPECT_FALSE(t.pool().HasUncommitted());
    EXPECT_EQ(t.pool().cached_bytes(), kBlock1);
  }
}

TEST(RingLog, TakesRecordsOfAnySizeUpToTenMebibytes) {
  TestLog t;
  LogCursor cursor = t.log().Oldest();
  std::vector<size_t> sizes = {0, 1, 7, 8, 9, 63, 64, 65, size_t{1} << 20, size_t{10} << 20};
  // Around what each class of segment holds.
  for (int size_class = 1; size_class < SegmentGeometry::kClasses; ++size_class) {
    const SegmentGeometry geometry = SegmentGeometry::Of(size_class);
    const size_t room = (size_t{geometry.data_units} << geometry.unit_shift) - kRecordHeaderBytes;
    for (const size_t bytes : {room - 1, room, room + 1}) {
      if (bytes <= size_t{10} << 20) sizes.push_back(bytes);
    }
  }
  for (const size_t bytes : sizes) ASSERT_EQ(t.AppendBytes(bytes), LogStatus::kOk) << bytes;
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kTip);
  EXPECT_EQ(cursor.index, sizes.size());
}

TEST(RingLog, KeepsKeysOfAnySizeBehindTheData) {
  TestLog t;
  LogCursor cursor = t.log().Oldest();
  for (size_t data = 0; data < 20; ++data) {
    for (const size_t key : {0, 1, 2, 7, 8, 128, 256}) {
      ASSERT_EQ(t.Append(std::string(data, 'd'), std::string(key, 'k')), LogStatus::kOk);
    }
  }
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kTip);
  EXPECT_EQ(cursor.index, 140U);
}

TEST(RingLog, AppendsAPrefixOfABatchThatFitsTheSegment) {
  TestLog t;
  const std::string data(kHalf, 'x');
  const std::vector<LogRecord> batch(5, {data, "key"});
  std::vector<uint32_t> counts;
  for (size_t done = 0; done < batch.size();) {
    Appended appended;
    ASSERT_EQ(t.log().AppendSome(LogUid(1), std::span(batch).subspan(done), kNowMs, t.limits(),
                                 &appended),
              LogStatus::kOk);
    EXPECT_EQ(appended.first_index, done);
    ASSERT_GT(appended.count, 0U);
    counts.push_back(appended.count);
    done += appended.count;
  }
  EXPECT_EQ(counts.front(), 2U) << "the first block holds two";
  EXPECT_EQ(t.log().EndIndex(), 5U);
}

TEST(RingLog, AppendsAPrefixOfABatchThatTheEntriesOfTheSegmentAllow) {
  TestLog t;
  t.SetCapacity(8 * kBlock1);
  const std::vector<LogRecord> batch(100, LogRecord{"", ""});
  Appended appended;
  ASSERT_EQ(t.log().AppendSome(LogUid(1), batch, kNowMs, t.limits(), &appended), LogStatus::kOk);
  EXPECT_EQ(appended.count, SegmentGeometry::Of(1).entries);
}

TEST(RingLog, GivesAtMostTheRecordsAndBytesThatAreAskedFor) {
  TestLog t;
  for (int i = 0; i < 10; ++i) t.AppendBytes(100);
  LogCursor cursor = t.log().Oldest();
  EXPECT_EQ(t.Read(&cursor, 3), State::kRecords);
  EXPECT_EQ(cursor.index, 3U);
  uint64_t lost = 0;
  EXPECT_EQ(t.Read(&cursor, {.max_records = 9, .max_payload_bytes = 250}, &lost), State::kRecords);
  EXPECT_EQ(cursor.index, 5U);
  EXPECT_EQ(t.Read(&cursor, {.max_records = 9, .max_payload_bytes = 99}, &lost), State::kRecords);
  EXPECT_EQ(cursor.index, 6U) << "one at least";
  EXPECT_EQ(
      t.Read(&cursor, {.max_records = 9, .max_payload_bytes = 99, .at_least_one = false}, &lost),
      State::kLimit);
  EXPECT_EQ(cursor.index, 6U);
}

// --- Segments, capacity and trimming

TEST(RingLog, TakesLargerSegmentsAsItGrows) {
  TestLog t;
  for (int i = 0; i < 3000; ++i) ASSERT_EQ(t.AppendBytes(400), LogStatus::kOk);
  EXPECT_TRUE(std::ranges::is_sorted(t.Sizes()));
  EXPECT_EQ(t.Sizes().front(), 1) << "the empty stub is gone by the first full segment";
  EXPECT_EQ(t.Sizes().back(), SegmentGrowth::kUsualSize);
}

TEST(RingLog, SparesTheEntriesThatItsRecordsDoNotNeed) {
  for (const size_t bytes : {100, 300, 1'000, 16'000}) {
    TestLog t;
    uint64_t full = 0;  // bytes of the segments without the one begun last
    uint64_t stored = 0;
    for (; full < uint64_t{16} << 20 || t.log().HeldBytes() == full; ++stored) {
      full = t.log().HeldBytes();
      ASSERT_EQ(t.AppendBytes(bytes), LogStatus::kOk);
    }
    EXPECT_LE(full, (stored - 1) * (bytes + 40 + bytes / 32)) << bytes;
  }
}

TEST(RingLog, TakesFinerEntriesWhenItsRecordsBecomeSmaller) {
  TestLog t;
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(t.AppendBytes(1024), LogStatus::kOk);
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(t.AppendBytes(16), LogStatus::kOk);
  EXPECT_LE(t.log().HeldBytes(), 1000 * 1100 + 100'000 * 64 + 2 * (uint64_t{256} << 10));
}

TEST(RingLog, TakesSegmentsThatAreASmallPartOfItsCapacity) {
  TestLog t;
  t.SetCapacity(8 * SegmentGeometry::Of(2).block_bytes);
  t.SetTrimOldest();
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(t.AppendBytes(400), LogStatus::kOk);
  for (const int size : t.Sizes()) EXPECT_LE(size, 2);
  EXPECT_LE(t.log().HeldBytes(), 8 * SegmentGeometry::Of(2).block_bytes);
}

TEST(RingLog, RefusesWhatIsOverItsCapacityAndLosesNothing) {
  TestLog t;
  t.SetCapacity(2 * kBlock1);
  for (int i = 0; i < 4; ++i) ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  EXPECT_EQ(t.AppendBytes(kHalf), LogStatus::kFull);
  EXPECT_EQ(t.AppendBytes(kHalf), LogStatus::kFull);
  EXPECT_EQ(t.log().HeldBytes(), 2 * kBlock1);
  LogCursor cursor = t.log().Oldest();
  uint64_t lost = 0;
  t.ReadAll(&cursor, &lost);
  EXPECT_EQ(cursor.index, 4U);
  EXPECT_EQ(lost, 0U);
}

TEST(RingLog, TakesASmallRecordWhereALargeOneWasRefused) {
  TestLog t;
  t.SetCapacity(kBlock1);
  ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  EXPECT_EQ(t.AppendBytes(3000), LogStatus::kFull);
  EXPECT_EQ(t.AppendBytes(100), LogStatus::kOk) << "a refusal leaves the segment open";
}

TEST(RingLog, RefusesARecordThatNeedsMoreThanTheCapacity) {
  TestLog t;
  t.SetCapacity(2 * kBlock1);
  t.SetTrimOldest();
  ASSERT_EQ(t.AppendBytes(100), LogStatus::kOk);
  EXPECT_EQ(t.AppendBytes(10'000), LogStatus::kTooLarge);
  EXPECT_EQ(t.AppendBytes(100), LogStatus::kOk);
  LogCursor cursor = t.log().Oldest();
  EXPECT_EQ(t.Read(&cursor), State::kRecords);
  EXPECT_EQ(cursor.index, 2U) << "nothing was trimmed for it";
}

TEST(RingLog, IsOutOfMemoryWhenThePoolIs) {
  TestLog t(kBlock1);
  ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  EXPECT_EQ(t.AppendBytes(kHalf), LogStatus::kNoMemory);
  t.log().TrimBefore(RecordIndex(2), kNowMs);
  EXPECT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
}

TEST(RingLog, TrimsItsOldestRecordsByPolicyAndTellsHowManyAreLost) {
  TestLog t;
  t.SetCapacity(3 * kBlock1);
  t.SetTrimOldest();
  LogCursor slow = t.log().Oldest();
  for (uint64_t i = 0; i < 100; ++i) {
    ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
    EXPECT_LE(t.log().HeldBytes(), 3 * kBlock1);
    if (i % 17 == 0) {
      uint64_t lost = 0;
      const uint64_t before = slow.index;
      const uint64_t oldest = t.log().Oldest().index;
      ASSERT_EQ(t.Read(&slow, {.max_records = 1}, &lost), State::kRecords);
      EXPECT_EQ(lost, before < oldest ? oldest - before : 0);
      EXPECT_EQ(slow.index, before + lost + 1);
    }
  }
  EXPECT_GE(t.log().Oldest().index, 94U);
}

TEST(RingLog, TrimsToAnIndexExactlyAndGivesWholeSegmentsBack) {
  TestLog t;
  t.SetCapacity(kSmallLog);
  for (int i = 0; i < 9; ++i) ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  EXPECT_EQ(t.log().HeldBytes(), 5 * kBlock1);
  for (uint64_t index = 0; index <= 9; ++index) {
    t.log().TrimBefore(RecordIndex(index), kNowMs);
    EXPECT_EQ(t.log().Oldest().index, index);
    EXPECT_EQ(t.log().HeldBytes(), index == 9 ? 0 : (5 - index / 2) * kBlock1) << index;
    LogCursor cursor;
    uint64_t lost = 0;
    t.ReadAll(&cursor, &lost);
    EXPECT_EQ(lost, index);
    EXPECT_EQ(cursor.index, 9U);
  }
  t.log().TrimBefore(RecordIndex(4), kNowMs);
  EXPECT_EQ(t.log().Oldest().index, 9U) << "the horizon does not go back";
  ASSERT_EQ(t.AppendBytes(100), LogStatus::kOk);
  LogCursor cursor = t.log().Oldest();
  EXPECT_EQ(t.Read(&cursor), State::kRecords);
  EXPECT_EQ(cursor.index, 10U);
}

TEST(RingLog, KeepsWhatIsPinnedThroughATrim) {
  TestLog t(kBlock1);
  ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  LogCursor cursor = t.log().Oldest();
  uint64_t lost = 0;
  TestLog::Log::Span span;
  ASSERT_EQ(t.log().ReadSpan(&cursor, {}, &span, &lost), State::kRecords);
  const uint64_t entry = span.pin->entries()[0].load(std::memory_order_relaxed);
  t.log().TrimBefore(RecordIndex(1), kNowMs);
  EXPECT_EQ(t.AppendBytes(kHalf), LogStatus::kNoMemory) << "a pin costs memory";
  EXPECT_EQ(span.pin->entries()[0].load(std::memory_order_relaxed), entry);
  EXPECT_EQ(std::memcmp(span.pin->record(0) + kRecordHeaderBytes, t.puts()[0].data.data(), kHalf),
            0);
  span.pin.LetGo();
  EXPECT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
}

// --- Time

TEST(RingLog, GivesArrivalTimesThatNeverGoBack) {
  TestLog t;
  int64_t last = 0;
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(t.AppendBytes(200, kNowMs + static_cast<int64_t>(random() % 1000) - 500 + i),
              LogStatus::kOk);
    EXPECT_GE(t.puts().back().arrival_ms, last);
    last = t.puts().back().arrival_ms;
  }
  LogCursor cursor = t.log().Oldest();
  uint64_t lost = 0;
  t.ReadAll(&cursor, &lost);
}

TEST(RingLog, KeepsFullTimesOverSpansThatItsTailWordCannotHold) {
  TestLog t;
  Millis now_ms = kNowMs;
  for (const int64_t step :
       {int64_t{1}, TailWord::kTimeSpanMs - 2, int64_t{1}, int64_t{1}, TailWord::kTimeSpanMs,
        3 * TailWord::kTimeSpanMs + 7, int64_t{1}, int64_t{1} << 40}) {
    now_ms += step;
    ASSERT_EQ(t.AppendBytes(10, now_ms), LogStatus::kOk);
    EXPECT_EQ(t.puts().back().arrival_ms, now_ms);
  }
  EXPECT_GT(t.Sizes().size(), 4U) << "a span that is too long rotates";
  LogCursor cursor = t.log().Oldest();
  uint64_t lost = 0;
  t.ReadAll(&cursor, &lost);  // compares the times
}

TEST(RingLog, ReturnsNothingThatHasExpired) {
  TestLog t;
  t.SetCapacity(kSmallLog);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(t.AppendBytes(kHalf, kNowMs + 10 * i), LogStatus::kOk);
  for (int64_t age = 0; age <= 100; ++age) {
    LogCursor cursor;
    uint64_t lost = 0;
    const State state = t.Read(&cursor, {.cutoff_ms = kNowMs + age}, &lost);
    const auto expired = static_cast<uint64_t>((age + 9) / 10);
    EXPECT_EQ(lost, expired) << age;
    EXPECT_EQ(state, expired < 10 ? State::kRecords : State::kTip);
  }
}

TEST(RingLog, GivesTheMemoryOfExpiredRecordsBackAlsoThatOfTheNewest) {
  TestLog t;
  t.SetCapacity(kSmallLog);
  for (int i = 0; i < 10; ++i) ASSERT_EQ(t.AppendBytes(kHalf, kNowMs + 10 * i), LogStatus::kOk);
  EXPECT_EQ(t.log().HeldBytes(), 5 * kBlock1);
  EXPECT_EQ(t.log().OldestSegmentMs(), kNowMs + 10);
  t.log().TrimExpired(kNowMs + 10, kNowMs + 100);
  EXPECT_EQ(t.log().HeldBytes(), 5 * kBlock1) << "the second record is not older than that";
  t.log().TrimExpired(kNowMs + 11, kNowMs + 100);
  EXPECT_EQ(t.log().HeldBytes(), 4 * kBlock1);
  EXPECT_EQ(t.log().Oldest().index, 2U);
  EXPECT_EQ(t.log().OldestSegmentMs(), kNowMs + 30);
  t.log().TrimExpired(kNowMs + 90, kNowMs + 100);
  EXPECT_EQ(t.log().HeldBytes(), kBlock1);
  t.log().TrimExpired(kNowMs + 91, kNowMs + 100);
  EXPECT_EQ(t.log().HeldBytes(), 0U);
  EXPECT_EQ(t.log().OldestSegmentMs(), INT64_MAX);
  EXPECT_EQ(t.log().Oldest().index, 10U);
  ASSERT_EQ(t.AppendBytes(kHalf, kNowMs + 200), LogStatus::kOk);
  LogCursor cursor;
  uint64_t lost = 0;
  t.ReadAll(&cursor, &lost);
  EXPECT_EQ(lost, 10U);
}

TEST(RingLog, ReusesWhatHasExpiredBeforeItIsFull) {
  TestLog t(2 * kBlock1);
  t.SetCapacity(kSmallLog);
  t.SetRetention(100);
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(t.AppendBytes(kHalf, kNowMs + 60 * i), LogStatus::kOk) << i;
  }
}

// --- Seeking, against the list

TEST(RingLog, SeeksEachIndexAndTimeOverManySegmentsAlsoAfterTrims) {
  TestLog t;
  t.SetCapacity(~uint64_t{0});
  std::mt19937_64 random(2);
  Millis now_ms = kNowMs;
  for (int i = 0; i < 300; ++i) {
    // Runs of equal times, steps, and now and then a rotation for time's sake, which leaves a
    // segment small.
    now_ms += static_cast<int64_t>(random() % 3) * 5;
    if (i % 4 == 0) now_ms += TailWord::kTimeSpanMs;
    ASSERT_EQ(t.AppendBytes(random() % 200, now_ms), LogStatus::kOk);
  }
  EXPECT_GT(t.Sizes().size(), 70U);
  for (const uint64_t horizon : {0, 1, 2, 57, 150, 299, 300}) {
    t.log().TrimBefore(RecordIndex(horizon), now_ms);
    for (uint64_t index = 0; index <= 300; ++index) {
      LogCursor cursor = t.log().SeekIndex(RecordIndex(index));
      EXPECT_EQ(cursor.index, std::max(index, horizon));
      if (cursor.index < 300) {
        EXPECT_EQ(t.Read(&cursor, 1), State::kRecords);
        EXPECT_EQ(cursor.index, std::max(index, horizon) + 1);
      } else {
        EXPECT_EQ(t.Read(&cursor, 1), State::kTip);
      }
    }
    for (const TestLog::Put& put : t.puts()) {
      for (const Millis time_ms : {put.arrival_ms - 1, put.arrival_ms, put.arrival_ms + 1}) {
        const auto first = std::partition_point(
            t.puts().begin(), t.puts().end(),
            [time_ms](const TestLog::Put& p) { return p.arrival_ms < time_ms; });
        const auto expected = static_cast<uint64_t>(first - t.puts().begin());
        EXPECT_EQ(t.log().SeekTime(time_ms).index, std::max(expected, horizon));
      }
    }
  }
}

TEST(RingLog, PassesOverRecordsBeforeAMinimumTimeWithoutCallingThemLost) {
  TestLog t;
  for (int i = 0; i < 10; ++i) ASSERT_EQ(t.AppendBytes(kHalf, kNowMs + 10 * i), LogStatus::kOk);
  LogCursor cursor;
  uint64_t lost = 0;
  ASSERT_EQ(t.Read(&cursor, {.min_ms = kNowMs + 45}, &lost), State::kRecords);
  EXPECT_EQ(cursor.index, 6U);
  EXPECT_EQ(lost, 0U);
}

// A search over n segments looks at O(log n) of them: at most 2 floor(log2 n) + 2 by the structure
// of the skip references, each of which costs two copies of some ten words.
TEST(RingLog, SeeksInALogarithmicNumberOfSteps) {
  using Counted = LogUnderTest<CountingAtomics>;
  Counted t;
  constexpr uint64_t kSegments = 4000;
  for (uint64_t i = 0; i < kSegments; ++i) {
    ASSERT_EQ(t.AppendBytes(1, kNowMs + static_cast<int64_t>(i) * TailWord::kTimeSpanMs),
              LogStatus::kOk);
  }
  ASSERT_GE(t.Sizes().size(), kSegments);
  const uint64_t steps = 2 * static_cast<uint64_t>(std::bit_width(kSegments)) + 2;
  constexpr uint64_t kLoadsPerStep = 2 * 16;
  uint64_t most_by_index = 0;
  uint64_t most_by_time = 0;
  for (uint64_t index = 0; index < kSegments; index += 7) {
    CountingAtomics::loads = 0;
    EXPECT_EQ(t.log().SeekIndex(RecordIndex(index)).index, index);
    most_by_index = std::max(most_by_index, CountingAtomics::loads);
    CountingAtomics::loads = 0;
    EXPECT_EQ(t.log().SeekTime(t.puts()[index].arrival_ms).index, index);
    most_by_time = std::max(most_by_time, CountingAtomics::loads);
  }
  EXPECT_LE(most_by_index, (steps + 2) * kLoadsPerStep);
  EXPECT_LE(most_by_time, (steps + 4) * kLoadsPerStep);
}

// --- Closing, release and another life

TEST(RingLog, RefusesAppendsOnceClosedAndTellsReadersOfTheEnd) {
  TestLog t;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  LogCursor cursor = t.log().Oldest();
  EXPECT_EQ(t.log().Close(kNowMs), 5U);
  EXPECT_EQ(t.log().Close(kNowMs), 5U) << "once more is harmless";
  EXPECT_EQ(t.AppendBytes(1), LogStatus::kClosed);
  EXPECT_EQ(t.log().EndIndex(), 5U);
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kEnd);
  EXPECT_EQ(cursor.index, 5U);
  EXPECT_EQ(t.Read(&cursor), State::kEnd);
}

TEST(RingLog, ClosesWhenItIsEmpty) {
  TestLog t;
  EXPECT_EQ(t.log().Close(kNowMs), 0U);
  EXPECT_EQ(t.AppendBytes(1), LogStatus::kClosed);
  LogCursor cursor = t.log().Oldest();
  EXPECT_EQ(t.Read(&cursor), State::kEnd);
}

TEST(RingLog, TrimsAClosedLogToNothing) {
  TestLog t;
  for (int i = 0; i < 5; ++i) ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  t.log().Close(kNowMs);
  t.log().TrimExpired(kNowMs + 1, kNowMs + 1);
  EXPECT_EQ(t.log().HeldBytes(), 0U);
  LogCursor cursor;
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kEnd);
  EXPECT_EQ(lost, 5U);
}

TEST(RingLog, RefusesProducersOfAnEarlierLife) {
  TestLog t;
  ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  t.log().Close(kNowMs);
  t.log().Release();
  EXPECT_EQ(t.pool().held_bytes(), t.pool().cached_bytes());
  Appended appended;
  EXPECT_EQ(t.log().Append(LogUid(1), {"stale", ""}, kNowMs, t.limits(), &appended),
            LogStatus::kClosed)
      << "while it is released";
  ASSERT_TRUE(t.log().Open(t.pool(), LogUid(2), 18, 4, kNowMs));
  EXPECT_EQ(t.log().Append(LogUid(1), {"stale", ""}, kNowMs, t.limits(), &appended),
            LogStatus::kClosed)
      << "and when it is somebody else's";
  EXPECT_EQ(t.log().EndIndex(), 0U);
  ASSERT_EQ(t.log().Append(LogUid(2), {"fresh", ""}, kNowMs, t.limits(), &appended),
            LogStatus::kOk);
  EXPECT_EQ(appended.first_index, 0U);
  EXPECT_EQ(appended.shard_index, 4U);
  EXPECT_EQ(appended.shard_created_s, 18U);
  EXPECT_EQ(t.log().ComputeTotals().records, 1U) << "totals begin anew";
  EXPECT_EQ(t.log().HeldBytes(), kBlock1);
}

TEST(RingLog, TrimsNothingWhileItIsReleased) {
  TestLog t;
  ASSERT_EQ(t.AppendBytes(kHalf), LogStatus::kOk);
  t.log().Close(kNowMs);
  t.log().Release();
  t.log().TrimExpired(kNowMs + 1, kNowMs + 1);
  t.log().TrimBefore(RecordIndex(1), kNowMs + 1);
  EXPECT_EQ(t.log().OldestSegmentMs(), INT64_MAX);
}

// --- No memory for so much as a control

// Uses up the controls that exist, so that the next one needs memory, which there is none of.
void ExhaustControls(TestLog& t) {
  while (t.pool().control_bytes() / sizeof(Segment<StdAtomics>) % 16 != 0) {
    ASSERT_NE(t.pool().Acquire(SegmentGeometry::kStub), nullptr);
  }
  no_aligned_memory = true;
}

TEST(RingLog, ClosesOnItsLastRecordsWhenThereIsNoMemoryForAStub) {
  TestLog t;
  ASSERT_EQ(t.AppendBytes(100), LogStatus::kOk);
  ExhaustControls(t);
  EXPECT_EQ(t.log().Close(kNowMs), 1U);
  EXPECT_EQ(t.AppendBytes(100), LogStatus::kClosed) << "though there would be room for it";
  LogCursor cursor = t.log().Oldest();
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kEnd);
  EXPECT_EQ(cursor.index, 1U);
  t.log().TrimExpired(kNowMs + 1, kNowMs + 1);
  EXPECT_EQ(t.log().HeldBytes(), kBlock1) << "stays until Release";
  t.log().Release();
  no_aligned_memory = false;
  EXPECT_EQ(t.pool().held_bytes(), t.pool().cached_bytes());
  EXPECT_EQ(t.log().HeldBytes(), 0U);
}

TEST(RingLog, GoesOnWhenThereIsNoMemoryForAStub) {
  TestLog t;
  ASSERT_EQ(t.AppendBytes(100), LogStatus::kOk);
  ExhaustControls(t);
  t.log().TrimExpired(kNowMs + 1, kNowMs + 1);
  t.log().TrimBefore(RecordIndex(1), kNowMs + 1);
  EXPECT_EQ(t.AppendBytes(100), LogStatus::kOk) << "into the segment that could not be trimmed";
  EXPECT_EQ(t.AppendBytes(4000), LogStatus::kNoMemory);
  no_aligned_memory = false;
  EXPECT_EQ(t.AppendBytes(4000), LogStatus::kOk);
  LogCursor cursor = t.log().Oldest();
  uint64_t lost = 0;
  EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kTip);
  EXPECT_EQ(cursor.index, 3U);
}

TEST(RingLog, DoesNotOpenWithoutMemory) {
  SegmentPool<StdAtomics>* const pool = new SegmentPool<StdAtomics>({});
  RingLog<StdAtomics> log;
  no_aligned_memory = true;
  EXPECT_FALSE(log.Open(*pool, LogUid(1), 0, 0, kNowMs));
  no_aligned_memory = false;
  EXPECT_TRUE(log.Open(*pool, LogUid(1), 0, 0, kNowMs));
  log.Close(kNowMs);
  log.Release();
  SegmentPool<StdAtomics>::Release(pool);
}

// --- Waiting

// Counts the calls of the log.
struct CountingListener : LogListener {
  void OnRoom() override {}
  void OnAppend(LogUid uid) override { woken.push_back(uid); }
  std::vector<uint64_t> woken;
};

class RingLogWait : public ::testing::Test {
 protected:
  RingLogWait() : pool_(new Pool({.budget_bytes = 64 * kBlock1, .listener = &listener_})) {
    EXPECT_TRUE(log_.Open(*pool_, LogUid(9), 0, 0, kNowMs));
  }
  ~RingLogWait() override {
    log_.Close(kNowMs);
    log_.Release();
    Pool::Release(pool_);
  }
  void Append(size_t bytes) {
    Appended appended;
    ASSERT_EQ(log_.Append(LogUid(9), {std::string(bytes, 'x'), ""}, kNowMs, limits_, &appended),
              LogStatus::kOk);
  }
  LogCursor Tip() { return log_.Newest(); }

  using Pool = SegmentPool<StdAtomics>;
  CountingListener listener_;
  Pool* const pool_;
  RingLog<StdAtomics> log_;
  LogLimits<StdAtomics> limits_;
};

TEST_F(RingLogWait, ArmsTheTailOnceForTheNextAppend) {
  Append(10);
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kArmed);
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kArmed) << "armed already";
  EXPECT_TRUE(listener_.woken.empty());
  Append(10);
  EXPECT_EQ(listener_.woken, (std::vector<uint64_t>{9}));
  Append(10);
  EXPECT_EQ(listener_.woken.size(), 1U) << "nobody waits any more";
}

TEST_F(RingLogWait, ArmsAnEmptyLogAndCarriesTheDutyOverRotations) {
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kArmed);
  Append(3000);
  EXPECT_EQ(listener_.woken.size(), 1U) << "from the stub to the first segment";
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kArmed);
  Append(3000);
  EXPECT_EQ(listener_.woken.size(), 2U) << "to the next";
}

TEST_F(RingLogWait, CarriesTheDutyOverATrimOfTheTail) {
  Append(10);
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kArmed);
  log_.TrimBefore(RecordIndex(1), kNowMs);
  EXPECT_TRUE(listener_.woken.empty());
  Append(10);
  EXPECT_EQ(listener_.woken.size(), 1U);
}

TEST_F(RingLogWait, IsWokenByABatch) {
  const std::vector<LogRecord> batch(3, LogRecord{"data", "key"});
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kArmed);
  Appended appended;
  ASSERT_EQ(log_.AppendSome(LogUid(9), batch, kNowMs, limits_, &appended), LogStatus::kOk);
  EXPECT_EQ(listener_.woken.size(), 1U);
}

TEST_F(RingLogWait, DoesNotArmBehindWhatIsThere) {
  Append(10);
  EXPECT_EQ(log_.ArmWait(log_.Oldest()), WaitState::kInFlight);
  Append(10);
  EXPECT_TRUE(listener_.woken.empty());
}

TEST_F(RingLogWait, IsReadyWhenTheLogIsClosed) {
  Append(10);
  log_.Close(kNowMs);
  EXPECT_EQ(log_.ArmWait(Tip()), WaitState::kReady);
}

// --- Everything at once, at random, against the list

TEST(RingLog, AgreesWithAListUnderRandomOperations) {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    TestLog t(6 * kBlock1, (seed % 3) * kBlock1);
    t.SetCapacity(4 * kBlock1);
    if (seed % 2 == 0) t.SetTrimOldest();
    Millis now_ms = kNowMs;
    std::vector<LogCursor> cursors(3, t.log().Oldest());
    for (int step = 0; step < 400; ++step) {
      now_ms += static_cast<int64_t>(random() % 20);
      LogCursor& cursor = cursors[random() % cursors.size()];
      uint64_t lost = 0;
      switch (random() % 8) {
        case 0:
        case 1:
        case 2:
        case 3:
          t.AppendBytes(random() % 3500, now_ms);
          break;
        case 4:
        case 5:
          t.Read(&cursor, {.max_records = 1 + random() % 5}, &lost);
          break;
        case 6: {
          const RecordIndex index(random() % (t.puts().size() + 1));
          cursor = t.log().SeekIndex(index);
          EXPECT_EQ(cursor.index, std::max(index, t.log().Oldest().index));
          break;
        }
        default:
          if (random() % 4 == 0) {
            t.log().TrimBefore(RecordIndex(random() % (t.puts().size() + 1)), now_ms);
          } else {
            t.log().TrimExpired(now_ms - 300, now_ms);
          }
      }
      ASSERT_LE(t.log().HeldBytes(), 4 * kBlock1);
      ASSERT_LE(t.pool().held_bytes(), 6 * kBlock1);
      ASSERT_EQ(t.log().EndIndex(), t.puts().size());
      ASSERT_EQ(t.log().ComputeTotals().records, t.puts().size());
    }
    for (LogCursor& cursor : cursors) {
      const RecordIndex before = cursor.index;
      uint64_t lost = 0;
      EXPECT_EQ(t.ReadAll(&cursor, &lost), State::kTip);
      EXPECT_EQ(cursor.index, t.puts().size());
      EXPECT_EQ(lost, std::max(before, t.log().Oldest().index) - before);
    }
  }
}

}  // namespace
}  // namespace kinesis::internal
