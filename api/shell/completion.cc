#include "kinesis_core/api/shell/completion.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/structure_info.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/shell_session.h"
#include "kinesis_core/api/shell/suggestion.h"

namespace kinesis::testing {
namespace {

using api::Operation;
using api::internal::MemberInfo;
using api::internal::Shape;
using api::internal::ShapeKind;
using api::internal::StructureInfo;

// The members that name a shard.
constexpr std::array<std::string_view, 5> kShardMembers = {
    "AdjacentShardToMerge", "ExclusiveStartShardId", "ShardId", "ShardToMerge", "ShardToSplit"};

std::string_view WithoutQuote(std::string_view word) {
  if (word.starts_with('"')) word.remove_prefix(1);
  return word;
}

// Adds `candidate` if it goes on from `typed`, which may lack its quote and its capitals.
void AddIfItFits(std::string candidate, std::string_view typed, Completion* completion) {
  const bool lacks_quote = !typed.starts_with('"');
  const std::string_view letters =
      lacks_quote ? WithoutQuote(candidate) : std::string_view(candidate);
  if (StartsWithIgnoringCase(letters, typed))
    completion->candidates.push_back(std::move(candidate));
}

void AddOperations(std::string_view behind, std::string_view typed, Completion* completion) {
  for (const std::string_view name : api::EnumNames<Operation>::kNames) {
    AddIfItFits(std::string(name).append(behind), typed, completion);
  }
}

void AddDirectives(bool with_blank, std::string_view typed, Completion* completion) {
  if (!typed.starts_with(':')) return;
  for (const ShellSession::Directive& directive : ShellSession::Directives()) {
    const bool blank = with_blank && !directive.arguments.empty();
    AddIfItFits(std::string(directive.name) + (blank ? " " : ""), typed, completion);
  }
}

void AddAll(const std::vector<std::string>& names, std::string_view quote, std::string_view typed,
            Completion* completion) {
  for (const std::string& name : names) {
    AddIfItFits(std::string(quote).append(name).append(quote), typed, completion);
  }
}

// Follows JSON to its end, to know what the end is inside of.
class JsonCursor {
 public:
  JsonCursor(const StructureInfo* root, const CompletionNames* names)
      : root_(root), names_(names) {}

  // Returns where the word at the end begins: with its quote if it has one.
  size_t Follow(std::string_view json) {
    constexpr std::string_view kBetweenWords = " \t\r\n{}[]:,";
    for (size_t at = 0; at < json.size(); ++at) {
      if (word_ == Word::kQuoted) {
        FollowString(json, &at);
      } else if (json[at] == '"') {
        Begin(Word::kQuoted, at);
      } else if (json[at] == '$' && word_ == Word::kNone) {
        Begin(Word::kBare, at);
        at += ReferenceSize(json.substr(at)) - 1;
      } else if (kBetweenWords.find(json[at]) != std::string_view::npos) {
        if (word_ == Word::kBare) End();
        FollowPunctuation(json[at]);
      } else if (word_ == Word::kNone) {
        Begin(Word::kBare, at);
      }
    }
    return word_ == Word::kNone ? json.size() : begin_;
  }

  // The candidates for a word that begins with `typed`.
  Completion Complete(std::string_view typed) const {
    Completion completion;
    if (levels_.empty()) {
      if (!seen_value_) AddIfItFits("{", typed, &completion);
      return completion;
    }
    const Level& level = levels_.back();
    if (level.has_word) return completion;
    if (level.at_name) {
      AddNames(level, typed, &completion);
    } else {
      AddValues(level, typed, &completion);
    }
    return completion;
  }

 private:
  enum class Word { kNone, kBare, kQuoted };

  struct Level {
    const StructureInfo* structure = nullptr;  // whose members stand here, if known
    const Shape* shape = nullptr;              // of the value that comes next, if known
    const StructureInfo* value = nullptr;      // of that value, or of its elements
    std::string member = {};                   // the name of that value
    bool is_object = false;
    bool at_name = false;
    bool has_word = false;  // a name or value is there, and no colon or comma behind it
    std::set<std::string, std::less<>> names = {};  // those that are there
  };

  void Begin(Word word, size_t at) {
    word_ = word;
    begin_ = at;
  }
  void End() {
    word_ = Word::kNone;
    if (!levels_.empty()) levels_.back().has_word = true;
  }

  void FollowString(std::string_view json, size_t* at) {
    if (json[*at] == '\\') {
      ++*at;
    } else if (json[*at] == '"') {
      const std::string_view text = json.substr(begin_ + 1, *at - begin_ - 1);
      if (!levels_.empty()) {
        Level& level = levels_.back();
        if (level.at_name && !level.has_word) SetName(&level, text);
        if (!level.at_name && level.member == "StreamName") stream_ = text;
      }
      End();
    }
  }

  void FollowPunctuation(char c) {
    if (c == '{' || c == '[') {
      Open(c == '{');
    } else if (c == '}' || c == ']') {
      if (!levels_.empty()) levels_.pop_back();
      End();
    } else if ((c == ':' || c == ',') && !levels_.empty()) {
      Level& level = levels_.back();
      level.at_name = c == ',' && level.is_object;
      level.has_word = false;
    }
  }

