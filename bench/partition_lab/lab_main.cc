#include "kinesis_core/lab/lab_main.h"

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "kinesis_core/api/shell/flag_parsing.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/lab/byte_input.h"
#include "kinesis_core/lab/file_source.h"
#include "kinesis_core/lab/generators.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/lab.h"
#include "kinesis_core/lab/prices.h"
#include "kinesis_core/lab/progress.h"
#include "kinesis_core/lab/report.h"
#include "kinesis_core/lab/report_compare.h"
#include "kinesis_core/lab/report_csv.h"
#include "kinesis_core/lab/report_html.h"
#include "kinesis_core/lab/report_json.h"
#include "kinesis_core/lab/report_text.h"
#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/version.h"

// --- Input
ABSL_FLAG(std::string, input, "",
          "File with records, also of gzip or zstd, or '-' for standard input; a bare file name is "
          "the same. Empty: --generate");
ABSL_FLAG(std::string, format, "fields",
          "Of --input: fields (lines cut at --delimiter), log (at blanks, where \"...\" and [...] "
          "are one field), csv (RFC 4180) or json (an object a line)");
ABSL_FLAG(
    std::string, key_field, "1",
    "The partition key. fields, log, csv: number from 1, or name in the header or in a "
    "#Fields: line; 0 for the whole line, except in csv. json: member, or JSON pointer such as "
    "/user/id");
ABSL_FLAG(std::string, size_field, "",
          "The bytes of a record's data, likewise; empty: the length of its text");
ABSL_FLAG(
    std::string, hash_key_field, "",
    "The explicit hash key of a record, likewise, in decimal; a record may have none. Adds the "
    "strategy explicit");
ABSL_FLAG(std::string, time_field, "",
          "When a record arrived, likewise; several with commas between them are joined by blanks "
          "(1,2 for a date and a time of day). Empty: records come at an even pace");
ABSL_FLAG(std::string, time_format, "rfc3339",
          "Of --time_field: unix_s, unix_ms, unix_us, unix_ns, rfc3339, iso8601 (zone optional), "
          "clf (17/May/2015:10:05:03 +0200), syslog (May 17 10:05:03), or as strptime has it, e.g. "
          "'%Y-%m-%d %H:%M:%E*S %z'");
ABSL_FLAG(std::string, time_zone, "UTC",
          "Of times without a zone: UTC, +02:00, or a name such as Europe/Berlin");
ABSL_FLAG(std::string, time_min, "",
          "Records before this date or time are bad lines: those of clocks that were not set");
ABSL_FLAG(
    std::string, delimiter, "",
    "Of fields and csv: one character, or tab, comma, semicolon, pipe, blank, or blanks for any "
    "number of blanks and tabs. Empty: a comma for csv; for fields a tab if the first record "
    "has one, else blanks");
ABSL_FLAG(std::string, comment, "",
          "Lines that begin with this are no records. Directives of W3C's and Zeek's logs "
          "(#Fields: ...) never are");
ABSL_FLAG(bool, csv_header, false,
          "The first record of fields, log or csv names the columns; implied by a column's name");
ABSL_FLAG(bool, skip_bad_lines, false,
          "Leave out and count what cannot be used, instead of ending");

// --- Generated records
ABSL_FLAG(std::string, generate, "zipf",
          "Without --input: uniform, zipf, hotspot, sequential, uuid, time or few");
ABSL_FLAG(uint64_t, records, 1'000'000, "Records to generate");
ABSL_FLAG(uint64_t, keys, 0, "Distinct keys to draw from; 0: 10,000, and 4 for few");
ABSL_FLAG(double, zipf_s, 1.0, "Exponent of zipf");
ABSL_FLAG(uint64_t, hot_keys, 1, "Hot keys of hotspot");
ABSL_FLAG(double, hot_share, 0.5, "Their share of the records");
ABSL_FLAG(uint64_t, record_bytes, 100, "Data bytes of a generated record");
ABSL_FLAG(uint64_t, seed, 1, "Of the generator and of strategies that use chance");

