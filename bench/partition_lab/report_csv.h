// The report as CSV (RFC 4180): one record for each strategy and shard, with the strategy's own
// measures repeated, so that a spreadsheet can pivot it. After an advised plan, its strategy comes
// once more with "after plan" in its name.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_CSV_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_CSV_H_

#include <string>

#include "kinesis_core/lab/report.h"

namespace kinesis::lab {

// Returns the report in that form.
std::string ToCsv(const LabReport& report);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_CSV_H_
