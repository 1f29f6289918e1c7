#include "kinesis_core/stream.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;

using Strings = std::vector<std::string>;

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = uint64_t{1} << 20;

uint64_t RecordsIn(const Engine& engine) {
  uint64_t records = 0;
  for (const StreamMetrics& stream : engine.Metrics().streams) {
    for (const ShardMetrics& shard : stream.shards) records += shard.incoming_records;
  }
  return records;
}

// --- Put -----------------------------------------------------------------------------------------

TEST(StreamTest, WhatIsPutCanBeRead) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  const PutResult put = stream.Put({.partition_key = "alice", .data = "1 x tea"}).value();
  EXPECT_EQ(put.shard_id, ShardId(0));
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = iterator.Read().value();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].data, "1 x tea");
  EXPECT_EQ(batch[0].partition_key, "alice");
  EXPECT_EQ(batch[0].sequence_number, put.sequence_number);
}

TEST(StreamTest, PutsToAShardAreInOrder) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  Strings expected;
  SequenceNumber last;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back(std::to_string(i));
    const PutResult put =
        stream.Put({.partition_key = std::to_string(i % 7), .data = expected.back()}).value();
    EXPECT_GT(put.sequence_number, last);
    last = put.sequence_number;
  }
  EXPECT_EQ(ReadData(OnlyShard(stream)), expected);
}

TEST(StreamTest, ARecordOfNothingIsARecord) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  ASSERT_TRUE(stream.Put({}).ok());
  ASSERT_TRUE(stream.Put({.partition_key = std::string_view(), .data = std::string_view()}).ok());
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"", ""}));
}

TEST(StreamTest, DataOfTenMebibytesIsTakenAndOneByteMoreIsNot) {
  TestEngine test(64 * kMiB);
  Stream stream = test.engine->CreateStream("s").value();
  std::string data(10 * kMiB, 'd');
  data.front() = 'a';
  data.back() = 'z';
  const std::string key(65'535, 'k');
  ASSERT_TRUE(stream.Put({.partition_key = key, .data = data}).ok());
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = iterator.Read().value();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_TRUE(batch[0].data == data);
  EXPECT_TRUE(batch[0].partition_key == key);
  data.push_back('!');
  EXPECT_TRUE(Fails(stream.Put({.data = data}), absl::StatusCode::kOutOfRange,
                    {"data size", "10485761", "[0, 10485760]"}));
  EXPECT_EQ(RecordsIn(*test.engine), 1U);
}

TEST(StreamTest, KeysOfEveryLengthAreTakenAndALongerOneIsNot) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.overflow_policy = OverflowPolicy::kTrimOldest}).value();
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  const auto check = [&](size_t length) {
    std::string key(length, 'k');
    if (length > 0) key.back() = 'z';
    ASSERT_TRUE(stream.Put({.partition_key = key, .data = "d"}).ok());
    const RecordBatch batch = iterator.Read().value();
    ASSERT_EQ(batch.size(), 1U);
    ASSERT_TRUE(batch[0].partition_key == key) << length;
    ASSERT_EQ(batch[0].data, "d");
  };
  for (size_t length = 0; length <= 1100; ++length) check(length);
  for (size_t length = 1101; length <= 65'535; length += 997) check(length);
  check(65'535);
  EXPECT_TRUE(Fails(stream.Put({.partition_key = std::string(65'536, 'k')}),
                    absl::StatusCode::kOutOfRange, {"partition key size", "65536", "[0, 65535]"}));
}

TEST(StreamTest, ARecordNeedsToLiveOnlyUntilThePutReturns) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  {
    auto data = std::make_unique<std::string>("short-lived");
    ASSERT_TRUE(stream.Put({.partition_key = *data, .data = *data}).ok());
    *data = "overwritten!";
  }
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"short-lived"}));
}

// --- Routing -------------------------------------------------------------------------------------