// --- Strategies and shards
ABSL_FLAG(std::string, strategies, "all", "Names with commas between them, or all");
ABSL_FLAG(int64_t, shards, 8, "Shards of the same size, 1 to 10,000");
ABSL_FLAG(
    std::string, shard_map, "",
    "File with what `aws kinesis list-shards` prints, or with the first and last hash key of a "
    "shard on each line, its ShardId before them or not; instead of --shards");
ABSL_FLAG(uint32_t, salt_buckets, 4, "Suffixes of the salted strategy");
ABSL_FLAG(uint32_t, virtual_nodes, 100, "Points of each shard on the ring of consistent");
ABSL_FLAG(bool, cost, false,
          "Measure what a strategy costs, by the clock: the report is another one each time");
ABSL_FLAG(uint64_t, memory_mb, 256, "About what tables of keys may take before they estimate");

// --- Simulation
ABSL_FLAG(bool, simulate, true, "Put all records through the engine under Kinesis's limits");
ABSL_FLAG(
    uint64_t, rate, 0,
    "Records that arrive each second; 0: by --time_field, else 80 % of what the shards accept");
ABSL_FLAG(uint64_t, speedup, 1, "How much faster than by --time_field they arrive");
ABSL_FLAG(uint64_t, min_seconds, 60,
          "Repeat the input until an even pace has lasted so long; at least 60 outlast the burst");
ABSL_FLAG(double, max_throttled, 1.0,
          "Find the shards with which less than so many per cent are over capacity, less than that "
          "are queued and less than that dropped; 0: do not");
