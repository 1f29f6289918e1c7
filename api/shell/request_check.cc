#include "kinesis_core/api/shell/request_check.h"

#include <vector>

#include "kinesis_core/api/internal/shape.h"
#include "kinesis_core/api/internal/structure_info.h"
#include "kinesis_core/api/json/internal/base64.h"
#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/suggestion.h"

namespace kinesis::testing {
namespace {

using api::internal::MemberInfo;
using api::internal::Shape;
using api::internal::ShapeKind;
using api::internal::StructureInfo;

// What a shape takes, with its article.
std::string_view WantedBy(ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kBlob:
      return "base64 in a string";
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kTimestamp:
      return "a number";
    case ShapeKind::kBoolean:
      return "true or false";
    case ShapeKind::kList:
      return "a list";
    case ShapeKind::kMap:
    case ShapeKind::kStructure:
    case ShapeKind::kEventStream:
      return "an object";
    default:
      return "a string";
  }
}

bool IsBase64(std::string_view text) {
  std::string bytes(text.size(), '\0');
  return api::internal::DecodeBase64(text, bytes.data()).problem ==
         api::internal::Base64Problem::kNone;
}

bool HasKindOf(const JsonNode& node, ShapeKind kind) {
  switch (kind) {
    case ShapeKind::kBlob:
      return node.is_string() && IsBase64(node.text);
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
    case ShapeKind::kTimestamp:
      return node.kind == JsonNode::Kind::kNumber;
    case ShapeKind::kBoolean:
      return node.kind == JsonNode::Kind::kBoolean;
    case ShapeKind::kList:
      return node.is_list();
    case ShapeKind::kMap:
    case ShapeKind::kStructure:
    case ShapeKind::kEventStream:
      return node.is_object();
    default:
      return node.is_string();
  }
}

// Compares a request with the members of its structure, and keeps the first of each trouble.
class RequestChecker {
 public:
  void CheckMembers(const JsonNode& object, const StructureInfo& structure) {
    for (const JsonNode& child : object.children) {
      const MemberInfo* const member = FindMember(structure, child.name);
      if (member == nullptr) {
        KeepUnknown(child, structure);
      } else {
        CheckValue(child, *member->shape, member->structure, member->name);
      }
    }
  }

  const std::optional<ShellHint>& hint() const { return kind_ ? kind_ : unknown_; }

 private:
  static const MemberInfo* FindMember(const StructureInfo& structure, std::string_view name) {
    for (const MemberInfo& member : structure.members) {
      if (member.name == name) return &member;
    }
    return nullptr;
  }

  void KeepUnknown(const JsonNode& child, const StructureInfo& structure) {
    if (unknown_) return;
    std::vector<std::string_view> names;
    for (const MemberInfo& member : structure.members) names.push_back(member.name);
    std::string suggestion = DidYouMean(child.name, names);
    if (suggestion.empty()) suggestion = ", and it is ignored";
    unknown_ = {"there is no member '" + child.name + "' here" + suggestion, child.name_begin};
  }

  void CheckValue(const JsonNode& node, const Shape& shape, const StructureInfo* structure,
                  std::string_view name) {
    using Kind = JsonNode::Kind;
    if (node.kind == Kind::kNull || node.kind == Kind::kReference) return;
    if (!HasKindOf(node, shape.kind)) {
      if (!kind_) {
        kind_ = {std::string(name) + " takes " + std::string(WantedBy(shape.kind)), node.begin};
      }
    } else if (shape.element != nullptr) {
      for (const JsonNode& child : node.children) {
        CheckValue(child, *shape.element, structure, name);
      }
    } else if (structure != nullptr) {
      CheckMembers(node, *structure);
    }
  }

  std::optional<ShellHint> kind_;
  std::optional<ShellHint> unknown_;
};

}  // namespace

std::optional<ShellHint> CheckRequest(api::Operation operation, std::string_view json) {
  if (json.size() > kTypedBytesMax) return std::nullopt;
  const JsonParse parse = ParseJson(json);
  if (!parse.root) return ShellHint{parse.fault.reason, parse.fault.at};
  if (!parse.root->is_object())
    return ShellHint{"a request is an object: {...}", parse.root->begin};
  RequestChecker checker;
  checker.CheckMembers(*parse.root, *api::internal::InfoOf(operation).request);
  return checker.hint();
}

}  // namespace kinesis::testing
