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

// How many letters have to be put in, taken out or replaced to make one of the other (Levenshtein's
// distance), where case makes no difference. O(letters of one * letters of other).
size_t Distance(std::string_view one, std::string_view other) {
  std::vector<size_t> row(other.size() + 1);  // the distances to the beginnings of `other`
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < one.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 0; j < other.size(); ++j) {
      const size_t replaced = diagonal + (ToLower(one[i]) == ToLower(other[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
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
