// DeadLetter: what a consumer group writes to its dead-letter stream for a record that it gave up.
#ifndef KINESIS_CORE_DEAD_LETTER_H_
#define KINESIS_CORE_DEAD_LETTER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/record.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// A record that failed, and why. Its record in the dead-letter stream has the partition key of the
// one that failed, and as its data the text of Encode().
//
// A value type.
struct KINESIS_CORE_EXPORT DeadLetter {
  std::string group;
  ShardId shard_id;
  SequenceNumber sequence_number;
  // How often it failed.
  uint64_t attempts = 0;
  // The status that it failed with last, as absl::Status::ToString() has it, in at most 1,024
  // bytes.
  std::string cause;
  std::string data;

  // Six lines: "group NAME", "shard ID", "sequence_number N", "attempts N", "cause TEXT" and an
  // empty one, then the data. What is not printable ASCII in name and cause is escaped.
  std::string Encode() const;
  // The inverse of Encode. kInvalidArgument: `record` is none of these.
  static absl::StatusOr<DeadLetter> Parse(const RecordView& record);
};

}  // namespace kinesis

#endif  // KINESIS_CORE_DEAD_LETTER_H_
