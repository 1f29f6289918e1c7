// Records: putting them, getting them back, and the tokens in between.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

class RecordsTest : public ClientTest {
 protected:
  RecordsTest() { Create("s"); }

  absl::StatusOr<GetShardIteratorResponse> GetIterator(
      const TextOr<ShardIteratorType>& type,
      const std::optional<TextOr<SequenceNumber>>& number = std::nullopt,
      const std::optional<absl::Time>& time = std::nullopt,
      const TextOr<ShardId>& shard = ShardId(0)) {
    return client_->GetShardIterator({.stream_name = "s",
                                      .shard_id = shard,
                                      .shard_iterator_type = type,
                                      .starting_sequence_number = number,
                                      .timestamp = time});
  }
  Strings ReadFrom(const TextOr<ShardIteratorType>& type,
                   const std::optional<TextOr<SequenceNumber>>& number = std::nullopt,
                   const std::optional<absl::Time>& time = std::nullopt) {
    return DataOf(Get(GetIterator(type, number, time).value().shard_iterator));
  }
  void Split() {
    ASSERT_TRUE(
        client_
            ->SplitShard({.stream_name = "s",
                          .shard_to_split = ShardId(0),
                          .new_starting_hash_key = HashKey::FromHalves(uint64_t{1} << 63, 0)})
            .ok());
  }
};

// --- Put -----------------------------------------------------------------------------------------

TEST_F(RecordsTest, ARecordComesBackAsItWasPut) {
  const PutRecordResponse put = Put("s", "tea", "alice");
  const GetRecordsResponse got = Get(IteratorOf("s"));
  ASSERT_EQ(got.records.size(), 1U);
  const Record record = got.records[0];
  EXPECT_EQ(record.data, "tea");
  EXPECT_EQ(record.partition_key, "alice");
  EXPECT_EQ(record.sequence_number, put.sequence_number);
  EXPECT_EQ(record.approximate_arrival_timestamp, clock_.Now());
  EXPECT_FALSE(record.encryption_type.has_value());
  EXPECT_EQ(put.shard_id, ShardId(0));
}

TEST_F(RecordsTest, AnExplicitHashKeyDecidesTheShard) {
  Create("two", 2);
  const auto put = [this](const TextOr<HashKey>& key) {
    return client_->PutRecord(
        {.stream_name = "two", .data = "d", .partition_key = "k", .explicit_hash_key = key});
  };
  EXPECT_EQ(put("0")->shard_id, ShardId(0));
  EXPECT_EQ(put(HashKey::Max())->shard_id, ShardId(1));
  EXPECT_EQ(put("340282366920938463463374607431768211455")->shard_id, ShardId(1));
  EXPECT_TRUE(Fails(
      put("340282366920938463463374607431768211456"), ErrorType::kInvalidArgument,
      "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified "
      "value was 340282366920938463463374607431768211456"));
}

TEST_F(RecordsTest, ANumberForOrderingIsOneThatWasGivenOut) {
  const SequenceNumber first = Put("s", "1").sequence_number;
  const auto put = [this](const TextOr<SequenceNumber>& number) {
    return client_->PutRecord({.stream_name = "s",
                               .data = "d",
                               .partition_key = "k",
                               .sequence_number_for_ordering = number});
  };
  EXPECT_GT(put(first)->sequence_number, first);
  EXPECT_TRUE(put(first.ToString()).ok());
  EXPECT_TRUE(Fails(put("12"), ErrorType::kInvalidArgument,
                    "ExclusiveMinimumSequenceNumber 12 used in PutRecord on stream s under account "
                    "000000000000 is invalid."));
}

