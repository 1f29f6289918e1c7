// Holds the descriptions of all structures, and the table of operations, against the service model
// as it is checked in under testdata. What a line of the model says has to be what the code says,
// and the other way around.
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/internal/structure_info.h"

namespace kinesis::api::internal {
namespace {

std::set<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::set<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.insert(line);
  }
  return lines;
}

std::string KindName(ShapeKind kind) {
  static const std::map<ShapeKind, std::string> names = {
      {ShapeKind::kString, "string"},       {ShapeKind::kBlob, "blob"},
      {ShapeKind::kInteger, "integer"},     {ShapeKind::kLong, "long"},
      {ShapeKind::kBoolean, "boolean"},     {ShapeKind::kTimestamp, "timestamp"},
      {ShapeKind::kList, "list"},           {ShapeKind::kMap, "map"},
      {ShapeKind::kStructure, "structure"}, {ShapeKind::kEventStream, "eventstream"}};
  return names.at(kind);
}

// The name in the model of the structure that a member of this C++ type is, or is a list of; empty
// if that is no structure.
template <class T>
std::string StructureName() {
  using Structure = typename StructureOf<T>::Type;
  if constexpr (HasSchema<Structure>) {
    return std::string(Schema<Structure>::kName);
  } else {
    return "";
  }
}

std::string NameOr(std::string_view name, const std::string& structure) {
  return name.empty() ? structure : std::string(name);
}

std::string BoundOf(const std::optional<int64_t>& value) {
  return value.has_value() ? std::to_string(*value) : std::string("-");
}

std::string ValuesOf(const Shape& shape) {
  std::string values;
  for (const std::string_view value : shape.enum_values) {
    values += (values.empty() ? "" : ",") + std::string(value);
  }
  return values.empty() ? "-" : values;
}

std::string ElementOf(const Shape& shape, const std::string& structure) {
  if (shape.kind == ShapeKind::kList) return NameOr(shape.element->name, structure);
  if (shape.kind != ShapeKind::kMap) return "-";
  return std::string(shape.key->name) + ":" + std::string(shape.element->name);
}

// A line of the table. `structure` is the name of the structure that the member is or lists.
std::string LineOf(std::string_view owner, std::string_view name, const Shape& shape, bool required,
                   const std::string& structure) {
  std::string line(owner);
  for (const std::string& field :
       {std::string(name), NameOr(shape.name, structure), KindName(shape.kind),
        std::string(required ? "required" : "optional"), BoundOf(shape.min), BoundOf(shape.max),
        shape.pattern == nullptr ? "-" : std::string(shape.pattern->text()), ValuesOf(shape),
        ElementOf(shape, structure)}) {
    line += "\t" + field;
  }
  return line;
}

// Adds the lines of T and of all structures that it is made of.
template <class T>
void AddLines(std::set<std::string>* lines) {
  if constexpr (std::tuple_size_v<decltype(Schema<T>::kMembers)> == 0) {
    lines->insert(std::string(Schema<T>::kName) + "\t-\t-\t-\t-\t-\t-\t-\t-\t-");
  }
  ForEachMember<T>([lines](const auto& member) {
    using M = std::remove_cvref_t<decltype(member)>;
    using Type = typename M::template TypeIn<T>;
    lines->insert(
        LineOf(Schema<T>::kName, member.name, M::kShape, M::kRequired, StructureName<Type>()));
    using Structure = typename StructureOf<Type>::Type;
    if constexpr (HasSchema<Structure>) AddLines<Structure>(lines);
  });
}

TEST(ServiceModelTest, TheMembersAreThoseOfTheModel) {
  std::set<std::string> members;
  ForEachOperation([&members](auto traits) {
    using Traits = decltype(traits);
    AddLines<typename Traits::Request>(&members);
    if constexpr (!std::is_void_v<typename Traits::Response>) {
      AddLines<typename Traits::Response>(&members);
    }
  });
  AddLines<SubscribeToShardEvent>(&members);
  const std::set<std::string> model = Lines("api/testdata/service_model.tsv");
  for (const std::string& line : model) EXPECT_TRUE(members.contains(line)) << "missing: " << line;
  for (const std::string& line : members) EXPECT_TRUE(model.contains(line)) << "extra: " << line;
  EXPECT_GT(model.size(), 250U);
}

TEST(ServiceModelTest, TheOperationsAreThoseOfTheModel) {
  std::map<std::string, std::vector<std::string>> model;
  for (const std::string& line : Lines("api/testdata/operations.tsv")) {
    std::istringstream fields(line);
    std::vector<std::string> row(4);
    for (std::string& field : row) std::getline(fields, field, '\t');
    model[row[0]] = row;
  }
  ASSERT_EQ(model.size(), kOperationCount);
  ForEachOperation([&model](auto traits) {
    using Traits = decltype(traits);
    const std::vector<std::string>& row = model[std::string(ToText(Traits::kOperation))];
    ASSERT_FALSE(row.empty()) << ToText(Traits::kOperation);
    EXPECT_EQ(row[1], Schema<typename Traits::Request>::kName);
    if constexpr (std::is_void_v<typename Traits::Response>) {
      EXPECT_EQ(row[2], "-");
    } else {
      EXPECT_EQ(row[2], Schema<typename Traits::Response>::kName);
    }
  });
}

TEST(ServiceModelTest, EveryErrorThatAnOperationDeclaresHasAType) {
  for (const std::string& line : Lines("api/testdata/operations.tsv")) {
    std::istringstream names(line.substr(line.rfind('\t') + 1));
    for (std::string name; std::getline(names, name, ',');) {
      EXPECT_TRUE(FindError(name).has_value()) << name;
    }
  }
}

TEST(ServiceModelTest, OperationNamesAreUniqueAndFindTheirOperation) {
  for (size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    EXPECT_EQ(ParseEnum<Operation>(ToText(operation)), operation);
  }
  EXPECT_FALSE(ParseEnum<Operation>("NoSuchOperation").has_value());
}

}  // namespace
}  // namespace kinesis::api::internal
