#include "kinesis_core/testing/internal/exercise_run.h"

#include <algorithm>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/delivery.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::testing::internal {
namespace {

using api::Operation;

constexpr char kStreamName[] = "stream";
constexpr char kOutputName[] = "output";
constexpr size_t kKeys = 5;
// Beyond it a scenario goes on with fewer shards than it asks for.
constexpr size_t kOpenShardsMax = 12;
// A producer gives up on a record after so many tries, one second apart.
constexpr int kTries = 8;
// How long UPDATING and DELETING take where they take time; the service was seen to take so long.
constexpr absl::Duration kChange = absl::Seconds(10);
// Of the service's messages, so much stands in the trace.
constexpr size_t kMessageMax = 80;
// Longer than any scenario, and not for ever.
constexpr absl::Duration kSleepMax = absl::Hours(24 * 365);
// Loads of what was saved cost no call of the service: so many count as one.
constexpr uint64_t kLoadsPerCall = 20;
// A consumer that goes on after it was told to stop is told again so many times.
constexpr uint64_t kTold = 100;

// Ends a step that does not end; no std::exception, so that few handlers take it for theirs.
struct StepIsTooLong {};

bool Changes(Operation operation) {
  const std::string_view name = ToText(operation);
  return !name.starts_with("Get") && !name.starts_with("List") && !name.starts_with("Describe") &&
         operation != Operation::kSubscribeToShard;
}

// Whether the client tells how it answered.
bool IsAnswered(Operation operation) {
  return operation == Operation::kListShards || operation == Operation::kGetShardIterator ||
         operation == Operation::kGetRecords || operation == Operation::kSubscribeToShard;
}

std::string Count(uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string(thing) + (count == 1 ? "" : "s");
}

std::string TextOf(const api::CallAnswer& answer, bool is_fault) {
  std::ostringstream out;
  if (answer.is_event) {
    out << "event of a subscription";
  } else {
    out << answer.operation;
  }
  if (answer.shard) out << " of " << *answer.shard;
  if (answer.start) out << " " << *answer.start;
  out << ": ";
  if (!answer.status.ok()) {
    const std::optional<api::Error> error = api::ErrorOf(answer.status);
    out << (error ? error->name : answer.status.ToString());
    // An injected one says nothing more; the service's own message says what was wrong.
    if (error && !is_fault) out << ", " << error->message.substr(0, kMessageMax);
  } else if (answer.operation == Operation::kListShards) {
    out << Count(answer.count, "shard") << (answer.has_next ? " and a NextToken" : "");
  } else if (answer.operation == Operation::kGetRecords || answer.is_event) {
    out << Count(answer.count, "record");
    if (!answer.has_next) {
      out << (answer.is_event ? ", the subscription is over" : ", the end of the shard");
    }
  } else {
    out << "done";
  }
  if (is_fault) out << " (a fault)";
  return out.str();
}

// What follows in the trace upon something that the service may have refused.
std::string Refusal(const absl::Status& status) {
  const std::optional<api::Error> error = api::ErrorOf(status);
  return error ? ": " + error->name : "";
}

class Life;

// What outlives a consumer: the world that its contexts show.
class World final : public api::FaultInjector {
 public:
  World(const Scenario& scenario, const ExerciseOptions& options, Guard& guard, Trace* trace)
      : scenario_(scenario),
        options_(options),
        guard_(guard),
        trace_(trace),
        faults_(clock_, scenario.seed) {
    api::ClientOptions client;
    client.limits.rates = false;  // throttles are in the plan
    client.limits.shards_per_account = api::kUnlimited;
    if (scenario.shards_per_page != 0) {
      const auto page = static_cast<int64_t>(scenario.shards_per_page);
      client.limits.list_shards_default = client.limits.list_shards_max = page;
      client.limits.describe_stream_shards_default = page;
      client.limits.describe_stream_shards_max = page;
    }
    if (scenario.slow_updates) client.delays.update_stream = kChange;
    client.delays.delete_stream = kChange;
    client.faults = this;
    client.token_seed = scenario.seed;
    clock_.SetAutoAdvance(1);
    client_ = api::Client::Create(client, {.clock = &clock_}).value();
    Create(kStreamName, static_cast<int32_t>(scenario.shards));
    if (options.output_stream) Create(kOutputName, 1);
  }

