// CREATING, ACTIVE, UPDATING, DELETING: how long each takes, what is possible meanwhile, and what
// brings a stream there.
#include <functional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/conformance/sample_world.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api::testing {
namespace {

// Each state takes a time of its own, so that none can be taken for another.
class LifeCycleTest : public ClientTest {
 protected:
  static ClientOptions Slow() {
    ClientOptions options = WithoutRates();
    options.delays.create_stream = absl::Seconds(20);
    options.delays.update_stream = absl::Seconds(7);
    options.delays.delete_stream = absl::Seconds(30);
    return options;
  }
  LifeCycleTest() : ClientTest(Slow()) {}

  void CreateActive(const std::string& name, int32_t shards = 1) {
    Create(name, shards);
    clock_.Advance(absl::Seconds(20));
  }
  // The state holds for exactly that long and `next` follows it.
  void ExpectStateFor(StreamStatus state, absl::Duration time, StreamStatus next) {
    EXPECT_EQ(StatusOf("s"), state);
    clock_.Advance(time - absl::Milliseconds(1));
    EXPECT_EQ(StatusOf("s"), state);
    clock_.Advance(absl::Milliseconds(1));
    EXPECT_EQ(StatusOf("s"), next);
  }
};

TEST_F(LifeCycleTest, AStreamIsCreatingForItsTimeAndThenActive) {
  Create("s");
  ExpectStateFor(StreamStatus::kCreating, absl::Seconds(20), StreamStatus::kActive);
  clock_.Advance(absl::Hours(1000));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
}

TEST_F(LifeCycleTest, AStreamThatIsBeingMadeHasNoShardsToShowAndCountsAgainstTheAccount) {
  Create("s", 3);
  EXPECT_TRUE(
      client_->DescribeStream({.stream_name = "s"}).value().stream_description.shards.empty());
  EXPECT_EQ(client_->ListStreams({}).value().stream_names.size(), 1U);
  EXPECT_EQ(client_->DescribeLimits({}).value().open_shard_count, 3);
}

TEST_F(LifeCycleTest, AStreamIsDeletingForItsTimeAndThenGone) {
  CreateActive("s");
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  clock_.Advance(absl::Seconds(30) - absl::Milliseconds(1));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kDeleting);
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "s", .shard_count = 1}),
                    ErrorType::kResourceInUse,
                    "Stream s under account 000000000000 already exists."));
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "s"}), ErrorType::kResourceNotFound));
  EXPECT_TRUE(client_->engine().ListStreams().empty());
  Create("s");
}

TEST_F(LifeCycleTest, DeletionMayBeginWhileUpdating) {
  CreateActive("s", 2);
  ASSERT_TRUE(client_
                  ->MergeShards({.stream_name = "s",
                                 .shard_to_merge = ShardId(0),
                                 .adjacent_shard_to_merge = ShardId(1)})
                  .ok());
  ASSERT_EQ(StatusOf("s"), StreamStatus::kUpdating);
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  EXPECT_EQ(StatusOf("s"), StreamStatus::kDeleting);
  clock_.Advance(absl::Seconds(7));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kDeleting);
}

TEST_F(LifeCycleTest, NothingIsReadOrPutWhileDeleting) {
  CreateActive("s");
  Put("s", "data");
  const ShardIterator typed = IteratorOf("s");
  const ShardIterator text = typed.ToString();
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  const std::string gone = "Stream s under account 000000000000 not found.";
  for (const ShardIterator& iterator : {typed, text}) {
    EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = iterator}),
                      ErrorType::kResourceNotFound, gone));
  }
  EXPECT_TRUE(Fails(client_->PutRecord({.stream_name = "s", .data = "d", .partition_key = "k"}),
                    ErrorType::kResourceNotFound, gone));
}

TEST_F(LifeCycleTest, AClockThatIsSetBackDoesNotUndoAnything) {
  CreateActive("s");
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "s"}), ErrorType::kResourceNotFound));
  clock_.Advance(-absl::Hours(1));
  EXPECT_TRUE(Fails(client_->DescribeStream({.stream_name = "s"}), ErrorType::kResourceNotFound));
}

// --- What brings a stream into UPDATING ----------------------------------------------------------

struct UpdateRow {
  const char* name;
  absl::Status (*call)(Client& client);
};

