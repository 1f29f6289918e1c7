#include "kinesis_core/api/shell/shell_help.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <vector>

#include "kinesis_core/api/internal/pattern.h"
#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/structure_info.h"
#include "kinesis_core/api/shell/table_view.h"

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

constexpr std::string_view kNotes =
    "in JSON\n"
    "  $.Member, $.List[0].Member  of the answer of the last operation that succeeded, :put or "
    ":read\n"
    "  a request goes on in the next line while its brackets are open; an empty line gives it up\n";

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

void AddRows(const StructureInfo& structure, const std::string& indent, TextTable* table) {
  for (const MemberInfo& member : structure.members) {
    const Shape& shape = *member.shape;
    table->Add({indent + std::string(member.name), std::string(KindName(shape.kind)),
                Constraints(shape, member.required)});
    if (shape.key != nullptr) {
      table->Add({indent + "  keys", std::string(KindName(shape.key->kind)),
                  Constraints(*shape.key, /*required=*/false)});
    }
    if (shape.element != nullptr && member.structure == nullptr) {
      table->Add({indent + (shape.key != nullptr ? "  values" : "  elements"),
                  std::string(KindName(shape.element->kind)),
                  Constraints(*shape.element, /*required=*/false)});
    }
    if (member.structure != nullptr) AddRows(*member.structure, indent + "  ", table);
  }
}

std::string MembersText(const StructureInfo* structure) {
  if (structure == nullptr || structure->members.empty()) return "  nothing\n";
  TextTable table;
  AddRows(*structure, "", &table);
  return table.ToString(2);
}

}  // namespace

void WriteHelp(JsonWriter& writer) {
  writer.BeginObject();
  writer.Key("Operations").BeginList();
  for (const std::string_view name : api::EnumNames<Operation>::kNames) writer.Text(name);
  writer.EndList();
  writer.Key("Directives").BeginList();
  for (const auto& directive : ShellSession::Directives()) writer.Text(directive.usage());
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

void WriteHelpOn(const ShellSession::Directive& directive, JsonWriter& writer) {
  writer.BeginObject();
  writer.Key("Directive").Text(directive.usage());
  writer.Key("Does").Text(directive.does);
  writer.EndObject();
}

std::string HelpText() {
  std::string text = "OPERATION {JSON}\n";
  for (const std::string_view name : api::EnumNames<Operation>::kNames) {
    text.append("  ").append(name).append("\n");
  }
  text += "directives\n";
  TextTable table;
  for (const auto& directive : ShellSession::Directives()) {
    table.Add({directive.usage(), std::string(directive.does)});
  }
  return text + table.ToString(2) + kNotes.data();
}

std::string HelpTextOn(Operation operation) {
  const OperationInfo& info = InfoOf(operation);
  return std::string(ToText(operation)) + " takes\n" + MembersText(info.request) + "and answers\n" +
         MembersText(info.response);
}

std::string HelpTextOn(const ShellSession::Directive& directive) {
  return directive.usage() + "\n  " + std::string(directive.does) + "\n";
}

}  // namespace kinesis::testing
