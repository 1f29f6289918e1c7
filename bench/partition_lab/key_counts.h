// KeyCounts: how often each key comes and with how many bytes, within a memory budget.
//
// Exact as long as all distinct keys fit. When they no longer do, the method is that of Misra and
// Gries in batches (Anderson et al., IMC 2017): the median of all weights is taken off every key as
// a credit, and keys without credit are dropped. A record weighs its bytes and as many more as a
// second of a shard has for each record, so that a key that is hot in either is heavy. A key that
// is kept has been counted since it was added last, so its counts may be too small, by
// records_error_max() and bytes_error_max() at the most; every key with more records or more bytes
// than that is still there.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_KEY_COUNTS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_KEY_COUNTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace kinesis::lab {

struct KeyLoad {
  std::string key;
  uint64_t records = 0;
  uint64_t bytes = 0;
};

// Thread-compatible: one thread at a time.
class KeyCounts {
 public:
  // Room for 48 keys at least, whatever the budget.
  explicit KeyCounts(uint64_t budget_bytes);

  // O(1) on average.
  void Add(uint64_t fingerprint, std::string_view key, uint64_t bytes);

  bool is_exact() const { return error_max_ == 0; }
  // No count is too small by more than this.
  uint64_t records_error_max() const { return error_max_ / kBytesPerRecord; }
  uint64_t bytes_error_max() const { return error_max_; }
  // Keys that are counted now.
  size_t size() const { return counts_.size(); }

  // The keys with the most records, the largest first; equals in order of the key.
  std::vector<KeyLoad> Top(size_t count) const;
  // The keys with the most bytes, in the same order.
  std::vector<KeyLoad> TopByBytes(size_t count) const;

 private:
  struct Count {
    std::string key;
    uint64_t records = 0;
    uint64_t bytes = 0;
    uint64_t credit = 0;
  };

  // 1 MiB over 1,000 records. The choice decides only how fine the two errors are.
  static constexpr uint64_t kBytesPerRecord = 1'049;

  template <class Measure>
  std::vector<KeyLoad> TopBy(size_t count, const Measure& measure) const;
  // Drops half of the keys or more.
  void Purge();

  size_t keys_max_;
  uint64_t text_bytes_max_;
  uint64_t text_bytes_ = 0;
  uint64_t error_max_ = 0;  // in weight
  absl::flat_hash_map<uint64_t, Count> counts_;
};

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_KEY_COUNTS_H_
