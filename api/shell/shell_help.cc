#include "kinesis_core/api/shell/shell_help.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "kinesis_core/api/internal/pattern.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/structure_info.h"

namespace kinesis::testing {
namespace {

using api::Operation;
using api::internal::InfoOf;
using api::internal::JsonWriter;
using api::internal::MemberInfo;
using api::internal::OperationInfo;
using api::internal::Shape;
using api::internal::ShapeKind;
using api::internal::StructureInfo;

constexpr auto kDirectives = std::to_array<ShellDirective>({
    {":clock simulated|system", "time that moves when told, or the system's; a new engine"},
    {":now", "the clock's time"},
    {":advance TIME", "moves simulated time: 300s, 1.5h, 10ms"},
    {":limits kinesis|kinesis2015|unlimited", "limits and delays from now on"},
    {":rates on|off", "whether the rates of the limits are enforced"},
    {":fault RULE", "what is to go wrong: fail put with InternalFailure, 2 times after 5"},
    {":faults [clear]", "what goes wrong, and did; or forgets the rules"},
    {":subscribe JSON", "SubscribeToShard, held open: answers a number"},
    {":next NUMBER [TIME]", "its events, after waiting for them for so long"},
    {":frames NUMBER [TIME]", "the same, as bytes of an event stream in base64"},
    {":unsubscribe NUMBER", "ends it"},
    {":help [OPERATION]", "this; or members and constraints of an operation"},
    {":quit", "ends the shell"},
});

std::string_view KindName(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kString:
      return "string";
    case ShapeKind::kBlob:
      return "blob";
    case ShapeKind::kInteger:
      return "integer";
    case ShapeKind::kLong:
      return "long";
    case ShapeKind::kBoolean:
      return "boolean";
    case ShapeKind::kTimestamp:
      return "timestamp";
    case ShapeKind::kList:
      return "list";
    case ShapeKind::kMap:
      return "map";
    case ShapeKind::kStructure:
      return "structure";
    case ShapeKind::kEventStream:
      return "event stream";
  }
  return "";
}

// --- JSON ----------------------------------------------------------------------------------------

void WriteMembers(const StructureInfo& structure, JsonWriter& writer);

// The members of the object that tells a shape.
void WriteShape(const Shape& shape, const StructureInfo* structure, JsonWriter& writer) {
  writer.Key("Type").Text(KindName(shape.kind));
  if (shape.min) writer.Key("Min").Number(*shape.min);
  if (shape.max) writer.Key("Max").Number(*shape.max);
  if (shape.pattern != nullptr) writer.Key("Pattern").Text(shape.pattern->text());
  if (!shape.enum_values.empty()) {
    writer.Key("Values").BeginList();
    for (const std::string_view value : shape.enum_values) writer.Text(value);
    writer.EndList();
  }
  if (shape.element != nullptr) {
    writer.Key("Element").BeginObject();
    WriteShape(*shape.element, structure, writer);
    writer.EndObject();
  } else if (structure != nullptr) {
    writer.Key("Members");
    WriteMembers(*structure, writer);
  }
}

void WriteMembers(const StructureInfo& structure, JsonWriter& writer) {
  writer.BeginObject();
  for (const MemberInfo& member : structure.members) {
    writer.Key(member.name).BeginObject();
    writer.Key("Required").Boolean(member.required);
    WriteShape(*member.shape, member.structure, writer);
    writer.EndObject();
  }
  writer.EndObject();
}

// --- Text ----------------------------------------------------------------------------------------

// A table of three columns; the last one is of any width.
class Table {
 public:
  void Add(std::string first, std::string second, std::string third) {
    widths_[0] = std::max(widths_[0], first.size());
    widths_[1] = std::max(widths_[1], second.size());
    rows_.push_back({std::move(first), std::move(second), std::move(third)});
  }

  std::string ToString() const {
    std::string text;
    for (const auto& row : rows_) {
      std::string line = "  ";
      for (size_t i = 0; i < 2; ++i)
        line += row[i] + std::string(widths_[i] + 2 - row[i].size(), ' ');
      line += row[2];
      line.erase(line.find_last_not_of(' ') + 1);
      text += line + "\n";
    }
    return text;
  }

