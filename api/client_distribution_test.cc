// What came in 2026-09 for records: who decides their shard, keys that may be left out, dry runs.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

constexpr char kArn[] = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
constexpr char kNoKey[] =
    "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: "
    "Member "
    "must not be null";
constexpr char kDryRun[] = "The request would have succeeded, but the DryRun parameter is set.";
constexpr auto kAuto = RecordDistributionStrategy::kAuto;
constexpr auto kUserPartitionKey = RecordDistributionStrategy::kUserPartitionKey;

const StreamModeDetails kOnDemand{.stream_mode = StreamMode::kOnDemand};

class DistributionTest : public ClientTest {
 protected:
  explicit DistributionTest(const ClientOptions& options = WithoutRates(),
                            Faults faults = Faults::kOff)
      : ClientTest(options, faults) {}

  // An ON_DEMAND stream, of four shards.
  void CreateElastic(std::optional<TextOr<RecordDistributionStrategy>> strategy = std::nullopt) {
    ASSERT_TRUE(client_
                    ->CreateStream({.stream_name = "s",
                                    .stream_mode_details = kOnDemand,
                                    .record_distribution_strategy = std::move(strategy)})
                    .ok());
  }
  absl::Status SetStrategy(RecordDistributionStrategy strategy) {
    return client_->UpdateStreamRecordDistributionStrategy(
        {.stream_arn = kArn, .record_distribution_strategy = strategy});
  }
  StreamDescriptionSummary Summary() {
    return client_->DescribeStreamSummary({.stream_name = "s"}).value().stream_description_summary;
  }
  // Of so many puts with one key and one explicit hash key, how many went to each shard.
  std::map<ShardId, int> Spread(int count) {
    std::map<ShardId, int> spread;
    for (int i = 0; i < count; ++i) {
      ++spread[client_
                   ->PutRecord({.stream_name = "s",
                                .data = "d",
                                .partition_key = "one",
                                .explicit_hash_key = HashKey::Max()})
                   .value()
                   .shard_id];
    }
    return spread;
  }
  static void ExpectEven(const std::map<ShardId, int>& spread, int each) {
    EXPECT_EQ(spread.size(), 4U);
    for (const auto& [shard, count] : spread) EXPECT_EQ(count, each) << shard.ToString();
  }
};

TEST_F(DistributionTest, AnOnDemandStreamGoesByKeysUnlessItIsToldOtherwise) {
  CreateElastic();
  EXPECT_EQ(Summary().record_distribution_strategy, kUserPartitionKey);
  EXPECT_EQ(Spread(8).size(), 1U);
}

TEST_F(DistributionTest, AutoSpreadsRecordsEvenlyWhateverTheyName) {
  CreateElastic("AUTO");
  EXPECT_EQ(Summary().record_distribution_strategy, kAuto);
  ExpectEven(Spread(80), 20);
}

TEST_F(DistributionTest, TheStrategyChangesAtOnceAndBackAndForth) {
  CreateElastic();
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(SetStrategy(kAuto).ok());
    EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
    ExpectEven(Spread(8), 2);
    ASSERT_TRUE(SetStrategy(kUserPartitionKey).ok());
    EXPECT_EQ(Spread(8).size(), 1U);
  }
}

// What goes through the engine goes the same way.
TEST_F(DistributionTest, TheEnginesStreamFollows) {
  CreateElastic("AUTO");
  Stream stream = client_->engine().OpenStream("s").value();
  std::map<ShardId, int> spread;
  for (int i = 0; i < 8; ++i) ++spread[stream.Put({.partition_key = "one"})->shard_id];
  ExpectEven(spread, 2);
}

TEST_F(DistributionTest, PutRecordsAreSpreadToo) {
  CreateElastic("AUTO");
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(400, PutRecordsRequestEntry{.data = "d", .partition_key = "one"});
  const PutRecordsResponse response = client_->PutRecords(request).value();
  std::map<ShardId, int> spread;
  for (const PutRecordsResultEntry& entry : response.records) ++spread[entry.shard_id.value()];
  ExpectEven(spread, 100);
}

