#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "kinesis_core/testing/tidy/rule.h"
#include "kinesis_core/testing/tidy/rules.h"

namespace kinesis::testing::tidy {

// A C++ file that no BUILD file names is dead: nothing compiles, tests or checks it.
void CheckListedInBuild(const std::vector<File>& files, Report& report) {
  std::map<std::string, const File*> builds;
  for (const File& file : files) {
    const std::string folder(FolderOf(file.path));
    const std::string name = folder.empty() ? file.path : file.path.substr(folder.size() + 1);
    if (name == "BUILD.bazel" || name == "BUILD") builds[folder] = &file;
  }
  for (const File& file : files) {
    if (!file.is_cpp) continue;
    std::string folder(FolderOf(file.path));
    while (!folder.empty() && builds.count(folder) == 0) folder = FolderOf(folder);
    const auto build = builds.find(folder);
    const std::string name = folder.empty() ? file.path : file.path.substr(folder.size() + 1);
    if (build != builds.end() &&
        build->second->text.find("\"" + name + "\"") != std::string::npos) {
      continue;
    }
    report.Add(file, 0,
               "add \"" + name + "\" to a target of " + (folder.empty() ? "" : folder + "/") +
                   "BUILD.bazel, or delete the file");
  }
}

// Users depend on the few targets of the root, so that all others may change.
void CheckPublicTarget(const File& file, Report& report) {
  if (!EndsWith(file.path, "/BUILD.bazel") || StartsWith(file.path, "third_party/")) return;
  for (std::size_t i = 0; i < file.raw_lines.size(); ++i) {
    if (file.raw_lines[i].find("\"//visibility:public\"") == std::string::npos) continue;
    report.Add(file, i + 1,
               "write \"//:__subpackages__\"; what users need is reached by a target of the root's "
               "BUILD.bazel");
  }
}

}  // namespace kinesis::testing::tidy
