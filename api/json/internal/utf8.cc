#include "kinesis_core/api/json/internal/utf8.h"

#include <array>

namespace kinesis::api::internal {
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

bool Fits(const Row& row, std::string_view text) {
  const auto byte = [text](size_t at) { return static_cast<unsigned char>(text[at]); };
  if (!row.lead.Has(byte(0)) || text.size() < row.size) return false;
  if (row.size > 1 && !row.second.Has(byte(1))) return false;
  for (size_t at = 2; at < row.size; ++at) {
    if (!kContinuation.Has(byte(at))) return false;
  }
  return true;
}

}  // namespace

size_t Utf8CharacterSize(std::string_view text) {
  if (text.empty()) return 0;
  for (const Row& row : kRows) {
    if (Fits(row, text)) return row.size;
  }
  return 0;
}

}  // namespace kinesis::api::internal
