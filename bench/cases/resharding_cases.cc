// The tail of a put while shards split and merge.
//
//   resharding   cpu 0 --put--> [ 4 shards ]        time between puts: p50, p99, p99.9, in ns
//                cpu 1: nothing             quiet
//                cpu 1: splits and merges   other-stream: of another stream of the engine
//                                           same-stream: of this one, without a pause
//
// Any work of the other processor may be felt on this one; other-stream measures how much. In
// same-stream, cpu 1 also reads every closed shard to its end, counts, and trims it.
//
// And what many shards cost, per shard:
//
//   reshard-count  ReshardUniformly from one shard to many and back: in all, in ms; the generations
//                  between the first shards and the last; shards opened
//   sweep          a put that is refused, as the budget is used up, in an engine of many shards: it
//                  looks at all of them once for what has expired
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "bench/cases/cases.h"
#include "bench/contenders/engine_contender.h"
#include "bench/fatal.h"
#include "bench/payload.h"
#include "bench/pinning.h"
#include "bench/waiting.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/lab/log_histogram.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::bench {
namespace {

constexpr size_t kDataBytes = 100;
constexpr size_t kShards = 4;

enum class Meanwhile { kQuiet, kOtherStream, kSameStream };

// Splits each shard of a stream in turn and merges its halves.
class Resharder {
 public:
  explicit Resharder(const Stream& stream) : stream_(stream) {
    for (const Shard& shard : stream_.ListShards()) open_.push_back(shard.id());
  }

  // One split and one merge.
  void Step() {
    ShardId& place = open_[steps_++ % open_.size()];
    const std::vector<ShardId> halves = stream_.SplitShard(place).value();
    Drain(place);
    place = stream_.MergeShards(halves[0], halves[1]).value();
    Drain(halves[0]);
    Drain(halves[1]);
  }

  // Reads what the open shards hold. Nobody puts any more.
  void Finish() {
    for (const ShardId id : open_) ReadAll(stream_.FindShard(id).value(), /*is_closed=*/false);
  }

  uint64_t steps() const { return steps_; }
  const Tally& tally() const { return tally_; }

 private:
  void Drain(ShardId closed) {
    const Shard shard = stream_.FindShard(closed).value();
    ReadAll(shard, /*is_closed=*/true);
    Require(shard.TrimBefore(*shard.ending_sequence_number()).ok(), "TrimBefore failed");
  }

  void ReadAll(const Shard& shard, bool is_closed) {
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    for (Backoff backoff;;) {
      const RecordBatch batch = iterator.Read().value();
      Require(batch.records_lost() == 0, "records were trimmed before they were read");
      for (const RecordView& record : batch) tally_(record.data);
      if (is_closed ? batch.end_of_shard() : batch.empty()) return;
      if (batch.empty()) backoff.Wait();
    }
  }