TEST_F(RecordsTest, ANumberForOrderingIsJudgedByItsShardAndNotByTheClock) {
  const auto put = [this](const SequenceNumber& number) {
    return client_->PutRecord({.stream_name = "s",
                               .data = "d",
                               .partition_key = "k",
                               .sequence_number_for_ordering = number});
  };
  const SequenceNumber first = Put("s", "1").sequence_number;
  clock_.Advance(-absl::Hours(1));
  EXPECT_GT(put(first)->sequence_number, first);
  // Of the shard's future, and of a shard's end.
  const SequenceNumber second = put(first)->sequence_number;
  for (const uint64_t index : {second.index() + 1, SequenceNumber::kMaxIndex}) {
    EXPECT_TRUE(Fails(
        put(SequenceNumber::Make(first.shard_created_seconds(), 0, index, first.time_seconds())),
        ErrorType::kInvalidArgument))
        << index;
  }
  // Of no shard.
  EXPECT_TRUE(Fails(put(SequenceNumber::Make(first.shard_created_seconds(), 9, 1, 0)),
                    ErrorType::kInvalidArgument));
  // Of a stream that was made later; and of a closed shard of this one.
  clock_.Advance(absl::Hours(2));
  Create("later");
  EXPECT_TRUE(Fails(put(Put("later", "d").sequence_number), ErrorType::kInvalidArgument));
  ASSERT_TRUE(
      client_
          ->SplitShard(
              {.stream_name = "s", .shard_to_split = ShardId(0), .new_starting_hash_key = "1000"})
          .ok());
  EXPECT_GT(put(second)->sequence_number, second);
  clock_.Advance(absl::Hours(25));  // the shard has expired
  EXPECT_TRUE(put(second).ok());
}

TEST_F(RecordsTest, ABatchKeepsItsOrderAndReportsEachRecord) {
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace();
  for (const char* data : {"a", "b", "c"}) {
    request.records->push_back({.data = data, .partition_key = "k"});
  }
  const PutRecordsResponse response = client_->PutRecords(request).value();
  EXPECT_EQ(response.failed_record_count, 0);
  ASSERT_EQ(response.records.size(), 3U);
  EXPECT_LT(*response.records[0].sequence_number, *response.records[1].sequence_number);
  EXPECT_EQ(DataOf(Get(IteratorOf("s"))), Strings({"a", "b", "c"}));
}

TEST_F(RecordsTest, ABatchWithARecordThatIsTooLargeIsRefusedWhole) {
  const std::string large((1 << 20) + 1, 'x');
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace();
  request.records->push_back({.data = "a", .partition_key = "k"});
  request.records->push_back({.data = large, .partition_key = "k"});
  EXPECT_TRUE(
      Fails(client_->PutRecords(request), ErrorType::kValidation,
            "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 "
            "cap=1048577]' at 'records.2.member.data' failed to satisfy constraint: Member must "
            "have length less than or equal to 1048576"));
  EXPECT_TRUE(Get(IteratorOf("s")).records.empty());
}

TEST_F(RecordsTest, ARecordCountsWithItsKeyAloneAndInABatch) {
  const std::string data(1 << 20, 'x');
  const auto put = [this](std::string_view of, const char* key) {
    return client_->PutRecord({.stream_name = "s", .data = of, .partition_key = key});
  };
  const std::string_view all_but_one = std::string_view(data).substr(1);
  EXPECT_TRUE(put(all_but_one, "k").ok());
  EXPECT_TRUE(Fails(put(all_but_one, "ke"), ErrorType::kValidation));
  EXPECT_TRUE(Fails(put(data, "k"), ErrorType::kValidation));
  // Ten times a mebibyte with the keys; then one byte of a key more.
  const auto entry = [&](size_t bytes, const char* key) {
    return PutRecordsRequestEntry{.data = std::string_view(data).substr(0, bytes),
                                  .partition_key = key};
  };
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(9, entry(all_but_one.size(), "k"));
  request.records->push_back(entry(all_but_one.size() - 1, "k"));
  request.records->push_back(entry(0, "k"));
  EXPECT_EQ(client_->PutRecords(request).value().failed_record_count, 0);
  request.records->back().partition_key = "ke";
  EXPECT_TRUE(Fails(client_->PutRecords(request), ErrorType::kInvalidArgument,
                    "Records size exceeds 10 MB limit"));
}

TEST_F(RecordsTest, ABatchHasASizeLimit) {
  const std::string data(1 << 20, 'x');
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(
      11, PutRecordsRequestEntry{.data = std::string_view(data).substr(1), .partition_key = "k"});
  EXPECT_TRUE(Fails(client_->PutRecords(request), ErrorType::kInvalidArgument,
                    "Records size exceeds 10 MB limit"));
  request.records->resize(10);
  EXPECT_EQ(client_->PutRecords(request)->failed_record_count, 0);
}

