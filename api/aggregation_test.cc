// The aggregated record format: written, read by protoc and by us, and what is left out of it.
#include "kinesis_core/api/aggregation.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::api {
namespace {

std::string DigestOf(const std::string& message) {
  const HashKey hash = Md5HashKey(message);
  std::string digest;
  for (const uint64_t half : {hash.high(), hash.low()}) {
    for (int shift = 56; shift >= 0; shift -= 8) digest += static_cast<char>(half >> shift & 255);
  }
  return digest;
}

std::string Wrapped(const std::string& message) {
  return "\xf3\x89\x9a\xc2" + message + DigestOf(message);
}

// Two entries of one key, and between them one with a hash key of its own.
std::string Sample() {
  RecordAggregator aggregator;
  aggregator.Add({.partition_key = "alice", .data = "tea"});
  aggregator.Add({.partition_key = "bob", .data = "", .explicit_hash_key = HashKey::Max()});
  aggregator.Add({.partition_key = "alice", .data = "cake"});
  EXPECT_EQ(aggregator.count(), 3U);
  return aggregator.Finish();
}

TEST(AggregationTest, TheBytesAreMagicMessageAndDigest) {
  const std::string fields = std::string("\x0a\x05", 2) + "alice" + std::string("\x0a\x03", 2) +
                             "bob" + std::string("\x12\x27", 2) +
                             "340282366920938463463374607431768211455" +
                             std::string("\x1a\x07\x08\x00\x1a\x03", 6) + "tea" +
                             std::string("\x1a\x06\x08\x01\x10\x00\x1a\x00", 8) +
                             std::string("\x1a\x08\x08\x00\x1a\x04", 6) + "cake";
  EXPECT_EQ(Sample(), Wrapped(fields));
}

TEST(AggregationTest, SizesAreKnownBeforeAnEntryIsAdded) {
  RecordAggregator aggregator;
  for (int i = 0; i < 400; ++i) {
    const std::string key = "key" + std::to_string(i % 150);
    const std::string data(static_cast<size_t>(i) * 7 % 300, 'd');
    AggregatedEntry entry = {.partition_key = key, .data = data};
    if (i % 3 == 0) entry.explicit_hash_key = HashKey::FromHalves(i % 5, 1);
    const size_t expected = aggregator.SizeWith(entry);
    aggregator.Add(entry);
    ASSERT_EQ(aggregator.size_bytes(), expected) << i;
  }
  const size_t size = aggregator.size_bytes();
  EXPECT_EQ(aggregator.Finish().size(), size);
  EXPECT_EQ(aggregator.count(), 0U);
  EXPECT_EQ(aggregator.size_bytes(), 20U);
}

TEST(AggregationTest, ProtocReadsTheMessage) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  if (std::system("protoc --version > /dev/null 2>&1") != 0) {
    GTEST_SKIP() << "protoc is not installed: Debian's protobuf-compiler";
  }
  const std::string record = Sample();
  // NOLINTNEXTLINE(concurrency-mt-unsafe): one thread
  const char* const folder = std::getenv("TEST_TMPDIR");
  ASSERT_NE(folder, nullptr);
  const std::string file = std::string(folder) + "/message";
  std::ofstream(file, std::ios::binary) << record.substr(4, record.size() - 20);
  const std::string command =
      "protoc -Iapi/testdata --decode=AggregatedRecord aggregated_record.proto < " + file;
  FILE* const pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string text;
  std::array<char, 4096> bytes;
  while (const size_t size = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    text.append(bytes.data(), size);
  }
  EXPECT_EQ(pclose(pipe), 0);
  EXPECT_EQ(text, R"(partition_key_table: "alice"
partition_key_table: "bob"
explicit_hash_key_table: "340282366920938463463374607431768211455"
records {
  partition_key_index: 0
  data: "tea"
}
records {
  partition_key_index: 1
  explicit_hash_key_index: 0
  data: ""
}
records {
  partition_key_index: 0
  data: "cake"
}
)");
}

// --- Reading -------------------------------------------------------------------------------------

TEST(AggregationTest, EntriesComeBack) {
  const std::string record = Sample();
  const auto entries = ParseAggregatedRecord(record);
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 3U);
  EXPECT_EQ((*entries)[0].data, "tea");
  EXPECT_EQ((*entries)[0].explicit_hash_key, std::nullopt);
  EXPECT_EQ((*entries)[0].hash_key(), Md5HashKey("alice"));
  EXPECT_EQ((*entries)[1].partition_key, "bob");
  EXPECT_EQ((*entries)[1].hash_key(), HashKey::Max());
  EXPECT_EQ((*entries)[2].data, "cake");
}

