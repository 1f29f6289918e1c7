// Which segments a log takes, and that its records stay inside of them, under seeded schedules.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"

namespace kinesis::testing {
namespace {

using internal::LogStatus;
using internal::TailWord;
using State = LogReader::State;

ScheduledSegment& TailOf(LogWorld& world) {
  return world.pool().Get(world.log().Newest().segment.id());
}

// --- Bounds. A write past the block is found by the schedule itself.

// Fills a block but for a little, and then appends records that just fit, or just do not.
std::string FillToTheEnd(Schedule& s, bool batch) {
  constexpr uint64_t kUnit = 8;
  LogWorld world(s, {});
  LogReader reader(world, 0);
  s.Check(world.Append(0, 1, 0, 0, kSmall + s.Draw(2000)) == LogStatus::kOk, "there is room");
  const ScheduledSegment& segment = TailOf(world);
  // Relaxed: nothing runs yet.
  const TailWord tail(segment.tail.load(std::memory_order_relaxed));
  const uint64_t room = (segment.unit_limit - tail.offset_units()) * kUnit;
  const uint32_t records = batch ? 2 : 1;
  // From three units less than what fits to three more.
  const uint64_t bytes =
      room / records - internal::kRecordHeaderBytes + s.Draw(7 * kUnit) - 3 * kUnit;
  s.Spawn([&] {
    for (uint32_t done = 0; done < records;) {
      done += world.AppendSome(0, 1, 1, done, records - done, bytes);
    }
  });
  s.Spawn([&] { s.Check(world.Append(0, 1, 2, 0, kSmall) == LogStatus::kOk, "there is room"); });
  s.Run();
  reader.Drain();
  s.Check(reader.seen().size() == 2 + records && reader.lost() == 0, "all records, whole");
  return &TailOf(world) == &segment ? "one block" : "two blocks";
}

TEST(SegmentChainLitmus, TheLastRecordOfABlockEndsInIt) {
  RunLitmus({.schedules = 10'000},
            {{"one block", Verdict::kForbidden, "the small record did not fit any more"},
             {"two blocks", Verdict::kExpected, "what did not fit went on in the next one"}},
            [](Schedule& s) { return FillToTheEnd(s, false); });
}

TEST(SegmentChainLitmus, TheLastRecordOfABatchEndsInItsBlock) {
  RunLitmus({.schedules = 10'000},
            {{"one block", Verdict::kForbidden, "the small record did not fit any more"},
             {"two blocks", Verdict::kExpected, "what did not fit went on in the next one"}},
            [](Schedule& s) { return FillToTheEnd(s, true); });
}

// A segment has an entry for so many records, and no more.
TEST(SegmentChainLitmus, TheEntriesOfABlockAreNotExceeded) {
  constexpr size_t kTiny = 40;
  RunLitmus({.schedules = 1'000},
            {{"two blocks", Verdict::kExpected, "what found no entry went on in the next one"},
             {"one block", Verdict::kForbidden, "more records than entries"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              LogReader reader(world, 0);
              world.Append(0, 1, 0, 0, kTiny);
              const ScheduledSegment& segment = TailOf(world);
              const uint32_t rest = segment.entry_limit - 2U;
              uint32_t sequence = 1;
              while (sequence <= rest) {
                sequence += world.AppendSome(0, 1, 0, sequence, rest + 1 - sequence, kTiny);
              }
              for (uint32_t producer = 1; producer < 3; ++producer) {
                s.Spawn([&, producer] {
                  s.Check(world.Append(0, 1, producer, 0, kTiny) == LogStatus::kOk, "an append");
                });
              }
              s.Run();
              reader.Drain();
              s.Check(reader.seen().size() == rest + 3U && reader.lost() == 0, "all records");
              return &TailOf(world) == &segment ? "one block" : "two blocks";
            });
}

// --- Sizes

// A log that has grown, and then says nothing for longer than a segment spans. Two producers find
// that out at once; a third has a clock from before the silence, and the segment that is left is
// trimmed under all of them.
TEST(SegmentChainLitmus, AfterALongSilenceALogGoesOnInASmallSegmentAndLosesNothing) {
  RunLitmus({.schedules = 10'000},
            {{"small", Verdict::kExpected, "the segment after the silence is of the smallest size"},
             {"grown", Verdict::kAllowed, "the late record came before the silence was noticed"}},
            [](Schedule& s) {
              constexpr internal::Millis kLaterMs = kNowMs + TailWord::kTimeSpanMs;
              LogWorld world(s, {.budget_blocks = 64});
              // Relaxed: nothing runs yet. Blocks may grow once.
              world.limits().capacity_bytes.store(32 * kBlockBytes, std::memory_order_relaxed);
              for (uint32_t i = 0; i < 3; ++i) world.Append(0, 1, 9, i, kHalfOfBlock);
              ScheduledSegment& grown = TailOf(world);
              s.Check(internal::SegmentGeometry::SizeOf(grown.size_class) == 2, "it has grown");
              LogReader reader(world, 0);
              for (uint32_t producer = 0; producer < 2; ++producer) {
                s.Spawn([&, producer] {
                  for (uint32_t i = 0; i < 2; ++i) {
                    s.Check(world.Append(0, 1, producer, i, kSmall, kLaterMs) == LogStatus::kOk,
                            "an append");
                  }
                });
              }
              s.Spawn([&] {
                s.Check(world.Append(0, 1, 2, 0, kSmall, kNowMs + 1) == LogStatus::kOk,
                        "a late append");
              });
              s.Spawn([&] { world.log().TrimBefore(internal::RecordIndex(3), kLaterMs); });
              s.Run();
              reader.Drain();
              reader.CheckOrderOfProducers();
              world.CheckOrderOfPuts();
              s.Check(reader.seen().size() + reader.lost() == 8 && reader.lost() <= 3,
                      "nothing lost but what was trimmed");
              const int size = internal::SegmentGeometry::SizeOf(TailOf(world).size_class);
              return size == 1 ? "small" : "grown";
            });
}

// --- Totals (L9)

// Producers rotate, the policy trims, and one of them asks again and again how much was put.
std::string AskForTotals(Schedule& s, bool trims) {
  constexpr uint64_t kPuts = 3;
  LogWorld world(s, {.budget_blocks = 8});
  if (trims) {
    // Relaxed, both: nothing runs yet.
    world.limits().trim_oldest.store(true, std::memory_order_relaxed);
    world.limits().capacity_bytes.store(2 * kBlockBytes, std::memory_order_relaxed);
  }
  uint64_t begun = 0;
  for (uint32_t producer = 0; producer < 2; ++producer) {
    s.Spawn([&, producer] {
      for (uint32_t i = 0; i < kPuts; ++i) {
        ++begun;
        s.Check(world.Append(0, 1, producer, i, kHalfOfBlock) == LogStatus::kOk, "an append");
      }
    });
  }
  s.Spawn([&] {
    internal::LogTotals last;
    for (uint64_t i = 0; i < kPuts; ++i) {
      ++begun;
      s.Check(world.Append(0, 1, 2, static_cast<uint32_t>(i), kHalfOfBlock) == LogStatus::kOk,
              "an append");
      const internal::LogTotals totals = world.log().ComputeTotals();
      s.Check(last.records < totals.records && totals.records <= begun, "that many, at a moment");
      s.Check(last.payload_bytes <= totals.payload_bytes, "totals do not go back");
      s.Check(totals.payload_bytes <= totals.records * kHalfOfBlock, "no byte twice");
      last = totals;
    }
  });
  s.Run();
  const internal::LogTotals totals = world.log().ComputeTotals();
  s.Check(totals.records == 3 * kPuts, "each record once, when nothing is in flight");
  const bool all = totals.payload_bytes == 3 * kPuts * kHalfOfBlock;
  s.Check(all || totals.payload_bytes % kHalfOfBlock == 0, "whole records");
  world.log().TrimBefore(internal::RecordIndex(3 * kPuts), kNowMs);
  s.Check(world.log().ComputeTotals().payload_bytes == totals.payload_bytes, "what was, was");
  return all ? "all bytes" : "fewer bytes";
}

TEST(SegmentChainLitmus, TotalsAreThoseOfSomeMomentAndExactInTheEnd) {
  RunLitmus({.schedules = 10'000},
            {{"all bytes", Verdict::kExpected, "each record was counted with its bytes"},
             {"fewer bytes", Verdict::kForbidden, "a record lost its bytes and was not trimmed"}},
            [](Schedule& s) { return AskForTotals(s, false); });
}

TEST(SegmentChainLitmus, TotalsOutliveWhatIsTrimmed) {
  RunLitmus({.schedules = 10'000},
            {{"all bytes", Verdict::kExpected, "each record was counted with its bytes"},
             {"fewer bytes", Verdict::kAllowed, "a record was trimmed while it was copied"}},
            [](Schedule& s) { return AskForTotals(s, true); });
}

}  // namespace
}  // namespace kinesis::testing