// Puts a record of each of many keys and checks that it went to the shard whose range has its hash
// key.
void ExpectRoutedBy(Stream& stream, const std::function<HashKey(std::string_view)>& hash) {
  const std::vector<Shard> shards = stream.ListShards();
  for (int i = 0; i < 2000; ++i) {
    const std::string key = "key " + std::to_string(i);
    const Record record{.partition_key = key, .data = "d"};
    ASSERT_EQ(stream.HashKeyOf(record), hash(key));
    const PutResult put = stream.Put(record).value();
    ASSERT_TRUE(shards[put.shard_id.index()].hash_key_range().Contains(hash(key))) << key;
  }
}

TEST(StreamTest, ByDefaultTheMd5OfTheKeyDecides) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_count = 13}).value();
  ExpectRoutedBy(stream, Md5HashKey);
  // The MD5 of "a" is 0cc175b9c0f1b6a831c399e269772661.
  EXPECT_EQ(stream.HashKeyOf({.partition_key = "a"}),
            HashKey::FromHalves(0x0cc175b9c0f1b6a8, 0x31c399e269772661));
}

TEST(StreamTest, Xxh3SpreadsKeysOtherwise) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 13, .partitioner = Xxh3Partitioner()}).value();
  ExpectRoutedBy(stream, [](std::string_view key) { return Xxh3Partitioner()->Hash(key); });
  EXPECT_NE(stream.HashKeyOf({.partition_key = "a"}), Md5HashKey("a"));
}

// Sends a key to the part of the key space that its first byte says.
class FirstByte final : public Partitioner {
 public:
  HashKey Hash(std::string_view key) const override {
    const uint64_t byte = key.empty() ? 0 : static_cast<uint8_t>(key[0]);
    return HashKey::FromHalves(byte << 56, 0);
  }
  std::string_view name() const override { return "first-byte"; }
};

TEST(StreamTest, APartitionerOfTheUsersDecidesForPutsAndBatches) {
  TestEngine test;
  Stream stream = test.engine
                      ->CreateStream("s", {.shard_count = 4,
                                           .partitioner = std::make_shared<const FirstByte>()})
                      .value();
  const std::string keys[] = {"", "\x3f", "\x40", "\x7f", "\x80", "\xbf", "\xc0", "\xff"};
  std::vector<Record> records;
  for (size_t i = 0; i < std::size(keys); ++i) {
    EXPECT_EQ(stream.Put({.partition_key = keys[i]}).value().shard_id.index(), i / 2);
    records.push_back({.partition_key = keys[i]});
  }
  const auto results = stream.PutBatch(records);
  for (size_t i = 0; i < std::size(keys); ++i) {
    EXPECT_EQ(results[i].value().shard_id.index(), i / 2);
  }
}

TEST(StreamTest, AnExplicitHashKeyDecidesInsteadUpToTheEdgesOfTheRanges) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_count = 7}).value();
  for (const Shard& shard : stream.ListShards()) {
    for (const HashKey key : {shard.hash_key_range().start(), shard.hash_key_range().end()}) {
      const Record record{.partition_key = "k", .data = "d", .explicit_hash_key = key};
      EXPECT_EQ(stream.HashKeyOf(record), key);
      EXPECT_EQ(stream.Put(record).value().shard_id, shard.id());
      EXPECT_EQ(stream.PutBatch({&record, 1})[0].value().shard_id, shard.id());
    }
  }
}

// --- Record distribution -------------------------------------------------------------------------

constexpr auto kAuto = RecordDistributionStrategy::kAuto;
constexpr auto kUserPartitionKey = RecordDistributionStrategy::kUserPartitionKey;

