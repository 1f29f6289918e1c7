// What the litmus tests of the log share: a pool and logs on ScheduledAtomics, producers and
// readers of tagged records that check whatever can be checked on the spot.
#ifndef KINESIS_CORE_TESTING_LITMUS_LOG_WORLD_H_
#define KINESIS_CORE_TESTING_LITMUS_LOG_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/internal/ring_log.h"
#include "kinesis_core/internal/segment_pool.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/tagged_record.h"

namespace kinesis::testing {

// The smallest block, and data sizes of which exactly 3, 2 or 1 records fill one.
inline constexpr size_t kBlockBytes = internal::SegmentGeometry::Of(1).block_bytes;
inline constexpr size_t kThirdOfBlock = 1160;
inline constexpr size_t kHalfOfBlock = 1760;
inline constexpr size_t kWholeBlock = 3560;
inline constexpr int64_t kNowMs = 1'000'000;

using ScheduledPool = internal::SegmentPool<ScheduledAtomics>;
using ScheduledLog = internal::RingLog<ScheduledAtomics>;
using ScheduledSegment = ScheduledLog::Segment;
using ScheduledLimits = internal::LogLimits<ScheduledAtomics>;

struct LogWorldOptions {
  uint64_t budget_blocks = 8;  // of the smallest class
  uint64_t cache_blocks = 1000;
  int logs = 1;
};

class LogWorld final : public internal::LogListener {
 public:
  // Log i is opened with uid i + 1.
  LogWorld(Schedule& schedule, const LogWorldOptions& options)
      : schedule_(schedule),
        pool_(new ScheduledPool({.budget_bytes = options.budget_blocks * kBlockBytes,
                                 .cache_bytes = options.cache_blocks * kBlockBytes,
                                 .listener = this})) {
    // Relaxed: nothing runs yet. An eighth of this is less than the next size class, so blocks do
    // not grow.
    limits_.capacity_bytes.store(16 * kBlockBytes, std::memory_order_relaxed);
    for (int i = 0; i < options.logs; ++i) {
      logs_.emplace_back();
      Open(i);
    }
  }
  LogWorld(const LogWorld&) = delete;
  LogWorld& operator=(const LogWorld&) = delete;

  // Gives everything back and checks that it all came back. After a failed schedule fibers may
  // still stand in the log, so all is left as it is.
  ~LogWorld() override {
    if (schedule_.failed()) return;
    for (ScheduledLog& log : logs_) {
      if (log.uid() == 0) continue;
      log.Close(kNowMs);
      log.Release();
    }
    pool_->DrainLimbo();
    schedule_.Check(pool_->held_bytes() == pool_->cached_bytes(),
                    "blocks leaked: more are held than cached");
    ScheduledPool::Release(pool_);
  }

  Schedule& schedule() { return schedule_; }
  ScheduledPool& pool() { return *pool_; }
  ScheduledLog& log(int i = 0) { return logs_[static_cast<size_t>(i)]; }
  ScheduledLimits& limits() { return limits_; }
  uint64_t uid(int i = 0) { return logs_[static_cast<size_t>(i)].uid(); }

  void Open(int i) {
    schedule_.Check(log(i).Open(*pool_, ++last_uid_, 0, static_cast<uint32_t>(i), kNowMs),
                    "a log opens");
  }

  // Of every Append and AppendSome that succeeded.
  struct Put {
    internal::Appended appended;
    uint64_t began = 0;  // in steps of the schedule
    uint64_t ended = 0;
  };

  // Appends record `sequence` of `producer` to log i under the uid that the log had when it was
  // opened.
  internal::LogStatus Append(int i, uint64_t uid, uint32_t producer, uint32_t sequence,
                             size_t bytes, int64_t now_ms = kNowMs) {
    const std::string data = TaggedData({uid, producer, sequence}, bytes);
    Put put;
    put.began = schedule_.step();
    const internal::LogStatus status =
        log(i).Append(uid, {data, ""}, now_ms, limits_, &put.appended);
    put.ended = schedule_.step();
    if (status == internal::LogStatus::kOk) puts_.push_back(put);
    return status;
  }
  // Appends a prefix of `count` records, from `sequence` on, under one claim. Returns its length,
  // or 0.
  uint32_t AppendSome(int i, uint64_t uid, uint32_t producer, uint32_t sequence, uint32_t count,
                      size_t bytes, int64_t now_ms = kNowMs) {
    std::vector<std::string> data;
    std::vector<internal::LogRecord> records;
    for (uint32_t n = 0; n < count; ++n) {
      data.push_back(TaggedData({uid, producer, sequence + n}, bytes));
    }
    records.reserve(data.size());
    for (const std::string& text : data) records.push_back({text, ""});
    Put put;
    put.began = schedule_.step();
    if (log(i).AppendSome(uid, records, now_ms, limits_, &put.appended) !=
        internal::LogStatus::kOk) {
      return 0;
    }
    put.ended = schedule_.step();
    puts_.push_back(put);
    return put.appended.count;
  }
  const std::vector<Put>& puts() const { return puts_; }

