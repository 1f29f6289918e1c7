// Scenario: a stream's life with its consumers, as a list of steps that a seed makes up.
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
    kConsume,  // worker `worker` takes `count` steps
    kSplit,    // an open shard: that with the number `count`, modulo how many there are
    kMerge,    // likewise, with the one above it
    kAdvance,  // the clock, by `count` seconds
    kRestart,  // worker `worker` is lost `count` effects later, and made anew at its next step
    kFault,    // `rule` is added to what goes wrong
    kHold,     // worker `worker` is held up in the middle of a step, `count` effects later, for
               // `seconds`, in which the others take three steps each
    kDelete,   // the stream; it is DELETING for ten seconds and gone then, for good
  };

  Kind kind = Kind::kConsume;
  uint64_t count = 0;
  FaultRule rule = {};
  uint64_t worker = 0;  // modulo how many there are
  uint64_t seconds = 0;
};
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const ScenarioStep& step);

// Thread-compatible: a value.
struct KINESIS_CORE_EXPORT Scenario {
  static constexpr uint64_t kShardsMax = 100;
  static constexpr uint64_t kWorkersMax = 10;

  uint64_t seed = 0;    // it was made up from, before it was cut down
  uint64_t shards = 1;  // to begin with, 1 to kShardsMax
  std::vector<ScenarioStep> steps = {};

  uint64_t workers = 1;  // consumers at a time, 1 to kWorkersMax
  // So many are what a page of ListShards and DescribeStream holds at most; 0: as in the service.
  uint64_t shards_per_page = 0;
  // The stream is UPDATING for ten seconds after each split and merge, and refuses others then.
  bool slow_updates = false;
  // Records expire after 24 hours, closed shards with them; otherwise after a year.
  bool expiry = false;
};
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const Scenario& scenario);

// The kinds of events of which scenarios are made. Each scenario leaves some of these out, by its
// seed: what is always possible is never seen alone.
//
// The first group is what every consumer lives with, and on by default. The second is off: it asks
// of a consumer what not every one promises. Turn on what yours has to stand, or all but `workers`
// with Everything().
struct KINESIS_CORE_EXPORT ScenarioOptions {
  uint64_t steps_max = 40;  // at least 1
  uint64_t shards_max = 3;  // to begin with, 1 to Scenario::kShardsMax
  bool reshards = true;
  bool restarts = true;
  bool faults = true;       // throttles, failures, short pages, expired iterators
  bool duplicates = true;   // producers that put again what is stored already
  bool long_pauses = true;  // after which iterators have expired

  // --- On demand

  // More shards than a page of ListShards or DescribeStream holds: NextToken, HasMoreShards.
  bool pages = false;
  // Retention runs out: a consumer that is too slow loses records, which is no fault of its own,
  // and closed shards that it has not finished, or not begun, are not listed any more.
  bool expiry = false;
  // The stream is deleted. All that is asked of the consumer is that its steps return.
  bool deletion = false;
  // UPDATING: see Scenario::slow_updates.
  bool updates = false;
  // SubscribeToShard is refused, subscriptions fail between events and end before their time.
  bool subscriptions = false;
  // Any call may fail once, also those that describe and register.
  bool every_call = false;
  // Consumers at a time. They share what is saved; each of them is lost, held up and made anew on
  // its own.
  uint64_t workers = 1;

  static ScenarioOptions Everything();
};

// The same scenario for the same seed and options, on every machine. Numbers outside their bounds
// are taken for the nearest inside.
KINESIS_CORE_EXPORT Scenario MakeScenario(uint64_t seed, const ScenarioOptions& options = {});

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_SCENARIO_H_