// Records of each shard, in order of id.
std::vector<uint64_t> CountsOf(const Stream& stream) {
  std::vector<uint64_t> counts;
  for (const Shard& shard : stream.ListShards()) {
    Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
    counts.push_back(iterator.Read({.max_records = 100'000}).value().size());
  }
  return counts;
}

// Records of k shards that were put in turn differ by one at the most.
void ExpectEven(const std::vector<uint64_t>& counts, uint64_t total) {
  uint64_t sum = 0;
  for (const uint64_t count : counts) {
    sum += count;
    EXPECT_GE(count, total / counts.size());
    EXPECT_LE(count, total / counts.size() + 1);
  }
  EXPECT_EQ(sum, total);
}

TEST(StreamDistributionTest, ByDefaultThePartitionKeyDecides) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_count = 4}).value();
  EXPECT_EQ(stream.record_distribution_strategy(), kUserPartitionKey);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(stream.Put({.partition_key = "one"}).ok());
  for (const uint64_t count : CountsOf(stream)) EXPECT_TRUE(count == 0 || count == 10) << count;
}

TEST(StreamDistributionTest, AutoSpreadsEvenlyWhateverTheKeysSayAndKeepsThem) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 3, .record_distribution_strategy = kAuto})
          .value();
  // Ranges of very different sizes: what counts is the shard.
  ASSERT_TRUE(stream.SplitShard(ShardId(0), HashKey::FromHalves(0, 5)).ok());
  EXPECT_EQ(stream.record_distribution_strategy(), kAuto);
  constexpr uint64_t kRecords = 1003;
  for (uint64_t i = 0; i < kRecords; ++i) {
    EXPECT_TRUE(stream.Put({.partition_key = "one", .explicit_hash_key = HashKey::Max()}).ok());
  }
  std::vector<uint64_t> counts = CountsOf(stream);
  EXPECT_EQ(counts.at(0), 0U);  // the parent
  counts.erase(counts.begin());
  ExpectEven(counts, kRecords);
  Iterator iterator = ShardAt(stream, 4).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = iterator.Read().value();
  EXPECT_EQ(batch[0].partition_key, "one");
}

TEST(StreamDistributionTest, BatchesAreSpreadAsEvenlyAndKeepTheOrderOfAShard) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 7, .record_distribution_strategy = kAuto})
          .value();
  const std::string too_large(kMaxDataBytes + 1, 'x');
  Strings data;
  for (int i = 0; i < 900; ++i) data.push_back(std::to_string(1000 + i));
  std::vector<Record> records;
  for (const std::string& text : data) records.push_back({.data = text});
  records.insert(records.begin() + 100, {.data = too_large});  // takes no turn
  const auto results = stream.PutBatch(records);
  EXPECT_TRUE(Fails(results[100], absl::StatusCode::kOutOfRange, {"data size"}));
  ASSERT_TRUE(stream.Put({.data = "last"}).ok());
  ExpectEven(CountsOf(stream), 901);
  for (uint32_t shard = 0; shard < 7; ++shard) {
    const Strings read = ReadData(ShardAt(stream, shard));
    EXPECT_TRUE(std::is_sorted(read.begin(), read.end()));
  }
}

// Every second record is large: were turns strictly in rotation, one shard would get them all.
TEST(StreamDistributionTest, APatternInWhatIsPutDoesNotFallOnTheSameShards) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 2, .record_distribution_strategy = kAuto})
          .value();
  int large_in_first = 0;
  for (int i = 0; i < 1000; ++i) {
    const bool large = i % 2 == 0;
    const auto put = stream.Put({.data = large ? "large" : "s"});
    large_in_first += large && put->shard_id == ShardId(0) ? 1 : 0;
  }
  EXPECT_GT(large_in_first, 150);
  EXPECT_LT(large_in_first, 350);
}

TEST(StreamDistributionTest, TheStrategyChangesBackAndForthForWhatIsPutFromThenOn) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_count = 2}).value();
  const Record record{.partition_key = "one"};
  const ShardId home = stream.Put(record)->shard_id;
  const auto put_ten = [&] {
    int at_home = 0;
    for (int i = 0; i < 10; ++i) at_home += stream.Put(record)->shard_id == home ? 1 : 0;
    return at_home;
  };
  EXPECT_EQ(put_ten(), 10);
  ASSERT_TRUE(stream.SetRecordDistributionStrategy(kAuto).ok());
  EXPECT_EQ(put_ten(), 5);
  ASSERT_TRUE(stream.SetRecordDistributionStrategy(kUserPartitionKey).ok());
  EXPECT_EQ(put_ten(), 10);
  ASSERT_TRUE(stream.SetRecordDistributionStrategy(kAuto).ok());
  EXPECT_EQ(put_ten(), 5);
}