TEST_F(DistributionTest, AProvisionedStreamHasNoStrategyAndIsRefusedOne) {
  Create("s", 2);
  EXPECT_FALSE(Summary().record_distribution_strategy.has_value());
  for (const auto strategy : {kAuto, kUserPartitionKey}) {
    EXPECT_TRUE(Fails(SetStrategy(strategy), ErrorType::kInvalidArgument,
                      "Request is invalid. Stream s under account 000000000000 is in Provisioned "
                      "mode."));
  }
  EXPECT_TRUE(
      Fails(client_->CreateStream(
                {.stream_name = "t", .shard_count = 1, .record_distribution_strategy = kAuto}),
            ErrorType::kInvalidArgument,
            "RecordDistributionStrategy is not expected when StreamMode=PROVISIONED"));
  EXPECT_EQ(Spread(8).size(), 1U);
}

TEST_F(DistributionTest, AStreamThatBecomesProvisionedGoesByKeysAgain) {
  CreateElastic("AUTO");
  const auto set_mode = [this](StreamMode mode) {
    return client_->UpdateStreamMode(
        {.stream_arn = kArn, .stream_mode_details = StreamModeDetails{.stream_mode = mode}});
  };
  ASSERT_TRUE(set_mode(StreamMode::kProvisioned).ok());
  EXPECT_FALSE(Summary().record_distribution_strategy.has_value());
  EXPECT_EQ(Spread(8).size(), 1U);
  ASSERT_TRUE(set_mode(StreamMode::kOnDemand).ok());
  EXPECT_EQ(Summary().record_distribution_strategy, kUserPartitionKey);
}

// --- Partition keys ------------------------------------------------------------------------------

TEST_F(DistributionTest, ARecordWithoutAKeyIsReadWithout) {
  CreateElastic("AUTO");
  ASSERT_TRUE(client_->PutRecord({.stream_name = "s", .data = "bare"}).ok());
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace({PutRecordsRequestEntry{.data = "bare"},
                           PutRecordsRequestEntry{.data = "keyed", .partition_key = "k"}});
  ASSERT_EQ(client_->PutRecords(request).value().failed_record_count, 0);
  int bare = 0;
  int keyed = 0;
  for (const Shard& shard : ShardsOf("s")) {
    const GetRecordsResponse page = Get(IteratorOf("s", shard.shard_id));
    for (const Record& record : page.records) {
      if (record.data == "bare") {
        EXPECT_FALSE(record.partition_key.has_value());
        ++bare;
      } else {
        EXPECT_EQ(record.partition_key, "k");
        ++keyed;
      }
    }
  }
  EXPECT_EQ(bare, 2);
  EXPECT_EQ(keyed, 1);
}

TEST_F(DistributionTest, WhereTheKeyDecidesItIsRequired) {
  CreateElastic();
  Create("t");
  for (const char* name : {"s", "t"}) {
    EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = name, .data = "d"}),
                      ErrorType::kValidation, kNoKey));
    PutRecordsRequest request{.stream_name = name};
    request.records.emplace({PutRecordsRequestEntry{.data = "d", .partition_key = "k"},
                             PutRecordsRequestEntry{.data = "d"}});
    EXPECT_TRUE(Fails(client_->PutRecords(request), ErrorType::kValidation,
                      "1 validation error detected: Value null at 'records.2.member.partitionKey' "
                      "failed to satisfy constraint: Member must not be null"));
    EXPECT_TRUE(Get(IteratorOf(name)).records.empty());
  }
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "nowhere", .data = "d"}),
                    ErrorType::kResourceNotFound));
}

TEST_F(DistributionTest, AKeyThatIsGivenKeepsItsConstraintsUnderAuto) {
  CreateElastic("AUTO");
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = ""}),
                    ErrorType::kValidation));
  EXPECT_TRUE(
      Fails(client_->PutRecord({.stream_name = "s",
                                .data = "d",
                                .explicit_hash_key = "340282366920938463463374607431768211456"}),
            ErrorType::kInvalidArgument));
}

