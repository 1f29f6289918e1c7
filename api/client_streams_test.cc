// Streams: their life, their descriptions, and what can be changed about them.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

class StreamsTest : public ClientTest {};

// --- Creating and deleting -----------------------------------------------------------------------

TEST_F(StreamsTest, ANewStreamIsDescribed) {
  Create("orders", 2);
  const auto description =
      client_->DescribeStream({.stream_name = "orders"}).value().stream_description;
  EXPECT_EQ(description.stream_name, "orders");
  EXPECT_EQ(description.stream_arn, "arn:aws:kinesis:us-east-1:000000000000:stream/orders");
  EXPECT_EQ(description.stream_status, StreamStatus::kActive);
  EXPECT_EQ(description.stream_mode_details->stream_mode, StreamMode::kProvisioned);
  EXPECT_EQ(description.shards.size(), 2U);
  EXPECT_FALSE(description.has_more_shards);
  EXPECT_EQ(description.retention_period_hours, 24);
  EXPECT_EQ(description.stream_creation_timestamp, clock_.Now());
  EXPECT_EQ(description.encryption_type, EncryptionType::kNone);
  ASSERT_EQ(description.enhanced_monitoring.size(), 1U);
  EXPECT_TRUE(description.enhanced_monitoring[0].shard_level_metrics.empty());
}

TEST_F(StreamsTest, ADeletedStreamIsMissedByEveryThreadThatHasPutToItAndItsNameFindsTheNextOne) {
  const kinesis::testing::WaitingFor waiting("the puts of four threads to miss the stream");
  const auto put = [this] {
    return client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = "k"});
  };
  for (int life = 0; life < 3; ++life) {
    Create("s");
    std::atomic<int> found = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&put, &found] {
        EXPECT_TRUE(put().ok());
        ++found;
        while (put().ok()) std::this_thread::yield();
        EXPECT_TRUE(Fails(put(), ErrorType::kResourceNotFound));
      });
    }
    while (found < 4) std::this_thread::yield();
    EXPECT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
    EXPECT_TRUE(Fails(put(), ErrorType::kResourceNotFound));
    for (std::thread& thread : threads) thread.join();
  }
}

TEST_F(StreamsTest, AStreamMadeByItsNameAloneBeginsAsAnOnDemandOne) {
  ASSERT_TRUE(client_->CreateStream({.stream_name = "s"}).ok());
  const auto description = client_->DescribeStream({.stream_name = "s"}).value().stream_description;
  EXPECT_EQ(description.shards.size(), 4U);
  EXPECT_EQ(description.stream_mode_details->stream_mode, StreamMode::kOnDemand);
}

TEST_F(StreamsTest, AProvisionedStreamHasToSayHowManyShards) {
  EXPECT_TRUE(Fails(client_->CreateStream(
                        {.stream_name = "s",
                         .stream_mode_details = StreamModeDetails{.stream_mode = "PROVISIONED"}}),
                    ErrorType::kValidation,
                    "1 validation error detected: Value null at 'shardCount' failed to satisfy "
                    "constraint: Member must not be null"));
}

TEST_F(StreamsTest, OneStreamMoreThanMayBeInCreatingOrDeletingIsToldInTheServicesWords) {
  LifecycleDelays delays = LifecycleDelays::ServiceLike();
  delays.delete_stream = absl::Seconds(30);
  EXPECT_TRUE(client_->SetLimits(WithoutRates().limits, delays).ok());
  const std::string message =
      "This request would have exceed the limit on the number of streams that can simultaneously "
      "be in CREATING or DELETING. Limit: 5";
  for (const char* name : {"a", "b", "c", "d", "e"}) Create(name);
  const auto sixth = [this] {
    return client_->CreateStream({.stream_name = "f", .shard_count = 1});
  };
  EXPECT_TRUE(Fails(sixth(), ErrorType::kLimitExceeded, message));
  // From CREATING to DELETING makes no room, as the deletion ends later.
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "a"}).ok());
  EXPECT_EQ(StatusOf("a"), StreamStatus::kDeleting);
  EXPECT_TRUE(Fails(sixth(), ErrorType::kLimitExceeded, message));
  clock_.Advance(absl::Seconds(10));
  for (const char* name : {"b", "c", "d", "e"}) {
    ASSERT_TRUE(client_->DeleteStream({.stream_name = name}).ok());
  }
  EXPECT_TRUE(Fails(sixth(), ErrorType::kLimitExceeded, message));
  clock_.Advance(absl::Seconds(20));
  EXPECT_TRUE(sixth().ok());
}

