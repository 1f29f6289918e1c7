// The kinds of numbers in the log, each a type of its own, so that the compiler finds one in the
// place of another.
#ifndef KINESIS_CORE_INTERNAL_LOG_LOG_NUMBERS_H_
#define KINESIS_CORE_INTERNAL_LOG_LOG_NUMBERS_H_

#include <cstdint>

#include "kinesis_core/internal/base/strong_number.h"

namespace kinesis::internal {

// Which opening of a log: unique in a pool, never used again. 0 is that of no log.
using LogUid = StrongNumber<struct LogUidTag, uint64_t, NumberKind::kName>;

// A record's place in its log since that was opened: 0, 1, 2, ...
using RecordIndex = StrongNumber<struct RecordIndexTag, uint64_t, NumberKind::kPlace>;

// How often a segment has been recycled.
using Generation = StrongNumber<struct GenerationTag, uint32_t, NumberKind::kName>;

using ByteCount = StrongNumber<struct ByteCountTag, uint64_t, NumberKind::kAmount>;

// A time: milliseconds since the Unix epoch.
using Millis = StrongNumber<struct MillisTag, int64_t, NumberKind::kPlace>;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_LOG_NUMBERS_H_
