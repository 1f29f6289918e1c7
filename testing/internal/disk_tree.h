// DiskTree: the files and folders of a SimulatedDisk by name, as the system sees them and as they
// are on the platter, and the changes of names in between.
//
// Thread-compatible.
#ifndef KINESIS_CORE_TESTING_INTERNAL_DISK_TREE_H_
#define KINESIS_CORE_TESTING_INTERNAL_DISK_TREE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/testing/internal/disk_file.h"

namespace kinesis::testing {

// The error of a call, in the words of the system.
absl::Status DiskError(absl::StatusCode code, std::string_view call, const std::string& path,
                       std::string_view why);
absl::Status NotThere(std::string_view call, const std::string& path);

class DiskTree {
 public:
  // A file or a folder.
  struct Node {
    using Entries = std::map<std::string, std::shared_ptr<Node>, std::less<>>;

    bool is_folder() const { return file == nullptr; }

    std::unique_ptr<DiskFile> file;
    Entries entries;  // of a folder, as the system sees it
    Entries platter;  // and as it is on the platter
  };
  using NodePtr = std::shared_ptr<Node>;

  DiskTree() : root_(std::make_shared<Node>()) {}

  // --- As FileSystem has them

  // The file, which is made if it is not there and `create` is true.
  absl::StatusOr<NodePtr> Open(std::string_view call, const std::string& path, bool create);
  absl::Status CreateFolder(const std::string& path);
  absl::StatusOr<NodePtr> FindFolder(std::string_view call, const std::string& path) const;
  absl::Status Rename(const std::string& from, const std::string& to);
  absl::Status Remove(const std::string& path);

  // --- The platter

  void Sync(const NodePtr& folder, std::mt19937_64& random);
  // Some of the changes that it would have synced will never be for certain, whatever syncs follow.
  void FailSync(const NodePtr& folder, std::mt19937_64& random);
  // Any of the changes that were not synced are done, in their order, and then the system sees what
  // is on the platter; names and contents.
  void LosePower(std::mt19937_64& random);
  // Null: there is no such file.
  NodePtr FindOnPlatter(const std::string& path) const;
  std::vector<std::string> FilesOnPlatter() const;

  // --- All files there are, also those that are open and have no name any more

  void ForEachFile(const std::function<void(DiskFile&)>& visit) const;
  // One of them, at random. Null: none was met.
  NodePtr AnyFile(std::mt19937_64& random) const;

 private:
  // The place of a name, which need not be there; without a folder, nowhere, or the root's.
  struct Place {
    NodePtr node() const;

    NodePtr folder;
    std::string name;
  };

  // A name that was given (from nowhere), changed, or removed (to nowhere), and is to be synced.
  struct Change {
    void ReachPlatter() const;

    Place from;
    Place to;
    NodePtr node;
    bool is_forgotten = false;  // since a sync that failed
  };

  absl::StatusOr<Place> Find(std::string_view call, const std::string& path) const;
  NodePtr NodeAt(const Place& place) const;
  void Make(Change change);
  // Which of the changes a sync of the folder is for.
  std::vector<bool> ConcernedBySync(const NodePtr& folder) const;

  const NodePtr root_;
  std::vector<std::weak_ptr<Node>> files_;  // in the order in which they were made
  std::vector<Change> changes_;             // in order
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_DISK_TREE_H_
