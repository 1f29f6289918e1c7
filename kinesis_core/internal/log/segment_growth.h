// Which segment follows which: a log's segments grow with what it holds, and shrink again.
#ifndef KINESIS_CORE_INTERNAL_LOG_SEGMENT_GROWTH_H_
#define KINESIS_CORE_INTERNAL_LOG_SEGMENT_GROWTH_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/base/check.h"
#include "kinesis_core/internal/log/log_numbers.h"
#include "kinesis_core/internal/log/segment.h"

namespace kinesis::internal {

// Segments grow with what the log holds, up to kUsualSize or, with larger records, to what holds
// kRecordsPerSegment of them, so that little of a segment is left over at its end. Beyond
// kLargestSize only for a record that needs it. They shrink as well: what follows a segment that
// was left nearly empty, because the shard has become quiet and a segment spans
// TailWord::kTimeSpanMs at most, is of a size that the same again would fill to an eighth or more.
struct SegmentGrowth {
  static constexpr int kUsualSize = 4;
  static constexpr int kLargestSize = 6;
  static constexpr uint64_t kRecordsPerSegment = 32;
  // A segment is at most this part of the capacity, and of the pool's budget, so that trimming is
  // fine-grained.
  static constexpr uint64_t kSegmentsPerCapacity = 8;

  // The class of the segment after one of `size_class` that was left with `tail`, for a record of
  // `bytes` where a block may have `most_bytes`. Larger than that only if every class that holds
  // the record is, whatever came before it.
  static int NextClass(int size_class, TailWord tail, ByteCount bytes, ByteCount most_bytes) {
    const SegmentGeometry last = SegmentGeometry::Of(size_class);
    const uint64_t stored_bytes = uint64_t{tail.offset_units()} << last.unit_shift;
    const uint64_t record_bytes = tail.count() > 0 ? stored_bytes / tail.count() : bytes;
    int size = std::max(SegmentGeometry::SizeOf(size_class), 1);
    if (tail.offset_units() >= last.data_units / 2U) {
      if (size_class != SegmentGeometry::kStub) ++size;
    } else if (tail.count() < last.entries / 2U) {
      while (size > 1 && 2 * stored_bytes <= SegmentGeometry::Of(size - 1).block_bytes) --size;
    }
    size = std::min(size, GrownSize(record_bytes));
    while (size > 1 && SegmentGeometry::Of(size).block_bytes > most_bytes / kSegmentsPerCapacity) {
      --size;
    }
    const int spacing = SegmentGeometry::SpacingFor(record_bytes);
    const auto holds = [&] {
      return SegmentGeometry::Of(SegmentGeometry::ClassOf(size, spacing)).Holds(bytes);
    };
    while (size < SegmentGeometry::kSizes && !holds()) ++size;
    KC_DCHECK(holds());  // what is put was checked against kMaxDataBytes and its like
    // The spacing of small records leaves less room for a large one than its own.
    return SegmentGeometry::Of(size).block_bytes > most_bytes
               ? SegmentGeometry::ClassFor(bytes)
               : SegmentGeometry::ClassOf(size, spacing);
  }

  // The size that segments grow to with records of so many bytes.
  static constexpr int GrownSize(uint64_t record_bytes) {
    int size = kUsualSize;
    while (size < kLargestSize &&
           SegmentGeometry::Of(size).block_bytes < kRecordsPerSegment * record_bytes) {
      ++size;
    }
    return size;
  }
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_SEGMENT_GROWTH_H_