TEST_F(StreamsTest, TheSummaryCountsOpenShardsAndConsumers) {
  Create("orders", 2);
  ASSERT_TRUE(client_
                  ->MergeShards({.stream_name = "orders",
                                 .shard_to_merge = ShardId(0),
                                 .adjacent_shard_to_merge = ShardId(1)})
                  .ok());
  const auto summary =
      client_->DescribeStreamSummary({.stream_name = "orders"}).value().stream_description_summary;
  EXPECT_EQ(summary.open_shard_count, 1);
  EXPECT_EQ(summary.consumer_count, 0);
  EXPECT_EQ(summary.max_record_size_in_kib, 1024);
  EXPECT_EQ(summary.stream_id->size(), 24U);
}

TEST_F(StreamsTest, AStreamIsFoundByNameArnAndId) {
  Create("orders");
  const auto summary =
      client_->DescribeStreamSummary({.stream_name = "orders"}).value().stream_description_summary;
  EXPECT_TRUE(client_->DescribeStreamSummary({.stream_arn = summary.stream_arn}).ok());
  EXPECT_TRUE(client_->DescribeStreamSummary({.stream_id = summary.stream_id}).ok());
  EXPECT_TRUE(client_
                  ->DescribeStreamSummary({.stream_name = "orders",
                                           .stream_arn = summary.stream_arn,
                                           .stream_id = summary.stream_id})
                  .ok());
}

TEST_F(StreamsTest, NamesThatDisagreeAreRefused) {
  Create("orders");
  Create("other");
  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/other";
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "orders", .stream_arn = arn}),
                    ErrorType::kInvalidArgument));
  const auto id = client_->DescribeStreamSummary({.stream_name = "orders"})
                      .value()
                      .stream_description_summary.stream_id;
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "other", .stream_id = id}),
                    ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(client_->DescribeStream({}), ErrorType::kInvalidArgument));
}

TEST_F(StreamsTest, AStreamThatIsNotThereIsNotFound) {
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "x"}), ErrorType::kResourceNotFound,
                    "Stream x under account 000000000000 not found."));
  EXPECT_TRUE(Fails(client_->DeleteStream({.stream_name = "x"}), ErrorType::kResourceNotFound));
  EXPECT_TRUE(Fails(
      client_->DescribeStream({.stream_arn = "arn:aws:kinesis:us-east-1:111111111111:stream/x"}),
      ErrorType::kResourceNotFound, "Stream x under account 111111111111 not found."));
  // Text that is no shard's id is told first.
  EXPECT_TRUE(
      Fails(client_->DescribeStream({.stream_name = "x", .exclusive_start_shard_id = "first"}),
            ErrorType::kResourceNotFound,
            "Could not find shard first in stream x under account 000000000000."));
  // One of the name is here, but not the one that is meant.
  Create("s");
  for (const char* arn : {"arn:aws:kinesis:us-east-1:111111111111:stream/s",
                          "arn:aws:kinesis:eu-west-1:000000000000:stream/s",
                          "arn:aws-cn:kinesis:us-east-1:000000000000:stream/s"}) {
    EXPECT_TRUE(Fails(client_->DescribeStream({.stream_arn = arn}), ErrorType::kResourceNotFound))
        << arn;
  }
}

TEST_F(StreamsTest, AStreamThatExistsIsInUse) {
  Create("orders");
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "orders", .shard_count = 1}),
                    ErrorType::kResourceInUse,
                    "Stream orders under account 000000000000 already exists."));
  ASSERT_TRUE(client_->engine().CreateStream("engines").ok());
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "engines", .shard_count = 1}),
                    ErrorType::kResourceInUse));
}

TEST_F(StreamsTest, TheModeDecidesAboutTheShardCount) {
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  EXPECT_TRUE(Fails(client_->CreateStream(
                        {.stream_name = "s", .shard_count = 1, .stream_mode_details = on_demand}),
                    ErrorType::kValidation));
  ASSERT_TRUE(client_->CreateStream({.stream_name = "s", .stream_mode_details = on_demand}).ok());
  EXPECT_EQ(ShardsOf("s").size(), 4U);
}

