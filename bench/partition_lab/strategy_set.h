// StrategySet: strategies side by side, all of which are asked where each record of a pass goes.
//
// Keys come again and again, and a pure strategy (Strategy::is_pure) says the same of a key each
// time. So what the pure ones have said of a key is kept and used again, for some thousand keys:
// much of a pass over skewed keys would otherwise be spent on hashing the same few of them. Where
// the first records of a pass show that keys hardly come again, nothing is kept.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_SET_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_SET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/strategy.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time. If there are pure strategies, takes less than 1 MiB for
// the keys and 192 KiB for each of these strategies.
class StrategySet {
 public:
  // The hash key to which a strategy sends a record, and the shard of its map that owns the key.
  struct Placement {
    HashKey hash_key;
    size_t shard = 0;
  };

  // Makes a strategy of `kind` for `context` and adds it, with the next number from 0 on. The
  // shards of the context outlive the set. Requires: Place has not been called yet.
  void Add(const StrategyKind& kind, const StrategyContext& context);

  // Takes the strategy out of further passes: its placements have no meaning from here on.
  void Retire(size_t strategy);

  size_t size() const { return members_.size(); }
  bool depends_on_key_alone(size_t strategy) const {
    return members_[strategy].depends_on_key_alone;
  }

  // Asks all strategies where the next record goes. The placements, by the strategies' numbers, are
  // valid until the next call.
  std::span<const Placement> Place(const KeyRecord& record);

 private:
  struct Member {
    std::unique_ptr<Strategy> strategy;  // none: it has retired
    const ShardMap* shards = nullptr;
    bool depends_on_key_alone = false;

    Placement Place(const KeyRecord& record) const {
      const HashKey hash_key = strategy->PlaceRecord(record);
      return {hash_key, shards->IndexOf(hash_key)};
    }
  };

  // Asks the pure strategies about a record that the table does not know.
  void AskPure(const KeyRecord& record);
  void PlaceByPure(const KeyRecord& record);

  std::vector<Member> members_;
  std::vector<Placement> placements_;
  std::vector<size_t> pure_;      // numbers of the pure strategies
  std::vector<size_t> not_pure_;  // numbers of the others
  // A table of keys by fingerprint, in which a key takes the place of the one before it. Each slot
  // has a placement for each pure strategy.
  std::vector<std::string> known_keys_;  // empty: the slot is free
  std::vector<Placement> known_placements_;
  uint64_t records_ = 0;      // so far
  uint64_t known_again_ = 0;  // of which the key was in the table
  bool keeps_answers_ = true;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_STRATEGY_SET_H_
