#include "kinesis_core/api/shell/suggestion.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace kinesis::testing {
namespace {

// Longer text is no name, and would only take time.
constexpr size_t kTypedMax = 100;

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// How many letters have to be put in, taken out, replaced or swapped with the next to make one of
// the other (Levenshtein's distance, with Damerau's swaps of what is not changed otherwise), where
// case makes no difference. O(letters of one * letters of other).
size_t Distance(std::string_view one, std::string_view other) {
  const auto is_same = [&](size_t i, size_t j) {
    return ToLower(one[i - 1]) == ToLower(other[j - 1]);
  };
  // From the first i letters of one to the first j of the other: of i, and of the two before.
  std::vector<size_t> row(other.size() + 1);
  std::vector<size_t> above(other.size() + 1);
  std::vector<size_t> before(other.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= one.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= other.size(); ++j) {
      const size_t replaced = above[j - 1] + (is_same(i, j) ? 0 : 1);
      row[j] = std::min({replaced, row[j - 1] + 1, above[j] + 1});
      if (i > 1 && j > 1 && is_same(i, j - 1) && is_same(i - 1, j)) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row.back();
}

}  // namespace

bool EqualsIgnoringCase(std::string_view one, std::string_view other) {
  return one.size() == other.size() && StartsWithIgnoringCase(one, other);
}

bool StartsWithIgnoringCase(std::string_view text, std::string_view prefix) {
  if (text.size() < prefix.size()) return false;
  return std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char one, char other) { return ToLower(one) == ToLower(other); });
}

std::string_view NearestName(std::string_view typed, std::span<const std::string_view> names) {
  constexpr size_t kPrefixMin = 3;
  if (typed.empty() || typed.size() > kTypedMax) return {};
  std::string_view nearest;
  size_t distance_min = typed.size() / 4 + 2;  // what is farther away is not meant
  for (const std::string_view name : names) {
    if (EqualsIgnoringCase(name, typed)) return name;
    size_t distance = Distance(typed, name);
    if (typed.size() >= kPrefixMin && StartsWithIgnoringCase(name, typed)) distance = 1;
    if (distance >= distance_min) continue;
    distance_min = distance;
    nearest = name;
  }
  return nearest;
}

std::string DidYouMean(std::string_view typed, std::span<const std::string_view> names) {
  const std::string_view nearest = NearestName(typed, names);
  return nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
}

}  // namespace kinesis::testing