TEST_F(StreamsTest, TheAccountHasAShardLimit) {
  Create("a", 300);
  EXPECT_TRUE(Fails(
      client_->CreateStream({.stream_name = "b", .shard_count = 201}), ErrorType::kLimitExceeded,
      "This request would exceed the shard limit for the account 000000000000 in us-east-1. "
      "Current shard count for the account: 300. Limit: 500. Number of additional shards that "
      "would have resulted from this request: 201. Refer to the AWS Service Limits page "
      "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits "
      "and how to request higher limits."));
  Create("b", 200);
  EXPECT_TRUE(Fails(
      client_->SplitShard(
          {.stream_name = "b", .shard_to_split = ShardId(0), .new_starting_hash_key = "1000"}),
      ErrorType::kLimitExceeded));
  const auto limits = client_->DescribeLimits({}).value();
  EXPECT_EQ(limits.shard_limit, 500);
  EXPECT_EQ(limits.open_shard_count, 500);
}

TEST_F(StreamsTest, ADeletedStreamIsGoneAndItsNameIsFree) {
  Create("orders");
  Put("orders", "data");
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "orders"}).ok());
  EXPECT_TRUE(
      Fails(client_->DescribeStream({.stream_name = "orders"}), ErrorType::kResourceNotFound));
  EXPECT_TRUE(client_->engine().ListStreams().empty());
  Create("orders");
  EXPECT_TRUE(Get(IteratorOf("orders")).records.empty());
}

TEST_F(StreamsTest, ANameMeansTheStreamThatHasItNow) {
  Create("orders");
  Create("events");
  Put("orders", "old");
  Put("events", "other");
  Put("orders", "old");
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "orders"}).ok());
  EXPECT_TRUE(
      Fails(client_->PutRecord({.stream_name = "orders", .data = "x", .partition_key = "k"}),
            ErrorType::kResourceNotFound));
  Create("orders");
  Put("orders", "new");
  EXPECT_EQ(DataOf(Get(IteratorOf("orders"))), Strings({"new"}));
  EXPECT_EQ(DataOf(Get(IteratorOf("events"))), Strings({"other"}));
}

TEST_F(StreamsTest, StreamsAreListedInOrderAndInPages) {
  for (const char* name : {"d", "a", "c", "b", "e"}) Create(name);
  const auto first = client_->ListStreams({.limit = 2}).value();
  EXPECT_EQ(first.stream_names, Strings({"a", "b"}));
  EXPECT_TRUE(first.has_more_streams);
  const auto second = client_->ListStreams({.limit = 2, .next_token = first.next_token}).value();
  EXPECT_EQ(second.stream_names, Strings({"c", "d"}));
  const auto third = client_->ListStreams({.limit = 2, .exclusive_start_stream_name = "d"}).value();
  EXPECT_EQ(third.stream_names, Strings({"e"}));
  EXPECT_FALSE(third.has_more_streams);
  EXPECT_FALSE(third.next_token.has_value());
  EXPECT_EQ(third.stream_summaries[0].stream_status, StreamStatus::kActive);
}

TEST_F(StreamsTest, ANextTokenExpiresAndServesItsOwnListingOnly) {
  for (const char* name : {"a", "b"}) Create(name, 2);
  const auto page = client_->ListStreams({.limit = 1}).value();
  EXPECT_TRUE(
      Fails(client_->ListShards({.next_token = page.next_token}), ErrorType::kInvalidArgument));
  clock_.Advance(absl::Seconds(300));
  EXPECT_TRUE(client_->ListStreams({.next_token = page.next_token}).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(
      Fails(client_->ListStreams({.next_token = page.next_token}), ErrorType::kExpiredNextToken));
  EXPECT_TRUE(Fails(client_->ListStreams({.next_token = *page.next_token + "A"}),
                    ErrorType::kInvalidArgument));
}

// --- Retention, encryption, record size ----------------------------------------------------------

TEST_F(StreamsTest, RetentionGoesUpAndDownByItsOwnOperation) {
  Create("s");
  ASSERT_TRUE(
      client_->IncreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 48})
          .ok());
  EXPECT_TRUE(Fails(
      client_->IncreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 47}),
      ErrorType::kInvalidArgument,
      "Requested retention period (47 hours) for stream s can not be shorter than existing "
      "retention period (48 hours). Use DecreaseRetentionPeriod API."));
  EXPECT_TRUE(Fails(
      client_->DecreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 49}),
      ErrorType::kInvalidArgument));
  EXPECT_TRUE(Fails(
      client_->DecreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 23}),
      ErrorType::kInvalidArgument,
      "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too "
      "short."));
  EXPECT_TRUE(Fails(
      client_->IncreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 8761}),
      ErrorType::kInvalidArgument,
      "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is "
      "too long."));
  EXPECT_TRUE(
      client_->IncreaseStreamRetentionPeriod({.stream_name = "s", .retention_period_hours = 48})
          .ok());
}

