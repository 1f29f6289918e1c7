// Cases that measure the hash of a partition key by itself, to compare with what a put adds for it.
//
//   hash   16-byte key --Partitioner::Hash--> hash key
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/pinning.h"
#include "bench/waiting.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::bench {
namespace {

constexpr size_t kKeyBytes = 16;
constexpr uint64_t kKeys = 256;

Measurement HashKeys(const Partitioner& partitioner, uint64_t messages) {
  SitDown(Seat::kProducer);
  std::vector<std::string> keys;
  for (uint64_t i = 0; i < kKeys; ++i) {
    std::string digits = std::to_string(i);
    keys.push_back(digits.insert(0, kKeyBytes - digits.size(), 'k'));
  }
  const auto sum_of_pass = [&] {
    uint64_t sum = 0;
    for (const std::string& key : keys) {
      const HashKey hash = partitioner.Hash(key);
      sum += hash.high() ^ hash.low();
    }
    return sum;
  };
  const uint64_t expected = sum_of_pass();
  const uint64_t passes = messages / kKeys + 1;
  uint64_t wrong = 0;
  const double began = NowSeconds();
  for (uint64_t i = 0; i < passes; ++i) wrong += sum_of_pass() != expected;
  return {.seconds = NowSeconds() - began,
          .messages = passes * kKeys,
          .error = wrong == 0 ? "" : "hashes differ from pass to pass"};
}

}  // namespace

std::vector<Case> HashingCases(const Scale& /*scale*/) {
  Case hash{"hash/16", "16-byte key --Partitioner::Hash--> hash key"};
  for (const auto& partitioner : {Xxh3Partitioner(), Md5Partitioner()}) {
    hash.participants.push_back(
        {std::string(partitioner->name()),
         [partitioner](uint64_t messages) { return HashKeys(*partitioner, messages); }});
  }
  return {hash};
}

}  // namespace kinesis::bench
