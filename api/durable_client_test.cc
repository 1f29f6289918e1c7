// A client in a directory: what it has answered is there with the next one, after a restart, after
// kill -9, and if the disk fails at any call; what it has not is there whole or not at all.
//
// KINESIS_KILLS=n kills so many (bazel test gives 20); KINESIS_TEST_SEED=n changes the choices.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/internal/engine_properties.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/conformance/sample_world.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/internal/client_state.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/internal/killed_child.h"
#include "kinesis_core/testing/internal/temporary_directory.h"
#include "kinesis_core/testing/simulated_disk.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::api {
namespace {

using kinesis::testing::FaultyFileSystem;
using kinesis::testing::FileCall;
using kinesis::testing::FileFault;
using kinesis::testing::TemporaryDirectory;
using testing::Fails;
using testing::SampleRequest;
using testing::SampleWorld;
using testing::ShownStateOf;

// --- Every operation -----------------------------------------------------------------------------

// A sample world in a directory of its own, on a disk that can fail.
class DurableWorld {
 public:
  DurableWorld()
      : world_(EngineOptions{.directory = directory_ / "engine", .file_system = &files_}) {}

  SampleWorld* operator->() { return &world_; }
  SampleWorld& operator*() { return world_; }
  FaultyFileSystem& files() { return files_; }

  std::string Shown() { return ShownStateOf(world_.client()); }
  std::string ShownAfterRestart() {
    files_.FailNothing();
    const absl::Status status = world_.Restart();
    return status.ok() ? Shown() : status.ToString();
  }
  // What was begun comes to its end.
  std::string ShownWhenSettled() {
    world_.Settle();
    return Shown();
  }