  // L3: a put that returned before another began has the smaller index; indices are not shared.
  void CheckOrderOfPuts() {
    for (const Put& a : puts_) {
      for (const Put& b : puts_) {
        if (&a == &b) continue;
        if (a.ended < b.began) {
          schedule_.Check(a.appended.first_index + a.appended.count <= b.appended.first_index,
                          "a put that began later has the smaller index");
        }
        schedule_.Check(a.appended.first_index + a.appended.count <= b.appended.first_index ||
                            b.appended.first_index + b.appended.count <= a.appended.first_index,
                        "two puts share an index");
      }
    }
  }

  // --- LogListener
  std::function<void()> on_room = [] {};
  std::function<void(uint64_t)> on_append = [](uint64_t) {};
  void OnRoom() override { on_room(); }
  void OnAppend(uint64_t uid) override { on_append(uid); }

 private:
  Schedule& schedule_;
  ScheduledPool* const pool_;
  std::deque<ScheduledLog> logs_;
  ScheduledLimits limits_;
  uint64_t last_uid_ = 0;
  std::vector<Put> puts_;
};

// Reads one log and remembers what it saw. Fails the schedule on a record that is torn, foreign,
// out of order or seen twice.
class LogReader {
 public:
  using Request = ScheduledLog::ReadRequest;
  using State = ScheduledLog::ReadState;
  struct Seen {
    uint64_t index;
    RecordTag tag;
    int64_t arrival_ms;
  };

  LogReader(LogWorld& world, int log) : LogReader(world, log, world.log(log).Oldest()) {}
  LogReader(LogWorld& world, int log, internal::LogCursor cursor)
      : world_(world), log_(world.log(log)), uid_(log_.uid()), cursor_(cursor) {}

  // One ReadSpan. `while_pinned` runs before the pin is dropped; then the records are checked
  // again.
  State Read(const Request& request, const std::function<void()>& while_pinned = nullptr) {
    ScheduledLog::Span span;
    const State state = log_.ReadSpan(&cursor_, request, &span, &lost_);
    if (state != State::kRecords) return state;
    last_count_ = span.count;
    const size_t first = seen_.size();
    Look(span);
    if (while_pinned) {
      while_pinned();
      const std::vector<Seen> before(seen_.begin() + static_cast<int64_t>(first), seen_.end());
      seen_.resize(first);
      Look(span);
      for (size_t i = 0; i < before.size(); ++i) {
        world_.schedule().Check(seen_[first + i].tag == before[i].tag,
                                "a record changed under a pin");
      }
    }
    log_.Unpin(*span.segment);
    return state;
  }
  State Read(uint64_t max_records = 100) { return Read(Request{.max_records = max_records}); }

  // Reads until there is nothing more.
  State Drain() {
    for (;;) {
      const State state = Read();
      if (state != State::kRecords) return state;
    }
  }

  const std::vector<Seen>& seen() const { return seen_; }
  uint64_t lost() const { return lost_; }
  uint32_t last_count() const { return last_count_; }
  const internal::LogCursor& cursor() const { return cursor_; }

  // Each producer's records in order, none twice.
  void CheckOrderOfProducers() {
    for (size_t i = 0; i < seen_.size(); ++i) {
      for (size_t j = i + 1; j < seen_.size(); ++j) {
        if (seen_[i].tag.producer != seen_[j].tag.producer) continue;
        world_.schedule().Check(seen_[i].tag.sequence < seen_[j].tag.sequence,
                                "a producer's records are out of order, or one came twice");
      }
    }
  }

 private:
  // Reads all bytes of a span.
  void Look(const ScheduledLog::Span& span) {
    Schedule& schedule = world_.schedule();
    uint64_t index = cursor_.index - span.count;
    for (uint32_t i = 0; i < span.count; ++i, ++index) {
      // Relaxed: ReadSpan has acquired it. An acquire here would hide it if ReadSpan had not.
      const uint64_t word = span.segment->entries()[span.first + i].load(std::memory_order_relaxed);
      if (word == 0) {
        schedule.Fail("an entry vanished under a pin");
        return;
      }
      const internal::RecordEntry entry = internal::RecordEntry::Decode(word);
      const std::byte* const record = span.segment->record(entry.offset_units);
      schedule.ReadBytes(record, internal::kRecordHeaderBytes + entry.payload_bytes());
      const std::string_view data(
          reinterpret_cast<const char*>(record) + internal::kRecordHeaderBytes, entry.data_bytes);
      Seen seen{index, {}, ScheduledLog::ArrivalMs(*span.segment, word)};
      if (!ReadTag(data, &seen.tag)) {
        schedule.Fail("a torn record, or bytes that were never one");
        return;
      }
      schedule.Check(seen.tag.log == uid_, "a record of another log");
      if (!seen_.empty()) {
        schedule.Check(seen_.back().index < index, "indices grow");
        schedule.Check(seen_.back().arrival_ms <= seen.arrival_ms, "arrival times do not go back");
      }
      seen_.push_back(seen);
    }
  }

  LogWorld& world_;
  ScheduledLog& log_;
  const uint64_t uid_;
  internal::LogCursor cursor_;
  uint64_t lost_ = 0;
  uint32_t last_count_ = 0;
  std::vector<Seen> seen_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_LOG_WORLD_H_