  void Open(bool is_object) {
    Level level;
    level.is_object = level.at_name = is_object;
    if (levels_.empty()) {
      level.structure = is_object && !seen_value_ ? root_ : nullptr;
    } else if (is_object) {
      level.structure = levels_.back().value;
    } else {
      const Shape* const list = levels_.back().shape;
      level.shape = list == nullptr ? nullptr : list->element;
      level.value = levels_.back().value;
    }
    seen_value_ = true;
    levels_.push_back(std::move(level));
  }

  static void SetName(Level* level, std::string_view name) {
    level->names.emplace(name);
    level->member = name;
    level->shape = nullptr;
    level->value = nullptr;
    if (level->structure == nullptr) return;
    for (const MemberInfo& member : level->structure->members) {
      if (member.name != name) continue;
      level->shape = member.shape;
      level->value = member.structure;
    }
  }

  static void AddNames(const Level& level, std::string_view typed, Completion* completion) {
    if (level.structure == nullptr) return;
    for (const MemberInfo& member : level.structure->members) {
      if (level.names.contains(member.name)) continue;
      AddIfItFits("\"" + std::string(member.name) + "\":", typed, completion);
    }
  }

  void AddValues(const Level& level, std::string_view typed, Completion* completion) const {
    if (typed.starts_with('$')) {
      if (names_ != nullptr) AddAll(names_->References(typed), "", typed, completion);
      return;
    }
    if (level.shape == nullptr) return;
    for (const std::string_view value : level.shape->enum_values) {
      AddIfItFits("\"" + std::string(value) + "\"", typed, completion);
    }
    if (level.shape->kind == ShapeKind::kBoolean) AddAll({"true", "false"}, "", typed, completion);
    if (names_ == nullptr) return;
    if (level.member == "StreamName") AddAll(names_->Streams(), "\"", typed, completion);
    if (std::find(kShardMembers.begin(), kShardMembers.end(), level.member) !=
        kShardMembers.end()) {
      AddAll(names_->ShardsOf(stream_), "\"", typed, completion);
    }
  }

  const StructureInfo* const root_;
  const CompletionNames* const names_;
  std::vector<Level> levels_;
  std::string stream_;  // that the JSON so far names
  Word word_ = Word::kNone;
  size_t begin_ = 0;  // of the word
  bool seen_value_ = false;
};

// The JSON that `line` has from `json` on.
Completion CompleteJson(std::string_view line, size_t json, Operation operation,
                        const CompletionNames* names) {
  JsonCursor cursor(api::internal::InfoOf(operation).request, names);
  const size_t word = json + cursor.Follow(line.substr(json));
  Completion completion = cursor.Complete(line.substr(word));
  completion.begin = word;
  return completion;
}

// The words that a usage lists: "on|off", "[clear]".
std::vector<std::string> WordsOf(std::string_view usage) {
  std::vector<std::string> words(1);
  for (const char c : usage) {
    if (c == '|') words.emplace_back();
    if (c != '|' && c != '[' && c != ']') words.back() += c;
  }
  return words;
}

// What follows the directive's name, which ends at `end`.
Completion CompleteArgument(std::string_view line, size_t end,
                            const ShellSession::Directive& directive,
                            const CompletionNames* names) {
  if (directive.argument == DirectiveArgument::kSubscribe) {
    return CompleteJson(line, end, Operation::kSubscribeToShard, names);
  }
  Completion completion;
  completion.begin = line.find_last_of(' ') + 1;
  const std::string_view typed = line.substr(completion.begin);
  const size_t first = std::min(line.find_first_not_of(' ', end), line.size());
  const bool is_first = completion.begin <= first;
  switch (directive.argument) {
    case DirectiveArgument::kWords:
      if (is_first) AddAll(WordsOf(directive.arguments), "", typed, &completion);
      break;
    case DirectiveArgument::kOperation:
      if (!is_first) break;
      AddDirectives(/*with_blank=*/false, typed, &completion);
      AddOperations("", typed, &completion);
      break;
    case DirectiveArgument::kStream: {
      if (names == nullptr) break;
      const std::string_view stream = line.substr(first, line.find(' ', first) - first);
      const bool takes_shard = directive.arguments.find("SHARD") != std::string_view::npos;
      if (is_first) AddAll(names->Streams(), "", typed, &completion);
      if (!is_first && takes_shard) AddAll(names->ShardsOf(stream), "", typed, &completion);
      break;
    }
    default:
      break;
  }
  return completion;
}

}  // namespace

std::string Completion::CommonPrefix() const {
  if (candidates.empty()) return "";
  std::string_view prefix = candidates.front();
  for (const std::string& candidate : candidates) {
    const auto differ =
        std::mismatch(prefix.begin(), prefix.end(), candidate.begin(), candidate.end());
    prefix = prefix.substr(0, static_cast<size_t>(differ.first - prefix.begin()));
  }
  return std::string(prefix);
}

Completion Complete(std::string_view line, const CompletionNames* names) {
  const size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const size_t end = line.find_first_of(" {", begin);
  const std::string_view command = line.substr(begin, end - begin);
  Completion completion;
  if (end == std::string_view::npos) {
    completion.begin = begin;
    AddDirectives(/*with_blank=*/true, command, &completion);
    AddOperations(" ", command, &completion);
    return completion;
  }
  if (const auto* const directive = ShellSession::FindDirective(command)) {
    return CompleteArgument(line, end, *directive, names);
  }
  const std::optional<Operation> operation = api::ParseEnum<Operation>(command);
  if (!operation.has_value()) return completion;
  return CompleteJson(line, end, *operation, names);
}

}  // namespace kinesis::testing
