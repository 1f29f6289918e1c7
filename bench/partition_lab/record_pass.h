// Passes over a source.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_PASS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_PASS_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/progress.h"

namespace kinesis::lab {

using RecordVisitor = std::function<absl::Status(const KeyRecord& record)>;

// Calls `visit` with every record of the source, from the first one on. Ends with the first error
// of the source or of `visit`.
absl::Status ForEachRecord(KeySource& source, Progress& progress, const RecordVisitor& visit);

// Calls `visit` with exactly `count` records: the first ones, or all of them over and over again.
// Errors as above. kInvalidArgument: the source has no record.
absl::Status ForSoManyRecords(uint64_t count, KeySource& source, Progress& progress,
                              const RecordVisitor& visit);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_PASS_H_
