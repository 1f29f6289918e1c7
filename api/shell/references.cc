#include "kinesis_core/api/shell/references.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/suggestion.h"

namespace kinesis::testing {
namespace {

// What a step of a reference that leads nowhere could have been.
std::string NamesOf(const JsonNode& node) {
  constexpr size_t kNamesMax = 20;
  if (node.is_list()) return "a list of " + std::to_string(node.children.size());
  if (!node.is_object()) return "a value without members";
  std::string names;
  for (size_t i = 0; i < node.children.size() && i < kNamesMax; ++i) {
    names += (i == 0 ? "" : ", ") + node.children[i].name;
  }
  return names.empty() ? "no members" : names;
}

// The element that "[...]" in front of `path` names, which is taken off; -1 is the last one.
const JsonNode* TakeElement(const JsonNode& list, std::string_view* path) {
  int64_t index = 0;
  const size_t close = path->find(']');
  if (close == std::string_view::npos) return nullptr;
  const auto [end, error] = std::from_chars(path->data() + 1, path->data() + close, index);
  if (error != std::errc() || end != path->data() + close) return nullptr;
  path->remove_prefix(close + 1);
  const auto size = static_cast<int64_t>(list.children.size());
  if (index < 0) index += size;
  if (!list.is_list() || index < 0 || index >= size) return nullptr;
  return &list.children[static_cast<size_t>(index)];
}

const JsonNode* TakeMember(const JsonNode& node, std::string_view* path) {
  path->remove_prefix(1);
  const std::string_view name = path->substr(0, path->find_first_of(".["));
  path->remove_prefix(name.size());
  return node.Find(name);
}

// The member or element to which the front of `path`, which is taken off, leads; null if to none.
const JsonNode* TakeStep(const JsonNode& node, std::string_view* path) {
  if (path->front() == '.') return TakeMember(node, path);
  if (path->front() == '[') return TakeElement(node, path);
  return nullptr;
}

// Follows `reference` as far as it leads; sets *rest to what of it does not lead on.
const JsonNode* Follow(std::string_view reference, const JsonNode& root, std::string_view* rest) {
  const JsonNode* node = &root;
  *rest = reference.substr(1);
  while (!rest->empty()) {
    std::string_view path = *rest;
    const JsonNode* const next = TakeStep(*node, &path);
    if (next == nullptr) return node;
    node = next;
    *rest = path;
  }
  return node;
}

absl::Status NotThere(std::string_view reference, const JsonNode& node, std::string_view rest) {
  std::vector<std::string_view> names;
  for (const JsonNode& child : node.children) names.emplace_back(child.name);
  const std::string_view typed = rest.substr(1);
  const std::string message = "There is no " + std::string(reference) +
                              " in the last answer, which has there: " + NamesOf(node) +
                              DidYouMean(typed.substr(0, typed.find_first_of(".[")), names);
  return absl::NotFoundError(message);
}

// The places of the references below `node`, in order.
void Collect(const JsonNode& node, std::vector<const JsonNode*>* references) {
  if (node.kind == JsonNode::Kind::kReference) references->push_back(&node);
  for (const JsonNode& child : node.children) Collect(child, references);
}

}  // namespace

absl::StatusOr<std::string> ExpandReferences(std::string_view json, std::string_view answer) {
  std::string expanded(json);
  if (json.size() > kTypedBytesMax || json.find('$') == std::string_view::npos) return expanded;
  const JsonParse request = ParseJson(json);
  std::vector<const JsonNode*> references;
  if (request.root) Collect(*request.root, &references);
  if (references.empty()) return expanded;
  const JsonParse last = ParseJson(answer);
  if (!last.root) return absl::NotFoundError("There is no answer yet that $ could stand for.");
  expanded.clear();
  size_t done = 0;
  for (const JsonNode* const each : references) {
    const std::string_view reference = json.substr(each->begin, each->end - each->begin);
    std::string_view rest;
    const JsonNode* const value = Follow(reference, *last.root, &rest);
    if (!rest.empty()) return NotThere(reference, *value, rest);
    expanded += json.substr(done, each->begin - done);
    expanded += answer.substr(value->begin, value->end - value->begin);
    done = each->end;
  }
  expanded += json.substr(done);
  return expanded;
}

std::vector<std::string> CompleteReference(std::string_view typed, std::string_view answer) {
  std::vector<std::string> references;
  const size_t dot = typed.find_last_of('.');
  const std::string_view whole = dot == std::string_view::npos ? "$" : typed.substr(0, dot);
  const JsonParse last = ParseJson(answer);
  if (!last.root || !typed.starts_with('$')) return references;
  std::string_view rest;
  const JsonNode* const node = Follow(whole, *last.root, &rest);
  if (!rest.empty() || !node->is_object()) return references;
  for (const JsonNode& child : node->children) {
    references.push_back(std::string(whole) + "." + child.name);
  }
  return references;
}

}  // namespace kinesis::testing