TEST_F(StreamsTest, ARecordLivesAsLongAsTheRetentionSays) {
  Create("s");
  Put("s", "old");
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(DataOf(Get(IteratorOf("s"))), Strings({"old"}));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(DataOf(Get(IteratorOf("s"))), Strings());
}

TEST_F(StreamsTest, EncryptionIsShownByStreamPutAndRecord) {
  Create("s");
  EXPECT_FALSE(Put("s", "plain").encryption_type.has_value());
  ASSERT_TRUE(client_
                  ->StartStreamEncryption({.stream_name = "s",
                                           .encryption_type = EncryptionType::kKms,
                                           .key_id = "alias/aws/kinesis"})
                  .ok());
  EXPECT_EQ(Put("s", "secret").encryption_type, EncryptionType::kKms);
  EXPECT_EQ(client_->DescribeStream({.stream_name = "s"}).value().stream_description.key_id,
            "alias/aws/kinesis");
  ASSERT_TRUE(client_
                  ->StopStreamEncryption({.stream_name = "s",
                                          .encryption_type = EncryptionType::kKms,
                                          .key_id = "alias/aws/kinesis"})
                  .ok());
  EXPECT_FALSE(Put("s", "plain").encryption_type.has_value());
}

TEST_F(StreamsTest, TheRecordSizeLimitIsTheStreams) {
  Create("s");
  const std::string data((1 << 20) + 1, 'x');
  EXPECT_TRUE(Fails(
      client_->PutRecord({.stream_name = "s", .data = data, .partition_key = "k"}),
      ErrorType::kValidation,
      "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048577 "
      "cap=1048577]' at 'data' failed to satisfy constraint: Member must have length less than or "
      "equal to 1048576"));
  ASSERT_TRUE(
      client_
          ->UpdateMaxRecordSize({.stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s",
                                 .max_record_size_in_kib = 2048})
          .ok());
  EXPECT_TRUE(client_->PutRecord({.stream_name = "s", .data = data, .partition_key = "k"}).ok());
}

TEST_F(StreamsTest, TheModeChangesTwiceADay) {
  Create("s");
  const std::string arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
  const auto change = [&](StreamMode mode) {
    return client_->UpdateStreamMode(
        {.stream_arn = arn, .stream_mode_details = StreamModeDetails{.stream_mode = mode}});
  };
  EXPECT_TRUE(change(StreamMode::kOnDemand).ok());
  EXPECT_EQ(client_->DescribeLimits({}).value().on_demand_stream_count, 1);
  EXPECT_TRUE(change(StreamMode::kOnDemand).ok());
  EXPECT_TRUE(change(StreamMode::kProvisioned).ok());
  EXPECT_TRUE(Fails(change(StreamMode::kOnDemand), ErrorType::kLimitExceeded));
  clock_.Advance(absl::Hours(24));
  EXPECT_TRUE(change(StreamMode::kOnDemand).ok());
}

TEST_F(StreamsTest, EnhancedMonitoringIsSwitchedByMetric) {
  Create("s");
  const auto on =
      client_->EnableEnhancedMonitoring({.stream_name = "s",
                                         .shard_level_metrics = std::vector<TextOr<MetricsName>>{
                                             MetricsName::kIncomingBytes, "OutgoingBytes"}});
  EXPECT_TRUE(on->current_shard_level_metrics.empty());
  EXPECT_EQ(on->desired_shard_level_metrics.size(), 2U);
  const auto off = client_->DisableEnhancedMonitoring(
      {.stream_name = "s", .shard_level_metrics = std::vector<TextOr<MetricsName>>{"ALL"}});
  EXPECT_EQ(off->current_shard_level_metrics.size(), 2U);
  EXPECT_TRUE(off->desired_shard_level_metrics.empty());
}