 private:
  const TemporaryDirectory directory_{TemporaryDirectory::Where::kMemory};
  FaultyFileSystem files_{FileSystem::Posix()};
  SampleWorld world_;
};

enum class Delays { kServiceLike, kNone };

struct Call {
  std::string name;
  std::function<absl::Status(SampleWorld&)> make;
  bool puts = false;  // records, which are the engine's
};

// A call that succeeds, of each operation. Without delays it is through when it returns.
std::vector<Call> AllCalls(Delays delays) {
  std::vector<Call> calls;
  internal::ForEachOperation([&](auto traits) {
    using Traits = decltype(traits);
    using Request = typename Traits::Request;
    constexpr auto kMethod = Traits::kMethod;
    const auto make = [delays](SampleWorld& world) {
      if (delays == Delays::kNone) {
        EXPECT_TRUE(world.client().SetLimits(world.client().options().limits, {}).ok());
      }
      const auto request = SampleRequest<Request>(world);
      return testing::StatusOf((world.client().*kMethod)(request));
    };
    calls.push_back(
        {std::string(ToText(Traits::kOperation)), make,
         std::is_same_v<Request, PutRecordRequest> || std::is_same_v<Request, PutRecordsRequest>});
  });
  return calls;
}

class EveryOperationTest : public ::testing::TestWithParam<Delays> {};

TEST_P(EveryOperationTest, IsThereWithTheNextClientAndComesToTheSameEnd) {
  const std::string before = DurableWorld().Shown();
  auto world = std::make_unique<DurableWorld>();
  for (const Call& call : AllCalls(GetParam())) {
    SCOPED_TRACE(call.name);
    DurableWorld& ended = *world;
    ASSERT_TRUE(call.make(*ended).ok());
    const std::string shown = ended.Shown();
    ASSERT_EQ(ended.ShownAfterRestart(), shown);
    if (shown == before) continue;  // it changes nothing, and leaves the world to the next
    ASSERT_EQ(ended.ShownAfterRestart(), shown) << "the second time";
    const std::string settled = ended.ShownWhenSettled();
    EXPECT_EQ(settled.find("ING "), std::string::npos) << "CREATING, UPDATING or DELETING:\n"
                                                       << settled;
    DurableWorld lasting;
    ASSERT_TRUE(call.make(*lasting).ok());
    ASSERT_EQ(lasting.Shown(), shown);
    ASSERT_EQ(lasting.ShownWhenSettled(), settled);
    world = std::make_unique<DurableWorld>();
  }
}

TEST_P(EveryOperationTest, ThatTheDiskDoesNotTakeFailsAndHasChangedNothing) {
  const std::string before = DurableWorld().Shown();
  int refused = 0;
  auto world = std::make_unique<DurableWorld>();
  for (const Call& call : AllCalls(GetParam())) {
    if (call.puts) continue;
    SCOPED_TRACE(call.name);
    for (uint64_t skip = 0;; ++skip) {
      const uint64_t failures = world->files().failures();
      world->files().Fail({.skip = skip, .status = absl::DataLossError("the disk cannot write")});
      const absl::Status status = call.make(**world);
      const bool failed = world->files().failures() > failures;
      world->files().FailNothing();
      if (!failed) {
        EXPECT_TRUE(status.ok()) << status;
        if (world->Shown() != before) world = std::make_unique<DurableWorld>();
        break;
      }
      if (status.ok()) {
        // The call had come so far that it comes to its end all the same.
        const std::string shown = world->ShownWhenSettled();
        ASSERT_NE(shown, before) << "disk call " << skip;
        ASSERT_EQ(world->ShownAfterRestart(), shown) << "disk call " << skip;
        world = std::make_unique<DurableWorld>();
        continue;
      }
      ++refused;
      EXPECT_TRUE(Fails(status, ErrorType::kInternalFailure)) << "disk call " << skip;
      EXPECT_NE(status.message().find("the disk cannot write"), std::string::npos) << status;
      ASSERT_EQ(world->Shown(), before) << "disk call " << skip;
      if (skip == 0) {
        ASSERT_EQ(world->ShownAfterRestart(), before);
      }
    }
  }
  EXPECT_GT(refused, 20);
}

// From some call on the disk takes nothing, as if the process had died there.
TEST_P(EveryOperationTest, ThatTheProcessDiesInIsThereWholeOrNotAtAll) {
  const std::string before = DurableWorld().ShownWhenSettled();
  const std::string unsettled = DurableWorld().Shown();
  int deaths = 0;
  auto next = std::make_unique<DurableWorld>();
  for (const Call& call : AllCalls(GetParam())) {
    if (call.puts) continue;
    SCOPED_TRACE(call.name);
    std::string after;
    for (uint64_t skip = 0;; ++skip) {
      DurableWorld& world = *next;
      const uint64_t failures = world.files().failures();
      world.files().Fail({.skip = skip, .times = FileFault::kAlways});
      const absl::Status status = call.make(*world);
      const bool died = world.files().failures() > failures;
      if (!died) {
        world.files().FailNothing();
        if (world.Shown() != unsettled) next = std::make_unique<DurableWorld>();
        break;
      }
      if (after.empty()) {
        DurableWorld whole;
        ASSERT_TRUE(call.make(*whole).ok());
        after = whole.ShownWhenSettled();
      }
      ++deaths;
      world.ShownAfterRestart();
      const std::string found = world.ShownWhenSettled();
      EXPECT_TRUE(found == after || (!status.ok() && found == before))
          << "disk call " << skip << ", answered " << status << "\nfound " << found << "\nbefore "
          << before << "\nafter " << after;
      next = std::make_unique<DurableWorld>();
    }
  }
  EXPECT_GT(deaths, 20);
}

INSTANTIATE_TEST_SUITE_P(Delays, EveryOperationTest,
                         ::testing::Values(Delays::kServiceLike, Delays::kNone),
                         [](const auto& delays) {
                           return delays.param == Delays::kNone ? "WithoutDelays" : "WithDelays";
                         });

// --- One client after the other ------------------------------------------------------------------

class DurableClientTest : public ::testing::Test {
 protected:
  static constexpr char kArn[] = "arn:aws:kinesis:us-east-1:000000000000:stream/s";

  DurableClientTest() {
    options_.limits.rates = false;
    engine_options_.directory = directory_ / "engine";
    engine_options_.clock = &clock_;
  }

