#include "kinesis_core/api/shell/completion.h"

#include <algorithm>
#include <optional>
#include <set>

#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/structure_info.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/shell_help.h"

namespace kinesis::testing {
namespace {

using api::Operation;
using api::internal::MemberInfo;
using api::internal::Shape;
using api::internal::StructureInfo;

// Adds `candidate` if it goes on from `typed`.
void AddIfItFits(std::string candidate, std::string_view typed, Completion* completion) {
  if (candidate.starts_with(typed)) completion->candidates.push_back(std::move(candidate));
}

// The first word of a line.
Completion CompleteCommand(std::string_view word) {
  Completion completion;
  for (const std::string_view name : api::EnumNames<Operation>::kNames) {
    AddIfItFits(std::string(name) + " ", word, &completion);
  }
  if (!word.starts_with(':')) return completion;
  for (const ShellDirective& directive : ShellDirectives()) {
    AddIfItFits(std::string(directive.usage.substr(0, directive.usage.find(' '))), word,
                &completion);
  }
  return completion;
}

Completion CompleteHelp(std::string_view word) {
  Completion completion;
  for (const std::string_view name : api::EnumNames<Operation>::kNames) {
    AddIfItFits(std::string(name), word, &completion);
  }
  return completion;
}

// Follows JSON to its end, to know what the end is inside of.
class JsonCursor {
 public:
  explicit JsonCursor(const StructureInfo* root) : root_(root) {}

  // Returns where the word at the end begins.
  size_t Follow(std::string_view json) {
    size_t word = json.size();
    for (size_t at = 0; at < json.size(); ++at) {
      if (in_string_) {
        FollowString(json, &at, word);
      } else if (json[at] == '"') {
        in_string_ = true;
        word = at;
      } else {
        FollowPunctuation(json[at]);
      }
    }
    return in_string_ ? word : json.size();
  }

  // The candidates for a word that begins with `typed`.
  Completion Complete(std::string_view typed) const {
    Completion completion;
    if (levels_.empty()) {
      if (!seen_value_) AddIfItFits("{", typed, &completion);
      return completion;
    }
    const Level& level = levels_.back();
    if (level.at_name) {
      AddNames(level, typed, &completion);
    } else if (level.shape != nullptr) {
      for (const std::string_view value : level.shape->enum_values) {
        AddIfItFits("\"" + std::string(value) + "\"", typed, &completion);
      }
    }
    return completion;
  }

 private:
  struct Level {
    const StructureInfo* structure = nullptr;  // whose members stand here, if known
    const Shape* shape = nullptr;              // of the value that comes next, if known
    const StructureInfo* value = nullptr;      // of that value, or of its elements
    bool is_object = false;
    bool at_name = false;
    std::set<std::string, std::less<>> names = {};  // those that are there
  };

  void FollowString(std::string_view json, size_t* at, size_t begin) {
    if (json[*at] == '\\') {
      ++*at;
    } else if (json[*at] == '"') {
      in_string_ = false;
      if (!levels_.empty() && levels_.back().at_name) {
        SetName(&levels_.back(), json.substr(begin + 1, *at - begin - 1));
      }
    }
  }

  void FollowPunctuation(char c) {
    switch (c) {
      case '{':
      case '[':
        Open(c == '{');
        break;
      case '}':
      case ']':
        if (!levels_.empty()) levels_.pop_back();
        break;
      case ':':
        if (!levels_.empty()) levels_.back().at_name = false;
        break;
      case ',':
        if (!levels_.empty()) levels_.back().at_name = levels_.back().is_object;
        break;
      default:
        break;
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

  const StructureInfo* const root_;
  std::vector<Level> levels_;
  bool in_string_ = false;
  bool seen_value_ = false;
};

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

Completion Complete(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const size_t end = line.find_first_of(" {", begin);
  Completion completion;
  if (end == std::string_view::npos) {
    completion = CompleteCommand(line.substr(begin));
    completion.begin = begin;
    return completion;
  }
  const std::string_view command = line.substr(begin, end - begin);
  const std::string_view rest = line.substr(end);
  if (command == ":help") {
    completion.begin = end + std::min(rest.find_first_not_of(' '), rest.size());
    completion.candidates = CompleteHelp(line.substr(completion.begin)).candidates;
    return completion;
  }
  const std::optional<Operation> operation = api::ParseEnum<Operation>(command);
  if (!operation.has_value()) return completion;
  JsonCursor cursor(api::internal::InfoOf(*operation).request);
  const size_t word = end + cursor.Follow(rest);
  completion = cursor.Complete(line.substr(word));
  completion.begin = word;
  return completion;
}

}  // namespace kinesis::testing
