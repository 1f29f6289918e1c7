// HashKeyRange: the slice of the hash key space that one shard owns.
//
// Both ends are inclusive, as Kinesis's StartingHashKey and EndingHashKey are, so that a range can
// reach 2^128-1 and is never empty.
//
//   auto ranges = HashKeyRange::Uniform(3);           // gap-free, covers 0 .. 2^128-1
//   (*ranges)[0].IsFollowedBy((*ranges)[1]);          // true
//   (*ranges)[2].end() == HashKey::Max();             // true: the last takes the remainder
//   HashKeyRange::Create(b, a).ok();                  // false when a < b

#ifndef KINESIS_CORE_HASH_KEY_RANGE_H_
#define KINESIS_CORE_HASH_KEY_RANGE_H_

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/hash_key.h"

namespace kinesis {

// The keys start() .. end(), both included; at least one key.
//
// Thread-safe: a value type; const operations may run concurrently.
class KINESIS_CORE_EXPORT HashKeyRange {
 public:
  // The largest number of ranges Uniform() makes, 2^31-1. Kinesis counts shards in a signed 32-bit
  // integer (ShardCount in the service model).
  static constexpr int64_t kMaxUniformRanges = 0x7fffffff;

  // The whole key space, 0 .. 2^128-1.
  constexpr HashKeyRange() = default;

  // The keys `start` .. `end`.
  //
  // Errors: kInvalidArgument when `start` is above `end`.
  static absl::StatusOr<HashKeyRange> Create(HashKey start, HashKey end);

  // Cuts the whole key space into `count` ranges, in ascending order, without gap or overlap. Each
  // is floor(2^128 / count) keys wide; the last one also takes the remainder and ends at 2^128-1.
  // That is how Kinesis lays out the shards of a new stream (kinesalite's tests, moto).
  //
  // Cost: O(count) time and 32 bytes for each range, so check `count` against a limit of your own
  // before you pass on a number from a stranger.
  // Errors: kOutOfRange when `count` is not in 1 .. kMaxUniformRanges.
  static absl::StatusOr<std::vector<HashKeyRange>> Uniform(int64_t count);

  // The lowest and the highest key of the range.
  constexpr HashKey start() const { return start_; }
  constexpr HashKey end() const { return end_; }

  constexpr bool Contains(HashKey key) const { return start_ <= key && key <= end_; }

  // True when `upper` begins at the key right above end(): the order Kinesis demands of a merge.
  constexpr bool IsFollowedBy(const HashKeyRange& upper) const {
    return end_ != HashKey::Max() && end_.Next() == upper.start_;
  }

  // True when the two ranges touch without overlap, whichever of them is the lower.
  constexpr bool IsAdjacentTo(const HashKeyRange& other) const {
    return IsFollowedBy(other) || other.IsFollowedBy(*this);
  }

  // The first key of the upper half in an even split: the lower half is start() .. Midpoint()-1
  // and holds as many keys as the upper, or one less when the range has an odd number of keys.
  // A range of a single key has no lower half, and Midpoint() is then start().
  HashKey Midpoint() const;

  // "[start, end]" in decimal. Allocates.
  std::string ToString() const;

  friend constexpr bool operator==(const HashKeyRange&, const HashKeyRange&) = default;

 private:
  constexpr HashKeyRange(HashKey start, HashKey end) : start_(start), end_(end) {}

  HashKey start_ = HashKey::Min();
  HashKey end_ = HashKey::Max();
};

static_assert(sizeof(HashKeyRange) == 32);

// Writes ToString(), for logs and test failures.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const HashKeyRange& range);

}  // namespace kinesis

#endif  // KINESIS_CORE_HASH_KEY_RANGE_H_
