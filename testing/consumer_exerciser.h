// ExerciseConsumer: puts a consumer through thousands of scenarios and shows the smallest in which
// it loses, doubles, invents or disorders records, throws, or does not come back.
//
//   class MyConsumer : public kinesis::testing::Consumer {
//    public:
//     explicit MyConsumer(ConsumerContext& context);  // go on from what context.Load() knows
//     void Step() override;  // read a page; Deliver() its records; Save() how far it came
//   };
//
//   TEST(MyConsumer, LosesNothing) {
//     const ExerciseResult result = kinesis::testing::ExerciseConsumer(
//         [](ConsumerContext& context) { return std::make_unique<MyConsumer>(context); });
//     EXPECT_TRUE(result.ok()) << result;
//   }
//
// In a scenario records are put, shards are split and merged, time passes, calls fail, iterators
// expire, pages come short or empty, producers put again what is stored already; and the consumer
// is lost between any two of its effects and made anew, with nothing but what it saved. In the end
// everything goes well for long enough to catch up. Then what it delivered is compared with what is
// stored. ScenarioOptions has what else may happen, on demand.
//
// The contract. A consumer passes if, in every scenario,
//
//   - every record that can still be read in the end was delivered, as it is stored: at least once,
//     or as ExerciseOptions::guarantee says;
//   - nothing else was delivered (records that have expired meanwhile may have been);
//   - the records of a partition key came, each for the first time, in the order in which they are
//     stored (unless in_order_per_key is off);
//   - no exception left its factory, its constructor or Step(), and nothing ended the process;
//   - every Step() returned: after 10,000 calls and effects at most (calls_per_step_max; of Load()
//     twenty count as one), and after 5 s of processor time, or 15 s asleep, without any of them
//     (step_time_max, and three times that);
//   - once all goes well it had not come further for an hour of simulated time (quiet_max) and at
//     least two hundred steps. To come further is to deliver what was missing, or to read on in a
//     shard, beyond all that this consumer has read of it. Steps are a second apart at first, and
//     later a minute or less: never so long that a consumer that turns to one shard a step finds
//     its iterators expired, and ten seconds at most if there are several consumers.
//
// It may do nothing in a step, back off for as long as it likes within that hour, sleep, save as
// often as it likes, read again what was delivered (and deliver it again, at least once), and take
// each call's failure as it comes. It is not asked what it does when it is lost: what it still does
// in that step has no effect, and nothing that goes wrong in it counts.
//
// It lives on one thread and by the engine's clock: it starts no threads, and keeps back-offs and
// leases by ConsumerContext::Now(). A wait for real time, or for the clock to move by itself, is a
// loop. A seed makes a scenario, and the same consumer in it does the same, unless it rolls dice of
// its own.
//
// Consumers run on a thread that ExerciseConsumer starts and waits for, so that it can return when
// they do not. One that went on for ever without a call or effect is left behind there until the
// process ends, and goes on using a processor; its scenario is not cut down. One that called
// std::terminate or abort is left behind asleep. When a signal ends the process, the seed is on
// standard error.
//
// KINESIS_TEST_SEED=n runs the scenario of that seed alone; KINESIS_TEST_SEEDS=n runs so many.
// Unoptimised, a thousand take a few seconds. README.md beside this file has a tutorial.
#ifndef KINESIS_CORE_TESTING_CONSUMER_EXERCISER_H_
#define KINESIS_CORE_TESTING_CONSUMER_EXERCISER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/export.h"
#include "kinesis_core/testing/scenario.h"

namespace kinesis::testing {

// All that a consumer has of the world. Deliver and the operations that save are its effects; each
// of them either happens, whole, or does not. Calls that change the service, such as puts, are
// effects too. A consumer that is lost is so just before an effect: that one and whatever it still
// does in the same Step have none.
//
// Thread-compatible: for the thread that exercises. It outlives the consumer.
class KINESIS_CORE_EXPORT ConsumerContext {
 public:
  ConsumerContext() = default;
  ConsumerContext(const ConsumerContext&) = delete;
  ConsumerContext& operator=(const ConsumerContext&) = delete;
  virtual ~ConsumerContext() = default;