ABSL_FLAG(int64_t, max_shards, 1'024, "Try so many shards at most");
ABSL_FLAG(uint64_t, read_rate, 0,
          "Records that the reader of one shard handles each second, for its lag; 0: any number");
ABSL_FLAG(uint64_t, poll_ms, 1'000,
          "Between two reads of a shard, for the records that are read out of order");
ABSL_FLAG(uint64_t, aggregate_bytes, 51'200, "The largest pack when records are packed (KPL)");
ABSL_FLAG(uint64_t, aggregate_ms, 100, "The longest that a record waits for others in a pack");
ABSL_FLAG(uint64_t, consumers, 1, "Applications that read everything, for what it costs on demand");
ABSL_FLAG(std::string, prices, "",
          "Prices in dollars instead of those of the table, e.g. 'shard_hour=0.018,"
          "on_demand_gb_in=0.1'");

// --- Advice
ABSL_FLAG(std::string, advise, "md5", "Strategy to plan splits and merges for; empty: none");
ABSL_FLAG(uint64_t, target_shards, 0, "Shards the plan may end with; 0: as many as now");
ABSL_FLAG(double, tolerance, 5.0, "How many per cent above the best load the plan may stay");

// --- Output
ABSL_FLAG(std::string, json, "",
          "Also write everything to this file as JSON; '-': to standard output");
ABSL_FLAG(std::string, csv, "", "Likewise as CSV, a record for each strategy and shard");
ABSL_FLAG(
    std::string, plan, "",
    "Write the advised splits and merges to this file as a script of AWS CLI calls, with their "
    "undoing");
ABSL_FLAG(std::string, html, "", "Likewise as one page with charts");
ABSL_FLAG(std::string, compare, "",
          "Run nothing: two reports, 'BEFORE.json,AFTER.json', side by side");
ABSL_FLAG(bool, progress, false, "Show progress although standard error is no terminal");

namespace kinesis::lab {
namespace {

constexpr char kUsage[] =
    "Measures how partitioning strategies spread records over the shards of a stream.\n\n"
    "  bazel run --config=opt //bench:partition_lab -- --input=access.log --key_field=1 "
    "--shards=8\n"
    "  bazel run --config=opt //bench:partition_lab -- --generate=zipf --zipf_s=1.1 --shards=16\n"
    "  bazel run --config=opt //bench:partition_lab -- access.log.gz --format=log --key_field=1 "
    "--time_field=4 --time_format=clf\n\n"
    "Every record goes to every strategy. The report has the balance of the shards, what becomes "
    "of keys and their order, what Kinesis would throttle, and the splits and merges that would "
    "help. bench/README.md explains each number.";

absl::Status BadFlag(std::string_view flag, const absl::Status& status) {
  return absl::Status(status.code(),
                      "--" + std::string(flag) + ": " + std::string(status.message()));
}

absl::StatusOr<std::unique_ptr<KeySource>> OpenSource() {
  const std::string input = absl::GetFlag(FLAGS_input);
  if (!input.empty()) {
    return NewFileSource({.path = PathFromUser(input),
                          .format = {.name = absl::GetFlag(FLAGS_format),
                                     .columns = {.key = absl::GetFlag(FLAGS_key_field),
                                                 .size = absl::GetFlag(FLAGS_size_field),
                                                 .time = absl::GetFlag(FLAGS_time_field),
                                                 .hash_key = absl::GetFlag(FLAGS_hash_key_field)},
                                     .delimiter = absl::GetFlag(FLAGS_delimiter),
                                     .header = absl::GetFlag(FLAGS_csv_header),
                                     .comment = absl::GetFlag(FLAGS_comment)},
                          .time_format = absl::GetFlag(FLAGS_time_format),
                          .time_zone = absl::GetFlag(FLAGS_time_zone),
                          .time_min = absl::GetFlag(FLAGS_time_min),
                          .skip_bad_lines = absl::GetFlag(FLAGS_skip_bad_lines)});
  }
  return NewGenerator({.name = absl::GetFlag(FLAGS_generate),
                       .records = absl::GetFlag(FLAGS_records),
                       .keys = absl::GetFlag(FLAGS_keys),
                       .zipf_exponent = absl::GetFlag(FLAGS_zipf_s),
                       .hot_keys = absl::GetFlag(FLAGS_hot_keys),
                       .hot_share = absl::GetFlag(FLAGS_hot_share),
                       .data_bytes = absl::GetFlag(FLAGS_record_bytes),
                       .seed = absl::GetFlag(FLAGS_seed)});
}

absl::StatusOr<std::string> ReadFile(std::string_view flag, const std::string& path) {
  std::ifstream file(PathFromUser(path), std::ios::binary);
  std::ostringstream text;
  if (file && (text << file.rdbuf())) return text.str();
  return internal::NotFound("--" + std::string(flag) + ": cannot read any line of " + path);
}

absl::StatusOr<ShardMap> ReadShardMap() {
  const std::string path = absl::GetFlag(FLAGS_shard_map);
  if (path.empty()) {
    absl::StatusOr<ShardMap> map = ShardMap::Uniform(absl::GetFlag(FLAGS_shards));
    if (!map.ok()) return BadFlag("shards", map.status());
    return map;
  }
  const absl::StatusOr<std::string> text = ReadFile("shard_map", path);
  if (!text.ok()) return text.status();
  absl::StatusOr<ShardMap> map = ShardMap::Parse(*text);
  if (!map.ok()) return BadFlag("shard_map", map.status());
  return map;
}

// The strategies of a list with commas, in its order.
absl::StatusOr<std::vector<StrategyKind>> Choose(const std::vector<StrategyKind>& all,
                                                 const std::string& list) {
  if (list == "all") return all;
  std::vector<StrategyKind> chosen;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const StrategyKind& kind) { return kind.name == name; });
    if (found == all.end()) {
      std::string known;
      for (const StrategyKind& kind : all) known += (known.empty() ? "" : ", ") + kind.name;
      return internal::FieldError("--strategies", name, "be all or some of " + known);
    }
    // A name that comes twice asks for no second run.
    const bool is_new = std::none_of(chosen.begin(), chosen.end(),
                                     [&](const StrategyKind& kind) { return kind.name == name; });
    if (is_new) chosen.push_back(*found);
  }
  if (chosen.empty()) return internal::InvalidArgument("--strategies: name one at least");
  return chosen;
}

// The number of the strategy to advise on. One that is not among those that run is no reason to end
// when nobody asked for it.
absl::StatusOr<std::optional<size_t>> ChooseAdvised(const std::vector<StrategyKind>& kinds) {
  const std::string name = absl::GetFlag(FLAGS_advise);
  for (size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].name == name) return std::optional<size_t>(i);
  }
  if (name.empty() || name == "md5") return std::optional<size_t>();
  return internal::FieldError("--advise", name, "be one of the strategies that run");
}

