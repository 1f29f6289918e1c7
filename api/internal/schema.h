// Schema<T>: the members of a structure of the API, as a table the compiler can walk.
//
//   ForEachMember<CreateStreamRequest>([](auto member) {
//     // member.name, member.kShape, member.kRequired, member.Of(request)
//   });
//
// This is the one place that ties a C++ member to its wire name, its shape (model.h) and whether
// the model requires it. The specializations stand in schema_<header>.h, one file for each public
// header; schema_all.h includes them all.
#ifndef KINESIS_CORE_API_INTERNAL_SCHEMA_H_
#define KINESIS_CORE_API_INTERNAL_SCHEMA_H_

#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "kinesis_core/api/internal/shape.h"

namespace kinesis::api::internal {

// A specialization has:
//   static constexpr std::string_view kName     the structure's name in the service model
//   static constexpr auto kMembers              a tuple of Member, in order of wire name
template <class T>
struct Schema;

template <class T>
concept HasSchema = requires {
  Schema<T>::kName;
};

template <auto kPointer, const Shape& kShapeValue, bool kRequiredValue>
struct Member {
  static constexpr const Shape& kShape = kShapeValue;
  static constexpr bool kRequired = kRequiredValue;

  std::string_view name;  // on the wire

  // The C++ type of the member.
  template <class Structure>
  using TypeIn = std::remove_cvref_t<decltype(std::declval<Structure&>().*kPointer)>;

  // The member of `structure`, const or not as that is.
  template <class Structure>
  static constexpr auto& Of(Structure& structure) {
    return structure.*kPointer;
  }
};

template <auto kPointer, const Shape& kShape>
constexpr auto Required(std::string_view name) {
  return Member<kPointer, kShape, true>{name};
}
template <auto kPointer, const Shape& kShape>
constexpr auto Optional(std::string_view name) {
  return Member<kPointer, kShape, false>{name};
}

// Calls `visit` with each Member of T, in order.
template <HasSchema T, class Visitor>
constexpr void ForEachMember(Visitor&& visit) {
  std::apply([&visit](const auto&... members) { (visit(members), ...); }, Schema<T>::kMembers);
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SCHEMA_H_
