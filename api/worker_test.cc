// Workers by themselves: what each does when something comes, goes or fails. In thousands of
// scenarios, with restarts and hold-ups at the worst moment, they are in right_consumers_test.
#include "kinesis_core/api/worker.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/lease_store.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/stream.h"
#include "kinesis_core/testing/fault_plan.h"
#include "kinesis_core/testing/internal/loopback.h"
#include "kinesis_core/testing/matchers.h"

namespace kinesis::api {
namespace {

using kinesis::testing::FailsWith;
using kinesis::testing::FaultKind;
using kinesis::testing::FaultPlan;
using kinesis::testing::IsOk;
using kinesis::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr char kStream[] = "orders";

// A plan of faults that counts the calls.
class CountedFaults final : public FaultInjector {
 public:
  explicit CountedFaults(FaultPlan& plan) : plan_(plan) {}
  std::optional<ErrorType> OnCall(Operation operation, std::string_view stream) override {
    ++calls_[operation];
    return plan_.OnCall(operation, stream);
  }
  std::optional<ReadFault> OnRead(kinesis::Stream& stream, ShardId shard) override {
    return plan_.OnRead(stream, shard);
  }
  std::optional<EventFault> OnEvent(kinesis::Stream& stream, ShardId shard) override {
    return plan_.OnEvent(stream, shard);
  }
  int calls(Operation operation) { return calls_[operation]; }

 private:
  FaultPlan& plan_;
  std::map<Operation, int> calls_;
};

// A store that can be made to fail, and to lose its answers.
class FragileStore final : public LeaseStore {
 public:
  absl::StatusOr<std::vector<Lease>> List() override {
    if (!failure.ok()) return failure;
    return store_->List();
  }
  absl::StatusOr<Lease> Load(ShardId shard_id) override {
    if (!failure.ok()) return failure;
    return store_->Load(shard_id);
  }
  absl::Status Save(const Lease& lease) override {
    if (!failure.ok()) return failure;
    const absl::Status saved = store_->Save(lease);
    if (lost_answers > 0 && saved.ok()) {
      --lost_answers;
      return absl::UnavailableError("no answer");
    }
    return saved;
  }
  absl::Status Erase(const Lease& lease) override {
    if (!failure.ok()) return failure;
    return store_->Erase(lease);
  }

  absl::Status failure;
  int lost_answers = 0;

 private:
  const std::shared_ptr<LeaseStore> store_ = MakeMemoryLeaseStore();
};

class WorkerTest : public ::testing::Test {
 protected:
  WorkerTest() {
    ClientOptions options;
    options.limits.rates = false;
    options.faults = &counted_;
    client_ =
        kinesis::testing::AsTheSuiteIsRun(Client::Create(options, {.clock = &clock_}).value());
  }

  void Create(int32_t shards) {
    EXPECT_THAT(client_->CreateStream({.stream_name = kStream, .shard_count = shards}), IsOk());
  }
  void Put(const std::string& data, const std::string& key = "alice") {
    client_->PutRecord({.stream_name = kStream, .data = data, .partition_key = key}).value();
  }
  // To the shard that has this eighth of the hash keys.
  void PutInto(int eighth, const std::string& data) {
    const HashKey key = HashKey::FromHalves(static_cast<uint64_t>(eighth) << 61, 0);
    client_
        ->PutRecord({.stream_name = kStream,
                     .data = data,
                     .partition_key = std::to_string(eighth),
                     .explicit_hash_key = key})
        .value();
  }
  kinesis::Stream EngineStream() { return client_->engine().OpenStream(kStream).value(); }
  void Split(uint32_t shard) { EXPECT_THAT(EngineStream().SplitShard(ShardId(shard)), IsOk()); }
  void Merge(uint32_t one, uint32_t other) {
    EXPECT_THAT(EngineStream().MergeShards(ShardId(one), ShardId(other)), IsOk());
  }

  Worker Make(const std::string& id, const std::function<void(WorkerOptions&)>& change = {}) {
    WorkerOptions options{.stream_name = kStream,
                          .worker_id = id,
                          .lease_store = store_,
                          .on_shard_change = [this, id](ShardId shard, ShardChange what) {
                            changes_.emplace_back(id + " " + std::to_string(shard.index()), what);
                          }};
    if (change) change(options);
    return Worker::Create(*client_, options).value();
  }
  Worker MakeFanOut(const std::string& id) {
    return Make(id, [](WorkerOptions& options) { options.fan_out_consumer = "billing"; });
  }
  // Takes down the data of all records.
  RecordHandler Keep() {
    return [this](ShardRecords& records) {
      for (const Record& record : records) seen_.emplace_back(record.data);
      return absl::OkStatus();
    };
  }
  absl::Status Poll(Worker& worker) { return worker.Poll(Keep()).status(); }
  // A second apart, so many rounds of all.
  void Rounds(int rounds, const std::vector<Worker*>& workers) {
    for (int i = 0; i < rounds; ++i) {
      for (Worker* worker : workers) EXPECT_THAT(Poll(*worker), IsOk());
      clock_.Advance(absl::Seconds(1));
    }
  }
  std::vector<std::string> TakeSeen() { return std::exchange(seen_, {}); }
  Lease LeaseOf(uint32_t shard) { return store_->Load(ShardId(shard)).value(); }

