#include "kinesis_core/stream.h"

#include <cstdint>
#include <functional>
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
#include "kinesis_core/testing/engine_testing.h"

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
  const std::string too_large_for_the_shard(65'000, 'd');
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
