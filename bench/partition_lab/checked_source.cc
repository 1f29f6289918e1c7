#include "kinesis_core/lab/checked_source.h"

#include <cstddef>
#include <optional>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/utf8.h"

namespace kinesis::lab {

absl::StatusOr<bool> CheckedSource::Next(KeyRecord* record) {
  *record = {};
  absl::StatusOr<bool> more = source_.Next(record);
  if (!more.ok() || !*more) return more;
  const std::string where = "record " + std::to_string(++number_) + " of " + description() + ": ";
  const std::optional<size_t> characters = internal::CountCodePoints(record->key);
  if (!characters) {
    return internal::InvalidArgument(where + "the key " + internal::Quoted(record->key) +
                                     " is not UTF-8");
  }
  if (*characters < 1 || *characters > kMaxKeyCharacters) {
    return internal::InvalidArgument(where + "the key has " + std::to_string(*characters) +
                                     " characters; Kinesis takes 1 to 256");
  }
  if (record->bytes < record->key.size() || record->bytes > kMaxRecordBytes) {
    return internal::InvalidArgument(
        where + "its bytes are " + std::to_string(record->bytes) + "; they count the key's " +
        std::to_string(record->key.size()) + " too, and are 10,485,760 at most");
  }
  if (has_times() && record->unix_time_ns < 0) {
    return internal::InvalidArgument(where + "its time is before 1970");
  }
  return more;
}

absl::Status CheckedSource::Rewind() {
  number_ = 0;
  return source_.Rewind();
}

}  // namespace kinesis::lab
