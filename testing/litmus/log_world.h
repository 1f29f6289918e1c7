// The world of the litmus tests of the log: a pool and logs on ScheduledAtomics, producers and
// readers of tagged records that check whatever can be checked on the spot.
#ifndef KINESIS_CORE_TESTING_LITMUS_LOG_WORLD_H_
#define KINESIS_CORE_TESTING_LITMUS_LOG_WORLD_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/log/segment_header.h"
#include "kinesis_core/internal/log/segment_pool.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/internal/tagged_record.h"

namespace kinesis::testing {

// The smallest block, and data sizes of which exactly 3, 2 or 1 records fill one.
inline constexpr size_t kBlockBytes = internal::SegmentGeometry::Of(1).block_bytes;
inline constexpr size_t kThirdOfBlock = 1160;
inline constexpr size_t kHalfOfBlock = 1760;
inline constexpr size_t kWholeBlock = 3560;
inline constexpr size_t kSmall = 64;
inline constexpr internal::Millis kNowMs(1'000'000);

struct LogWorldOptions {
  uint64_t budget_blocks = 8;  // of the smallest class
  uint64_t cache_blocks = 1000;
  int logs = 1;
  std::shared_ptr<internal::BlockStore> store = nullptr;
};

// `Atomics` is ScheduledAtomics, or one derived from it that is broken on purpose.
template <class Atomics>
class BasicLogWorld final : public internal::LogListener {
 public:
  using Pool = internal::SegmentPool<Atomics>;
  using Log = internal::RingLog<Atomics>;
  using Limits = internal::LogLimits<Atomics>;

  // Log i is opened with uid i + 1.
  BasicLogWorld(Schedule& schedule, const LogWorldOptions& options)
      : schedule_(schedule),
        pool_(new Pool({.budget_bytes = options.budget_blocks * kBlockBytes,
                        .cache_bytes = options.cache_blocks * kBlockBytes,
                        .listener = this,
                        .store = options.store})) {
    // Relaxed: nothing runs yet. An eighth of this is less than the next size class, so blocks do
    // not grow.
    limits_.capacity_bytes.store(16 * kBlockBytes, std::memory_order_relaxed);
    for (int i = 0; i < options.logs; ++i) Open(AddLog());
  }
  BasicLogWorld(const BasicLogWorld&) = delete;
  BasicLogWorld& operator=(const BasicLogWorld&) = delete;

  // Gives everything back and checks that it all came back. After a failed schedule fibers may
  // still stand in the log, so all is left as it is.
  ~BasicLogWorld() override {
    if (schedule_.failed()) return;
    for (Log& log : logs_) {
      if (log.uid() == 0) continue;
      log.Close(kNowMs);
      log.Release();
    }
    pool_->RecycleCommitted();
    schedule_.Check(pool_->held_bytes() == pool_->cached_bytes(),
                    "blocks leaked: more are held than cached");
    Pool::Release(pool_);
  }

  Schedule& schedule() { return schedule_; }
  Pool& pool() { return *pool_; }
  Log& log(int i = 0) { return logs_[static_cast<size_t>(i)]; }
  Limits& limits() { return limits_; }
  uint64_t uid(int i = 0) { return logs_[static_cast<size_t>(i)].uid(); }

  // Makes one more log, which is not open yet, and returns its number.
  int AddLog() {
    logs_.emplace_back();
    return static_cast<int>(logs_.size()) - 1;
  }
  void Open(int i) { Open(i, static_cast<uint32_t>(i)); }
  void Open(int i, uint32_t shard_index) {
    schedule_.Check(log(i).Open(*pool_, internal::LogUid(++last_uid_), 0, shard_index, kNowMs),
                    "a log opens");
  }

  // Of every Append and AppendSome that succeeded.
  struct Put {
    uint64_t uid = 0;  // of the log
    uint32_t producer = 0;
    uint32_t sequence = 0;  // of the first record
    internal::Appended appended;
    uint64_t began = 0;  // in steps of the schedule
    uint64_t ended = 0;
  };

