// TextOr<T>: a member of a request that C++ callers give as a typed value, the wire as text.
//
//   request.shard_id = put->shard_id;           // typed: nothing to parse, nothing allocated
//   request.shard_id = "shardId-000000000003";  // text: judged when the request is carried out
//
// Text is kept as it came, right or wrong, because the service quotes it back in its errors. What
// forms are right is said by the member's shape in the service model; a request with a wrong one is
// refused with ValidationException or InvalidArgumentException.
#ifndef KINESIS_CORE_API_TEXT_OR_H_
#define KINESIS_CORE_API_TEXT_OR_H_

#include <cassert>
#include <string>
#include <string_view>
#include <utility>

#include "kinesis_core/export.h"

namespace kinesis::api {

// Thread-safe: a value type; const operations may run concurrently.
template <class T>
class TextOr {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): either form is the member's value
  TextOr(T value) : value_(std::move(value)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): either form is the member's value
  TextOr(std::string text) : text_(std::move(text)), is_text_(true) {}
  // NOLINTNEXTLINE(google-explicit-constructor): either form is the member's value
  TextOr(std::string_view text) : TextOr(std::string(text)) {}
  // NOLINTNEXTLINE(google-explicit-constructor): either form is the member's value
  TextOr(const char* text) : TextOr(std::string(text)) {}

  bool is_text() const { return is_text_; }
  // Requires: is_text().
  const std::string& text() const {
    assert(is_text_);
    return text_;
  }
  // Requires: !is_text().
  const T& value() const {
    assert(!is_text_);
    return value_;
  }

  // True if this holds that typed value. Text equals no value.
  friend bool operator==(const TextOr& left, const T& right) {
    return !left.is_text_ && left.value_ == right;
  }
  friend bool operator==(const TextOr&, const TextOr&) = default;

 private:
  T value_{};
  std::string text_;
  bool is_text_ = false;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_TEXT_OR_H_