TEST(StreamDistributionTest, ShardsThatAreNewTakeTheirTurnsAndClosedOnesNone) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 2, .record_distribution_strategy = kAuto})
          .value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(stream.Put({}).ok());
  ASSERT_TRUE(stream.SplitShard(ShardId(1)).ok());
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(stream.Put({}).ok());
  const std::vector<uint64_t> split = CountsOf(stream);
  EXPECT_EQ(split.at(1), 5U);
  for (const uint64_t count : {split.at(0) - 5, split.at(2), split.at(3)}) {
    EXPECT_NEAR(static_cast<double>(count), 100, 2);
  }
  ASSERT_TRUE(stream.MergeShards(ShardId(2), ShardId(3)).ok());
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(stream.Put({}).ok());
  EXPECT_NEAR(static_cast<double>(CountsOf(stream).at(4)), 150, 2);
}

TEST(StreamDistributionTest, AHashKeyThatWasAskedForIsATurnThatAPutCanTake) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 4, .record_distribution_strategy = kAuto})
          .value();
  std::vector<HashKey> keys;
  std::vector<Record> records;
  for (int i = 0; i < 100; ++i) {
    const Record record{.partition_key = "one"};
    const HashKey key = stream.HashKeyOf(record);
    const PutResult put = stream.PutAt(key, record).value();
    EXPECT_EQ(put.shard_id, *stream.OpenShardOf(key));
    keys.push_back(key);
    records.push_back(record);
  }
  ExpectEven(CountsOf(stream), 100);
  std::vector<absl::StatusOr<PutResult>> results;
  stream.PutBatchAt(keys, records, &results);
  for (size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(results.at(i)->shard_id, *stream.OpenShardOf(keys[i]));
  }
  ExpectEven(CountsOf(stream), 200);
}

TEST(StreamDistributionTest, AStrategyThatIsNoneIsRefusedAndNamed) {
  TestEngine test;
  const auto none = static_cast<RecordDistributionStrategy>(2);
  const auto code = absl::StatusCode::kInvalidArgument;
  EXPECT_TRUE(Fails(test.engine->CreateStream("s", {.record_distribution_strategy = none}), code,
                    {"record_distribution_strategy"}));
  Stream stream = test.engine->CreateStream("s").value();
  EXPECT_TRUE(
      Fails(stream.SetRecordDistributionStrategy(none), code, {"record_distribution_strategy"}));
  EXPECT_EQ(stream.record_distribution_strategy(), kUserPartitionKey);
  ASSERT_TRUE(test.engine->DeleteStream("s").ok());
  EXPECT_TRUE(
      Fails(stream.SetRecordDistributionStrategy(kAuto), absl::StatusCode::kNotFound, {"deleted"}));
  EXPECT_TRUE(Fails(stream.PutAt(HashKey::Min(), {}), absl::StatusCode::kNotFound, {"deleted"}));
}

// --- PutBatch ------------------------------------------------------------------------------------

TEST(StreamBatchTest, AnEmptyBatchHasNoResults) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  EXPECT_TRUE(stream.PutBatch({}).empty());
  std::vector<absl::StatusOr<PutResult>> results(3, absl::UnknownError("left over"));
  stream.PutBatch({}, &results);
  EXPECT_TRUE(results.empty());
}

