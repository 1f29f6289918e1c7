#include "kinesis_core/lab/text_table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_format.h"
#include "kinesis_core/internal/utf8.h"

namespace kinesis::lab {
namespace {

constexpr std::string_view kBetweenColumns = "  ";

size_t Width(std::string_view text) {
  return internal::CountCodePoints(text).value_or(text.size());
}

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }

// True if a character, in UTF-8, would do something to a terminal instead of being shown.
bool IsControl(std::string_view character) {
  const auto byte = [character](size_t i) { return static_cast<uint8_t>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7f;
  // U+0080 to U+009F.
  if (character.size() == 2) return byte(0) == 0xc2 && byte(1) < 0xa0;
  if (character.size() != 3) return false;
  const uint32_t point = (byte(0) & 0x0fu) << 12 | (byte(1) & 0x3fu) << 6 | (byte(2) & 0x3fu);
  // Marks and overrides of direction, line ends, and what has no width.
  return (point >= 0x200b && point <= 0x200f) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2060 && point <= 0x206f) || point == 0xfeff;
}

}  // namespace

std::string TextTable::ToString(size_t width) const {
  std::vector<size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  std::string text;
  size_t begin = 1;
  do {
    size_t end = begin;
    size_t wide = widths[0];
    // One column at least, however narrow it is.
    for (; end < widths.size(); ++end) {
      wide += kBetweenColumns.size() + widths[end];
      if (width > 0 && wide > width && end > begin) break;
    }
    if (!text.empty()) text += '\n';
    text += Part(begin, end, widths);
    begin = end;
  } while (begin < widths.size());
  return text;
}

std::string TextTable::Part(size_t begin, size_t end, const std::vector<size_t>& widths) const {
  std::string text;
  size_t rule_width = widths[0];
  for (size_t i = begin; i < end; ++i) rule_width += kBetweenColumns.size() + widths[i];
  for (size_t r = 0; r < rows_.size(); ++r) {
    const std::vector<std::string>& row = rows_[r];
    text += row[0] + std::string(widths[0] - Width(row[0]), ' ');
    for (size_t i = begin; i < std::min(end, row.size()); ++i) {
      text += std::string(kBetweenColumns) + std::string(widths[i] - Width(row[i]), ' ') + row[i];
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

std::string Printable(std::string_view text, size_t characters) {
  std::string shown;
  size_t count = 0;
  while (!text.empty()) {
    size_t size = 1;
    while (size < text.size() && IsContinuation(text[size])) ++size;
    if (++count > characters) return shown + "...";
    const std::string_view character = text.substr(0, size);
    if (IsControl(character)) {
      shown += '?';
    } else {
      shown += character;
    }
    text.remove_prefix(size);
  }
  return shown;
}

std::string More(size_t count, std::string_view where) {
  if (count == 0) return "";
  return "... " + WithCommas(count) + " more (" + std::string(where) + ")\n";
}

}  // namespace kinesis::lab
