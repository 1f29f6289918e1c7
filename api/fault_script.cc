// FaultRule::Parse and FaultPlan::AddScript: rules as text.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"
#include "kinesis_core/api/fault_plan.h"

namespace kinesis::api {
namespace {

constexpr std::array kKinds = {
    FaultKind::kFailCall,        FaultKind::kFailPut,   FaultKind::kLoseAnswer,
    FaultKind::kSplit,           FaultKind::kMerge,     FaultKind::kFailRead,
    FaultKind::kShortPage,       FaultKind::kFailEvent, FaultKind::kEndSubscription,
    FaultKind::kDelayTransition,
};

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kWordEnds = " \t,";

// What is left to read of a rule's text.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}

  bool AtEnd() {
    SkipBlanks();
    return rest_.empty();
  }

  // Passes over `words` if they are next: up to one of kWordEnds or the end.
  bool Take(std::string_view words) {
    SkipBlanks();
    if (!rest_.starts_with(words)) return false;
    const std::string_view behind = rest_.substr(words.size());
    const bool is_whole = behind.empty() ||
                          kWordEnds.find(behind.front()) != std::string_view::npos ||
                          words.back() == ',';
    if (is_whole) rest_ = behind;
    return is_whole;
  }

  // The next word.
  std::string_view Next() {
    SkipBlanks();
    const std::string_view word = rest_.substr(0, rest_.find_first_of(kWordEnds));
    rest_.remove_prefix(word.size());
    return word;
  }

  // kInvalidArgument, with the place.
  absl::Status Refusal(std::string_view expected) const {
    constexpr size_t kShownMax = 60;
    return absl::InvalidArgumentError("a fault's rule: expected " + std::string(expected) +
                                      " at \"" + std::string(rest_.substr(0, kShownMax)) + "\"");
  }

 private:
  void SkipBlanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  }

  std::string_view rest_;
};

bool ParseCount(std::string_view text, uint64_t* count) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *count);
  return error == std::errc() && end == text.data() + text.size();
}

bool ParseDuration(std::string_view text, absl::Duration* duration) {
  return absl::ParseDuration(ToAbsl(text), duration) && *duration >= absl::ZeroDuration();
}

// "of ..." behind the kind: an operation, a stream or a shard.
absl::Status ParseSubject(Words& words, FaultRule& rule) {
  if (rule.kind == FaultKind::kDelayTransition) return words.Refusal("no subject of a transition");
  if (words.Take("stream")) {
    rule.stream = std::string(words.Next());
    return rule.stream.empty() ? words.Refusal("a stream's name") : absl::OkStatus();
  }
  const Words before = words;
  const std::string_view name = words.Next();
  if (rule.kind == FaultKind::kFailCall) {
    rule.operation = ParseEnum<Operation>(name);
    return rule.operation.has_value() ? absl::OkStatus() : before.Refusal("an operation");
  }
  const absl::StatusOr<ShardId> shard = ShardId::Parse(name);
  if (!shard.ok() || !name.starts_with("shardId-")) return before.Refusal("a shard's id");
  rule.shard = *shard;
  return absl::OkStatus();
}

absl::Status ParseError(Words& words, FaultRule& rule) {
  if (!FaultKindHasError(rule.kind)) return words.Refusal("no error of such a fault");
  const Words before = words;
  const std::string name(words.Next());
  std::optional<ErrorType> error = FindError(name);
  if (!error.has_value()) error = FindError(name + "Exception");
  if (!error.has_value()) return before.Refusal("an error's name");
  rule.error = *error;
  return absl::OkStatus();
}

// What stands behind a comma, or "after N".
absl::Status ParseOccasions(Words& words, FaultRule& rule, absl::Time now) {
  const Words before = words;
  if (words.Take("each with probability")) {
    const std::string_view text = words.Next();
    const bool is_number = absl::SimpleAtod(ToAbsl(text), &rule.probability);
    if (is_number && rule.probability >= 0 && rule.probability <= 1) return absl::OkStatus();
    return before.Refusal("a probability from 0 to 1");
  }
  if (words.Take("until")) {
    std::string why;
    if (absl::ParseTime(absl::RFC3339_full, ToAbsl(words.Next()), &rule.until, &why)) {
      return absl::OkStatus();
    }
    return before.Refusal("a time such as 2026-01-31T12:00:00Z");
  }
  if (words.Take("for")) {
    absl::Duration time;
    if (!ParseDuration(words.Next(), &time)) return before.Refusal("a time such as 3s");
    rule.until = now + time;
    return absl::OkStatus();
  }
  if (!ParseCount(words.Next(), &rule.times) || !(words.Take("times") || words.Take("time"))) {
    return before.Refusal("'N times', 'each with probability P', 'until TIME' or 'for DURATION'");
  }
  return absl::OkStatus();
}

// One part of the text behind the kind.
absl::Status ParsePart(Words& words, FaultRule& rule, absl::Time now) {
  const Words before = words;
  if (words.Take("of")) return ParseSubject(words, rule);
  if (words.Take("with")) return ParseError(words, rule);
  if (words.Take(",")) return ParseOccasions(words, rule, now);
  if (words.Take("after")) {
    return ParseCount(words.Next(), &rule.skip) ? absl::OkStatus() : before.Refusal("a number");
  }
  if (rule.kind == FaultKind::kShortPage && words.Take("to")) {
    return ParseCount(words.Next(), &rule.records_max) ? absl::OkStatus()
                                                       : before.Refusal("a number of records");
  }
  if (rule.kind == FaultKind::kDelayTransition && words.Take("by")) {
    return ParseDuration(words.Next(), &rule.delay) ? absl::OkStatus()
                                                    : before.Refusal("a time such as 3s");
  }
  return before.Refusal("'of', 'with', 'after' or a comma, as the kind of fault has it");
}

}  // namespace

absl::StatusOr<FaultRule> FaultRule::Parse(std::string_view text, absl::Time now) {
  Words words(text);
  const auto* const kind = std::find_if(
      kKinds.begin(), kKinds.end(), [&](FaultKind one) { return words.Take(FaultKindName(one)); });
  if (kind == kKinds.end()) return words.Refusal("a kind of fault, such as 'fail put',");
  FaultRule rule;
  rule.kind = *kind;
  while (!words.AtEnd()) {
    if (absl::Status status = ParsePart(words, rule, now); !status.ok()) return status;
  }
  return rule;
}

absl::Status FaultPlan::AddScript(std::string_view text) {
  std::vector<FaultRule> rules;
  const absl::Time now = clock_.Now();
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const size_t first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos || line[first] == '#') continue;
    absl::StatusOr<FaultRule> rule = FaultRule::Parse(line, now);
    if (!rule.ok()) {
      return absl::InvalidArgumentError("line " + std::to_string(number) + ": " +
                                        std::string(rule.status().message()));
    }
    rules.push_back(*std::move(rule));
  }
  for (FaultRule& rule : rules) Add(std::move(rule));
  return absl::OkStatus();
}

}  // namespace kinesis::api