  // Appends record `sequence` of `producer` to log i under the uid that the log had when it was
  // opened.
  internal::LogStatus Append(int i, uint64_t uid, uint32_t producer, uint32_t sequence,
                             size_t bytes, internal::Millis now_ms = kNowMs) {
    return Append(log(i), uid, producer, sequence, bytes, now_ms);
  }
  internal::LogStatus Append(Log& log, uint64_t uid, uint32_t producer, uint32_t sequence,
                             size_t bytes, internal::Millis now_ms = kNowMs) {
    const std::string data = TaggedData({uid, producer, sequence}, bytes);
    Put put{uid, producer, sequence, {}};
    put.began = schedule_.step();
    const internal::LogStatus status =
        log.Append(internal::LogUid(uid), {data, ""}, now_ms, limits_, &put.appended);
    put.ended = schedule_.step();
    if (status == internal::LogStatus::kOk) puts_.push_back(put);
    return status;
  }
  // Appends a prefix of `count` records, from `sequence` on, under one claim. Returns its length,
  // or 0.
  uint32_t AppendSome(int i, uint64_t uid, uint32_t producer, uint32_t sequence, uint32_t count,
                      size_t bytes, internal::Millis now_ms = kNowMs) {
    internal::LogStatus status;
    return AppendSome(log(i), uid, producer, sequence, count, bytes, now_ms, &status);
  }
  uint32_t AppendSome(Log& log, uint64_t uid, uint32_t producer, uint32_t sequence, uint32_t count,
                      size_t bytes, internal::Millis now_ms, internal::LogStatus* status) {
    std::vector<std::string> data;
    std::vector<internal::LogRecord> records;
    for (uint32_t n = 0; n < count; ++n) {
      data.push_back(TaggedData({uid, producer, sequence + n}, bytes));
    }
    records.reserve(data.size());
    for (const std::string& text : data) records.push_back({text, ""});
    Put put{uid, producer, sequence, {}};
    put.began = schedule_.step();
    *status = log.AppendSome(internal::LogUid(uid), records, now_ms, limits_, &put.appended);
    if (*status != internal::LogStatus::kOk) return 0;
    put.ended = schedule_.step();
    puts_.push_back(put);
    return put.appended.count;
  }
  const std::vector<Put>& puts() const { return puts_; }

  // A record that is claimed, and then written in place.
  struct Held {
    internal::LogStatus status;
    typename Log::Reserved reserved;
    Put put;
  };
  // Reserves `bytes` for record `sequence` of `producer`, with a key behind them.
  Held Reserve(int i, uint64_t uid, uint32_t producer, uint32_t sequence, size_t bytes,
               internal::Millis now_ms = kNowMs) {
    Held held{{}, {}, {uid, producer, sequence, {}}};
    held.put.began = schedule_.step();
    held.status = log(i).Reserve(internal::LogUid(uid), bytes, "key", now_ms, limits_,
                                 &held.reserved, &held.put.appended);
    return held;
  }
  // Writes `bytes` of data, at most as many as were reserved, with a step of others in between, and
  // commits them. Touches no log.
  void WriteAndCommit(Held held, size_t bytes) {
    const Put& put = held.put;
    const std::string data = TaggedData({put.uid, put.producer, put.sequence}, bytes);
    Atomics::CopyBytes(held.reserved.data, data.data(), bytes / 2);
    schedule_.Yield();
    Atomics::CopyBytes(held.reserved.data + bytes / 2, data.data() + bytes / 2, bytes - bytes / 2);
    Log::CommitReserved(*pool_, held.reserved, bytes);
    held.put.ended = schedule_.step();
    puts_.push_back(held.put);
  }
  void Void(const Held& held) { Log::VoidReserved(*pool_, held.reserved); }

