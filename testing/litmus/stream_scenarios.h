// Small concurrent programs on a StreamWorld, which the shipped templates must survive under every
// schedule, and of which a broken variant must fail some.
#ifndef KINESIS_CORE_TESTING_LITMUS_STREAM_SCENARIOS_H_
#define KINESIS_CORE_TESTING_LITMUS_STREAM_SCENARIOS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/log_world.h"
#include "kinesis_core/testing/litmus/stream_world.h"

namespace kinesis::testing {

// Each producer has a key of its own; a split parts them.
inline constexpr uint64_t kKeys[] = {uint64_t{0x10} << 56, uint64_t{0x50} << 56};
inline constexpr uint64_t kSplitAt = uint64_t{0x40} << 56;
inline constexpr uint64_t kBehindKeys = uint64_t{0x60} << 56;

// The reshards that happen while producers and readers are at work.
enum class Resharding {
  kNone,
  kSplitAndMerge,  // one shard is split, the children are merged
  kMoveBoundary,   // two shards are merged and split elsewhere: a table of the same size
};

struct TrafficOptions {
  StreamWorldOptions world = {};
  uint32_t puts = 3;     // of each producer
  bool batches = false;  // the second producer puts them as one batch
  size_t bytes = kHalfOfBlock;
  Resharding resharding = Resharding::kSplitAndMerge;
  int readers = 1;
  int reads = 6;             // rounds of each reader
  bool pins = false;         // readers dwell on what they have read
  bool trimmer = false;      // trims all that there is, whatever readers do
  bool deletes = false;      // the stream goes in the end; a producer may be refused then
  bool trim_oldest = false;  // with a capacity of three blocks, and refusals for lack of memory
};

template <class World>
class Traffic {
 public:
  Traffic(Schedule& schedule, const TrafficOptions& options)
      : schedule_(schedule),
        options_(options),
        world_(schedule, options.world,
               options.resharding == Resharding::kMoveBoundary ? std::vector<uint64_t>{0, kSplitAt}
                                                               : std::vector<uint64_t>{0}) {
    if (options.trim_oldest) {
      // Relaxed, both: nothing runs yet.
      world_.logs().limits().trim_oldest.store(true, std::memory_order_relaxed);
      world_.logs().limits().capacity_bytes.store(3 * kBlockBytes, std::memory_order_relaxed);
    }
    for (int i = 0; i < options.readers; ++i) {
      readers_.push_back(std::make_unique<LineageReader<World>>(world_));
    }
  }

  // Runs it, checks everything, and says what happened: "lost", if readers were overtaken; else
  // in how many shards records are.
  std::string Run() {
    for (uint32_t producer = 0; producer < 2; ++producer) {
      schedule_.Spawn([this, producer] { Produce(producer); });
    }
    schedule_.Spawn([this] { Reshard(); });
    for (auto& reader : readers_) schedule_.Spawn([this, &reader] { Read(*reader); });
    if (options_.trimmer) schedule_.Spawn([this] { Trim(); });
    schedule_.Run();
    uint64_t lost = 0;
    for (auto& reader : readers_) {
      CheckEnd(world_, *reader);
      lost += reader->lost();
    }
    const uint64_t budget = options_.world.log.budget_blocks * kBlockBytes;
    schedule_.Check(world_.logs().pool().held_bytes() <= budget, "the budget is kept");
    if (lost > 0) return "lost";
    std::set<uint64_t> used;
    for (const auto& put : world_.logs().puts()) used.insert(put.uid);
    return std::to_string(used.size()) + (used.size() == 1 ? " shard" : " shards");
  }

 private:
  void Produce(uint32_t producer) {
    if (options_.batches && producer == 1) {
      const uint32_t done =
          world_.PutBatch(kKeys[producer], producer, 0, options_.puts, options_.bytes);
      schedule_.Check(done == options_.puts || MayRefuse(), "a batch is accepted");
      return;
    }
    for (uint32_t i = 0; i < options_.puts; ++i) {
      const internal::LogStatus status = world_.Put(kKeys[producer], producer, i, options_.bytes);
      schedule_.Check(status == internal::LogStatus::kOk || MayRefuse(), "a put is accepted");
    }
  }
  bool MayRefuse() const { return options_.trim_oldest || options_.deletes; }

  void Reshard() {
    if (options_.resharding == Resharding::kSplitAndMerge) {
      world_.Split(0, kSplitAt);
      world_.Merge(1, 2);
    }
    if (options_.resharding == Resharding::kMoveBoundary) {
      world_.Merge(0, 1);
      world_.Split(2, kBehindKeys);
    }
    if (options_.deletes) world_.Delete();
  }

  void Read(LineageReader<World>& reader) {
    for (int i = 0; i < options_.reads; ++i) {
      const bool any = reader.ReadRound([this] {
        if (!options_.pins) return;
        for (int j = 0; j < 5; ++j) schedule_.Yield();
      });
      if (!any) schedule_.Yield();
    }
  }