  void Start() { client_ = Client::Create(options_, engine_options_).value(); }
  void Restart() {
    client_.reset();
    Start();
  }
  void Make(const std::string& name = "s") {
    const absl::Status status = client_->CreateStream({.stream_name = name, .shard_count = 1});
    ASSERT_TRUE(status.ok()) << status;
  }
  StreamDescriptionSummary Summary(const std::string& name = "s") {
    return client_->DescribeStreamSummary({.stream_name = name}).value().stream_description_summary;
  }
  size_t CountStreams() { return client_->ListStreams({}).value().stream_names.size(); }

  const TemporaryDirectory directory_{TemporaryDirectory::Where::kMemory};
  SimulatedClock clock_;
  ClientOptions options_;
  EngineOptions engine_options_;
  std::unique_ptr<Client> client_;
};

TEST_F(DurableClientTest, ConsumersAreSubscribedByTheSameArnAndKeepTagsAndPolicy) {
  Start();
  Make();
  const std::string arn =
      client_
          ->RegisterStreamConsumer(
              {.stream_arn = kArn, .consumer_name = "c", .tags = TagMap{{"team", "shop"}}})
          .value()
          .consumer.consumer_arn;
  ASSERT_TRUE(client_->PutResourcePolicy({.resource_arn = arn, .policy = "{\"a\": 1}"}).ok());
  const auto put =
      client_->PutRecord({.stream_name = "s", .data = "tea", .partition_key = "alice"}).value();
  clock_.Advance(absl::Hours(1));
  Restart();
  const auto consumer =
      client_->DescribeStreamConsumer({.consumer_arn = arn}).value().consumer_description;
  EXPECT_EQ(consumer.consumer_arn, arn);
  EXPECT_EQ(consumer.consumer_status, ConsumerStatus::kActive);
  EXPECT_EQ(consumer.consumer_creation_timestamp, clock_.Now() - absl::Hours(1));
  EXPECT_EQ(client_->GetResourcePolicy({.resource_arn = arn}).value().policy, "{\"a\": 1}");
  ASSERT_EQ(client_->ListTagsForResource({.resource_arn = arn}).value().tags.size(), 1U);
  {
    auto subscription =
        client_
            ->SubscribeToShard(
                {.consumer_arn = arn,
                 .shard_id = ShardId(0),
                 .starting_position = StartingPosition{.type = ShardIteratorType::kTrimHorizon}})
            .value();
    const auto event = subscription.event_stream.Next().value().value();
    ASSERT_EQ(event.records.size(), 1U);
    EXPECT_EQ((*event.records.begin()).sequence_number, put.sequence_number);
    EXPECT_EQ((*event.records.begin()).data, "tea");
  }

  // It is gone when it has been deregistered, and one that is registered then is another.
  ASSERT_TRUE(client_->DeregisterStreamConsumer({.consumer_arn = arn}).ok());
  Restart();
  EXPECT_TRUE(
      Fails(client_->DescribeStreamConsumer({.consumer_arn = arn}), ErrorType::kResourceNotFound));
  const auto other =
      client_->RegisterStreamConsumer({.stream_arn = kArn, .consumer_name = "c"}).value();
  EXPECT_NE(other.consumer.consumer_arn, arn);
}

TEST_F(DurableClientTest, ADeletedStreamStaysDeletedAndOneOfItsNameIsAnother) {
  options_.token_seed = 1;
  Start();
  Make();
  const auto id = Summary().stream_id;
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  Restart();
  EXPECT_EQ(CountStreams(), 0U);
  Make();
  EXPECT_NE(Summary().stream_id, id) << "also with the same seed";
}

TEST_F(DurableClientTest, AStreamThatWasDeletingIsGoneByItsTime) {
  options_.delays = LifecycleDelays::ServiceLike();
  Start();
  Make();
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  Restart();
  EXPECT_EQ(Summary().stream_status, StreamStatus::kDeleting);
  client_.reset();
  clock_.Advance(absl::Seconds(10));
  Start();
  EXPECT_EQ(CountStreams(), 0U);
  EXPECT_TRUE(client_->engine().ListStreams().empty());
}

// The disk fails when the stream's time has come, so it is tried again.
TEST_F(DurableClientTest, AStreamThatTheDiskDoesNotLetGoStaysInDeleting) {
  FaultyFileSystem files(FileSystem::Posix());
  engine_options_.file_system = &files;
  options_.delays = LifecycleDelays::ServiceLike();
  Start();
  Make();
  clock_.Advance(absl::Seconds(10));
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  clock_.Advance(absl::Seconds(10));
  files.Fail({.call = FileCall::kWrite, .times = FileFault::kAlways});
  EXPECT_EQ(Summary().stream_status, StreamStatus::kDeleting);
  files.FailNothing();
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(CountStreams(), 0U);
  EXPECT_TRUE(client_->engine().ListStreams().empty());
  client_.reset();  // before its disk
}

TEST_F(DurableClientTest, StreamsOfAClientSurviveALossOfPowerIfItsOptionsSaySo) {
  kinesis::testing::SimulatedDisk disk(kinesis::testing::SeedOr(1));
  engine_options_ = {.clock = &clock_, .directory = "client", .file_system = &disk};
  options_.stream_options.durability = Durability::kGroup;
  Start();
  Make();
  ASSERT_TRUE(client_->PutRecord({.stream_name = "s", .data = "tea", .partition_key = "k"}).ok());
  AddTagsToStreamRequest tagged{.stream_name = "s"};
  tagged.tags.emplace()["team"] = "orders";
  ASSERT_TRUE(client_->AddTagsToStream(tagged).ok());
  disk.LosePower();
  client_.reset();
  disk.Start();
  Start();
  EXPECT_EQ(client_->engine().OpenStream("s")->Sync(), absl::OkStatus());
  const auto tags = client_->ListTagsForStream(ListTagsForStreamRequest{.stream_name = "s"});
  ASSERT_TRUE(tags.ok()) << tags.status();
  ASSERT_EQ(tags->tags.size(), 1U);
  EXPECT_EQ(tags->tags[0].value, "orders");
  const auto iterator =
      client_->GetShardIterator({.stream_name = "s",
                                 .shard_id = "shardId-000000000000",
                                 .shard_iterator_type = ShardIteratorType::kTrimHorizon});
  const auto records = client_->GetRecords({.shard_iterator = iterator->shard_iterator});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->records.size(), 1U);
  EXPECT_EQ(records->records[0].data, "tea");
  client_.reset();
}

