#include "bench/ratios.h"

#include <cstdio>
#include <iterator>
#include <string_view>
#include <utility>

namespace kinesis::bench {
namespace {

// The contenders, other than ours, to which more than one thread may put.
const char* const kPeersOfManyProducers[] = {"moodycamel", "boost-queue",   "tbb-bounded",
                                             "zeromq",     "deque-condvar", "deque-log",
                                             "lmdb",       "sqlite"};

std::string Format(const char* format, double a, double b) {
  char text[100];
  std::snprintf(text, sizeof text, format, a, b);
  return text;
}

class Table {
 public:
  explicit Table(const Results& results) : results_(results) {}

  // The median of `figure`, nothing if it did not run.
  std::optional<double> Of(const std::string& name, std::string_view figure = kTimeFigure) const {
    return results_.Median(name, figure);
  }

  void Add(std::string target, std::string what, std::optional<double> measured,
           std::optional<double> base, double at_most, const char* format = "%.1f / %.1f ns") {
    if (!measured || !base || *base <= 0) return;
    ratios_.push_back({std::move(target), std::move(what), Format(format, *measured, *base),
                       at_most, *measured / *base});
  }

  // Two participants of one case.
  void Compare(std::string target, const std::string& in_case, const std::string& participant,
               const std::string& base, double at_most, std::string_view figure = kTimeFigure) {
    Add(std::move(target),
        in_case + " " + (figure == kTimeFigure ? "" : std::string(figure) + " ") + participant +
            " : " + base,
        Of(in_case + "/" + participant, figure), Of(in_case + "/" + base, figure), at_most);
  }

  // Adds a ratio: what `participant` costs more than `base` in a case, to what `cost` costs.
  void Added(std::string target, const std::string& in_case, const std::string& participant,
             const std::string& base, const std::string& cost, double at_most) {
    const std::optional<double> with = Of(in_case + "/" + participant);
    const std::optional<double> without = Of(in_case + "/" + base);
    if (!with || !without) return;
    Add(std::move(target), in_case + " " + participant + " - " + base + " : " + cost,
        *with - *without, Of(cost), at_most);
  }

  // A figure against a fixed limit in bytes.
  void Limit(std::string target, const std::string& name, std::string_view figure, double limit) {
    Add(std::move(target), name + " " + std::string(figure) + " : limit", Of(name, figure), limit,
        1, "%.1f / %.0f B");
  }

  void AheadOfPeers(std::string target, const std::string& in_case,
                    const std::string& participant) {
    const std::vector<std::string> peers(std::begin(kPeersOfManyProducers),
                                         std::end(kPeersOfManyProducers));
    Add(std::move(target), in_case + " " + participant + " : best peer with many producers",
        Of(in_case + "/" + participant), results_.BestOf(in_case, peers), 1);
  }

  // How a case grows from its first participant to each of `others`.
  void Growth(const std::string& target, const std::string& in_case, const std::string& from,
              const std::vector<std::pair<std::string, double>>& to) {
    for (const auto& [participant, at_most] : to) {
      Compare(target, in_case, participant, from, at_most);
    }
  }

  std::vector<Ratio> Take() { return std::move(ratios_); }

 private:
  const Results& results_;
  std::vector<Ratio> ratios_;
};

void AddPutting(Table& table) {
  table.Compare("1", "append/100/single", "engine", "raw", 0.85);
  table.Compare("1", "append/100/single", "engine", "raw+", 1.5);
  table.Added("2", "append/100/single", "engine-xxh3", "engine", "hash/16/xxh3", 1);
  table.Added("2", "append/100/single", "engine-md5", "engine", "hash/16/md5", 1);
  table.Compare("3", "scatter/100/batch500", "engine-md5", "raw", 1.25);
  table.Compare("12", "in-place/1024", "engine-in-place", "engine-built", 0.8);
  table.Compare("4", "read/100", "engine", "raw", 1.1);
  table.Compare("4", "read-one/100", "engine", "raw", 2);
}

void AddHandingOver(Table& table) {
  const std::pair<const char*, double> cases[] = {
      {"handover/100/single", 0.5}, {"handover/100/batch64", 0.9}, {"handover/1024/single", 0.5}};
  for (const auto& [name, at_most] : cases) {
    table.Compare("5", name, "engine", "raw", at_most);
    table.AheadOfPeers("5", name, "engine");
  }
  table.Compare("5", "handover-one/100", "engine", "raw", 1.3);
  table.Compare("6", "contend/100/single", "engine", "raw", 1);
  table.Compare("6", "contend/100/batch64", "engine", "raw", 1);
  table.Compare("6", "spread/100/single", "engine", "raw-alone", 0.6);
  table.Compare("7", "pingpong/100/spin", "engine", "raw", 1, "p50");
  table.Compare("7", "pingpong/100/park", "engine", "zeromq", 1.0 / 3, "p50");
  table.Compare("7", "pingpong/100/park", "engine", "deque-condvar", 1.0 / 3, "p50");
}

void AddGrowing(Table& table) {
  table.Growth("8", "routing/one-shard", "1", {{"100", 1.05}, {"10000", 1.25}});
  table.Growth("8", "routing/all-shards", "1", {{"100", 1.05}, {"10000", 1.25}});
  table.Growth("8", "routing/batches", "1", {{"100", 1.25}, {"10000", 5}});
  // The part of that which is not routing.
  table.Growth("8", "routing/all-shards", "raw-1", {{"raw-100", 1.05}, {"raw-10000", 1.25}});
  for (const char* const size : {"16", "100", "1024", "16384"}) {
    table.Limit("9", std::string("memory/record/") + size, "bytes_beyond", 40);
  }
  table.Limit("9", "memory/idle-shard/10000", "bytes", 2048);
  table.Compare("10", "resharding", "same-stream", "quiet", 3, "p99.9");
  table.Compare("10", "resharding", "other-stream", "quiet", 3, "p99.9");
  for (const char* const name : {"growth/put", "growth/read"}) {
    for (const std::string prefix : {"", "raw-"}) {
      table.Growth(
          "11", name, prefix + "1000",
          {{prefix + "100000", 1.25}, {prefix + "1000000", 1.25}, {prefix + "10000000", 1.25}});
    }
  }
  table.Growth("11", "routing/read-shards", "1", {{"100", 1.25}, {"10000", 1.25}});
  table.Growth("11", "growth/iterators", "1", {{"8", 1.25}, {"64", 1.25}});
  table.Growth("11", "growth/sleepers", "1", {{"8", 2}, {"64", 2}});
}

}  // namespace

std::vector<Ratio> ComputeRatios(const Results& results) {
  Table table(results);
  AddPutting(table);
  AddHandingOver(table);
  AddGrowing(table);
  return table.Take();
}

std::string FormatRatios(const std::vector<Ratio>& ratios) {
  std::string text = "target | what | measured | target | ratio\n";
  for (const Ratio& ratio : ratios) {
    text += ratio.target + " | " + ratio.what + " | " + ratio.measured +
            Format(" | <= %.2f | %.2f\n", ratio.at_most, ratio.ratio);
  }
  return text;
}

}  // namespace kinesis::bench
