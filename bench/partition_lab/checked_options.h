// CheckOptions: the bounds of the lab's options.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_CHECKED_OPTIONS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_CHECKED_OPTIONS_H_

#include "absl/status/status.h"
#include "kinesis_core/lab/lab.h"

namespace kinesis::lab {

// Checks every field and the names of the strategies. kInvalidArgument or kOutOfRange: a field
// makes no sense, and the message names it.
absl::Status CheckOptions(const LabOptions& options);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_CHECKED_OPTIONS_H_
