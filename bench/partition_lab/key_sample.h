// KeySample: some of the keys, with the shards that each strategy sent them to; all of the keys as
// long as they fit the memory budget.
//
// When they do not, a key stays in the sample only if its fingerprint begins with enough zero bits
// (adaptive sampling, Flajolet 1990): each distinct key has the same chance, however often it
// comes. What holds for a share of the sampled keys holds for about the same share of all; with n
// sampled keys the standard error of such a share is below 1 / (2 sqrt(n)), and that of the number
// of distinct keys about 1.2 / sqrt(n).
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_KEY_SAMPLE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_KEY_SAMPLE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class KeySample {
 public:
  // For `strategies` strategies over `shards` shards. Room for 64 keys at least.
  KeySample(size_t strategies, size_t shards, uint64_t budget_bytes);

  // Is to be called once for each record. Returns true if its key is in the sample: MarkShard is
  // then to be called for each strategy with the shard that it sends the record to.
  bool Touch(uint64_t fingerprint, std::string_view key);
  // Notes the shard of the record that Touch was called for last. Requires: it returned true.
  void MarkShard(size_t strategy, size_t shard);

  bool is_exact() const { return level_ == 0; }
  size_t size() const { return keys_.size(); }
  // Zero bits that the fingerprint of a key of the sample begins with.
  int level() const { return level_; }
  // The number of distinct keys that one key of the sample stands for.
  double scale() const { return static_cast<double>(uint64_t{1} << level_); }
  double distinct_keys() const { return scale() * static_cast<double>(size()); }

  // The number of keys of the sample that the strategy sent to each shard.
  std::vector<uint64_t> KeysPerShard(size_t strategy) const;

  // The keys of the sample by how often they came and by how many shards the strategy sent them to.
  struct Order {
    uint64_t keys = 0;           // of the sample
    uint64_t repeated_keys = 0;  // of which came twice or more
    uint64_t spread_keys = 0;    // of which went to two shards or more
  };
  Order OrderOf(size_t strategy) const;

  // Calls `visit` with each key of the sample, in no particular order.
  void ForEachKey(const std::function<void(std::string_view key)>& visit) const;

 private:
  struct Key {
    std::string text;
    uint64_t records = 0;
    size_t slot = 0;  // of its shards
  };

  bool IsSampled(uint64_t fingerprint) const {
    return level_ == 0 || fingerprint >> (64 - level_) == 0;
  }
  // Raises the level, which drops about half of the keys, until the sample fits.
  void Shrink();
  size_t TakeSlot();
  const uint64_t* Shards(const Key& key, size_t strategy) const {
    return &shards_seen_[key.slot * slot_words_ + strategy * shard_words_];
  }

  const size_t shards_;
  const size_t shard_words_;  // one bit for each shard
  const size_t slot_words_;   // and that for each strategy
  size_t keys_max_;
  uint64_t text_bytes_max_;
  uint64_t text_bytes_ = 0;
  int level_ = 0;
  absl::flat_hash_map<uint64_t, Key> keys_;
  std::vector<uint64_t> shards_seen_;
  std::vector<size_t> free_slots_;
  size_t touched_slot_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_KEY_SAMPLE_H_