TEST_F(DurableClientTest, LimitsByDayCountOn) {
  options_.limits.shard_count_updates_per_day = 1;
  Start();
  Make();
  UpdateShardCountRequest request{
      .stream_name = "s", .target_shard_count = 2, .scaling_type = ScalingType::kUniformScaling};
  ASSERT_TRUE(client_->UpdateShardCount(request).ok());
  Restart();
  request.target_shard_count = 1;
  EXPECT_TRUE(Fails(client_->UpdateShardCount(request), ErrorType::kLimitExceeded));
}

// The owner of the engine may change it, and a process may die between the two.
TEST_F(DurableClientTest, TheRetentionPeriodIsTheEnginesAfterARestart) {
  Start();
  Make();
  ASSERT_TRUE(client_->engine().OpenStream("s").value().SetRetention(absl::Hours(72)).ok());
  Restart();
  EXPECT_EQ(Summary().retention_period_hours, 72);
}

TEST_F(DurableClientTest, StreamsOfTheEngineAloneAreLeftAlone) {
  Start();
  for (const Durability durability : {Durability::kMemory, Durability::kProcess}) {
    ASSERT_TRUE(client_->engine()
                    .CreateStream(durability == Durability::kMemory ? "memory" : "durable",
                                  {.durability = durability})
                    .ok());
  }
  Restart();
  EXPECT_EQ(CountStreams(), 0U);
  EXPECT_EQ(client_->engine().ListStreams(), std::vector<std::string>{"durable"});
  EXPECT_TRUE(Fails(client_->CreateStream({.stream_name = "durable", .shard_count = 1}),
                    ErrorType::kResourceInUse));
}