// --- Shard iterators -----------------------------------------------------------------------------

TEST_F(RecordsTest, TheFiveTypesOfIteratorBeginWhereTheySay) {
  const SequenceNumber a = Put("s", "a").sequence_number;
  clock_.Advance(absl::Seconds(1));
  const absl::Time middle = clock_.Now();
  Put("s", "b");
  EXPECT_EQ(ReadFrom("TRIM_HORIZON"), Strings({"a", "b"}));
  EXPECT_EQ(ReadFrom("LATEST"), Strings());
  EXPECT_EQ(ReadFrom("AT_SEQUENCE_NUMBER", a), Strings({"a", "b"}));
  EXPECT_EQ(ReadFrom("AFTER_SEQUENCE_NUMBER", a.ToString()), Strings({"b"}));
  EXPECT_EQ(ReadFrom("AT_TIMESTAMP", std::nullopt, middle), Strings({"b"}));
  EXPECT_EQ(ReadFrom("AT_TIMESTAMP", std::nullopt, absl::UnixEpoch()), Strings({"a", "b"}));
}

TEST_F(RecordsTest, LatestIsAsOfTheCall) {
  const ShardIterator latest = IteratorOf("s", ShardId(0), ShardIteratorType::kLatest);
  const ShardIterator text = latest.ToString();
  Put("s", "later");
  EXPECT_EQ(DataOf(Get(latest)), Strings({"later"}));
  EXPECT_EQ(DataOf(Get(text)), Strings({"later"}));
}

TEST_F(RecordsTest, AClockThatIsSomewhatAheadIsNoFuture) {
  for (const int ahead_ms : {1, 8, 50, 100}) {
    const auto iterator =
        GetIterator("AT_TIMESTAMP", std::nullopt, clock_.Now() + absl::Milliseconds(ahead_ms));
    ASSERT_TRUE(iterator.ok()) << iterator.status();
    Put("s", std::to_string(ahead_ms));
    EXPECT_EQ(DataOf(Get(iterator->shard_iterator)).back(), std::to_string(ahead_ms));
    clock_.Advance(absl::Seconds(1));
  }
}

TEST_F(RecordsTest, TheTextOfAnIteratorIsLikeTheServices) {
  for (const size_t name_length : {1, 15, 16, 17, 128}) {
    const std::string name(name_length, 'n');
    Create(name);
    const std::string text = IteratorOf(name).ToString();
    std::string bytes;
    ASSERT_TRUE(absl::Base64Unescape(text, &bytes));
    EXPECT_EQ(bytes.size() % 16, 8U) << name_length;
    EXPECT_LE(text.size(), 512U);
    EXPECT_TRUE(client_->GetRecords({.shard_iterator = "\"" + text + "\""}).ok());
    EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = "\"" + text}),
                      ErrorType::kInvalidArgument, "Invalid ShardIterator."));
  }
  for (const char* text : {"\"", "\"\"", "\"\"\"\""}) {
    EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = text}), ErrorType::kInvalidArgument,
                      "Invalid ShardIterator."));
  }
}

TEST_F(RecordsTest, EachIteratorDiffersFromTheOneBeforeAtTheTipToo) {
  std::set<std::string> texts = {IteratorOf("s").ToString()};
  EXPECT_TRUE(texts.insert(IteratorOf("s").ToString()).second);
  ShardIterator typed = IteratorOf("s");
  ShardIterator text = IteratorOf("s").ToString();
  for (int i = 0; i < 10; ++i) {
    typed = *Get(typed).next_shard_iterator;
    text = Get(text).next_shard_iterator->ToString();
    EXPECT_TRUE(texts.insert(typed.ToString()).second) << i;
    EXPECT_TRUE(texts.insert(text.text()).second) << i;
  }
}

