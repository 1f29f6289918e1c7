#include "kinesis_core/lab/record_pass.h"

#include "absl/status/statusor.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kRecordsBetweenUpdates = 4096;

}  // namespace

absl::Status ForEachRecord(KeySource& source, Progress& progress, const RecordVisitor& visit) {
  const absl::Status rewound = source.Rewind();
  if (!rewound.ok()) return rewound;
  KeyRecord record;
  for (uint64_t seen = 1;; ++seen) {
    const absl::StatusOr<bool> more = source.Next(&record);
    if (!more.ok()) return more.status();
    if (!*more) return absl::OkStatus();
    const absl::Status visited = visit(record);
    if (!visited.ok()) return visited;
    if (seen % kRecordsBetweenUpdates == 0) progress.Update(source.progress());
  }
}

absl::Status ForSoManyRecords(uint64_t count, KeySource& source, Progress& progress,
                              const RecordVisitor& visit) {
  absl::Status status = source.Rewind();
  KeyRecord record;
  bool any = false;
  for (uint64_t seen = 0; status.ok() && seen < count;) {
    const absl::StatusOr<bool> more = source.Next(&record);
    if (!more.ok()) return more.status();
    if (!*more) {
      if (!any) return absl::InvalidArgumentError("the input has no record");
      status = source.Rewind();
      continue;
    }
    any = true;
    status = visit(record);
    if (++seen % kRecordsBetweenUpdates == 0) {
      progress.Update(static_cast<double>(seen) / static_cast<double>(count));
    }
  }
  return status;
}

}  // namespace kinesis::lab