  const Scenario& scenario() const { return scenario_; }
  const ExerciseOptions& options() const { return options_; }
  api::Client& client() const { return *client_; }
  SimulatedClock& clock() { return clock_; }
  FaultPlan& faults() { return faults_; }
  Guard& guard() { return guard_; }
  Stream stream() { return client_->engine().OpenStream(kStreamName).value(); }
  std::map<std::string, std::string, std::less<>>& saved() { return saved_; }
  std::vector<TestRecord>& delivered() { return delivered_; }
  // Goes up whenever a consumer reads further into a shard than it was in its life.
  uint64_t reads() const { return reads_; }

  // Who makes the calls now; null: the scenario itself.
  Life* current() const { return current_; }
  void set_current(Life* life) { current_ = life; }

  // A line of the trace; `parts` are written only if there is one.
  template <class... Parts>
  void Tell(const Parts&... parts) {
    if (trace_ == nullptr) return;
    std::ostringstream line;
    (line << ... << parts);
    trace_->Line(line.str());
  }
  Trace* trace() { return trace_; }

  // --- What the client asks and tells

  std::optional<api::ErrorType> OnCall(Operation operation, std::string_view stream) override;
  std::optional<api::PutFault> OnPut(Stream& stream, ShardId shard, const Record& record) override {
    const auto fault = faults_.OnPut(stream, shard, record);
    if (current_ != nullptr) {
      Tell("  a record for ", shard, fault ? ": " : "",
           fault ? std::string(api::ErrorName(fault->error)) + " (a fault)" : "");
    }
    return fault;
  }
  std::optional<api::ReadFault> OnRead(Stream& stream, ShardId shard) override {
    const auto fault = faults_.OnRead(stream, shard);
    if (fault) is_fault_ = true;
    return fault;
  }
  std::optional<api::EventFault> OnEvent(Stream& stream, ShardId shard) override {
    const auto fault = faults_.OnEvent(stream, shard);
    if (fault) is_fault_ = true;
    return fault;
  }
  absl::Duration OnTransition(absl::Duration usual) override { return faults_.OnTransition(usual); }
  void OnAnswer(const api::CallAnswer& answer) override;

 private:
  void Create(const char* name, int32_t shards) {
    const absl::Status created =
        client_->CreateStream({.stream_name = name, .shard_count = shards});
    created.IgnoreError();  // cannot fail: the numbers are checked, and nothing else is there yet
    if (scenario_.expiry) return;
    // So that nothing expires while a consumer catches up.
    client_->IncreaseStreamRetentionPeriod({.stream_name = name, .retention_period_hours = 8760})
        .IgnoreError();
    // A change like any other, which takes its time; this one has been long ago.
    if (scenario_.slow_updates) clock_.Advance(kChange);
  }

  const Scenario& scenario_;
  const ExerciseOptions& options_;
  Guard& guard_;
  Trace* const trace_;
  SimulatedClock clock_;
  FaultPlan faults_;
  std::unique_ptr<api::Client> client_;
  std::map<std::string, std::string, std::less<>> saved_;
  std::vector<TestRecord> delivered_;
  uint64_t reads_ = 0;
  Life* current_ = nullptr;
  bool is_fault_ = false;    // the answer that comes next is one
  bool is_counted_ = false;  // the call that is answered next has been
};

// What befalls one consumer at its effects.
struct Fate {
  std::optional<uint64_t> effects_until_lost;
  std::optional<uint64_t> effects_until_held;
  std::function<void()> hold;  // the others go on meanwhile
};

// One consumer's view of the world. Once it is lost it goes on to the end of its step in a world of
// its own, where it sees what it saves and nothing comes of it: so it meets nothing that a process
// that is gone would not have been spared.
class Life final : public ConsumerContext {
 public:
  Life(World& world, Fate& fate, uint64_t number)
      : world_(world), fate_(fate), worker_id_("worker-" + std::to_string(number)) {}

