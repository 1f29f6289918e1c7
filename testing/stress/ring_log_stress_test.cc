// The log under real threads: producers (single records, put or written in place, and batches),
// readers that follow, readers
// that sit on their pins, a trimmer, and the close at the end, on several logs that share a pool so
// small that segments go from log to log all the time.
//
// Each record says which log, producer and place it belongs to and carries a hash, so a reader can
// prove a wrong one on the spot. A reader then knows: what it read and what it was told it lost are
// together all that was accepted, and each producer's records came in order.
//
// Bounded by count, smaller under sanitizers. What is drawn depends on the seed, which is printed;
// the interleaving does not: for that there is testing/litmus. KINESIS_STRESS_SEED and
// KINESIS_STRESS_SCALE (a percentage) in the environment change seed and size.
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <mutex>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/log/segment_pool.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/internal/sanitizers.h"
#include "kinesis_core/testing/internal/tagged_record.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {
namespace {

using Pool = internal::SegmentPool<internal::StdAtomics>;
using Log = internal::RingLog<internal::StdAtomics>;
using Limits = internal::LogLimits<internal::StdAtomics>;
using internal::LogStatus;
using State = Log::ReadState;

constexpr uint64_t kScale = kIsSanitized ? 10 : 100;

// Milliseconds that go on. Time that stands still would let a stale claim hit the very word it was
// made from after 1024 recyclings; its void entries name no record, and nothing here could count
// them.
internal::Millis NowMs() {
  return internal::Millis(std::chrono::duration_cast<std::chrono::milliseconds>(
                              std::chrono::steady_clock::now().time_since_epoch())
                              .count());
}

constexpr uint64_t kBlock = internal::SegmentGeometry::Of(1).block_bytes;

struct StressOptions {
  int logs = 3;
  int producers = 2;  // of each log
  int readers = 2;    // of each log; every second one sits on its pins
  uint64_t rounds = 400'000;
  uint64_t budget_blocks = 12;
  uint64_t cache_blocks = 4;
  bool trim_oldest = true;
  bool trimmer = true;
  bool sleep = false;  // readers park at the tip instead of polling
};

// Where sleeping readers of one log are found, as in the engine: under a mutex.
class Bell {
 public:
  // A number that Wait takes: what rings after this call is not missed.
  uint64_t Listen() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return rings_;
  }
  void Wait(uint64_t heard) {
    std::unique_lock<std::mutex> lock(mutex_);
    while (rings_ == heard) changed_.wait(lock);
  }
  void Ring() {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++rings_;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t rings_ = 0;
};

class Stress : public internal::LogListener {
 public:
  explicit Stress(const StressOptions& options)
      : options_(options),
        seed_(FromEnvironment("KINESIS_STRESS_SEED", 1)),
        rounds_(options.rounds * FromEnvironment("KINESIS_STRESS_SCALE", kScale) / 100),
        pool_(new Pool({.budget_bytes = options.budget_blocks * kBlock,
                        .cache_bytes = options.cache_blocks * kBlock,
                        .listener = this})) {
    std::printf("KINESIS_STRESS_SEED=%llu, %llu rounds\n", static_cast<unsigned long long>(seed_),
                static_cast<unsigned long long>(rounds_));
    // Relaxed, all: threads are started later.
    limits_.capacity_bytes.store(8 * kBlock, std::memory_order_relaxed);
    limits_.trim_oldest.store(options.trim_oldest, std::memory_order_relaxed);
    for (int i = 0; i < options.logs; ++i) {
      Topic& topic = topics_.emplace_back();
      EXPECT_TRUE(topic.log.Open(*pool_, Uid(i), 0, static_cast<uint32_t>(i), NowMs()));
    }
  }

  ~Stress() override {
    for (Topic& topic : topics_) topic.log.Release();
    pool_->RecycleCommitted();
    EXPECT_EQ(pool_->held_bytes(), pool_->cached_bytes()) << "blocks leaked";
    Pool::Release(pool_);
  }

