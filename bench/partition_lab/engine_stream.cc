#include "kinesis_core/lab/engine_stream.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/time/time.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/options.h"
#include "kinesis_core/record.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kStartSeconds = 1'600'000'000;
constexpr int64_t kNanosPerMilli = 1'000'000;
// Read and trim when so much has been put.
constexpr uint64_t kBytesBetweenDrains = uint64_t{8} << 20;
// Enough for two of the largest records, for which the engine wants up to four times their size.
constexpr uint64_t kShardCapacity = 8 * kMaxRecordBytes;
// The engine keeps records for this time at most. Half of it may lie between unread records.
constexpr int64_t kRetentionHours = 24 * 3650;
constexpr int64_t kUnreadSpanMaxMs = kRetentionHours * 3'600'000 / 2;

// Any record's data is the beginning of it.
std::string_view Payload() {
  static const auto* const payload = new std::string(kMaxRecordBytes, 'x');
  return *payload;
}
// Each shard holds on to its last segment.
constexpr uint64_t kBudgetPerShard = uint64_t{256} << 10;

absl::Status Wrong(const std::string& what) { return absl::InternalError("the engine " + what); }

}  // namespace

absl::StatusOr<std::unique_ptr<EngineStream>> EngineStream::Create(const ShardMap& map) {
  auto clock = std::make_unique<SimulatedClock>(absl::FromUnixSeconds(kStartSeconds));
  const uint64_t budget = 8 * kBytesBetweenDrains + map.size() * kBudgetPerShard + kShardCapacity;
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(
      {.memory_budget_bytes = budget, .memory_cache_bytes = 0, .clock = clock.get()});
  if (!engine.ok()) return engine.status();
  const absl::StatusOr<ShardMap> uniform = ShardMap::Uniform(static_cast<int64_t>(map.size()));
  const bool is_uniform = uniform.ok() && uniform->ranges() == map.ranges();
  absl::StatusOr<Stream> stream = (*engine)->CreateStream(
      "lab", {.shard_count = is_uniform ? static_cast<int64_t>(map.size()) : 1,
              .retention = absl::Hours(kRetentionHours),
              .shard_capacity_bytes = kShardCapacity});
  if (!stream.ok()) return stream.status();
  // A map that is not uniform is made by splits, from the left: the newest shard is the last one.
  ShardId last;
  for (size_t i = 1; !is_uniform && i < map.size(); ++i) {
    const auto children = stream->SplitShard(last, map.range(i).start());
    if (!children.ok()) return children.status();
    last = children->back();
  }
  std::unique_ptr<EngineStream> made(
      new EngineStream(std::move(clock), *std::move(engine), *std::move(stream), map));
  const absl::Status opened = made->OpenLanes(map);
  if (!opened.ok()) return opened;
  return made;
}

EngineStream::EngineStream(std::unique_ptr<SimulatedClock> clock, std::unique_ptr<Engine> engine,
                           Stream stream, ShardMap map)
    : clock_(std::move(clock)),
      engine_(std::move(engine)),
      stream_(std::move(stream)),
      map_(std::move(map)) {}

absl::Status EngineStream::OpenLanes(const ShardMap& map) {
  lanes_.clear();
  for (const HashKeyRange& range : map.ranges()) {
    const absl::StatusOr<Shard> shard = FindOpen(range);
    if (!shard.ok()) return shard.status();
    const absl::StatusOr<Iterator> reader = shard->CreateIterator(IteratorStart::Latest());
    if (!reader.ok()) return reader.status();
    lanes_.push_back({*shard, shard->id(), *reader, shard->Metrics().incoming_records});
  }
  map_ = map;
  return absl::OkStatus();
}

absl::StatusOr<Shard> EngineStream::FindOpen(const HashKeyRange& range) const {
  for (const Shard& shard : stream_.ListShards()) {
    if (shard.is_open() && shard.hash_key_range() == range) return shard;
  }
  return Wrong("has no open shard for the hash keys " + range.ToString());
}