  api::Client& client() override { return world_.client(); }
  const std::string& stream_name() const override { return stream_name_; }
  const std::string& output_stream_name() const override { return output_stream_name_; }
  const std::string& worker_id() const override { return worker_id_; }
  absl::Time Now() const override { return world_.clock().Now(); }
  void Sleep(absl::Duration time) override {
    Spend();
    time = std::clamp(time, absl::ZeroDuration(), kSleepMax);
    world_.clock().Advance(time);
    if (!is_over_) world_.Tell("slept ", absl::FormatDuration(time));
  }

  void Deliver(const api::Record& record) override {
    if (BeginEffect()) KeepDelivered(record);
  }
  void Save(std::string_view key, std::string_view value) override {
    BeginEffect();
    KeepSaved(key, value);
  }
  void DeliverAndSave(const api::Record& record, std::string_view key,
                      std::string_view value) override {
    if (BeginEffect()) KeepDelivered(record);
    KeepSaved(key, value);
  }
  bool SaveIf(std::string_view key, const std::optional<std::string>& expected,
              std::string_view value) override {
    BeginEffect();
    if (!Expect(key, expected)) return false;
    KeepSaved(key, value);
    return true;
  }
  bool DeliverAndSaveIf(const api::Record& record, std::string_view key,
                        const std::optional<std::string>& expected,
                        std::string_view value) override {
    const bool counts = BeginEffect();
    if (!Expect(key, expected)) return false;
    if (counts) KeepDelivered(record);
    KeepSaved(key, value);
    return true;
  }
  std::optional<std::string> Load(std::string_view key) const override {
    if (++loads_ % kLoadsPerCall == 0) Spend();
    return Find(key);
  }

  bool is_over() const { return is_over_; }
  // Nothing that comes later has an effect.
  void End() { is_over_ = true; }
  void BeginStep() { spent_ = 0; }
  bool was_too_long() const { return spent_ > most(); }

  // A call or an effect. Throws when there have been too many in this step.
  void Spend() const {
    world_.guard().Beat();
    if (++spent_ <= most()) return;
    // Not out of a destructor while something else is on its way up.
    if (std::uncaught_exceptions() > 0) return;
    if (spent_ > most() + kTold) world_.guard().GiveUp(TooLong());
    throw StepIsTooLong();
  }
  std::string TooLong() const {
    return "does not end: " + std::to_string(most()) +
           " calls and effects in one Step() (ExerciseOptions::calls_per_step_max)";
  }

  // An effect; false if it is to have none.
  bool BeginEffect() {
    Spend();
    if (!is_over_ && fate_.effects_until_lost && (*fate_.effects_until_lost)-- == 0) {
      is_over_ = true;
      world_.Tell("the consumer is lost here");
    }
    if (!is_over_ && fate_.effects_until_held && (*fate_.effects_until_held)-- == 0) {
      fate_.effects_until_held.reset();
      fate_.hold();
    }
    return !is_over_;
  }

  // Whether a page that ends there is further than any before it.
  bool ReadsOn(ShardId shard, SequenceNumber last) {
    SequenceNumber& furthest = furthest_[shard];
    if (last <= furthest) return false;
    furthest = last;
    return true;
  }

