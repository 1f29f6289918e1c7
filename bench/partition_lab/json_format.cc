#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/api/json/internal/json_number.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/lab/record_format.h"
#include "kinesis_core/lab/text_input.h"
#include "simdjson.h"

namespace kinesis::lab {
namespace {

namespace ondemand = simdjson::ondemand;

// A member to read: the way to it from the object of the line, and the value that was found there.
struct Member {
  std::string name;               // as given
  std::vector<std::string> path;  // names of members and numbers of elements, at least one
  enum class Found { kNothing, kValue, kOther } found = Found::kNothing;
  std::string value;           // of kValue: text, or a number or a truth value as it is written
  const char* type = nullptr;  // of kOther: what it is instead
};

// simdjson goes to 1,024 at most.
constexpr size_t kDepthMax = 512;

// Walks through all of a line, so that one is only taken if it is JSON as a whole.
class JsonLine {
 public:
  explicit JsonLine(std::vector<Member>& members) : members_(members) {}

  // False if the line is no JSON object.
  bool Read(std::string_view line) {
    for (Member& member : members_) member.found = Member::Found::kNothing;
    if (text_.size() < line.size() + simdjson::SIMDJSON_PADDING) {
      text_.resize(2 * line.size() + simdjson::SIMDJSON_PADDING);
    }
    line.copy(text_.data(), line.size());
    std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(line.size()),
                simdjson::SIMDJSON_PADDING, '\0');
    ondemand::document document;
    const simdjson::padded_string_view padded(text_.data(), line.size(), text_.size());
    if (parser_.iterate(padded).get(document) != simdjson::SUCCESS) return false;
    ondemand::object object;
    matching_.assign(members_.size(), 0);
    if (document.get_object().get(object) != simdjson::SUCCESS) return false;
    if (!WalkObject(object, 0)) return false;
    // Nothing may follow.
    return document.current_location().error() != simdjson::SUCCESS;
  }

 private:
  // `depth` is how many steps of a path have been taken. Of the members with matching_ == depth all
  // steps so far led here.
  bool WalkObject(ondemand::object& object, size_t depth) {
    for (auto field : object) {
      std::string_view key;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      ondemand::value value;
      // Before the value is read, which may move the key's memory.
      Enter(key, depth);
      if (field.value().get(value) != simdjson::SUCCESS) return false;
      if (!WalkValue(value, depth + 1)) return false;
      Leave(depth);
    }
    return true;
  }

  bool WalkArray(ondemand::array& array, size_t depth) {
    size_t index = 0;
    for (auto element : array) {
      ondemand::value value;
      if (element.get(value) != simdjson::SUCCESS) return false;
      Enter(std::to_string(index++), depth);
      if (!WalkValue(value, depth + 1)) return false;
      Leave(depth);
    }
    return true;
  }

  bool WalkValue(ondemand::value& value, size_t depth) {
    if (depth > kDepthMax) return false;
    ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS) return false;
        Meet(depth, Member::Found::kOther, {}, "object");
        return WalkObject(object, depth);
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return false;
        Meet(depth, Member::Found::kOther, {}, "array");
        return WalkArray(array, depth);
      }
      case ondemand::json_type::string: {
        std::string_view text;
        if (value.get_string().get(text) != simdjson::SUCCESS) return false;
        Meet(depth, Member::Found::kValue, text, nullptr);
        return true;
      }
      case ondemand::json_type::number: {
        // Its own text: it may be larger than any type, and 1.50 is not 1.5 for a hash.
        std::string_view text = value.raw_json_token();
        text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
        if (!api::internal::IsJsonNumber(text)) return false;
        Meet(depth, Member::Found::kValue, text, nullptr);
        // Steps over it, whatever that makes of it.
        return value.get_double().error() != simdjson::TAPE_ERROR;
      }
      case ondemand::json_type::boolean: {
        bool truth = false;
        if (value.get_bool().get(truth) != simdjson::SUCCESS) return false;
        Meet(depth, Member::Found::kValue, truth ? "true" : "false", nullptr);
        return true;
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        if (value.is_null().get(is_null) != simdjson::SUCCESS || !is_null) return false;
        Meet(depth, Member::Found::kOther, {}, "null");
        return true;
      }
    }
    return false;
  }

  void Enter(std::string_view step, size_t depth) {
    for (size_t i = 0; i < members_.size(); ++i) {
      const std::vector<std::string>& path = members_[i].path;
      if (matching_[i] == depth && depth < path.size() && path[depth] == step) ++matching_[i];
    }
  }
  void Leave(size_t depth) {
    for (size_t& matching : matching_) matching = std::min(matching, depth);
  }

  // A value at the end of the path that leads here. Of two members with one name the last one
  // counts.
  void Meet(size_t depth, Member::Found found, std::string_view value, const char* type) {
    for (size_t i = 0; i < members_.size(); ++i) {
      if (matching_[i] != depth || members_[i].path.size() != depth) continue;
      members_[i].found = found;
      members_[i].value.assign(value);
      members_[i].type = type;
    }
  }

  std::vector<Member>& members_;
  std::vector<size_t> matching_;  // steps of each path that lead to where the walk is
  ondemand::parser parser_;
  std::string text_;  // the line, with the room behind it that simdjson reads
};