  SimulatedClock clock_;
  FaultPlan faults_{clock_, 1};
  CountedFaults counted_{faults_};
  std::unique_ptr<Client> client_;
  std::shared_ptr<FragileStore> store_ = std::make_shared<FragileStore>();
  std::vector<std::pair<std::string, ShardChange>> changes_;
  std::vector<std::string> seen_;
};

// --- Leases --------------------------------------------------------------------------------------

TEST(LeaseTest, IsTheSameAgainFromItsText) {
  Lease lease{.shard_id = ShardId(7), .stream_created = absl::FromUnixMillis(1'600'000'000'001)};
  EXPECT_EQ(Lease::Parse(lease.ToString()).value(), lease) << lease.ToString();
  lease = {.shard_id = ShardId(9),
           .parents = {ShardId(7), ShardId(8)},
           .stream_created = absl::FromUnixMillis(1'600'000'000'001),
           .start = absl::FromUnixMillis(5),
           .checkpoint = SequenceNumber::Make(1, 9, 3, 4),
           .is_finished = true,
           .owner = "a",
           .next_owner = "@-",
           .epoch = 12,
           .version = 99};
  EXPECT_EQ(Lease::Parse(lease.ToString()).value(), lease) << lease.ToString();
}

TEST(LeaseTest, OtherTextIsRefusedWithWhatIsWrongOfIt) {
  const std::string good = Lease{.shard_id = ShardId(7), .owner = "a", .version = 3}.ToString();
  ASSERT_THAT(Lease::Parse(good), IsOk());
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_THAT(Lease::Parse(good.substr(0, length)), StatusIs(absl::StatusCode::kInvalidArgument))
        << good.substr(0, length);
  }
  EXPECT_THAT(Lease::Parse(good + " more"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("behind the version")));
  EXPECT_THAT(Lease::Parse("lease1 x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a shard is \"x\"")));
}

