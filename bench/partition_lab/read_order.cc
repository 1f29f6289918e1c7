#include "kinesis_core/lab/read_order.h"

#include <algorithm>

#include "absl/numeric/int128.h"

namespace kinesis::lab {
namespace {

// 2^64 divided by the golden ratio: multiples of it are as far apart as can be.
constexpr uint64_t kGoldenStep = 0x9e3779b97f4a7c15;

}  // namespace

ReadOrder::ReadOrder(size_t strategies, size_t shards, const Options& options)
    : poll_ns_(options.poll_ns), sample_level_(options.sample_level), tallies_(strategies) {
  for (uint64_t shard = 0; shard < shards; ++shard) {
    const absl::uint128 scaled =
        absl::uint128(shard * kGoldenStep) * static_cast<uint64_t>(poll_ns_);
    phases_.push_back(static_cast<int64_t>(absl::Uint128High64(scaled)));
  }
}

bool ReadOrder::Touch(uint64_t fingerprint) {
  if (sample_level_ > 0 && fingerprint >> (64 - sample_level_) != 0) return false;
  const auto [found, is_new] = slots_.try_emplace(fingerprint, slots_.size());
  slot_ = found->second;
  // Nothing is read before the first moment of a shard.
  if (is_new) latest_.resize(latest_.size() + tallies_.size(), -poll_ns_);
  return true;
}

void ReadOrder::Mark(size_t strategy, size_t shard, int64_t accepted_ns) {
  const int64_t read_ns = ReadAt(shard, accepted_ns);
  int64_t& latest_ns = latest_[slot_ * tallies_.size() + strategy];
  Tally& tally = tallies_[strategy];
  ++tally.records;
  if (read_ns < latest_ns) ++tally.out_of_order;
  latest_ns = std::max(latest_ns, read_ns);
}

double ReadOrder::OutOfOrderShare(size_t strategy) const {
  const Tally& tally = tallies_[strategy];
  if (tally.records == 0) return 0;
  return static_cast<double>(tally.out_of_order) / static_cast<double>(tally.records);
}

}  // namespace kinesis::lab