// --- With rates and faults -----------------------------------------------------------------------

class RatedDistributionTest : public DistributionTest {
 protected:
  RatedDistributionTest() : DistributionTest(ClientOptions(), Faults::kOn) {}
};

// Each shard takes 1,000 records a second, and which one a record is charged to is the one it goes
// to: 4,000 fit, and not one more.
TEST_F(RatedDistributionTest, EveryShardsRateIsUsedToTheFull) {
  CreateElastic("AUTO");
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(500, PutRecordsRequestEntry{.data = "d"});
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(client_->PutRecords(request).value().failed_record_count, 0);
  }
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d"}),
                    ErrorType::kProvisionedThroughputExceeded));
  EXPECT_EQ(client_->PutRecords(request).value().failed_record_count, 500);
  for (const Shard& shard : ShardsOf("s")) {
    EXPECT_EQ(Get(IteratorOf("s", shard.shard_id)).records.size(), 1000U);
  }
}

TEST_F(RatedDistributionTest, AThrottledShardRefusesItsTurnsAlone) {
  CreateElastic("AUTO");
  faults_.ThrottleShard(ShardId(2), absl::Seconds(30));
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    const auto put = client_->PutRecord({.stream_name = "s", .data = "d"});
    if (put.ok()) {
      EXPECT_NE(put->shard_id, ShardId(2));
    } else {
      EXPECT_TRUE(Fails(put, ErrorType::kProvisionedThroughputExceeded,
                        "Rate exceeded for shard shardId-000000000002 in stream s under account "
                        "000000000000."));
      ++refused;
    }
  }
  EXPECT_EQ(refused, 10);
}

// --- DryRun --------------------------------------------------------------------------------------

TEST_F(DistributionTest, ADryPutSaysThatItWouldHavePutAndPutsNothing) {
  Create("s");
  PutRecordRequest request{.stream_name = "s", .data = "d", .partition_key = "k", .dry_run = true};
  EXPECT_TRUE(Fails(client_->PutRecord(request), ErrorType::kDryRunOperation, kDryRun));
  PutRecordsRequest many{.stream_name = "s", .dry_run = true};
  many.records.emplace(2, PutRecordsRequestEntry{.data = "d", .partition_key = "k"});
  EXPECT_TRUE(Fails(client_->PutRecords(many), ErrorType::kDryRunOperation, kDryRun));
  EXPECT_TRUE(Get(IteratorOf("s")).records.empty());
  request.dry_run = false;
  EXPECT_TRUE(client_->PutRecord(request).ok());
}

TEST_F(DistributionTest, ADryPutIsCheckedAsAnyOther) {
  Create("s");
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d", .dry_run = true}),
                    ErrorType::kValidation, kNoKey));
  EXPECT_TRUE(
      Fails(client_->PutRecord(
                {.stream_name = "nowhere", .data = "d", .partition_key = "k", .dry_run = true}),
            ErrorType::kResourceNotFound));
  const std::string too_large((1 << 20) + 1, 'x');
  PutRecordsRequest many{.stream_name = "s", .dry_run = true};
  many.records.emplace(1, PutRecordsRequestEntry{.data = too_large, .partition_key = "k"});
  EXPECT_TRUE(Fails(client_->PutRecords(many), ErrorType::kValidation));
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s",
                                        .data = "d",
                                        .partition_key = "k",
                                        .sequence_number_for_ordering = "1",
                                        .dry_run = true}),
                    ErrorType::kInvalidArgument));
}