absl::Status EngineStream::Put(int64_t time_ns, std::string_view key, uint64_t bytes,
                               HashKey hash_key) {
  assert(bytes >= key.size() && bytes <= Payload().size());
  const int64_t time_ms = start_ms_ + time_ns / kNanosPerMilli;
  // Records that have not been read must not expire, and times may be decades apart: of a clock
  // that was not set, say.
  if (bytes_to_read_ == 0) {
    unread_from_ms_ = unread_to_ms_ = time_ms;
  } else if (std::max(unread_to_ms_, time_ms) - std::min(unread_from_ms_, time_ms) >
             kUnreadSpanMaxMs) {
    const absl::Status drained = Drain();
    if (!drained.ok()) return drained;
    unread_from_ms_ = unread_to_ms_ = time_ms;
  }
  unread_from_ms_ = std::min(unread_from_ms_, time_ms);
  unread_to_ms_ = std::max(unread_to_ms_, time_ms);
  latest_ms_ = std::max(latest_ms_, time_ms);
  SetClock(time_ms);
  const std::string_view data = Payload().substr(0, bytes - key.size());
  const absl::StatusOr<PutResult> put =
      stream_.Put({.partition_key = key, .data = data, .explicit_hash_key = hash_key});
  if (!put.ok()) return put.status();
  Lane& lane = lanes_[map_.IndexOf(hash_key)];
  if (put->shard_id != lane.id) {
    return Wrong("put hash key " + hash_key.ToString() + " to " + put->shard_id.ToString() +
                 " instead of " + lane.id.ToString());
  }
  ++lane.put;
  bytes_to_read_ += bytes;
  return bytes_to_read_ < kBytesBetweenDrains ? absl::OkStatus() : Drain();
}

void EngineStream::SetClock(int64_t time_ms) {
  if (time_ms == clock_ms_) return;
  clock_ms_ = time_ms;
  clock_->Set(absl::FromUnixSeconds(kStartSeconds) + absl::Milliseconds(time_ms));
}

absl::Status EngineStream::Drain() {
  bytes_to_read_ = 0;
  for (Lane& lane : lanes_) {
    const absl::Status drained = DrainLane(lane);
    if (!drained.ok()) return drained;
  }
  return absl::OkStatus();
}

absl::Status EngineStream::DrainLane(Lane& lane) {
  for (;;) {
    const ReadResult batch = lane.reader.Read();
    if (!batch.ok()) return batch.status();
    if (batch->records_lost() > 0) return Wrong("lost records of " + lane.id.ToString());
    lane.read += batch->size();
    if (batch->empty() || batch->end_of_shard()) {
      if (batch->end_of_shard() == lane.shard.is_open()) {
        return Wrong("closed " + lane.id.ToString() + " too early or too late");
      }
      break;
    }
    const SequenceNumber last = (*batch)[batch->size() - 1].sequence_number;
    const absl::Status trimmed = lane.shard.TrimBefore(last);
    if (!trimmed.ok()) return trimmed;
  }
  if (lane.read == lane.put) return absl::OkStatus();
  return Wrong("returned " + std::to_string(lane.read) + " of " + std::to_string(lane.put) +
               " records of " + lane.id.ToString());
}

absl::Status EngineStream::Apply(const SplitMergePlan& plan) {
  SetClock(latest_ms_);
  for (const SplitMergeStep& step : plan.steps) {
    const absl::Status applied = ApplyStep(step);
    if (!applied.ok()) return applied;
  }
  const absl::Status drained = Drain();
  if (!drained.ok()) return drained;
  start_ms_ = latest_ms_;
  return OpenLanes(plan.result);
}

absl::Status EngineStream::ApplyStep(const SplitMergeStep& step) {
  const absl::StatusOr<Shard> shard = FindOpen(step.range);
  if (!shard.ok()) return shard.status();
  if (step.kind == SplitMergeStep::Kind::kSplit) {
    return stream_.SplitShard(shard->id(), step.new_start).status();
  }
  const absl::StatusOr<Shard> adjacent = FindOpen(step.adjacent);
  if (!adjacent.ok()) return adjacent.status();
  return stream_.MergeShards(shard->id(), adjacent->id()).status();
}

std::vector<uint64_t> EngineStream::RecordsPerShard() const {
  std::vector<uint64_t> records;
  for (const Lane& lane : lanes_) {
    records.push_back(lane.shard.Metrics().incoming_records - lane.records_before);
  }
  return records;
}

}  // namespace kinesis::lab