absl::Status CheckRanges() {
  struct Range {
    std::string_view flag;
    double value;
    double min;
    double max;
    std::string_view text;
  };
  const Range ranges[] = {
      {"--salt_buckets", 1.0 * absl::GetFlag(FLAGS_salt_buckets), 1, 1e6, "[1, 1000000]"},
      {"--virtual_nodes", 1.0 * absl::GetFlag(FLAGS_virtual_nodes), 1, 1e4, "[1, 10000]"},
      {"--memory_mb", 1.0 * absl::GetFlag(FLAGS_memory_mb), 1, 1 << 20, "[1, 1048576]"},
      {"--rate", 1.0 * absl::GetFlag(FLAGS_rate), 0, 1e9, "[0, 1000000000]"},
      {"--speedup", 1.0 * absl::GetFlag(FLAGS_speedup), 1, 1e9, "[1, 1000000000]"},
      {"--min_seconds", 1.0 * absl::GetFlag(FLAGS_min_seconds), 0, 1e6, "[0, 1000000]"},
      {"--max_throttled", absl::GetFlag(FLAGS_max_throttled), 0, 100, "[0, 100]"},
      {"--max_shards", 1.0 * absl::GetFlag(FLAGS_max_shards), 1, 1e4, "[1, 10000]"},
      {"--target_shards", 1.0 * absl::GetFlag(FLAGS_target_shards), 0, 1024, "[0, 1024]"},
      {"--read_rate", 1.0 * absl::GetFlag(FLAGS_read_rate), 0, 1e9, "[0, 1000000000]"},
      {"--poll_ms", 1.0 * absl::GetFlag(FLAGS_poll_ms), 1, 1e6, "[1, 1000000]"},
      {"--aggregate_bytes", 1.0 * absl::GetFlag(FLAGS_aggregate_bytes), 64, 1 << 20,
       "[64, 1048576]"},
      {"--aggregate_ms", 1.0 * absl::GetFlag(FLAGS_aggregate_ms), 0, 1e6, "[0, 1000000]"},
      {"--consumers", 1.0 * absl::GetFlag(FLAGS_consumers), 0, 1e3, "[0, 1000]"},
      {"--tolerance", absl::GetFlag(FLAGS_tolerance), 0, 1000, "[0, 1000]"},
  };
  for (const Range& range : ranges) {
    if (range.value >= range.min && range.value <= range.max) continue;
    std::ostringstream value;
    value << range.value;
    return internal::FieldRangeError(range.flag, value.str(), range.text);
  }
  return absl::OkStatus();
}

