#include "bench/partition_lab/text_table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "bench/partition_lab/utf8.h"

namespace kinesis::lab {
namespace {

constexpr std::string_view kBetweenColumns = "  ";
constexpr size_t kKeyCharactersMax = 40;

size_t Width(std::string_view text) { return CountCodePoints(text).value_or(text.size()); }

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

}  // namespace

std::string TextTable::ToString() const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  size_t rule_width = 0;
  for (size_t i = 0; i < widths.size(); ++i) {
    rule_width += widths[i] + (i > 0 ? kBetweenColumns.size() : 0);
  }
  for (size_t r = 0; r < rows_.size(); ++r) {
    for (size_t i = 0; i < rows_[r].size(); ++i) {
      const std::string& cell = rows_[r][i];
      const std::string padding(widths[i] - Width(cell), ' ');
      if (i > 0) text += kBetweenColumns;
      text += i == 0 ? cell + padding : padding + cell;
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
    if (r == 0) text += std::string(rule_width, '-') + '\n';
  }
  return text;
}

std::string WithCommas(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string Fixed(double value, int decimals) { return absl::StrFormat("%.*f", decimals, value); }

std::string Percent(double share) {
  if (share > 0 && share < 0.0005) return "<0.1 %";
  return absl::StrFormat("%.1f %%", 100 * share);
}

std::string HumanTime(double nanoseconds) {
  if (nanoseconds <= 0) return "0";
  struct Unit {
    double nanoseconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{86'400e9, "d"}, {3'600e9, "h"}, {60e9, "min"}, {1e9, "s"},
                             {1e6, "ms"},     {1e3, "us"},    {1, "ns"}};
  for (const Unit& unit : kUnits) {
    if (nanoseconds < unit.nanoseconds) continue;
    const double value = nanoseconds / unit.nanoseconds;
    return absl::StrFormat("%.*f %s", value < 10 ? 1 : 0, value, unit.name);
  }
  return "<1 ns";
}

std::string Printable(std::string_view key) {
  std::string text;
  size_t characters = 0;
  for (size_t i = 0; i < key.size(); ++i) {
    const auto byte = static_cast<uint8_t>(key[i]);
    if (!IsContinuation(key[i]) && ++characters > kKeyCharactersMax) return text + "...";
    // U+0080 .. U+009F are control characters too, in two bytes.
    const bool c1 = byte == 0xc2 && i + 1 < key.size() && static_cast<uint8_t>(key[i + 1]) < 0xa0;
    if (c1) ++i;
    text += byte < 0x20 || byte == 0x7f || c1 ? '?' : key[i];
  }
  return text;
}

}  // namespace kinesis::lab