class JsonFormat final : public RecordFormat {
 public:
  // `ends` says where the members of the key, the size, the time and the hash key end.
  JsonFormat(std::vector<Member> members, std::array<size_t, 4> ends, std::string comment)
      : members_(std::move(members)), ends_(ends), comment_(std::move(comment)), line_(members_) {}

  absl::StatusOr<Result> Read(TextInput& input, RawRecord* record, LineProblem* problem) override {
    std::string_view line;
    do {
      const absl::StatusOr<bool> more = input.ReadLine(&line);
      if (!more.ok()) return more.status();
      if (!*more) return Result::kEnd;
    } while (SkipsComment(line));
    record->line = input.line_number();
    record->text_bytes = line.size();
    if (!line_.Read(line)) {
      *problem = {BadLine::kMalformed, line.find_first_not_of(" \t\r") == line.npos
                                           ? "the line is empty, not a JSON object"
                                           : "the line is not a JSON object"};
      return Result::kProblem;
    }
    const std::array<std::string_view*, 4> values = {&record->key, &record->size, &record->time,
                                                     &record->hash_key};
    size_t begin = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      for (size_t at = begin; at < ends_[i]; ++at) {
        if (!Check(members_[at], problem)) return Result::kProblem;
      }
      if (ends_[i] == begin + 1) *values[i] = members_[begin].value;
      if (ends_[i] > begin + 1) *values[i] = Join(begin, ends_[i]);
      begin = ends_[i];
    }
    return Result::kRecord;
  }

  void Restart() override { comments_ = 0; }
  uint64_t comments() const override { return comments_; }
  std::string description() const override { return "json"; }

 private:
  bool SkipsComment(std::string_view line) {
    if (comment_.empty() || line.substr(0, comment_.size()) != comment_) return false;
    ++comments_;
    return true;
  }

  static bool Check(const Member& member, LineProblem* problem) {
    if (member.found == Member::Found::kValue) return true;
    if (member.found == Member::Found::kNothing) {
      *problem = {BadLine::kMissingColumn,
                  "the object has no member " + internal::Quoted(member.name)};
    } else {
      *problem = {BadLine::kNotText, "the member " + internal::Quoted(member.name) + " is " +
                                         member.type + ", not text or a number"};
    }
    return false;
  }

  std::string_view Join(size_t begin, size_t end) {
    joined_.clear();
    for (size_t at = begin; at < end; ++at) {
      if (at > begin) joined_ += ' ';
      joined_ += members_[at].value;
    }
    return joined_;
  }

  std::vector<Member> members_;
  const std::array<size_t, 4> ends_;
  const std::string comment_;
  JsonLine line_;
  std::string joined_;
  uint64_t comments_ = 0;
};

// The steps of a JSON pointer (RFC 6901), or the one step of a name.
absl::StatusOr<std::vector<std::string>> ParsePath(const std::string& name) {
  if (name.empty() || name.front() != '/') return std::vector<std::string>{name};
  std::vector<std::string> path;
  for (size_t at = 0; at < name.size(); ++at) {
    if (name[at] == '/') {
      path.emplace_back();
    } else if (name[at] != '~') {
      path.back() += name[at];
    } else if (at + 1 < name.size() && (name[at + 1] == '0' || name[at + 1] == '1')) {
      path.back() += name[++at] == '0' ? '~' : '/';
    } else {
      return internal::FieldError("JSON pointer", name, "have only ~0 and ~1 after a '~'");
    }
  }
  return path;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordFormat>> NewJsonFormat(const FormatOptions& options) {
  if (!options.delimiter.empty() || options.header) {
    return internal::InvalidArgument("JSON has neither a delimiter nor a header");
  }
  const Columns& columns = options.columns;
  std::vector<Member> members;
  std::array<size_t, 4> ends = {};
  const std::array<const std::string*, 4> names = {&columns.key, &columns.size, &columns.time,
                                                   &columns.hash_key};
  for (size_t i = 0; i < names.size(); ++i) {
    std::vector<std::string> parts;
    if (!names[i]->empty()) parts.push_back(*names[i]);
    if (names[i] == &columns.time && !parts.empty()) parts = SplitAtCommas(*names[i]);
    for (const std::string& part : parts) {
      absl::StatusOr<std::vector<std::string>> path = ParsePath(part);
      if (!path.ok()) return path.status();
      Member& member = members.emplace_back();
      member.name = part;
      member.path = *std::move(path);
    }
    ends[i] = members.size();
  }
  return std::make_unique<JsonFormat>(std::move(members), ends, options.comment);
}

}  // namespace kinesis::lab