const std::string& Arn() {
  static const std::string* const arn = new std::string(SampleWorld::ArnOf("s"));
  return *arn;
}

const UpdateRow kUpdates[] = {
    {"SplitShard",
     [](Client& client) {
       return client.SplitShard(
           {.stream_name = "s", .shard_to_split = ShardId(0), .new_starting_hash_key = "1000"});
     }},
    {"MergeShards",
     [](Client& client) {
       return client.MergeShards({.stream_name = "s",
                                  .shard_to_merge = ShardId(0),
                                  .adjacent_shard_to_merge = ShardId(1)});
     }},
    {"UpdateShardCount",
     [](Client& client) {
       return client
           .UpdateShardCount({.stream_name = "s",
                              .target_shard_count = 3,
                              .scaling_type = ScalingType::kUniformScaling})
           .status();
     }},
    {"IncreaseRetention",
     [](Client& client) {
       return client.IncreaseStreamRetentionPeriod(
           {.stream_name = "s", .retention_period_hours = 48});
     }},
    {"StartEncryption",
     [](Client& client) {
       return client.StartStreamEncryption(
           {.stream_name = "s", .encryption_type = EncryptionType::kKms, .key_id = "key"});
     }},
    {"StopEncryption",
     [](Client& client) {
       return client.StopStreamEncryption(
           {.stream_name = "s", .encryption_type = EncryptionType::kKms, .key_id = "key"});
     }},
    {"EnableMonitoring",
     [](Client& client) {
       return client
           .EnableEnhancedMonitoring(
               {.stream_name = "s", .shard_level_metrics = std::vector<TextOr<MetricsName>>{"ALL"}})
           .status();
     }},
    {"UpdateMode",
     [](Client& client) {
       return client.UpdateStreamMode(
           {.stream_arn = Arn(),
            .stream_mode_details = StreamModeDetails{.stream_mode = StreamMode::kOnDemand}});
     }},
    {"UpdateMaxRecordSize",
     [](Client& client) {
       return client.UpdateMaxRecordSize({.stream_arn = Arn(), .max_record_size_in_kib = 2048});
     }},
};

class UpdatingTest : public LifeCycleTest, public ::testing::WithParamInterface<UpdateRow> {};

TEST_P(UpdatingTest, RecordsGoInAndOutAndAnotherChangeHasToWait) {
  CreateActive("s", 2);
  Put("s", "before", "a");
  const ShardId before = Put("s", "before", "a").shard_id;
  const ShardIterator iterator = IteratorOf("s", before);
  ASSERT_TRUE(GetParam().call(*client_).ok());
  EXPECT_EQ(StatusOf("s"), StreamStatus::kUpdating);
  EXPECT_EQ(Get(iterator).records.size(), 2U);
  const PutRecordResponse put = Put("s", "meanwhile", "a");
  EXPECT_EQ(DataOf(Get(IteratorOf("s", put.shard_id))).back(), "meanwhile");
  EXPECT_TRUE(client_->ListShards({.stream_name = "s"}).ok());
  EXPECT_TRUE(client_->AddTagsToStream({.stream_name = "s", .tags = TagMap{{"a", "b"}}}).ok());
  for (const UpdateRow& other : kUpdates) {
    EXPECT_TRUE(Fails(other.call(*client_), ErrorType::kResourceInUse,
                      "Stream s under account 000000000000 not ACTIVE, instead in state UPDATING"))
        << other.name;
  }
  ExpectStateFor(StreamStatus::kUpdating, absl::Seconds(7), StreamStatus::kActive);
}

INSTANTIATE_TEST_SUITE_P(All, UpdatingTest, ::testing::ValuesIn(kUpdates),
                         [](const auto& one) { return one.param.name; });

// --- Without delays ------------------------------------------------------------------------------

class AtOnceTest : public ClientTest {};

TEST_F(AtOnceTest, EveryChangeIsDoneWhenTheCallReturns) {
  Create("s", 2);
  for (const UpdateRow& update : kUpdates) {
    // The split, the merge and the count are of the same shards: one of them is enough here.
    if (update.name == std::string("MergeShards") || update.name == std::string("SplitShard")) {
      continue;
    }
    EXPECT_TRUE(update.call(*client_).ok()) << update.name;
    EXPECT_EQ(StatusOf("s"), StreamStatus::kActive) << update.name;
  }
}

}  // namespace
}  // namespace kinesis::api::testing
