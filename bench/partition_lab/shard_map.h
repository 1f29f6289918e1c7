// ShardMap: the ranges of hash keys that the shards of a stream own. A sorted list that covers
// 0 .. 2^128-1 with neither gap nor overlap, as the open shards of a stream do.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_SHARD_MAP_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_SHARD_MAP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"

namespace kinesis::lab {

// Thread-compatible: const operations may run concurrently. A value.
//
// Shards are known by their place in the order of hash keys, 0 .. size()-1. Beside that each has an
// id that lasts: what splits and merges leave of a shard keeps it, so that one can say whether a
// key has moved.
class ShardMap {
 public:
  static constexpr int64_t kMaxShards = 10'000;

  // A map of one shard that owns all keys.
  ShardMap() : ShardMap({HashKeyRange()}, {0}, {""}, 1) {}

  // Makes a map of `shards` ranges of the same size, as Kinesis lays out a new stream, with ids 0,
  // 1, 2, ... kOutOfRange: not in [1, 10,000].
  static absl::StatusOr<ShardMap> Uniform(int64_t shards);

  // A shard, and where it stands in the input, for messages.
  struct Listed {
    HashKeyRange range;
    std::string name;   // its ShardId; may be empty
    std::string place;  // "line 3"
  };
  // Makes a map of shards in any order. kInvalidArgument or kOutOfRange: the message names the
  // place and what is wrong with it, gaps and overlaps included.
  static absl::StatusOr<ShardMap> FromShards(std::vector<Listed> shards);

  // Reads a map from text, in either of two forms.
  //
  // One is the output of `aws kinesis list-shards --stream-name NAME`: JSON with "Shards", of which
  // those that have an EndingSequenceNumber are closed and do not count.
  //
  // The other is lines, each with the first and the last hash key of a shard in decimal, and the
  // ShardId before them if it is known, with blanks, tabs or a comma between them. Lines may come
  // in any order; empty ones and what follows a '#' do not count.
  //
  // Errors as FromShards, which name the line or the shard.
  static absl::StatusOr<ShardMap> Parse(std::string_view text);

  size_t size() const { return ranges_.size(); }
  const HashKeyRange& range(size_t shard) const { return ranges_[shard]; }
  const std::vector<HashKeyRange>& ranges() const { return ranges_; }
  uint32_t id(size_t shard) const { return ids_[shard]; }
  // The shard's ShardId in Kinesis; empty if it is not known, or is one that a split or merge has
  // made.
  const std::string& name(size_t shard) const { return names_[shard]; }
  // The share of all hash keys that the shard owns.
  double width(size_t shard) const;

  // The shard that owns `key`. O(1) where ranges are about equal, O(log size()) always.
  size_t IndexOf(HashKey key) const {
    const size_t bucket = key.high() >> bucket_shift_;
    size_t low = first_in_bucket_[bucket];
    size_t high = first_in_bucket_[bucket + 1];
    while (low < high) {
      const size_t middle = high - (high - low) / 2;
      if (ranges_[middle].start() <= key) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  // The hash key at `fraction` / 2^64 of the way through the shard's range.
  HashKey PointIn(size_t shard, uint64_t fraction) const;

  // Returns the map after a split: the lower part keeps the id, the upper one, from `new_start` on,
  // gets the next free id. Requires: new_start is in the shard's range and not its start.
  ShardMap Split(size_t shard, HashKey new_start) const;

  // Returns the map after `shard` and the one after it have merged, with the id of the lower one.
  // Requires: shard + 1 < size().
  ShardMap Merge(size_t shard) const;

  friend bool operator==(const ShardMap& a, const ShardMap& b) {
    return a.ranges_ == b.ranges_ && a.ids_ == b.ids_ && a.names_ == b.names_;
  }

 private:
  // Requires: `ranges` are sorted and cover all keys.
  ShardMap(std::vector<HashKeyRange> ranges, std::vector<uint32_t> ids,
           std::vector<std::string> names, uint32_t next_id);

  std::vector<HashKeyRange> ranges_;
  std::vector<uint32_t> ids_;
  std::vector<std::string> names_;
  uint32_t next_id_;
  // An index by the top bits of a key: the shard of the first key with these bits, and one more.
  int bucket_shift_;
  std::vector<uint32_t> first_in_bucket_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_SHARD_MAP_H_