  Stream stream_;
  std::vector<ShardId> open_;
  uint64_t steps_ = 0;
  Tally tally_;
};

uint64_t IncomingRecords(const Stream& stream) {
  uint64_t records = 0;
  for (const Shard& shard : stream.ListShards()) records += shard.Metrics().incoming_records;
  return records;
}

Measurement PutMeanwhile(uint64_t log_bytes, Meanwhile meanwhile, uint64_t messages) {
  SitDown(Seat::kProducer);
  const auto engine =
      kinesis::Engine::Create({.memory_budget_bytes = 4 * kShards * log_bytes}).value();
  // The thread that reshards reads what it closes. With little data all may have been put before it
  // has begun, so all of it has to find room.
  const uint64_t capacity = meanwhile == Meanwhile::kSameStream ? kShards * log_bytes : log_bytes;
  const StreamOptions options{.shard_count = kShards,
                              .shard_capacity_bytes = capacity,
                              .overflow_policy = OverflowPolicy::kTrimOldest};
  Stream stream = engine->CreateStream("put", options).value();
  const Stream other = engine->CreateStream("other", options).value();
  Resharder resharder(meanwhile == Meanwhile::kSameStream ? stream : other);
  std::atomic<bool> done{false};
  std::thread second;
  if (meanwhile != Meanwhile::kQuiet) {
    second = std::thread([&] {
      SitDown(Seat::kConsumer);
      // Relaxed: only a sign to stop; what was put is ordered by the join.
      while (!done.load(std::memory_order_relaxed)) resharder.Step();
    });
  }

  // Round all logs once, so that their memory is there.
  const uint64_t warm = kShards * log_bytes / (kDataBytes + 32);
  Messages buffer(0, kDataBytes, 1);
  RecordKeys keys(KeyKind::kExplicit, 0, ~uint64_t{0});
  lab::LogHistogram<6> latencies;  // in nanoseconds
  double before = NowSeconds();
  double began = before;
  for (uint64_t i = 0; i < warm + messages; ++i) {
    Record record;
    keys.Next<KeyKind::kExplicit>(buffer.Next(1)[0], &record);
    const auto put = stream.Put(record);
    if (!put.ok()) Fatal(put.status().ToString());
    const double now = NowSeconds();
    if (i >= warm) latencies.Add(static_cast<uint64_t>((now - before) * 1e9));
    if (i + 1 == warm) began = now;
    before = now;
  }
  // Relaxed: see above.
  done.store(true, std::memory_order_relaxed);
  if (second.joinable()) second.join();

  std::string error;
  if (meanwhile == Meanwhile::kSameStream) {
    resharder.Finish();
    error = resharder.tally().Check(1, kDataBytes, warm + messages, /*must_be_in_order=*/false);
  } else if (IncomingRecords(stream) != warm + messages) {
    error = "records are missing";
  }
  return {.seconds = before - began,
          .messages = messages,
          .figures = {{"p50", static_cast<double>(latencies.Quantile(0.5))},
                      {"p99", static_cast<double>(latencies.Quantile(0.99))},
                      {"p99.9", static_cast<double>(latencies.Quantile(0.999))},
                      {"reshards", static_cast<double>(2 * resharder.steps())}},
          .error = error};
}

// The most generations between a shard and the stream's first ones.
uint64_t DepthOf(const std::vector<Shard>& shards) {
  std::map<ShardId, uint64_t> depths;
  uint64_t deepest = 0;
  for (const Shard& shard : shards) {  // parents have smaller ids
    uint64_t& depth = depths[shard.id()];
    for (const ShardId parent : shard.parents()) depth = std::max(depth, depths.at(parent) + 1);
    deepest = std::max(deepest, depth);
  }
  return deepest;
}

Measurement ChangeCount(int64_t from, int64_t to) {
  SitDown(Seat::kProducer);
  const auto engine = kinesis::Engine::Create().value();
  Stream stream = engine->CreateStream("s", {.shard_count = from}).value();
  const double began = NowSeconds();
  const bool ok = stream.ReshardUniformly(to).ok();
  const double seconds = NowSeconds() - began;
  const std::vector<Shard> shards = stream.ListShards();
  const auto open = std::count_if(shards.begin(), shards.end(),
                                  [](const Shard& shard) { return shard.is_open(); });
  const auto opened = static_cast<int64_t>(shards.size()) - from;
  return {.seconds = seconds,
          .messages = static_cast<uint64_t>(std::max(from, to)),
          .figures = {{"ms", seconds * 1e3},
                      {"depth", static_cast<double>(DepthOf(shards))},
                      {"opened", static_cast<double>(opened)}},
          .error = ok && open == to ? "" : "there are " + std::to_string(open) + " open shards"};
}

Measurement Sweep(uint64_t shards) {
  constexpr uint64_t kTimes = 10;
  // Longer than the clock's tick: there is at most one sweep for each of its times.
  constexpr std::chrono::milliseconds kPause(11);
  SitDown(Seat::kProducer);
  const auto engine = kinesis::Engine::Create({.memory_budget_bytes = 64 << 10}).value();
  const Stream others =
      engine->CreateStream("a", {.shard_count = static_cast<int64_t>(shards)}).value();
  Stream full = engine->CreateStream("full").value();
  const std::string data(1000, 'd');
  while (full.Put({.data = data}).ok()) {
  }
  std::string error;
  double seconds = 0;
  for (uint64_t i = 0; i < kTimes; ++i) {
    std::this_thread::sleep_for(kPause);
    const double began = NowSeconds();
    const absl::Status status = full.Put({.data = data}).status();
    seconds += NowSeconds() - began;
    if (!absl::IsResourceExhausted(status)) error = status.ToString();
  }
  return {.seconds = seconds, .messages = kTimes * shards, .error = error};
}

}  // namespace

std::vector<Case> ReshardingCases(const Scale& scale) {
  Case resharding{"resharding",
                  "cpu 0 --put--> [ 4 shards ]\n"
                  "cpu 1 --split, merge--> [ nothing | another stream | these shards ]"};
  const std::pair<const char*, Meanwhile> kinds[] = {{"quiet", Meanwhile::kQuiet},
                                                     {"other-stream", Meanwhile::kOtherStream},
                                                     {"same-stream", Meanwhile::kSameStream}};
  for (const auto& [name, meanwhile] : kinds) {
    resharding.participants.push_back(
        {name, [log_bytes = scale.log_bytes, meanwhile = meanwhile](uint64_t messages) {
           return PutMeanwhile(log_bytes, meanwhile, messages);
         }});
  }
  Case count{"reshard-count", "cpu 0 --ReshardUniformly--> [ 1 shard | n shards ]"};
  Case sweep{"sweep", "cpu 0 --Put--> [ no room ] + [ n shards ]"};
  for (const uint64_t shards : scale.open_shards) {
    const auto many = static_cast<int64_t>(shards);
    const std::string name = std::to_string(shards);
    count.participants.push_back(
        {"1-to-" + name, [many](uint64_t) { return ChangeCount(1, many); }});
    count.participants.push_back(
        {name + "-to-1", [many](uint64_t) { return ChangeCount(many, 1); }});
    sweep.participants.push_back({name, [shards](uint64_t) { return Sweep(shards); }});
  }
  return {resharding, count, sweep};
}

}  // namespace kinesis::bench
