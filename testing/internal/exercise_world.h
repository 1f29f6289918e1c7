// The world of a scenario, and the lives of consumers in it.
//
// The client asks the world (an api::FaultInjector) before each call and reports to it afterwards,
// and effects go through the consumer's context. There the step's budget is counted, the guard
// learns that something happens, the consumer is lost or held up, and the trace is written.
//
// Thread rule: one thread at a time.
#ifndef KINESIS_CORE_TESTING_INTERNAL_EXERCISE_WORLD_H_
#define KINESIS_CORE_TESTING_INTERNAL_EXERCISE_WORLD_H_

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/fault_injector.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/stream.h"
#include "kinesis_core/testing/consumer_exerciser.h"
#include "kinesis_core/testing/fault_plan.h"
#include "kinesis_core/testing/internal/exercise_trace.h"
#include "kinesis_core/testing/internal/guarded_run.h"
#include "kinesis_core/testing/scenario.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::testing::internal {

// The streams of a scenario.
inline constexpr char kStreamName[] = "stream";
inline constexpr char kOutputName[] = "output";
// How long UPDATING and DELETING take where they take time; the service was seen to take so long.
inline constexpr absl::Duration kChange = absl::Seconds(10);
// Longer than any scenario, and not for ever.
inline constexpr absl::Duration kSleepMax = absl::Hours(24 * 365);
// Loads of what was saved cost no call of the service: so many count as one.
inline constexpr uint64_t kLoadsPerCall = 20;
// A consumer that goes on after it was stopped is stopped again, so many times at most.
inline constexpr uint64_t kStopsMax = 100;

// Ends a step that does not end; no std::exception, so that few handlers take it for theirs.
struct StepIsTooLong {};

class Life;

// The world that the contexts of consumers show, which outlives each of them.
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

  std::optional<api::ErrorType> OnCall(api::Operation operation, std::string_view stream) override;
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

// When a consumer is to be lost or held up, counted in its effects.
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
    if (spent_ > most() + kStopsMax) world_.guard().GiveUp(TooLong());
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

  // Notes how far a page reaches, and returns whether that is further than any before it.
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

}  // namespace kinesis::testing::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_EXERCISE_WORLD_H_