TEST_F(DistributionTest, ADryReadMovesNothingAndIsChecked) {
  Create("s");
  Put("s", "d");
  GetShardIteratorRequest iterate{.stream_name = "s",
                                  .shard_id = ShardId(0),
                                  .shard_iterator_type = ShardIteratorType::kTrimHorizon,
                                  .dry_run = true};
  EXPECT_TRUE(Fails(client_->GetShardIterator(iterate), ErrorType::kDryRunOperation, kDryRun));
  iterate.shard_id = ShardId(7);
  EXPECT_TRUE(Fails(client_->GetShardIterator(iterate), ErrorType::kResourceNotFound));
  const ShardIterator token = IteratorOf("s");
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = token, .dry_run = true}),
                    ErrorType::kDryRunOperation, kDryRun));
  EXPECT_EQ(Get(token).records.size(), 1U);
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = ShardIterator("AAAA"), .dry_run = true}),
                    ErrorType::kInvalidArgument));
  clock_.Advance(absl::Seconds(301));
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = token, .dry_run = true}),
                    ErrorType::kExpiredIterator));
}

TEST_F(RatedDistributionTest, DryRunsAreChargedToNoShard) {
  Create("s");
  const ShardIterator token = IteratorOf("s");
  for (int i = 0; i < 2000; ++i) {
    ASSERT_TRUE(Fails(client_->PutRecord(
                          {.stream_name = "s", .data = "d", .partition_key = "k", .dry_run = true}),
                      ErrorType::kDryRunOperation));
    ASSERT_TRUE(Fails(client_->GetRecords({.shard_iterator = token, .dry_run = true}),
                      ErrorType::kDryRunOperation));
    ASSERT_TRUE(Fails(client_->GetShardIterator({.stream_name = "s",
                                                 .shard_id = ShardId(0),
                                                 .shard_iterator_type = "LATEST",
                                                 .dry_run = true}),
                      ErrorType::kDryRunOperation));
  }
  IteratorOf("s");
  EXPECT_TRUE(client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = "k"}).ok());
  EXPECT_EQ(Get(token).records.size(), 1U);
}

TEST_F(DistributionTest, ADrySubscriptionIsNone) {
  Create("s");
  const std::string arn =
      client_->RegisterStreamConsumer({.stream_arn = kArn, .consumer_name = "app"})
          .value()
          .consumer.consumer_arn;
  SubscribeToShardRequest request{.consumer_arn = arn,
                                  .shard_id = ShardId(0),
                                  .starting_position = StartingPosition{.type = "LATEST"},
                                  .dry_run = true};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(Fails(client_->SubscribeToShard(request), ErrorType::kDryRunOperation, kDryRun));
  }
  request.dry_run.reset();
  const auto subscription = client_->SubscribeToShard(request);
  ASSERT_TRUE(subscription.ok());
  request.dry_run = true;  // a second one within five seconds would be refused
  EXPECT_TRUE(Fails(client_->SubscribeToShard(request), ErrorType::kResourceInUse));
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(Fails(client_->SubscribeToShard(request), ErrorType::kDryRunOperation, kDryRun));
  request.shard_id = ShardId(7);
  EXPECT_TRUE(Fails(client_->SubscribeToShard(request), ErrorType::kResourceNotFound));
}

TEST_F(DistributionTest, ADrySubscriptionIsNoneAfterTheClockWasSetBackEither) {
  Create("s");
  Limits limits = client_->options().limits;
  limits.resubscribe_after = absl::ZeroDuration();
  EXPECT_TRUE(client_->SetLimits(limits, {}).ok());
  const std::string arn =
      client_->RegisterStreamConsumer({.stream_arn = kArn, .consumer_name = "app"})
          .value()
          .consumer.consumer_arn;
  SubscribeToShardRequest request{.consumer_arn = arn,
                                  .shard_id = ShardId(0),
                                  .starting_position = StartingPosition{.type = "LATEST"}};
  auto subscription = client_->SubscribeToShard(request);
  ASSERT_TRUE(subscription.ok());
  clock_.Advance(-absl::Hours(1));
  request.dry_run = true;
  EXPECT_TRUE(Fails(client_->SubscribeToShard(request), ErrorType::kDryRunOperation, kDryRun));
  EXPECT_TRUE(subscription->event_stream.Next().ok()) << "the dry one took over";
}

}  // namespace
}  // namespace kinesis::api