  void Run() {
    const WaitingFor waiting("producers to be done or find the log closed, and readers to end");
    std::vector<std::thread> readers;
    for (int log = 0; log < options_.logs; ++log) {
      for (int i = 0; i < options_.readers; ++i) {
        readers.emplace_back([this, log, i] { Read(log, i); });
      }
    }
    std::vector<std::thread> writers;
    for (int log = 0; log < options_.logs; ++log) {
      for (int i = 0; i < options_.producers; ++i) {
        writers.emplace_back([this, log, i] { Produce(log, static_cast<uint32_t>(i)); });
      }
    }
    std::thread trimmer;
    if (options_.trimmer) trimmer = std::thread([this] { Trim(); });
    // Closed while the last producers still run: they are refused from there on.
    for (size_t i = 0; i < writers.size() / 2; ++i) writers[i].join();
    for (int log = 0; log < options_.logs; ++log) {
      topics_[static_cast<size_t>(log)].log.Close(NowMs());
      OnAppend(Uid(log));
    }
    for (size_t i = writers.size() / 2; i < writers.size(); ++i) writers[i].join();
    for (std::thread& reader : readers) reader.join();
    done_.store(true, std::memory_order_release);  // pairs with the load in Trim
    if (options_.trimmer) trimmer.join();
    for (Topic& topic : topics_) {
      const uint64_t accepted = topic.accepted.load(std::memory_order_relaxed);
      EXPECT_EQ(topic.log.EndIndex(), accepted);
      std::printf("log %llu: %llu records accepted, %llu lost by %d readers\n",
                  static_cast<unsigned long long>(topic.log.uid()),
                  static_cast<unsigned long long>(accepted),
                  static_cast<unsigned long long>(topic.lost.load(std::memory_order_relaxed)),
                  options_.readers);
    }
  }

  void OnRoom() override {}
  void OnAppend(internal::LogUid uid) override { topics_[uid - 1].bell.Ring(); }

 private:
  struct Topic {
    Log log;
    Bell bell;
    std::atomic<uint64_t> accepted{0};
    std::atomic<uint64_t> lost{0};
  };

  static internal::LogUid Uid(int log) { return internal::LogUid(log + 1); }

  std::mt19937_64 RandomOf(int log, uint64_t thread) const {
    return std::mt19937_64(seed_ * 1'000'003 + static_cast<uint64_t>(log) * 101 + thread);
  }

  void Produce(int log, uint32_t producer) {
    Topic& topic = topics_[static_cast<size_t>(log)];
    std::mt19937_64 random = RandomOf(log, producer);
    uint32_t sequence = 0;
    for (uint64_t round = 0; round < rounds_; ++round) {
      const bool batch = producer % 2 == 1;
      const size_t count = batch ? 1 + random() % 6 : 1;
      std::vector<std::string> data;
      std::vector<internal::LogRecord> records;
      for (size_t i = 0; i < count; ++i) {
        const RecordTag tag{Uid(log), producer, sequence + static_cast<uint32_t>(i)};
        data.push_back(TaggedData(tag, kTaggedBytesMin + random() % 600));
      }
      records.reserve(count);
      for (const std::string& text : data) records.push_back({text, "key"});
      for (size_t done = 0; done < count;) {
        internal::Appended appended;
        const LogStatus status =
            batch ? topic.log.AppendSome(Uid(log), std::span(records).subspan(done), NowMs(),
                                         limits_, &appended)
            : round % 3 == 0
                ? WriteInPlace(topic.log, Uid(log), records[done], random() % 64, &appended)
                : topic.log.Append(Uid(log), records[done], NowMs(), limits_, &appended);
        if (status == LogStatus::kClosed) return;
        if (status == LogStatus::kOk) {
          done += appended.count;
          sequence += appended.count;
          // Relaxed: read after the threads are joined.
          topic.accepted.fetch_add(appended.count, std::memory_order_relaxed);
        } else {
          ASSERT_TRUE(status == LogStatus::kFull || status == LogStatus::kNoMemory);
          std::this_thread::yield();
        }
      }
    }
  }

  // Appends a record by a reservation of `spare` bytes too many, which it holds for a while.
  LogStatus WriteInPlace(Log& log, internal::LogUid uid, const internal::LogRecord& record,
                         size_t spare, internal::Appended* appended) {
    Log::Reserved reserved;
    const LogStatus status = log.Reserve(uid, record.data.size() + spare, record.key, NowMs(),
                                         limits_, &reserved, appended);
    if (status != LogStatus::kOk) return status;
    const size_t half = record.data.size() / 2;
    std::memcpy(reserved.data, record.data.data(), half);
    if (spare % 8 == 0) std::this_thread::yield();
    std::memcpy(reserved.data + half, record.data.data() + half, record.data.size() - half);
    Log::CommitReserved(*pool_, reserved, record.data.size());
    return status;
  }

