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
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/testing/delivery.h"
#include "kinesis_core/testing/internal/exercise_world.h"
#include "kinesis_core/testing/test_record.h"

namespace kinesis::testing::internal {
namespace {

constexpr size_t kKeys = 5;
// Beyond it a scenario goes on with fewer shards than it asks for.
constexpr size_t kOpenShardsMax = 12;
// A producer gives up on a record after so many tries, one second apart.
constexpr int kTries = 8;

// The end of a line of the trace about something that the service may have refused.
std::string Refusal(const absl::Status& status) {
  const std::optional<api::Error> error = api::ErrorOf(status);
  return error ? ": " + error->name : "";
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
    // A problem of a consumer that was lost meanwhile would not have happened.
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

}  // namespace kinesis::testing::internal
