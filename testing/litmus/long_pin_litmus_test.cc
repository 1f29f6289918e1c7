// Readers that keep their pin from one read to the next (FollowedSegment), under seeded
// schedules: what a trim, an expiry, a close or a recycling does to one that looks at nothing but
// the entries. Everything that it gets is checked on the spot, and again before it goes on.
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

using internal::LogStatus;
using State = LogReader::State;

TEST(LongPinLitmus, AFollowerSeesEveryRecordOfALogThatGoesOn) {
  RunLitmus({.schedules = 10'000},
            {{"under the pin", Verdict::kExpected, "some reads needed no pin of their own"},
             {"anew", Verdict::kAllowed, "all came when it had a segment to go to"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              LogReader reader(world, 0);
              for (uint32_t producer = 0; producer < 2; ++producer) {
                s.Spawn([&, producer] {
                  for (uint32_t i = 0; i < 3; ++i) {
                    s.Check(world.Append(0, 1, producer, i, kThirdOfBlock) == LogStatus::kOk,
                            "an append is accepted");
                  }
                });
              }
              s.Spawn([&] {
                while (reader.seen().size() < 6) {
                  if (reader.Follow(1) != State::kRecords) s.Yield();
                }
              });
              s.Run();
              reader.CheckOrderOfProducers();
              s.Check(reader.lost() == 0, "nothing is lost");
              return reader.pinned_reads() > 0 ? "under the pin" : "anew";
            });
}

// Its segment is trimmed and would be recycled, were it not for the pin.
TEST(LongPinLitmus, AFollowerThatIsOvertakenLosesWhatItIsTold) {
  RunLitmus({.schedules = 10'000},
            {{"overtaken", Verdict::kExpected, "records were trimmed before it came"},
             {"in time", Verdict::kExpected, "it read all"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 3});
              // Relaxed, both: nothing runs yet.
              world.limits().capacity_bytes.store(2 * kBlockBytes, std::memory_order_relaxed);
              world.limits().trim_oldest.store(true, std::memory_order_relaxed);
              world.Append(0, 1, 0, 0, kHalfOfBlock);
              LogReader reader(world, 0);
              reader.Follow(1);
              uint64_t put = 1;
              s.Spawn([&] {
                for (uint32_t i = 1; i < 7; ++i) {
                  put += world.Append(0, 1, 0, i, kHalfOfBlock) == LogStatus::kOk ? 1 : 0;
                }
              });
              s.Spawn([&] {
                for (int i = 0; i < 5; ++i) reader.Follow(1);
              });
              s.Run();
              while (reader.Follow(1) == State::kRecords) {
              }
              reader.CheckOrderOfProducers();
              s.Check(reader.seen().size() + reader.lost() == put, "read + lost = put");
              return reader.lost() > 0 ? "overtaken" : "in time";
            });
}

// What happens before a read is seen by it, whether the trim leaves the segment or takes it out.
std::string TrimBeforeAReadUnderThePin(Schedule& s, size_t bytes) {
  LogWorld world(s, {});
  for (uint32_t i = 0; i < 4; ++i) world.Append(0, 1, 0, i, bytes);
  LogReader reader(world, 0);
  reader.Follow(1);
  ScheduledAtomics::Atomic<uint64_t> trimmed{0};
  bool knew = false;
  s.Spawn([&] {
    world.log().TrimBefore(internal::RecordIndex(3), kNowMs);
    trimmed.store(1, std::memory_order_release);  // pairs with the load below
  });
  s.Spawn([&] {
    knew = trimmed.load(std::memory_order_acquire) == 1;  // as above
    reader.Follow(1);
    s.Check(!knew || reader.seen().back().index == 3, "a record that was trimmed before the read");
    s.Check(!knew || reader.lost() == 2, "the trimmed records are told as lost");
  });
  s.Run();
  while (reader.Follow(1) == State::kRecords) {
  }
  s.Check(reader.seen().size() + reader.lost() == 4, "read + lost = put");
  return knew ? "knew" : "did not";
}

const std::vector<Outcome> kTrimOutcomes = {
    {"knew", Verdict::kExpected, "the trim happened before the read"},
    {"did not", Verdict::kExpected, "they ran at the same time"}};

TEST(LongPinLitmus, ATrimWithinTheSegmentIsSeenByTheNextRead) {
  RunLitmus({.schedules = 10'000}, kTrimOutcomes,
            [](Schedule& s) { return TrimBeforeAReadUnderThePin(s, kSmall); });
}

TEST(LongPinLitmus, ATrimThatTakesTheSegmentOutIsSeenByTheNextRead) {
  RunLitmus({.schedules = 10'000}, kTrimOutcomes,
            [](Schedule& s) { return TrimBeforeAReadUnderThePin(s, kHalfOfBlock); });
}

// By capacity, which moves no trim index: the state of the segment is all that tells.
TEST(LongPinLitmus, ASegmentThatMadeRoomIsNotReadFromByWhoKnows) {
  RunLitmus({.schedules = 10'000}, kTrimOutcomes, [](Schedule& s) {
    LogWorld world(s, {});
    // Relaxed, both: nothing runs yet.
    world.limits().capacity_bytes.store(kBlockBytes, std::memory_order_relaxed);
    world.limits().trim_oldest.store(true, std::memory_order_relaxed);
    // Three, so that the next one to be read has another behind it in the segment.
    for (uint32_t i = 0; i < 3; ++i) world.Append(0, 1, 0, i, kThirdOfBlock);
    LogReader reader(world, 0);
    reader.Follow(1);
    ScheduledAtomics::Atomic<uint64_t> trimmed{0};
    bool knew = false;
    s.Spawn([&] {
      s.Check(world.Append(0, 1, 0, 3, kThirdOfBlock) == LogStatus::kOk, "it makes room");
      trimmed.store(1, std::memory_order_release);  // pairs with the load below
    });
    s.Spawn([&] {
      knew = trimmed.load(std::memory_order_acquire) == 1;  // as above
      reader.Follow(1);
      s.Check(!knew || reader.seen().back().index == 3, "a record that had been trimmed");
    });
    s.Run();
    while (reader.Follow(1) == State::kRecords) {
    }
    s.Check(reader.seen().size() + reader.lost() == 4, "read + lost = put");
    return knew ? "knew" : "did not";
  });
}

TEST(LongPinLitmus, AFollowerAtTheTipComesToTheEnd) {
  RunLitmus({.schedules = 10'000},
            {{"put", Verdict::kExpected, "the record came before the close"},
             {"refused", Verdict::kExpected, "the close came before the record"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kSmall);
              LogReader reader(world, 0);
              reader.Follow();
              s.Check(reader.Follow() == State::kTip, "it is at the tip");
              LogStatus status = LogStatus::kOk;
              s.Spawn([&] { status = world.Append(0, 1, 0, 0, kSmall); });
              s.Spawn([&] { world.log().Close(kNowMs); });
              s.Spawn([&] {
                while (reader.Follow(1) != State::kEnd) s.Yield();
              });
              s.Run();
              const bool put = status == LogStatus::kOk;
              s.Check(reader.seen().size() == (put ? 2U : 1U), "the end comes after all records");
              return put ? "put" : "refused";
            });
}

TEST(LongPinLitmus, AReadUnderThePinReturnsNothingThatHasExpired) {
  RunLitmus({.schedules = 10'000},
            {{"not yet", Verdict::kExpected, "the young record was not committed"},
             {"seen", Verdict::kExpected, "the young record"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kSmall, kNowMs);
              LogReader reader(world, 0);
              reader.Follow();
              s.Spawn([&] { world.Append(0, 1, 0, 0, kSmall, kNowMs + 10); });
              s.Spawn([&] { world.Append(0, 1, 1, 0, kSmall, kNowMs + 100); });
              const internal::Millis cutoff_ms = kNowMs + 50;
              s.Spawn([&] {
                reader.Follow(LogReader::Request{.max_records = 1, .cutoff_ms = cutoff_ms});
              });
              s.Run();
              if (reader.seen().size() == 1) return "not yet";
              s.Check(reader.seen().back().arrival_ms >= cutoff_ms, "an expired record");
              return "seen";
            });
}

}  // namespace
}  // namespace kinesis::testing
