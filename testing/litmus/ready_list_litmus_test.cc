// Waiting at several logs at once (internal/ready_list.h) under seeded schedules: a put, a close or
// a rotation in one of them that the sleeper misses leaves it asleep for good, which the schedule
// reports as a deadlock.
//
// KINESIS_SCHEDULES=n explores so many schedules of each program instead.
#include "kinesis_core/internal/ready_list.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/fiber_lot.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

using LogWorld = BasicLogWorld<ScheduledAtomics>;
using LogReader = BasicLogReader<ScheduledAtomics>;

// One fiber that reads several logs.
class ManyReader {
 public:
  using Log = LogWorld::Log;
  struct Place {
    Place(ManyReader& many, LogWorld& world, int log)
        : number(log), reader(world, log), source(many.list_, many.lot_, world.uid(log), *this) {}
    int number;
    LogReader reader;
    internal::ReadyList<FiberLot, Place>::Source source;
  };

  ManyReader(LogWorld& world, int logs) : world_(world) {
    for (int i = 0; i < logs; ++i) places_.emplace_back(*this, world, i);
  }

  void Wake(uint64_t uid) { lot_.WakeAll(uid); }
  void Interrupt() { list_.Interrupt(); }

  // Reads until there are `count` records of all logs, `ended` logs are at their end, or it was
  // interrupted. True if it slept.
  bool ReadOrSleep(size_t count, size_t ended) {
    size_t ends = 0;
    while (Records() < count || ends < ended) {
      auto* const source = internal::AwaitReady(list_, *this);
      if (source == nullptr) break;
      if (state_ == LogReader::State::kEnd) {
        ++ends;
      } else {
        list_.Push(*source);  // there may be more
      }
    }
    return slept_;
  }
  size_t Records() const {
    size_t records = 0;
    for (const Place& place : places_) records += place.reader.seen().size();
    return records;
  }

  // --- For AwaitReady.
  bool IsReady(Place& place, internal::LogCursor* tip) {
    state_ = place.reader.Read();
    *tip = place.reader.cursor();
    return state_ != LogReader::State::kTip;
  }
  Log* LogOf(const Place& place) { return &world_.log(place.number); }
  bool IsOver() { return list_.TakeInterruption(); }
  bool LookAgain() const { return false; }
  void Sleep(FiberEvent& event) {
    slept_ = true;
    event.Wait();
  }
  void AwaitCommit(int /*round*/) { world_.schedule().Yield(); }

 private:
  LogWorld& world_;
  FiberLot lot_;
  internal::ReadyList<FiberLot, Place> list_;
  std::deque<Place> places_;
  LogReader::State state_ = LogReader::State::kTip;
  bool slept_ = false;
};

const std::vector<Outcome> kSleptOrNot = {{"slept", Verdict::kExpected, "it slept and was woken"},
                                          {"awake", Verdict::kExpected, "it never had to sleep"}};

// Two producers with a log each, `records` of `bytes` by each of them; one reader of three logs.
std::string WaitForTwoOfThree(Schedule& s, uint32_t records, size_t bytes) {
  LogWorld world(s, {.budget_blocks = 12, .logs = 3});
  ManyReader reader(world, 3);
  world.on_append = [&](uint64_t uid) { reader.Wake(uid); };
  bool slept = false;
  s.Spawn([&] { slept = reader.ReadOrSleep(size_t{2} * records, 0); });
  for (int log = 0; log < 2; ++log) {
    s.Spawn([&, log] {
      for (uint32_t i = 0; i < records; ++i) {
        world.Append(log, static_cast<uint64_t>(log) + 1, static_cast<uint32_t>(log), i, bytes);
      }
    });
  }
  s.Run();
  s.Check(s.failed() || reader.Records() == size_t{2} * records, "every record was read");
  return slept ? "slept" : "awake";
}