// --- Life cycle ----------------------------------------------------------------------------------

class LifecycleTest : public ClientTest {
 protected:
  static ClientOptions Slow() {
    ClientOptions options = WithoutRates();
    options.delays = LifecycleDelays::ServiceLike();
    return options;
  }
  LifecycleTest() : ClientTest(Slow()) {}
};

TEST_F(LifecycleTest, AStreamIsCreatedThenActiveThenDeleted) {
  Create("s");
  EXPECT_EQ(StatusOf("s"), StreamStatus::kCreating);
  EXPECT_TRUE(client_->DescribeStream({.stream_name = "s"})->stream_description.shards.empty());
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = "k"}),
                    ErrorType::kResourceNotFound,
                    "Stream s under account 000000000000 not found."));
  clock_.Advance(absl::Milliseconds(9999));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kCreating);
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
  Put("s", "d");
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  EXPECT_EQ(StatusOf("s"), StreamStatus::kDeleting);
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "s", .shard_count = 1}),
                    ErrorType::kResourceInUse));
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "s"}), ErrorType::kResourceNotFound));
  EXPECT_TRUE(client_->engine().ListStreams().empty());
}

TEST_F(LifecycleTest, RecordsGoInAndOutWhileUpdating) {
  Create("s");
  clock_.Advance(absl::Seconds(10));
  const SplitShardRequest split{.stream_name = "s",
                                .shard_to_split = ShardId(0),
                                .new_starting_hash_key = HashKey::FromHalves(uint64_t{1} << 63, 0)};
  ASSERT_TRUE(client_->SplitShard(split).ok());
  EXPECT_EQ(StatusOf("s"), StreamStatus::kUpdating);
  EXPECT_EQ(Put("s", "d").shard_id, ShardId(0));
  EXPECT_EQ(DataOf(Get(IteratorOf("s"))), Strings({"d"}));
  EXPECT_TRUE(Fails(client_->SplitShard(split), ErrorType::kResourceInUse,
                    "Stream s under account 000000000000 not ACTIVE, instead in state UPDATING"));
  clock_.Advance(absl::Seconds(10));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
}

TEST_F(LifecycleTest, FiveStreamsMayBeCreatedAtATime) {
  for (int i = 0; i < 5; ++i) Create("s" + std::to_string(i));
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "s5", .shard_count = 1}),
                    ErrorType::kLimitExceeded));
  clock_.Advance(absl::Seconds(10));
  Create("s5");
}

// --- Rates ---------------------------------------------------------------------------------------

class RatesTest : public ClientTest {
 protected:
  RatesTest() : ClientTest(ClientOptions()) {}
};

TEST_F(RatesTest, AnOperationHasARate) {
  Create("s");
  // What breaks its constraints is not charged.
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(
        Fails(client_->DescribeStream({.stream_name = "s", .limit = 0}), ErrorType::kValidation));
  }
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(client_->DescribeStream({.stream_name = "s"}).ok());
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "s"}), ErrorType::kLimitExceeded,
                    "Rate exceeded for stream s under account 000000000000."));
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_TRUE(client_->DescribeStream({.stream_name = "s"}).ok());
}

TEST_F(RatesTest, AThrottledProducerRecovers) {
  Create("s");
  for (int i = 0; i < 1000; ++i) Put("s", "d");
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = "k"}),
                    ErrorType::kProvisionedThroughputExceeded,
                    "Rate exceeded for shard shardId-000000000000 in stream s under account "
                    "000000000000."));
  clock_.Advance(absl::Milliseconds(1));
  Put("s", "d");
}

TEST_F(RatesTest, TheRecordsOfABatchAreThrottledOneByOne) {
  Create("s");
  for (int i = 0; i < 800; ++i) Put("s", "d");
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(500, PutRecordsRequestEntry{.data = "d", .partition_key = "k"});
  const auto response = client_->PutRecords(request).value();
  EXPECT_EQ(response.failed_record_count, 300);
  EXPECT_TRUE(response.records[199].sequence_number.has_value());
  EXPECT_EQ(response.records[200].error_code, "ProvisionedThroughputExceededException");
  EXPECT_EQ(response.records[200].error_message,
            "Rate exceeded for shard shardId-000000000000 in stream s under account "
            "000000000000.");
}

