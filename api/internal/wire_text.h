// How typed values are written on the wire as text, and read back.
//
//   WireText(ShardId(3));                  // "shardId-000000000003"
//   ParseWireText<SequenceNumber>("496..")  // nothing if the text is no value of the type
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_WIRE_TEXT_H_
#define KINESIS_CORE_API_INTERNAL_WIRE_TEXT_H_

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/shard_iterator.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

// --- Typed values to text

inline std::string WireText(std::string_view text) { return std::string(text); }
inline std::string WireText(const ShardId& id) { return id.ToString(); }
inline std::string WireText(const HashKey& key) { return key.ToString(); }
inline std::string WireText(const SequenceNumber& number) { return number.ToString(); }
// Templates, so that text is not taken for a token by conversion.
template <std::same_as<ShardIterator> Token>
std::string WireText(const Token& token) {
  return token.ToString();
}
template <WireEnum Enum>
std::string WireText(Enum value) {
  return std::string(ToText(value));
}
template <class T>
std::string WireText(const TextOr<T>& value) {
  return value.is_text() ? value.text() : WireText(value.value());
}

// --- Text to typed values

template <class T>
std::optional<T> ParseWireText(std::string_view text) {
  if constexpr (WireEnum<T>) {
    return ParseEnum<T>(text);
  } else {
    auto parsed = T::Parse(text);
    if (!parsed.ok()) return std::nullopt;
    return *parsed;
  }
}

// The typed value, parsed if it came as text; nothing if it does not parse.
template <class T>
std::optional<T> Resolve(const TextOr<T>& value) {
  return value.is_text() ? ParseWireText<T>(value.text()) : std::optional<T>(value.value());
}

// --- What of a value constraints on text apply to: nothing for a value that was given typed.

inline std::optional<std::string_view> TextToCheck(std::string_view text) { return text; }
template <class T>
std::optional<std::string_view> TextToCheck(const TextOr<T>& value) {
  if (!value.is_text()) return std::nullopt;
  return value.text();
}
template <std::same_as<ShardIterator> Token>
std::optional<std::string_view> TextToCheck(const Token& token) {
  if (!token.is_text()) return std::nullopt;
  return token.text();
}

// A type that has text to check.
template <class T>
concept Textual = requires(const T& value) {
  TextToCheck(value);
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_WIRE_TEXT_H_