TEST_F(DurableClientTest, AStreamThatTheEnginesOwnerDeletedIsGoneAndSoAreItsChannels) {
  Start();
  const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
  ASSERT_TRUE(
      client_->CreateStream({.stream_name = "elastic", .stream_mode_details = on_demand}).ok());
  CreateChannelRequest request{
      .channel_name = "archive",
      .service_execution_role_arn = "arn:aws:iam::000000000000:role/deliver"};
  request.stream_configuration_list.emplace(
      1, ChannelStreamConfiguration{
             .stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/elastic",
             .record_configuration =
                 RecordConfiguration{.record_format_type = RecordFormatType::kJson}});
  request.s3_destination_configuration =
      S3DestinationConfiguration{.storage_configuration = S3StorageConfiguration{
                                     .bucket_arn = "arn:aws:s3:::backup",
                                     .expected_bucket_owner = "000000000000",
                                     .compression_type = S3CompressionType::kNone}};
  const auto made = client_->CreateChannel(request);
  ASSERT_TRUE(made.ok()) << made.status();
  ASSERT_TRUE(client_->engine().DeleteStream("elastic").ok());
  Restart();
  EXPECT_EQ(CountStreams(), 0U);
  EXPECT_TRUE(client_->ListChannels({}).value().channel_summaries.empty());
}

TEST_F(DurableClientTest, AnAccountSeesItsOwnStreams) {
  Start();
  Make("mine");
  client_.reset();
  options_.account_id = "111111111111";
  Start();
  EXPECT_EQ(CountStreams(), 0U);
  Make("theirs");
  client_.reset();
  options_.account_id = "000000000000";
  Start();
  EXPECT_EQ(client_->ListStreams({}).value().stream_names, std::vector<std::string>{"mine"});
}

TEST_F(DurableClientTest, ThereIsOneClientOfAnAccountAtATime) {
  auto engine = Engine::Create(engine_options_).value();
  auto first = Client::Create(*engine, options_).value();
  const absl::Status refused = Client::Create(*engine, options_).status();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  options_.account_id = "111111111111";
  EXPECT_TRUE(Client::Create(*engine, options_).ok());
  options_.account_id = "000000000000";
  ASSERT_TRUE(first->CreateStream({.stream_name = "s", .shard_count = 1}).ok());
  first.reset();
  client_ = Client::Create(*engine, options_).value();
  EXPECT_EQ(CountStreams(), 1U) << "of the same engine, too";
  client_.reset();
}

TEST_F(DurableClientTest, DurableStreamsNeedADirectory) {
  options_.stream_options.durability = Durability::kProcess;
  EXPECT_TRUE(absl::IsInvalidArgument(Client::Create(options_).status()));
  EXPECT_TRUE(Client::Create(options_, engine_options_).ok());
}

TEST_F(DurableClientTest, ThePartitionerOfTheClientIsFoundAgain) {
  class FirstLetter final : public Partitioner {
   public:
    HashKey Hash(std::string_view key) const override {
      return HashKey::FromHalves(key.empty() ? 0 : uint64_t{static_cast<uint8_t>(key[0])} << 56, 0);
    }
    std::string_view name() const override { return "first_letter"; }
  };
  options_.stream_options.partitioner = std::make_shared<FirstLetter>();
  Start();
  Make();
  Restart();
  EXPECT_EQ(CountStreams(), 1U);
}

TEST_F(DurableClientTest, WhatAnotherVersionHasWrittenIsRefused) {
  for (const std::string part : {"account", "channels"}) {
    {
      auto engine = Engine::Create(engine_options_).value();
      auto properties =
          kinesis::internal::EngineProperties::Open(*engine, "api/000000000000/us-east-1").value();
      ASSERT_TRUE(properties->SetPart(part, "\x63 and more").ok());
    }
    const absl::Status refused = Client::Create(options_, engine_options_).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
    EXPECT_NE(refused.message().find("version 99"), std::string::npos) << refused;
  }
}

