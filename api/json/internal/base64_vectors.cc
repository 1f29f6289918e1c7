// The method is that of Mula and Lemire, "Faster Base64 Encoding and Decoding using AVX2
// Instructions", ACM Transactions on the Web 12(3), 2018: small tables, looked up by half of a byte
// for all bytes of a vector at once, and multiplications that move bits to where they belong. The
// tables follow from the alphabet, and are made of it when this is compiled.
#include "kinesis_core/api/json/internal/base64_vectors.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <array>
#include <cstdint>
#include <cstring>

namespace kinesis::api::internal {
namespace {

// What a vector holds, as text and as bytes.
constexpr size_t kTextStep = 32;
constexpr size_t kBytesStep = kTextStep / 4 * 3;

// One value for each half of a byte: what a look-up of AVX2 can hold.
using Table = std::array<int8_t, 16>;

// What the characters with the same upper half have in common: the first of them, and the value
// that it stands for.
struct Row {
  char first;
  char last;
  int8_t value;
};

// Of each upper half from 2 to 7. '+' and '/' share the first, and are told apart.
constexpr std::array<Row, 8> kRows = {{{1, 0, 0},
                                       {1, 0, 0},
                                       {'+', '+', 62},
                                       {'0', '9', 52},
                                       {'A', 'O', 0},
                                       {'P', 'Z', 15},
                                       {'a', 'o', 26},
                                       {'p', 'z', 41}}};

constexpr bool IsInAlphabet(int byte) {
  if (byte == '/') return true;
  return byte < 0x80 && byte >= kRows[static_cast<size_t>(byte) / 16].first &&
         byte <= kRows[static_cast<size_t>(byte) / 16].last;
}

// Upper halves whose characters have the same lower halves share a bit; those of no characters have
// one, too.
constexpr Table MakeKinds() {
  Table kinds{};
  kinds.fill(1);
  kinds[2] = 2;
  kinds[3] = 4;
  kinds[4] = kinds[6] = 8;
  kinds[5] = kinds[7] = 16;
  return kinds;
}
constexpr Table kKinds = MakeKinds();

// Of each lower half: the kinds of upper half with which it is no character. A byte is of the
// alphabet if it has no bit in common with the kind of its upper half.
constexpr Table MakeWrong() {
  Table wrong{};
  for (size_t byte = 0; byte < 256; ++byte) {
    if (IsInAlphabet(static_cast<int>(byte))) continue;
    wrong[byte % 16] = static_cast<int8_t>(wrong[byte % 16] | kKinds[byte / 16]);
  }
  return wrong;
}
constexpr Table kWrong = MakeWrong();

constexpr bool TablesAgreeWithTheAlphabet() {
  for (size_t byte = 0; byte < 256; ++byte) {
    const bool right = (kWrong[byte % 16] & kKinds[byte / 16]) == 0;
    if (right != IsInAlphabet(static_cast<int>(byte))) return false;
  }
  return true;
}
static_assert(TablesAgreeWithTheAlphabet());

// By upper half: what is added to a character to make its value of it. That of '/' stands one
// place before that of '+'.
constexpr Table MakeToValue() {
  Table to_value{};
  for (size_t upper = 2; upper < kRows.size(); ++upper) {
    to_value[upper] = static_cast<int8_t>(kRows[upper].value - kRows[upper].first);
  }
  to_value[1] = 63 - '/';
  return to_value;
}
constexpr Table kToValue = MakeToValue();

// What is added to a value to make its character: of values below 26 at 13, of those from 26 to 51
// at 0, and of the others at their distance from 51.
constexpr Table MakeToCharacter() {
  Table to_character{};
  to_character[13] = 'A';
  to_character[0] = 'a' - 26;
  for (size_t value = 52; value < 62; ++value) to_character[value - 51] = '0' - 52;
  to_character[62 - 51] = '+' - 62;
  to_character[63 - 51] = '/' - 63;
  return to_character;
}
constexpr Table kToCharacter = MakeToCharacter();

// Packs, of each four bytes that the multiplications of Decode() leave, the lower three, highest
// first.
constexpr Table kPackOrder = {2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1};

// Lays out the three bytes of a group for the multiplications of Encode(): from the first 12 bytes
// of the lower half, and from the last 12 of the upper one.
alignas(32) constexpr std::array<int8_t, 32> kSpreadOrder = {
    1, 0, 2, 1, 4, 3, 5, 4, 7,  6,  8,  7,  10, 9,  11, 10,
    5, 4, 6, 5, 8, 7, 9, 8, 11, 10, 12, 11, 14, 13, 15, 14};

[[gnu::target("avx2"), gnu::always_inline]] inline __m256i Load(const Table& table) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

// Decodes a vector of text. False if one is outside the alphabet.
[[gnu::target("avx2"), gnu::always_inline]] inline bool Decode(const char* in, char* out) {
  const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
  const __m256i half = _mm256_set1_epi8(0x0f);
  const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(text, 4), half);
  const __m256i lower = _mm256_and_si256(text, half);
  const __m256i kinds = _mm256_shuffle_epi8(Load(kKinds), upper);
  const __m256i wrong = _mm256_shuffle_epi8(Load(kWrong), lower);
  if (_mm256_testz_si256(kinds, wrong) == 0) return false;
  const __m256i is_slash = _mm256_cmpeq_epi8(text, _mm256_set1_epi8('/'));  // -1 where it is
  const __m256i to_value = _mm256_shuffle_epi8(Load(kToValue), _mm256_add_epi8(upper, is_slash));
  const __m256i values = _mm256_add_epi8(text, to_value);
  // 6 bits of each byte to 12 of each two, to 24 of each four.
  const __m256i pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x0140'0140));
  const __m256i groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x0001'1000));
  const __m256i bytes = _mm256_shuffle_epi8(groups, Load(kPackOrder));
  // Twelve of each half: what the first store leaves behind them the others cover.
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm256_castsi256_si128(bytes));
  const __m128i upper_half = _mm256_extracti128_si256(bytes, 1);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out + 12), upper_half);
  const int last = _mm_extract_epi32(upper_half, 2);
  std::memcpy(out + 20, &last, sizeof last);
  return true;
}

