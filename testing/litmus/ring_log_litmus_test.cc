// The shipped log under seeded schedules: which outcomes small concurrent programs may have.
//
// Blocks are of the smallest class and records so large that one to three fill one, so that a few
// appends rotate, trim and recycle. Everything a reader gets is checked on the spot (see
// log_world.h): whole, of this log, in order, once; and every byte of it is checked for data races.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/internal/waiting.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/fiber_lot.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/outcome_table.h"
#include "kinesis_core/testing/litmus/stream_scenarios.h"

namespace kinesis::testing {
namespace {

using internal::Appended;
using internal::LogStatus;
using internal::LogUid;
using internal::Millis;
using internal::RecordIndex;
using internal::SegmentRef;
using State = LogReader::State;
using WaitState = ScheduledLog::WaitState;

// --- Commit and read (L2)

// A reader looks twice while `append_second` adds a record of kSmall bytes behind the first one.
void ReadTwiceWhile(uint64_t schedules,
                    const std::function<void(Schedule&, LogWorld&)>& append_second) {
  RunLitmus({.schedules = schedules},
            {{"1", Verdict::kExpected, "the record was not committed yet"},
             {"2", Verdict::kExpected, "the record was whole"}},
            [&append_second](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 0, 0, kSmall);
              LogReader reader(world, 0);
              s.Spawn([&] { append_second(s, world); });
              s.Spawn([&] {
                reader.Read();
                reader.Read();
              });
              s.Run();
              return std::to_string(reader.seen().size());
            });
}

TEST(RingLogLitmus, AReaderSeesARecordWholeOrNotAtAll) {
  ReadTwiceWhile(20'000, [](Schedule&, LogWorld& world) { world.Append(0, 1, 1, 0, kSmall); });
}

TEST(RingLogLitmus, ABatchIsSeenAsAWholeOrNotAtAll) {
  RunLitmus({.schedules = 20'000},
            {{"0", Verdict::kExpected, "no record of the batch"},
             {"1", Verdict::kForbidden, "a third of the batch"},
             {"2", Verdict::kForbidden, "two thirds of the batch"},
             {"3", Verdict::kExpected, "all of the batch"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 0, 0, kSmall);
              LogReader reader(world, 0);
              reader.Read();
              uint32_t count = 0;
              s.Spawn([&] { world.AppendSome(0, 1, 1, 0, 3, kSmall); });
              s.Spawn([&] {
                if (reader.Read() == State::kRecords) count = reader.last_count();
              });
              s.Run();
              return std::to_string(count);
            });
}

// Two producers whose claims are adjacent commit in either order; a reader stops at the gap.
TEST(RingLogLitmus, AClaimThatIsNotCommittedStopsReadersAndNobodyElse) {
  RunLitmus({.schedules = 20'000},
            {{"0", Verdict::kExpected, "the first record is not committed"},
             {"1", Verdict::kExpected, "one record, the next is missing"},
             {"2", Verdict::kExpected, "both records"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kSmall);
              LogReader reader(world, 0);
              reader.Read();
              size_t seen = 0;
              for (uint32_t producer = 0; producer < 2; ++producer) {
                s.Spawn([&, producer] {
                  s.Check(world.Append(0, 1, producer, 0, kSmall) == LogStatus::kOk, "an append");
                });
              }
              s.Spawn([&] {
                reader.Read();
                seen = reader.seen().size() - 1;
              });
              s.Run();
              reader.Drain();
              s.Check(reader.seen().size() == 3 && reader.lost() == 0, "all records in the end");
              return std::to_string(seen);
            });
}

// --- Order (L3)

TEST(RingLogLitmus, ClaimsAreOrderedAcrossProducersAndSegments) {
  RunLitmus({.schedules = 10'000},
            {{"0 first", Verdict::kExpected, "producer 0 got the first index"},
             {"1 first", Verdict::kExpected, "producer 1 got the first index"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              LogReader reader(world, 0);
              for (uint32_t producer = 0; producer < 2; ++producer) {
                s.Spawn([&, producer] {
                  for (uint32_t i = 0; i < 3; ++i) {
                    s.Check(world.Append(0, 1, producer, i, kHalfOfBlock) == LogStatus::kOk,
                            "an append is accepted");
                  }
                });
              }
              s.Spawn([&] {
                while (reader.seen().size() < 6) {
                  if (reader.Read() != State::kRecords) s.Yield();
                }
              });
              s.Run();
              reader.CheckOrderOfProducers();
              world.CheckOrderOfPuts();
              s.Check(reader.lost() == 0 && world.log().EndIndex() == 6, "nothing lost or doubled");
              return std::to_string(reader.seen().front().tag.producer) + " first";
            });
}

TEST(RingLogLitmus, ArrivalTimesFollowTheOrderOfClaimsWhateverTheClocksSay) {
  RunLitmus({.schedules = 10'000},
            {{"clamped", Verdict::kExpected, "the later claim had the earlier clock"},
             {"in order", Verdict::kExpected, "the clocks agreed with the claims"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kHalfOfBlock, kNowMs);
              LogReader reader(world, 0);
              for (uint32_t producer = 0; producer < 2; ++producer) {
                s.Spawn([&, producer] {
                  for (uint32_t i = 0; i < 2; ++i) {
                    world.Append(0, 1, producer, i, kHalfOfBlock, kNowMs + 10 * producer + i);
                  }
                });
              }
              s.Run();
              reader.Drain();
              s.Check(reader.seen().size() == 5, "all records");
              bool clamped = false;
              for (const LogReader::Seen& seen : reader.seen()) {
                if (seen.tag.producer == 9) continue;
                const int64_t clock = kNowMs + 10 * seen.tag.producer + seen.tag.sequence;
                s.Check(seen.arrival_ms >= clock, "no arrival before the clock of its put");
                clamped |= seen.arrival_ms > clock;
              }
              return clamped ? "clamped" : "in order";
            });
}

// --- Rotation, trim by policy and recycling (L2, L3, L4, L5)

std::string RecycleUnderReader(Schedule& s, bool pinned_long) {
  LogWorld world(s, {.budget_blocks = 4});
  world.limits().trim_oldest.store(true, std::memory_order_relaxed);
  // Relaxed: nothing runs yet.
  world.limits().capacity_bytes.store(3 * kBlockBytes, std::memory_order_relaxed);
  LogReader reader(world, 0);
  uint64_t accepted = 0;
  bool refused = false;
  for (uint32_t producer = 0; producer < 2; ++producer) {
    s.Spawn([&, producer] {
      for (uint32_t i = 0; i < 5; ++i) {
        const LogStatus status = world.Append(0, 1, producer, i, kHalfOfBlock);
        if (status == LogStatus::kOk) {
          ++accepted;
        } else {
          s.Check(status == LogStatus::kNoMemory || status == LogStatus::kFull, "no other refusal");
          refused = true;
        }
      }
    });
  }
  s.Spawn([&] {
    for (int i = 0; i < 6; ++i) {
      const State state = reader.Read(LogReader::Request{.max_records = 2}, [&] {
        if (pinned_long) {
          for (int j = 0; j < 5; ++j) s.Yield();
        }
      });
      if (state != State::kRecords) s.Yield();
    }
  });
  s.Run();
  reader.Drain();
  reader.CheckOrderOfProducers();
  world.CheckOrderOfPuts();
  s.Check(world.log().EndIndex() == accepted, "an index for each accepted append");
  s.Check(reader.seen().size() + reader.lost() == accepted, "read + lost = appended");
  s.Check(world.pool().held_bytes() <= 4 * kBlockBytes, "the budget is kept");
  if (refused) return "refused";
  return reader.lost() == 0 ? "nothing lost" : "overtaken";
}

TEST(RingLogLitmus, RecycledSegmentsShowNothingOfTheirPast) {
  RunLitmus({.schedules = 6'000},
            {{"nothing lost", Verdict::kExpected, "the reader kept up"},
             {"overtaken", Verdict::kExpected, "the reader was told how many it lost"},
             {"refused", Verdict::kAllowed, "the log was full for a moment"}},
            [](Schedule& s) { return RecycleUnderReader(s, false); });
}

TEST(RingLogLitmus, APinKeepsItsRecordsWhileTheLogGoesOn) {
  RunLitmus({.schedules = 6'000},
            {{"nothing lost", Verdict::kAllowed, "the reader kept up"},
             {"overtaken", Verdict::kExpected, "the reader was told how many it lost"},
             {"refused", Verdict::kAllowed, "the log was full for a moment"}},
            [](Schedule& s) { return RecycleUnderReader(s, true); });
}

TEST(RingLogLitmus, LogsThatShareABudgetNeverSeeEachOther) {
  RunLitmus({.schedules = 6'000},
            {{"all accepted", Verdict::kExpected, "the segments went round"},
             {"some refused", Verdict::kExpected, "the other log held the memory"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 2, .logs = 2});
              // Relaxed: nothing runs yet.
              world.limits().trim_oldest.store(true, std::memory_order_relaxed);
              world.limits().capacity_bytes.store(kBlockBytes, std::memory_order_relaxed);
              LogReader readers[] = {{world, 0}, {world, 1}};
              uint64_t accepted[2] = {};
              for (int log = 0; log < 2; ++log) {
                s.Spawn([&, log] {
                  for (uint32_t i = 0; i < 4; ++i) {
                    const auto uid = static_cast<uint64_t>(log) + 1;
                    if (world.Append(log, uid, 0, i, kHalfOfBlock) == LogStatus::kOk)
                      ++accepted[log];
                  }
                });
                s.Spawn([&, log] {
                  for (int i = 0; i < 3; ++i) {
                    if (readers[log].Read() != State::kRecords) s.Yield();
                  }
                });
              }
              s.Run();
              for (int log = 0; log < 2; ++log) {
                readers[log].Drain();
                readers[log].CheckOrderOfProducers();
                s.Check(readers[log].seen().size() + readers[log].lost() == accepted[log],
                        "read + lost = appended");
              }
              return accepted[0] + accepted[1] == 8 ? "all accepted" : "some refused";
            });
}

TEST(RingLogLitmus, AFullPoolLeavesTheLogAsItWas) {
  RunLitmus(
      {.schedules = 6'000},
      {{"refused", Verdict::kExpected, "the large record got no segment, the small one its place"},
       {"accepted", Verdict::kForbidden, "there is no second segment"}},
      [](Schedule& s) {
        LogWorld world(s, {.budget_blocks = 1});
        world.Append(0, 1, 9, 0, kHalfOfBlock);
        LogReader reader(world, 0);
        LogStatus large = LogStatus::kOk;
        s.Spawn([&] { large = world.Append(0, 1, 0, 0, kWholeBlock); });
        s.Spawn([&] {
          s.Check(world.Append(0, 1, 1, 0, kSmall) == LogStatus::kOk, "there is room for it");
          s.Check(world.Append(0, 1, 1, 1, kSmall) == LogStatus::kOk, "and for this one");
        });
        s.Run();
        s.Check(world.Append(0, 1, 1, 2, kSmall) == LogStatus::kOk, "and there still is");
        reader.Drain();
        s.Check(reader.seen().size() == 4 && reader.lost() == 0, "what was accepted is there");
        return large == LogStatus::kNoMemory ? "refused" : "accepted";
      });
}

// The trim looks at the first segment while that is empty, and sleeps; records come in, and another
// segment after them.
TEST(RingLogLitmus, ATrimTakesNoRecordThatCameAfterItLooked) {
  RunLitmus({.schedules = 10'000},
            {{"0 lost", Verdict::kExpected, "nothing was below the index"},
             {"1 lost", Verdict::kForbidden, "a record went that nobody trimmed"},
             {"2 lost", Verdict::kForbidden, "two records went that nobody trimmed"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              LogReader reader(world, 0);
              s.Spawn([&] {
                for (uint32_t i = 0; i < 3; ++i) world.Append(0, 1, 0, i, kHalfOfBlock);
              });
              s.Spawn([&] { world.log().TrimBefore(RecordIndex(0), kNowMs); });
              s.Run();
              reader.Drain();
              s.Check(reader.seen().size() + reader.lost() == 3, "read + lost = appended");
              return std::to_string(reader.lost()) + " lost";
            });
}

// --- A stale claim: a producer sleeps between reading a tail word and claiming from it, while the
// segment comes to hold the very same word in another log.

TEST(RingLogLitmus, AStaleClaimInAnotherLogStaysInvisible) {
  RunLitmus({.schedules = 30'000},
            {{"voided", Verdict::kExpected, "the claim hit the other log and was given up"},
             {"in its log", Verdict::kExpected, "the claim hit nothing else"},
             {"refused", Verdict::kExpected, "there was no memory left for it"}},
            RunStaleClaim<ScheduledAtomics>);
}

// A producer learns of the tail and then sleeps; when it reads the word of that segment, the
// segment is opened for the same log again, by a thread that may not get to link it.
TEST(RingLogLitmus, AProducerThatSleptClaimsOnlyInTheTailItLearntOf) {
  RunLitmus({.schedules = 8'000},
            {{"all", Verdict::kExpected, "all appends were accepted"},
             {"some refused", Verdict::kAllowed, "the memory was in other hands"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 2});
              // Relaxed, both: nothing runs yet.
              world.limits().trim_oldest.store(true, std::memory_order_relaxed);
              world.limits().capacity_bytes.store(kBlockBytes, std::memory_order_relaxed);
              world.Append(0, 1, 9, 0, kWholeBlock);
              uint64_t accepted = 1;
              for (uint32_t producer = 0; producer < 3; ++producer) {
                s.Spawn([&, producer] {
                  const size_t bytes = producer == 0 ? kSmall : kWholeBlock;
                  if (world.Append(0, 1, producer, 0, bytes) == LogStatus::kOk) ++accepted;
                });
              }
              s.Run();
              s.Check(world.log().EndIndex() == accepted, "an index for each accepted append");
              world.CheckOrderOfPuts();
              return accepted == 4 ? "all" : "some refused";
            });
}

// A stale claim in a segment that is opened for the producer's own log and then given back, because
// another thread had linked one already.
class RotatableLog : public ScheduledLog {
 public:
  // Makes `fresh` the successor of the segment `old`; gives it back if there is one.
  void LinkBehind(SegmentRef old, ScheduledSegment& fresh) {
    chain().links().Link(old, chain().pool().Get(old.id()), fresh, kNowMs);
  }
};

// One record, whose size is asked for once by AppendSome and once between a look at the tail word
// and the claim from it.
struct AskedInBetween {
  size_t size() const { return 1; }
  internal::LogRecord operator[](size_t /*i*/) const {
    if (++asked == 2) in_between();
    return {data, ""};
  }

  std::string_view data;
  std::function<void()> in_between;
  mutable int asked = 0;
};

TEST(RingLogLitmus, AStaleClaimInASegmentThatIsGivenBackIsMadeAgain) {
  RunLitmus({.schedules = 10'000},
            {{"in place", Verdict::kExpected, "the claim hit the segment that it was meant for"},
             {"moved on", Verdict::kExpected, "the claim failed and was made in the next segment"},
             {"made again", Verdict::kExpected, "it hit the segment that was given back"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 3, .logs = 0});
              RotatableLog log;
              s.Check(log.Open(world.pool(), LogUid(1), 0, 0, kNowMs), "opened");
              const auto append = [&](uint32_t producer, size_t bytes, auto in_between) {
                const std::string data = TaggedData({1, producer, 0}, bytes);
                Appended appended;
                return log.AppendSome(LogUid(1), AskedInBetween{data, in_between}, kNowMs,
                                      world.limits(), &appended);
              };
              const SegmentRef stub = log.Newest().segment;
              ScheduledSegment& segment = *world.pool().Acquire(1);
              log.LinkBehind(stub, segment);
              LogStatus stale = LogStatus::kOk;
              bool hit = false;
              bool given_back = false;
              // Reads the tail word of an empty segment and, in half of the schedules, sleeps.
              s.Spawn([&] {
                stale = append(1, kThirdOfBlock, [&] {
                  if (s.Draw(2) == 0) return;
                  for (int i = 0; i < 1000 && !given_back; ++i) s.Yield();
                });
              });
              s.Spawn([&] {
                append(2, kWholeBlock, [] {});
                log.TrimBefore(log.EndIndex(), kNowMs);
                if (!SkipGenerations(segment)) return;
                ScheduledSegment* const fresh = world.pool().Acquire(1);
                given_back = fresh == &segment;
                if (fresh == nullptr) return;
                log.LinkBehind(stub, *fresh);
                // Relaxed: nobody can claim any more.
                hit = internal::TailWord(fresh->tail.load(std::memory_order_relaxed)).count() > 0;
              });
              s.Run();
              s.Check(stale == LogStatus::kOk, "there is memory");
              s.Check(log.EndIndex() == 2, "every accepted append has an index");
              log.Close(kNowMs);
              log.Release();
              if (given_back && hit) return "made again";
              return given_back ? "moved on" : "in place";
            });
}

// --- Closing (L7)

TEST(RingLogLitmus, EveryAppendIsBeforeTheEndOrRefused) {
  RunLitmus(
      {.schedules = 10'000},
      {{"0", Verdict::kExpected, "closed before any"},
       {"1", Verdict::kExpected, "closed after one"},
       {"2", Verdict::kExpected, "closed in between"},
       {"3", Verdict::kExpected, "closed in between"},
       {"4", Verdict::kExpected, "closed after all"}},
      [](Schedule& s) {
        LogWorld world(s, {});
        LogReader reader(world, 0);
        uint64_t end = 0;
        uint64_t accepted = 0;
        bool closed = false;
        for (uint32_t producer = 0; producer < 2; ++producer) {
          s.Spawn([&, producer] {
            for (uint32_t i = 0; i < 2; ++i) {
              const bool was_closed = closed;
              const LogStatus status = world.Append(0, 1, producer, i, kHalfOfBlock);
              s.Check(!was_closed || status == LogStatus::kClosed, "none is accepted after Close");
              s.Check(status == LogStatus::kOk || status == LogStatus::kClosed, "no other refusal");
              if (status == LogStatus::kOk) ++accepted;
            }
          });
        }
        s.Spawn([&] {
          end = world.log().Close(kNowMs);
          closed = true;
          // Each append was accepted or refused by now, so the end does not move, whoever looks.
          s.Check(world.log().Close(kNowMs) == end, "closing twice gives the same end");
        });
        s.Spawn([&] {
          while (reader.Read() != State::kEnd) s.Yield();
          s.Check(reader.cursor().index == world.log().EndIndex(), "told of the end at the end");
        });
        s.Run();
        s.Check(end == accepted, "the end counts the accepted");
        s.Check(reader.seen().size() == accepted && reader.lost() == 0, "all of them were read");
        for (const LogWorld::Put& put : world.puts()) {
          s.Check(put.appended.first_index < end, "an accepted append is before the end");
        }
        reader.CheckOrderOfProducers();
        return std::to_string(accepted);
      });
}

// Producers that hold a log of yesterday meet it closed, released, and opened again for another
// shard.
TEST(RingLogLitmus, AStaleProducerNeverReachesALogThatWasOpenedAgain) {
  RunLitmus(
      {.schedules = 10'000},
      {{"0", Verdict::kExpected, "both were late"},
       {"1", Verdict::kExpected, "one was late"},
       {"2", Verdict::kExpected, "both were in time"}},
      [](Schedule& s) {
        LogWorld world(s, {.budget_blocks = 4});
        // Relaxed: nothing runs yet. Appends trim what they can, so they meet the release
        // everywhere.
        world.limits().trim_oldest.store(true, std::memory_order_relaxed);
        world.limits().capacity_bytes.store(2 * kBlockBytes, std::memory_order_relaxed);
        world.limits().retention_ms.store(10, std::memory_order_relaxed);
        for (uint32_t i = 0; i < 3; ++i) world.Append(0, 1, 9, i, kHalfOfBlock, kNowMs - 100);
        uint64_t accepted = 0;
        uint64_t fresh = 0;
        for (uint32_t producer = 0; producer < 2; ++producer) {
          s.Spawn([&, producer] {
            const LogStatus status = world.Append(0, 1, producer, 0, kWholeBlock);
            s.Check(status == LogStatus::kOk || status == LogStatus::kClosed, "no other refusal");
            if (status == LogStatus::kOk) ++accepted;
          });
        }
        s.Spawn([&] {
          world.log().Close(kNowMs);
          world.log().Release();
          world.Open(0);
          fresh += world.Append(0, 2, 8, 0, kHalfOfBlock) == LogStatus::kOk ? 1 : 0;
        });
        s.Run();
        fresh += world.Append(0, 2, 8, 1, kHalfOfBlock) == LogStatus::kOk ? 1 : 0;
        s.Check(fresh > 0, "the new log has its room, at the latest when nothing is in flight");
        LogReader reader(world, 0);  // fails on a record of uid 1
        reader.Drain();
        s.Check(reader.seen().size() == fresh && reader.lost() == 0, "it has its own records");
        s.Check(world.log().HeldBytes() <= 2 * kBlockBytes, "and its own account of memory");
        return std::to_string(accepted);
      });
}

// --- Trim and retention (L4, L5, L8)

TEST(RingLogLitmus, TrimmingByIndexLosesExactlyWhatIsBelowIt) {
  RunLitmus({.schedules = 10'000},
            {{"none lost", Verdict::kExpected, "the reader was ahead of the trim"},
             {"some lost", Verdict::kExpected, "the reader was overtaken"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              for (uint32_t i = 0; i < 4; ++i) world.Append(0, 1, 0, i, kHalfOfBlock);
              LogReader reader(world, 0);
              s.Spawn([&] { world.log().TrimBefore(RecordIndex(3), kNowMs); });
              s.Spawn([&] {
                for (uint32_t i = 4; i < 6; ++i) world.Append(0, 1, 0, i, kHalfOfBlock);
              });
              s.Spawn([&] {
                for (int i = 0; i < 6; ++i) reader.Read(1);
              });
              s.Run();
              reader.Drain();
              s.Check(reader.seen().size() + reader.lost() == 6, "read + lost = appended");
              s.Check(reader.lost() <= 3, "nothing at or above the index is lost");
              uint64_t next = 0;
              for (const LogReader::Seen& seen : reader.seen()) {
                s.Check(seen.index == next || seen.index == 3, "losses are below the index");
                s.Check(seen.tag.sequence == seen.index, "records have their own index");
                next = seen.index + 1;
              }
              return reader.lost() == 0 ? "none lost" : "some lost";
            });
}

TEST(RingLogLitmus, TrimmingTheTailLosesNothingThatCameMeanwhile) {
  RunLitmus({.schedules = 20'000},
            {{"before", Verdict::kExpected, "the fresh record went into the old segment"},
             {"after", Verdict::kExpected, "it went behind the trim"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 0, 0, kThirdOfBlock);
              const uint32_t old_id = world.log().Newest().segment.id();
              uint32_t new_id = 0;
              s.Spawn([&] { world.log().TrimBefore(RecordIndex(1), kNowMs); });
              s.Spawn([&] { world.Append(0, 1, 0, 1, kThirdOfBlock); });
              s.Run();
              LogReader reader(world, 0);
              reader.Drain();
              s.Check(reader.seen().size() == 1 && reader.seen()[0].index == 1,
                      "the record at the index is kept");
              new_id = reader.cursor().segment.id();
              return new_id == old_id ? "before" : "after";
            });
}

TEST(RingLogLitmus, ExpiryTakesNoRecordThatIsYoung) {
  RunLitmus({.schedules = 20'000},
            {{"kept", Verdict::kExpected, "the young record is there"},
             {"lost", Verdict::kForbidden, "a record was given back before its time"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 0, 0, kThirdOfBlock, kNowMs);
              s.Spawn([&] { world.log().TrimExpired(kNowMs + 50, kNowMs + 100); });
              s.Spawn([&] { world.Append(0, 1, 0, 1, kThirdOfBlock, kNowMs + 100); });
              s.Run();
              LogReader reader(world, 0);
              reader.Drain();
              const bool kept =
                  std::any_of(reader.seen().begin(), reader.seen().end(),
                              [](const LogReader::Seen& seen) { return seen.tag.sequence == 1; });
              return kept ? "kept" : "lost";
            });
}

TEST(RingLogLitmus, AReadReturnsNothingThatHasExpiredAlsoIfItIsCommittedLate) {
  RunLitmus(
      {.schedules = 20'000},
      {{"not yet", Verdict::kExpected, "the young record was not committed"},
       {"seen", Verdict::kExpected, "the young record"}},
      [](Schedule& s) {
        LogWorld world(s, {});
        world.Append(0, 1, 9, 0, kSmall, kNowMs);
        LogReader reader(world, 0);
        reader.Read();
        s.Spawn([&] { world.Append(0, 1, 0, 0, kSmall, kNowMs + 10); });
        s.Spawn([&] { world.Append(0, 1, 1, 0, kSmall, kNowMs + 100); });
        const Millis cutoff_ms = kNowMs + 50;
        s.Spawn([&] { reader.Read(LogReader::Request{.max_records = 9, .cutoff_ms = cutoff_ms}); });
        s.Run();
        bool seen = false;
        for (const LogReader::Seen& record : reader.seen()) {
          if (record.tag.producer == 9) continue;
          seen = true;
          s.Check(record.arrival_ms >= cutoff_ms, "an expired record was returned");
        }
        return seen ? "seen" : "not yet";
      });
}

// A producer stalls between claim and commit while its segment is trimmed (P5).
TEST(RingLogLitmus, ASegmentWithAnUncommittedClaimIsNotRecycled) {
  RunLitmus(
      {.schedules = 10'000},
      {{"set aside", Verdict::kExpected, "the segment waited for the commit"},
       {"at once", Verdict::kExpected, "the claim was committed before the trim"}},
      [](Schedule& s) {
        LogWorld world(s, {.budget_blocks = 2});
        // Relaxed: nothing runs yet.
        world.limits().trim_oldest.store(true, std::memory_order_relaxed);
        s.Check(world.Append(0, 1, 9, 0, kThirdOfBlock) == LogStatus::kOk, "set up");
        bool set_aside = false;
        s.Spawn([&] { world.Append(0, 1, 0, 0, kThirdOfBlock); });
        s.Spawn([&] {
          for (uint32_t i = 0; i < 3; ++i) {
            set_aside |= world.Append(0, 1, 1, i, kWholeBlock) == LogStatus::kNoMemory;
            const uint64_t held = world.pool().held_bytes() - world.pool().cached_bytes();
            set_aside |= held > world.log().HeldBytes();
          }
        });
        s.Run();
        LogReader reader(world, 0);
        reader.Drain();
        world.pool().RecycleCommitted();
        s.Check(world.pool().held_bytes() - world.pool().cached_bytes() == world.log().HeldBytes(),
                "nothing is set aside in the end");
        return set_aside ? "set aside" : "at once";
      });
}

// --- Records that are written in place

TEST(RingLogLitmus, AReservedRecordIsSeenWholeOrNotAtAll) {
  ReadTwiceWhile(10'000, [](Schedule& s, LogWorld& world) {
    world.WriteAndCommit(world.Reserve(0, 1, 1, 0, kSmall + s.Draw(3)), kSmall);
  });
}

// One reservation is given up and one committed, in any order, and a put comes behind or between.
TEST(RingLogLitmus, AVoidReservationIsSteppedOverAndNothingElseIs) {
  RunLitmus({.schedules = 6'000},
            {{"0", Verdict::kExpected, "both stood in the way"},
             {"1", Verdict::kExpected, "one record was in front of what stood in the way"},
             {"2", Verdict::kExpected, "both records"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              LogReader reader(world, 0);
              size_t seen = 0;
              s.Spawn([&] {
                const LogWorld::Held never = world.Reserve(0, 1, 0, 0, kThirdOfBlock);
                const LogWorld::Held held = world.Reserve(0, 1, 0, 1, kThirdOfBlock);
                const bool void_first = s.Draw(2) == 0;
                if (void_first) world.Void(never);
                world.WriteAndCommit(held, kThirdOfBlock);
                if (!void_first) world.Void(never);
              });
              s.Spawn([&] { world.Append(0, 1, 1, 0, kThirdOfBlock); });
              s.Spawn([&] {
                for (int i = 0; i < 4; ++i) reader.Follow();
                seen = reader.seen().size();
              });
              s.Run();
              while (reader.Follow() == State::kRecords) {
              }
              world.CheckOrderOfPuts();
              s.Check(reader.seen().size() == 2 && reader.lost() == 0, "both records in the end");
              s.Check(world.log().EndIndex() == 3, "an index for each claim");
              s.Check(world.log().ComputeTotals().records == 2, "what is void does not count");
              return std::to_string(seen);
            });
}

TEST(RingLogLitmus, AReservationIsBeforeTheEndOrRefused) {
  RunLitmus({.schedules = 6'000},
            {{"refused", Verdict::kExpected, "closed before it was reserved"},
             {"held", Verdict::kExpected, "closed while it was held"},
             {"committed", Verdict::kExpected, "closed after that"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              LogReader reader(world, 0);
              bool ended = false;
              bool closed = false;
              const char* outcome = "refused";
              s.Spawn([&] {
                const LogWorld::Held held = world.Reserve(0, 1, 0, 0, kHalfOfBlock);
                s.Check(held.status == LogStatus::kOk || held.status == LogStatus::kClosed,
                        "no other refusal");
                if (held.status != LogStatus::kOk) return;
                for (int i = 0; i < 3; ++i) s.Yield();
                s.Check(!ended, "a reader was told of the end before it");
                outcome = closed ? "held" : "committed";
                world.WriteAndCommit(held, kHalfOfBlock);
              });
              s.Spawn([&] {
                world.log().Close(kNowMs);
                closed = true;
              });
              s.Spawn([&] {
                while (reader.Read() != State::kEnd) s.Yield();
                ended = true;
              });
              s.Run();
              s.Check(reader.seen().size() == world.puts().size() && reader.lost() == 0,
                      "it was read if it was committed");
              return outcome;
            });
}

// The log rotates, trims and is released around it; the caller writes, and nobody else does (P1,
// P2, P5).
TEST(RingLogLitmus, WhatIsReservedIsNobodyElsesUntilItEnds) {
  RunLitmus({.schedules = 4'000},
            {{"set aside", Verdict::kExpected, "its segment waited for it outside of the log"},
             {"in the log", Verdict::kExpected, "it was over by then"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 3, .logs = 2});
              // Relaxed: nothing runs yet.
              world.limits().trim_oldest.store(true, std::memory_order_relaxed);
              bool set_aside = false;
              s.Spawn([&] {
                const LogWorld::Held held = world.Reserve(0, 1, 0, 0, kThirdOfBlock);
                if (held.status != LogStatus::kOk) return;
                for (int i = 0; i < 5; ++i) s.Yield();
                if (s.Draw(2) == 0) {
                  world.WriteAndCommit(held, kThirdOfBlock);
                } else {
                  ScheduledAtomics::CopyBytes(held.reserved.data, "never read", 10);
                  world.Void(held);
                }
              });
              s.Spawn([&] {
                for (uint32_t i = 0; i < 2; ++i) world.Append(0, 1, 1, i, kWholeBlock);
                set_aside = world.pool().HasUncommitted();
                world.log(0).Close(kNowMs);
                world.log(0).Release();
              });
              s.Spawn([&] {
                for (uint32_t i = 0; i < 3; ++i) world.Append(1, 2, 2, i, kWholeBlock);
              });
              s.Run();
              LogReader reader(world, 1);  // fails on a record of the other log
              reader.Drain();
              return set_aside ? "set aside" : "in the log";
            });
}

// --- Seeking (L6)

// Record i arrives at kNowMs + 10 i.
Millis TimeOf(uint64_t index) { return kNowMs + 10 * static_cast<int64_t>(index); }

TEST(RingLogLitmus, SeekingAnIndexFindsItOrTellsWhatIsLost) {
  RunLitmus(
      {.schedules = 10'000},
      {{"found", Verdict::kExpected, "the record was there, or came"},
       {"trimmed", Verdict::kExpected, "a later record, and the number of those that are gone"}},
      [](Schedule& s) {
        LogWorld world(s, {});
        for (uint32_t i = 0; i < 6; ++i) world.Append(0, 1, 0, i, kHalfOfBlock, TimeOf(i));
        const RecordIndex wanted(1 + s.Draw(6));
        s.Spawn([&] {
          for (uint32_t i = 6; i < 9; ++i) world.Append(0, 1, 0, i, kHalfOfBlock, TimeOf(i));
        });
        s.Spawn([&] { world.log().TrimBefore(RecordIndex(4), TimeOf(9)); });
        bool found = false;
        s.Spawn([&] {
          LogReader reader(world, 0, world.log().SeekIndex(wanted));
          const uint64_t start = reader.cursor().index;
          s.Check(start == wanted || (start > wanted && start <= 4), "at the index or the horizon");
          while (reader.Read(1) != State::kRecords) s.Yield();
          const uint64_t index = reader.seen()[0].index;
          s.Check(index == start + reader.lost(), "the next record but those that are lost");
          s.Check(index == wanted || index <= 4, "nothing at or above the horizon is skipped");
          s.Check(reader.seen()[0].tag.sequence == index, "the record of that index");
          found = index == wanted;
        });
        s.Run();
        return found ? "found" : "trimmed";
      });
}

TEST(RingLogLitmus, SeekingATimeFindsTheFirstRecordFromThereOn) {
  RunLitmus({.schedules = 10'000},
            {{"found", Verdict::kExpected, "the record was there, or came"},
             {"trimmed", Verdict::kExpected, "the first one that is kept"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              for (uint32_t i = 0; i < 6; ++i) world.Append(0, 1, 0, i, kHalfOfBlock, TimeOf(i));
              const RecordIndex wanted(1 + s.Draw(6));
              s.Spawn([&] {
                for (uint32_t i = 6; i < 9; ++i) world.Append(0, 1, 0, i, kHalfOfBlock, TimeOf(i));
              });
              s.Spawn([&] { world.log().TrimBefore(RecordIndex(4), TimeOf(9)); });
              bool found = false;
              s.Spawn([&] {
                const Millis time_ms = TimeOf(wanted) - static_cast<int64_t>(s.Draw(10));
                LogReader reader(world, 0, world.log().SeekTime(time_ms));
                const LogReader::Request request{.max_records = 1, .min_ms = time_ms};
                while (reader.Read(request) != State::kRecords) s.Yield();
                const uint64_t index = reader.seen()[0].index;
                s.Check(index >= wanted, "no record before the time");
                s.Check(index == wanted || index <= 4,
                        "nothing at or above the horizon is skipped");
                found = index == wanted;
              });
              s.Run();
              return found ? "found" : "trimmed";
            });
}

// A record that was claimed before the seek and is committed after it.
TEST(RingLogLitmus, AReadFromATimeReturnsNothingOlderAlsoIfItIsCommittedLate) {
  RunLitmus({.schedules = 20'000},
            {{"0", Verdict::kExpected, "nothing yet"},
             {"1", Verdict::kExpected, "the record from that time on"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kSmall, kNowMs);
              size_t seen = 0;
              s.Spawn([&] { world.Append(0, 1, 0, 0, kSmall, kNowMs + 10); });
              s.Spawn([&] { world.Append(0, 1, 1, 0, kSmall, kNowMs + 20); });
              s.Spawn([&] {
                LogReader reader(world, 0, world.log().SeekTime(kNowMs + 15));
                reader.Read(LogReader::Request{.max_records = 9, .min_ms = kNowMs + 15});
                for (const LogReader::Seen& record : reader.seen()) {
                  s.Check(record.arrival_ms >= kNowMs + 15, "an older record was returned");
                }
                seen = reader.seen().size();
              });
              s.Run();
              s.Check(seen <= 2, "at most the two");
              return std::to_string(seen > 0 ? 1 : 0);
            });
}

// --- Waiting

// A reader that sleeps as the engine's do.
class Sleeper {
 public:
  Sleeper(LogWorld& world, LogReader& reader) : world_(world), reader_(reader) {}

  // As LogListener::OnAppend.
  void Wake() { lot_.WakeAll(kKey); }

  // Reads until there are `count` records or the log has ended. True if it slept.
  bool ReadOrSleep(size_t count) {
    count_ = count;
    internal::SleepAtTip(lot_, world_.log(), LogUid(kKey), *this);
    return slept_;
  }

  // --- For SleepAtTip.
  bool IsDone(internal::LogCursor* tip) {
    State state = State::kRecords;
    while (state == State::kRecords && reader_.seen().size() < count_) state = reader_.Read();
    *tip = reader_.cursor();
    return state != State::kTip;
  }
  void Sleep(FiberEvent& event) {
    slept_ = true;
    event.Wait();
  }
  void AwaitCommit(int /*round*/) { world_.schedule().Yield(); }

 private:
  static constexpr uint64_t kKey = 1;

  LogWorld& world_;
  LogReader& reader_;
  FiberLot lot_;
  size_t count_ = 0;
  bool slept_ = false;
};

// `records` of `bytes` by each of two producers; one sleeper that wants them all.
std::string ParkAndWake(Schedule& s, uint32_t records, size_t bytes, int sleepers) {
  LogWorld world(s, {});
  world.Append(0, 1, 9, 0, kThirdOfBlock);
  std::deque<LogReader> readers;
  std::deque<Sleeper> waiting;
  for (int i = 0; i < sleepers; ++i) {
    readers.emplace_back(world, 0).Drain();
    waiting.emplace_back(world, readers.back());
  }
  world.on_append = [&](uint64_t uid) {
    s.Check(uid == 1, "woken for this log");
    for (Sleeper& sleeper : waiting) sleeper.Wake();
  };
  bool slept = false;
  for (Sleeper& sleeper : waiting) {
    s.Spawn([&] { slept |= sleeper.ReadOrSleep(1 + size_t{2} * records); });
  }
  for (uint32_t producer = 0; producer < 2; ++producer) {
    s.Spawn([&, producer] {
      for (uint32_t i = 0; i < records; ++i) world.Append(0, 1, producer, i, bytes);
    });
  }
  s.Run();
  return slept ? "slept" : "awake";
}

TEST(RingLogLitmus, AReaderThatSleepsIsWokenByTheNextRecord) {
  RunLitmus({.schedules = 10'000},
            {{"slept", Verdict::kExpected, "it slept and was woken"},
             {"awake", Verdict::kExpected, "it never had to sleep"}},
            [](Schedule& s) { return ParkAndWake(s, 2, kSmall, 1); });
}

TEST(RingLogLitmus, TheDutyToWakeSurvivesARotation) {
  RunLitmus({.schedules = 10'000},
            {{"slept", Verdict::kExpected, "it slept and was woken"},
             {"awake", Verdict::kExpected, "it never had to sleep"}},
            [](Schedule& s) { return ParkAndWake(s, 2, kWholeBlock, 1); });
}

TEST(RingLogLitmus, AllReadersThatSleepAreWoken) {
  RunLitmus({.schedules = 10'000},
            {{"slept", Verdict::kExpected, "one slept and was woken"},
             {"awake", Verdict::kAllowed, "none had to sleep"}},
            [](Schedule& s) { return ParkAndWake(s, 1, kHalfOfBlock, 2); });
}

// The claim of a reservation takes over the duty to wake, and its end fulfils it, whichever it is.
TEST(RingLogLitmus, AReaderThatSleepsIsWokenByTheEndOfAReservation) {
  RunLitmus({.schedules = 6'000},
            {{"slept", Verdict::kExpected, "it slept and was woken"},
             {"awake", Verdict::kExpected, "it never had to sleep"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kThirdOfBlock);
              LogReader reader(world, 0);
              reader.Drain();
              Sleeper sleeper(world, reader);
              world.on_append = [&](uint64_t uid) {
                s.Check(uid == 1, "woken for this log");
                sleeper.Wake();
              };
              bool slept = false;
              s.Spawn([&] { slept = sleeper.ReadOrSleep(2); });
              s.Spawn([&] {
                const LogWorld::Held held = world.Reserve(0, 1, 0, 0, kSmall);
                if (s.Draw(2) == 0) {
                  world.WriteAndCommit(held, kSmall);
                } else {
                  // The put behind it found nobody asleep.
                  world.Append(0, 1, 1, 0, kSmall);
                  world.Void(held);
                }
              });
              s.Run();
              return slept ? "slept" : "awake";
            });
}

TEST(RingLogLitmus, AReaderThatSleepsIsWokenByTheClose) {
  RunLitmus({.schedules = 10'000},
            {{"slept", Verdict::kExpected, "it slept and was woken"},
             {"awake", Verdict::kExpected, "it never had to sleep"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kThirdOfBlock);
              LogReader reader(world, 0);
              Sleeper sleeper(world, reader);
              world.on_append = [&](uint64_t) { sleeper.Wake(); };
              bool slept = false;
              s.Spawn([&] { slept = sleeper.ReadOrSleep(100); });
              s.Spawn([&] { world.Append(0, 1, 0, 0, kHalfOfBlock); });
              s.Spawn([&] {
                world.log().Close(kNowMs);
                world.OnAppend(LogUid(1));  // by the engine, as soon as the log is closed
              });
              s.Run();
              s.Check(reader.cursor().index == world.log().EndIndex(), "it read to the end");
              return slept ? "slept" : "awake";
            });
}

// The reader sleeps between reading the tail word and setting the bit in it, while the segment
// comes to hold the very same word in another log.
TEST(RingLogLitmus, AStaleArmingIsNoticed) {
  RunLitmus({.schedules = 15'000},
            {{"slept", Verdict::kExpected, "it slept and was woken"},
             {"awake", Verdict::kExpected, "it never had to sleep"},
             {"stray", Verdict::kExpected, "the other log was armed for nothing"}},
            [](Schedule& s) {
              LogWorld world(s, {.budget_blocks = 3, .logs = 2});
              world.Append(0, 1, 9, 0, kThirdOfBlock);
              ScheduledSegment& segment = world.pool().Get(world.log(0).Newest().segment.id());
              LogReader reader(world, 0);
              reader.Drain();
              Sleeper sleeper(world, reader);
              bool stray = false;
              world.on_append = [&](uint64_t uid) {
                if (uid == 1) sleeper.Wake();
                if (uid == 2) stray = true;
              };
              bool slept = false;
              s.Spawn([&] { slept = sleeper.ReadOrSleep(2); });
              s.Spawn([&] {
                world.log(0).TrimBefore(RecordIndex(1), kNowMs);
                if (SkipGenerations(segment)) world.Append(1, 2, 0, 0, kThirdOfBlock);
                for (int i = 0; i < 30; ++i) s.Yield();
                s.Check(world.Append(0, 1, 1, 0, kThirdOfBlock) == LogStatus::kOk,
                        "there is memory");
              });
              s.Run();
              world.Append(1, 2, 0, 1, kSmall);
              if (stray) return "stray";
              return slept ? "slept" : "awake";
            });
}

// A trim puts a stub behind the tail at which the reader sleeps.
TEST(RingLogLitmus, TheDutyToWakeSurvivesATrim) {
  RunLitmus({.schedules = 10'000},
            {{"slept", Verdict::kExpected, "it slept and was woken"},
             {"awake", Verdict::kExpected, "it never had to sleep"}},
            [](Schedule& s) {
              LogWorld world(s, {});
              world.Append(0, 1, 9, 0, kThirdOfBlock);
              LogReader reader(world, 0);
              reader.Drain();
              Sleeper sleeper(world, reader);
              world.on_append = [&](uint64_t) { sleeper.Wake(); };
              bool slept = false;
              s.Spawn([&] { slept = sleeper.ReadOrSleep(2); });
              s.Spawn([&] { world.log().TrimBefore(RecordIndex(1), kNowMs); });
              s.Spawn([&] { world.Append(0, 1, 0, 0, kThirdOfBlock); });
              s.Run();
              return slept ? "slept" : "awake";
            });
}

}  // namespace
}  // namespace kinesis::testing
