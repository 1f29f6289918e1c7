#include "kinesis_core/internal/utf8.h"

#include <array>
#include <cstdint>

namespace kinesis::internal {
namespace {

struct Range {
  unsigned char first;
  unsigned char last;

  bool Has(unsigned char byte) const { return byte >= first && byte <= last; }
};

// A row of the table: what the first byte may be, and then the second; all others continue.
struct Row {
  Range lead;
  Range second;
  size_t size;
};

constexpr Range kContinuation = {0x80, 0xbf};
constexpr auto kRows = std::to_array<Row>({
    {{0x00, 0x7f}, {0x00, 0x00}, 1},
    {{0xc2, 0xdf}, kContinuation, 2},
    {{0xe0, 0xe0}, {0xa0, 0xbf}, 3},
    {{0xe1, 0xec}, kContinuation, 3},
    {{0xed, 0xed}, {0x80, 0x9f}, 3},
    {{0xee, 0xef}, kContinuation, 3},
    {{0xf0, 0xf0}, {0x90, 0xbf}, 4},
    {{0xf1, 0xf3}, kContinuation, 4},
    {{0xf4, 0xf4}, {0x80, 0x8f}, 4},
});

// The row of each first byte; kRows.size() if there is none.
constexpr std::array<uint8_t, 256> MakeRowOfLead() {
  std::array<uint8_t, 256> row_of_lead{};
  row_of_lead.fill(kRows.size());
  for (size_t row = 0; row < kRows.size(); ++row) {
    for (size_t lead = kRows[row].lead.first; lead <= kRows[row].lead.last; ++lead) {
      row_of_lead[lead] = static_cast<uint8_t>(row);
    }
  }
  return row_of_lead;
}
constexpr std::array<uint8_t, 256> kRowOfLead = MakeRowOfLead();

// Whether what follows the first byte, which is the row's, is right.
bool Fits(const Row& row, std::string_view text) {
  const auto byte = [text](size_t at) { return static_cast<unsigned char>(text[at]); };
  if (text.size() < row.size) return false;
  if (row.size > 1 && !row.second.Has(byte(1))) return false;
  for (size_t at = 2; at < row.size; ++at) {
    if (!kContinuation.Has(byte(at))) return false;
  }
  return true;
}

}  // namespace

size_t Utf8CharacterSize(std::string_view text) {
  if (text.empty()) return 0;
  const size_t row = kRowOfLead[static_cast<unsigned char>(text[0])];
  return row < kRows.size() && Fits(kRows[row], text) ? kRows[row].size : 0;
}

std::optional<size_t> CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) {
    const size_t size = Utf8CharacterSize(text);
    if (size == 0) return std::nullopt;
    text.remove_prefix(size);
  }
  return count;
}

}  // namespace kinesis::internal
