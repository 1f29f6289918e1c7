#include "kinesis_core/sequence_number.h"

#include <ostream>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/base/uint_math.h"

namespace kinesis {
namespace {

constexpr size_t kMaxDecimalDigits = 129;  // By the pattern of the service model.

absl::Status LayoutError(std::string_view decimal, std::string_view requirement) {
  return internal::FieldError("sequence number", decimal, requirement);
}

}  // namespace

absl::StatusOr<SequenceNumber> SequenceNumber::Parse(std::string_view decimal) {
  internal::Uint192 limbs;
  switch (internal::ParseDecimal(decimal, kMaxDecimalDigits, &limbs)) {
    case internal::DecimalParse::kOk:
      break;
    case internal::DecimalParse::kMalformed:
      return LayoutError(decimal,
                         "be a decimal number of 1 to 129 digits without sign or leading zero");
    case internal::DecimalParse::kTooLarge:
      return LayoutError(decimal, "fit the 47 hexadecimal digits of a version 2 number");
  }
  const SequenceNumber number(limbs[2], limbs[1], limbs[0]);
  if ((number.limb0_ & 0xf) != kVersion) {
    return LayoutError(decimal, "be of version 2: its last hexadecimal digit is the version");
  }
  if (number.limb2_ >> 56 != kLeadingDigit) {
    return LayoutError(decimal, "have 47 hexadecimal digits, the first of them 2");
  }
  if (number.index() > kMaxIndex) {
    return LayoutError(decimal, "have a record index of at most 2^63-1");
  }
  if (number.shard_index() > kMaxShardIndex) {
    return LayoutError(decimal, "have a shard index of at most 2^31-1");
  }
  // All that can still be wrong is what Make() derives: the zero byte, and the shard index's
  // repetition.
  if (number != Make(number.shard_created_seconds(), number.shard_index(), number.index(),
                     number.time_seconds())) {
    return LayoutError(decimal,
                       "have a zero byte below its record index, and above it the low four bits of "
                       "its shard index");
  }
  return number;
}

std::string SequenceNumber::ToString() const {
  return internal::ToDecimal<3>({limb0_, limb1_, limb2_});
}

void SequenceNumber::AppendTo(std::string* text) const {
  char digits[kTextSizeMax];
  text->append(digits, WriteTo(digits));
}

char* SequenceNumber::WriteTo(char* out) const {
  static_assert(kTextSizeMax == internal::kMaxDecimalDigits<3>);
  return internal::WriteDecimal<3>({limb0_, limb1_, limb2_}, out);
}

std::ostream& operator<<(std::ostream& out, const SequenceNumber& number) {
  return out << number.ToString();
}

}  // namespace kinesis