  void Read(int log, int number) {
    Topic& topic = topics_[static_cast<size_t>(log)];
    std::mt19937_64 random = RandomOf(log, 1000 + static_cast<uint64_t>(number));
    const bool slow = number % 2 == 1;
    std::vector<int64_t> last(static_cast<size_t>(options_.producers), -1);
    std::deque<Log::Pin> held;
    internal::LogCursor cursor;
    uint64_t seen = 0;
    uint64_t lost = 0;
    for (;;) {
      if (random() % 512 == 0) {
        const internal::RecordIndex index = cursor.index;
        cursor = topic.log.SeekIndex(index);
        ASSERT_GE(cursor.index, index);
        lost += cursor.index - index;
      }
      Log::Span span;
      const State state =
          topic.log.ReadSpan(&cursor, {.max_records = 1 + random() % 64}, &span, &lost);
      if (state == State::kEnd) break;
      if (state != State::kRecords) {
        Pause(topic, cursor);
        continue;
      }
      for (uint32_t i = 0; i < span.count; ++i) Look(span, i, Uid(log), &last);
      seen += span.count;
      if (slow && held.size() < 2) {
        // A second look after a while must find the same.
        std::this_thread::yield();
        std::vector<int64_t> again(last.size(), -1);
        for (uint32_t i = 0; i < span.count; ++i) Look(span, i, Uid(log), &again);
        held.push_back(std::move(span.pin));
      }
      if (slow && random() % 4 == 0) held.clear();
    }
    topic.lost.fetch_add(lost, std::memory_order_relaxed);  // read after the threads are joined
    EXPECT_EQ(seen + lost, topic.log.EndIndex()) << "read + lost = appended, log " << log;
    if (!options_.trim_oldest && !options_.trimmer) {
      EXPECT_EQ(lost, 0U);
    }
  }

  // Checks record i of a span: whole, of this log, and after its producer's last.
  static void Look(const Log::Span& span, uint32_t i, uint64_t uid, std::vector<int64_t>* last) {
    // Relaxed: ReadSpan has acquired it.
    const uint64_t word = span.pin->entries()[span.first + i].load(std::memory_order_relaxed);
    const internal::RecordEntry entry = internal::RecordEntry::Decode(word);
    const char* const data = reinterpret_cast<const char*>(span.pin->record(entry.offset_units)) +
                             internal::kRecordHeaderBytes;
    RecordTag tag;
    ASSERT_TRUE(ReadTag({data, entry.data_bytes}, &tag)) << "a torn record";
    ASSERT_EQ(std::string_view(data + entry.data_bytes, entry.key_bytes), "key");
    ASSERT_EQ(tag.log, uid) << "a record of another log";
    ASSERT_LT(tag.producer, last->size());
    ASSERT_LT((*last)[tag.producer], static_cast<int64_t>(tag.sequence))
        << "out of order, or twice";
    (*last)[tag.producer] = tag.sequence;
    const int64_t age_ms = NowMs() - internal::ArrivalMs(*span.pin, word);
    ASSERT_TRUE(age_ms >= 0 && age_ms < 600'000) << "not a time of this test";
  }

  // Waits for something at the cursor.
  void Pause(Topic& topic, const internal::LogCursor& cursor) {
    if (!options_.sleep) {
      std::this_thread::yield();
      return;
    }
    const uint64_t heard = topic.bell.Listen();
    if (topic.log.ArmWait(cursor) == Log::WaitState::kArmed) {
      topic.bell.Wait(heard);
    } else {
      std::this_thread::yield();
    }
  }

  void Trim() {
    std::mt19937_64 random = RandomOf(0, 5000);
    // Acquire: pairs with the store in Run.
    while (!done_.load(std::memory_order_acquire)) {
      Log& log = topics_[random() % topics_.size()].log;
      const internal::RecordIndex end = log.EndIndex();
      const internal::RecordIndex oldest = log.Oldest().index;
      if (end > oldest) log.TrimBefore(oldest + random() % (end - oldest + 1), NowMs());
      EXPECT_LE(pool_->held_bytes(), options_.budget_blocks * kBlock);
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  const StressOptions options_;
  const uint64_t seed_;
  const uint64_t rounds_;
  Pool* const pool_;
  Limits limits_;
  std::deque<Topic> topics_;
  std::atomic<bool> done_{false};
};

TEST(RingLogStress, LogsThatShareASmallPoolAndTrimTheirOldest) { Stress({}).Run(); }

TEST(RingLogStress, LogsThatRejectGoOnWhereATrimMakesRoom) {
  Stress({.readers = 1, .rounds = 20'000, .trim_oldest = false, .trimmer = true}).Run();
}

TEST(RingLogStress, ReadersThatSleepAreAlwaysWoken) {
  Stress({.logs = 2, .readers = 2, .rounds = 300'000, .sleep = true}).Run();
}

TEST(RingLogStress, OneLogWithManyProducers) {
  Stress({.logs = 1, .producers = 6, .readers = 3, .rounds = 200'000, .budget_blocks = 6}).Run();
}

}  // namespace
}  // namespace kinesis::testing