TEST(ReadyListLitmus, AReaderOfManyIsWokenByARecordInAnyOfThem) {
  RunLitmus({.schedules = 6'000}, kSleptOrNot,
            [](Schedule& s) { return WaitForTwoOfThree(s, 2, kSmall); });
}

TEST(ReadyListLitmus, TheDutyToWakeSurvivesARotation) {
  RunLitmus({.schedules = 6'000}, kSleptOrNot,
            [](Schedule& s) { return WaitForTwoOfThree(s, 2, kWholeBlock); });
}

TEST(ReadyListLitmus, AReaderOfManyIsWokenByTheCloseOfOne) {
  RunLitmus({.schedules = 6'000}, kSleptOrNot, [](Schedule& s) {
    LogWorld world(s, {.logs = 2});
    ManyReader reader(world, 2);
    world.on_append = [&](uint64_t uid) { reader.Wake(uid); };
    bool slept = false;
    s.Spawn([&] { slept = reader.ReadOrSleep(1, 1); });
    s.Spawn([&] { world.Append(0, 1, 0, 0, kHalfOfBlock); });
    s.Spawn([&] {
      world.log(1).Close(kNowMs);
      world.OnAppend(internal::LogUid(2));  // by the engine, as soon as the log is closed
    });
    s.Run();
    return slept ? "slept" : "awake";
  });
}

// Two readers of the same logs: one uses up the bit that the other has armed.
TEST(ReadyListLitmus, ReadersOfTheSameLogsAreAllWoken) {
  RunLitmus({.schedules = 6'000},
            {{"slept", Verdict::kExpected, "one slept and was woken"},
             {"awake", Verdict::kAllowed, "none had to sleep"}},
            [](Schedule& s) {
              LogWorld world(s, {.logs = 2});
              std::deque<ManyReader> readers;
              for (int i = 0; i < 2; ++i) readers.emplace_back(world, 2);
              world.on_append = [&](uint64_t uid) {
                for (ManyReader& reader : readers) reader.Wake(uid);
              };
              bool slept = false;
              for (ManyReader& reader : readers) {
                s.Spawn([&] { slept |= reader.ReadOrSleep(3, 0); });
              }
              s.Spawn([&] {
                world.Append(0, 1, 0, 0, kSmall);
                world.Append(1, 2, 0, 0, kSmall);
                world.Append(0, 1, 0, 1, kSmall);
              });
              s.Run();
              return slept ? "slept" : "awake";
            });
}

TEST(ReadyListLitmus, AnInterruptionEndsASleepOrTheNextOne) {
  RunLitmus({.schedules = 6'000}, kSleptOrNot, [](Schedule& s) {
    LogWorld world(s, {.logs = 2});
    ManyReader reader(world, 2);
    world.on_append = [&](uint64_t uid) { reader.Wake(uid); };
    bool slept = false;
    s.Spawn([&] { slept = reader.ReadOrSleep(100, 0); });
    s.Spawn([&] { world.Append(1, 2, 0, 0, kSmall); });
    s.Spawn([&] { reader.Interrupt(); });
    s.Run();
    return slept ? "slept" : "awake";
  });
}

// A source leaves while a producer wakes it.
TEST(ReadyListLitmus, ASourceThatLeavesIsNotTouchedAnyMore) {
  RunLitmus({.schedules = 6'000}, {{"gone", Verdict::kExpected, "it left"}}, [](Schedule& s) {
    LogWorld world(s, {.logs = 1});
    FiberLot lot;
    int owner = 0;
    internal::ReadyList<FiberLot, int> list;
    std::optional<internal::ReadyList<FiberLot, int>::Source> source;
    source.emplace(list, lot, 1, owner);
    s.Spawn([&] {
      list.Pop();
      source.reset();
      s.Check(list.Pop() == nullptr, "what has left is not in the list");
    });
    s.Spawn([&] { lot.WakeAll(1); });
    s.Run();
    s.Check(list.Pop() == nullptr, "what has left does not come back");
    return "gone";
  });
}

}  // namespace
}  // namespace kinesis::testing