absl::StatusOr<LabOptions> MakeOptions(std::vector<StrategyKind> own_strategies) {
  const absl::Status in_range = CheckRanges();
  if (!in_range.ok()) return in_range;
  std::vector<StrategyKind> all = BuiltInStrategies();
  if (!absl::GetFlag(FLAGS_hash_key_field).empty()) all.push_back(ExplicitStrategy());
  for (StrategyKind& kind : own_strategies) {
    const bool is_new = std::none_of(
        all.begin(), all.end(), [&](const StrategyKind& one) { return one.name == kind.name; });
    if (!is_new) {
      return internal::FieldError("strategy", kind.name, "have a name that no other strategy has");
    }
    all.push_back(std::move(kind));
  }
  absl::StatusOr<ShardMap> shards = ReadShardMap();
  if (!shards.ok()) return shards.status();
  absl::StatusOr<std::vector<StrategyKind>> kinds = Choose(all, absl::GetFlag(FLAGS_strategies));
  if (!kinds.ok()) return kinds.status();
  const absl::StatusOr<std::optional<size_t>> advised = ChooseAdvised(*kinds);
  if (!advised.ok()) return advised.status();
  absl::StatusOr<Prices> prices = ParsePrices(absl::GetFlag(FLAGS_prices));
  if (!prices.ok()) return BadFlag("prices", prices.status());
  return LabOptions{
      .strategies = *std::move(kinds),
      .shards = *std::move(shards),
      .seed = absl::GetFlag(FLAGS_seed),
      .salt_buckets = absl::GetFlag(FLAGS_salt_buckets),
      .virtual_nodes = absl::GetFlag(FLAGS_virtual_nodes),
      .memory_bytes = absl::GetFlag(FLAGS_memory_mb) << 20,
      .measure_cost = absl::GetFlag(FLAGS_cost),
      .simulate = absl::GetFlag(FLAGS_simulate),
      .records_per_second = absl::GetFlag(FLAGS_rate),
      .speedup = absl::GetFlag(FLAGS_speedup),
      .seconds_min = absl::GetFlag(FLAGS_min_seconds),
      .throttled_max = absl::GetFlag(FLAGS_max_throttled) / 100,
      .shards_max = absl::GetFlag(FLAGS_max_shards),
      .readers = {.records_per_second = absl::GetFlag(FLAGS_read_rate)},
      .poll_ns = static_cast<int64_t>(absl::GetFlag(FLAGS_poll_ms)) * 1'000'000,
      .aggregation = {.bytes_max = absl::GetFlag(FLAGS_aggregate_bytes),
                      .wait_ns =
                          static_cast<int64_t>(absl::GetFlag(FLAGS_aggregate_ms)) * 1'000'000},
      .consumers = static_cast<double>(absl::GetFlag(FLAGS_consumers)),
      .prices = *std::move(prices),
      .advise = *advised,
      .advise_shards = absl::GetFlag(FLAGS_target_shards),
      .tolerance = absl::GetFlag(FLAGS_tolerance) / 100,
  };
}

// The columns of the terminal on standard output; 0: it is none, and lines may be as long as they
// are.
size_t TerminalWidth() {
  winsize size = {};
  return isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                                    : 0;
}

// Writes to standard output, and tells if that is full or closed.
absl::Status Print(std::string_view text) {
  std::cout << text << std::flush;
  return std::cout ? absl::OkStatus() : internal::Unavailable("cannot write to standard output");
}

// Flags that mean nothing beside others, or without them, are errors: whoever gives one expects
// something of it.
absl::Status CheckCombinations(const testing::ParsedFlags& flags) {
  struct Rule {
    std::string_view flag;
    bool useful;
    std::string_view why_not;
  };
  const bool from_file = !absl::GetFlag(FLAGS_input).empty();
  const bool timed = !absl::GetFlag(FLAGS_time_field).empty();
  const std::string generator = absl::GetFlag(FLAGS_generate);
  constexpr std::string_view kOfInput = "is about --input, and there is none";
  constexpr std::string_view kOfGenerator = "is about generated records, and --input has others";
  constexpr std::string_view kOfTimes = "is about --time_field, and there is none";
  const Rule rules[] = {
      {"format", from_file, kOfInput},
      {"key_field", from_file, kOfInput},
      {"size_field", from_file, kOfInput},
      {"hash_key_field", from_file, kOfInput},
      {"time_field", from_file, kOfInput},
      {"delimiter", from_file, kOfInput},
      {"comment", from_file, kOfInput},
      {"csv_header", from_file, kOfInput},
      {"skip_bad_lines", from_file, kOfInput},
      {"time_format", timed, kOfTimes},
      {"time_zone", timed, kOfTimes},
      {"time_min", timed, kOfTimes},
      {"speedup", timed, kOfTimes},
      {"generate", !from_file, kOfGenerator},
      {"records", !from_file, kOfGenerator},
      {"keys", !from_file, kOfGenerator},
      {"zipf_s", !from_file, kOfGenerator},
      {"hot_keys", !from_file, kOfGenerator},
      {"hot_share", !from_file, kOfGenerator},
      {"record_bytes", !from_file, kOfGenerator},
      {"zipf_s", generator == "zipf", "is about --generate=zipf"},
      {"hot_keys", generator == "hotspot", "is about --generate=hotspot"},
      {"hot_share", generator == "hotspot", "is about --generate=hotspot"},
      {"shards", !flags.has("shard_map"), "is given by --shard_map already"},
  };
  for (const Rule& rule : rules) {
    if (!flags.has(rule.flag) || rule.useful) continue;
    return internal::InvalidArgument("--" + std::string(rule.flag) + " " +
                                     std::string(rule.why_not));
  }
  return absl::OkStatus();
}