TEST_F(RatesTest, BehindAThrottledRecordTheOthersKeepTheirPlacesAndTheirShards) {
  Create("s", 2);
  const std::string large((1 << 20) - 1, 'x');
  const auto entry = [](std::string_view data, HashKey key) {
    return PutRecordsRequestEntry{.data = data, .partition_key = "k", .explicit_hash_key = key};
  };
  PutRecordsRequest request{.stream_name = "s"};
  request.records = {entry(large, HashKey::Min()), entry("refused", HashKey::Min()),
                     entry("other", HashKey::Max())};
  const auto response = client_->PutRecords(request).value();
  EXPECT_EQ(response.failed_record_count, 1);
  EXPECT_EQ(response.records[0].shard_id, ShardId(0));
  EXPECT_TRUE(response.records[1].error_code.has_value());
  EXPECT_FALSE(response.records[1].shard_id.has_value());
  EXPECT_FALSE(response.records[2].error_code.has_value());
  EXPECT_EQ(response.records[2].shard_id, ShardId(1));
}

TEST_F(RatesTest, AShardIsReadFiveTimesASecond) {
  Create("s");
  const ShardIterator iterator = IteratorOf("s");
  for (int i = 0; i < 5; ++i) Get(iterator);
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = iterator}),
                    ErrorType::kProvisionedThroughputExceeded));
  clock_.Advance(absl::Milliseconds(200));
  Get(iterator);
}

TEST_F(RatesTest, OtherLimitsBeginTheirRatesAnew) {
  Create("s");
  const auto describe = [this] { return client_->DescribeStream({.stream_name = "s"}).ok(); };
  while (describe()) continue;
  EXPECT_TRUE(client_->SetLimits(Limits::Unlimited(), {}).ok());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(describe());
    IteratorOf("s");
  }
  EXPECT_TRUE(client_->SetLimits(Limits::Kinesis(), {}).ok());
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(describe());
  EXPECT_FALSE(describe());
  for (int i = 0; i < 5; ++i) IteratorOf("s");
  EXPECT_TRUE(Fails(
      client_->GetShardIterator(
          {.stream_name = "s", .shard_id = "0", .shard_iterator_type = ShardIteratorType::kLatest}),
      ErrorType::kProvisionedThroughputExceeded));
}

// --- The service of 2015 -------------------------------------------------------------------------

class Of2015Test : public ClientTest {
 protected:
  static ClientOptions Of2015() {
    ClientOptions options;
    options.limits = Limits::Kinesis2015();
    options.limits.rates = false;
    return options;
  }
  Of2015Test() : ClientTest(Of2015()) {}
};

TEST_F(Of2015Test, HasThirteenOperations) {
  int count = 0;
  for (size_t i = 0; i < kOperationCount; ++i) {
    count += client_->options().limits.Has(static_cast<Operation>(i)) ? 1 : 0;
  }
  EXPECT_EQ(count, 13);
  Create("s");
  EXPECT_TRUE(Fails(client_->ListShards({.stream_name = "s"}), ErrorType::kUnknownOperation));
}

TEST_F(Of2015Test, HasItsOwnSizesAndCounts) {
  Create("s");
  const std::string data(51'200, 'x');
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = data, .partition_key = "k"}),
                    ErrorType::kValidation));
  EXPECT_TRUE(
      client_
          ->PutRecord(
              {.stream_name = "s", .data = std::string_view(data).substr(1), .partition_key = "k"})
          .ok());
  TagMap tags;
  for (int i = 0; i < 10; ++i) tags["k" + std::to_string(i)] = "v";
  ASSERT_TRUE(client_->AddTagsToStream({.stream_name = "s", .tags = tags}).ok());
  EXPECT_TRUE(Fails(client_->AddTagsToStream({.stream_name = "s", .tags = TagMap{{"l", "v"}}}),
                    ErrorType::kInvalidArgument,
                    "Failed to add tags to stream s under account 000000000000 because a given "
                    "stream cannot have more than 10 tags associated with it."));
  EXPECT_TRUE(Fails(client_->DescribeStream({}), ErrorType::kValidation));
}

}  // namespace
}  // namespace kinesis::api