  // L3, in each log: a put that returned before another began has the smaller index; indices are
  // not shared.
  void CheckOrderOfPuts() {
    for (const Put& a : puts_) {
      for (const Put& b : puts_) {
        if (&a == &b || a.uid != b.uid) continue;
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
  void OnAppend(internal::LogUid uid) override { on_append(uid); }

 private:
  Schedule& schedule_;
  Pool* const pool_;
  std::deque<Log> logs_;
  Limits limits_;
  uint64_t last_uid_ = 0;
  std::vector<Put> puts_;
};

// Reads one log and remembers what it saw. Fails the schedule on a record that is torn, foreign,
// out of order or seen twice.
template <class Atomics>
class BasicLogReader {
 public:
  using World = BasicLogWorld<Atomics>;
  using Log = typename World::Log;
  using Request = typename Log::ReadRequest;
  using State = typename Log::ReadState;
  struct Seen {
    uint64_t index;
    RecordTag tag;
    int64_t arrival_ms;
  };

  BasicLogReader(World& world, int log) : BasicLogReader(world, log, world.log(log).Oldest()) {}
  BasicLogReader(World& world, int log, internal::LogCursor cursor)
      : world_(world), log_(world.log(log)), uid_(log_.uid()), cursor_(cursor) {}
  BasicLogReader(const BasicLogReader&) = delete;
  BasicLogReader& operator=(const BasicLogReader&) = delete;
  ~BasicLogReader() {
    if (world_.schedule().failed()) pin_.Detach();
  }

  // One ReadSpan. `while_pinned` runs before the pin is dropped; then the records are checked
  // again.
  State Read(const Request& request, const std::function<void()>& while_pinned = nullptr) {
    typename Log::Span span;
    const State state = log_.ReadSpan(&cursor_, request, &span, &lost_);
    last_count_ = span.count;
    if (state != State::kRecords) return state;
    Look(*span.pin, span);
    if (while_pinned) {
      while_pinned();
      LookAgain(*span.pin, span);
    }
    return state;
  }
  State Read(uint64_t max_records = 100) { return Read(Request{.max_records = max_records}); }

  // One read that goes on under the pin of the last one of its kind, as ReadInto does; what that
  // had found is looked at again first. Keeps ReadSpan's pin where FollowedSegment has no answer.
  State Follow(const Request& request) {
    if (pin_ && followed_.count > 0) LookAgain(*pin_, followed_);
    followed_ = {};
    last_count_ = 0;
    std::optional<State> state;
    if (pin_ && Followed::IsAt(*pin_, cursor_.segment, internal::LogUid(uid_))) {
      state = GoOn(request);
      pinned_reads_ += state ? 1 : 0;
    }
    if (!state) {
      pin_.LetGo();
      state = log_.ReadSpan(&cursor_, request, &followed_, &lost_);
      pin_ = std::move(followed_.pin);
      if (pin_ && Followed::IsAt(*pin_, cursor_.segment, internal::LogUid(uid_))) {
        place_ = Followed(*pin_, cursor_.index);
      }
    }
    if (*state != State::kRecords) {
      followed_.count = 0;
      return *state;
    }
    last_count_ = followed_.count;
    Look(*pin_, followed_);
    return *state;
  }
  State Follow(uint64_t max_records = 100) { return Follow(Request{.max_records = max_records}); }
  // How many of them FollowedSegment answered.
  int pinned_reads() const { return pinned_reads_; }

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
  using Segment = typename Log::Segment;
  using Followed = typename Log::Followed;

  // A read at place_, which has been pinned since it was made; nothing if that does not know.
  std::optional<State> GoOn(const Request& request) {
    const typename Followed::State state = log_.LookAt(&place_, cursor_.index);
    if (state == Followed::State::kTip) return State::kTip;
    typename Followed::Records records;
    if (state == Followed::State::kUnknown ||
        !place_.Take(std::max(request.cutoff_ms, request.min_ms), request.max_records,
                     request.max_payload_bytes, &records)) {
      return std::nullopt;
    }
    followed_.first = static_cast<uint32_t>(records.entries - pin_->entries());
    followed_.count = records.count;
    cursor_.index += records.count;
    return State::kRecords;
  }

  // Reads a span that has been read, and finds the same.
  void LookAgain(const Segment& segment, const typename Log::Span& span) {
    const size_t first = seen_.size() - span.count;
    const std::vector<Seen> before(seen_.begin() + static_cast<int64_t>(first), seen_.end());
    seen_.resize(first);
    Look(segment, span);
    if (world_.schedule().failed()) return;
    for (size_t i = 0; i < before.size(); ++i) {
      world_.schedule().Check(seen_[first + i].tag == before[i].tag,
                              "a record changed under a pin");
    }
  }

  // Reads all bytes of a span, which ends at the cursor.
  void Look(const Segment& segment, const typename Log::Span& span) {
    Schedule& schedule = world_.schedule();
    uint64_t index = cursor_.index - span.count;
    for (uint32_t i = 0; i < span.count; ++i, ++index) {
      // Relaxed: ReadSpan has acquired it. An acquire here would hide it if ReadSpan had not.
      const uint64_t word = segment.entries()[span.first + i].load(std::memory_order_relaxed);
      if (word == 0) {
        schedule.Fail("an entry vanished under a pin");
        return;
      }
      const internal::RecordEntry entry = internal::RecordEntry::Decode(word);
      const std::byte* const record = segment.record(entry.offset_units);
      schedule.ReadBytes(record, internal::kRecordHeaderBytes + entry.payload_bytes());
      const std::string_view data(
          reinterpret_cast<const char*>(record) + internal::kRecordHeaderBytes, entry.data_bytes);
      Seen seen{index, {}, internal::ArrivalMs(segment, word)};
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

  World& world_;
  Log& log_;
  const uint64_t uid_;
  internal::LogCursor cursor_;
  uint64_t lost_ = 0;
  uint32_t last_count_ = 0;
  std::vector<Seen> seen_;
  // Of Follow: its pin, the place in what that pins, and what was found last.
  typename Log::Pin pin_;
  typename Log::Followed place_;
  typename Log::Span followed_;
  int pinned_reads_ = 0;
};

using LogWorld = BasicLogWorld<ScheduledAtomics>;
using LogReader = BasicLogReader<ScheduledAtomics>;
using ScheduledPool = LogWorld::Pool;
using ScheduledLog = LogWorld::Log;
using ScheduledSegment = ScheduledLog::Segment;
using ScheduledLimits = LogWorld::Limits;

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_LOG_WORLD_H_
