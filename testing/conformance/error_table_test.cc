// The service's errors, each with its own message, as production was seen to word them. What bad
// input alone gives for every member stands in bad_input_test.cc; here is what depends on what is
// there.
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/internal/client_state.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api::testing {
namespace {

struct ErrorRow {
  const char* name;
  absl::Status (*call)(SampleWorld& world);
  ErrorType error;
  std::string message;
};

// Short forms for the rows.
absl::Status Put(SampleWorld& world, PutRecordRequest request) {
  request.stream_name = "orders";
  request.data = "data";
  request.partition_key = "key";
  return StatusOf(world.client().PutRecord(request));
}
absl::Status Iterate(SampleWorld& world, const TextOr<ShardIteratorType>& type,
                     std::optional<TextOr<SequenceNumber>> number = std::nullopt,
                     std::optional<absl::Time> time = std::nullopt) {
  return StatusOf(world.client().GetShardIterator({.stream_name = "orders",
                                                   .shard_id = ShardId(0),
                                                   .shard_iterator_type = type,
                                                   .starting_sequence_number = std::move(number),
                                                   .timestamp = time}));
}
absl::Status Increase(SampleWorld& world, int32_t hours) {
  return world.client().IncreaseStreamRetentionPeriod(
      {.stream_name = "orders", .retention_period_hours = hours});
}
absl::Status Decrease(SampleWorld& world, int32_t hours) {
  return world.client().DecreaseStreamRetentionPeriod(
      {.stream_name = "orders", .retention_period_hours = hours});
}
absl::Status Split(SampleWorld& world, const TextOr<HashKey>& key) {
  return world.client().SplitShard(
      {.stream_name = "orders", .shard_to_split = ShardId(0), .new_starting_hash_key = key});
}
absl::Status Merge(SampleWorld& world, uint32_t lower, uint32_t upper) {
  return world.client().MergeShards({.stream_name = "orders",
                                     .shard_to_merge = ShardId(lower),
                                     .adjacent_shard_to_merge = ShardId(upper)});
}

absl::Status Scale(SampleWorld& world, int32_t target) {
  return StatusOf(world.client().UpdateShardCount({.stream_name = "orders",
                                                   .target_shard_count = target,
                                                   .scaling_type = ScalingType::kUniformScaling}));
}

// The first of the numbers of that shard, which is the shard's own and no record's.
SequenceNumber StartOf(SampleWorld& world, const char* stream, size_t shard) {
  return world.client()
      .ListShards({.stream_name = stream})
      .value()
      .shards.at(shard)
      .sequence_number_range.starting_sequence_number;
}

// Of the right length, and of no version of the layout.
constexpr char kNoNumber[] = "49594189147623985939251953501666965394405037144469929987";
constexpr char kStartRule[] =
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and "
    "StartingSequenceNumber or (2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. ";
constexpr char kShard0[] = "shardId-000000000000 in stream orders under account 000000000000";
constexpr char kUsedOn0[] =
    " used in GetShardIterator on shard shardId-000000000000 in stream orders under account "
    "000000000000 is invalid";

// --- Streams -------------------------------------------------------------------------------------

std::vector<ErrorRow> StreamRows() {
  return {
      {"AStreamThatIsNotThere",
       [](SampleWorld& world) {
         return StatusOf(world.client().DescribeStream({.stream_name = "x"}));
       },
       ErrorType::kResourceNotFound, "Stream x under account 000000000000 not found."},
      {"AStreamThatExists",
       [](SampleWorld& world) {
         return world.client().CreateStream({.stream_name = "orders", .shard_count = 1});
       },
       ErrorType::kResourceInUse, "Stream orders under account 000000000000 already exists."},
      {"AReshardWhileUpdating",
       [](SampleWorld& world) {
         Split(world, "1000").IgnoreError();
         return Split(world, "1000");
       },
       ErrorType::kResourceInUse,
       "Stream orders under account 000000000000 not ACTIVE, instead in state UPDATING"},
      {"MoreShardsThanTheAccountMayHave",
       [](SampleWorld& world) {
         return world.client().CreateStream({.stream_name = "x", .shard_count = 498});
       },
       ErrorType::kLimitExceeded,
       "This request would exceed the shard limit for the account 000000000000 in us-east-1. "
       "Current shard count for the account: 3. Limit: 500. Number of additional shards that would "
       "have resulted from this request: 498. Refer to the AWS Service Limits page "
       "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits "
       "and how to request higher limits."},
      {"ScalingAnOnDemandStream",
       [](SampleWorld& world) {
         return StatusOf(
             world.client().UpdateShardCount({.stream_name = "elastic",
                                              .target_shard_count = 5,
                                              .scaling_type = ScalingType::kUniformScaling}));
       },
       ErrorType::kValidation,
       "Request is invalid. Stream elastic under account 000000000000 is in On-Demand mode."},
      {"MoreTagsThanAStreamMayHave",
       [](SampleWorld& world) {
         TagMap tags;
         for (int i = 0; i < 50; ++i) tags["key" + std::to_string(i)] = "";
         return world.client().AddTagsToStream({.stream_name = "orders", .tags = tags});
       },
       ErrorType::kInvalidArgument,
       "Failed to add tags to stream orders under account 000000000000 because a given stream "
       "cannot have more than 50 tags associated with it."},
  };
}

std::vector<ErrorRow> RetentionRows() {
  return {
      {"RetentionThatIsTooShort", [](SampleWorld& world) { return Decrease(world, 23); },
       ErrorType::kInvalidArgument,
       "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is "
       "too short."},
      {"RetentionThatIsTooLong", [](SampleWorld& world) { return Increase(world, 8761); },
       ErrorType::kInvalidArgument,
       "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) "
       "is too long."},
      {"IncreasingToLess", [](SampleWorld& world) { return Increase(world, 47); },
       ErrorType::kInvalidArgument,
       "Requested retention period (47 hours) for stream orders can not be shorter than existing "
       "retention period (48 hours). Use DecreaseRetentionPeriod API."},
      {"DecreasingToMore", [](SampleWorld& world) { return Decrease(world, 49); },
       ErrorType::kInvalidArgument,
       "Requested retention period (49 hours) for stream orders can not be longer than existing "
       "retention period (48 hours). Use IncreaseRetentionPeriod API."},
  };
}

// --- Records -------------------------------------------------------------------------------------

std::vector<ErrorRow> PutRows() {
  return {
      {"AHashKeyBeyondTheRing",
       [](SampleWorld& world) {
         return Put(world, {.explicit_hash_key = "340282366920938463463374607431768211456"});
       },
       ErrorType::kInvalidArgument,
       "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified "
       "value was 340282366920938463463374607431768211456"},
      {"AnOrderingNumberThatWasNotGivenOut",
       [](SampleWorld& world) { return Put(world, {.sequence_number_for_ordering = "12345"}); },
       ErrorType::kInvalidArgument,
       "ExclusiveMinimumSequenceNumber 12345 used in PutRecord on stream orders under account "
       "000000000000 is invalid."},
      {"ARecordOfABatchThatIsTooLarge",
       [](SampleWorld& world) {
         const std::string data(1 << 20, 'x');
         auto request = SampleRequest<PutRecordsRequest>(world);
         request.records->push_back({.data = data, .partition_key = "k"});
         return StatusOf(world.client().PutRecords(request));
       },
       ErrorType::kValidation,
       "1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=1048576 "
       "cap=1048576]' at 'records.2.member.data' failed to satisfy constraint: Member must have "
       "length less than or equal to 1048576"},
      {"ABatchThatIsTooLarge",
       [](SampleWorld& world) {
         const std::string data(1'000'000, 'x');
         PutRecordsRequest request{.stream_name = "orders"};
         request.records.emplace(11, PutRecordsRequestEntry{.data = data, .partition_key = "k"});
         return StatusOf(world.client().PutRecords(request));
       },
       ErrorType::kInvalidArgument, "Records size exceeds 10 MB limit"},
  };
}

std::vector<ErrorRow> IteratorRows() {
  return {
      {"AtANumberWithoutOne",
       [](SampleWorld& world) { return Iterate(world, "AT_SEQUENCE_NUMBER"); },
       ErrorType::kInvalidArgument,
       std::string(kStartRule) +
           "Request specified AT_SEQUENCE_NUMBER and no StartingSequenceNumber."},
      {"AfterANumberWithoutOne",
       [](SampleWorld& world) { return Iterate(world, "AFTER_SEQUENCE_NUMBER"); },
       ErrorType::kInvalidArgument,
       std::string(kStartRule) +
           "Request specified AFTER_SEQUENCE_NUMBER and no StartingSequenceNumber."},
      {"LatestWithANumber", [](SampleWorld& world) { return Iterate(world, "LATEST", "1"); },
       ErrorType::kInvalidArgument,
       std::string(kStartRule) + "Request specified LATEST and also a StartingSequenceNumber."},
      {"TrimHorizonWithANumber",
       [](SampleWorld& world) { return Iterate(world, "TRIM_HORIZON", "1"); },
       ErrorType::kInvalidArgument,
       std::string(kStartRule) +
           "Request specified TRIM_HORIZON and also a StartingSequenceNumber."},
      {"ANumberOfAnotherShard",
       [](SampleWorld& world) {
         return Iterate(world, "AT_SEQUENCE_NUMBER", StartOf(world, "orders", 1));
       },
       ErrorType::kInvalidArgument,
       "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a "
       "call to a shard with shardId-000000000000"},
      {"ANumberThatIsNone",
       [](SampleWorld& world) { return Iterate(world, "AT_SEQUENCE_NUMBER", kNoNumber); },
       ErrorType::kInvalidArgument,
       "StartingSequenceNumber " + std::string(kNoNumber) + kUsedOn0 + "."},
      {"ASmallNumber", [](SampleWorld& world) { return Iterate(world, "AT_SEQUENCE_NUMBER", "5"); },
       ErrorType::kInvalidArgument,
       "Invalid StartingSequenceNumber. It encodes shardId-000000000005, while it was used in a "
       "call to a shard with shardId-000000000000"},
      {"ANumberOfTheOldestLayout",
       [](SampleWorld& world) {
         return Iterate(world, "AFTER_SEQUENCE_NUMBER", "21267647932558653966460912964485513217");
       },
       ErrorType::kInvalidArgument,
       "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a "
       "call to a shard with shardId-000000000000"},
      {"ASmallNumberThatNamesTheShard",
       [](SampleWorld& world) { return Iterate(world, "AT_SEQUENCE_NUMBER", "65536"); },
       ErrorType::kInvalidArgument,
       "StartingSequenceNumber 65536" + std::string(kUsedOn0) +
           " because it did not come from this stream."},
      {"TheNumberZero",
       [](SampleWorld& world) { return Iterate(world, "AT_SEQUENCE_NUMBER", "0"); },
       ErrorType::kInternalFailure, ""},
      {"ATimeThatIsMissing", [](SampleWorld& world) { return Iterate(world, "AT_TIMESTAMP"); },
       ErrorType::kInvalidArgument,
       "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. Current "
       "request has no timestamp parameter."},
      {"ATimeInTheFuture",
       [](SampleWorld& world) {
         return Iterate(world, "AT_TIMESTAMP", std::nullopt,
                        world.clock().Now() + absl::Milliseconds(101));
       },
       ErrorType::kInvalidArgument,
       "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
       "timestampInMillis: 1600000040101, currentTimestampInMillis: 1600000040000"},
      {"AShardOfNoStream",
       [](SampleWorld& world) {
         auto request = SampleRequest<GetShardIteratorRequest>(world);
         request.stream_name = "x";
         return StatusOf(world.client().GetShardIterator(request));
       },
       ErrorType::kResourceNotFound,
       "Shard shardId-000000000000 in stream x under account 000000000000 does not exist"},
      {"AShardOfAnotherAccountsStream",
       [](SampleWorld& world) {
         auto request = SampleRequest<GetShardIteratorRequest>(world);
         request.stream_name.reset();
         request.stream_arn = "arn:aws:kinesis:us-east-1:111111111111:stream/orders";
         return StatusOf(world.client().GetShardIterator(request));
       },
       ErrorType::kResourceNotFound,
       "Shard shardId-000000000000 in stream orders under account 111111111111 does not exist"},
      {"AShardThatIsNotThere",
       [](SampleWorld& world) {
         auto request = SampleRequest<GetShardIteratorRequest>(world);
         request.shard_id = "shardId-000000000005";
         return StatusOf(world.client().GetShardIterator(request));
       },
       ErrorType::kResourceNotFound,
       "Shard shardId-000000000005 in stream orders under account 000000000000 does not exist"},
      {"ATokenThatIsNone",
       [](SampleWorld& world) {
         return StatusOf(world.client().GetRecords({.shard_iterator = "AAAA"}));
       },
       ErrorType::kInvalidArgument, "Invalid ShardIterator."},
      {"ATokenThatIsTooOld",
       [](SampleWorld& world) {
         const auto request = SampleRequest<GetRecordsRequest>(world);
         world.clock().Advance(absl::Milliseconds(300'001));
         return StatusOf(world.client().GetRecords(request));
       },
       ErrorType::kExpiredIterator,
       "Iterator expired. The iterator was created at time Sun Sep 13 12:27:20 UTC 2020 while "
       "right now it is Sun Sep 13 12:32:20 UTC 2020 which is further in the future than the "
       "tolerated delay of 300000 milliseconds."},
  };
}

// --- Shards --------------------------------------------------------------------------------------

std::string SplitKeyMessage(const std::string& key) {
  return "NewStartingHashKey " + key + " used in SplitShard() on shard " + kShard0 +
         " is not both greater than one plus the shard's StartingHashKey 0 and less than the "
         "shard's EndingHashKey 170141183460469231731687303715884105726.";
}

std::vector<ErrorRow> ShardRows() {
  return {
      {"SplittingAtTheFirstKey", [](SampleWorld& world) { return Split(world, "0"); },
       ErrorType::kInvalidArgument, SplitKeyMessage("0")},
      {"SplittingAtTheSecondKey", [](SampleWorld& world) { return Split(world, "1"); },
       ErrorType::kInvalidArgument, SplitKeyMessage("1")},
      {"SplittingAtTheLastKey",
       [](SampleWorld& world) { return Split(world, "170141183460469231731687303715884105727"); },
       ErrorType::kInvalidArgument, SplitKeyMessage("170141183460469231731687303715884105727")},
      {"SplittingBeyondTheRing",
       [](SampleWorld& world) { return Split(world, "999999999999999999999999999999999999999"); },
       ErrorType::kInvalidArgument, SplitKeyMessage("999999999999999999999999999999999999999")},
      {"SplittingAClosedShard",
       [](SampleWorld& world) {
         Split(world, "1000").IgnoreError();
         world.Settle();
         return Split(world, "1000");
       },
       ErrorType::kInvalidArgument,
       "Shard " + std::string(kShard0) +
           " has already been merged or split, and thus is not eligible for merging or splitting."},
      {"MergingInvertedShards", [](SampleWorld& world) { return Merge(world, 1, 0); },
       ErrorType::kInvalidArgument,
       "Shards shardId-000000000001 and " + std::string(kShard0) +
           " are not an adjacent pair of shards eligible for merging"},
      {"MergingAShardWithItself", [](SampleWorld& world) { return Merge(world, 0, 0); },
       ErrorType::kInvalidArgument,
       "Shards shardId-000000000000 and " + std::string(kShard0) +
           " are not an adjacent pair of shards eligible for merging"},
      {"MergingAShardThatIsNotThere", [](SampleWorld& world) { return Merge(world, 0, 7); },
       ErrorType::kResourceNotFound,
       "Could not find shard shardId-000000000007 in stream orders under account 000000000000."},
      {"ListingWithNeitherNameNorToken",
       [](SampleWorld& world) { return StatusOf(world.client().ListShards({})); },
       ErrorType::kInvalidArgument, "Either NextToken or StreamName should be provided."},
      {"ListingWithBothArnAndToken",
       [](SampleWorld& world) {
         return StatusOf(world.client().ListShards(
             {.stream_arn = SampleWorld::ArnOf("orders"), .next_token = "t"}));
       },
       ErrorType::kInvalidArgument, "NextToken and StreamARN cannot be provided together."},
      {"ListingWithBothIdAndToken",
       [](SampleWorld& world) {
         return StatusOf(world.client().ListShards(
             {.stream_id = "abcdefghij0123456789-abc", .next_token = "t"}));
       },
       ErrorType::kInvalidArgument, "NextToken and StreamId cannot be provided together."},
      {"MoreThanDoubleTheShards", [](SampleWorld& world) { return Scale(world, 5); },
       ErrorType::kInvalidArgument,
       "UpdateShardCount cannot scale up over double your current open shard count. Current open "
       "shard count: 2 Target shard count: 5"},
      {"ListingWithBothNameAndToken",
       [](SampleWorld& world) {
         return StatusOf(world.client().ListShards({.stream_name = "orders", .next_token = "t"}));
       },
       ErrorType::kInvalidArgument, "NextToken and StreamName cannot be provided together."},
      {"AListingTokenThatIsNone",
       [](SampleWorld& world) { return StatusOf(world.client().ListShards({.next_token = "t"})); },
       ErrorType::kInvalidArgument, "Invalid NextToken."},
  };
}

// --- The table -----------------------------------------------------------------------------------

const std::vector<ErrorRow>& Rows() {
  static const std::vector<ErrorRow>* const all = [] {
    auto* rows = new std::vector<ErrorRow>;
    for (std::vector<ErrorRow> (*part)() :
         {StreamRows, RetentionRows, PutRows, IteratorRows, ShardRows}) {
      for (ErrorRow& row : part()) rows->push_back(std::move(row));
    }
    return rows;
  }();
  return *all;
}

class ErrorTableTest : public ::testing::TestWithParam<size_t> {};

TEST_P(ErrorTableTest, IsWordedAsTheServiceDoes) {
  const ErrorRow& row = Rows()[GetParam()];
  SampleWorld world;
  EXPECT_TRUE(Fails(row.call(world), row.error, row.message));
}

INSTANTIATE_TEST_SUITE_P(All, ErrorTableTest, ::testing::Range<size_t>(0, Rows().size()),
                         [](const auto& one) { return Rows()[one.param].name; });

// --- What wants more than a row ------------------------------------------------------------------

TEST(ErrorsTest, AllBrokenConstraintsAreToldInOrderOfTheMembers) {
  SampleWorld world;
  EXPECT_TRUE(Fails(
      world.client().GetShardIterator({.stream_name = "a b", .shard_iterator_type = "BEST"}),
      ErrorType::kValidation,
      "3 validation errors detected: Value null at 'shardId' failed to satisfy constraint: Member "
      "must not be null; Value 'BEST' at 'shardIteratorType' failed to satisfy constraint: Member "
      "must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, "
      "AT_SEQUENCE_NUMBER, TRIM_HORIZON]; Value 'a b' at 'streamName' failed to satisfy "
      "constraint: Member "
      "must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
}

TEST(ErrorsTest, TenBrokenConstraintsAreToldAtMost) {
  SampleWorld world;
  PutRecordsRequest request{.stream_name = "orders"};
  request.records.emplace(6, PutRecordsRequestEntry{.partition_key = ""});  // two in each
  std::string message = "10 validation errors detected: ";
  for (int i = 1; i <= 5; ++i) {
    const std::string record = " at 'records." + std::to_string(i) + ".member.";
    message += (i == 1 ? "" : "; ") + ("Value null" + record) +
               "data' failed to satisfy constraint: Member must not be null; Value ''" + record +
               "partitionKey' failed to satisfy constraint: Member must have length greater than " +
               "or equal to 1";
  }
  EXPECT_TRUE(Fails(world.client().PutRecords(request), ErrorType::kValidation, message));
}

TEST(ErrorsTest, ATimeBeforeTheHorizonIsTheHorizon) {
  SampleWorld world;
  EXPECT_TRUE(Iterate(world, "AT_TIMESTAMP", std::nullopt, absl::UnixEpoch()).ok());
}

TEST(ErrorsTest, TheSameRetentionIsNoChange) {
  SampleWorld world;
  const std::string before = StateOf(world.client());
  EXPECT_TRUE(Increase(world, 48).ok());
  EXPECT_TRUE(Decrease(world, 48).ok());
  EXPECT_EQ(StateOf(world.client()), before);
}

TEST(ErrorsTest, ANumberOfAnotherStreamIsNotTaken) {
  SampleWorld world;
  ASSERT_TRUE(world.client().CreateStream({.stream_name = "later", .shard_count = 1}).ok());
  world.Settle();
  const SequenceNumber number = StartOf(world, "later", 0);
  EXPECT_TRUE(Fails(Iterate(world, "AT_SEQUENCE_NUMBER", number), ErrorType::kInvalidArgument,
                    "StartingSequenceNumber " + number.ToString() + kUsedOn0 +
                        " because it did not come from this stream."));
}

TEST(ErrorsTest, TheLastNumberOfAClosedShardIsNowhereToBegin) {
  SampleWorld world;
  ASSERT_TRUE(Split(world, "1000").ok());
  world.Settle();
  const SequenceNumber end = world.client()
                                 .ListShards({.stream_name = "orders"})
                                 .value()
                                 .shards.at(0)
                                 .sequence_number_range.ending_sequence_number.value();
  for (const char* type : {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}) {
    EXPECT_TRUE(Fails(Iterate(world, type, end), ErrorType::kInvalidArgument,
                      "StartingSequenceNumber " + end.ToString() + kUsedOn0 +
                          " because SequenceNumber has reached max possible value for the shard."));
  }
}

// --- Texts that are no shard's id ----------------------------------------------------------------

// Told before the stream is looked for, by every operation that takes one.
TEST(ErrorsTest, WhatIsNoShardIdIsToldBeforeTheStreamIsLookedFor) {
  SampleWorld world;
  Client& client = world.client();
  const std::string arn = SampleWorld::ArnOf("x") + "/consumer/c:1";
  const absl::Status statuses[] = {
      StatusOf(client.GetShardIterator(
          {.stream_name = "x", .shard_id = "shard-one", .shard_iterator_type = "LATEST"})),
      client.SplitShard(
          {.stream_name = "x", .shard_to_split = "shard-one", .new_starting_hash_key = "1000"}),
      client.MergeShards({.stream_name = "x",
                          .shard_to_merge = "shard-one",
                          .adjacent_shard_to_merge = ShardId(1)}),
      client.MergeShards({.stream_name = "x",
                          .shard_to_merge = ShardId(0),
                          .adjacent_shard_to_merge = "shard-one"}),
      StatusOf(
          client.DescribeStream({.stream_name = "x", .exclusive_start_shard_id = "shard-one"})),
      StatusOf(client.ListShards({.stream_name = "x", .exclusive_start_shard_id = "shard-one"})),
      StatusOf(client.SubscribeToShard({.consumer_arn = arn,
                                        .shard_id = "shard-one",
                                        .starting_position = StartingPosition{.type = "LATEST"}})),
  };
  for (const absl::Status& status : statuses) {
    EXPECT_TRUE(Fails(status, ErrorType::kResourceNotFound,
                      "Could not find shard shard-one in stream x under account 000000000000."));
  }
}

TEST(ErrorsTest, AShardIdIsLookedAtAfterTheNames) {
  SampleWorld world;
  EXPECT_TRUE(Fails(world.client().SplitShard({.stream_name = "x",
                                               .stream_arn = SampleWorld::ArnOf("orders"),
                                               .shard_to_split = "shard-one",
                                               .new_starting_hash_key = "1000"}),
                    ErrorType::kInvalidArgument));
}

// --- Partitions ----------------------------------------------------------------------------------

TEST(ErrorsTest, AnArnOfAnotherPartitionOrRegionNamesNothingHere) {
  SampleWorld world;
  for (const char* place : {"aws-cn:kinesis:us-east-1", "aws-us-gov:kinesis:us-east-1",
                            "aws:kinesis:us-east-2", "aws-cn:kinesis:cn-north-1"}) {
    const std::string arn = "arn:" + std::string(place) + ":000000000000:stream/orders";
    EXPECT_TRUE(Fails(world.client().DescribeStream({.stream_arn = arn}),
                      ErrorType::kResourceNotFound,
                      "Stream orders under account 000000000000 not found."))
        << arn;
  }
}

// --- Throttled shards ----------------------------------------------------------------------------

class ThrottledTest : public ClientTest {
 protected:
  static constexpr char kRefused[] =
      "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.";

  ThrottledTest() : ClientTest(ClientOptions()) { Create("s"); }
};

TEST_F(ThrottledTest, APutIsRefusedByTheShard) {
  for (int i = 0; i < 1000; ++i) Put("s", "d");
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = "k"}),
                    ErrorType::kProvisionedThroughputExceeded, kRefused));
}

TEST_F(ThrottledTest, ARecordOfABatchIsRefusedByItself) {
  for (int i = 0; i < 999; ++i) Put("s", "d");
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(2, PutRecordsRequestEntry{.data = "d", .partition_key = "k"});
  const PutRecordsResponse response = client_->PutRecords(request).value();
  EXPECT_EQ(response.failed_record_count, 1);
  EXPECT_FALSE(response.records.at(0).error_code.has_value());
  EXPECT_EQ(response.records.at(1).error_code, "ProvisionedThroughputExceededException");
  EXPECT_EQ(response.records.at(1).error_message, kRefused);
}

TEST_F(ThrottledTest, AReadIsRefusedByTheShard) {
  const ShardIterator iterator = IteratorOf("s");
  for (int i = 0; i < 5; ++i) Get(iterator);
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = iterator}),
                    ErrorType::kProvisionedThroughputExceeded, kRefused));
}

}  // namespace
}  // namespace kinesis::api::testing
