// ReadOrder: the share of the records that would be read before an earlier one of the same key.
//
// There is no order between shards. A reader of each shard asks for what is new once in every poll
// time, the readers of different shards at different moments, as workers do that know nothing of
// one another; a record is read the first time its shard is asked after it has been accepted. One
// of a key whose earlier record waits for a later moment, or still queues before another shard, is
// out of order. Records of a key that all go to one shard never are.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_READ_ORDER_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_READ_ORDER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class ReadOrder {
 public:
  struct Options {
    int64_t poll_ns = 1'000'000'000;  // at least 1: the KCL asks once a second by default
    // Only keys whose fingerprint begins with so many zero bits are watched, as in KeySample.
    int sample_level = 0;
  };

  ReadOrder(size_t strategies, size_t shards, const Options& options);

  // Is to be called once for each record. Returns true if its key is watched: Mark is then to be
  // called for each strategy with the shard that it sends the record to.
  bool Touch(uint64_t fingerprint);
  // Notes where and when the record of the last Touch was accepted. Requires: it returned true.
  void Mark(size_t strategy, size_t shard, int64_t accepted_ns);

  // The share of the watched records that the strategy has put out of order; 0 without any.
  double OutOfOrderShare(size_t strategy) const;

 private:
  int64_t ReadAt(size_t shard, int64_t accepted_ns) const {
    const int64_t phase = phases_[shard];
    return (accepted_ns - phase + poll_ns_ - 1) / poll_ns_ * poll_ns_ + phase;
  }

  struct Tally {
    uint64_t records = 0;
    uint64_t out_of_order = 0;
  };

  const int64_t poll_ns_;
  const int sample_level_;
  std::vector<int64_t> phases_;                  // of each shard, [0, poll_ns_)
  absl::flat_hash_map<uint64_t, size_t> slots_;  // of keys
  std::vector<int64_t> latest_;                  // when the latest was read, by slot and strategy
  std::vector<Tally> tallies_;
  size_t slot_ = 0;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_READ_ORDER_H_