 private:
  // A lost consumer that does not end is nobody's fault, so it need not go on for long.
  uint64_t most() const {
    const uint64_t most = world_.options().calls_per_step_max;
    return is_over_ ? std::min<uint64_t>(most, 1000) : most;
  }
  std::optional<std::string> Find(std::string_view key) const {
    if (is_over_) {
      const auto own = saved_in_vain_.find(key);
      if (own != saved_in_vain_.end()) return own->second;
    }
    const auto found = world_.saved().find(key);
    if (found == world_.saved().end()) return std::nullopt;
    return found->second;
  }
  bool Expect(std::string_view key, const std::optional<std::string>& expected) {
    if (Find(key) == expected) return true;
    if (!is_over_) world_.Tell("did not save ", key, ", which is not as expected");
    return false;
  }
  void KeepDelivered(const api::Record& record) {
    world_.delivered().push_back(CopyOf(record));
    world_.Tell("delivered ", world_.delivered().back());
  }
  void KeepSaved(std::string_view key, std::string_view value) {
    if (is_over_) {
      saved_in_vain_[std::string(key)] = std::string(value);
      return;
    }
    world_.saved()[std::string(key)] = std::string(value);
    world_.Tell("saved ", key, " = ", value);
  }

  World& world_;
  Fate& fate_;
  const std::string worker_id_;
  const std::string stream_name_ = kStreamName;
  const std::string output_stream_name_ = kOutputName;
  bool is_over_ = false;
  std::map<std::string, std::string, std::less<>> saved_in_vain_;
  std::map<ShardId, SequenceNumber> furthest_;
  mutable uint64_t spent_ = 0;  // in this step
  mutable uint64_t loads_ = 0;
};

std::optional<api::ErrorType> World::OnCall(Operation operation, std::string_view stream) {
  if (current_ == nullptr) return std::nullopt;  // the scenario's own
  is_counted_ = true;
  current_->Spend();
  if (Changes(operation) && !current_->BeginEffect()) return api::ErrorType::kInternalFailure;
  const std::optional<api::ErrorType> error = faults_.OnCall(operation, stream);
  is_fault_ = error.has_value();
  if (!IsAnswered(operation) && !current_->is_over()) {
    Tell(operation, error ? ": " : "", error ? api::ErrorName(*error) : "",
         error ? " (a fault)" : "");
  }
  return error;
}

void World::OnAnswer(const api::CallAnswer& answer) {
  const bool is_fault = std::exchange(is_fault_, false);
  if (current_ == nullptr) return;
  // Events, and calls that are refused before the client asks about them.
  if (!std::exchange(is_counted_, false) || answer.is_event) current_->Spend();
  if (!current_->is_over()) Tell(TextOf(answer, is_fault));
  if (answer.shard && answer.last_record && current_->ReadsOn(*answer.shard, *answer.last_record)) {
    ++reads_;
  }
}

// Runs one scenario.
class Run {
 public:
  Run(const ConsumerFactory& make_consumer, const Scenario& scenario,
      const ExerciseOptions& options, Guard& guard, Trace* trace)
      : make_consumer_(make_consumer),
        scenario_(scenario),
        options_(options),
        guard_(guard),
        world_(scenario, options, guard, trace),
        slots_(scenario.workers) {
    for (size_t i = 0; i < slots_.size(); ++i) {
      slots_[i].fate.hold = [this, i] { HoldUp(i); };
    }
  }

  // Empty, or what is wrong.
  std::string Judge() {
    for (const ScenarioStep& step : scenario_.steps) {
      Do(step);
      if (!problem_.empty()) return Finish();
    }
    world_.Tell("from here on all goes well");
    world_.faults().Clear();
    for (Slot& slot : slots_) {
      slot.fate.effects_until_lost.reset();
      slot.fate.effects_until_held.reset();
    }
    CatchUp();
    if (problem_.empty()) problem_ = Compare();
    return Finish();
  }

 private:
  // Where one consumer works, and after it the next.
  struct Slot {
    Fate fate;
    uint64_t held_for = 0;       // seconds
    std::unique_ptr<Life> life;  // outlives the consumer
    std::unique_ptr<Consumer> consumer;
    bool is_in_step = false;  // held up there, if anybody looks
  };

  // --- The steps of a scenario