TEST(MemoryLeaseStoreTest, ASaveOfAnotherVersionChangesNothing) {
  const auto store = MakeMemoryLeaseStore();
  Lease lease{.shard_id = ShardId(1), .owner = "a"};
  EXPECT_THAT(store->Save(lease), IsOk());
  EXPECT_THAT(store->Save(lease), StatusIs(absl::StatusCode::kAborted));
  lease = store->Load(ShardId(1)).value();
  EXPECT_EQ(lease.version, 1U);
  EXPECT_THAT(store->Save(lease), IsOk());
  lease.owner = "b";
  EXPECT_THAT(store->Save(lease), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(store->Erase(lease), StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(store->Load(ShardId(1)).value().owner, "a");
  EXPECT_THAT(store->Erase(store->Load(ShardId(1)).value()), IsOk());
  EXPECT_THAT(store->Load(ShardId(1)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(store->List().value(), IsEmpty());
}

// --- Options -------------------------------------------------------------------------------------

TEST_F(WorkerTest, AWrongOptionIsNamed) {
  const std::vector<std::pair<std::string, std::function<void(WorkerOptions&)>>> cases = {
      {"stream_name", [](WorkerOptions& options) { options.stream_name = ""; }},
      {"worker_id", [](WorkerOptions& options) { options.worker_id = ""; }},
      {"worker_id", [](WorkerOptions& options) { options.worker_id = "a b"; }},
      {"worker_id", [](WorkerOptions& options) { options.worker_id = std::string(257, 'a'); }},
      {"max_records", [](WorkerOptions& options) { options.max_records = 0; }},
      {"max_records", [](WorkerOptions& options) { options.max_records = 10'001; }},
      {"poll_interval", [](WorkerOptions& options) { options.poll_interval = {}; }},
      {"lease_time", [](WorkerOptions& options) { options.lease_time = absl::Microseconds(1); }},
      {"sync_interval", [](WorkerOptions& options) { options.sync_interval = -absl::Hours(1); }},
      {"list_interval", [](WorkerOptions& options) { options.list_interval = {}; }},
      {"back_off_min", [](WorkerOptions& options) { options.back_off_min = {}; }},
      {"back_off_max", [](WorkerOptions& options) { options.back_off_max = {}; }},
      {"start.type", [](WorkerOptions& options) { options.start = {}; }},
      {"start.type",
       [](WorkerOptions& options) {
         options.start = {.type = ShardIteratorType::kAtSequenceNumber};
       }},
      {"start.timestamp",
       [](WorkerOptions& options) { options.start = {.type = ShardIteratorType::kAtTimestamp}; }},
      {"start.timestamp", [this](WorkerOptions& options) {
         options.start = {.type = ShardIteratorType::kAtTimestamp,
                          .timestamp = clock_.Now() + absl::Seconds(1)};
       }}};
  for (const auto& [field, change] : cases) {
    WorkerOptions options{.stream_name = kStream, .worker_id = "a"};
    EXPECT_THAT(Worker::Create(*client_, options), IsOk());
    change(options);
    const absl::Status status = Worker::Create(*client_, options).status();
    EXPECT_FALSE(status.ok()) << field;
    EXPECT_THAT(status.ToString(), HasSubstr(field));
  }
}

TEST_F(WorkerTest, AStreamThatIsNotThereIsAnErrorOfPoll) {
  Worker worker = Make("a");
  EXPECT_THAT(Poll(worker), FailsWith(ErrorType::kResourceNotFound));
  Create(1);
  Put("tea");
  EXPECT_THAT(Poll(worker), IsOk());
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

// --- Reading and checkpoints ---------------------------------------------------------------------

TEST_F(WorkerTest, ReadsWhatIsThereAndWhatComes) {
  Create(2);
  PutInto(0, "tea");
  PutInto(4, "milk");
  Worker worker = Make("a");
  Rounds(1, {&worker});
  EXPECT_THAT(TakeSeen(), ElementsAre("tea", "milk"));
  EXPECT_THAT(worker.shards(), ElementsAre(ShardId(0), ShardId(1)));
  PutInto(0, "cake");
  Rounds(2, {&worker});
  EXPECT_THAT(TakeSeen(), ElementsAre("cake"));
}

TEST_F(WorkerTest, OneThatComesAfterGoesOnBehindTheCheckpoint) {
  Create(1);
  Put("tea");
  {
    Worker worker = Make("a");
    Rounds(1, {&worker});
  }
  Put("milk");
  Worker worker = Make("b");
  Rounds(1, {&worker});
  EXPECT_THAT(seen_, ElementsAre("tea", "milk"));
}

TEST_F(WorkerTest, AHandlerThatFailsGetsTheRestAgainAndOtherShardsGoOn) {
  Create(2);
  PutInto(0, "tea");
  PutInto(0, "poison");
  PutInto(0, "cake");
  PutInto(4, "milk");
  std::vector<std::pair<std::string, uint64_t>> seen;
  Worker worker = Make("a");
  const auto handler = [&seen](ShardRecords& records) {
    for (size_t i = 0; i < records.size(); ++i) {
      const std::string data(records[i].data);
      seen.emplace_back(data, records.attempt());
      if (data != "poison" || (i == 0 && records.attempt() == 3)) continue;
      EXPECT_THAT(records.Checkpoint(i), IsOk());
      return absl::InternalError("cannot process it");
    }
    return absl::OkStatus();
  };
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(worker.Poll(handler), IsOk());
    if (i == 0) {
      EXPECT_THAT(worker.last_error(), StatusIs(absl::StatusCode::kInternal));
    }
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(seen, ElementsAre(Pair("tea", 1), Pair("poison", 1), Pair("milk", 1),
                                Pair("poison", 2), Pair("poison", 3), Pair("cake", 3)));
  EXPECT_THAT(worker.last_error(), IsOk());
}

TEST_F(WorkerTest, AnExceptionOfTheHandlerPassesAndItsRecordsComeAgain) {
  Create(1);
  Put("tea");
  Worker worker = Make("a");
  const auto throws = [](ShardRecords&) -> absl::Status { throw std::runtime_error("no tea"); };
  EXPECT_THROW(worker.Poll(throws).IgnoreError(), std::runtime_error);
  Rounds(3, {&worker});
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

TEST_F(WorkerTest, AHandlerThatCallsItsWorkerIsRefused) {
  Create(1);
  Put("tea");
  Worker worker = Make("a");
  EXPECT_THAT(worker.Poll(nullptr), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(worker.Poll([&](ShardRecords& records) {
    EXPECT_THAT(worker.Poll(Keep()), StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(worker.Run({}, Keep()), StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(worker.Leave(), StatusIs(absl::StatusCode::kFailedPrecondition));
    return Keep()(records);
  }),
              IsOk());
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

TEST_F(WorkerTest, ACheckpointOfMoreThanThereIsIsRefused) {
  Create(1);
  Put("tea");
  Worker worker = Make("a");
  EXPECT_THAT(worker.Poll([](ShardRecords& records) {
    EXPECT_THAT(records.Checkpoint(2),
                StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("[0, 1]")));
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_F(WorkerTest, WhatTheStoreCouldNotTakeIsSavedLaterAndNotProcessedAgain) {
  Create(1);
  Worker worker = Make("a");
  Rounds(1, {&worker});
  Put("tea");
  const auto fails = [this](ShardRecords& records) {
    store_->failure = absl::UnavailableError("no store");
    return Keep()(records);
  };
  EXPECT_THAT(worker.Poll(fails), IsOk());
  EXPECT_THAT(worker.last_error(), StatusIs(absl::StatusCode::kUnavailable));
  Put("milk");
  Rounds(2, {&worker});
  EXPECT_THAT(TakeSeen(), ElementsAre("tea"));
  EXPECT_FALSE(worker.last_error().ok());
  store_->failure = absl::OkStatus();
  Rounds(15, {&worker});
  EXPECT_THAT(TakeSeen(), ElementsAre("milk"));
  EXPECT_TRUE(LeaseOf(0).checkpoint.is_valid());
}

TEST_F(WorkerTest, WhatIsDoneWithAndNotSavedYetIsSavedWhenTheShardIsLetGo) {
  Create(1);
  Put("tea");
  Worker a = Make("a");
  const auto fails = [this](ShardRecords& records) {
    store_->failure = absl::UnavailableError("no store");
    return Keep()(records);
  };
  EXPECT_THAT(a.Poll(fails), IsOk());
  store_->failure = absl::OkStatus();
  EXPECT_FALSE(LeaseOf(0).checkpoint.is_valid());
  EXPECT_THAT(a.Leave(), IsOk());
  Worker b = Make("b");
  Rounds(3, {&b});
  EXPECT_THAT(b.shards(), SizeIs(1));
  EXPECT_THAT(TakeSeen(), ElementsAre("tea"));
}

TEST_F(WorkerTest, AnAnswerOfTheStoreThatIsLostChangesNothing) {
  Create(2);
  PutInto(0, "tea");
  Worker worker = Make("a");
  for (int i = 0; i < 40; ++i) {
    store_->lost_answers = 1;
    Rounds(1, {&worker});
    PutInto(4, std::to_string(i));
  }
  Rounds(15, {&worker});
  std::vector<std::string> expected = {"tea"};
  for (int i = 0; i < 40; ++i) expected.push_back(std::to_string(i));
  EXPECT_THAT(TakeSeen(), ::testing::UnorderedElementsAreArray(expected));
}

TEST_F(WorkerTest, AWorkerThatCannotRenewStopsReadingAtTheEndOfItsLease) {
  Create(1);
  Worker worker = Make("a");
  Rounds(1, {&worker});
  store_->failure = absl::UnavailableError("no store");
  clock_.Advance(absl::Seconds(31));
  Put("tea");
  Rounds(20, {&worker});
  EXPECT_THAT(seen_, IsEmpty());
  store_->failure = absl::OkStatus();
  Rounds(15, {&worker});
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

// --- Where it begins -----------------------------------------------------------------------------

TEST_F(WorkerTest, LatestIsFromTheMomentOnInWhichTheFirstWorkerWasMade) {
  Create(2);
  PutInto(0, "old");
  clock_.Advance(absl::Seconds(1));
  const auto latest = [](WorkerOptions& options) {
    options.start = {.type = ShardIteratorType::kLatest};
  };
  {
    Worker worker = Make("a", latest);
    PutInto(0, "tea");
    clock_.Advance(absl::Seconds(1));
    // It is gone before it could checkpoint anything.
    EXPECT_THAT(worker.Poll([](ShardRecords&) { return absl::InternalError("no"); }), IsOk());
  }
  PutInto(4, "milk");
  Split(0);
  PutInto(0, "cake");
  clock_.Advance(absl::Seconds(1));
  Worker worker = Make("b", latest);
  Rounds(3, {&worker});
  EXPECT_THAT(seen_, UnorderedElementsAre("tea", "milk", "cake"));
}

TEST_F(WorkerTest, ATimestampIsWhereItBegins) {
  Create(1);
  Put("old");
  clock_.Advance(absl::Seconds(10));
  const absl::Time start = clock_.Now();
  Put("tea");
  clock_.Advance(absl::Seconds(10));
  for (const bool fan_out : {false, true}) {
    store_ = std::make_shared<FragileStore>();
    Worker worker = Make("a", [&](WorkerOptions& options) {
      options.start = {.type = ShardIteratorType::kAtTimestamp, .timestamp = start};
      if (fan_out) options.fan_out_consumer = "billing";
    });
    Rounds(2, {&worker});
    EXPECT_THAT(TakeSeen(), ElementsAre("tea"));
  }
}

TEST_F(WorkerTest, AStreamOfTheSameNameIsReadFromItsBeginning) {
  Create(1);
  Put("tea");
  Worker former = Make("a");
  Rounds(1, {&former});
  Split(0);
  Rounds(3, {&former});
  EXPECT_TRUE(LeaseOf(0).is_finished);
  EXPECT_THAT(client_->DeleteStream({.stream_name = kStream}), IsOk());
  clock_.Advance(absl::Minutes(1));
  Create(1);
  Put("milk");
  // It was made for another stream, and says so.
  absl::Status gone;
  for (int i = 0; i < 10 && gone.ok(); ++i) {
    gone = Poll(former);
    clock_.Advance(absl::Seconds(1));
  }
  EXPECT_THAT(gone, FailsWith(ErrorType::kResourceNotFound));
  Worker worker = Make("a");
  Rounds(2, {&worker});
  EXPECT_THAT(seen_, ElementsAre("tea", "milk"));
  EXPECT_THAT(store_->List().value(), SizeIs(1));
}

// --- What fails ----------------------------------------------------------------------------------

TEST_F(WorkerTest, EveryCallMayBeThrottledForAWhile) {
  Create(2);
  const std::vector<Operation> polling = {Operation::kDescribeStreamSummary, Operation::kListShards,
                                          Operation::kGetShardIterator, Operation::kGetRecords};
  const std::vector<Operation> fanning_out = {Operation::kDescribeStreamConsumer,
                                              Operation::kRegisterStreamConsumer,
                                              Operation::kSubscribeToShard};
  for (const bool fan_out : {false, true}) {
    for (const Operation operation : fan_out ? fanning_out : polling) {
      for (const ErrorType error :
           {ErrorType::kLimitExceeded, ErrorType::kProvisionedThroughputExceeded,
            ErrorType::kInternalFailure}) {
        store_ = std::make_shared<FragileStore>();
        const int before = counted_.calls(operation);
        faults_.Add({.kind = FaultKind::kFailCall,
                     .operation = operation,
                     .until = clock_.Now() + absl::Minutes(10),
                     .error = error});
        Put("tea");
        Worker worker = fan_out ? MakeFanOut("a") : Make("a");
        for (int i = 0; i < 600 * 2; ++i) {
          EXPECT_THAT(Poll(worker), IsOk());
          clock_.Advance(absl::Milliseconds(500));
        }
        // No more than one call in five seconds, for each shard: ten minutes are 600 s.
        EXPECT_LE(counted_.calls(operation) - before, 2 * (600 / 5 + 10)) << operation;
        Rounds(30, {&worker});
        EXPECT_THAT(TakeSeen(), ::testing::Contains("tea")) << operation;
        EXPECT_THAT(worker.last_error(), IsOk()) << operation;
      }
    }
  }
}

TEST_F(WorkerTest, AnIteratorThatHasExpiredIsRenewedBehindTheLastRecord) {
  Create(1);
  Put("tea");
  Worker worker =
      Make("a", [](WorkerOptions& options) { options.lease_time = absl::InfiniteDuration(); });
  Rounds(2, {&worker});
  const int iterators = counted_.calls(Operation::kGetShardIterator);
  clock_.Advance(absl::Minutes(6));
  Put("milk");
  EXPECT_THAT(Poll(worker), IsOk());
  EXPECT_THAT(seen_, ElementsAre("tea", "milk"));
  EXPECT_EQ(counted_.calls(Operation::kGetShardIterator), iterators + 1);
}

TEST_F(WorkerTest, ErrorsThatTimeDoesNotMendAreReturned) {
  Create(1);
  Worker worker = Make("a");
  for (const ErrorType error : {ErrorType::kAccessDenied, ErrorType::kValidation}) {
    faults_.FailNextCalls(Operation::kGetRecords, 1, error);
    EXPECT_THAT(Poll(worker), FailsWith(error));
    clock_.Advance(absl::Seconds(20));
  }
  Put("tea");
  Rounds(2, {&worker});
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

TEST_F(WorkerTest, TheServicesRatesAreKeptWhileItCatchesUp) {
  Create(1);
  for (int i = 0; i < 200; ++i) Put(std::to_string(i));
  EXPECT_THAT(client_->SetLimits(Limits::Kinesis(), {}), IsOk());
  Worker worker = Make("a", [](WorkerOptions& options) { options.max_records = 10; });
  clock_.SetAutoAdvance(1);
  std::stop_source stop;
  const absl::Status status = worker.Run(stop.get_token(), [&](ShardRecords& records) {
    EXPECT_THAT(worker.last_error(), IsOk());
    EXPECT_THAT(Keep()(records), IsOk());
    if (seen_.size() == 200) stop.request_stop();
    return absl::OkStatus();
  });
  EXPECT_THAT(status, IsOk());
  EXPECT_THAT(seen_, SizeIs(200));
}

TEST_F(WorkerTest, AClockThatIsSetBackHoldsNothingUp) {
  Create(1);
  Worker worker = Make("a");
  Rounds(3, {&worker});
  clock_.Advance(-absl::Hours(1));
  Put("tea");
  Rounds(3, {&worker});
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

TEST_F(WorkerTest, ThoseWhoJoinOthersDoNotListTheShardsAtTheSameTime) {
  Create(8);
  Worker first = Make("first");
  Rounds(1, {&first});
  const int before = counted_.calls(Operation::kListShards);
  std::vector<Worker> workers;
  std::vector<Worker*> all = {&first};
  for (int i = 0; i < 7; ++i) workers.push_back(Make(std::to_string(i)));
  for (Worker& worker : workers) all.push_back(&worker);
  Rounds(20, all);
  for (Worker* worker : all) EXPECT_THAT(worker->shards(), SizeIs(1));
  EXPECT_LE(counted_.calls(Operation::kListShards) - before, 3);
}

// --- Lineage -------------------------------------------------------------------------------------

TEST_F(WorkerTest, AChildComesAfterItsParentsHoweverTheyAreSharedOut) {
  Create(2);
  PutInto(0, "0 in parent");
  PutInto(4, "4 in parent");
  Merge(0, 1);
  PutInto(0, "0 in child");
  PutInto(4, "4 in child");
  Worker a = Make("a");
  Worker b = Make("b");
  bool fails = true;
  const auto handler = [&](ShardRecords& records) {
    // One of the parents is in the way for a while.
    if (fails && records.shard_id() == ShardId(1)) return absl::InternalError("not yet");
    return Keep()(records);
  };
  for (int i = 0; i < 60; ++i) {
    fails = i < 30;
    for (Worker* worker : {&a, &b}) EXPECT_THAT(worker->Poll(handler), IsOk());
    clock_.Advance(absl::Seconds(1));
    if (fails) {
      EXPECT_THAT(seen_, ElementsAre("0 in parent"));
    }
  }
  EXPECT_THAT(seen_, ElementsAre("0 in parent", "4 in parent", "0 in child", "4 in child"));
}

TEST_F(WorkerTest, AMergeWaitsForAParentThatNobodyHasComeToYet) {
  Create(2);  // 0 and 1
  PutInto(6, "first");
  Worker worker = Make("a");
  bool fails = true;
  const auto handler = [&](ShardRecords& records) {
    if (fails && records.shard_id() == ShardId(1)) return absl::InternalError("not yet");
    return Keep()(records);
  };
  const auto poll = [&](int rounds) {
    for (int i = 0; i < rounds; ++i) {
      EXPECT_THAT(worker.Poll(handler), IsOk());
      clock_.Advance(absl::Seconds(1));
    }
  };
  poll(2);
  // The end of 0 is read, and names 4, whose other parent 2 has no lease: 1 is before it.
  Split(1);  // 2 and 3
  PutInto(4, "second");
  Merge(0, 2);  // 4
  PutInto(4, "third");
  poll(30);
  EXPECT_THAT(seen_, IsEmpty());
  fails = false;
  poll(30);
  EXPECT_THAT(seen_, ElementsAre("first", "second", "third"));
}

TEST_F(WorkerTest, ChildrenAreFoundWithoutAListing) {
  Create(1);
  Worker worker = Make("a");
  Rounds(1, {&worker});
  const int listings = counted_.calls(Operation::kListShards);
  for (uint32_t shard = 0; shard < 10; ++shard) {
    Split(shard);
    Put("tea");
    Rounds(3, {&worker});
  }
  EXPECT_EQ(counted_.calls(Operation::kListShards), listings);
  EXPECT_THAT(seen_, SizeIs(10));
  EXPECT_THAT(worker.shards(), SizeIs(11));
}

TEST_F(WorkerTest, LeasesOfShardsThatHaveExpiredGo) {
  Create(1);
  Put("tea");
  Worker worker = Make("a");
  Rounds(1, {&worker});
  Split(0);
  Rounds(3, {&worker});
  EXPECT_TRUE(LeaseOf(0).is_finished);
  clock_.Advance(absl::Hours(25));
  Put("milk");
  Rounds(3, {&worker});
  EXPECT_THAT(store_->Load(ShardId(0)), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(seen_, ElementsAre("tea", "milk"));
}

TEST_F(WorkerTest, AShardThatExpiresBeforeItIsReadIsNoEnd) {
  Create(1);
  Put("tea");
  Worker worker = Make("a");
  EXPECT_THAT(worker.Poll([](ShardRecords&) { return absl::InternalError("no"); }), IsOk());
  Split(0);
  clock_.Advance(absl::Hours(25));
  Put("milk");
  Rounds(15, {&worker});
  EXPECT_THAT(seen_, ::testing::Contains("milk"));
  EXPECT_THAT(worker.shards(), ElementsAre(ShardId(1), ShardId(2)));
}

// --- Several -------------------------------------------------------------------------------------

TEST_F(WorkerTest, OneThatComesGetsItsShareBehindCheckpointsAndNothingComesTwice) {
  Create(8);
  Worker a = Make("a");
  Rounds(1, {&a});
  EXPECT_THAT(a.shards(), SizeIs(8));
  std::vector<std::string> expected;
  const auto put = [&](int round) {
    for (int eighth = 0; eighth < 8; ++eighth) {
      expected.push_back(std::to_string(eighth) + "/" + std::to_string(round));
      PutInto(eighth, expected.back());
    }
  };
  Worker b = Make("b");
  changes_.clear();
  for (int round = 0; round < 20; ++round) {
    put(round);
    Rounds(1, {&a, &b});
  }
  EXPECT_THAT(a.shards(), SizeIs(4));
  EXPECT_THAT(b.shards(), SizeIs(4));
  // Four moved, once each, and no other.
  EXPECT_EQ(std::count_if(changes_.begin(), changes_.end(),
                          [](const auto& change) { return change.second == ShardChange::kTaken; }),
            4);
  EXPECT_EQ(changes_.size(), 8U);
  EXPECT_THAT(b.Leave(), IsOk());
  for (int round = 20; round < 30; ++round) {
    put(round);
    Rounds(1, {&a});
  }
  Rounds(2, {&a});
  EXPECT_THAT(a.shards(), SizeIs(8));
  EXPECT_THAT(seen_, ::testing::UnorderedElementsAreArray(expected));
}

TEST_F(WorkerTest, ABusyShardMovesAtItsNextCheckpoint) {
  Create(2);
  PutInto(0, "tea");
  PutInto(4, "milk");
  Worker a = Make("a");
  Worker b = Make("b");
  // b asks while a's handler runs, and a lets go in the same round.
  EXPECT_THAT(a.Poll([&](ShardRecords& records) {
    if (records.shard_id() == ShardId(1)) {
      EXPECT_THAT(Poll(b), IsOk());
    }
    return Keep()(records);
  }),
              IsOk());
  EXPECT_THAT(a.shards(), SizeIs(1));
  Rounds(7, {&b});
  EXPECT_THAT(b.shards(), SizeIs(1));
  EXPECT_THAT(seen_, ElementsAre("tea", "milk"));
}

TEST_F(WorkerTest, ASilentWorkerLosesItsShardsAndItsCheckpointIsRefused) {
  Create(1);
  Put("tea");
  Worker a = Make("a");
  Worker b = Make("b");
  absl::Status refused;
  EXPECT_THAT(a.Poll([&](ShardRecords& records) {
    Rounds(1, {&b});  // b sees the lease
    EXPECT_THAT(b.shards(), IsEmpty());
    clock_.Advance(absl::Seconds(31));
    Rounds(1, {&b});  // and that it has not changed
    EXPECT_THAT(b.shards(), ElementsAre(ShardId(0)));
    EXPECT_THAT(TakeSeen(), ElementsAre("tea"));
    refused = records.Checkpoint(1);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAborted, HasSubstr("is lost")));
  EXPECT_THAT(a.shards(), IsEmpty());
  EXPECT_THAT(changes_,
              ElementsAre(Pair("a 0", ShardChange::kTaken), Pair("b 0", ShardChange::kTaken),
                          Pair("a 0", ShardChange::kLost)));
  EXPECT_EQ(LeaseOf(0).owner, "b");
  Put("milk");
  Rounds(5, {&a, &b});
  EXPECT_THAT(TakeSeen(), ElementsAre("milk"));
}

TEST_F(WorkerTest, AnOkOfALostLeaseMovesNoCheckpoint) {
  Create(1);
  for (const char* data : {"1", "2", "3"}) Put(data);
  Worker a = Make("a");
  Worker b = Make("b", [](WorkerOptions& options) { options.max_records = 1; });
  EXPECT_THAT(a.Poll([&](ShardRecords&) {
    EXPECT_THAT(Poll(b), IsOk());
    clock_.Advance(absl::Seconds(31));
    EXPECT_THAT(Poll(b), IsOk());
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(a.shards(), IsEmpty());
  // Not the third, which a was through with.
  const SequenceNumber checkpoint = LeaseOf(0).checkpoint;
  EXPECT_EQ(checkpoint.index(), 1U);
  Rounds(3, {&b});
  EXPECT_THAT(seen_, ElementsAre("1", "2", "3"));
}

TEST_F(WorkerTest, OneThatComesBackUnderItsIdFencesWhatItWas) {
  Create(1);
  Put("tea");
  Worker former = Make("a");
  std::optional<Worker> latter;
  absl::Status refused;
  EXPECT_THAT(former.Poll([&](ShardRecords& records) {
    latter.emplace(Make("a"));
    EXPECT_THAT(Poll(*latter), IsOk());  // at once, without waiting for the lease time
    refused = records.Checkpoint(1);
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(former.shards(), IsEmpty());
  EXPECT_EQ(LeaseOf(0).epoch, 2U);
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

TEST_F(WorkerTest, WithoutALeaseTimeTheShardsOfOneThatIsGoneWaitForItsReturn) {
  Create(1);
  const auto unwatched = [](WorkerOptions& options) {
    options.lease_time = absl::InfiniteDuration();
  };
  Worker a = Make("a", unwatched);
  Rounds(1, {&a});
  Put("tea");
  Worker b = Make("b", unwatched);
  for (int i = 0; i < 48; ++i) {
    Rounds(1, {&b});
    clock_.Advance(absl::Minutes(20));
  }
  EXPECT_THAT(seen_, IsEmpty());
  Worker back = Make("a", unwatched);
  Rounds(1, {&back});
  EXPECT_THAT(seen_, ElementsAre("tea"));
}

TEST_F(WorkerTest, WorkersWithoutAShardComeInWhenThereAreMore) {
  Create(1);
  Worker a = Make("a");
  Worker b = Make("b");
  Worker c = Make("c");
  Rounds(10, {&a, &b, &c});
  EXPECT_THAT(a.shards(), SizeIs(1));
  Split(0);
  Split(1);
  Rounds(30, {&a, &b, &c});
  for (Worker* worker : {&a, &b, &c}) EXPECT_THAT(worker->shards(), SizeIs(1));
}

TEST_F(WorkerTest, OneThatAskedForAShardAndLeftLeavesNothingBehind) {
  Create(2);
  Worker a = Make("a");
  Rounds(1, {&a});
  Worker b = Make("b");
  EXPECT_THAT(Poll(b), IsOk());
  EXPECT_EQ(LeaseOf(0).next_owner + LeaseOf(1).next_owner, "b");
  EXPECT_THAT(b.Leave(), IsOk());
  Rounds(10, {&a});
  EXPECT_THAT(a.shards(), SizeIs(2));
  EXPECT_THAT(changes_, SizeIs(2));
}

// --- Enhanced fan-out ----------------------------------------------------------------------------

TEST_F(WorkerTest, FanOutGoesOnAcrossTheEndOfASubscriptionAndAReshard) {
  Create(1);
  Worker worker = MakeFanOut("a");
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    expected.push_back(std::to_string(i));
    Put(expected.back());
    if (i == 20) Split(0);
    EXPECT_THAT(Poll(worker), IsOk());
    clock_.Advance(absl::Seconds(25));
  }
  Rounds(5, {&worker});
  EXPECT_THAT(seen_, ::testing::ElementsAreArray(expected));
  EXPECT_EQ(counted_.calls(Operation::kGetRecords), 0);
  // A subscription lasts five minutes, and these are a quarter of an hour.
  EXPECT_GE(counted_.calls(Operation::kSubscribeToShard), 4);
  EXPECT_EQ(counted_.calls(Operation::kRegisterStreamConsumer), 1);
}

TEST_F(WorkerTest, FanOutWaitsUntilItsConsumerIsActiveAndRegistersItAgain) {
  LifecycleDelays delays;
  delays.create_consumer = absl::Seconds(10);
  delays.delete_consumer = absl::Seconds(10);
  Create(1);
  EXPECT_THAT(client_->SetLimits(client_->options().limits, delays), IsOk());
  Put("tea");
  Worker worker = MakeFanOut("a");
  Rounds(5, {&worker});
  EXPECT_THAT(seen_, IsEmpty());
  Rounds(20, {&worker});
  EXPECT_THAT(TakeSeen(), ElementsAre("tea"));
  const std::string arn = client_->DescribeStreamSummary({.stream_name = kStream})
                              .value()
                              .stream_description_summary.stream_arn;
  EXPECT_THAT(client_->DeregisterStreamConsumer({.stream_arn = arn, .consumer_name = "billing"}),
              IsOk());
  Put("milk");
  Rounds(60, {&worker});
  EXPECT_THAT(TakeSeen(), ElementsAre("milk"));
}

TEST_F(WorkerTest, FanOutMovesToAnotherWorker) {
  Create(2);
  Worker a = MakeFanOut("a");
  Rounds(2, {&a});
  Worker b = MakeFanOut("b");
  Rounds(20, {&a, &b});
  PutInto(0, "tea");
  PutInto(4, "milk");
  Rounds(20, {&a, &b});
  EXPECT_THAT(a.shards(), SizeIs(1));
  EXPECT_THAT(b.shards(), SizeIs(1));
  EXPECT_THAT(seen_, UnorderedElementsAre("tea", "milk"));
}

// --- Run -----------------------------------------------------------------------------------------

TEST_F(WorkerTest, RunEndsWhenAllOfAClosedStreamIsDoneWith) {
  Create(2);
  PutInto(0, "tea");
  Split(0);
  PutInto(4, "milk");
  EXPECT_THAT(EngineStream().Close(), IsOk());
  clock_.SetAutoAdvance(1);
  Worker worker = Make("a");
  EXPECT_THAT(worker.Run({}, Keep()), IsOk());
  EXPECT_THAT(seen_, UnorderedElementsAre("tea", "milk"));
}

TEST_F(WorkerTest, RunEndsWithTheErrorOfPoll) {
  clock_.SetAutoAdvance(1);
  Worker worker = Make("a");
  EXPECT_THAT(worker.Run({}, Keep()), FailsWith(ErrorType::kResourceNotFound));
}

TEST_F(WorkerTest, AStopLetsTheHandlerEndAndGivesTheShardsBack) {
  Create(2);
  PutInto(0, "tea");
  PutInto(4, "milk");
  clock_.SetAutoAdvance(1);
  std::stop_source stop;
  Worker worker = Make("a");
  EXPECT_THAT(worker.Run(stop.get_token(),
                         [&](ShardRecords& records) {
                           stop.request_stop();
                           return Keep()(records);
                         }),
              IsOk());
  EXPECT_THAT(seen_, ElementsAre("tea"));
  EXPECT_EQ(LeaseOf(0).owner, "");
  EXPECT_TRUE(LeaseOf(0).checkpoint.is_valid());
  Worker next = Make("b");
  EXPECT_THAT(Poll(next), IsOk());
  EXPECT_THAT(seen_, ElementsAre("tea", "milk"));
}

// Threads, the system's clock, and a stream that splits meanwhile.
TEST(WorkerThreadsTest, ShareAStreamWhoseRecordsComeOnceEach) {
  constexpr int kRecords = 2'000;
  ClientOptions options;
  options.limits.rates = false;
  const auto client = Client::Create(options).value();
  ASSERT_THAT(client->CreateStream({.stream_name = kStream, .shard_count = 4}), IsOk());
  const auto store = MakeMemoryLeaseStore();
  std::atomic<int> count{0};
  std::stop_source stop;
  std::vector<std::jthread> threads;
  for (const char* id : {"a", "b", "c"}) {
    threads.emplace_back([&, id] {
      Worker worker = Worker::Create(*client, {.stream_name = kStream,
                                               .worker_id = id,
                                               .lease_store = store,
                                               .max_records = 10,
                                               .poll_interval = absl::Milliseconds(1),
                                               .sync_interval = absl::Milliseconds(2)})
                          .value();
      EXPECT_THAT(worker.Run(stop.get_token(),
                             [&](ShardRecords& records) {
                               count += static_cast<int>(records.size());
                               return absl::OkStatus();
                             }),
                  IsOk());
    });
  }
  for (int i = 0; i < kRecords; ++i) {
    const std::string key = std::to_string(i);
    EXPECT_THAT(client->PutRecord({.stream_name = kStream, .data = key, .partition_key = key}),
                IsOk());
    if (i == kRecords / 2) {
      EXPECT_THAT(client->engine().OpenStream(kStream)->SplitShard(ShardId(2)), IsOk());
    }
  }
  while (count < kRecords) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  stop.request_stop();
  threads.clear();
  EXPECT_EQ(count, kRecords);
}

}  // namespace
}  // namespace kinesis::api
