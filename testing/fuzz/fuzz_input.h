// Bytes of a fuzzer as values, and what a fuzz target does when a promise is broken.
//
// Every input means something: where bytes run out, values are zero and texts are short.
#ifndef KINESIS_CORE_TESTING_FUZZ_FUZZ_INPUT_H_
#define KINESIS_CORE_TESTING_FUZZ_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace kinesis::testing {

// Ends the process if `holds` is false: the fuzzer, or the driver, then shows the input.
inline void Expect(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

class FuzzInput {
 public:
  FuzzInput(const uint8_t* bytes, size_t size)
      : rest_(reinterpret_cast<const char*>(bytes), size) {}

  bool empty() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

  // A number of so many bytes, the lowest first.
  uint64_t Number(size_t bytes) {
    uint64_t number = 0;
    for (size_t i = 0; i < bytes; ++i) {
      if (rest_.empty()) break;
      number |= uint64_t{static_cast<uint8_t>(rest_.front())} << (8 * i);
      rest_.remove_prefix(1);
    }
    return number;
  }
  // A number below `bound`, from as few bytes as hold it; any number if `bound` is 0.
  uint64_t Below(uint64_t bound) {
    if (bound == 0) return Number(sizeof(uint64_t));
    size_t bytes = 1;
    while (bytes < sizeof(uint64_t) && (bound - 1) >> (8 * bytes) != 0) ++bytes;
    return Number(bytes) % bound;
  }
  bool Flag() { return Number(1) % 2 == 1; }
  // A byte says how long; at most 255.
  std::string Text() {
    const size_t wanted = Number(1);
    const size_t length = std::min(wanted, rest_.size());
    std::string text(rest_.substr(0, length));
    rest_.remove_prefix(length);
    return text;
  }

 private:
  std::string_view rest_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_FUZZ_FUZZ_INPUT_H_