TEST_F(DurableClientTest, AClientThatTheDiskDoesNotLetStartHasChangedNothing) {
  FaultyFileSystem files(FileSystem::Posix());
  engine_options_.file_system = &files;
  Start();
  Make();
  const std::string shown = ShownStateOf(*client_);
  client_.reset();
  for (uint64_t skip = 0;; ++skip) {
    const uint64_t failures = files.failures();
    files.Fail({.skip = skip});
    const auto started = Client::Create(options_, engine_options_);
    const bool failed = files.failures() > failures;
    files.FailNothing();
    if (!failed) break;
    if (started.ok()) {
      EXPECT_EQ(ShownStateOf(**started), shown) << "disk call " << skip;
    }
  }
  Start();
  EXPECT_EQ(ShownStateOf(*client_), shown);
  client_.reset();  // before its disk
}

// --- kill -9 -------------------------------------------------------------------------------------

constexpr uint64_t kStreams = 4096;  // made at most, and calls of a kind to one

// Written by the child, read by the parent when it is dead. Sequentially consistent throughout.
struct Shared {
  enum Stage : uint8_t { kNone, kMaking, kMade, kDeleting, kDeleted };
  struct Stream {
    std::atomic<uint8_t> stage{kNone};
    // Of each the number that was begun and that was answered.
    std::atomic<uint64_t> tags_begun{0}, tags{0};
    std::atomic<uint64_t> consumers_begun{0}, consumers{0};
    std::atomic<uint64_t> records_begun{0}, records{0};
  };
  Stream streams[kStreams];
  std::atomic<uint64_t> next{0};
  kinesis::testing::ChildReport report;
};

ClientOptions OptionsOfKilled() {
  ClientOptions options;
  options.limits.rates = false;
  options.limits.shards_per_account = kUnlimited;
  return options;
}

std::string NameOf(uint64_t i) { return "stream-" + std::to_string(i); }
std::string ArnOf(uint64_t i) { return SampleWorld::ArnOf(NameOf(i)); }

class Child {
 public:
  Child(Shared& shared, const std::string& directory, uint64_t seed)
      : shared_(shared),
        random_(seed),
        client_(Client::Create(OptionsOfKilled(), {.directory = directory}).value()) {}

  [[noreturn]] void Run() {
    for (uint64_t i = shared_.next; i < kStreams; shared_.next = ++i) {
      Shared::Stream& stream = shared_.streams[i];
      const std::string name = NameOf(i);
      stream.stage = Shared::kMaking;
      Check(client_->CreateStream(
          {.stream_name = name, .shard_count = 2, .tags = TagMap{{"made", name}}}));
      stream.stage = Shared::kMade;
      for (uint64_t steps = random_() % 40; steps > 0; --steps) Step(i, stream);
      if (random_() % 2 == 0) continue;
      stream.stage = Shared::kDeleting;
      Check(client_->DeleteStream({.stream_name = name, .enforce_consumer_deletion = true}));
      stream.stage = Shared::kDeleted;
    }
    _exit(1);
  }

 private:
  void Step(uint64_t i, Shared::Stream& stream) {
    const std::string name = NameOf(i);
    switch (random_() % 3) {
      case 0: {
        const uint64_t number = ++stream.tags_begun;
        Check(client_->AddTagsToStream(
            {.stream_name = name, .tags = TagMap{{"number", std::to_string(number)}}}));
        stream.tags = number;
        break;
      }
      case 1: {
        if (stream.consumers >= 20) break;
        const uint64_t number = ++stream.consumers_begun;
        Check(client_
                  ->RegisterStreamConsumer(
                      {.stream_arn = ArnOf(i), .consumer_name = "c" + std::to_string(number)})
                  .status());
        stream.consumers = number;
        break;
      }
      default: {
        stream.records_begun += 3;
        const PutRecordsRequestEntry entry{.data = "tea", .partition_key = "alice"};
        const auto put = client_->PutRecords(
            {.stream_name = name, .records = std::vector<PutRecordsRequestEntry>(3, entry)});
        Check(put.status());
        if (put->failed_record_count != 0) Check(absl::InternalError("a record was refused"));
        stream.records = stream.records_begun.load();
      }
    }
  }

  void Check(const absl::Status& status) { shared_.report.Check(status, "the child"); }

  Shared& shared_;
  std::mt19937_64 random_;
  const std::unique_ptr<Client> client_;
};