  void Do(const ScenarioStep& step) {
    using Kind = ScenarioStep::Kind;
    Slot& slot = slots_[step.worker % slots_.size()];
    switch (step.kind) {
      case Kind::kPut:
        return Put(step.count);
      case Kind::kConsume:
        for (uint64_t i = 0; i < step.count && problem_.empty(); ++i) Consume(slot);
        return;
      case Kind::kSplit:
        return Split(step.count);
      case Kind::kMerge:
        return Merge(step.count);
      case Kind::kAdvance:
        world_.Tell(step);
        return world_.clock().Advance(absl::Seconds(static_cast<double>(step.count)));
      case Kind::kRestart:
        world_.Tell(step);
        slot.fate.effects_until_lost =
            std::min(step.count, slot.fate.effects_until_lost.value_or(step.count));
        return;
      case Kind::kFault:
        world_.Tell(step);
        return world_.faults().Add(step.rule);
      case Kind::kHold:
        world_.Tell(step);
        slot.fate.effects_until_held = step.count;
        slot.held_for = step.seconds;
        return;
      case Kind::kDelete:
        return Delete(step);
    }
  }

  // As a producer does that goes on until every record has been taken, in the order in which they
  // are taken.
  void Put(uint64_t count) {
    std::vector<TestRecord> records =
        NumberedRecords({.count = count, .keys = kKeys, .data = "event", .first = put_count_});
    put_count_ += count;
    for (int attempt = 0; attempt < kTries && !records.empty(); ++attempt) {
      if (attempt != 0) world_.clock().Advance(absl::Seconds(1));
      const auto response = world_.client().PutRecords(PutRecordsOf(kStreamName, records));
      if (!response.ok()) continue;
      std::vector<TestRecord> refused;
      for (size_t i = 0; i < records.size(); ++i) {
        const api::PutRecordsResultEntry& result = response->records[i];
        if (result.error_code) {
          world_.Tell("put ", records[i], ": ", *result.error_code);
          refused.push_back(records[i]);
        } else {
          records[i].sequence_number = *result.sequence_number;
          world_.Tell("put ", records[i]);
        }
      }
      records = std::move(refused);
    }
    LookAtStored();
  }

  std::vector<Shard> OpenShards() {
    std::vector<Shard> open;
    if (is_deleted_) return open;
    for (const Shard& shard : world_.stream().ListShards()) {
      if (shard.is_open()) open.push_back(shard);
    }
    std::sort(open.begin(), open.end(), [](const Shard& a, const Shard& b) {
      return a.hash_key_range().start() < b.hash_key_range().start();
    });
    return open;
  }

  void Split(uint64_t number) {
    const std::vector<Shard> open = OpenShards();
    if (open.empty() || open.size() >= kOpenShardsMax) return;
    const Shard& parent = open[number % open.size()];
    const absl::Status status =
        world_.client().SplitShard({.stream_name = kStreamName,
                                    .shard_to_split = parent.id(),
                                    .new_starting_hash_key = parent.hash_key_range().Midpoint()});
    world_.Tell("split ", parent.id(), Refusal(status));
  }

  void Merge(uint64_t number) {
    const std::vector<Shard> open = OpenShards();
    if (open.size() < 2) return;
    const size_t lower = number % (open.size() - 1);
    const ShardId one = open[lower].id();
    const ShardId other = open[lower + 1].id();
    const absl::Status status = world_.client().MergeShards(
        {.stream_name = kStreamName, .shard_to_merge = one, .adjacent_shard_to_merge = other});
    world_.Tell("merged ", one, " and ", other, Refusal(status));
  }

  void Delete(const ScenarioStep& step) {
    const absl::Status status = world_.client().DeleteStream(
        {.stream_name = kStreamName, .enforce_consumer_deletion = true});
    world_.Tell(step, Refusal(status));
    if (status.ok()) is_deleted_ = true;
  }

  // --- Consumers

