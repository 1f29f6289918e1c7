// JsonWriter: writes JSON, one token after the other.
//
//   std::string json;
//   JsonWriter writer(&json);
//   writer.BeginObject();
//   writer.Key("StreamName").Text(name);
//   writer.EndObject();
//
// The output is valid JSON in valid UTF-8, on one line, without blanks, if the calls nest as
// JSON does; nothing checks that they do.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_JSON_WRITER_H_
#define KINESIS_CORE_API_JSON_INTERNAL_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"

namespace kinesis::api::internal {

// Thread-compatible. Appends to `json`, which outlives the writer.
class JsonWriter {
 public:
  explicit JsonWriter(std::string* json) : json_(*json) {}

  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginList() { Begin('['); }
  void EndList() { End(']'); }

  // The name of the member whose value comes next. `name` has nothing to escape.
  JsonWriter& Key(std::string_view name) {
    Separate();
    json_ += '"';
    json_ += name;
    json_ += "\":";
    first_ = true;
    return *this;
  }
  // The name of the member whose value comes next, of any characters: they are escaped.
  JsonWriter& AnyKey(std::string_view name);

  // Any bytes: what is not UTF-8 becomes U+FFFD, and replaced() tells.
  void Text(std::string_view text) {
    Separate();
    AppendQuoted(text);
  }
  // Text that has nothing to escape.
  void PlainText(std::string_view text) {
    Separate();
    json_ += '"';
    json_ += text;
    json_ += '"';
  }
  // The text of a value that appends itself, and has nothing to escape.
  template <class T>
  void TextOf(const T& value) {
    Separate();
    json_ += '"';
    value.AppendTo(&json_);
    json_ += '"';
  }
  // As base64 text.
  void Blob(std::string_view bytes);
  void Number(int64_t value);
  // Seconds since the epoch, with as many digits of milliseconds as there are: 1545000000.12
  void Seconds(absl::Time time);
  void Boolean(bool value) {
    Separate();
    json_ += value ? "true" : "false";
  }
  // A value that is JSON already.
  void Raw(std::string_view json) {
    Separate();
    json_ += json;
  }

  // Whether a text was not written as it is.
  bool replaced() const { return replaced_; }

 private:
  void Begin(char bracket) {
    Separate();
    json_ += bracket;
    first_ = true;
  }
  void End(char bracket) {
    json_ += bracket;
    first_ = false;
  }
  // A comma, unless what comes next is first in its brackets or after its key.
  void Separate() {
    if (!first_) json_ += ',';
    first_ = false;
  }
  void AppendQuoted(std::string_view text);

  std::string& json_;
  bool first_ = true;
  bool replaced_ = false;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_JSON_WRITER_H_