TEST(StreamBatchTest, EachRecordHasTheResultOfItsPutAndTheOrderWithinAShard) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_count = 5}).value();
  Strings data;
  for (int i = 0; i < 3000; ++i) data.push_back(std::to_string(i));
  std::vector<Record> records;
  for (const std::string& text : data) records.push_back({.partition_key = text, .data = text});
  std::vector<absl::StatusOr<PutResult>> results(1, absl::UnknownError("left over"));
  stream.PutBatch(records, &results);
  ASSERT_EQ(results.size(), records.size());
  std::vector<Strings> expected(5);
  std::vector<SequenceNumber> last(5);
  for (size_t i = 0; i < records.size(); ++i) {
    const PutResult& put = results[i].value();
    EXPECT_EQ(put.sequence_number.shard_index(), put.shard_id.index());
    const Shard shard = ShardAt(stream, put.shard_id.index());
    EXPECT_TRUE(shard.hash_key_range().Contains(Md5HashKey(data[i])));
    EXPECT_GT(put.sequence_number, last[put.shard_id.index()]);
    last[put.shard_id.index()] = put.sequence_number;
    expected[put.shard_id.index()].push_back(data[i]);
  }
  for (uint32_t shard = 0; shard < 5; ++shard) {
    EXPECT_EQ(ReadData(ShardAt(stream, shard)), expected[shard]);
  }
}

TEST(StreamBatchTest, ItsRecordsArriveTogether) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s").value();
  const std::vector<Record> records(1000, Record{.data = "d"});
  stream.PutBatch(records);
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  const RecordBatch batch = iterator.Read().value();
  EXPECT_EQ(batch.size(), 1000U);
  for (const RecordView& record : batch) {
    EXPECT_EQ(record.arrival_time, test.clock.Now());
  }
}

TEST(StreamBatchTest, ABadRecordFailsAloneAndTheOthersAreStored) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 64 * kKiB}).value();
  const std::string too_long_key(65'536, 'k');
  const std::string too_long_data(10 * kMiB + 1, 'd');
  const std::string too_large_for_the_shard(66'000, 'd');
  const Record records[] = {{.data = "0"},
                            {.partition_key = too_long_key, .data = "1"},
                            {.data = "2"},
                            {.data = too_long_data},
                            {.data = too_large_for_the_shard},
                            {.data = "5"}};
  const auto results = stream.PutBatch(records);
  ASSERT_EQ(results.size(), 6U);
  EXPECT_TRUE(results[0].ok());
  EXPECT_TRUE(Fails(results[1], absl::StatusCode::kOutOfRange, {"partition key size", "65536"}));
  EXPECT_TRUE(results[2].ok());
  EXPECT_TRUE(Fails(results[3], absl::StatusCode::kOutOfRange, {"data size", "10485761"}));
  EXPECT_TRUE(Fails(results[4], absl::StatusCode::kOutOfRange, {"shard_capacity_bytes"}));
  EXPECT_TRUE(results[5].ok());
  EXPECT_EQ(ReadData(OnlyShard(stream)), Strings({"0", "2", "5"}));
}

TEST(StreamBatchTest, WhenTheShardFillsUpTheRestFailsAndIsCounted) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 32 * kKiB}).value();
  const std::string data(500, 'd');
  const std::vector<Record> records(100, Record{.data = data});
  const auto results = stream.PutBatch(records);
  size_t accepted = 0;
  while (accepted < results.size() && results[accepted].ok()) ++accepted;
  EXPECT_GT(accepted, 30U);
  EXPECT_LT(accepted, 64U);
  for (size_t i = accepted; i < results.size(); ++i) {
    EXPECT_TRUE(Fails(results[i], absl::StatusCode::kResourceExhausted));
  }
  EXPECT_EQ(ReadData(OnlyShard(stream)).size(), accepted);
  EXPECT_EQ(OnlyShard(stream).Metrics().rejected_writes, 100 - accepted);
}

TEST(StreamBatchTest, ASmallRecordStillFitsBehindALargeOneThatDoesNot) {
  TestEngine test;
  Stream stream = test.engine->CreateStream("s", {.shard_capacity_bytes = 32 * kKiB}).value();
  const std::string large(3000, 'd');
  while (stream.Put({.data = large}).ok()) {
  }
  const Record records[] = {{.data = large}, {.data = "small"}};
  const auto results = stream.PutBatch(records);
  EXPECT_FALSE(results[0].ok());
  EXPECT_TRUE(results[1].ok());
}

