// The schemas as values, for code that asks at run time: help texts, completion, generators.
//
//   const OperationInfo& info = InfoOf(Operation::kPutRecord);
//   for (const MemberInfo& member : info.request->members) std::cout << member.name << "\n";
//
// Thread-safe: immutable.
#ifndef KINESIS_CORE_API_INTERNAL_STRUCTURE_INFO_H_
#define KINESIS_CORE_API_INTERNAL_STRUCTURE_INFO_H_

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/operation.h"

namespace kinesis::api::internal {

struct StructureInfo;

struct MemberInfo {
  std::string_view name;  // on the wire
  const Shape* shape;
  bool required;
  // The structure that the member is, or that the elements of its list are; nullptr if there is
  // none.
  const StructureInfo* structure;
};

struct StructureInfo {
  std::string_view name;                // in the service model
  std::span<const MemberInfo> members;  // in order of name
};

struct OperationInfo {
  Operation operation;
  const StructureInfo* request;
  const StructureInfo* response;  // nullptr: the operation answers nothing
};

// --- From the schemas

// A member's type without optional and list.
template <class T>
struct StructureOf {
  using Type = T;
};
template <class T>
struct StructureOf<std::optional<T>> : StructureOf<T> {};
template <class T>
struct StructureOf<std::vector<T>> : StructureOf<T> {};
template <>
struct StructureOf<RecordList> : StructureOf<Record> {};

// A class, so that its members can refer to those of others.
template <HasSchema T>
struct InfoOfStructure {
  template <class M>
  static constexpr MemberInfo MakeMember(const M& member) {
    using Value = std::remove_cvref_t<decltype(M::Of(std::declval<T&>()))>;
    using Structure = typename StructureOf<Value>::Type;
    const StructureInfo* structure = nullptr;
    if constexpr (HasSchema<Structure>) structure = &InfoOfStructure<Structure>::kInfo;
    return {member.name, &M::kShape, M::kRequired, structure};
  }
  static constexpr auto kMembers = std::apply(
      [](const auto&... members) {
        return std::array<MemberInfo, sizeof...(members)>{MakeMember(members)...};
      },
      Schema<T>::kMembers);
  static constexpr StructureInfo kInfo = {Schema<T>::kName, kMembers};
};

template <Operation kOperation>
constexpr OperationInfo MakeOperationInfo() {
  using Traits = OperationTraits<kOperation>;
  const StructureInfo* response = nullptr;
  if constexpr (!std::is_void_v<typename Traits::Response>) {
    response = &InfoOfStructure<typename Traits::Response>::kInfo;
  }
  return {kOperation, &InfoOfStructure<typename Traits::Request>::kInfo, response};
}

inline constexpr auto kOperationInfos = []<size_t... kIndex>(std::index_sequence<kIndex...>) {
  return std::array{MakeOperationInfo<static_cast<Operation>(kIndex)>()...};
}
(std::make_index_sequence<kOperationCount>());

constexpr const OperationInfo& InfoOf(Operation operation) {
  return kOperationInfos[static_cast<size_t>(operation)];
}

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STRUCTURE_INFO_H_
