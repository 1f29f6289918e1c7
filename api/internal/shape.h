// Shape: the type of a member in the service model: its kind and its constraints.
//
// model.h has all of them. schema.h ties them to the members of the C++ structures. Everything
// that depends on them derives from there: validation and its messages, the JSON codec, help texts,
// generated tests.
#ifndef KINESIS_CORE_API_INTERNAL_SHAPE_H_
#define KINESIS_CORE_API_INTERNAL_SHAPE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "kinesis_core/api/internal/pattern.h"

namespace kinesis::api::internal {

enum class ShapeKind {
  kString,
  kBlob,
  kInteger,  // 32 bits
  kLong,     // 64 bits
  kBoolean,
  kTimestamp,
  kList,
  kMap,  // from strings to strings
  kStructure,
  kEventStream,
};

struct Shape {
  std::string_view name;
  ShapeKind kind;
  // Bounds, both included, of what the kind counts: characters of a string, bytes of a blob, the
  // value of a number, elements of a list or map.
  std::optional<int64_t> min = std::nullopt;
  std::optional<int64_t> max = std::nullopt;
  const Pattern* pattern = nullptr;
  std::span<const std::string_view> enum_values = {};
  // The values in the order in which the service's messages list them, where that is known to be
  // another one.
  std::span<const std::string_view> message_enum_values = {};
  const Shape* key = nullptr;      // of a map
  const Shape* element = nullptr;  // of a list, or a map's values
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHAPE_H_
