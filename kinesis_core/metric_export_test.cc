// What Engine::Metrics counts over the life of a stream, and what dashboards get of it. The text is
// read back by three readers: one here that takes the format literally, Debian's Python client of
// Prometheus, and promtool, if it is there.
#include "kinesis_core/metric_export.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"
#include "kinesis_core/wait_set.h"

namespace kinesis {
namespace {

using kinesis::testing::OnlyShard;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;
using ::testing::HasSubstr;
using ::testing::Not;

using Labels = std::map<std::string, std::string>;
struct Sample {
  std::string name;
  Labels labels;
  double value = 0;
  friend auto operator<=>(const Sample&, const Sample&) = default;
};

void PutMany(Stream& stream, int count, const std::string& data = "data") {
  for (int i = 0; i < count; ++i) {
    stream.Put({.partition_key = "key-" + std::to_string(i), .data = data}).value();
  }
}

// --- What is counted

TEST(Metrics, NameWhoWaits) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  Iterator sleeper = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  Iterator watched = sleeper;
  WaitSet set;
  ASSERT_TRUE(set.Add(&watched).ok());
  EXPECT_EQ(test.engine->Metrics().streams[0].total.waiters, 1U);
  {
    const WaitingFor waiting("a reader to sleep, and to wake");
    std::thread thread([&sleeper] { sleeper.Wait(absl::InfiniteFuture()).IgnoreError(); });
    test.clock.AwaitSleepers(1);
    EXPECT_EQ(test.engine->Metrics().streams[0].shards[0].waiters, 2U);
    PutMany(stream, 1);
    thread.join();
  }
  ASSERT_TRUE(set.Remove(&watched).ok());
  EXPECT_EQ(test.engine->Metrics().streams[0].total.waiters, 0U);
}

TEST(Metrics, CountPutsThatWaitForRoom) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 32768}).value();
  const std::string data(1000, 'x');
  int put = 0;
  while (stream.Put({.partition_key = "k", .data = data}).ok()) ++put;
  EXPECT_GT(put, 10);
  EXPECT_EQ(test.engine->Metrics().waiting_puts, 0U);
  const WaitingFor waiting("a put to wait for room, and to give up");
  std::thread thread([&] {
    EXPECT_FALSE(
        stream.Put({.partition_key = "k", .data = data}, test.clock.Now() + absl::Hours(1)).ok());
  });
  test.clock.AwaitSleepers(1);
  EXPECT_EQ(test.engine->Metrics().waiting_puts, 1U);
  test.clock.Advance(absl::Hours(1));
  thread.join();
  EXPECT_EQ(test.engine->Metrics().waiting_puts, 0U);
}

TEST(Metrics, TellWhatIsPinnedAndForHowLong) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  PutMany(stream, 10);
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  Iterator other = iterator;
  EXPECT_EQ(test.engine->Metrics().memory_pinned_bytes, 0U);
  {
    const RecordBatch forgotten = iterator.Read({.max_records = 1}).value();
    test.clock.Advance(absl::Minutes(2));
    const RecordBatch later = other.Read().value();
    test.clock.Advance(absl::Minutes(1));
    const EngineMetrics metrics = test.engine->Metrics();
    EXPECT_EQ(metrics.memory_pinned_bytes, 4096U);
    EXPECT_LE(metrics.memory_pinned_bytes, metrics.memory_held_bytes);
    EXPECT_EQ(metrics.oldest_pin_age, absl::Minutes(3));
    // It is held back also when nobody else knows of it any more.
    ASSERT_TRUE(test.engine->DeleteStream("s").ok());
    EXPECT_EQ(test.engine->Metrics().memory_pinned_bytes, 4096U);
  }
  EXPECT_EQ(test.engine->Metrics().memory_pinned_bytes, 0U);
  EXPECT_EQ(test.engine->Metrics().oldest_pin_age, absl::ZeroDuration());
}

TEST(Metrics, TellThatAReaderAtTheTipKeepsItsPin) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  PutMany(stream, 1);
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  RecordBatch batch;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(iterator.ReadInto(batch).ok());
    test.clock.Advance(absl::Seconds(20));
  }
  EXPECT_EQ(test.engine->Metrics().oldest_pin_age, absl::Minutes(1));
  iterator.LetGo();
  batch = RecordBatch();
  EXPECT_EQ(test.engine->Metrics().oldest_pin_age, absl::ZeroDuration());
}

