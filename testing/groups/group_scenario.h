// A seeded story of consumer groups on one stream: puts, joins, leaves, stalls, commits in part,
// failures, reshards and restarts, held against what the groups promise.
//
// One thread: what is random is the same again from its seed. Threads have their own tests.
#ifndef KINESIS_CORE_TESTING_GROUPS_GROUP_SCENARIO_H_
#define KINESIS_CORE_TESTING_GROUPS_GROUP_SCENARIO_H_

#include <cstdint>
#include <string>

namespace kinesis::testing {

// What happened, of all kinds, so that a test can see that its scenarios are not empty.
struct GroupScenarioCounts {
  uint64_t delivered = 0;  // records, each time
  uint64_t committed = 0;
  uint64_t came_again = 0;
  uint64_t dead_letters = 0;
  uint64_t aborted = 0;  // commits refused, as the shard had been taken
  uint64_t hand_overs = 0;
  uint64_t reshards = 0;
  uint64_t restarts = 0;
  uint64_t by_lanes = 0;  // deliveries to a lane
};

// Plays the scenario of `seed`. Empty if all held; else what did not, with the steps that led
// there.
//
// What must hold, after every step:
//   - a record is delivered when all records of its key before it are done with, and not earlier,
//     and not again after it was committed (or given up): nothing lost, nothing doubled, keys in
//     order;
//   - what comes again had been given back, or its member had stalled, or the group was restarted,
//     or it was finished by lanes that ended before what lies in front of it was;
//   - what is committed of a shard is done with up to there, record by record;
//   - a shard that can be read has an owner if there is a member, and only one; when nothing is
//     out, members have as many shards as each other, or one more;
//   - in the end all records are done with, and with keep_until_committed their memory is given
//     back.
std::string PlayGroupScenario(uint64_t seed, GroupScenarioCounts* counts);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_GROUPS_GROUP_SCENARIO_H_
