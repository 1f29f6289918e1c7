// Scenario: a stream's life with one consumer, as a list of steps that a seed makes up.
//
// The exerciser (consumer_exerciser.h) runs scenarios and cuts the one that fails down to the steps
// that matter. Read one as printed:
//
//   2 shards, then
//     put 3 records
//     step the consumer, 1 time
//     split an open shard (number 1)
//     lose the consumer after 2 more effects
//     fault: fail read with ExpiredIteratorException, 1 time
#ifndef KINESIS_CORE_TESTING_SCENARIO_H_
#define KINESIS_CORE_TESTING_SCENARIO_H_

#include <cstdint>
#include <ostream>
#include <vector>

#include "kinesis_core/export.h"
#include "kinesis_core/testing/fault_plan.h"

namespace kinesis::testing {

struct KINESIS_CORE_EXPORT ScenarioStep {
  enum class Kind {
    kPut,      // `count` records, in one PutRecords call, retried like a producer would
    kConsume,  // the consumer takes `count` steps
    kSplit,    // an open shard: that with the number `count`, modulo how many there are
    kMerge,    // likewise, with the one above it
    kAdvance,  // the clock, by `count` seconds
    kRestart,  // the consumer is lost `count` effects later, and made anew at its next step
    kFault,    // `rule` is added to what goes wrong
  };

  Kind kind = Kind::kConsume;
  uint64_t count = 0;
  FaultRule rule = {};
};
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const ScenarioStep& step);

// Thread-compatible: a value.
struct KINESIS_CORE_EXPORT Scenario {
  uint64_t seed = 0;  // it was made up from, before it was cut down
  uint64_t shards = 1;
  std::vector<ScenarioStep> steps = {};
};
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const Scenario& scenario);

// What scenarios are made of. Each one leaves some of these out, by its seed: what is always
// possible is never seen alone.
struct ScenarioOptions {
  uint64_t steps_max = 40;
  uint64_t shards_max = 3;
  bool reshards = true;
  bool restarts = true;
  bool faults = true;       // throttles, failures, short pages, expired iterators
  bool duplicates = true;   // producers that put again what is stored already
  bool long_pauses = true;  // after which iterators have expired
};

// The same scenario for the same seed and options, on every machine.
KINESIS_CORE_EXPORT Scenario MakeScenario(uint64_t seed, const ScenarioOptions& options = {});

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_SCENARIO_H_
