// The report as JSON: one object with everything that was found. Hash keys are decimal text, times
// are in seconds, shares are 0 to 1, and members without a measurement are null.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_JSON_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_JSON_H_

#include <string>

#include "kinesis_core/lab/report.h"

namespace kinesis::lab {

// The form of the JSON, its member "version". It counts up when a member goes away or means
// something else. 1 was that of reports without the member.
inline constexpr int kReportVersion = 2;

// Returns the object without a newline at the end; indented if `pretty`.
std::string ToJson(const LabReport& report, bool pretty);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_JSON_H_
