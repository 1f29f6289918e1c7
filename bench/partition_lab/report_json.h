// The report as JSON: one object with everything that was found. Hash keys are decimal text, times
// are in seconds, shares are 0 to 1, and what was not measured is null.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_JSON_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_JSON_H_

#include <string>

#include "bench/partition_lab/report.h"

namespace kinesis::lab {

// Without a newline; indented if `pretty`.
std::string ToJson(const LabReport& report, bool pretty);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_JSON_H_
