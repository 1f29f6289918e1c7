// JsonNode: JSON as a tree that knows where in the text each value stands: for what a shell tells
// people about the JSON that they typed, and for tables of the JSON that came back.
//
//   const JsonParse parse = ParseJson(R"({"Limit" 3})");
//   if (!parse.root) std::cerr << parse.fault.reason;  // "expected ':'", at byte 9
//
// Requests themselves are read by JsonService, which this does not take the place of: it is asked
// where the trouble is once the service has refused one.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_JSON_TREE_H_
#define KINESIS_CORE_API_SHELL_JSON_TREE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing {

struct JsonNode {
  // A reference, such as $.Records[0].Data, stands for a value of the last answer.
  enum class Kind { kNull, kBoolean, kNumber, kString, kList, kObject, kReference };

  Kind kind = Kind::kNull;
  // Where the value stands: the bytes [begin, end) of the text.
  size_t begin = 0;
  size_t end = 0;
  std::string text = {};                // of a string: without quotes and escapes
  std::vector<JsonNode> children = {};  // of a list: its elements; of an object: its members
  // Of a member of an object: its name, and where that begins.
  std::string name = {};
  size_t name_begin = 0;

  bool is_object() const { return kind == Kind::kObject; }
  bool is_list() const { return kind == Kind::kList; }
  bool is_string() const { return kind == Kind::kString; }
  // The member that is so named, the last one if there are several; null if there is none.
  const JsonNode* Find(std::string_view member) const;
};

struct JsonFault {
  size_t at = 0;  // a byte of the text, or its size: the end
  std::string reason = {};
};

struct JsonParse {
  std::optional<JsonNode> root;  // nothing: there is a fault
  JsonFault fault = {};
};

// A tree takes many times the room of its text, so requests beyond this, in bytes, which nobody
// types, get none.
inline constexpr size_t kTypedBytesMax = size_t{1} << 20;

// RFC 8259, strictly, with at most 64 brackets within each other; and references as values.
JsonParse ParseJson(std::string_view text);

// The size of the reference with which `text` begins, in bytes. Requires: text[0] is '$'.
size_t ReferenceSize(std::string_view text);

// Follows JSON line by line, to tell where it ends. Thread-compatible.
class BracketScan {
 public:
  // Adds a line, without its line break.
  void Add(std::string_view line);
  // Whether the JSON goes on in another line: brackets are open, and nothing is wrong so far, such
  // as a string that does not end in its line.
  bool goes_on() const { return !is_wrong_ && !closers_.empty(); }

 private:
  std::string closers_;  // of the brackets that are open
  bool is_wrong_ = false;
};

// A place as people count: lines and characters from 1.
struct TextPosition {
  size_t line = 1;
  size_t column = 1;
};
TextPosition PositionOf(std::string_view text, size_t at);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_JSON_TREE_H_
