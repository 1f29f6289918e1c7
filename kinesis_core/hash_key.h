// HashKey: the 128-bit number that decides which shard a record goes to.
//
// A partitioner (partitioner.h) turns a partition key into a HashKey, and the stream looks up the
// shard whose range (hash_key_range.h) contains it. This header is a plain value of two machine
// words: decimal conversions and their arithmetic stay out of line.
//
//   absl::StatusOr<HashKey> key = HashKey::Parse("170141183460469231731687303715884105728");
//   *key == HashKey::FromHalves(uint64_t{1} << 63, 0);  // true: the middle of the space
//   HashKey::Parse("007").ok();                         // false: leading zeros are refused

#ifndef KINESIS_CORE_HASH_KEY_H_
#define KINESIS_CORE_HASH_KEY_H_

#include <cassert>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"

namespace kinesis {

// A point in the hash key space 0 .. 2^128-1, ordered as the number it is.
//
// Thread-safe: a value type; const operations may run concurrently.
class KINESIS_CORE_EXPORT HashKey {
 public:
  // The key 0.
  constexpr HashKey() = default;

  // The key `high` * 2^64 + `low`. Every pair of halves is a valid key.
  static constexpr HashKey FromHalves(uint64_t high, uint64_t low) { return HashKey(high, low); }

  // The ends of the key space: 0 and 2^128-1.
  static constexpr HashKey Min() { return HashKey(0, 0); }
  static constexpr HashKey Max() { return HashKey(kAllOnes, kAllOnes); }

  // Reads the decimal text of a key, as Kinesis writes ExplicitHashKey: `0|([1-9]\d{0,38})` (the
  // pattern in the service model), below 2^128. No sign, space or leading zero is accepted.
  //
  // Errors: kInvalidArgument when the text does not match the pattern; kOutOfRange when it does
  // but the number exceeds Max(). Both name "hash key", the text and the limit.
  static absl::StatusOr<HashKey> Parse(std::string_view decimal);

  // The upper and the lower 64 bits.
  constexpr uint64_t high() const { return high_; }
  constexpr uint64_t low() const { return low_; }

  // The key one above. Requires: *this != Max().
  constexpr HashKey Next() const {
    assert(*this != Max());
    return HashKey(high_ + (low_ == kAllOnes ? 1 : 0), low_ + 1);
  }

  // The key one below. Requires: *this != Min().
  constexpr HashKey Prev() const {
    assert(*this != Min());
    return HashKey(high_ - (low_ == 0 ? 1 : 0), low_ - 1);
  }

  // Decimal text without leading zeros, the inverse of Parse(). Allocates; 1 to 39 characters.
  std::string ToString() const;

  // Member order makes the defaulted comparison numeric: upper half first.
  friend constexpr auto operator<=>(const HashKey&, const HashKey&) = default;

 private:
  static constexpr uint64_t kAllOnes = std::numeric_limits<uint64_t>::max();

  constexpr HashKey(uint64_t high, uint64_t low) : high_(high), low_(low) {}

  uint64_t high_ = 0;
  uint64_t low_ = 0;
};

static_assert(sizeof(HashKey) == 16);

// Writes ToString(), for logs and test failures.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const HashKey& key);

}  // namespace kinesis

#endif  // KINESIS_CORE_HASH_KEY_H_
