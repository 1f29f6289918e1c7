// The regular expressions of the service model, compiled when the program is.
//
// The model's patterns need little: characters, `.`, `\d`, `\S` and [classes], each followed by
// `*`, `+`, `{n}`, `{m,n}` or nothing; one level of alternatives; brackets that only group. They
// are matched without backtracking, so text of any length and intent costs O(length x pattern). The
// pattern itself is also what the service's error quotes, so the two cannot drift apart.
//
// Not std::regex: it recurses for each character of `.*`, and a request could exhaust the stack.
#ifndef KINESIS_CORE_API_INTERNAL_PATTERN_H_
#define KINESIS_CORE_API_INTERNAL_PATTERN_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace kinesis::api::internal {

// A set of bytes.
class ByteSet {
 public:
  constexpr ByteSet() = default;
  constexpr void Add(unsigned char byte) { words_[byte / 64] |= uint64_t{1} << (byte % 64); }
  constexpr void AddRange(unsigned char first, unsigned char last) {
    for (unsigned int byte = first; byte <= last; ++byte) Add(static_cast<unsigned char>(byte));
  }
  constexpr void Remove(unsigned char byte) { words_[byte / 64] &= ~(uint64_t{1} << (byte % 64)); }
  constexpr bool Contains(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    return (words_[byte / 64] >> (byte % 64) & 1) != 0;
  }

 private:
  std::array<uint64_t, 4> words_ = {};
};

// Thread-safe: immutable.
class Pattern {
 public:
  // Requires: the syntax above, in at most kMaxSteps steps. Anything else fails to compile where
  // the pattern is constexpr.
  explicit constexpr Pattern(std::string_view text) : text_(text) {
    Compile();
    for (size_t byte = 0; byte < 256; ++byte) {
      in_first_step_[byte] = steps_[0].bytes.Contains(static_cast<char>(byte));
    }
  }

  // Whether the whole of `subject` matches.
  bool Matches(std::string_view subject) const {
    return step_count_ == 1 ? MatchesStep(subject) : MatchesSteps(subject);
  }

  constexpr std::string_view text() const { return text_; }

 private:
  static constexpr size_t kMaxSteps = 80;
  static constexpr uint32_t kUnbounded = std::numeric_limits<uint32_t>::max();

  // Between `min` and `max` bytes of `bytes`.
  struct Step {
    ByteSet bytes;
    uint32_t min = 1;
    uint32_t max = 1;
  };

  constexpr void Compile();
  constexpr size_t CompileSet(size_t at, ByteSet* bytes) const;
  constexpr size_t CompileClass(size_t at, ByteSet* bytes) const;
  constexpr size_t CompileRepeat(size_t at, Step* step) const;
  constexpr size_t CompileNumber(size_t at, uint32_t* number) const;

  // One class for all of it, as in names.
  bool MatchesStep(std::string_view subject) const {
    const Step& step = steps_[0];
    if (subject.size() < step.min || subject.size() > step.max) return false;
    bool matches = true;
#pragma GCC unroll 4
    for (const char c : subject) matches &= in_first_step_[static_cast<unsigned char>(c)];
    return matches;
  }
  bool MatchesSteps(std::string_view subject) const;
  bool MatchesSteps(size_t first, size_t last, std::string_view subject) const;

  std::string_view text_;
  std::array<Step, kMaxSteps> steps_ = {};
  size_t step_count_ = 0;
  // The first step's bytes once more: one load for each, on the path of every name.
  std::array<bool, 256> in_first_step_ = {};
  size_t second_alternative_ = 0;  // its first step; 0: there is none
};

constexpr void Pattern::Compile() {
  for (size_t at = 0; at < text_.size();) {
    const char c = text_[at];
    if (c == '(' || c == ')' || c == '^') {
      ++at;
    } else if (c == '|') {
      assert(second_alternative_ == 0);
      second_alternative_ = step_count_;
      ++at;
    } else {
      Step& step = steps_.at(step_count_++);
      at = CompileSet(at, &step.bytes);
      at = CompileRepeat(at, &step);
    }
  }
}

// Reads what one step takes; returns where it ended.
constexpr size_t Pattern::CompileSet(size_t at, ByteSet* bytes) const {
  const char c = text_.at(at);
  if (c == '[') return CompileClass(at + 1, bytes);
  if (c == '.') {
    bytes->AddRange(0, 255);
    bytes->Remove('\n');
    bytes->Remove('\r');
    return at + 1;
  }
  if (c != '\\') {
    bytes->Add(static_cast<unsigned char>(c));
    return at + 1;
  }
  const char escaped = text_.at(at + 1);
  if (escaped == 'd') {
    bytes->AddRange('0', '9');
  } else if (escaped == 'S') {
    bytes->AddRange(0, 255);
    for (const char space : {' ', '\t', '\n', '\v', '\f', '\r'}) {
      bytes->Remove(static_cast<unsigned char>(space));
    }
  } else {
    bytes->Add(static_cast<unsigned char>(escaped));
  }
  return at + 2;
}

constexpr size_t Pattern::CompileClass(size_t at, ByteSet* bytes) const {
  while (text_.at(at) != ']') {
    const auto first = static_cast<unsigned char>(text_[at]);
    if (text_.at(at + 1) == '-' && text_.at(at + 2) != ']') {
      bytes->AddRange(first, static_cast<unsigned char>(text_[at + 2]));
      at += 3;
    } else {
      bytes->Add(first);
      ++at;
    }
  }
  return at + 1;
}

constexpr size_t Pattern::CompileRepeat(size_t at, Step* step) const {
  if (at == text_.size()) return at;
  switch (text_[at]) {
    case '*':
      step->min = 0;
      step->max = kUnbounded;
      return at + 1;
    case '+':
      step->max = kUnbounded;
      return at + 1;
    case '{':
      at = CompileNumber(at + 1, &step->min);
      step->max = step->min;
      if (text_.at(at) == ',') at = CompileNumber(at + 1, &step->max);
      return at + 1;
    default:
      return at;
  }
}

constexpr size_t Pattern::CompileNumber(size_t at, uint32_t* number) const {
  for (*number = 0; text_.at(at) >= '0' && text_.at(at) <= '9'; ++at) {
    *number = *number * 10 + static_cast<uint32_t>(text_[at] - '0');
  }
  return at;
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_PATTERN_H_