TEST_F(RecordsTest, TypesAndMembersHaveToGoTogether) {
  const std::string rule =
      "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
      "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. ";
  EXPECT_TRUE(Fails(GetIterator("AT_SEQUENCE_NUMBER"), ErrorType::kInvalidArgument,
                    rule + "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."));
  EXPECT_TRUE(Fails(GetIterator("LATEST", "1"), ErrorType::kInvalidArgument,
                    rule + "Request specified LATEST and also a StartingSequenceNumber."));
  EXPECT_TRUE(Fails(GetIterator("AT_TIMESTAMP"), ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(GetIterator("AT_TIMESTAMP", std::nullopt, clock_.Now() + absl::Seconds(1)),
                    ErrorType::kInvalidArgument));
}

TEST_F(RecordsTest, ANumberHasToBeOfTheShard) {
  Create("two", 2);
  const SequenceNumber other = client_
                                   ->PutRecord({.stream_name = "two",
                                                .data = "d",
                                                .partition_key = "k",
                                                .explicit_hash_key = HashKey::Max()})
                                   .value()
                                   .sequence_number;
  EXPECT_TRUE(Fails(GetIterator("AT_SEQUENCE_NUMBER", other), ErrorType::kInvalidArgument,
                    "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was "
                    "used in a call to a shard with shardId-000000000000"));
  EXPECT_TRUE(Fails(GetIterator("AT_SEQUENCE_NUMBER", "12345"), ErrorType::kInvalidArgument,
                    "Invalid StartingSequenceNumber. It encodes shardId-000000012345, while it was "
                    "used in a call to a shard with shardId-000000000000"));
  clock_.Advance(absl::Seconds(5));
  Create("later");
  const SequenceNumber later = Put("later", "d").sequence_number;
  EXPECT_TRUE(Fails(GetIterator("AT_SEQUENCE_NUMBER", later), ErrorType::kInvalidArgument,
                    "StartingSequenceNumber " + later.ToString() +
                        " used in GetShardIterator on shard shardId-000000000000 in stream s under "
                        "account 000000000000 is invalid because it did not come from this "
                        "stream."));
  EXPECT_TRUE(Fails(GetIterator("AT_SEQUENCE_NUMBER", "0"), ErrorType::kInternalFailure));
}

TEST_F(RecordsTest, AShardThatIsNotThereIsNotFound) {
  EXPECT_TRUE(Fails(GetIterator("LATEST", std::nullopt, std::nullopt, "shardId-000000000009"),
                    ErrorType::kResourceNotFound,
                    "Shard shardId-000000000009 in stream s under account 000000000000 does not "
                    "exist"));
  EXPECT_TRUE(Fails(GetIterator("LATEST", std::nullopt, std::nullopt, "nonsense"),
                    ErrorType::kResourceNotFound));
  EXPECT_TRUE(GetIterator("LATEST", std::nullopt, std::nullopt, "shardId-0").ok());
}

// --- GetRecords ----------------------------------------------------------------------------------

TEST_F(RecordsTest, WhatExpiredBehindATokenShowsInTheEnginesBatchAndNowhereInTheServicesShape) {
  const SequenceNumber first = Put("s", "0").sequence_number;
  Put("s", "1");
  Put("s", "2");
  clock_.Advance(absl::Hours(24) + absl::Milliseconds(1));
  Put("s", "3");
  const auto late = GetIterator(ShardIteratorType::kAfterSequenceNumber, first);
  ASSERT_TRUE(late.ok()) << late.status();
  const GetRecordsResponse page = Get(late->shard_iterator.ToString());
  EXPECT_EQ(DataOf(page), Strings{"3"});
  EXPECT_EQ(page.millis_behind_latest, 0);
  if (!client_->in_process()) GTEST_SKIP() << "batches are an engine's";
  EXPECT_EQ(page.records.batch().records_lost(), 2U);
  EXPECT_EQ(Get(*page.next_shard_iterator).records.batch().records_lost(), 0U);
}

TEST_F(RecordsTest, PagesFollowOneAnother) {
  for (int i = 0; i < 5; ++i) Put("s", std::to_string(i));
  GetRecordsResponse page = Get(IteratorOf("s"), 2);
  EXPECT_EQ(DataOf(page), Strings({"0", "1"}));
  page = Get(*page.next_shard_iterator, 2);
  EXPECT_EQ(DataOf(page), Strings({"2", "3"}));
  page = Get(page.next_shard_iterator->ToString(), 2);
  EXPECT_EQ(DataOf(page), Strings({"4"}));
  EXPECT_EQ(page.millis_behind_latest, 0);
}

TEST_F(RecordsTest, MillisBehindLatestIsAgainstNow) {
  Put("s", "a");
  Put("s", "b");
  clock_.Advance(absl::Milliseconds(1234));
  EXPECT_EQ(Get(IteratorOf("s"), 1).millis_behind_latest, 1234);
  EXPECT_EQ(Get(IteratorOf("s")).millis_behind_latest, 0);
}

TEST_F(RecordsTest, AClosedShardEndsWithItsChildren) {
  Put("s", "before");
  Split();
  Put("s", "after");
  GetRecordsResponse page = Get(IteratorOf("s"), 1);
  EXPECT_EQ(DataOf(page), Strings({"before"}));
  if (page.next_shard_iterator) page = Get(*page.next_shard_iterator);
  EXPECT_FALSE(page.next_shard_iterator.has_value());
  ASSERT_EQ(page.child_shards->size(), 2U);
  EXPECT_EQ(page.child_shards->at(0).shard_id, ShardId(1));
  EXPECT_EQ(page.child_shards->at(0).parent_shards, std::vector<ShardId>{ShardId(0)});
  EXPECT_EQ(page.child_shards->at(1).hash_key_range.ending_hash_key, HashKey::Max());
}

TEST_F(RecordsTest, AnIteratorExpiresAfterFiveMinutes) {
  const ShardIterator typed = IteratorOf("s");
  const ShardIterator text = typed.ToString();
  clock_.Advance(absl::Minutes(5));
  Get(typed);
  Get(text);
  clock_.Advance(absl::Milliseconds(1));
  for (const ShardIterator& iterator : {typed, text}) {
    EXPECT_TRUE(Fails(
        client_->GetRecords({.shard_iterator = iterator}), ErrorType::kExpiredIterator,
        "Iterator expired. The iterator was created at time Sun Sep 13 12:26:40 UTC 2020 while "
        "right now it is Sun Sep 13 12:31:40 UTC 2020 which is further in the future than the "
        "tolerated delay of 300000 milliseconds."));
  }
}

TEST_F(RecordsTest, EachReadGivesAnIteratorWithAWholeLifetime) {
  ShardIterator typed = IteratorOf("s");
  ShardIterator text = typed.ToString();
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Minutes(4));
    typed = *Get(typed).next_shard_iterator;
    text = Get(text).next_shard_iterator->ToString();
  }
}

