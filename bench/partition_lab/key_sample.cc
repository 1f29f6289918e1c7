#include "kinesis_core/lab/key_sample.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace kinesis::lab {
namespace {

constexpr uint64_t kKeysMin = 64;
constexpr size_t kWordBits = 64;

}  // namespace

KeySample::KeySample(size_t strategies, size_t shards, uint64_t budget_bytes)
    : shards_(shards),
      shard_words_((shards + kWordBits - 1) / kWordBits),
      slot_words_(shard_words_ * strategies) {
  // A third of the budget is for long keys. The table has up to 8/3 slots for each key, and growing
  // holds the old and the new one for a moment; so does the vector of shards.
  constexpr uint64_t slot_bytes = sizeof(decltype(keys_)::value_type) + 1;
  const uint64_t key_bytes = 4 * slot_bytes + 3 * slot_words_ * sizeof(uint64_t);
  keys_max_ = std::max(budget_bytes * 2 / 3 / key_bytes, kKeysMin);
  text_bytes_max_ = std::max(budget_bytes / 3, kKeysMin * 4096);
}

bool KeySample::Touch(uint64_t fingerprint, std::string_view key) {
  if (!IsSampled(fingerprint)) return false;
  const auto [found, is_new] = keys_.try_emplace(fingerprint);
  if (is_new) {
    found->second.text.assign(key);
    found->second.slot = TakeSlot();
    text_bytes_ += found->second.text.capacity();
  }
  ++found->second.records;
  touched_slot_ = found->second.slot;
  if (!is_new || (keys_.size() <= keys_max_ && text_bytes_ <= text_bytes_max_)) return true;
  Shrink();
  return IsSampled(fingerprint);
}

void KeySample::MarkShard(size_t strategy, size_t shard) {
  assert(shard < shards_);
  uint64_t* const words = &shards_seen_[touched_slot_ * slot_words_ + strategy * shard_words_];
  words[shard / kWordBits] |= uint64_t{1} << (shard % kWordBits);
}

void KeySample::Shrink() {
  while (keys_.size() > keys_max_ || text_bytes_ > text_bytes_max_) {
    ++level_;
    absl::erase_if(keys_, [this](const auto& entry) {
      if (IsSampled(entry.first)) return false;
      text_bytes_ -= entry.second.text.capacity();
      free_slots_.push_back(entry.second.slot);
      return true;
    });
  }
}

size_t KeySample::TakeSlot() {
  if (free_slots_.empty()) {
    const size_t slot = shards_seen_.size() / slot_words_;
    shards_seen_.resize(shards_seen_.size() + slot_words_);
    return slot;
  }
  const size_t slot = free_slots_.back();
  free_slots_.pop_back();
  const auto begin = shards_seen_.begin() + static_cast<std::ptrdiff_t>(slot * slot_words_);
  std::fill_n(begin, slot_words_, 0);
  return slot;
}

std::vector<uint64_t> KeySample::KeysPerShard(size_t strategy) const {
  std::vector<uint64_t> keys(shards_);
  for (const auto& [fingerprint, key] : keys_) {
    const uint64_t* const words = Shards(key, strategy);
    for (size_t word = 0; word < shard_words_; ++word) {
      for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
        ++keys[word * kWordBits + static_cast<size_t>(std::countr_zero(bits))];
      }
    }
  }
  return keys;
}

KeySample::Order KeySample::OrderOf(size_t strategy) const {
  Order order;
  for (const auto& [fingerprint, key] : keys_) {
    const uint64_t* const words = Shards(key, strategy);
    int shards = 0;
    for (size_t word = 0; word < shard_words_; ++word) shards += std::popcount(words[word]);
    ++order.keys;
    if (key.records > 1) ++order.repeated_keys;
    if (shards > 1) ++order.spread_keys;
  }
  return order;
}

void KeySample::ForEachKey(const std::function<void(std::string_view key)>& visit) const {
  for (const auto& [fingerprint, key] : keys_) visit(key.text);
}

}  // namespace kinesis::lab
