#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kinesis_core/testing/tidy/rule.h"
#include "kinesis_core/testing/tidy/rules.h"
#include "kinesis_core/testing/tidy/source_rules.h"

namespace kinesis::testing::tidy {
namespace {

// An include that a public header may not have, since it costs every user of the header, and what
// to do instead.
struct PublicHeaderBan {
  std::string_view prefix;
  std::string_view instead;
};

constexpr std::array kPublicHeaderBans = {
    PublicHeaderBan{"boost/", "include it in a .cc; Boost.Multiprecision alone parses for 2 s"},
    PublicHeaderBan{"simdjson.h", "include it in a .cc; it parses for 1 s"},
    PublicHeaderBan{"xxhash.h", "include it in a .cc"},
    PublicHeaderBan{"absl/container/flat_hash_", "keep hash maps in a .cc or in internal/"},
    PublicHeaderBan{"absl/container/node_hash_", "keep hash maps in a .cc or in internal/"},
    PublicHeaderBan{"unordered_", "keep hash maps in a .cc or in internal/"},
    PublicHeaderBan{"atomic", "hold the atomic state behind a pointer to an internal type"},
    PublicHeaderBan{"thread", "hold it behind a pointer; the library starts no threads"},
    PublicHeaderBan{"kinesis_core/internal/", "forward-declare the type and hold it by pointer"},
    PublicHeaderBan{"kinesis_core/api/internal/", "forward-declare the type, hold it by pointer"},
    PublicHeaderBan{"kinesis_core/api/json/internal/", "forward-declare the type"},
    PublicHeaderBan{"kinesis_core/testing/internal/", "forward-declare the type"},
};

// The exceptions to the table above. An entry that nothing needs any more is a finding itself.
struct PublicHeaderException {
  std::string_view header;
  std::string_view include;
  std::string_view reason;
};

constexpr std::array kPublicHeaderExceptions = {
    PublicHeaderException{"testing/deterministic_schedule.h", "atomic",
                          "stands in for std::atomic, so its interface takes std::memory_order"},
    PublicHeaderException{"kinesis_core/record_batch.h",
                          "kinesis_core/internal/log/record_layout.h",
                          "a read inlines the decoding of a record; the layout is plain numbers"},
    PublicHeaderException{"kinesis_core/reservation.h", "kinesis_core/internal/log/record_layout.h",
                          "holds the place of a record by value; the layout is plain numbers"},
    PublicHeaderException{"bench/partition_lab/hash_histogram.h", "absl/container/flat_hash_map.h",
                          "counts hash keys as they come, for the public report.h"},
    PublicHeaderException{"bench/partition_lab/key_counts.h", "absl/container/flat_hash_map.h",
                          "counts keys as they come, for the public report.h"},
    PublicHeaderException{"bench/partition_lab/key_sample.h", "absl/container/flat_hash_map.h",
                          "keeps a sample of keys, for the public report.h"},
    PublicHeaderException{"bench/partition_lab/read_order.h", "absl/container/flat_hash_map.h",
                          "keeps the place of each key, for the public report.h"},
};

// Libraries that one file of the engine and the API includes, so that one file decides their cost,
// version and replacement. Tests, benchmarks and the partition lab may include them as well.
struct SoleIncluder {
  std::string_view prefix;
  std::string_view library;
};

constexpr std::array kSoleIncluders = {
    SoleIncluder{"boost/", "Boost"},
    SoleIncluder{"simdjson.h", "simdjson"},
    SoleIncluder{"xxhash.h", "xxHash"},
};

// The internal headers of the engine that the API includes: rules that both go by, as functions of
// values, and the way to the engine's directory.
constexpr std::array kSharedWithApi = {
    std::string_view("kinesis_core/internal/engine_properties.h"),  // what is in the directory
    std::string_view("kinesis_core/internal/files/byte_codec.h"),   // and how that becomes bytes
    std::string_view("kinesis_core/internal/group_plan.h"),         // who reads which shard
    std::string_view("kinesis_core/internal/utf8.h"),               // what is a character
};

bool IsSharedWithApi(const File& from, std::string_view include) {
  return from.layer == Layer::kApi &&
         std::find(kSharedWithApi.begin(), kSharedWithApi.end(), include) != kSharedWithApi.end();
}

// Why a file in `from` may not include `to`; empty if it may.
std::string_view DirectionProblem(const File& from, Layer to) {
  const bool is_consumer = StartsWith(from.path, kConsumer);
  if (to == Layer::kBench && from.layer != Layer::kBench && !is_consumer) {
    return "nothing includes bench/; move what is shared to testing/";
  }
  const bool in_core = from.layer == Layer::kCore || from.layer == Layer::kInternal;
  if (in_core && to == Layer::kApi) {
    return "the engine does not know the API; pass the value down as an option or parameter";
  }
  if ((in_core || from.layer == Layer::kApi) && to == Layer::kTesting && !from.is_test) {
    return "only *_test.cc may include testing/; share an interface such as clock.h instead";
  }
  if ((from.layer == Layer::kApi || from.layer == Layer::kOther) && to == Layer::kInternal) {
    return "use the engine's public headers; add what is missing to one of them";
  }
  return "";
}

// A part of kinesis_core that includes only parts before it, and itself.
struct Tier {
  int place = 0;
  std::string_view name;
};

constexpr Tier kBase = {0, "internal/base"};
constexpr Tier kValues = {1, "the values"};
constexpr Tier kMd5 = {2, "internal/md5"};
constexpr Tier kLog = {3, "internal/log"};
constexpr Tier kFiles = {4, "internal/files"};
constexpr Tier kCores = {5, "internal/"};
constexpr Tier kObjects = {6, "the objects"};
constexpr Tier kGroups = {7, "consumer groups"};

// Which tier files directly in kinesis_core belong to, by their names without extension. Those that
// are not here are objects: handles, which nothing below them knows.
constexpr std::pair<std::string_view, Tier> kTierOfHeader[] = {
    {"checkpoint_store", kValues},
    {"clock", kValues},
    {"export", kValues},
    {"file_system", kValues},
    {"hash_key", kValues},
    {"hash_key_range", kValues},
    {"iterator_start", kValues},
    {"metrics", kValues},
    {"observer", kValues},
    {"options", kValues},
    {"record", kValues},
    {"recovery_report", kValues},
    {"sequence_number", kValues},
    {"shard_id", kValues},
    {"simulated_clock", kValues},
    {"version", kValues},
    // Hashes keys, by MD5 among others.
    {"partitioner", kMd5},
    // Where coroutines go on.
    {"executor", kCores},
    // What a read gives, a view of the log's memory.
    {"read_result", kCores},
    {"record_batch", kCores},
    // Members that share a stream, by its public handles.
    {"consumer_group", kGroups},
    {"coroutine", kGroups},
    {"dead_letter", kGroups},
    {"lanes", kGroups},
};

// The tier of a path or an include; none if it is not the engine's.
std::optional<Tier> TierOf(std::string_view path) {
  const Layer layer = LayerOfInclude(path);
  if (layer != Layer::kCore && layer != Layer::kInternal) return std::nullopt;
  for (const Tier& tier : {kBase, kMd5, kLog, kFiles}) {
    if (StartsWith(path, "kinesis_core/" + std::string(tier.name) + "/")) return tier;
  }
  if (StartsWith(path, "kinesis_core/internal/group_commit")) return kCores;  // of syncs
  if (StartsWith(path, "kinesis_core/internal/group_")) return kGroups;
  if (StartsWith(path, "kinesis_core/internal/engine_properties")) return kObjects;  // gives them
  if (layer == Layer::kInternal) return kCores;
  std::string_view stem = path.substr(path.rfind('/') + 1);
  stem = stem.substr(0, stem.rfind('.'));
  if (EndsWith(stem, "_test")) stem.remove_suffix(5);
  for (const auto& [name, tier] : kTierOfHeader) {
    if (stem == name) return tier;
  }
  return kObjects;
}

// How `include` is to be spelled if it is wrong; empty if it is right.
std::string SpellingOf(const File& file, const Include& include) {
  const std::string& path = include.path;
  if (StartsWith(file.path, kConsumer)) return "";
  if (StartsWith(path, "api/") || StartsWith(path, "testing/")) return "kinesis_core/" + path;
  // The lab is shipped under a name of its own.
  constexpr std::string_view kLab = "bench/partition_lab/";
  if (StartsWith(path, kLab) && EndsWith(path, ".h")) {
    return "kinesis_core/lab/" + path.substr(kLab.size());
  }
  if (!include.quoted) return StartsWith(path, "kinesis_core/") ? path : "";
  if (path.find("..") != std::string::npos) return "kinesis_core/<path from the root>";
  static const std::set<std::string> kRootless = {"histedit.h", "simdjson.h", "xxhash.h"};
  if (path.find('/') != std::string::npos || kRootless.count(path) != 0) return "";
  const std::string folder(FolderOf(file.path));
  const bool prefixed = file.layer == Layer::kApi || file.layer == Layer::kTesting;
  return (prefixed ? "kinesis_core/" : "") + folder + (folder.empty() ? "" : "/") + path;
}

bool HasException(std::string_view header, std::string_view include) {
  return std::any_of(kPublicHeaderExceptions.begin(), kPublicHeaderExceptions.end(),
                     [&](const PublicHeaderException& exception) {
                       return exception.header == header && exception.include == include;
                     });
}

void CheckIncludesOfPublicHeader(const File& file, Report& report) {
  for (const PublicHeaderException& exception : kPublicHeaderExceptions) {
    const bool used =
        std::any_of(file.includes.begin(), file.includes.end(),
                    [&](const Include& include) { return include.path == exception.include; });
    if (exception.header == file.path && !used) {
      report.Add(file, 0,
                 "no longer includes " + std::string(exception.include) +
                     "; remove its line from kPublicHeaderExceptions in include_rules.cc");
    }
  }
  for (const Include& include : file.includes) {
    for (const PublicHeaderBan& ban : kPublicHeaderBans) {
      const bool exact = ban.prefix == "atomic" || ban.prefix == "thread";
      if (exact ? include.path != ban.prefix : !StartsWith(include.path, ban.prefix)) continue;
      if (HasException(file.path, include.path)) continue;
      report.Add(
          file, include.line,
          "a public header may not include \"" + include.path + "\": " + std::string(ban.instead));
    }
  }
}

}  // namespace

void CheckIncludeDirection(const File& file, Report& report) {
  for (const Include& include : file.includes) {
    if (IsSharedWithApi(file, include.path)) continue;
    const std::string_view problem = DirectionProblem(file, LayerOfInclude(include.path));
    if (problem.empty()) continue;
    report.Add(file, include.line, "\"" + include.path + "\": " + std::string(problem));
  }
}

void CheckTierOrder(const File& file, Report& report) {
  // A test may stand above what it tests.
  const std::optional<Tier> from = file.is_test ? std::nullopt : TierOf(file.path);
  if (!from) return;
  for (const Include& include : file.includes) {
    const std::optional<Tier> to = TierOf(include.path);
    if (!to || to->place <= from->place) continue;
    report.Add(file, include.line,
               "\"" + include.path + "\" is of a higher tier: " + std::string(from->name) +
                   " does not know " + std::string(to->name) +
                   "; pass down what is needed, or move what both share below them");
  }
}

void CheckIncludeSpelling(const File& file, Report& report) {
  for (const Include& include : file.includes) {
    const std::string spelling = SpellingOf(file, include);
    if (spelling.empty()) continue;
    report.Add(file, include.line, "write #include \"" + spelling + "\"");
  }
}

void CheckIncludeGuard(const File& file, Report& report) {
  if (!file.is_header) return;
  const std::string guard = IncludeGuardFor(file.path);
  // A header in C, which begins with such a comment, has no other.
  const bool is_c = !file.lines.empty() && StartsWith(file.lines.front().whole, "/*");
  const std::array<std::string, 3> wanted = {
      "#ifndef " + guard, "#define " + guard,
      is_c ? "#endif /* " + guard + " */" : "#endif  // " + guard};
  std::vector<std::pair<std::size_t, std::string>> directives;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const std::string& whole = file.lines[i].whole;
    if (!StartsWith(file.lines[i].code, "#")) continue;
    directives.emplace_back(i + 1, whole);
    if (StartsWith(whole, "#pragma once")) {
      report.Add(
          file, i + 1,
          "the same header is reachable by two paths, which #pragma once does not see; write " +
              wanted[0]);
    }
  }
  if (directives.size() < 3) {
    report.Add(file, 1, "no include guard; write " + wanted[0]);
    return;
  }
  const std::array<std::pair<std::size_t, std::string>, 3> found = {directives[0], directives[1],
                                                                    directives.back()};
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (found[i].second != wanted[i]) report.Add(file, found[i].first, "write " + wanted[i]);
  }
}

