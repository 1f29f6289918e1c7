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
//
// Tokens gather in a buffer of the writer's own, so that each costs a few stores, and not a look at
// the string's capacity, a call that copies and a null behind the end.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_JSON_WRITER_H_
#define KINESIS_CORE_API_JSON_INTERNAL_JSON_WRITER_H_

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/time/time.h"

namespace kinesis::api::internal {

// Thread-compatible. Appends to `json`, which outlives the writer. It has everything when all
// brackets are closed, after Flush(), and when the writer is gone; until then, a part of it.
class JsonWriter {
 public:
  // The longest name of Key(), in bytes.
  static constexpr size_t kNameMax = 100;

  explicit JsonWriter(std::string* json) : json_(*json) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;
  ~JsonWriter() { Flush(); }

  void Flush() {
    json_.append(buffer_.data(), at_);
    at_ = buffer_.data();
  }

  // How much has been written, in bytes.
  size_t size() const { return json_.size() + static_cast<size_t>(at_ - buffer_.data()); }
  // Makes room for `bytes` more at once: less to move when the text grows.
  void Reserve(size_t bytes) { json_.reserve(size() + bytes); }

  void BeginObject() { Begin('{'); }
  void EndObject() { End('}'); }
  void BeginList() { Begin('['); }
  void EndList() { End(']'); }

  // The name of the member whose value comes next. `name` has nothing to escape, and at most
  // kNameMax characters. Inlined, so that a name that the compiler knows is a few stores.
  ABSL_ATTRIBUTE_ALWAYS_INLINE JsonWriter& Key(std::string_view name) {
    assert(name.size() <= kNameMax);
    MakeRoom(name.size() + 4);
    Separate();
    *at_++ = '"';
    std::memcpy(at_, name.data(), name.size());
    at_ += name.size();
    *at_++ = '"';
    *at_++ = ':';
    first_ = true;
    return *this;
  }
  // The name of the member whose value comes next, of any characters: they are escaped.
  JsonWriter& AnyKey(std::string_view name);

  // Any bytes: what is not UTF-8 becomes U+FFFD, and replaced() tells.
  void Text(std::string_view text);
  // Text that has nothing to escape.
  void PlainText(std::string_view text);
  // The text of a value that writes itself, and has nothing to escape.
  template <class T>
  void TextOf(const T& value) {
    MakeRoom(T::kTextSizeMax + 3);
    Separate();
    *at_++ = '"';
    at_ = value.WriteTo(at_);
    *at_++ = '"';
  }
  // As base64 text.
  void Blob(std::string_view bytes);
  void Number(int64_t value);
  // Seconds since the epoch, with as many digits of milliseconds as there are: 1545000000.12
  void Seconds(absl::Time time);
  void Boolean(bool value) { Raw(value ? "true" : "false"); }
  // A value that is JSON already.
  void Raw(std::string_view json) {
    MakeRoom(1);
    Separate();
    Append(json);
  }

  // Whether a text was not written as it is.
  bool replaced() const { return replaced_; }

 private:
  void Begin(char bracket) {
    MakeRoom(2);
    Separate();
    *at_++ = bracket;
    first_ = true;
    ++depth_;
  }
  void End(char bracket) {
    MakeRoom(1);
    *at_++ = bracket;
    first_ = false;
    if (--depth_ == 0) Flush();
  }
  size_t room() const { return static_cast<size_t>(buffer_.data() + buffer_.size() - at_); }
  // Makes room in the buffer, of which `bytes` are a part.
  void MakeRoom(size_t bytes) {
    if (room() < bytes) [[unlikely]] {
      Flush();
    }
  }
  // A comma, unless what comes next is first in its brackets or after its key. Requires: room.
  void Separate() {
    *at_ = ',';
    at_ += first_ ? 0 : 1;
    first_ = false;
  }
  // Anything, of any length.
  void Append(std::string_view text);
  void AppendQuoted(std::string_view text);
  void AppendEscaped(char c);

  std::string& json_;
  std::array<char, 1024> buffer_;
  char* at_ = buffer_.data();  // the end of what is in the buffer
  int depth_ = 0;              // of open brackets
  bool first_ = true;
  bool replaced_ = false;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_JSON_WRITER_H_
