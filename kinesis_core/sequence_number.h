// SequenceNumber: the position of a record in its shard, as a typed 192-bit value.
//
// Kinesis shows sequence numbers as decimal text of 56 digits. Written in hexadecimal such a number
// has 47 digits with a fixed layout, version 2 of it, which this class reproduces bit for bit:
//
//   digits from the top     bits       field
//   1                       187..184   the constant 2
//   9                       183..148   second in which the shard was created, since the Unix epoch
//   1                       147..144   the lowest four bits of the shard's index
//   16                      143..80    index of the record in its shard, at most 2^63-1
//   2                        79..72    zero
//   9                        71..36    second in which the record arrived, since the Unix epoch
//   8                        35..4     the shard's index, at most 2^31-1
//   1                         3..0     the version, 2
//
// The layout is officially undocumented; it is read from kinesalite (db/index.js) and from KCL
// issue 738, and sequence_number_test.cc holds it against a number that the service issued. It
// orders numbers by shard creation first, so the numbers of a child shard, created at least a
// second after its parents closed, are above all numbers of the parents; within a shard it orders
// by index.
//
// The value is kept as three 64-bit limbs in exactly that layout: making one costs a few shifts,
// and text is made only by ToString(), AppendTo() and WriteTo().

#ifndef KINESIS_CORE_SEQUENCE_NUMBER_H_
#define KINESIS_CORE_SEQUENCE_NUMBER_H_

#include <cassert>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"

namespace kinesis {

// A version 2 sequence number, ordered as the number it is; or, when default-constructed, no
// number.
//
// Thread-safe: a value type; const operations may run concurrently.
class KINESIS_CORE_EXPORT SequenceNumber {
 public:
  // Index of ShardEnd(). Records have an index above 0 and below this one.
  static constexpr uint64_t kMaxIndex = 0x7fff'ffff'ffff'ffff;
  // Latest second that the layout's nine hexadecimal digits hold: in the year 4147.
  static constexpr uint64_t kMaxSeconds = (uint64_t{1} << 36) - 1;
  // Highest shard index that Kinesis can name.
  static constexpr uint32_t kMaxShardIndex = 0x7fff'ffff;

  // No number: is_valid() is false, it is below every valid number and its text is "0". Nothing
  // else in this class yields that value.
  constexpr SequenceNumber() = default;

  // The number of record `index` of shard `shard_index`. Seconds count from the Unix epoch.
  // Cost: a dozen register operations, no branch.
  // Requires: every argument within its maximum above.
  static constexpr SequenceNumber Make(uint64_t shard_created_seconds, uint32_t shard_index,
                                       uint64_t index, uint64_t time_seconds);

  // The number just before the first record of a shard: index 0, time = creation time.
  static constexpr SequenceNumber ShardStart(uint64_t shard_created_seconds, uint32_t shard_index) {
    return Make(shard_created_seconds, shard_index, 0, shard_created_seconds);
  }

  // The number just after the last record of a shard: index kMaxIndex, time = when it was closed.
  static constexpr SequenceNumber ShardEnd(uint64_t shard_created_seconds, uint32_t shard_index,
                                           uint64_t closed_seconds) {
    return Make(shard_created_seconds, shard_index, kMaxIndex, closed_seconds);
  }

  // Reads the decimal text of a number: `0|([1-9]\d{0,128})`, the pattern of the service model, and
  // in the version 2 layout. Safe on any input: the text may come from a stranger, and success says
  // only that the fields are in range, not that any stream has such a record.
  //
  // Errors: kInvalidArgument, with a message that says whether the text is no decimal number or
  // which part of the layout it breaks. Versions 0 and 1, which Kinesis issued before 2, are
  // refused likewise.
  static absl::StatusOr<SequenceNumber> Parse(std::string_view decimal);

  constexpr bool is_valid() const { return limb2_ != 0; }

  // The fields of the layout; all are 0 when !is_valid(). Seconds count from the Unix epoch.
  constexpr uint64_t shard_created_seconds() const { return (limb2_ >> 20) & kMaxSeconds; }
  constexpr uint32_t shard_index() const { return static_cast<uint32_t>(limb0_ >> 4); }
  constexpr uint64_t index() const { return (limb2_ << 48) | (limb1_ >> 16); }
  constexpr uint64_t time_seconds() const { return (limb0_ >> 36) | ((limb1_ & 0xff) << 28); }

  // Decimal text, 56 digits for every valid number; the inverse of Parse(). Allocates.
  std::string ToString() const;
  // Appends that text to `*text`, which allocates only if it has no room for it.
  void AppendTo(std::string* text) const;
  // The most characters that such a text has.
  static constexpr size_t kTextSizeMax = 58;
  // Writes that text, without a null, to `out`, where there is room for kTextSizeMax characters.
  // Returns its end.
  char* WriteTo(char* out) const;

  friend constexpr bool operator==(const SequenceNumber&, const SequenceNumber&) = default;

  // Member order makes the defaulted comparison numeric: highest limb first.
  friend constexpr auto operator<=>(const SequenceNumber&, const SequenceNumber&) = default;

 private:
  static constexpr uint64_t kLeadingDigit = 2;
  static constexpr uint64_t kVersion = 2;

  constexpr SequenceNumber(uint64_t limb2, uint64_t limb1, uint64_t limb0)
      : limb2_(limb2), limb1_(limb1), limb0_(limb0) {}

  uint64_t limb2_ = 0;  // Bits 191..128: leading digit, creation, nibble, top 16 bits of the index.
  uint64_t limb1_ =
      0;  // Bits 127..64: low 48 bits of the index, zero byte, top 8 bits of the time.
  uint64_t limb0_ = 0;  // Bits 63..0: low 28 bits of the time, shard index, version.
};

static_assert(sizeof(SequenceNumber) == 24);

constexpr SequenceNumber SequenceNumber::Make(uint64_t shard_created_seconds, uint32_t shard_index,
                                              uint64_t index, uint64_t time_seconds) {
  assert(shard_created_seconds <= kMaxSeconds);
  assert(shard_index <= kMaxShardIndex);
  assert(index <= kMaxIndex);
  assert(time_seconds <= kMaxSeconds);
  const uint64_t nibble = shard_index & 0xf;
  return SequenceNumber(
      kLeadingDigit << 56 | shard_created_seconds << 20 | nibble << 16 | index >> 48,
      index << 16 | time_seconds >> 28, time_seconds << 36 | uint64_t{shard_index} << 4 | kVersion);
}

// Writes ToString(), for logs and test failures.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const SequenceNumber& number);

}  // namespace kinesis

#endif  // KINESIS_CORE_SEQUENCE_NUMBER_H_