void CheckPublicHeader(const std::vector<File>& files, Report& report) {
  for (const File& file : files) {
    if (file.is_public) CheckIncludesOfPublicHeader(file, report);
    if (file.path != "BUILD.bazel") continue;
    for (const PublicTarget& target : FindPublicTargets(files)) {
      if (!target.header_paths.empty()) continue;
      report.Add(file, 0, "no header stands behind the public target " + target.name);
    }
  }
}

void CheckSoleIncluder(const std::vector<File>& files, Report& report) {
  for (const SoleIncluder& rule : kSoleIncluders) {
    std::vector<std::pair<const File*, int>> includers;
    for (const File& file : files) {
      const bool free = file.is_test || file.layer == Layer::kTesting ||
                        file.layer == Layer::kBench || file.layer == Layer::kOther;
      if (free) continue;
      const auto found = std::find_if(
          file.includes.begin(), file.includes.end(),
          [&](const Include& include) { return StartsWith(include.path, rule.prefix); });
      if (found != file.includes.end()) includers.emplace_back(&file, found->line);
    }
    for (std::size_t i = 1; i < includers.size(); ++i) {
      report.Add(*includers[i].first, includers[i].second,
                 includers[0].first->path + " includes " + std::string(rule.library) +
                     " already and is the only file that may; call it through its header");
    }
  }
}

std::string IncludeGuardFor(std::string_view path) {
  constexpr std::string_view kRoot = "kinesis_core/";
  if (StartsWith(path, kRoot)) path.remove_prefix(kRoot.size());
  std::string guard = "KINESIS_CORE_";
  for (const char c : path) {
    const unsigned char byte = static_cast<unsigned char>(c);
    guard += std::isalnum(byte) != 0 ? static_cast<char>(std::toupper(byte)) : '_';
  }
  return guard + "_";
}

}  // namespace kinesis::testing::tidy
