#include "kinesis_core/testing/tidy/rule.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/testing/tidy/build_text.h"

namespace kinesis::testing::tidy {
namespace {

File Describe(const SourceFile& source) {
  File file;
  file.path = source.path;
  file.text = source.text;
  file.raw_lines = SplitLines(source.text);
  file.is_header = EndsWith(source.path, ".h");
  file.is_cpp = file.is_header || EndsWith(source.path, ".cc");
  file.is_test = EndsWith(source.path, "_test.cc");
  file.layer = LayerOfPath(source.path);
  if (file.is_cpp) {
    file.lines = ScanCpp(source.text);
    file.includes = FindIncludes(file.lines);
  }
  return file;
}

// The folders under which headers are included by another name than their path: see build_defs.bzl.
struct IncludedAs {
  std::string_view include;
  std::string_view path;
};

constexpr IncludedAs kIncludedAs[] = {
    {"kinesis_core/api/", "api/"},
    {"kinesis_core/testing/", "testing/"},
    {"kinesis_core/lab/", "bench/partition_lab/"},
};

bool IsInternal(std::string_view path) { return path.find("/internal/") != std::string_view::npos; }

// The target that `label` stands for, through any aliases; null if there is none.
const BuildTarget* FindTarget(const std::map<std::string, std::vector<BuildTarget>>& builds,
                              Label* label) {
  constexpr int kAliasesMax = 8;
  for (int aliases = 0; aliases < kAliasesMax; ++aliases) {
    const auto build = builds.find(label->package);
    if (build == builds.end()) return nullptr;
    const auto target =
        std::find_if(build->second.begin(), build->second.end(),
                     [&](const BuildTarget& candidate) { return candidate.name == label->name; });
    if (target == build->second.end() || target->kind != "alias") {
      return target == build->second.end() ? nullptr : &*target;
    }
    *label = ParseLabel(target->actual, label->package);
  }
  return nullptr;
}

// Marks the headers that the public targets lead to, and those that they include.
void MarkPublicHeaders(std::vector<File>& files) {
  std::map<std::string, File*> headers;
  for (File& file : files) {
    if (file.is_header) headers[file.path] = &file;
  }
  std::vector<std::string> paths;
  for (const PublicTarget& target : FindPublicTargets(files)) {
    paths.insert(paths.end(), target.header_paths.begin(), target.header_paths.end());
  }
  while (!paths.empty()) {
    const auto found = headers.find(paths.back());
    paths.pop_back();
    if (found == headers.end() || found->second->is_public) continue;
    found->second->is_public = true;
    for (const Include& include : found->second->includes) {
      const std::string path = PathOfInclude(include.path);
      if (!IsInternal(path)) paths.push_back(path);
    }
  }
}

}  // namespace

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

bool EndsWith(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

std::string_view FolderOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

Layer LayerOfPath(std::string_view path) {
  // Programs that show good usage are users of the library, of all its layers; and so is the
  // project that tests how the library feels as a dependency.
  if (StartsWith(path, "kinesis_core/examples/")) return Layer::kOther;
  if (StartsWith(path, kConsumer)) return Layer::kOther;
  if (StartsWith(path, "kinesis_core/internal/")) return Layer::kInternal;
  if (StartsWith(path, "kinesis_core/")) return Layer::kCore;
  if (StartsWith(path, "api/")) return Layer::kApi;
  if (StartsWith(path, "testing/")) return Layer::kTesting;
  if (StartsWith(path, "bench/")) return Layer::kBench;
  return Layer::kOther;
}

Layer LayerOfInclude(std::string_view include) {
  if (StartsWith(include, "kinesis_core/api/")) return Layer::kApi;
  if (StartsWith(include, "kinesis_core/testing/")) return Layer::kTesting;
  if (StartsWith(include, "kinesis_core/bench/")) return Layer::kBench;
  if (StartsWith(include, "kinesis_core/lab/")) return Layer::kBench;
  return LayerOfPath(include);
}

std::string PathOfInclude(std::string_view include) {
  for (const IncludedAs& folder : kIncludedAs) {
    if (!StartsWith(include, folder.include)) continue;
    return std::string(folder.path) + std::string(include.substr(folder.include.size()));
  }
  return std::string(include);
}

bool IsProduct(const File& file) {
  if (file.is_test || !file.is_cpp) return false;
  return file.layer == Layer::kCore || file.layer == Layer::kInternal ||
         file.layer == Layer::kApi || file.is_public;
}

std::vector<PublicTarget> FindPublicTargets(const std::vector<File>& files) {
  std::map<std::string, std::vector<BuildTarget>> builds;
  for (const File& file : files) {
    if (file.path == "BUILD.bazel" || EndsWith(file.path, "/BUILD.bazel")) {
      builds[std::string(FolderOf(file.path))] = FindTargets(file.text);
    }
  }
  std::vector<PublicTarget> found;
  for (const BuildTarget& root_target : builds[""]) {
    if (!root_target.is_public) continue;
    PublicTarget& found_target = found.emplace_back();
    found_target.name = root_target.name;
    Label label = {"", root_target.name};
    const BuildTarget* const target = FindTarget(builds, &label);
    if (target == nullptr) continue;
    for (const File& file : files) {
      const bool is_named =
          file.is_header &&
          std::any_of(target->hdrs.begin(), target->hdrs.end(), [&](const std::string& pattern) {
            return NamesFile(label.package, pattern, file.path);
          });
      if (is_named) found_target.header_paths.push_back(file.path);
    }
  }
  return found;
}

std::vector<File> DescribeTree(const std::vector<SourceFile>& sources) {
  std::vector<File> files;
  files.reserve(sources.size());
  for (const SourceFile& source : sources) files.push_back(Describe(source));
  MarkPublicHeaders(files);
  return files;
}

}  // namespace kinesis::testing::tidy
