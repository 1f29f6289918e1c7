// The producer, and PutRecords that puts again what was refused.
#include "kinesis_core/api/producer.h"

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/aggregation.h"
#include "kinesis_core/api/resend.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

class ProducerTest : public ClientTest {
 protected:
  explicit ProducerTest(const ClientOptions& options = WithoutRates())
      : ClientTest(options, Faults::kOn) {
    ClientFixture::Create("s", 2);
  }

  std::unique_ptr<Producer> Make(ProducerOptions options = {}) {
    options.stream_name = "s";
    options.on_result = [this](const ProducerResult& result) { results_.push_back(result); };
    return Producer::Create(*client_, std::move(options)).value();
  }

  // What is in a shard, as it was put; and how many records of the stream that are.
  std::vector<std::pair<std::string, std::string>> UsersOf(ShardId shard,
                                                           size_t* stored = nullptr) {
    const GetRecordsResponse response = Get(IteratorOf("s", shard));
    if (stored != nullptr) *stored = response.records.size();
    HashKeyRange range;
    for (const Shard& known : ShardsOf("s")) {
      if (known.shard_id == shard) range = known.hash_key_range;
    }
    std::vector<std::pair<std::string, std::string>> users;
    for (const UserRecord& user : Deaggregate(response.records, range)) {
      users.emplace_back(user.partition_key.value_or(""), user.data);
    }
    return users;
  }

  std::vector<ProducerResult> results_;
};

TEST_F(ProducerTest, SmallRecordsOfAShardBecomeOneAndEachIsToldWhere) {
  const auto producer = Make();
  std::map<std::string, Strings> put;
  for (int i = 0; i < 200; ++i) {
    const std::string key = "k" + std::to_string(i % 40);
    const std::string data = std::to_string(i);
    EXPECT_EQ(producer->Put({.partition_key = key, .data = data}).value(), i);
    put[key].push_back(data);
  }
  EXPECT_TRUE(results_.empty());
  EXPECT_TRUE(producer->Flush().ok());

  ASSERT_EQ(results_.size(), 200U);
  std::set<uint64_t> numbers;
  for (const ProducerResult& result : results_) {
    EXPECT_TRUE(result.status.ok());
    numbers.insert(result.number);
  }
  EXPECT_EQ(numbers.size(), 200U);
  std::map<std::string, Strings> read;
  for (const uint32_t shard : {0, 1}) {
    size_t stored = 0;
    for (const auto& [key, data] : UsersOf(ShardId(shard), &stored)) read[key].push_back(data);
    EXPECT_EQ(stored, 1U);
  }
  EXPECT_EQ(read, put);
  EXPECT_EQ(kinesis::testing::DrainUserRecords(*client_, "s")->size(), 200U);
  EXPECT_EQ(kinesis::testing::DrainStream(*client_, "s")->size(), 2U);
}

TEST_F(ProducerTest, ARecordAloneIsPlainAndKeepsItsHashKey) {
  const auto producer = Make();
  ASSERT_TRUE(
      producer->Put({.partition_key = "a", .data = "x", .explicit_hash_key = HashKey::Max()}).ok());
  ASSERT_TRUE(producer->Flush().ok());
  const GetRecordsResponse response = Get(IteratorOf("s", ShardId(1)));
  EXPECT_EQ(DataOf(response), Strings{"x"});
  EXPECT_EQ(results_.at(0).shard_id, ShardId(1));
}

TEST_F(ProducerTest, PumpSendsWhatHasWaitedAndSaysWhenToComeAgain) {
  const auto producer = Make({.linger = absl::Seconds(5)});
  EXPECT_EQ(producer->NextPump(), absl::InfiniteFuture());
  const absl::Time begin = client_->clock().Now();
  ASSERT_TRUE(
      producer->Put({.partition_key = "a", .data = "1", .explicit_hash_key = HashKey::Min()}).ok());
  EXPECT_GE(producer->NextPump(), begin + absl::Seconds(4));
  clock_.Advance(absl::Seconds(3));
  ASSERT_TRUE(
      producer->Put({.partition_key = "a", .data = "2", .explicit_hash_key = HashKey::Max()}).ok());
  ASSERT_TRUE(producer->Pump().ok());
  EXPECT_TRUE(results_.empty());
  clock_.Advance(absl::Seconds(2) + absl::Milliseconds(10));
  ASSERT_TRUE(producer->Pump().ok());
  EXPECT_EQ(results_.size(), 1U);
  ASSERT_TRUE(producer->Flush().ok());
  EXPECT_EQ(results_.size(), 2U);
}

