// EncodeJson: any structure of the API as JSON, by its Schema alone.
//
//   std::string json;
//   EncodeJson(response, &json);
//
// Members are written in order of name; what is absent is left out. Records go from the engine's
// log into the text: nothing is copied on the way.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_JSON_ENCODER_H_
#define KINESIS_CORE_API_JSON_INTERNAL_JSON_ENCODER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/base/attributes.h"
#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/schema.h"
#include "kinesis_core/api/internal/schema_record_operations.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/wire_text.h"
#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/record_list.h"

namespace kinesis::api::internal {

// Declared first, as the overloads below use each other in any order.
template <HasSchema T>
void EncodeStructure(const T& structure, JsonWriter& writer);

// --- Text: given as text, or typed with a text form ----------------------------------------------

template <class T>
void EncodeText(const T& value, JsonWriter& writer) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    writer.Text(value);
  } else if constexpr (WireEnum<T>) {
    writer.PlainText(ToText(value));
  } else if constexpr (requires(char* out) { value.WriteTo(out); }) {
    writer.TextOf(value);  // a number or an id
  } else {
    writer.PlainText(WireText(value));
  }
}
template <class T>
void EncodeText(const TextOr<T>& value, JsonWriter& writer) {
  value.is_text() ? writer.Text(value.text()) : EncodeText(value.value(), writer);
}
inline void EncodeText(const ShardIterator& token, JsonWriter& writer) {
  token.is_text() ? writer.Text(token.text()) : writer.PlainText(token.ToString());
}

// --- Values --------------------------------------------------------------------------------------

template <class T>
void EncodeValue(const T& value, const Shape& shape, JsonWriter& writer) {
  if constexpr (HasSchema<T>) {
    EncodeStructure(value, writer);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    shape.kind == ShapeKind::kBlob ? writer.Blob(value) : EncodeText(value, writer);
  } else {
    EncodeText(value, writer);
  }
}
inline void EncodeValue(bool value, const Shape& /*shape*/, JsonWriter& writer) {
  writer.Boolean(value);
}
inline void EncodeValue(int32_t value, const Shape& /*shape*/, JsonWriter& writer) {
  writer.Number(value);
}
inline void EncodeValue(int64_t value, const Shape& /*shape*/, JsonWriter& writer) {
  writer.Number(value);
}
inline void EncodeValue(absl::Time value, const Shape& /*shape*/, JsonWriter& writer) {
  writer.Seconds(value);
}

// Of several elements the first one tells how much room the others need, roughly.
template <class List>
void EncodeList(const List& list, const Shape& element, JsonWriter& writer) {
  // No more than that at once for what is a guess.
  constexpr size_t kReservedMax = size_t{1} << 20;
  writer.BeginList();
  const size_t begin = writer.size();
  bool first = true;
  for (const auto& value : list) {
    EncodeValue(value, element, writer);
    if (first && list.size() > 1) {
      writer.Reserve(std::min((writer.size() - begin + 1) * list.size(), kReservedMax));
    }
    first = false;
  }
  writer.EndList();
}
template <class T>
void EncodeValue(const std::vector<T>& list, const Shape& shape, JsonWriter& writer) {
  EncodeList(list, *shape.element, writer);
}
inline void EncodeValue(const RecordList& list, const Shape& shape, JsonWriter& writer) {
  EncodeList(list, *shape.element, writer);
}
inline void EncodeValue(const std::map<std::string, std::string>& map, const Shape& /*shape*/,
                        JsonWriter& writer) {
  writer.BeginObject();
  for (const auto& [key, value] : map) writer.AnyKey(key).Text(value);
  writer.EndObject();
}

// --- Structures ----------------------------------------------------------------------------------

// Inlined, as JsonWriter::Key() is, and for its reason: down to the member's name.
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void EncodeMember(std::string_view name, const T& value,
                                                      const Shape& shape, JsonWriter& writer) {
  EncodeValue(value, shape, writer.Key(name));
}
template <class T>
ABSL_ATTRIBUTE_ALWAYS_INLINE inline void EncodeMember(std::string_view name,
                                                      const std::optional<T>& value,
                                                      const Shape& shape, JsonWriter& writer) {
  if (value.has_value()) EncodeMember(name, *value, shape, writer);
}

template <HasSchema T>
void EncodeStructure(const T& structure, JsonWriter& writer) {
  writer.BeginObject();
  ForEachMember<T>([&](const auto& member) {
    // An event stream is not part of its response: it follows it.
    if constexpr (std::remove_cvref_t<decltype(member)>::kShape.kind != ShapeKind::kEventStream) {
      EncodeMember(member.name, member.Of(structure), member.kShape, writer);
    }
  });
  writer.EndObject();
}

template <HasSchema T>
void EncodeJson(const T& structure, std::string* json) {
  JsonWriter writer(json);
  EncodeStructure(structure, writer);
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_JSON_ENCODER_H_
