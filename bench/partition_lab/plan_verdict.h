// WhyNoHelp: the verdict on a plan of splits and merges, by what the engine has shown.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_PLAN_VERDICT_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_PLAN_VERDICT_H_

#include <string>

namespace kinesis::lab {

// The numbers of a replay that a plan is judged by; shares are of the records (ThrottleReport).
struct PlanOutcome {
  double over_capacity = 0;
  double queued = 0;
  double dropped = 0;
  double max_over_mean = 1;  // of the load
};

// Says in words for a report why a plan does not help; empty if it does. A plan has to better one
// number by a hundredth of it at least, and must worsen none of the first three by as much. Shares
// of less than one in a thousand do not count.
std::string WhyNoHelp(const PlanOutcome& before, const PlanOutcome& after);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_PLAN_VERDICT_H_
