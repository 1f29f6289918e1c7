#include "bench/contenders/engine_contender.h"

#include <cstdio>

#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/options.h"

namespace kinesis::bench {
namespace {

// The most that a record takes beside its data, for its key, arrival time, entry and the rest of a
// segment. It is this much for a record of 16 bytes.
constexpr uint64_t kRecordOverheadBytes = 48;

StreamOptions OptionsOf(const Workload& workload, KeyKind kind, Recycling recycling) {
  StreamOptions options;
  options.shard_count = static_cast<int64_t>(workload.shards);
  options.shard_capacity_bytes = workload.shard_bytes();
  options.overflow_policy =
      recycling == Recycling::kTrimOldest ? OverflowPolicy::kTrimOldest : OverflowPolicy::kReject;
  options.partitioner = kind == KeyKind::kXxh3 ? Xxh3Partitioner() : Md5Partitioner();
  return options;
}

}  // namespace

RecordKeys::RecordKeys(KeyKind kind, uint64_t first, uint64_t width)
    : first_(first), width_(width), text_(kKeys * kKeyBytes + 1) {
  const auto partitioner = kind == KeyKind::kXxh3 ? Xxh3Partitioner() : Md5Partitioner();
  uint64_t candidate = 0;
  for (size_t i = 0; i < kKeys; ++i) {
    char* const key = &text_[i * kKeyBytes];
    do {
      std::snprintf(key, kKeyBytes + 1, "key-%012llx",
                    static_cast<unsigned long long>(candidate++));
      if (kind == KeyKind::kExplicit) break;
    } while (partitioner->Hash({key, kKeyBytes}).high() - first >= width);
    keys_.emplace_back(key, kKeyBytes);
  }
}

EngineContenderBase::EngineContenderBase(const Workload& workload, KeyKind kind,
                                         Recycling recycling)
    : workload_(workload),
      kind_(kind),
      engine_(Engine::Create(
                  {.memory_budget_bytes = 2 * workload.shards_in_use() * workload.shard_bytes()})
                  .value()),
      stream_(engine_->CreateStream("bench", OptionsOf(workload, kind, recycling)).value()),
      // Of one shard only: sequence numbers of several cannot be compared.
      window_(workload.shards_in_use() == 1 && recycling == Recycling::kTrimOldest
                  ? workload.shard_bytes() / (workload.data_bytes + kRecordOverheadBytes) / 2
                  : 0) {}

std::vector<Shard> EngineContenderBase::ShardsInUse() const {
  std::vector<Shard> shards = stream_.ListShards();
  if (workload_.keys == KeySpread::kOneShard) return {shards[shards.size() / 2]};
  return shards;
}

RecordKeys EngineContenderBase::KeysOf(size_t index) const {
  if (workload_.keys == KeySpread::kOneShard) {
    const HashKeyRange range = ShardsInUse().front().hash_key_range();
    // The first unit of the range may begin in the shard before.
    const uint64_t first = range.start().high() + (range.start().low() > 0 ? 1 : 0);
    return {kind_, first, range.end().high() - first};
  }
  const uint64_t part = ~uint64_t{0} / workload_.producers;
  return {kind_, index * part, part};
}

}  // namespace kinesis::bench