 private:
  std::array<size_t, 2> widths_ = {};
  std::vector<std::array<std::string, 3>> rows_;
};

std::string Bounds(const Shape& shape) {
  if (!shape.min && !shape.max) return "";
  std::string text = shape.min ? std::to_string(*shape.min) : "";
  text += "..";
  if (shape.max) text += std::to_string(*shape.max);
  switch (shape.kind) {
    case ShapeKind::kString:
      return text + " characters";
    case ShapeKind::kBlob:
      return text + " bytes";
    case ShapeKind::kList:
      return text + " elements";
    case ShapeKind::kMap:
      return text + " entries";
    default:
      return text;
  }
}

std::string Constraints(const Shape& shape, bool required) {
  std::vector<std::string> parts;
  if (required) parts.emplace_back("required");
  if (std::string bounds = Bounds(shape); !bounds.empty()) parts.push_back(std::move(bounds));
  if (shape.pattern != nullptr) parts.push_back("matches " + std::string(shape.pattern->text()));
  if (!shape.enum_values.empty()) {
    std::string values = "one of";
    for (const std::string_view value : shape.enum_values) values.append(" ").append(value);
    parts.push_back(std::move(values));
  }
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

void AddRows(const StructureInfo& structure, const std::string& indent, Table* table) {
  for (const MemberInfo& member : structure.members) {
    const Shape& shape = *member.shape;
    table->Add(indent + std::string(member.name), std::string(KindName(shape.kind)),
               Constraints(shape, member.required));
    if (shape.key != nullptr) {
      table->Add(indent + "  keys", std::string(KindName(shape.key->kind)),
                 Constraints(*shape.key, /*required=*/false));
    }
    if (shape.element != nullptr && member.structure == nullptr) {
      table->Add(indent + (shape.key != nullptr ? "  values" : "  elements"),
                 std::string(KindName(shape.element->kind)),
                 Constraints(*shape.element, /*required=*/false));
    }
    if (member.structure != nullptr) AddRows(*member.structure, indent + "  ", table);
  }
}

std::string MembersText(const StructureInfo* structure) {
  if (structure == nullptr || structure->members.empty()) return "  nothing\n";
  Table table;
  AddRows(*structure, "", &table);
  return table.ToString();
}

}  // namespace

std::span<const ShellDirective> ShellDirectives() { return kDirectives; }

void WriteHelp(JsonWriter& writer) {
  writer.BeginObject();
  writer.Key("Operations").BeginList();
  for (const std::string_view name : api::EnumNames<Operation>::kNames) writer.Text(name);
  writer.EndList();
  writer.Key("Directives").BeginList();
  for (const ShellDirective& directive : kDirectives) writer.Text(directive.usage);
  writer.EndList();
  writer.EndObject();
}

void WriteHelpOn(Operation operation, JsonWriter& writer) {
  const OperationInfo& info = InfoOf(operation);
  writer.BeginObject();
  writer.Key("Operation").Text(ToText(operation));
  writer.Key("Request");
  WriteMembers(*info.request, writer);
  if (info.response != nullptr) {
    writer.Key("Response");
    WriteMembers(*info.response, writer);
  }
  writer.EndObject();
}

std::string HelpText() {
  std::string text = "OPERATION {JSON}\n";
  for (const std::string_view name : api::EnumNames<Operation>::kNames) {
    text.append("  ").append(name).append("\n");
  }
  text += "directives\n";
  Table table;
  for (const ShellDirective& directive : kDirectives) {
    table.Add(std::string(directive.usage), "", std::string(directive.does));
  }
  return text + table.ToString();
}

std::string HelpTextOn(Operation operation) {
  const OperationInfo& info = InfoOf(operation);
  return std::string(ToText(operation)) + " takes\n" + MembersText(info.request) + "and answers\n" +
         MembersText(info.response);
}

}  // namespace kinesis::testing
