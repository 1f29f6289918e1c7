#include "bench/partition_lab/utf8.h"

#include <algorithm>
#include <cstdint>

namespace kinesis::lab {
namespace {

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// The length of the sequence that begins with `lead`, and the range of its second byte, which is
// narrower after some leads (RFC 3629, section 4). 0: `lead` begins nothing.
struct Sequence {
  size_t length = 0;
  uint8_t second_min = 0x80;
  uint8_t second_max = 0xbf;
};
Sequence SequenceOf(uint8_t lead) {
  if (lead < 0x80) return {1};
  if (lead < 0xc2) return {0};  // a continuation, or an overlong form of ASCII
  if (lead < 0xe0) return {2};
  if (lead == 0xe0) return {3, 0xa0, 0xbf};  // below is overlong
  if (lead == 0xed) return {3, 0x80, 0x9f};  // above are surrogates
  if (lead < 0xf0) return {3};
  if (lead == 0xf0) return {4, 0x90, 0xbf};  // below is overlong
  if (lead < 0xf4) return {4};
  if (lead == 0xf4) return {4, 0x80, 0x8f};  // above is past U+10FFFF
  return {0};
}

}  // namespace

std::optional<size_t> CountCodePoints(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) {
    const Sequence sequence = SequenceOf(static_cast<uint8_t>(text[0]));
    if (sequence.length == 0 || sequence.length > text.size()) return std::nullopt;
    if (sequence.length > 1) {
      const auto second = static_cast<uint8_t>(text[1]);
      if (second < sequence.second_min || second > sequence.second_max) return std::nullopt;
      const std::string_view rest = text.substr(2, sequence.length - 2);
      if (!std::all_of(rest.begin(), rest.end(), IsContinuation)) return std::nullopt;
    }
    text.remove_prefix(sequence.length);
    ++count;
  }
  return count;
}

}  // namespace kinesis::lab
