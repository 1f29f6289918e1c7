// ForEachRecord: one pass over a source.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_PASS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_PASS_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "kinesis_core/lab/key_source.h"
#include "kinesis_core/lab/progress.h"

namespace kinesis::lab {

using RecordVisitor = std::function<absl::Status(const KeyRecord& record)>;

// Calls `visit` with every record of the source, once.
absl::Status ForEachRecord(KeySource& source, Progress& progress, const RecordVisitor& visit);

// Calls `visit` with exactly `count` records: the first ones, or all of them over and over again.
absl::Status ForSoManyRecords(uint64_t count, KeySource& source, Progress& progress,
                              const RecordVisitor& visit);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_RECORD_PASS_H_