// Encodes a vector of bytes.
[[gnu::target("avx2"), gnu::always_inline]] inline void Encode(const char* in, char* out) {
  const __m128i front = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
  const __m128i back = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 8));
  const __m256i spread =
      _mm256_shuffle_epi8(_mm256_set_m128i(back, front),
                          _mm256_load_si256(reinterpret_cast<const __m256i*>(kSpreadOrder.data())));
  // Each two bytes hold two values, apart from bits of their neighbours: the values in their upper
  // places are moved down, the others up, each by a multiplication.
  const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(spread, _mm256_set1_epi32(0x0fc0'fc00)),
                                         _mm256_set1_epi32(0x0400'0040));
  const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(spread, _mm256_set1_epi32(0x003f'03f0)),
                                          _mm256_set1_epi32(0x0100'0010));
  const __m256i values = _mm256_or_si256(odd, even);
  const __m256i is_capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
  const __m256i rows = _mm256_or_si256(_mm256_subs_epu8(values, _mm256_set1_epi8(51)),
                                       _mm256_and_si256(is_capital, _mm256_set1_epi8(13)));
  const __m256i text = _mm256_add_epi8(values, _mm256_shuffle_epi8(Load(kToCharacter), rows));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), text);
}

// Both take all that they are given: whole groups, and no less of them than fill a vector. What
// does not fill one at the end is taken together with some of what stands before it, once more.

[[gnu::target("avx2")]] size_t DecodeAll(const char* text, size_t size, char* out) {
  const char* in = text;
  const char* const last = text + size - kTextStep;
  while (Decode(in, out)) {
    if (in == last) return size;
    const auto left = static_cast<size_t>(last - in);
    if (left >= kTextStep) {
      in += kTextStep;
      out += kBytesStep;
    } else {
      in += left;
      out += left / 4 * 3;
    }
  }
  return static_cast<size_t>(in - text);
}

[[gnu::target("avx2")]] size_t EncodeAll(const char* bytes, size_t size, char* out) {
  const char* in = bytes;
  const char* const last = bytes + size - kBytesStep;
  for (;;) {
    Encode(in, out);
    if (in == last) return size;
    const auto left = static_cast<size_t>(last - in);
    if (left >= kBytesStep) {
      in += kBytesStep;
      out += kTextStep;
    } else {
      in += left;
      out += left / 3 * 4;
    }
  }
}

}  // namespace

size_t DecodeBase64Vectors(std::string_view text, char* out) {
  const size_t size = text.size() / 4 * 4;
  if (size < kTextStep || !__builtin_cpu_supports("avx2")) return 0;
  return DecodeAll(text.data(), size, out);
}

size_t EncodeBase64Vectors(std::string_view bytes, char* out) {
  const size_t size = bytes.size() / 3 * 3;
  if (size < kBytesStep || !__builtin_cpu_supports("avx2")) return 0;
  return EncodeAll(bytes.data(), size, out);
}

}  // namespace kinesis::api::internal

#else

namespace kinesis::api::internal {

size_t DecodeBase64Vectors(std::string_view /*text*/, char* /*out*/) { return 0; }
size_t EncodeBase64Vectors(std::string_view /*bytes*/, char* /*out*/) { return 0; }

}  // namespace kinesis::api::internal

#endif  // defined(__x86_64__)
