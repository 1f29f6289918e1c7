#include "kinesis_core/hash_key.h"

#include <ostream>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/uint_math.h"

namespace kinesis {
namespace {

constexpr size_t kMaxDecimalDigits = 39;

}  // namespace

absl::StatusOr<HashKey> HashKey::Parse(std::string_view decimal) {
  internal::Uint128 limbs;
  switch (internal::ParseDecimal(decimal, kMaxDecimalDigits, &limbs)) {
    case internal::DecimalParse::kOk:
      return FromHalves(limbs[1], limbs[0]);
    case internal::DecimalParse::kMalformed:
      return internal::FieldError(
          "hash key", decimal,
          "be a decimal number of 1 to 39 digits without sign or leading zero");
    case internal::DecimalParse::kTooLarge:
      break;
  }
  return internal::FieldRangeError("hash key", decimal, "[0, 2^128-1]");
}

std::string HashKey::ToString() const { return internal::ToDecimal<2>({low_, high_}); }

std::ostream& operator<<(std::ostream& out, const HashKey& key) { return out << key.ToString(); }

}  // namespace kinesis
