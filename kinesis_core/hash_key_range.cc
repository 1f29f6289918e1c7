#include "kinesis_core/hash_key_range.h"

#include <cstddef>
#include <ostream>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/uint_math.h"

namespace kinesis {
namespace {

internal::Uint128 ToLimbs(HashKey key) { return {key.low(), key.high()}; }

HashKey ToKey(const internal::Uint128& limbs) { return HashKey::FromHalves(limbs[1], limbs[0]); }

}  // namespace

absl::StatusOr<HashKeyRange> HashKeyRange::Create(HashKey start, HashKey end) {
  if (start > end) {
    return internal::InvalidArgument("hash key range start " + start.ToString() +
                                     " must not be above its end " + end.ToString());
  }
  return HashKeyRange(start, end);
}

absl::StatusOr<std::vector<HashKeyRange>> HashKeyRange::Uniform(int64_t count) {
  if (count < 1 || count > kMaxUniformRanges) {
    return internal::FieldRangeError("hash key range count", count, "[1, 2147483647]");
  }
  std::vector<HashKeyRange> ranges;
  ranges.reserve(static_cast<size_t>(count));
  HashKey start = HashKey::Min();
  if (count > 1) {
    const internal::Uint128 width = internal::DividePowerOf128(static_cast<uint64_t>(count));
    for (int64_t i = 0; i < count - 1; ++i) {
      const HashKey next = ToKey(internal::Add(ToLimbs(start), width));
      ranges.push_back(HashKeyRange(start, next.Prev()));
      start = next;
    }
  }
  ranges.push_back(HashKeyRange(start, HashKey::Max()));
  return ranges;
}

HashKey HashKeyRange::Midpoint() const {
  // The range holds distance + 1 keys, of which the lower half gets floor((distance + 1) / 2). That
  // is distance / 2 rounded up, computed so that the whole key space does not overflow.
  const internal::Uint128 distance = internal::Subtract(ToLimbs(end_), ToLimbs(start_));
  const internal::Uint128 half = {distance[0] >> 1 | distance[1] << 63, distance[1] >> 1};
  const internal::Uint128 odd = {distance[0] & 1, 0};
  return ToKey(internal::Add(ToLimbs(start_), internal::Add(half, odd)));
}

std::string HashKeyRange::ToString() const {
  return "[" + start_.ToString() + ", " + end_.ToString() + "]";
}

std::ostream& operator<<(std::ostream& out, const HashKeyRange& range) {
  return out << range.ToString();
}

}  // namespace kinesis