// The sequence numbers of the records of each shard, in order.
std::map<ShardId, std::vector<SequenceNumber>> Expand(const std::vector<PutRange>& ranges) {
  std::map<ShardId, std::vector<SequenceNumber>> numbers;
  for (const PutRange& range : ranges) {
    const SequenceNumber& first = range.first_sequence_number;
    for (uint64_t i = 0; i < range.count; ++i) {
      numbers[range.shard_id].push_back(SequenceNumber::Make(first.shard_created_seconds(),
                                                             first.shard_index(), first.index() + i,
                                                             first.time_seconds()));
    }
  }
  return numbers;
}

TEST(StreamBatchTest, RangesNameWhatEachResultWouldHave) {
  TestEngine test;
  // Two streams alike, whose numbers are then the same.
  for (const int64_t shards : {1, 5, 60}) {
    const StreamOptions options{.shard_count = shards};
    const std::string of = std::to_string(shards);
    Stream one = test.engine->CreateStream("one of " + of, options).value();
    Stream other = test.engine->CreateStream("other of " + of, options).value();
    const std::string large(5000, 'd');
    std::vector<PutRange> ranges(3);  // overwritten
    for (int round = 0; round < 2; ++round) {
      Strings keys;
      for (int i = 0; i < 3000; ++i) keys.push_back(std::to_string(i));
      std::vector<Record> records;
      for (const std::string& key : keys) {
        const std::string_view data = records.size() % 7 == 0 ? std::string_view(large) : "d";
        records.push_back({.partition_key = key, .data = data});
      }
      EXPECT_TRUE(one.PutMany(records, &ranges).empty());
      std::map<ShardId, std::vector<SequenceNumber>> expected;
      for (const auto& result : other.PutBatch(records)) {
        expected[result->shard_id].push_back(result->sequence_number);
      }
      EXPECT_EQ(Expand(ranges), expected);
      EXPECT_EQ(shards == 1, ranges.size() == 1) << ranges.size() << " ranges";
      test.clock.Advance(absl::Seconds(1));
    }
  }
}

// Shows a second more at each reading.
class HurryingClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixMillis(NowMillis()); }
  int64_t NowMillis() const override { return 1'600'000'000'000 + 1000 * ++readings_; }
  void Wait(WaitEvent&, absl::Time) override {}

 private:
  mutable int64_t readings_ = 0;
};

TEST(StreamBatchTest, ARangeEndsWhereTheSecondOfTheNextRecordIsAnother) {
  HurryingClock clock;
  const auto engine = Engine::Create({.clock = &clock}).value();
  Stream stream = engine->CreateStream("s").value();
  const std::vector<Record> records(300, Record{.data = "d"});
  std::vector<PutRange> ranges;
  EXPECT_TRUE(stream.PutMany(records, &ranges).empty());
  EXPECT_GT(ranges.size(), 1U) << "the clock is read more than once in so many records";
  const auto numbers = Expand(ranges);
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  size_t read = 0;
  while (read < 300) {
    const RecordBatch batch = iterator.Read().value();
    for (const RecordView& record : batch) {
      EXPECT_EQ(record.sequence_number, numbers.at(ShardId(0))[read++]);
    }
  }
  EXPECT_TRUE(stream.PutMany({}, &ranges).empty());
  EXPECT_TRUE(ranges.empty());
  EXPECT_TRUE(stream.PutMany(records).empty());
}

