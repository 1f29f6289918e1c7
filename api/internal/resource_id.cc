#include "kinesis_core/api/internal/resource_id.h"

#include "kinesis_core/api/internal/siphash.h"

namespace kinesis::api::internal {

std::string MakeResourceId(const SealKey& key, std::string_view purpose, uint64_t number) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr int kDigitsOfAWord = 10;
  const std::string begin = std::string(purpose) + std::to_string(number) + ".";
  std::string id;
  uint64_t word = 0;
  for (int i = 0; i < 23; ++i) {
    if (i % kDigitsOfAWord == 0) word = SipHash(key.first, begin + std::to_string(i));
    if (i == 20) id += '-';
    id += kDigits[word % kDigits.size()];
    word /= kDigits.size();
  }
  return id;
}

}  // namespace kinesis::api::internal
