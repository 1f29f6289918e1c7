// PlanScript: a plan of splits and merges as a shell script of AWS CLI calls, with the way back.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_PLAN_SCRIPT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_PLAN_SCRIPT_H_

#include <cstddef>
#include <string>

#include "kinesis_core/lab/shard_map.h"
#include "kinesis_core/lab/split_merge_plan.h"

namespace kinesis::lab {

// The time that a plan takes. The service makes one split or merge of a stream at a time, and each
// takes about 30 seconds (as users see it; no document of the service says so): the limit of 5
// calls a second is never in the way.
double PlanSeconds(size_t calls);

// Writes a POSIX shell script for `plan`, which was made for `from`:
//
//   STREAM=name sh plan.sh          makes the calls
//   STREAM=name sh plan.sh undo     makes those that lead back
//
// It needs the AWS CLI and awk. Before each call it waits until the stream is ACTIVE and looks up
// the open shard with exactly the hash keys that the plan says, so that it does nothing to a stream
// with other shards; a call that has been made already is left out, so a script that was
// interrupted can be run again. It ends with an error at the first call that fails.
std::string PlanScript(const ShardMap& from, const SplitMergePlan& plan);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_PLAN_SCRIPT_H_
