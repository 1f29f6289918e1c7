#include "kinesis_core/testing/internal/disk_tree.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace kinesis::testing {
namespace {

std::vector<std::string> PartsOf(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return parts;
}

absl::Status NoFolder(std::string_view call, const std::string& path) {
  return DiskError(absl::StatusCode::kInternal, call, path, "Not a directory");
}

void BeAsOnPlatter(DiskTree::Node& folder) {
  folder.entries = folder.platter;
  for (const auto& [name, node] : folder.entries) {
    if (node->is_folder()) BeAsOnPlatter(*node);
  }
}

void Collect(const DiskTree::Node& folder, const std::string& prefix,
             std::vector<std::string>* paths) {
  for (const auto& [name, node] : folder.platter) {
    const std::string path = absl::StrCat(prefix, "/", name);
    if (node->is_folder()) {
      Collect(*node, path, paths);
    } else {
      paths->push_back(path);
    }
  }
}

}  // namespace

absl::Status DiskError(absl::StatusCode code, std::string_view call, const std::string& path,
                       std::string_view why) {
  return absl::Status(code, absl::StrCat(std::string(call), " \"", path, "\": ", std::string(why)));
}

absl::Status NotThere(std::string_view call, const std::string& path) {
  return DiskError(absl::StatusCode::kNotFound, call, path, "No such file or directory");
}

// --- Names ---------------------------------------------------------------------------------------

DiskTree::NodePtr DiskTree::Place::node() const {
  const auto found = folder->entries.find(name);
  return found == folder->entries.end() ? nullptr : found->second;
}

DiskTree::NodePtr DiskTree::NodeAt(const Place& place) const {
  return place.folder == nullptr ? root_ : place.node();
}

absl::StatusOr<DiskTree::Place> DiskTree::Find(std::string_view call,
                                               const std::string& path) const {
  const std::vector<std::string> parts = PartsOf(path);
  if (parts.empty()) return Place{};
  Place place{root_, parts[0]};
  for (size_t i = 1; i < parts.size(); ++i) {
    NodePtr next = place.node();
    if (next == nullptr) return NotThere(call, path);
    if (!next->is_folder()) return NoFolder(call, path);
    place = {std::move(next), parts[i]};
  }
  return place;
}

void DiskTree::Make(Change change) {
  if (change.from.folder != nullptr) change.from.folder->entries.erase(change.from.name);
  if (change.to.folder != nullptr) change.to.folder->entries[change.to.name] = change.node;
  changes_.push_back(std::move(change));
}

absl::StatusOr<DiskTree::NodePtr> DiskTree::Open(std::string_view call, const std::string& path,
                                                 bool create) {
  absl::StatusOr<Place> place = Find(call, path);
  if (!place.ok()) return place.status();
  NodePtr node = NodeAt(*place);
  if (node == nullptr && !create) return NotThere(call, path);
  if (node == nullptr) {
    node = std::make_shared<Node>();
    node->file = std::make_unique<DiskFile>();
    files_.erase(std::remove_if(files_.begin(), files_.end(),
                                [](const std::weak_ptr<Node>& file) { return file.expired(); }),
                 files_.end());
    files_.push_back(node);
    Make({.from = {}, .to = *std::move(place), .node = node});
  }
  if (node->is_folder()) {
    return DiskError(absl::StatusCode::kInternal, call, path, "it is not a regular file");
  }
  return node;
}

absl::Status DiskTree::CreateFolder(const std::string& path) {
  absl::StatusOr<Place> place = Find("mkdir", path);
  if (!place.ok()) return place.status();
  const NodePtr there = NodeAt(*place);
  if (there != nullptr && there->is_folder()) return absl::OkStatus();
  if (there != nullptr) {
    return DiskError(absl::StatusCode::kInternal, "mkdir", path, "File exists");
  }
  Make({.from = {}, .to = *std::move(place), .node = std::make_shared<Node>()});
  return absl::OkStatus();
}

absl::StatusOr<DiskTree::NodePtr> DiskTree::FindFolder(std::string_view call,
                                                       const std::string& path) const {
  const absl::StatusOr<Place> place = Find(call, path);
  if (!place.ok()) return place.status();
  NodePtr node = NodeAt(*place);
  if (node == nullptr) return NotThere(call, path);
  if (!node->is_folder()) return NoFolder(call, path);
  return node;
}