  // On simulated time, which moves by itself if the consumer sleeps on the engine's clock.
  virtual api::Client& client() = 0;
  virtual const std::string& stream_name() const = 0;
  // Where to, for a consumer that forwards: see ExerciseOptions::output_stream.
  virtual const std::string& output_stream_name() const = 0;
  // "worker-1": of this consumer alone. The one after it, or beside it, has another.
  virtual const std::string& worker_id() const = 0;

  // The engine's time.
  virtual absl::Time Now() const = 0;
  // Lets so much of it pass.
  virtual void Sleep(absl::Duration time) = 0;

  // Hands a record to the application.
  virtual void Deliver(const api::Record& record) = 0;
  // Keeps a value under a key, for this consumer and those after it: a checkpoint, a lease. Several
  // consumers share what is saved.
  virtual void Save(std::string_view key, std::string_view value) = 0;
  // Both as one effect, for applications whose results and checkpoints are in one transaction.
  virtual void DeliverAndSave(const api::Record& record, std::string_view key,
                              std::string_view value) = 0;
  // The same two if what is saved under the key is `expected` (nothing: there is none yet), as a
  // database's conditional write. False, and nothing happens, if it is not.
  virtual bool SaveIf(std::string_view key, const std::optional<std::string>& expected,
                      std::string_view value) = 0;
  virtual bool DeliverAndSaveIf(const api::Record& record, std::string_view key,
                                const std::optional<std::string>& expected,
                                std::string_view value) = 0;
  // The value that was saved last under a key; none if there was none.
  virtual std::optional<std::string> Load(std::string_view key) const = 0;
};

class KINESIS_CORE_EXPORT Consumer {
 public:
  Consumer() = default;
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  virtual ~Consumer() = default;

  // Does some of its work and returns, whatever it met: say, lists shards and reads a page of each.
  // Calls fail as the service's do, and the next step is expected to try again.
  virtual void Step() = 0;
};

using ConsumerFactory = std::function<std::unique_ptr<Consumer>(ConsumerContext& context)>;

// The promise that a consumer makes, and is held to.
enum class Guarantee {
  kAtLeastOnce,       // records may come again after a restart
  kExactlyOnce,       // each stored record once, restarts or not
  kExactlyOnceByData  // records with the same data once, however often a producer stored them
};

struct ExerciseOptions {
  Guarantee guarantee = Guarantee::kAtLeastOnce;
  // The records of a partition key come in the order in which they are stored.
  bool in_order_per_key = true;

  uint64_t scenarios = 1000;
  uint64_t first_seed = 1;
  ScenarioOptions scenario = {};

  // The consumer forwards: what is stored in output_stream_name() in the end, a stream of one
  // shard, is what it delivered, record by record with the same key and data. Records are told
  // apart by their data. Puts fail there as a producer's do, also single records of PutRecords.
  bool output_stream = false;

  // See the contract above.
  uint64_t calls_per_step_max = 10'000;
  absl::Duration step_time_max = absl::Seconds(5);
  absl::Duration quiet_max = absl::Hours(1);
};

struct ExerciseResult {
  uint64_t scenarios = 0;  // run, including the one that failed
  // Of the failure, if there was one.
  std::string problem;               // what was wrong
  std::optional<Scenario> smallest;  // cut down until every step matters
  std::string trace;                 // what happened in it, line by line: calls, faults and effects
  uint64_t cut_runs = 0;             // runs that it took to cut it down

  bool ok() const { return problem.empty(); }
};
// Prints all that a failed test has to say: what went wrong, in which scenario, how it went, and
// how to run it again.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const ExerciseResult& result);

// Runs scenarios until one fails or all have been run. That none was to be run is a failure without
// a scenario.
KINESIS_CORE_EXPORT ExerciseResult ExerciseConsumer(const ConsumerFactory& make_consumer,
                                                    const ExerciseOptions& options = {});

// Runs one scenario: empty if the consumer passes, or what was wrong, with the consumer or with the
// scenario. `trace`, if given, gets what happened.
KINESIS_CORE_EXPORT std::string RunScenario(const ConsumerFactory& make_consumer,
                                            const Scenario& scenario,
                                            const ExerciseOptions& options = {},
                                            std::ostream* trace = nullptr);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_CONSUMER_EXERCISER_H_