class KillTest : public ::testing::Test {
 protected:
  static uint64_t CountRecords(Client& client, const std::string& name) {
    uint64_t count = 0;
    for (uint32_t shard = 0; shard < 2; ++shard) {
      const auto iterator =
          client.GetShardIterator({.stream_name = name,
                                   .shard_id = ShardId(shard),
                                   .shard_iterator_type = ShardIteratorType::kTrimHorizon});
      EXPECT_TRUE(iterator.ok()) << iterator.status();
      const auto page = client.GetRecords({.shard_iterator = iterator->shard_iterator});
      EXPECT_TRUE(page.ok()) << page.status();
      count += page->records.size();
    }
    return count;
  }

  void CheckStream(Client& client, uint64_t i) {
    const Shared::Stream& stream = shared_->streams[i];
    const std::string name = NameOf(i);
    SCOPED_TRACE(name);
    const auto summary = client.DescribeStreamSummary({.stream_name = name});
    if (stream.stage == Shared::kNone || stream.stage == Shared::kDeleted) {
      ASSERT_TRUE(Fails(summary, ErrorType::kResourceNotFound));
      return;
    }
    if (!summary.ok()) {
      ASSERT_NE(stream.stage, Shared::kMade) << "a stream is lost: " << summary.status();
      ASSERT_TRUE(Fails(summary, ErrorType::kResourceNotFound));
      ASSERT_TRUE(absl::IsNotFound(client.engine().OpenStream(name).status())) << "half there";
      return;
    }
    ++found_;
    ASSERT_EQ(summary->stream_description_summary.stream_status, StreamStatus::kActive);
    const auto tags = client.ListTagsForStream({.stream_name = name}).value().tags;
    ASSERT_FALSE(tags.empty());
    ASSERT_EQ(tags[0].value, name);
    const uint64_t number = tags.size() == 1 ? 0 : std::stoull(tags[1].value.value());
    ASSERT_GE(number, stream.tags);
    ASSERT_LE(number, stream.tags_begun);
    const auto consumers = client.ListStreamConsumers({.stream_arn = ArnOf(i)}).value().consumers;
    ASSERT_GE(consumers.size(), stream.consumers);
    ASSERT_LE(consumers.size(), stream.consumers_begun);
    for (const Consumer& consumer : consumers) {
      ASSERT_TRUE(client.DescribeStreamConsumer({.consumer_arn = consumer.consumer_arn}).ok());
    }
    const uint64_t records = CountRecords(client, name);
    ASSERT_GE(records, stream.records);
    ASSERT_LE(records, stream.records_begun);
  }

  kinesis::testing::SharedMemory<Shared> shared_;
  uint64_t found_ = 0;
};

TEST_F(KillTest, WhatWasAnsweredIsThereAndNothingIsHalfThere) {
  const uint64_t kills = kinesis::testing::FromEnvironment("KINESIS_KILLS", 20);
  std::mt19937_64 random(kinesis::testing::FromEnvironment("KINESIS_TEST_SEED", 1));
  const TemporaryDirectory directory(TemporaryDirectory::Where::kMemory);
  const std::string path = directory / "engine";
  for (uint64_t i = 0; i < kills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i));
    const uint64_t seed = random();
    const uint64_t first = shared_->next;
    kinesis::testing::KillAfter(std::chrono::microseconds(random() % 60'000), shared_->report,
                                [&] { Child(*shared_, path, seed).Run(); });
    if (HasFatalFailure()) return;
    auto client = Client::Create(OptionsOfKilled(), {.directory = path}).value();
    for (uint64_t stream = first; stream <= shared_->next && stream < kStreams; ++stream) {
      CheckStream(*client, stream);
      if (HasFatalFailure()) return;
      // Not needed any more. The next child goes on with the next.
      client->DeleteStream({.stream_name = NameOf(stream), .enforce_consumer_deletion = true})
          .IgnoreError();
    }
    if (shared_->streams[shared_->next].stage != Shared::kNone) ++shared_->next;
  }
  std::printf("%llu kills, %llu streams made, %llu of them there and compared\n",
              static_cast<unsigned long long>(kills),
              static_cast<unsigned long long>(shared_->next.load()),
              static_cast<unsigned long long>(found_));
}

}  // namespace
}  // namespace kinesis::api