absl::Status DiskTree::Rename(const std::string& from, const std::string& to) {
  const auto refused = [&from](std::string_view why) {
    return DiskError(absl::StatusCode::kInternal, "rename", from, why);
  };
  absl::StatusOr<Place> source = Find("rename", from);
  if (!source.ok()) return source.status();
  absl::StatusOr<Place> target = Find("rename", to);
  if (!target.ok()) return target.status();
  if (source->folder == nullptr || target->folder == nullptr) return refused("it is the root");
  NodePtr node = source->node();
  if (node == nullptr) return NotThere("rename", from);
  const NodePtr replaced = target->node();
  if (replaced == node) return absl::OkStatus();
  if (replaced != nullptr) {
    if (replaced->is_folder() != node->is_folder()) return refused("File exists");
    if (!replaced->entries.empty()) return refused("Directory not empty");
  }
  const std::vector<std::string> outer = PartsOf(from);
  const std::vector<std::string> inner = PartsOf(to);
  if (inner.size() > outer.size() && std::equal(outer.begin(), outer.end(), inner.begin())) {
    return refused("it cannot be moved into itself");
  }
  Make({.from = *std::move(source), .to = *std::move(target), .node = std::move(node)});
  return absl::OkStatus();
}

absl::Status DiskTree::Remove(const std::string& path) {
  absl::StatusOr<Place> place = Find("remove", path);
  if (!place.ok()) return place.status();
  NodePtr node = NodeAt(*place);
  if (node == nullptr) return NotThere("remove", path);
  if (node == root_ || !node->entries.empty()) {
    return DiskError(absl::StatusCode::kInternal, "remove", path, "Directory not empty");
  }
  Make({.from = *std::move(place), .to = {}, .node = std::move(node)});
  return absl::OkStatus();
}

// --- The platter ---------------------------------------------------------------------------------

void DiskTree::Change::ReachPlatter() const {
  if (from.folder != nullptr) {
    const auto found = from.folder->platter.find(from.name);
    if (found != from.folder->platter.end() && found->second == node) {
      from.folder->platter.erase(found);
    }
  }
  if (to.folder != nullptr) to.folder->platter[to.name] = node;
}

std::vector<bool> DiskTree::ConcernedBySync(const NodePtr& folder) const {
  // What comes before a renaming from or to another folder has to be there before it, too.
  std::set<NodePtr> folders = {folder};
  std::vector<bool> concerned(changes_.size());
  for (size_t i = changes_.size(); i-- > 0;) {
    const NodePtr& from = changes_[i].from.folder;
    const NodePtr& to = changes_[i].to.folder;
    if (folders.count(from) == 0 && folders.count(to) == 0) continue;
    concerned[i] = true;
    if (from != nullptr) folders.insert(from);
    if (to != nullptr) folders.insert(to);
  }
  return concerned;
}

void DiskTree::Sync(const NodePtr& folder, std::mt19937_64& random) {
  const std::vector<bool> concerned = ConcernedBySync(folder);
  std::vector<Change> others;
  for (size_t i = 0; i < changes_.size(); ++i) {
    if (!concerned[i]) {
      others.push_back(std::move(changes_[i]));
    } else if (!changes_[i].is_forgotten || random() % 2 == 0) {
      changes_[i].ReachPlatter();
    }
  }
  changes_ = std::move(others);
}

void DiskTree::FailSync(const NodePtr& folder, std::mt19937_64& random) {
  const std::vector<bool> concerned = ConcernedBySync(folder);
  for (size_t i = 0; i < changes_.size(); ++i) {
    if (concerned[i] && random() % 2 == 0) changes_[i].is_forgotten = true;
  }
}

void DiskTree::LosePower(std::mt19937_64& random) {
  ForEachFile([&random](DiskFile& file) { file.WriteBack(random); });
  constexpr uint64_t kSixteenths[] = {0, 8, 16};  // how probable each change is
  const uint64_t sixteenths = kSixteenths[random() % std::size(kSixteenths)];
  for (const Change& change : changes_) {
    if (random() % 16 < sixteenths) change.ReachPlatter();
  }
  changes_.clear();
  BeAsOnPlatter(*root_);
  ForEachFile([](DiskFile& file) { file.LoseMemory(); });
}

DiskTree::NodePtr DiskTree::FindOnPlatter(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& part : PartsOf(path)) {
    const auto found = node->platter.find(part);
    if (found == node->platter.end()) return nullptr;
    node = found->second;
  }
  return node->is_folder() ? nullptr : node;
}

std::vector<std::string> DiskTree::FilesOnPlatter() const {
  std::vector<std::string> paths;
  Collect(*root_, "", &paths);
  std::sort(paths.begin(), paths.end());
  return paths;
}

void DiskTree::ForEachFile(const std::function<void(DiskFile&)>& visit) const {
  for (const std::weak_ptr<Node>& each : files_) {
    if (const NodePtr node = each.lock()) visit(*node->file);
  }
}

DiskTree::NodePtr DiskTree::AnyFile(std::mt19937_64& random) const {
  return files_.empty() ? nullptr : files_[random() % files_.size()].lock();
}

}  // namespace kinesis::testing
