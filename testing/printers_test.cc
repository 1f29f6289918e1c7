// What a failed expectation shows, and which macros say that a call succeeded.
#include "kinesis_core/testing/printers.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest-spi.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/api/internal/schema_all.h"
#include "kinesis_core/api/producer.h"
#include "kinesis_core/checkpoint_store.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/dead_letter.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/client_fixture.h"

// As another library of the user's may have it.
#define ASSERT_OK(status) ASSERT_TRUE(IsFineByAnotherLibrary(status))
#include "kinesis_core/testing/expect_ok.h"

namespace kinesis::testing {
namespace {

struct StatusOfAnotherLibrary {};
bool IsFineByAnotherLibrary(StatusOfAnotherLibrary /*status*/) { return true; }

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::PrintToString;
using ::testing::StartsWith;

constexpr char kBytes[] = "-byte object";  // how GoogleTest begins with what it cannot print

class PrintersTest : public StreamFixture {};

// --- Every structure of the API

template <class T>
void ExpectPrinted();

// Looks at all types of the API that a member of type T leads to.
template <class T>
void ExpectMemberPrinted() {
  if constexpr (std::is_same_v<T, api::Record> || api::internal::HasSchema<T>) {
    ExpectPrinted<T>();
  } else if constexpr (requires { typename T::value_type; } && std::is_class_v<T>) {
    ExpectMemberPrinted<std::remove_cv_t<typename T::value_type>>();
  }
}

template <class T>
void ExpectPrinted() {
  static_assert(printers_internal::Printed<T>);
  api::internal::ForEachMember<T>([](const auto& member) {
    using Member = std::remove_cvref_t<decltype(member)>;
    ExpectMemberPrinted<typename Member::template TypeIn<T>>();
  });
  if constexpr (!std::is_same_v<T, api::SubscribeToShardResponse>) {  // has no default
    EXPECT_THAT(PrintToString(T()), Not(HasSubstr(kBytes)));
  }
}

TEST_F(PrintersTest, EveryRequestAndResponseIsPrintedAndAllThatTheyAreMadeOf) {
  int operations = 0;
  api::internal::ForEachOperation([&](auto traits) {
    using Traits = decltype(traits);
    ExpectPrinted<typename Traits::Request>();
    if constexpr (api::internal::HasSchema<typename Traits::Response>) {
      ExpectPrinted<typename Traits::Response>();
    }
    ++operations;
  });
  EXPECT_EQ(operations, api::kOperationCount);
}

TEST_F(PrintersTest, AResponseIsPrintedByTheNamesOfItsMembers) {
  EXPECT_THAT(PrintToString(Put(kStream, "tea", "alice")),
              MatchesRegex("\\{SequenceNumber: 49[0-9]+, "
                           "ShardId: shardId-000000000000\\}"));
  EXPECT_EQ(PrintToString(client_->ListTagsForStream({.stream_name = kStream}).value()),
            "{HasMoreTags: false, Tags: []}");
  EXPECT_THAT(PrintToString(client_->DescribeStreamSummary({.stream_name = kStream})),
              HasSubstr("RetentionPeriodHours: 24, StreamARN: "
                        "\"arn:aws:kinesis:us-east-1:000000000000:stream/stream\""));
}

TEST_F(PrintersTest, OfARequestWhatIsSetIsPrinted) {
  EXPECT_EQ(PrintToString(api::GetShardIteratorRequest{
                .stream_name = kStream,
                .shard_id = ShardId(1),
                .shard_iterator_type = api::ShardIteratorType::kLatest}),
            "{ShardId: shardId-000000000001, ShardIteratorType: LATEST, "
            "StreamName: \"stream\"}");
  EXPECT_EQ(PrintToString(api::GetShardIteratorRequest{.shard_id = "no shard"}),
            "{ShardId: \"no shard\"}");
  EXPECT_EQ(PrintToString(api::AddTagsToStreamRequest{.tags = api::TagMap{{"team", "tea"}}}),
            "{Tags: [\"team\": \"tea\"]}");
}

TEST_F(PrintersTest, PagesOfRecordsAreShortHoweverLongTheyAre) {
  Put(NumberedRecords({.count = 40, .keys = 1}));
  const std::string text = PrintToString(Get(IteratorOf(kStream, Drain().front().shard_id())));
  EXPECT_THAT(text, HasSubstr("Records: [\"record-0\" of key \"key-0\", record 1 of shard "));
  EXPECT_THAT(text, HasSubstr("\"record-31\" of key \"key-0\""));
  EXPECT_THAT(text, Not(HasSubstr("\"record-32\"")));
  EXPECT_THAT(text, HasSubstr(", ... (40 in all)]"));
  EXPECT_THAT(PrintToString(api::PutRecordRequest{.data = std::string_view("\0\x01", 2)}),
              HasSubstr("Data: \"\\x00\\x01\""));
  const std::string large(1'000'000, 'a');
  EXPECT_THAT(PrintToString(api::PutRecordRequest{.data = large}), HasSubstr("(1000000 bytes)"));
}

// --- Results

TEST_F(PrintersTest, AResultIsPrintedAsItsValueOrItsError) {
  const auto refused = client_->DescribeStream({.stream_name = "coffee"});
  EXPECT_EQ(PrintToString(refused),
            "ResourceNotFoundException: Stream coffee under account 000000000000 not found.");
  EXPECT_THAT(PrintToString(EngineStream().FindShard(ShardId(9))),
              StartsWith("NOT_FOUND: shard shardId-000000000009 is not in stream"));
  const auto put = EngineStream().Put({.partition_key = "alice", .data = "tea"});
  EXPECT_THAT(PrintToString(put), MatchesRegex("shardId-[0-9]+ at 49[0-9]+"));
  EXPECT_EQ(PrintToString(absl::StatusOr<std::vector<TestRecord>>(NumberedRecords({.count = 1}))),
            "{ \"record-0\" of key \"key-0\" }");
}

TEST_F(PrintersTest, AResultOfTypesOfSeveralNamespacesIsPrinted) {
  const absl::StatusOr<std::map<ShardId, api::ErrorType>> result(
      std::map<ShardId, api::ErrorType>{{ShardId(1), api::ErrorType::kLimitExceeded}});
  EXPECT_EQ(PrintToString(result), "{ (shardId-000000000001, LimitExceededException) }");
}

TEST_F(PrintersTest, MoveOnlyResultsAreMatchedAndPrinted) {
  const absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create({});
  EXPECT_OK(engine);
  EXPECT_OK((*engine)->CreateStream("orders"));
  EXPECT_THAT(PrintToString(engine), HasSubstr("an engine with the streams [\"orders\"]"));
}

// --- Types of the engine

TEST_F(PrintersTest, RecordsBatchesAndHandlesAreReadable) {
  Stream stream = client_->engine().CreateStream("orders").value();
  const Record record{.partition_key = "alice", .data = "tea"};
  EXPECT_EQ(PrintToString(record), "\"tea\" of key \"alice\"");
  EXPECT_EQ(PrintToString(stream), "the stream \"orders\"");
  const Shard shard = stream.ListShards().front();
  EXPECT_EQ(PrintToString(shard), "the open shardId-000000000000");
  Iterator it = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
  EXPECT_THAT(PrintToString(it), StartsWith("an iterator of shardId-000000000000 at 49"));
  std::vector<PutRange> ranges;
  EXPECT_EQ(stream.PutMany(std::vector<Record>{record, record}, &ranges).size(), 0U);
  EXPECT_THAT(PrintToString(ranges), StartsWith("{ 2 records of shardId-000000000000 from 49"));
  EXPECT_EQ(stream.Close(), absl::OkStatus());
  const ReadResult batch = it.Read();
  EXPECT_EQ(PrintToString((*batch)[0]), "\"tea\" of key \"alice\", record 1 of shard 0");
  EXPECT_EQ(PrintToString(batch),
            "[\"tea\" of key \"alice\", record 1 of shard 0, "
            "\"tea\" of key \"alice\", record 2 of shard 0], "
            "the end of its shard, with the children []");
  EXPECT_THAT(
      PrintToString(stream.PutMany(std::vector<Record>{record})),
      StartsWith("{ record 0 of the batch: FAILED_PRECONDITION: stream \"orders\" is closed"));
  GroupMember member = ConsumerGroup::Create(stream, "billing")->Join().value();
  EXPECT_THAT(PrintToString(member.Next(absl::InfiniteFuture())),
              StartsWith("a delivery of shardId-000000000000: [\"tea\" of key"));
}

TEST_F(PrintersTest, ResultsOfGroupsAndProducersAreReadable) {
  const SequenceNumber number = Put(kStream, "tea").sequence_number;
  EXPECT_THAT(PrintToString(Checkpoint{.position = number, .epoch = 3}),
              MatchesRegex("a checkpoint at 49[0-9]+ of epoch 3"));
  EXPECT_EQ(PrintToString(DeadLetter{.group = "billing",
                                     .shard_id = ShardId(0),
                                     .sequence_number = number,
                                     .attempts = 3,
                                     .cause = "INTERNAL: broken",
                                     .data = "tea"}),
            "\"tea\", record 1 of shard " + std::to_string(number.shard_index()) +
                ", given up by \"billing\" after 3 attempts: INTERNAL: broken");
  api::ProducerResult result;
  result.number = 7;
  result.status = api::MakeError(api::ErrorType::kLimitExceeded, "too many");
  EXPECT_EQ(PrintToString(result), "record 7 of the producer: LimitExceededException: too many");
  result.status = absl::OkStatus();
  EXPECT_THAT(PrintToString(result), StartsWith("record 7 of the producer: shardId-"));
}

// --- EXPECT_OK

TEST_F(PrintersTest, ExpectOkShowsTheErrorByItsNameAndTheCallAsItIsWritten) {
  EXPECT_OK(client_->DescribeStream({.stream_name = kStream, .limit = 1}));
  EXPECT_OK(absl::OkStatus());
  EXPECT_NONFATAL_FAILURE(EXPECT_OK(client_->DescribeStream({.stream_name = "coffee"})) << "more",
                          "Value of: (client_->DescribeStream({.stream_name = \"coffee\"}))\n"
                          "Expected: is OK\n"
                          "  Actual: ResourceNotFoundException: Stream coffee under account "
                          "000000000000 not found.\nmore");
}

TEST_F(PrintersTest, AMacroOfAnotherLibraryIsLeftAlone) { ASSERT_OK(StatusOfAnotherLibrary()); }

}  // namespace
}  // namespace kinesis::testing