TEST(Metrics, CountersOfAStreamNeverGoBackWhenItsShardsExpire) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.retention = absl::Minutes(1)}).value();
  uint64_t put = 0;
  uint64_t read = 0;
  for (int round = 0; round < 5; ++round) {
    PutMany(stream, 10);
    put += 10;
    for (const Shard& shard : stream.ListShards()) {
      Iterator it = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      read += it.Read().value().size();
    }
    const StreamMetrics metrics = test.engine->Metrics().streams[0];
    EXPECT_EQ(metrics.total.incoming_records, put);
    EXPECT_EQ(metrics.total.outgoing_records, read);
    for (const Shard& shard : stream.ListShards()) {
      if (shard.is_open()) stream.SplitShard(shard.id()).value();
    }
    test.clock.Advance(absl::Minutes(2));
  }
  const StreamMetrics metrics = test.engine->Metrics().streams[0];
  EXPECT_EQ(metrics.shards.size(), 32U);  // those before them are forgotten
  EXPECT_EQ(metrics.total.incoming_records, put);
  EXPECT_EQ(metrics.total.outgoing_records, read);
}

TEST(Metrics, CountARefusalThatACommitMakesGoodAsNone) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 32768}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  GroupMember member = group.Join().value();
  const std::string data(1000, 'x');
  for (int i = 0; i < 200; ++i) {
    stream.Put({.partition_key = "k", .data = data}).value();
    ASSERT_TRUE(member.Next(absl::InfiniteFuture()).value().Commit().ok());
  }
  EXPECT_EQ(test.engine->Metrics().streams[0].total.rejected_writes, 0U);
}

TEST(Metrics, DeltasAddUpToTheRecordsOfAStressRun) {
  constexpr int kProducers = 3;
  constexpr uint64_t kEach = 3'000;
  auto engine = Engine::Create().value();
  Stream stream = engine->CreateStream("s", {.retention = absl::Milliseconds(20)}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "g").value();
  std::atomic<int> running = kProducers;
  std::vector<std::thread> threads;
  for (int p = 0; p < kProducers; ++p) {
    threads.emplace_back([&] {
      for (uint64_t i = 0; i < kEach; ++i) {
        stream.Put({.partition_key = std::to_string(i), .data = "d"}, absl::InfiniteFuture())
            .value();
      }
      --running;
    });
  }
  threads.emplace_back([&] {
    while (running > 0) {
      stream.ReshardUniformly(3).IgnoreError();
      stream.ReshardUniformly(1).IgnoreError();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  });
  ShardMetrics last;
  uint64_t sum = 0;
  const auto scrape = [&] {
    const ShardMetrics total = engine->Metrics().streams[0].total;
    EXPECT_GE(total.incoming_records, last.incoming_records);
    EXPECT_GE(total.incoming_bytes, last.incoming_bytes);
    EXPECT_GE(total.outgoing_records, last.outgoing_records);
    EXPECT_GE(total.rejected_writes, last.rejected_writes);
    sum += total.incoming_records - last.incoming_records;
    last = total;
  };
  {
    const WaitingFor waiting("producers to be done");
    while (running > 0) scrape();
    for (std::thread& thread : threads) thread.join();
  }
  scrape();
  EXPECT_EQ(sum, kProducers * kEach);
}

// --- What a visitor gets

std::vector<Sample> Visited(const EngineMetrics& metrics, MetricDetail detail) {
  std::vector<Sample> samples;
  ForEachMetric(metrics, detail, [&samples](const Metric& metric) {
    Sample sample{std::string(metric.name), {}, metric.value};
    for (const MetricLabel& label : metric.labels)
      sample.labels[std::string(label.name)] = label.value;
    samples.push_back(sample);
  });
  return samples;
}

double ValueOf(const std::vector<Sample>& samples, const std::string& name, const Labels& labels) {
  for (const Sample& sample : samples) {
    if (sample.name == name && sample.labels == labels) return sample.value;
  }
  ADD_FAILURE() << "no " << name;
  return -1;
}

TEST(ForEachMetric, GivesSumsForAStreamAndOnDemandItsShards) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("orders", {.shard_count = 2}).value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "billing").value();
  PutMany(stream, 20);
  const std::vector<Sample> few = Visited(test.engine->Metrics(), MetricDetail::kStream);
  EXPECT_EQ(ValueOf(few, "kinesis_streams", {}), 1);
  const Labels of_stream = {{"stream", "orders"}};
  EXPECT_EQ(ValueOf(few, "kinesis_stream_incoming_records", of_stream), 20);
  EXPECT_EQ(ValueOf(few, "kinesis_stream_open_shards", of_stream), 2);
  const Labels of_group = {{"stream", "orders"}, {"group", "billing"}};
  EXPECT_EQ(ValueOf(few, "kinesis_group_lag_records", of_group), 20);
  for (const Sample& sample : few) EXPECT_FALSE(sample.labels.contains("shard")) << sample.name;

  const std::vector<Sample> many = Visited(test.engine->Metrics(), MetricDetail::kShard);
  double records = 0;
  double lag = 0;
  for (const Sample& sample : many) {
    if (sample.name == "kinesis_shard_incoming_records") records += sample.value;
    if (sample.name == "kinesis_group_shard_lag_records") lag += sample.value;
  }
  EXPECT_EQ(records, 20);
  EXPECT_EQ(lag, 20);
  EXPECT_EQ(std::set<Sample>(many.begin(), many.end()).size(), many.size());
}