TEST_F(ProducerTest, AFullCollectionGoesOutByItself) {
  const auto producer = Make({.aggregate_bytes_max = 1000, .collection_count_max = 3});
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(producer->Put({.partition_key = "a", .data = std::string(90, 'x')}).ok());
  }
  EXPECT_GE(results_.size(), 70U);
  const GetRecordsResponse response = Get(IteratorOf("s", results_[0].shard_id));
  for (const Record& record : response.records) EXPECT_LE(record.data.size(), 1000U);
  EXPECT_EQ(response.records.size() % 3, 0U);
}

TEST_F(ProducerTest, WithoutAggregationRecordsStayTheirOwn) {
  const auto producer = Make({.aggregate = false});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(producer->Put({.partition_key = "a", .data = std::to_string(i)}).ok());
  }
  ASSERT_TRUE(producer->Flush().ok());
  EXPECT_EQ(DataOf(Get(IteratorOf("s", results_.at(0).shard_id))),
            (Strings{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}));
}

TEST_F(ProducerTest, AfterASplitNothingIsLostToConsumersOfEitherKind) {
  const auto producer = Make();
  std::multiset<std::string> put;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(producer->Put({.partition_key = "k" + std::to_string(i), .data = "d"}).ok());
    put.insert("k" + std::to_string(i));
  }
  ASSERT_TRUE(
      client_
          ->UpdateShardCount(
              {.stream_name = "s", .target_shard_count = 4, .scaling_type = "UNIFORM_SCALING"})
          .ok());
  ASSERT_TRUE(producer->Flush().ok());
  EXPECT_EQ(results_.size(), 50U);

  for (const OutsideEntries outside : {OutsideEntries::kDrop, OutsideEntries::kDropRecord}) {
    std::multiset<std::string> read;
    for (const Shard& shard : ShardsOf("s")) {
      const GetRecordsResponse response = Get(IteratorOf("s", shard.shard_id));
      for (const UserRecord& user : Deaggregate(response.records, shard.hash_key_range, outside)) {
        read.emplace(*user.partition_key);
      }
    }
    for (const std::string& key : put) EXPECT_GE(read.count(key), 1U) << key;
    if (outside == OutsideEntries::kDropRecord) {
      EXPECT_EQ(read, put);
    }
  }
}

TEST_F(ProducerTest, WhatItRefusesItNames) {
  const auto refusal = [this](ProducerOptions options) {
    return std::string(Producer::Create(*client_, std::move(options)).status().message());
  };
  EXPECT_EQ(refusal({}), "stream_name or stream_arn must be given");
  EXPECT_EQ(refusal({.stream_name = "s", .collection_count_max = 501}),
            "collection_count_max must be 1 to 500, and is 501");
  EXPECT_EQ(refusal({.stream_name = "s", .linger = absl::Seconds(-1)}),
            "linger must not be negative");
  EXPECT_EQ(refusal({.stream_name = "s", .aggregate_bytes_max = 0}),
            "aggregate_bytes_max must be at least 1");

  const auto producer = Make({.record_bytes_max = 10});
  const auto message = [&](std::string_view key, std::string_view data) {
    return std::string(producer->Put({.partition_key = key, .data = data}).status().message());
  };
  EXPECT_EQ(message("", "x"), "partition_key must have 1 to 256 characters, and has 0");
  EXPECT_EQ(message(std::string(257, 'k'), "x"),
            "partition_key must have 1 to 256 characters, and has 257");
  EXPECT_EQ(message("\xff", "x"), "partition_key must be UTF-8");
  // Overlong, and a surrogate: protobuf takes neither for a string.
  EXPECT_EQ(message("\xe0\x80\xaf", "x"), "partition_key must be UTF-8");
  EXPECT_EQ(message("\xed\xa0\x80", "x"), "partition_key must be UTF-8");
  EXPECT_EQ(message("key", "12345678"),
            "partition_key and data must have at most 10 bytes, and have 11");
  EXPECT_TRUE(producer->Flush().ok());
  EXPECT_TRUE(results_.empty());

  const auto lost = Producer::Create(*client_, {.stream_name = "none"}).value();
  EXPECT_TRUE(Fails(lost->Put({.partition_key = "k"}), ErrorType::kResourceNotFound));
}