  void Consume(Slot& slot) {
    if (slot.is_in_step) return;  // held up: not now
    Life* const before = world_.current();
    slot.is_in_step = true;
    if (slot.consumer == nullptr) {
      slot.life = std::make_unique<Life>(world_, slot.fate, ++lives_);
      if (slots_.size() > 1) {
        world_.Tell(slot.life->worker_id(), " begins");
      } else {
        world_.Tell("a consumer begins");
      }
    }
    world_.set_current(slot.life.get());
    if (world_.trace() != nullptr) {
      world_.trace()->BeginStep(slots_.size() > 1 ? "step of " + slot.life->worker_id() : "step");
    }
    guard_.Enter();
    std::string problem = TakeStep(slot);
    const bool is_over = slot.life->is_over();
    // What is wrong with one that was lost meanwhile would not have happened.
    if (!is_over && problem_.empty()) problem_ = std::move(problem);
    if (is_over) Drop(slot);
    guard_.Leave();
    if (world_.trace() != nullptr) world_.trace()->EndStep();
    world_.set_current(before);
    slot.is_in_step = false;
  }

  // Empty, or how it ended.
  std::string TakeStep(Slot& slot) {
    Life& life = *slot.life;
    const char* where = "Step() of the consumer ";
    try {
      life.BeginStep();
      if (slot.consumer == nullptr) {
        where = "the factory or the constructor of the consumer ";
        slot.consumer = make_consumer_(life);
        if (slot.consumer == nullptr) return "the factory returned no consumer";
        where = "Step() of the consumer ";
        life.BeginStep();
      }
      slot.consumer->Step();
    } catch (const StepIsTooLong&) {
      return where + life.TooLong();
    } catch (const std::exception& exception) {
      return where + ("threw: " + std::string(exception.what()));
    } catch (...) {
      return where + std::string("threw something that is no std::exception");
    }
    // It caught what was to end it, and returned.
    return life.was_too_long() ? where + life.TooLong() : "";
  }

  // Destroys a consumer, with a life that is over.
  void Drop(Slot& slot) {
    slot.life->BeginStep();
    slot.life->End();
    slot.consumer.reset();
    slot.life.reset();
    slot.fate.effects_until_lost.reset();
    slot.fate.effects_until_held.reset();
  }

  // The consumer of a slot stands still within an effect, as if its machine did, and the others go
  // on.
  void HoldUp(size_t held) {
    if (is_held_) return;
    is_held_ = true;
    Life* const before = world_.current();
    const uint64_t seconds = slots_[held].held_for;
    world_.Tell(before->worker_id(), " is held up here for ", seconds, " s");
    constexpr int kRounds = 3;
    for (int i = 0; i < kRounds && problem_.empty(); ++i) {
      world_.clock().Advance(absl::Seconds(static_cast<double>(seconds)) / kRounds);
      for (Slot& slot : slots_) Consume(slot);
    }
    world_.Tell(before->worker_id(), " goes on");
    is_held_ = false;
  }

  // Steps until nothing is missing, or until they have come no further for so long that they never
  // will; and some steps more, in which nothing may come again.
  void CatchUp() {
    LookAtStored();
    std::set<Identity> missing;
    for (const TestRecord& record : readable_) missing.insert(IdentityOf(record));
    const size_t shards = is_deleted_ ? 0 : world_.stream().ListShards().size();
    // One that turns to a record of a shard a step may see nothing new for so long.
    const size_t quiet_steps = 200 + (shards + 1) * (stored_.size() + 4);
    // Who has delivered so many goes round in circles.
    const size_t delivered_max = world_.delivered().size() + 1000 * stored_.size() + 100'000;
    size_t looked_at = 0;
    size_t steps = 0;
    absl::Time since = world_.clock().Now();
    uint64_t reads = world_.reads();
    for (;;) {
      const std::vector<TestRecord>& delivered = Delivered();
      bool further = reads != world_.reads();
      for (; looked_at < delivered.size(); ++looked_at) {
        further |= missing.erase(IdentityOf(delivered[looked_at])) != 0;
      }
      reads = world_.reads();
      if (further) {
        steps = 0;
        since = world_.clock().Now();
      }
      if (missing.empty() || delivered.size() >= delivered_max || !problem_.empty()) break;
      const absl::Duration quiet = world_.clock().Now() - since;
      if (steps >= quiet_steps && quiet >= options_.quiet_max) break;
      ++steps;
      ConsumeAll();
      world_.clock().Advance(PauseAfter(quiet, shards));
    }
    // It has failed: what it does later matters no more.
    if (!missing.empty()) return;
    // Nothing is asked of a consumer without a stream, but that it gives back control.
    const int steps_more = is_deleted_ ? 20 : 3;
    for (int i = 0; i < steps_more && problem_.empty(); ++i) {
      ConsumeAll();
      world_.clock().Advance(absl::Seconds(1));
    }
    // Iterators have expired by then.
    world_.clock().Advance(absl::Seconds(301));
    for (int i = 0; i < 3 && problem_.empty(); ++i) ConsumeAll();
  }

