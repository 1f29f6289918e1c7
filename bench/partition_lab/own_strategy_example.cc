// The partition lab with a strategy of one's own: write one small class, name it, and hand it to
// LabMain. It then runs beside those that come with the lab, in every measure.
//
//   bazel run --config=opt //bench/partition_lab:own_strategy_example -- --generate=time --shards=8
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/lab/lab_main.h"
#include "kinesis_core/lab/strategy.h"

namespace {

// Spreads by the first two bytes of a key, as one does who wants neighbouring keys together. Keys
// that begin with the time show what is wrong with that.
class FirstBytes final : public kinesis::lab::Strategy {
 public:
  kinesis::HashKey Place(std::string_view key, uint64_t) override {
    uint64_t prefix = 0;
    for (size_t i = 0; i < 2; ++i) {
      prefix = prefix << 8 | (i < key.size() ? static_cast<uint8_t>(key[i]) : 0);
    }
    return kinesis::HashKey::FromHalves(prefix << 48, 0);
  }
  bool depends_on_key_alone() const override { return true; }
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<kinesis::lab::StrategyKind> own = {
      {"first-bytes", "the first two bytes of the key",
       [](const kinesis::lab::StrategyContext&) { return std::make_unique<FirstBytes>(); }}};
  return kinesis::lab::LabMain(argc, argv, own);
}