// A bare file name is the input.
absl::Status TakeArguments(const testing::ParsedFlags& flags) {
  if (flags.arguments.empty()) return absl::OkStatus();
  const std::string& first = flags.arguments.front();
  if (flags.arguments.size() > 1) {
    return internal::InvalidArgument("one input at a time, not " + internal::Quoted(first) +
                                     " and " + internal::Quoted(flags.arguments[1]) +
                                     "; cat FILES | partition_lab --input=- takes several");
  }
  if (flags.has("input")) {
    return internal::InvalidArgument("what is " + internal::Quoted(first) +
                                     "? --input names the input already");
  }
  if (first.empty()) return internal::InvalidArgument("the name of the input is empty");
  absl::SetFlag(&FLAGS_input, first);
  return absl::OkStatus();
}

// Says so before the run, not after it, if a report cannot be written.
absl::Status CheckOutputs() {
  const std::pair<std::string_view, std::string> outputs[] = {
      {"json", absl::GetFlag(FLAGS_json)},
      {"csv", absl::GetFlag(FLAGS_csv)},
      {"html", absl::GetFlag(FLAGS_html)},
      {"plan", absl::GetFlag(FLAGS_plan)},
  };
  std::set<std::string> paths;
  for (const auto& [flag, path] : outputs) {
    if (path.empty()) continue;
    const std::string name = "--" + std::string(flag) + ": ";
    if (!paths.insert(path).second) {
      return internal::InvalidArgument(name + internal::Quoted(path) +
                                       " is the file of another report");
    }
    if (path == "-") continue;
    // A device or a pipe is left alone until there is something to write.
    const std::string file = PathFromUser(path);
    struct stat status = {};
    const bool exists = stat(file.c_str(), &status) == 0;
    const bool writable = exists ? access(file.c_str(), W_OK) == 0 && !S_ISDIR(status.st_mode)
                                 : std::ofstream(file).is_open();
    if (!exists) std::remove(file.c_str());
    if (!writable) return internal::Unavailable(name + "cannot write " + path);
  }
  return absl::OkStatus();
}

// Writes `text` where a flag says, if it does.
absl::Status Write(std::string_view flag, const std::string& path, const std::string& text) {
  if (path == "-") return Print(text);
  std::ofstream file(PathFromUser(path), std::ios::binary);
  if (file && file.write(text.data(), static_cast<std::streamsize>(text.size())).flush()) {
    return absl::OkStatus();
  }
  return internal::Unavailable("--" + std::string(flag) + ": cannot write " + path);
}

// The lab's flags that decide what is in a report, sorted by name.
std::vector<std::pair<std::string, std::string>> FlagsOfReport() {
  std::vector<std::pair<std::string, std::string>> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    const bool is_output = name == "json" || name == "csv" || name == "html" || name == "plan" ||
                           name == "compare" || name == "progress";
    if (is_output || flag->Filename().find("partition_lab/") == std::string::npos) continue;
    flags.emplace_back(internal::FromAbsl(name), flag->CurrentValue());
  }
  std::sort(flags.begin(), flags.end());
  return flags;
}

