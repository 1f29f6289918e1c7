// CompareReports: two reports of the lab side by side, before and after a change of the keys, the
// strategy, the shards or the load.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_COMPARE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_COMPARE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace kinesis::lab {

// Returns tables of the differences between two reports in JSON (report_json.h), as text: their
// settings, the input, and for each strategy of both its numbers before and after.
// kInvalidArgument: one is no report, or has another version of the form; the message says which.
absl::StatusOr<std::string> CompareReports(std::string_view before, std::string_view after);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_REPORT_COMPARE_H_
