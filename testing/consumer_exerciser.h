// ExerciseConsumer: puts a consumer through thousands of scenarios and shows the smallest in which
// it loses, doubles, invents or disorders records.
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
// stored.
//
// One thread, one seed: a failure is exactly repeatable. KINESIS_TEST_SEED=n runs the scenario of
// that seed alone; KINESIS_TEST_SEEDS=n runs so many. Unoptimised, a thousand take a few seconds.
#ifndef KINESIS_CORE_TESTING_CONSUMER_EXERCISER_H_
#define KINESIS_CORE_TESTING_CONSUMER_EXERCISER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "kinesis_core/api/client.h"
#include "kinesis_core/export.h"
#include "kinesis_core/testing/scenario.h"

namespace kinesis::testing {

// All that a consumer has of the world. Deliver and Save are its effects; each of them either
// happens or does not. A consumer that is lost is so just before an effect: that one and whatever
// it still does in the same Step have none.
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

  // Hands a record to the application.
  virtual void Deliver(const api::Record& record) = 0;
  // Keeps a value under a key, for this consumer and those after it: a checkpoint, a lease.
  virtual void Save(std::string_view key, std::string_view value) = 0;
  // Both as one effect, for applications whose results and checkpoints are in one transaction.
  virtual void DeliverAndSave(const api::Record& record, std::string_view key,
                              std::string_view value) = 0;
  // What was saved last under a key.
  virtual std::optional<std::string> Load(std::string_view key) const = 0;
};

class KINESIS_CORE_EXPORT Consumer {
 public:
  Consumer() = default;
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;
  virtual ~Consumer() = default;

  // Does some of its work and returns, whatever it met: say, lists shards and reads a page of each.
  // Calls fail as the service's do, and the next step is expected to try again. Once all
  // goes well again, a consumer that does nothing for ten steps, and two more for each shard, is
  // taken to be done.
  virtual void Step() = 0;
};

using ConsumerFactory = std::function<std::unique_ptr<Consumer>(ConsumerContext& context)>;

// What the consumer promises.
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
};

struct ExerciseResult {
  uint64_t scenarios = 0;  // run, including the one that failed
  // Of the failure, if there was one.
  std::optional<Scenario> smallest;  // cut down until every step matters
  std::string problem;               // what was wrong with what the consumer delivered in it
  std::string trace;                 // what happened in it, line by line
  uint64_t cut_runs = 0;             // runs that it took to cut it down

  bool ok() const { return !smallest.has_value(); }
};
// What went wrong, in which scenario, how it went, and how to run it again.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const ExerciseResult& result);

// Runs scenarios until one fails or all have been run.
KINESIS_CORE_EXPORT ExerciseResult ExerciseConsumer(const ConsumerFactory& make_consumer,
                                                    const ExerciseOptions& options = {});

// Runs one scenario: empty if the consumer passes, or what was wrong. `trace`, if given, gets what
// happened.
KINESIS_CORE_EXPORT std::string RunScenario(const ConsumerFactory& make_consumer,
                                            const Scenario& scenario,
                                            const ExerciseOptions& options = {},
                                            std::ostream* trace = nullptr);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_CONSUMER_EXERCISER_H_