  void Trim() {
    for (int i = 0; i < 2; ++i) {
      world_.TrimAll();
      schedule_.Yield();
    }
  }

  Schedule& schedule_;
  const TrafficOptions options_;
  World world_;
  std::vector<std::unique_ptr<LineageReader<World>>> readers_;
};

template <class World>
std::string RunTraffic(Schedule& schedule, const TrafficOptions& options) {
  return Traffic<World>(schedule, options).Run();
}

// Closed shards are given back at once and their logs serve the next shards, while producers hold
// routes to what these were before.
template <class World>
std::string RunReleases(Schedule& s) {
  World world(s, {}, {0});
  for (uint32_t producer = 0; producer < 2; ++producer) {
    s.Spawn([&world, &s, producer] {
      for (uint32_t i = 0; i < 3; ++i) {
        s.Check(world.Put(kKeys[producer], producer, i, kHalfOfBlock) == internal::LogStatus::kOk,
                "a put is accepted");
      }
    });
  }
  s.Spawn([&world] {
    world.Split(0, kSplitAt);
    world.Release(0);
    world.Merge(1, 2);
    world.Release(1);
    world.Release(2);
    world.Split(3, kSplitAt);
  });
  s.Run();
  if (s.failed()) return "failed";
  uint64_t kept = 0;
  uint64_t stayed = 0;
  for (size_t shard = 0; shard < world.shard_count(); ++shard) {
    const uint64_t uid = world.shard(shard).uid;
    uint64_t put = 0;
    for (const auto& each : world.logs().puts()) put += each.uid == uid ? 1 : 0;
    if (world.is_released(shard)) continue;
    typename World::Reader reader(world.logs(), world.shard(shard).log);
    reader.Drain();
    s.Check(reader.seen().size() == put && reader.lost() == 0, "all of a shard, nothing else");
    kept += put;
    stayed += shard == 3 ? put : 0;
  }
  if (kept == 0) return "all released";
  return stayed > 0 ? "in log 0 again" : "kept";
}

// Lets a segment have been recycled so often that its tag is what it was, if it is free: then the
// generation is in no other word. False if it is not.
template <class Segment>
bool SkipGenerations(Segment& segment) {
  constexpr uint64_t kSkipped = (uint64_t{1} << internal::TailWord::kTagBits) - 1;
  // Relaxed: a guess for the exchange.
  uint64_t word = segment.state.load(std::memory_order_relaxed);
  while (internal::StateWord(word).flag() == internal::StateWord::kFree) {
    // acq_rel: as the recyclings would have been.
    if (segment.state.compare_exchange_weak(word, word + (kSkipped << 32),
                                            std::memory_order_acq_rel, std::memory_order_relaxed)) {
      return true;
    }
  }
  return false;
}

// A producer sleeps between reading a tail word and claiming from it, while the segment comes to
// hold the very same word in another log.
template <class Atomics>
std::string RunStaleClaim(Schedule& s) {
  BasicLogWorld<Atomics> world(s, {.budget_blocks = 1, .logs = 2});
  s.Check(world.Append(0, 1, 0, 0, kThirdOfBlock) == internal::LogStatus::kOk, "set up");
  auto& segment = world.pool().Get(world.log(0).Newest().segment.id());
  BasicLogReader<Atomics> reader_b(world, 1);
  internal::LogStatus stale = internal::LogStatus::kOk;
  s.Spawn([&] { stale = world.Append(0, 1, 1, 0, kThirdOfBlock); });
  s.Spawn([&] {
    world.log(0).TrimBefore(world.log(0).EndIndex(), kNowMs);
    if (!SkipGenerations(segment)) return;  // the producer was quick
    world.Append(1, 2, 0, 0, kThirdOfBlock);
  });
  s.Spawn([&] {
    for (int i = 0; i < 4; ++i) {
      if (reader_b.Read() != BasicLogReader<Atomics>::State::kRecords) s.Yield();
    }
  });
  s.Run();
  if (s.failed()) return "failed";
  world.Append(1, 2, 0, 1, 64);
  reader_b.Drain();
  reader_b.CheckOrderOfProducers();
  const internal::RecordIndex end = world.log(1).EndIndex();
  const size_t seen = reader_b.seen().size();
  s.Check(seen == world.puts().size() - 1 - (stale == internal::LogStatus::kOk ? 1 : 0),
          "the records of the other log, no more and no less");
  s.Check(reader_b.lost() == 0, "a void entry is no record, so it is not lost");
  s.Check(world.log(0).EndIndex() == (stale == internal::LogStatus::kOk ? 2 : 1),
          "what was accepted is in its own log");
  // Before and after the segment with the void entry is settled.
  for (int i = 0; i < 2; ++i) {
    const internal::LogTotals totals = world.log(1).ComputeTotals();
    s.Check(totals.records == seen, "a void entry is no record, so it is not counted");
    world.log(1).TrimBefore(end, kNowMs);
  }
  if (end > seen) return "voided";
  return stale == internal::LogStatus::kOk ? "in its log" : "refused";
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_STREAM_SCENARIOS_H_