TEST_F(ProducerTest, ItsEndTellsOfWhatWasNotSent) {
  Make()->Put({.partition_key = "k", .data = "x"}).value();
  ASSERT_EQ(results_.size(), 1U);
  EXPECT_EQ(results_[0].status.code(), absl::StatusCode::kCancelled);
}

TEST_F(ProducerTest, ThreadsPutAtOnce) {
  ProducerOptions options{.stream_name = "s", .aggregate_bytes_max = 300};
  std::atomic<int> stored = 0;
  options.on_result = [&stored](const ProducerResult& result) { stored += result.status.ok(); };
  options.collection_count_max = 2;
  const auto producer = Producer::Create(*client_, std::move(options)).value();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&producer, t] {
      for (int i = 0; i < 200; ++i) {
        EXPECT_TRUE(producer->Put({.partition_key = std::to_string(t), .data = "0123456789"}).ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(producer->Flush().ok());
  EXPECT_EQ(stored, 800);
}

// --- PutAllRecords -------------------------------------------------------------------------------

class ResendTest : public ProducerTest {
 protected:
  // Records of these keys, with their place as data.
  PutRecordsRequest RequestOf(const Strings& keys) {
    keys_ = keys;
    data_.clear();
    for (size_t i = 0; i < keys.size(); ++i) data_.push_back(std::to_string(i));
    PutRecordsRequest request{.stream_name = "s"};
    request.records.emplace();
    for (size_t i = 0; i < keys.size(); ++i) {
      request.records->push_back({.data = data_[i], .partition_key = keys_[i]});
    }
    return request;
  }

  const ResendOptions at_once_ = {.random = [] { return 0.0; }};
  Strings keys_;
  Strings data_;
};

TEST_F(ResendTest, OnlyWhatWasRefusedIsPutAgainAndKeysStayInOrder) {
  faults_.FailPutsAtRandom(0.4);
  const PutRecordsRequest request = RequestOf({"a", "b", "a", "a", "c", "b", "a"});
  ResendOptions options = at_once_;
  options.max_attempts = 100;
  const auto response = PutAllRecords(*client_, request, options);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->failed_record_count, 0);
  ASSERT_EQ(response->records.size(), 7U);
  std::map<std::string, Strings> read;
  for (const uint32_t shard : {0, 1}) {
    for (const auto& [key, data] : UsersOf(ShardId(shard))) read[key].push_back(data);
  }
  EXPECT_EQ(read, (std::map<std::string, Strings>{
                      {"a", {"0", "2", "3", "6"}}, {"b", {"1", "5"}}, {"c", {"4"}}}));
}

TEST_F(ResendTest, ARecordThatFailsForGoodHoldsBackThoseOfItsKeyAlone) {
  faults_.FailPutsAtRandom(1.0);
  const auto response = PutAllRecords(*client_, RequestOf({"a", "a", "b"}), at_once_);
  ASSERT_TRUE(response.ok());
  EXPECT_EQ(response->failed_record_count, 3);
  for (const PutRecordsResultEntry& result : response->records) {
    EXPECT_TRUE(result.error_code.has_value());
  }
}

TEST_F(ResendTest, TheFirstCallsErrorIsTheAnswer) {
  PutRecordsRequest request = RequestOf({"a"});
  request.stream_name = "none";
  EXPECT_TRUE(Fails(PutAllRecords(*client_, request), ErrorType::kResourceNotFound));
  request.records.reset();
  EXPECT_TRUE(Fails(PutAllRecords(*client_, request), ErrorType::kValidation));
}

}  // namespace
}  // namespace kinesis::api
