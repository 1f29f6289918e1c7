#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/partition_lab/record_format.h"
#include "bench/partition_lab/text_input.h"
#include "kinesis_core/internal/status.h"
#include "nlohmann/json.hpp"

namespace kinesis::lab {
namespace {

using nlohmann::json;

// What is read, and what it came to.
struct Member {
  std::string name;
  json::json_pointer pointer;
  std::string value;
};

std::string_view WithoutBlanks(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  return begin == text.npos ? std::string_view() : text.substr(begin);
}

class JsonFormat final : public RecordFormat {
 public:
  explicit JsonFormat(std::array<Member, 3> members) : members_(std::move(members)) {}

  absl::StatusOr<Result> Read(TextInput& input, RawRecord* record, LineProblem* problem) override {
    std::string_view line;
    const absl::StatusOr<bool> more = input.ReadLine(&line);
    if (!more.ok()) return more.status();
    if (!*more) return Result::kEnd;
    record->line = input.line_number();
    record->text_bytes = line.size();
    const json object = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
      *problem = {BadLine::kMalformed, WithoutBlanks(line).empty()
                                           ? "the line is empty, not a JSON object"
                                           : "the line is not a JSON object"};
      return Result::kProblem;
    }
    const std::array<std::string_view*, 3> values = {&record->key, &record->size, &record->time};
    for (size_t i = 0; i < values.size(); ++i) {
      if (members_[i].name.empty()) continue;
      if (!Take(object, &members_[i], problem)) return Result::kProblem;
      *values[i] = members_[i].value;
    }
    return Result::kRecord;
  }

 private:
  static bool Take(const json& object, Member* member, LineProblem* problem) {
    if (!object.contains(member->pointer)) {
      *problem = {BadLine::kMissingColumn,
                  "the object has no member " + internal::Quoted(member->name)};
      return false;
    }
    const json& value = object[member->pointer];
    if (value.is_string()) {
      member->value = value.get_ref<const std::string&>();
    } else if (value.is_number() || value.is_boolean()) {
      member->value = value.dump();
    } else {
      *problem = {BadLine::kNotText, "the member " + internal::Quoted(member->name) + " is " +
                                         value.type_name() + ", not text or a number"};
      return false;
    }
    return true;
  }

  std::array<Member, 3> members_;
};

// The pointer to a member that is given by name or by pointer. A name that is no valid pointer
// ("~x" in it, say) is escaped, so it is always found as it stands.
json::json_pointer PointerOf(const std::string& name) {
  if (name.empty() || name.front() == '/') return json::json_pointer(name);
  return json::json_pointer() / name;
}

// Every '~' of a JSON pointer begins "~0" or "~1" (RFC 6901).
bool IsPointer(std::string_view text) {
  for (size_t at = text.find('~'); at != text.npos; at = text.find('~', at + 1)) {
    if (at + 1 == text.size() || (text[at + 1] != '0' && text[at + 1] != '1')) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordFormat>> NewJsonFormat(const Columns& columns) {
  if (columns.key.empty()) return internal::InvalidArgument("no member is named for the key");
  std::array<Member, 3> members;
  const std::array<const std::string*, 3> names = {&columns.key, &columns.size, &columns.time};
  for (size_t i = 0; i < names.size(); ++i) {
    if (!names[i]->empty() && names[i]->front() == '/' && !IsPointer(*names[i])) {
      return internal::FieldError("JSON pointer", *names[i], "have only ~0 and ~1 after a '~'");
    }
    members[i] = {*names[i], PointerOf(*names[i]), ""};
  }
  return std::make_unique<JsonFormat>(std::move(members));
}

}  // namespace kinesis::lab