TEST_F(RecordsTest, ATokenThatIsNotOursReadsNothing) {
  Put("s", "secret");
  std::string text = IteratorOf("s").ToString();
  const auto foreign = Client::Create(client_->engine(), WithoutRates()).value();
  EXPECT_TRUE(Fails(foreign->GetRecords({.shard_iterator = text}), ErrorType::kInvalidArgument,
                    "Invalid ShardIterator."));
  EXPECT_TRUE(Fails(foreign->GetRecords({.shard_iterator = IteratorOf("s")}),
                    ErrorType::kInvalidArgument, "Invalid ShardIterator."));
  text[20] = text[20] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = text}), ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = ""}), ErrorType::kValidation));
}

TEST_F(RecordsTest, AnIteratorIsOfTheStreamThatStandsBesideIt) {
  Create("other");
  const auto get = [this](const std::string& name, bool by_id) {
    const StreamDescriptionSummary summary =
        client_->DescribeStreamSummary({.stream_name = name})->stream_description_summary;
    GetRecordsRequest request{.shard_iterator = IteratorOf("s")};
    if (by_id) request.stream_id = summary.stream_id;
    if (!by_id) request.stream_arn = summary.stream_arn;
    return client_->GetRecords(request);
  };
  for (const bool by_id : {true, false}) {
    EXPECT_TRUE(get("s", by_id).ok());
    EXPECT_TRUE(Fails(get("other", by_id), ErrorType::kInvalidArgument,
                      "The ShardIterator is not of the stream that is named, but of stream s "
                      "under account 000000000000."));
  }
}

TEST_F(RecordsTest, ATokenDoesNotOutliveItsStream) {
  const ShardIterator typed = IteratorOf("s");
  const ShardIterator text = typed.ToString();
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  Create("s");
  Put("s", "of the new stream");
  for (const ShardIterator& iterator : {typed, text}) {
    EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = iterator}),
                      ErrorType::kResourceNotFound,
                      "Stream s under account 000000000000 not found."));
  }
}

}  // namespace
}  // namespace kinesis::api
