#include "kinesis_core/lab/key_counts.h"

#include <algorithm>
#include <bit>

namespace kinesis::lab {
namespace {

constexpr uint64_t kSlotsMin = 64;

}  // namespace

KeyCounts::KeyCounts(uint64_t budget_bytes) {
  // 3/5 of the budget are for the table, whose size is a power of two. It is used up to 3/4: so
  // full it cleans itself in place after a purge instead of growing (the limit is 25/32).
  constexpr uint64_t slot_bytes = sizeof(decltype(counts_)::value_type) + 1;
  const uint64_t slots = std::max(std::bit_floor(budget_bytes * 3 / 5 / slot_bytes), kSlotsMin);
  keys_max_ = slots / 4 * 3;
  text_bytes_max_ = budget_bytes * 2 / 5;
  counts_.reserve(keys_max_);
}

void KeyCounts::Add(uint64_t fingerprint, std::string_view key, uint64_t bytes) {
  const auto [found, is_new] = counts_.try_emplace(fingerprint);
  Count& count = found->second;
  if (is_new) {
    count.key.assign(key);
    text_bytes_ += count.key.capacity();
  }
  ++count.records;
  count.bytes += bytes;
  count.credit += kBytesPerRecord + bytes;
  if (counts_.size() > keys_max_ || text_bytes_ > text_bytes_max_) Purge();
}

void KeyCounts::Purge() {
  std::vector<uint64_t> credits;
  credits.reserve(counts_.size());
  for (const auto& [fingerprint, count] : counts_) credits.push_back(count.credit);
  const auto middle = credits.begin() + static_cast<std::ptrdiff_t>(credits.size() / 2);
  std::nth_element(credits.begin(), middle, credits.end());
  const uint64_t median = *middle;
  error_max_ += median;
  for (auto& [fingerprint, count] : counts_) count.credit -= std::min(count.credit, median);
  absl::erase_if(counts_, [this](const auto& entry) {
    if (entry.second.credit > 0) return false;
    text_bytes_ -= entry.second.key.capacity();
    return true;
  });
}

template <class Measure>
std::vector<KeyLoad> KeyCounts::TopBy(size_t count, const Measure& measure) const {
  std::vector<const Count*> all;
  all.reserve(counts_.size());
  for (const auto& [fingerprint, one] : counts_) all.push_back(&one);
  count = std::min(count, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count), all.end(),
                    [&measure](const Count* a, const Count* b) {
                      return measure(*a) != measure(*b) ? measure(*a) > measure(*b)
                                                        : a->key < b->key;
                    });
  std::vector<KeyLoad> top;
  for (size_t i = 0; i < count; ++i) top.push_back({all[i]->key, all[i]->records, all[i]->bytes});
  return top;
}

std::vector<KeyLoad> KeyCounts::Top(size_t count) const {
  return TopBy(count, [](const Count& one) { return one.records; });
}

std::vector<KeyLoad> KeyCounts::TopByBytes(size_t count) const {
  return TopBy(count, [](const Count& one) { return one.bytes; });
}

}  // namespace kinesis::lab