  void ConsumeAll() {
    for (Slot& slot : slots_) {
      if (problem_.empty()) Consume(slot);
    }
  }

  // A second to begin with, then longer and longer, and never so long that what a consumer holds
  // has run out when it comes to it again: an iterator, of one that turns to a shard a step, or the
  // lease of one of several.
  absl::Duration PauseAfter(absl::Duration quiet, size_t shards) const {
    const absl::Duration lifetime = world_.client().options().limits.iterator_lifetime;
    const absl::Duration most = std::min(slots_.size() == 1 ? absl::Minutes(1) : absl::Seconds(10),
                                         lifetime / (3 * (static_cast<int64_t>(shards) + 1)));
    return std::clamp(quiet / 16, absl::Seconds(1), std::max(most, absl::Seconds(1)));
  }

  // --- The judgement

  // By what a record is one: its sequence number or its data.
  using Identity = std::tuple<SequenceNumber, std::string>;

  bool by_data() const {
    return options_.output_stream || options_.guarantee == Guarantee::kExactlyOnceByData;
  }
  SameBy same_by() const { return by_data() ? SameBy::kData : SameBy::kSequenceNumber; }
  Identity IdentityOf(const TestRecord& record) const {
    if (by_data()) return {SequenceNumber(), record.data};
    return {record.sequence_number, std::string()};
  }

  // Takes down what can be read now, before it expires or the stream is deleted.
  void LookAtStored() {
    readable_.clear();
    if (is_deleted_) return;
    readable_ = DrainStream(world_.stream()).value();
    for (const TestRecord& record : readable_) stored_.emplace(record.sequence_number, record);
  }

  const std::vector<TestRecord>& Delivered() {
    if (!options_.output_stream) return world_.delivered();
    // With the places that they have in the stream that they come from.
    std::map<std::string_view, SequenceNumber> numbers;
    for (const auto& [number, record] : stored_) numbers.emplace(record.data, number);
    const Stream output = world_.client().engine().OpenStream(kOutputName).value();
    output_ = DrainStream(output).value();
    for (TestRecord& record : output_) {
      const auto found = numbers.find(record.data);
      record.sequence_number = found == numbers.end() ? SequenceNumber() : found->second;
    }
    return output_;
  }

  std::string Compare() {
    const std::vector<TestRecord>& delivered = Delivered();
    std::set<Identity> accounted;
    for (const TestRecord& record : delivered) accounted.insert(IdentityOf(record));
    LookAtStored();
    for (const TestRecord& record : readable_) accounted.insert(IdentityOf(record));
    // Of what was stored once, that which is gone now may have come or not.
    std::vector<TestRecord> expected;
    for (const auto& [number, record] : stored_) {
      if (accounted.contains(IdentityOf(record))) expected.push_back(record);
    }
    const auto complete = options_.guarantee == Guarantee::kAtLeastOnce
                              ? DeliveredAtLeastOnce(expected, delivered, same_by())
                              : DeliveredExactlyOnce(expected, delivered, same_by());
    if (!complete) return complete.message();
    if (!options_.in_order_per_key) return "";
    const auto in_order = DeliveredInOrderPerKey(delivered);
    return in_order ? "" : in_order.message();
  }