TEST(ForEachMetric, GivesTheLagOfShardsThatTheGroupHasYetToComeTo) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("orders").value();
  const ConsumerGroup group = ConsumerGroup::Create(stream, "billing").value();
  PutMany(stream, 10);
  stream.SplitShard(ShardId(0)).value();
  PutMany(stream, 20);
  const std::vector<Sample> samples = Visited(test.engine->Metrics(), MetricDetail::kStream);
  const Labels of_group = {{"stream", "orders"}, {"group", "billing"}};
  EXPECT_EQ(ValueOf(samples, "kinesis_group_lag_records", of_group), 30);
  EXPECT_EQ(ValueOf(samples, "kinesis_group_unfinished_shards", of_group), 3);
}

TEST(ForEachMetric, GivesAsManySeriesForManyShardsAsForOne) {
  TestEngine test;
  test.engine->CreateStream("small").value();
  const size_t series = Visited(test.engine->Metrics(), MetricDetail::kStream).size();
  ASSERT_TRUE(test.engine->DeleteStream("small").ok());
  test.engine->CreateStream("large", {.shard_count = 1'000}).value();
  EXPECT_EQ(Visited(test.engine->Metrics(), MetricDetail::kStream).size(), series);
  EXPECT_GT(Visited(test.engine->Metrics(), MetricDetail::kShard).size(), 9'000U);
}

// --- The text

// Streams and groups with names that are hard to write.
std::vector<std::string> HardNames() {
  return {"orders",       "a\"b",
          "back\\slash",  "line\nfeed",
          "\\n",          "tab\tcr\r",
          "{}=,# ",       "\u00fc\u4e2d\U0001f600",
          "\xff",         "\xfe",
          "\\xff",        "cut \xe4\xb8",
          "\xed\xa0\x80", std::string("a\0b", 3)};
}

EngineMetrics HardMetrics() {
  TestEngine test;
  for (const std::string& name : HardNames()) {
    Stream stream = test.engine->CreateStream(name).value();
    ConsumerGroup::Create(stream, name).value();
    PutMany(stream, 3);
    test.clock.Advance(absl::Milliseconds(1));
    OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value().Read().value();
  }
  return test.engine->Metrics();
}

// The samples of a text, by the letter of the format. Adds a failure for what is not allowed.
std::vector<Sample> Parse(const std::string& text) {
  std::vector<Sample> samples;
  std::set<std::string> families;
  std::string family;
  std::string type;
  size_t at = 0;
  const auto take = [&](const std::string& what) {
    const bool there = text.compare(at, what.size(), what) == 0;
    if (there) at += what.size();
    return there;
  };
  const auto until = [&](const std::string& ends) {
    const size_t end = std::min(text.find_first_of(ends, at), text.size());
    const std::string taken = text.substr(at, end - at);
    at = end;
    return taken;
  };
  while (at < text.size()) {
    if (take("# HELP ")) {
      family = until(" ");
      EXPECT_TRUE(families.insert(family).second) << family << " comes twice";
      EXPECT_GT(until("\n").size(), 1U);
    } else if (take("# TYPE ")) {
      EXPECT_EQ(until(" "), family);
      type = until("\n").substr(1);
      EXPECT_TRUE(type == "gauge" || type == "counter") << type;
      EXPECT_EQ(family.ends_with("_total"), type == "counter") << family;
    } else {
      Sample sample{until("{ "), {}, 0};
      EXPECT_EQ(sample.name, family);
      while (take("{") || take(",")) {
        const std::string label = until("=");
        EXPECT_TRUE(take("=\""));
        std::string& value = sample.labels[label];
        for (; at < text.size() && text[at] != '"'; ++at) {
          EXPECT_NE(text[at], '\n');
          if (text[at] != '\\') {
            value += text[at];
            continue;
          }
          ++at;
          EXPECT_THAT("\\\"n", HasSubstr(std::string(1, text[at])));
          value += text[at] == 'n' ? '\n' : text[at];
        }
        EXPECT_TRUE(take("\""));
      }
      EXPECT_TRUE(sample.labels.empty() || take("}"));
      EXPECT_TRUE(take(" "));
      const std::string number = until("\n");
      char* end = nullptr;
      sample.value = std::strtod(number.c_str(), &end);
      EXPECT_EQ(*end, '\0') << number;
      EXPECT_TRUE(std::none_of(samples.begin(), samples.end(), [&sample](const Sample& other) {
        return other.name == sample.name && other.labels == sample.labels;
      })) << sample.name;
      samples.push_back(sample);
    }
    EXPECT_TRUE(take("\n"));
  }
  return samples;
}

TEST(PrometheusText, GivesEachSampleWithNamesAsTheyAre) {
  const EngineMetrics metrics = HardMetrics();
  const std::vector<Sample> samples = Parse(PrometheusText(metrics, MetricDetail::kShard));
  EXPECT_EQ(samples.size(), Visited(metrics, MetricDetail::kShard).size());
  std::set<std::string> named;
  for (const Sample& sample : samples) {
    if (sample.name != "kinesis_stream_incoming_records_total") continue;
    EXPECT_EQ(sample.value, 3);
    const auto hex = sample.labels.find("stream_hex");
    if (hex == sample.labels.end()) {
      named.insert(sample.labels.at("stream"));
      continue;
    }
    std::string bytes;
    for (size_t i = 0; i < hex->second.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(hex->second.substr(i, 2), nullptr, 16));
    }
    EXPECT_THAT(sample.labels.at("stream"), HasSubstr("\uFFFD"));
    named.insert(bytes);
  }
  const std::vector<std::string> names = HardNames();
  EXPECT_EQ(named, std::set<std::string>(names.begin(), names.end()));
}

TEST(PrometheusText, IsInBaseUnits) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  PutMany(stream, 1);
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  test.clock.Advance(absl::Milliseconds(1500));
  const RecordBatch batch = iterator.Read().value();
  test.clock.Advance(absl::Milliseconds(250));
  const std::string text = PrometheusText(test.engine->Metrics());
  EXPECT_THAT(text, HasSubstr("\nkinesis_stream_iterator_age_seconds{stream=\"s\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\nkinesis_oldest_pin_age_seconds 0.25\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE kinesis_stream_incoming_bytes_total counter\n"
                              "kinesis_stream_incoming_bytes_total{stream=\"s\"} 9\n"));
  EXPECT_THAT(text, Not(HasSubstr("_milliseconds")));
}

// What a command that is given `text` prints; nothing if it is not there.
std::optional<std::string> Ask(const std::string& command, const std::string& text) {
  const std::string folder = ::testing::TempDir();
  std::ofstream(folder + "/metrics.txt", std::ios::binary) << text;
  const std::string run = command + " < " + folder + "/metrics.txt 2>&1";
  FILE* const pipe = popen(run.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string printed;
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) printed += static_cast<char>(c);
  return pclose(pipe) == 0 ? std::optional(printed) : std::nullopt;
}

TEST(PrometheusText, IsWhatPrometheusClientOfPythonReads) {
  if (!Ask("python3 -c 'import prometheus_client.parser'", "")) {
    GTEST_SKIP() << "needs Debian's package python3-prometheus-client";
  }
  // One line for each sample; names and values in hex.
  std::ofstream(::testing::TempDir() + "/read.py") << R"(
import sys
from prometheus_client.parser import text_fd_to_metric_families
stdin = open(sys.stdin.fileno(), encoding='utf-8', newline='\n')
for family in text_fd_to_metric_families(stdin):
    assert family.documentation and family.type in ('counter', 'gauge'), family
    for s in family.samples:
        labels = sorted(s.labels.items())
        print(s.name, repr(float(s.value)), *(n + '=' + v.encode().hex() for n, v in labels))
)";
  const std::string text = PrometheusText(HardMetrics(), MetricDetail::kShard);
  const std::optional<std::string> read = Ask("python3 " + ::testing::TempDir() + "/read.py", text);
  ASSERT_TRUE(read.has_value());
  std::string expected;
  for (const Sample& sample : Parse(text)) {
    std::ostringstream value;
    value << std::setprecision(15) << sample.value;
    expected += sample.name + ' ' + value.str();
    if (value.str().find('.') == std::string::npos) expected += ".0";
    for (const auto& [name, bytes] : sample.labels) {
      expected += ' ' + name + '=';
      for (const char c : bytes) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned char>(c));
        expected += hex;
      }
    }
    expected += '\n';
  }
  EXPECT_TRUE(*read == expected) << *read << "\nis not what the text says:\n" << expected;
}

TEST(PrometheusText, PassesPromtool) {
  if (!Ask("promtool --version", "")) GTEST_SKIP() << "needs promtool, of Debian's prometheus";
  const std::string text = PrometheusText(HardMetrics(), MetricDetail::kShard);
  const std::optional<std::string> said = Ask("promtool check metrics", text);
  ASSERT_TRUE(said.has_value()) << text;
  EXPECT_EQ(*said, "");
}

}  // namespace
}  // namespace kinesis