TEST(AggregationTest, FieldsThatAreNewAndTagsArePassedOver) {
  const std::string message = std::string("\x0a\x01", 2) + "k" + std::string("\x22\x01x", 3) +
                              std::string("\x28\x07", 2) +
                              std::string("\x1a\x0a\x08\x00\x22\x03\x0a\x01t\x1a\x01", 11) + "d";
  const auto entries = ParseAggregatedRecord(Wrapped(message));
  ASSERT_TRUE(entries.has_value());
  ASSERT_EQ(entries->size(), 1U);
}

TEST(AggregationTest, WhatOnlyLooksAggregatedIsARecordLikeAnyOther) {
  const auto is_none = [](const std::string& data) {
    return !ParseAggregatedRecord(data).has_value();
  };
  EXPECT_TRUE(is_none(""));
  EXPECT_TRUE(is_none("tea"));
  EXPECT_TRUE(is_none("\xf3\x89\x9a\xc2"));
  EXPECT_TRUE(is_none(Wrapped("")));  // no message
  const std::string record = Sample();
  for (size_t at = 0; at < record.size(); ++at) {
    std::string changed = record;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    EXPECT_TRUE(is_none(changed)) << at;
    EXPECT_TRUE(is_none(record.substr(0, at))) << at;
  }
  const std::string key = std::string("\x0a\x01", 2) + "k";
  const std::string data = std::string("\x1a\x01", 2) + "d";
  EXPECT_FALSE(is_none(Wrapped(key + std::string("\x1a\x05\x08\x00", 4) + data)));
  EXPECT_TRUE(is_none(Wrapped(key + std::string("\x1a\x05\x08\x01", 4) + data)));  // no such key
  EXPECT_TRUE(is_none(Wrapped(key + std::string("\x1a\x03", 2) + data)));          // none at all
  EXPECT_TRUE(is_none(Wrapped(key + std::string("\x1a\x02\x08\x00", 4))));         // no data
  EXPECT_TRUE(is_none(Wrapped(std::string("\x12\x02", 2) + "-1")));                // no hash key
  EXPECT_TRUE(is_none(Wrapped(key + "\x1a\x7f")));                                 // cut off
  EXPECT_TRUE(is_none(Wrapped(std::string(11, '\xff'))));  // a number without end
  EXPECT_TRUE(is_none(Wrapped("\x0b\x0c")));               // a group
}

// --- Deaggregate ---------------------------------------------------------------------------------

RecordList ListOf(const std::vector<std::string>& data) {
  std::vector<Record> records;
  for (const std::string& text : data) {
    Record& record = records.emplace_back();
    record.data = text;
    record.partition_key = "outer";
  }
  return RecordList::CopyOf(records);
}

std::vector<std::string> DataOf(const std::vector<UserRecord>& users) {
  std::vector<std::string> data;
  for (const UserRecord& user : users) data.emplace_back(user.data);
  return data;
}

TEST(AggregationTest, UserRecordsComeInOrderWithTheirPlaces) {
  const RecordList records = ListOf({"plain", Sample()});
  const std::vector<UserRecord> users = Deaggregate(records);
  ASSERT_EQ(DataOf(users), (std::vector<std::string>{"plain", "tea", "", "cake"}));
  EXPECT_FALSE(users[0].is_aggregated);
  EXPECT_EQ(users[0].partition_key, "outer");
  EXPECT_TRUE(users[3].is_aggregated);
  EXPECT_EQ(users[3].partition_key, "alice");
  EXPECT_EQ(users[3].subsequence_number, 2U);
  EXPECT_EQ(users[2].explicit_hash_key, HashKey::Max());
}

TEST(AggregationTest, EntriesOutsideOfTheShardAreLeftOutAsTheCallerSays) {
  const RecordList records = ListOf({Sample(), "plain"});
  HashKeyRange without_max;
  without_max.ending_hash_key = HashKey::FromHalves(~uint64_t{0}, ~uint64_t{0} - 1);
  using Strings = std::vector<std::string>;
  EXPECT_EQ(DataOf(Deaggregate(records, without_max)), (Strings{"tea", "cake", "plain"}));
  EXPECT_EQ(Deaggregate(records, without_max)[1].subsequence_number, 2U);
  EXPECT_EQ(DataOf(Deaggregate(records, without_max, OutsideEntries::kDropRecord)),
            (Strings{"plain"}));
  EXPECT_EQ(DataOf(Deaggregate(records, without_max, OutsideEntries::kKeep)),
            (Strings{"tea", "", "cake", "plain"}));
}

}  // namespace
}  // namespace kinesis::api