  // Lets all consumers go, and says what was wrong.
  std::string Finish() {
    guard_.Enter();
    for (Slot& slot : slots_) {
      if (slot.consumer == nullptr) continue;
      world_.set_current(slot.life.get());
      Drop(slot);
    }
    world_.set_current(nullptr);
    guard_.Leave();
    return problem_;
  }

  const ConsumerFactory& make_consumer_;
  const Scenario& scenario_;
  const ExerciseOptions& options_;
  Guard& guard_;
  World world_;
  std::vector<Slot> slots_;
  uint64_t lives_ = 0;
  bool is_held_ = false;
  bool is_deleted_ = false;
  size_t put_count_ = 0;
  std::string problem_;
  std::map<SequenceNumber, TestRecord> stored_;  // ever
  std::vector<TestRecord> readable_;             // as of LookAtStored
  std::vector<TestRecord> output_;
};

std::string Check(const ConsumerFactory& make_consumer, const Scenario& scenario) {
  if (make_consumer == nullptr) return "there is no factory: make_consumer is empty";
  if (scenario.shards < 1 || scenario.shards > Scenario::kShardsMax) {
    return "Scenario::shards is " + std::to_string(scenario.shards) + ", and not 1 to " +
           std::to_string(Scenario::kShardsMax);
  }
  if (scenario.workers < 1 || scenario.workers > Scenario::kWorkersMax) {
    return "Scenario::workers is " + std::to_string(scenario.workers) + ", and not 1 to " +
           std::to_string(Scenario::kWorkersMax);
  }
  for (const ScenarioStep& step : scenario.steps) {
    if (step.kind != ScenarioStep::Kind::kPut || step.count <= 500) continue;
    return "a step puts " + std::to_string(step.count) + " records, and not 500 at most";
  }
  return "";
}

}  // namespace

std::string RunOnce(const ConsumerFactory& make_consumer, const Scenario& scenario,
                    const ExerciseOptions& options, Guard& guard, Trace* trace) {
  std::string problem = Check(make_consumer, scenario);
  if (!problem.empty()) return problem;
  return Run(make_consumer, scenario, options, guard, trace).Judge();
}

// --- Trace ---------------------------------------------------------------------------------------

namespace {
// Lines of a step that are written; of one that loops there are thousands.
constexpr size_t kStepLinesMax = 60;
}  // namespace

void Trace::Line(std::string line) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (depth_ == 0) {
    FlushRepeats();
    before_.clear();
    text_ += "  " + line + "\n";
    return;
  }
  if (++step_lines_ <= kStepLinesMax) step_.push_back(std::string(2 * depth_, ' ') + line);
}

void Trace::BeginStep(const std::string& title) {
  const std::lock_guard<std::mutex> lock(mutex_);
  step_.push_back(std::string(2 * depth_, ' ') + title);
  ++depth_;
}

void Trace::EndStep() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--depth_ == 0) Flush();
}

std::string Trace::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (!step_.empty()) Flush();
  FlushRepeats();
  return std::exchange(text_, std::string());
}

void Trace::Flush() {
  if (step_lines_ > kStepLinesMax) {
    step_.push_back("  and so on: " + Count(step_lines_ - kStepLinesMax, "line") + " more");
  }
  step_lines_ = 0;
  if (step_ == before_) {
    ++repeats_;
    step_.clear();
    return;
  }
  FlushRepeats();
  for (const std::string& line : step_) text_ += "  " + line + "\n";
  before_ = std::exchange(step_, {});
}

void Trace::FlushRepeats() {
  if (repeats_ != 0) text_ += "  the same step " + Count(repeats_, "time") + " more\n";
  repeats_ = 0;
}

}  // namespace kinesis::testing::internal