TEST(StreamBatchTest, PutManyNamesTheRecordsThatFailed) {
  TestEngine test;
  Stream stream =
      test.engine->CreateStream("s", {.shard_count = 2, .shard_capacity_bytes = 64 * kKiB}).value();
  const std::string too_long_key(65'536, 'k');
  const std::string too_large_for_a_shard(66'000, 'd');
  std::vector<Record> records(300, Record{.data = "d"});
  records[3].partition_key = too_long_key;
  records[200].data = too_large_for_a_shard;
  records[7].explicit_hash_key = HashKey::Max();
  records[7].data = too_large_for_a_shard;
  records[5].data = too_large_for_a_shard;
  records[5].explicit_hash_key = HashKey::Min();
  std::vector<PutRange> ranges;
  const std::vector<FailedPut> failed = stream.PutMany(records, &ranges);
  ASSERT_EQ(failed.size(), 4U);
  EXPECT_EQ(failed[0].index, 3U);
  EXPECT_TRUE(Fails(failed[0].status, absl::StatusCode::kOutOfRange, {"partition key size"}));
  EXPECT_EQ(failed[1].index, 5U);
  EXPECT_EQ(failed[2].index, 7U);
  EXPECT_EQ(failed[3].index, 200U);
  EXPECT_TRUE(Fails(failed[3].status, absl::StatusCode::kOutOfRange, {"shard_capacity_bytes"}));
  uint64_t stored = 0;
  for (const PutRange& range : ranges) stored += range.count;
  EXPECT_EQ(stored, 296U);
  ASSERT_TRUE(stream.Close().ok());
  const std::vector<FailedPut> refused = stream.PutMany(records, &ranges);
  ASSERT_EQ(refused.size(), 300U);
  for (size_t i = 0; i < 300; ++i) EXPECT_EQ(refused[i].index, i);
  EXPECT_TRUE(ranges.empty());
}

// A clock that calls back once, at the second reading from now: in the middle of a batch that finds
// no memory, which reads the clock at its beginning and once more to look for what has expired.
class InterruptingClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::FromUnixSeconds(1'600'000'000); }
  int64_t NowMillis() const override {
    if (readings_ > 0 && --readings_ == 0) std::exchange(callback_, nullptr)();
    return absl::ToUnixMillis(Now());
  }
  void Wait(WaitEvent&, absl::Time) override {}

  void CallInTheMiddleOfABatch(std::function<void()> callback) {
    callback_ = std::move(callback);
    readings_ = 2;
  }

 private:
  mutable std::function<void()> callback_;
  mutable int readings_ = 0;
};

class StreamBatchReshardTest : public ::testing::Test {
 protected:
  StreamBatchReshardTest()
      : engine_(Engine::Create({.memory_budget_bytes = 64 * kKiB, .clock = &clock_}).value()),
        stream_(engine_->CreateStream("s", Small(2)).value()),
        hog_(engine_->CreateStream("hog", Small(1)).value()) {}

  static StreamOptions Small(int64_t shards) {
    return {.shard_count = shards, .shard_capacity_bytes = 64 * kKiB};
  }
  // Takes all memory, so that the next log that needs some has to ask.
  void FillMemory() {
    while (hog_.Put({.data = std::string(1000, 'd')}).ok()) {
    }
  }
  void FreeMemory() { ASSERT_TRUE(engine_->DeleteStream("hog").ok()); }
  // A batch of ten, which alternates between the lower and the upper half of the hash keys.
  std::vector<absl::StatusOr<PutResult>> PutTen() {
    std::vector<Record> records;
    for (size_t i = 0; i < 10; ++i) {
      records.push_back({.data = kDigits.substr(i, 1),
                         .explicit_hash_key = i % 2 == 0 ? HashKey::Min() : HashKey::Max()});
    }
    return stream_.PutBatch(records);
  }

  static constexpr std::string_view kDigits = "0123456789";
  InterruptingClock clock_;
  std::unique_ptr<Engine> engine_;
  Stream stream_;
  Stream hog_;
};

TEST_F(StreamBatchReshardTest, AMergeInTheMiddleSendsTheWholeBatchToTheChildInItsOrder) {
  FillMemory();
  clock_.CallInTheMiddleOfABatch([this] {
    FreeMemory();
    ASSERT_EQ(stream_.MergeShards(ShardId(0), ShardId(1)).value(), ShardId(2));
  });
  for (const auto& result : PutTen()) EXPECT_EQ(result.value().shard_id, ShardId(2));
  Strings expected;
  for (const char digit : kDigits) expected.emplace_back(1, digit);
  EXPECT_EQ(ReadData(ShardAt(stream_, 2)), expected);
  EXPECT_EQ(ReadData(ShardAt(stream_, 0)), Strings());
  EXPECT_EQ(ReadData(ShardAt(stream_, 1)), Strings());
}

TEST_F(StreamBatchReshardTest, ASplitUnderABatchToOneShardSendsItToTheChildrenInItsOrder) {
  // The first records find memory; the others ask for it.
  ASSERT_TRUE(
      stream_.Put({.data = std::string(3000, 'd'), .explicit_hash_key = HashKey::Min()}).ok());
  FillMemory();
  clock_.CallInTheMiddleOfABatch([this] {
    FreeMemory();
    ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  });
  const HashKey upper = HashKey::FromHalves(uint64_t{0x7f} << 56, 0);
  std::vector<Record> records;
  Strings data;
  for (size_t i = 0; i < 20; ++i) data.push_back(std::string(100, static_cast<char>('a' + i)));
  for (size_t i = 0; i < 20; ++i) {
    records.push_back({.data = data[i], .explicit_hash_key = i % 2 == 0 ? HashKey::Min() : upper});
  }
  const auto results = stream_.PutBatch(records);
  std::map<ShardId, Strings> expected;
  for (size_t i = 0; i < 20; ++i) {
    const ShardId id = results[i].value().shard_id;
    EXPECT_TRUE(id == ShardId(0) || id == ShardId(i % 2 == 0 ? 2 : 3)) << id.ToString();
    expected[id].push_back(data[i]);
  }
  EXPECT_EQ(expected.size(), 3U) << "some were stored before the split, some after";
  for (const uint32_t child : {2, 3}) {
    EXPECT_EQ(ReadData(ShardAt(stream_, child)), expected[ShardId(child)]);
  }
}

TEST_F(StreamBatchReshardTest, ASplitInTheMiddleMovesOnlyWhatWasNotStoredYet) {
  // The lower shard has memory for its part; the upper one asks, and is split meanwhile.
  ASSERT_TRUE(stream_.Put({.data = "before", .explicit_hash_key = HashKey::Min()}).ok());
  FillMemory();
  clock_.CallInTheMiddleOfABatch([this] {
    FreeMemory();
    ASSERT_TRUE(stream_.SplitShard(ShardId(1)).ok());
  });
  const auto results = PutTen();
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(results[i].value().shard_id, ShardId(i % 2 == 0 ? 0 : 3));
  }
  EXPECT_EQ(ReadData(ShardAt(stream_, 0)), Strings({"before", "0", "2", "4", "6", "8"}));
  EXPECT_EQ(ReadData(ShardAt(stream_, 1)), Strings());
  EXPECT_EQ(ReadData(ShardAt(stream_, 2)), Strings());
  EXPECT_EQ(ReadData(ShardAt(stream_, 3)), Strings({"1", "3", "5", "7", "9"}));
}

TEST_F(StreamBatchReshardTest, ADeletionInTheMiddleFailsTheRecordsThatWereNotStored) {
  ASSERT_TRUE(stream_.Put({.data = "before", .explicit_hash_key = HashKey::Min()}).ok());
  FillMemory();
  clock_.CallInTheMiddleOfABatch([this] { ASSERT_TRUE(engine_->DeleteStream("s").ok()); });
  const auto results = PutTen();
  for (size_t i = 0; i < 10; ++i) {
    if (i % 2 == 0) {
      EXPECT_TRUE(results[i].ok());
    } else {
      EXPECT_TRUE(Fails(results[i], absl::StatusCode::kNotFound, {"deleted"}));
    }
  }
}

}  // namespace
}  // namespace kinesis
