// Bytes as a sequence of operations on an engine, each compared with the reference.
#include <cstddef>
#include <cstdint>

#include "gtest/gtest.h"
#include "kinesis_core/testing/conformance/engine_comparison.h"
#include "kinesis_core/testing/fuzz/fuzz_input.h"

namespace kinesis::testing {
namespace {

class BytesAsChoices final : public Choices {
 public:
  explicit BytesAsChoices(FuzzInput input) : input_(input) {}
  uint64_t Below(uint64_t bound) override { return input_.Below(bound); }
  bool exhausted() const override { return input_.empty(); }

 private:
  FuzzInput input_;
};

}  // namespace
}  // namespace kinesis::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  namespace t = kinesis::testing;
  constexpr int kOperations = 200;
  t::BytesAsChoices choices(t::FuzzInput(bytes, size));
  t::CompareWithReference(choices, kOperations, /*print=*/false);
  t::Expect(!::testing::Test::HasFailure(), "the engine does what the reference does");
  return 0;
}
