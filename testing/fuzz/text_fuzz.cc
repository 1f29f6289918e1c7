// Numbers and names from strangers: what is accepted is written back unchanged, what is refused is
// refused for a reason that the input has, and the message is short and printable.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/uint_math.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/fuzz/fuzz_input.h"

namespace kinesis::testing {
namespace {

using Wide = unsigned __int128;

bool IsDecimal(std::string_view text, size_t digits_max) {
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return '0' <= c && c <= '9'; });
  return digits && !text.empty() && text.size() <= digits_max && (text[0] != '0' || text == "0");
}

// False if it does not fit.
bool ToWide(std::string_view decimal, Wide* value) {
  *value = 0;
  for (const char c : decimal) {
    const auto digit = static_cast<Wide>(c - '0');
    if (*value > (~Wide{0} - digit) / 10) return false;
    *value = 10 * *value + digit;
  }
  return true;
}

template <class T>
void ExpectClear(const absl::StatusOr<T>& result, std::string_view field) {
  constexpr size_t kLongest = 1000;
  const auto message = result.status().message();
  const std::string_view text(message.data(), message.size());
  Expect(text.find(field) != std::string_view::npos, "a message names the field");
  Expect(text.size() <= kLongest, "a message is short");
  Expect(std::all_of(text.begin(), text.end(), [](char c) { return ' ' <= c && c <= '~'; }),
         "a message is printable");
}

void TryHashKey(std::string_view text) {
  constexpr size_t kDigits = 39;
  const absl::StatusOr<HashKey> key = HashKey::Parse(text);
  Wide value = 0;
  if (!IsDecimal(text, kDigits)) {
    Expect(absl::IsInvalidArgument(key.status()), "no decimal, no hash key");
  } else if (!ToWide(text, &value)) {
    Expect(absl::IsOutOfRange(key.status()), "a hash key has 128 bits");
  } else {
    Expect(key.ok() && key->high() == static_cast<uint64_t>(value >> 64) &&
               key->low() == static_cast<uint64_t>(value),
           "the value of a hash key");
    Expect(key->ToString() == text, "a hash key is written as it was read");
    return;
  }
  ExpectClear(key, "hash key");
}

void TryShardId(std::string_view text) {
  const size_t dash = text.find('-');
  std::string_view digits = dash == std::string_view::npos ? text : text.substr(dash + 1);
  const absl::StatusOr<ShardId> id = ShardId::Parse(text);
  const bool number = !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                                     [](char c) { return '0' <= c && c <= '9'; });
  while (digits.size() > 1 && digits[0] == '0') digits.remove_prefix(1);
  Wide value = 0;
  if (!number) {
    Expect(absl::IsInvalidArgument(id.status()), "no digits, no shard id");
  } else if (!ToWide(digits, &value) || value > ShardId::kMaxIndex) {
    Expect(absl::IsOutOfRange(id.status()), "a shard index has 31 bits");
  } else {
    Expect(id.ok() && id->index() == static_cast<uint32_t>(value), "the index of a shard id");
    Expect(ShardId::Parse(id->ToString()).value() == *id, "a shard id reads what it writes");
    return;
  }
  ExpectClear(id, "shard id");
}

void TrySequenceNumber(std::string_view text) {
  const absl::StatusOr<SequenceNumber> number = SequenceNumber::Parse(text);
  if (!number.ok()) {
    Expect(absl::IsInvalidArgument(number.status()), "one error for every bad sequence number");
    return ExpectClear(number, "sequence number");
  }
  Expect(number->ToString() == text, "a sequence number is written as it was read");
  Expect(number->is_valid() && number->index() <= SequenceNumber::kMaxIndex &&
             number->shard_index() <= SequenceNumber::kMaxShardIndex &&
             number->time_seconds() <= SequenceNumber::kMaxSeconds &&
             number->shard_created_seconds() <= SequenceNumber::kMaxSeconds,
         "the fields of a sequence number are in their ranges");
}

// Numbers that are in range by construction, written and read.
void TryFields(FuzzInput input) {
  const uint64_t created = input.Number(5) & SequenceNumber::kMaxSeconds;
  const uint64_t seconds = input.Number(5) & SequenceNumber::kMaxSeconds;
  const auto shard = static_cast<uint32_t>(input.Number(4)) & SequenceNumber::kMaxShardIndex;
  const uint64_t index = input.Number(8) & SequenceNumber::kMaxIndex;
  const SequenceNumber number = SequenceNumber::Make(created, shard, index, seconds);
  Expect(number.shard_created_seconds() == created && number.time_seconds() == seconds &&
             number.shard_index() == shard && number.index() == index,
         "the fields of a sequence number come back");
  Expect(SequenceNumber::Parse(number.ToString()).value() == number,
         "a sequence number reads what it writes");
  const HashKey key = HashKey::FromHalves(index << 1 | seconds % 2, created << 28 | shard);
  Expect(HashKey::Parse(key.ToString()).value() == key, "a hash key reads what it writes");
  const internal::Uint192 wide = {index, created, seconds};
  internal::Uint192 again{};
  Expect(internal::ParseDecimal(internal::ToDecimal<3>(wide), 60, &again) ==
             internal::DecimalParse::kOk,
         "192 bits have at most 58 digits");
  Expect(again == wide, "192 bits read what they write");
}

}  // namespace
}  // namespace kinesis::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  namespace t = kinesis::testing;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  t::TryHashKey(text);
  t::TryShardId(text);
  t::TrySequenceNumber(text);
  t::TryFields(t::FuzzInput(bytes, size));
  return 0;
}
