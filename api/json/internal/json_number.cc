#include "kinesis_core/api/json/internal/json_number.h"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace kinesis::api::internal {
namespace {

// Beyond this an exponent makes nothing larger or smaller: a token has fewer digits.
constexpr int64_t kExponentMax = int64_t{1} << 40;

// A number, taken apart.
struct Parts {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int64_t exponent = 0;
};

// The digits at the front of *rest, which loses them.
std::string_view TakeDigits(std::string_view* rest) {
  size_t size = 0;
  while (size < rest->size() && (*rest)[size] >= '0' && (*rest)[size] <= '9') ++size;
  const std::string_view digits = rest->substr(0, size);
  rest->remove_prefix(size);
  return digits;
}

bool Take(char c, std::string_view* rest) {
  if (rest->empty() || rest->front() != c) return false;
  rest->remove_prefix(1);
  return true;
}

// Takes the exponent, which follows the 'e', off the front. False if there is none.
bool TakeExponent(std::string_view* rest, int64_t* exponent) {
  const bool negative = Take('-', rest);
  if (!negative) Take('+', rest);
  const std::string_view digits = TakeDigits(rest);
  if (digits.empty()) return false;
  *exponent = 0;
  for (const char c : digits) *exponent = std::min(*exponent * 10 + (c - '0'), kExponentMax);
  if (negative) *exponent = -*exponent;
  return true;
}

std::optional<Parts> Split(std::string_view token) {
  Parts parts;
  parts.negative = Take('-', &token);
  parts.whole = TakeDigits(&token);
  if (parts.whole.empty() || (parts.whole[0] == '0' && parts.whole.size() > 1)) return std::nullopt;
  if (Take('.', &token)) {
    parts.fraction = TakeDigits(&token);
    if (parts.fraction.empty()) return std::nullopt;
  }
  if ((Take('e', &token) || Take('E', &token)) && !TakeExponent(&token, &parts.exponent)) {
    return std::nullopt;
  }
  if (!token.empty()) return std::nullopt;
  return parts;
}

// Appends a digit to a magnitude. False if it is past the range of int64 then.
bool AddDigit(char digit, uint64_t* magnitude) {
  constexpr uint64_t kMax = uint64_t{1} << 63;
  if (*magnitude > kMax / 10) return false;
  *magnitude = *magnitude * 10 + static_cast<uint64_t>(digit - '0');
  return *magnitude <= kMax;
}

// The digits in front of the decimal point, once it has moved by the exponent; nothing if they are
// too many.
std::optional<uint64_t> Magnitude(const Parts& parts, int64_t exponent) {
  uint64_t magnitude = 0;
  int64_t wanted = static_cast<int64_t>(parts.whole.size()) + exponent;
  for (const std::string_view digits : {parts.whole, parts.fraction}) {
    for (const char digit : digits) {
      if (wanted-- <= 0) return magnitude;
      if (!AddDigit(digit, &magnitude)) return std::nullopt;
    }
  }
  for (; wanted > 0 && magnitude != 0; --wanted) {
    if (!AddDigit('0', &magnitude)) return std::nullopt;
  }
  return magnitude;
}

}  // namespace

bool IsJsonNumber(std::string_view token) { return Split(token).has_value(); }

std::optional<int64_t> TruncateJsonNumber(std::string_view token, int shift) {
  const std::optional<Parts> parts = Split(token);
  if (!parts.has_value()) return std::nullopt;
  const std::optional<uint64_t> magnitude = Magnitude(*parts, parts->exponent + shift);
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  if (parts->negative) {
    if (!magnitude.has_value() || *magnitude > kMax) return std::numeric_limits<int64_t>::min();
    return -static_cast<int64_t>(*magnitude);
  }
  return static_cast<int64_t>(std::min(magnitude.value_or(kMax), kMax));
}

std::optional<int64_t> MillisOfJsonSeconds(std::string_view token) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max() - 5;
  const std::optional<int64_t> tenths = TruncateJsonNumber(token, 4);
  if (!tenths.has_value()) return std::nullopt;
  const int64_t bounded = std::clamp(*tenths, -kMax, kMax);
  return (bounded + (bounded < 0 ? -5 : 5)) / 10;
}

}  // namespace kinesis::api::internal