absl::Status WritePlan(const LabReport& report) {
  const std::string path = absl::GetFlag(FLAGS_plan);
  if (path.empty()) return absl::OkStatus();
  if (report.advice && report.advice->is_advised()) {
    return Write("plan", path, report.advice->script);
  }
  // A script that is there says what to do, even if that is nothing.
  std::cerr << "partition_lab: no calls are advised: the script makes none\n";
  return Write("plan", path, "#!/bin/sh\n# No splits or merges are advised.\n");
}

// Writes the reports that the flags ask for, and the tables to standard output unless one of the
// reports goes there.
absl::Status WriteReports(const LabReport& report) {
  const std::string json = absl::GetFlag(FLAGS_json);
  const std::string csv = absl::GetFlag(FLAGS_csv);
  const std::string html = absl::GetFlag(FLAGS_html);
  absl::Status status;
  if (json != "-" && csv != "-" && html != "-" && absl::GetFlag(FLAGS_plan) != "-") {
    status.Update(Print(ToText(report, TerminalWidth())));
  }
  if (!json.empty()) status.Update(Write("json", json, ToJson(report, /*pretty=*/true) + "\n"));
  if (!csv.empty()) status.Update(Write("csv", csv, ToCsv(report)));
  if (!html.empty()) status.Update(Write("html", html, ToHtml(report)));
  status.Update(WritePlan(report));
  return status;
}

int Fail(int code, const absl::Status& status) {
  std::cerr << "partition_lab: " << status.message() << "\n";
  return code;
}

absl::StatusOr<std::string> Compare(const std::string& paths) {
  const size_t comma = paths.find(',');
  if (comma == std::string::npos) {
    return internal::FieldError("--compare", paths, "be two files with a comma between them");
  }
  const absl::StatusOr<std::string> before = ReadFile("compare", paths.substr(0, comma));
  if (!before.ok()) return before.status();
  const absl::StatusOr<std::string> after = ReadFile("compare", paths.substr(comma + 1));
  if (!after.ok()) return after.status();
  return CompareReports(*before, *after);
}

}  // namespace

int LabMain(int argc, char** argv, std::vector<StrategyKind> own_strategies) {
  const absl::StatusOr<testing::ParsedFlags> flags =
      testing::ParseFlags(std::vector<std::string>(argv, argv + argc));
  if (!flags.ok()) return Fail(2, flags.status());
  if (flags->help) {
    const absl::Status shown =
        Print(kUsage + std::string("\n\n") + testing::FlagsHelp("partition_lab/"));
    return shown.ok() ? 0 : Fail(1, shown);
  }
  if (flags->version) {
    const absl::Status shown = Print("partition_lab " KINESIS_CORE_VERSION_TEXT "\n");
    return shown.ok() ? 0 : Fail(1, shown);
  }
  for (const auto& check : {TakeArguments, CheckCombinations}) {
    const absl::Status status = check(*flags);
    if (!status.ok()) return Fail(2, status);
  }
  if (const std::string compare = absl::GetFlag(FLAGS_compare); !compare.empty()) {
    const absl::StatusOr<std::string> compared = Compare(compare);
    if (!compared.ok()) return Fail(2, compared.status());
    const absl::Status shown = Print(*compared);
    return shown.ok() ? 0 : Fail(1, shown);
  }
  const absl::StatusOr<LabOptions> options = MakeOptions(std::move(own_strategies));
  if (!options.ok()) return Fail(2, options.status());
  const absl::Status writable = CheckOutputs();
  if (!writable.ok()) return Fail(2, writable);
  const absl::StatusOr<std::unique_ptr<KeySource>> source = OpenSource();
  if (!source.ok()) return Fail(2, source.status());
  const bool is_terminal = isatty(STDERR_FILENO) == 1;
  Progress progress(is_terminal || absl::GetFlag(FLAGS_progress), is_terminal);
  absl::StatusOr<LabReport> report = RunLab(**source, *options, progress);
  progress.End();
  if (!report.ok()) return Fail(1, report.status());
  report->run.flags = FlagsOfReport();
  const absl::Status written = WriteReports(*report);
  return written.ok() ? 0 : Fail(1, written);
}

}  // namespace kinesis::lab
