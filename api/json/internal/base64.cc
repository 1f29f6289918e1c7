#include "kinesis_core/api/json/internal/base64.h"

#include <array>
#include <cstdint>
#include <cstring>

#include "kinesis_core/api/json/internal/base64_vectors.h"

namespace kinesis::api::internal {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// The two characters of every 12 bits: half the look-ups of one character at a time.
using Pair = std::array<char, 2>;
constexpr std::array<Pair, 4096> MakePairs() {
  std::array<Pair, 4096> pairs{};
  for (size_t bits = 0; bits < pairs.size(); ++bits) {
    pairs[bits] = {kAlphabet[bits >> 6], kAlphabet[bits & 63]};
  }
  return pairs;
}
constexpr std::array<Pair, 4096> kPairs = MakePairs();

// The bits that a character adds to the 24 of its four, by its place among them. One that is not of
// the alphabet sets kInvalid, which survives the OR of any number of groups.
constexpr uint32_t kInvalid = uint32_t{1} << 31;
using Values = std::array<uint32_t, 256>;
constexpr std::array<Values, 4> MakeValues() {
  std::array<Values, 4> values{};
  for (size_t place = 0; place < 4; ++place) {
    values[place].fill(kInvalid);
    for (size_t i = 0; i < kAlphabet.size(); ++i) {
      values[place][static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint32_t>(i)
                                                                << (18 - 6 * place);
    }
  }
  return values;
}
constexpr std::array<Values, 4> kValues = MakeValues();

uint32_t ByteAt(const char* bytes, size_t at) { return static_cast<unsigned char>(bytes[at]); }

uint32_t Group(const char* text) {
  return kValues[0][ByteAt(text, 0)] | kValues[1][ByteAt(text, 1)] | kValues[2][ByteAt(text, 2)] |
         kValues[3][ByteAt(text, 3)];
}

void PutBytes(uint32_t group, char* out) {
  out[0] = static_cast<char>(group >> 16);
  out[1] = static_cast<char>(group >> 8);
  out[2] = static_cast<char>(group);
}

Base64Result CharacterProblem(std::string_view text) {
  // Padding is at fault if something else follows it, or if there is more than two.
  size_t at = 0;
  while (at < text.size() && (kValues[0][ByteAt(text.data(), at)] & kInvalid) == 0) ++at;
  while (at + 1 < text.size() && text[at] == '=' && text[at + 1] == '=') ++at;
  if (at + 1 == text.size() && text[at] == '=') return {Base64Problem::kLastCharacter};
  return {Base64Problem::kCharacter, 0, at};
}

}  // namespace

char* EncodeBase64(std::string_view bytes, char* out) {
  const size_t done = EncodeBase64Vectors(bytes, out);
  out += Base64Length(done);
  const char* in = bytes.data() + done;
  size_t left = bytes.size() - done;
  for (; left >= 3; left -= 3, in += 3, out += 4) {
    const uint32_t group = ByteAt(in, 0) << 16 | ByteAt(in, 1) << 8 | ByteAt(in, 2);
    std::memcpy(out, kPairs[group >> 12].data(), 2);
    std::memcpy(out + 2, kPairs[group & 0xfff].data(), 2);
  }
  if (left == 0) return out;
  const uint32_t group = ByteAt(in, 0) << 16 | (left == 2 ? ByteAt(in, 1) << 8 : 0);
  std::memcpy(out, kPairs[group >> 12].data(), 2);
  out[2] = left == 2 ? kPairs[group & 0xfff][0] : '=';
  out[3] = '=';
  return out + 4;
}

Base64Result DecodeBase64(std::string_view text, char* out) {
  if (text.size() % 4 != 0) return {Base64Problem::kLength};
  if (text.empty()) return {};
  const size_t padding = text.back() != '=' ? 0 : text[text.size() - 2] != '=' ? 1 : 2;
  const size_t whole_groups = text.size() / 4 - (padding == 0 ? 0 : 1);
  char* const begin = out;
  const size_t done = DecodeBase64Vectors(text.substr(0, whole_groups * 4), out);
  if (done == text.size()) return {Base64Problem::kNone, done / 4 * 3};
  const char* in = text.data() + done;
  out += done / 4 * 3;
  uint32_t seen = 0;
  for (size_t i = done / 4; i < whole_groups; ++i, in += 4, out += 3) {
    const uint32_t group = Group(in);
    seen |= group;
    PutBytes(group, out);
  }
  if (padding != 0) {
    uint32_t group = kValues[0][ByteAt(in, 0)] | kValues[1][ByteAt(in, 1)];
    if (padding == 1) group |= kValues[2][ByteAt(in, 2)];
    seen |= group;
    const uint32_t unused = padding == 1 ? 0xff : 0xffff;
    if ((seen & kInvalid) == 0 && (group & unused) != 0) return {Base64Problem::kLastCharacter};
    *out++ = static_cast<char>(group >> 16);
    if (padding == 1) *out++ = static_cast<char>(group >> 8);
  }
  if ((seen & kInvalid) != 0) return CharacterProblem(text);
  return {Base64Problem::kNone, static_cast<size_t>(out - begin)};
}

}  // namespace kinesis::api::internal
