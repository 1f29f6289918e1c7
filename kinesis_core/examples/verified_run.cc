// Puts the lines of a file through a stream while its shards split and merge, and proves that every
// line arrived once and in order. This is what //:quickstart runs; to learn how the library is
// used, read hello.cc, message_bus.cc and follow_reshard.cc first, of which it is made.
//
//   bazel run --config=opt //:quickstart -- --input=access.log --key_field=1
//
// Producers put each line under a partition key taken from it. Consumers share the shards among
// themselves and follow the lineage: they read a shard to its end before they open its children.
// Meanwhile the hottest shard is split and the coldest neighbours are merged. It ends with a table
// of the shards, the throughput, and the verdict, which is also the exit code.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/flags/usage.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"

ABSL_FLAG(std::string, input, "", "File to read, '-' for standard input; generated lines if empty");
ABSL_FLAG(int, key_field, 1,
          "Field of a line that is its partition key, from 1; 0: the whole line");
ABSL_FLAG(int, records, 200'000, "How many lines to generate if there is no input");
ABSL_FLAG(int, shards, 4, "Open shards to begin with");
ABSL_FLAG(int, producers, 2, "Producer threads");
ABSL_FLAG(int, consumers, 2, "Consumer threads");
ABSL_FLAG(int, reshards, 6, "Splits and merges to make on the way; every third is a merge");

namespace {

using kinesis::Iterator;
using kinesis::RecordBatch;
using kinesis::RecordView;
using kinesis::Shard;
using kinesis::ShardId;
using kinesis::Stream;

[[noreturn]] void Die(const std::string& message) {
  std::fprintf(stderr, "verified_run: %s\n", message.c_str());
  std::fflush(stdout);
  // Not std::exit, which must not be called by two threads at once, and ends what others yet use.
  std::_Exit(2);
}

// --- The lines -----------------------------------------------------------------------------------

// All lines, the key of each, and the numbers 0, 1, 2, ... of the distinct keys.
struct Input {
  std::string text;
  std::vector<std::string_view> lines;
  std::vector<std::string_view> keys;
  std::vector<uint32_t> key_numbers;
  uint32_t distinct_keys = 0;
};

std::string ReadText(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  // `bazel run` changes the directory; a relative path is relative to where the user stands.
  // NOLINTNEXTLINE(concurrency-mt-unsafe): no thread has been started yet.
  const char* const directory = std::getenv("BUILD_WORKING_DIRECTORY");
  const bool relative = directory != nullptr && path.front() != '/';
  std::ifstream file(relative ? std::string(directory) + "/" + path : path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) Die("cannot read any line from --input=" + path);
  return std::move(text).str();
}

// Lines of which a few keys have most: key k comes about twice as often as key 2k.
std::string GenerateText(int records) {
  std::string text;
  uint64_t state = 1;
  for (int i = 0; i < records; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const double uniform = static_cast<double>(state >> 11) * 0x1p-53;
    const int key = static_cast<int>(1.0 / (uniform + 1e-4));
    text += "user-" + std::to_string(key) + " clicked on item " + std::to_string(i) + "\n";
  }
  return text;
}

std::string_view Field(std::string_view line, int number) {
  if (number == 0) return line;
  constexpr std::string_view kBlanks = " \t";
  for (;;) {
    const size_t begin = line.find_first_not_of(kBlanks);
    if (begin == line.npos) return {};
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(kBlanks), line.size());
    if (--number == 0) return line.substr(0, end);
    line.remove_prefix(end);
  }
}

Input Load() {
  Input input;
  const std::string path = absl::GetFlag(FLAGS_input);
  input.text = path.empty() ? GenerateText(absl::GetFlag(FLAGS_records)) : ReadText(path);
  std::unordered_map<std::string_view, uint32_t> numbers;
  for (std::string_view rest = input.text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string_view key = Field(line, absl::GetFlag(FLAGS_key_field));
    input.lines.push_back(line);
    input.keys.push_back(key);
    input.key_numbers.push_back(
        numbers.emplace(key, static_cast<uint32_t>(numbers.size())).first->second);
  }
  if (input.lines.empty()) Die("there are no lines to put");
  input.distinct_keys = static_cast<uint32_t>(numbers.size());
  return input;
}

// --- The verdict ---------------------------------------------------------------------------------

// Counts what consumers get. A record's data is its line behind the number of the line.
class Verifier {
 public:
  explicit Verifier(const Input& input)
      : input_(input), seen_(input.lines.size()), last_of_key_(input.distinct_keys) {}

  static std::string Encode(const Input& input, size_t line) {
    std::string data(sizeof line, '\0');
    std::copy_n(reinterpret_cast<const char*>(&line), sizeof line, data.begin());
    return data.append(input.lines[line]);
  }

  void Check(const RecordView& record) {
    size_t line = input_.lines.size();
    if (record.data.size() >= sizeof line) {
      std::copy_n(record.data.begin(), sizeof line, reinterpret_cast<char*>(&line));
    }
    if (line >= input_.lines.size() || record.data.substr(sizeof line) != input_.lines[line] ||
        record.partition_key != input_.keys[line]) {
      ++corrupted_;
      return;
    }
    if (seen_[line].exchange(true)) ++duplicated_;
    // Lines of a key are put in the order of the file, so their numbers only grow.
    if (last_of_key_[input_.key_numbers[line]].exchange(line + 1) > line) ++out_of_order_;
    ++received_;
  }

  size_t received() const { return received_; }

  bool Report() const {
    const auto lost = static_cast<size_t>(std::count(seen_.begin(), seen_.end(), false));
    std::printf("verified: %zu records, %zu lost, %zu duplicated, %zu out of order per key\n",
                received_.load(), lost, duplicated_.load(), out_of_order_.load());
    if (corrupted_ > 0) std::printf("%zu records were CORRUPTED\n", corrupted_.load());
    return lost + duplicated_ + out_of_order_ + corrupted_ == 0;
  }

 private:
  const Input& input_;
  std::vector<std::atomic<bool>> seen_;
  std::vector<std::atomic<size_t>> last_of_key_;
  std::atomic<size_t> received_{0}, duplicated_{0}, out_of_order_{0}, corrupted_{0};
};

// --- Resharding ----------------------------------------------------------------------------------

// The open shards in order of hash keys, with what was put to each.
std::vector<std::pair<Shard, uint64_t>> OpenShards(const Stream& stream) {
  std::vector<std::pair<Shard, uint64_t>> open;
  for (const Shard& shard : stream.ListShards()) {
    if (shard.is_open()) open.emplace_back(shard, shard.Metrics().incoming_records);
  }
  std::sort(open.begin(), open.end(), [](const auto& a, const auto& b) {
    return a.first.hash_key_range().start() < b.first.hash_key_range().start();
  });
  return open;
}

void SplitHottest(Stream& stream) {
  const auto open = OpenShards(stream);
  const auto hottest = std::max_element(
      open.begin(), open.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  const auto children = stream.SplitShard(hottest->first.id());
  if (!children.ok()) Die(children.status().ToString());
  std::printf("split the hottest, %s, into %s and %s\n", hottest->first.id().ToString().c_str(),
              children->front().ToString().c_str(), children->back().ToString().c_str());
}

void MergeColdest(Stream& stream) {
  const auto open = OpenShards(stream);
  if (open.size() < 2) return;
  size_t coldest = 0;
  for (size_t i = 1; i + 1 < open.size(); ++i) {
    const auto load = [&open](size_t place) { return open[place].second + open[place + 1].second; };
    if (load(i) < load(coldest)) coldest = i;
  }
  const Shard& lower = open[coldest].first;
  const Shard& upper = open[coldest + 1].first;
  const auto child = stream.MergeShards(lower.id(), upper.id());
  if (!child.ok()) Die(child.status().ToString());
  std::printf("merged the coldest neighbours, %s and %s, into %s\n", lower.id().ToString().c_str(),
              upper.id().ToString().c_str(), child->ToString().c_str());
}

// --- Producers and consumers ---------------------------------------------------------------------

struct Progress {
  std::atomic<size_t> put{0};
  std::atomic<bool> all_put{false};
  // Held by the producer that reshards: what it chooses by is the layout until it is done. Two may
  // come to their marks at once, and then one would choose by shards that the other replaces.
  std::mutex resharding;
};

// Puts the lines of one producer: those whose key falls to it, so that the lines of a key stay in
// order. Whichever producer comes to a mark reshards, while the others go on.
void Produce(int producer, const Input& input, Stream stream, Progress& progress) {
  const auto producers = static_cast<uint32_t>(absl::GetFlag(FLAGS_producers));
  const auto reshards = static_cast<size_t>(absl::GetFlag(FLAGS_reshards));
  const size_t between_marks = std::max<size_t>(input.lines.size() / (reshards + 1), 1);
  for (size_t line = 0; line < input.lines.size(); ++line) {
    if (input.key_numbers[line] % producers != static_cast<uint32_t>(producer)) continue;
    const std::string data = Verifier::Encode(input, line);
    // Waits while the stream is at its capacity: consumers make room by trimming what they have
    // read.
    const auto put = stream.Put({.partition_key = input.keys[line], .data = data},
                                absl::Now() + absl::Seconds(60));
    if (!put.ok()) Die(put.status().ToString());
    const size_t count = ++progress.put;
    const size_t mark = count / between_marks;
    if (count % between_marks == 0 && mark <= reshards) {
      const std::lock_guard<std::mutex> lock(progress.resharding);
      mark % 3 == 0 ? MergeColdest(stream) : SplitHottest(stream);
    }
  }
}

// Who reads which shard. A shard is handed out once, when its parents have been read to the end.
class Assignments {
 public:
  explicit Assignments(const Stream& stream) : stream_(stream) {
    for (const Shard& shard : stream.ListShards()) ready_.push_back(shard);
  }

  std::optional<Shard> Take() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (ready_.empty()) return std::nullopt;
    Shard shard = ready_.back();
    ready_.pop_back();
    return shard;
  }

  void Finish(ShardId id, const RecordBatch& last) {
    const std::lock_guard<std::mutex> lock(mutex_);
    finished_.insert(id);
    for (const ShardId child_id : last.child_shards()) {
      const Shard child = stream_.FindShard(child_id).value();
      const std::vector<ShardId> parents = child.parents();
      if (std::all_of(parents.begin(), parents.end(),
                      [this](ShardId parent) { return finished_.count(parent) > 0; })) {
        ready_.push_back(child);
      }
    }
  }

 private:
  std::mutex mutex_;
  Stream stream_;
  std::vector<Shard> ready_;
  std::set<ShardId> finished_;
};

void Consume(Assignments& assignments, Verifier& verifier, const Progress& progress) {
  struct Reading {
    Shard shard;
    Iterator iterator;
  };
  std::vector<Reading> readings;
  for (;;) {
    const bool all_put = progress.all_put;
    bool idle = true;
    while (std::optional<Shard> shard = assignments.Take()) {
      readings.push_back(
          {*shard, shard->CreateIterator(kinesis::IteratorStart::TrimHorizon()).value()});
      idle = false;
    }
    for (size_t i = 0; i < readings.size();) {
      const RecordBatch batch = readings[i].iterator.Read().value();
      std::optional<kinesis::SequenceNumber> last;
      for (const RecordView& record : batch) {
        verifier.Check(record);
        last = record.sequence_number;
      }
      // This consumer is the only one of its shards, so what it has read may go.
      if (last && !readings[i].shard.TrimBefore(*last).ok()) Die("trimming failed");
      idle = idle && batch.empty();
      if (batch.end_of_shard()) {
        assignments.Finish(readings[i].shard.id(), batch);
        readings.erase(readings.begin() + static_cast<std::ptrdiff_t>(i));
        idle = false;
      } else {
        ++i;
      }
    }
    if (!idle) continue;
    if (all_put) return;
    if (readings.empty()) {
      absl::SleepFor(absl::Milliseconds(1));
    } else {
      readings.front().iterator.Wait(absl::Now() + absl::Milliseconds(1)).IgnoreError();
    }
  }
}

// --- The report ----------------------------------------------------------------------------------

void PrintShards(const Stream& stream, size_t records) {
  std::printf("\n%-20s %-15s %-41s %-7s %10s %12s %6s\n", "shard", "parents", "starting hash key",
              "status", "records", "bytes", "share");
  for (const Shard& shard : stream.ListShards()) {
    std::string parents;
    for (const ShardId parent : shard.parents()) {
      parents += (parents.empty() ? "" : " + ") + std::to_string(parent.index());
    }
    const kinesis::ShardMetrics metrics = shard.Metrics();
    std::printf(
        "%-20s %-15s %-41s %-7s %10llu %12llu %5.1f%%\n", shard.id().ToString().c_str(),
        parents.empty() ? "-" : parents.c_str(), shard.hash_key_range().start().ToString().c_str(),
        shard.is_open() ? "open" : "closed",
        static_cast<unsigned long long>(metrics.incoming_records),
        static_cast<unsigned long long>(metrics.incoming_bytes),
        100.0 * static_cast<double>(metrics.incoming_records) / static_cast<double>(records));
  }
}

void ReportProgress(const Input& input, const Verifier& verifier, const Progress& progress) {
  const auto begin = std::chrono::steady_clock::now();
  auto next = begin + std::chrono::seconds(2);
  while (verifier.received() < input.lines.size() && !progress.all_put) {
    absl::SleepFor(absl::Milliseconds(5));
    if (std::chrono::steady_clock::now() < next) continue;
    next += std::chrono::seconds(2);
    std::fprintf(stderr, "  %zu of %zu lines put, %zu received\n", progress.put.load(),
                 input.lines.size(), verifier.received());
  }
}

bool Run() {
  for (const auto& [flag, value] : {std::pair("shards", absl::GetFlag(FLAGS_shards)),
                                    std::pair("producers", absl::GetFlag(FLAGS_producers)),
                                    std::pair("consumers", absl::GetFlag(FLAGS_consumers)),
                                    std::pair("records", absl::GetFlag(FLAGS_records))}) {
    if (value < 1) Die("--" + std::string(flag) + " must be at least 1");
  }
  const Input input = Load();
  const auto engine = kinesis::Engine::Create();
  if (!engine.ok()) Die(engine.status().ToString());
  absl::StatusOr<Stream> stream =
      (*engine)->CreateStream("quickstart", {.shard_count = absl::GetFlag(FLAGS_shards)});
  if (!stream.ok()) Die(stream.status().ToString());
  std::printf("%zu lines, %u keys, %d producers, %d consumers\n", input.lines.size(),
              input.distinct_keys, absl::GetFlag(FLAGS_producers), absl::GetFlag(FLAGS_consumers));

  Verifier verifier(input);
  Progress progress;
  Assignments assignments(*stream);
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::thread> producers;
  std::vector<std::thread> consumers;
  for (int i = 0; i < absl::GetFlag(FLAGS_producers); ++i) {
    producers.emplace_back([&, i] { Produce(i, input, *stream, progress); });
  }
  for (int i = 0; i < absl::GetFlag(FLAGS_consumers); ++i) {
    consumers.emplace_back([&] { Consume(assignments, verifier, progress); });
  }
  std::thread reporter([&] { ReportProgress(input, verifier, progress); });
  for (std::thread& producer : producers) producer.join();
  progress.all_put = true;
  for (std::thread& consumer : consumers) consumer.join();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  reporter.join();

  PrintShards(*stream, input.lines.size());
  std::printf("\n%.0f records/s put, read and checked (%.3f s)\n",
              static_cast<double>(input.lines.size()) / elapsed.count(), elapsed.count());
  return verifier.Report();
}

}  // namespace

int main(int argc, char** argv) {
  absl::SetProgramUsageMessage("Puts lines through a stream while it reshards, and checks them.");
  absl::ParseCommandLine(argc, argv);
  return Run() ? EXIT_SUCCESS : EXIT_FAILURE;
}
