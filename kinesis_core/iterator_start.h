// IteratorStart and ReadLimits: where an iterator begins, and how much one of its reads returns.
//
// Values: copy freely.
#ifndef KINESIS_CORE_ITERATOR_START_H_
#define KINESIS_CORE_ITERATOR_START_H_

#include <cstdint>

#include "absl/time/time.h"
#include "kinesis_core/sequence_number.h"

namespace kinesis {

namespace internal {

// Where a reader is in its shard: internal/stream_read.h has what it does there.
struct ReadPlace {
  uint64_t segment = 0;  // SegmentRef::bits(): where `index` was seen last, a hint
  uint64_t index = 0;    // of the next record in the log
  // A reader that began at a time passes over what arrived before it, if its index is below
  // min_end.
  int64_t min_ms = INT64_MIN;
  uint64_t min_end = 0;
};

}  // namespace internal

// Where an iterator begins: one of the five places that Kinesis calls ShardIteratorType.
class IteratorStart {
 public:
  enum class Kind { kTrimHorizon, kLatest, kAtSequenceNumber, kAfterSequenceNumber, kAtTimestamp };

  // The oldest record that is kept.
  static IteratorStart TrimHorizon() { return IteratorStart(Kind::kTrimHorizon); }
  // After the newest record: returns what is put from now on.
  static IteratorStart Latest() { return IteratorStart(Kind::kLatest); }
  // The record with this number or, if there is none, the next one. The number must be one of this
  // shard and not of its future; else CreateIterator fails with kInvalidArgument or kOutOfRange.
  // If that record is gone, reading begins at the oldest kept, and the first batch counts those in
  // between, and that record, as records_lost(): numbers carry the index of their record, so the
  // count is exact whatever has been trimmed or has expired, also of a closed shard. A number of no
  // record is then taken for that of the record with its index.
  static IteratorStart AtSequenceNumber(const SequenceNumber& number) {
    return IteratorStart(Kind::kAtSequenceNumber, number);
  }
  // The first record with a larger number. Otherwise like AtSequenceNumber; a record that is gone
  // and has the number itself is not counted as lost.
  static IteratorStart AfterSequenceNumber(const SequenceNumber& number) {
    return IteratorStart(Kind::kAfterSequenceNumber, number);
  }
  // The first record that arrived at `time` or later, both taken in whole milliseconds, rounded
  // down. So whoever reads the engine's clock and begins there gets every record that is put after
  // the reading, and whatever else arrived in the same millisecond. `time` may as well be read from
  // a clock that is ahead of the engine's by its Clock::Lag(), as absl::Now() is of SystemClock():
  // then records that were put before it by up to that may come first. What is put after the call
  // comes whatever the clocks say; what is put before it, after the engine's clock was set back to
  // before `time`, does not. A time further in the future is refused (kOutOfRange).
  static IteratorStart AtTimestamp(absl::Time time) {
    IteratorStart start(Kind::kAtTimestamp);
    start.time_ = time;
    return start;
  }

  Kind kind() const { return kind_; }
  const SequenceNumber& sequence_number() const { return number_; }
  absl::Time time() const { return time_; }

 private:
  explicit IteratorStart(Kind kind, const SequenceNumber& number = {})
      : kind_(kind), number_(number) {}

  Kind kind_;
  SequenceNumber number_;
  absl::Time time_;
};

// The most that one read returns; both limits hold.
struct ReadLimits {
  // At least 1. The default is that of Kinesis's GetRecords.
  uint64_t max_records = 10'000;
  // Bytes of data and partition keys, at least 1; the first record is returned whatever its size,
  // so that a reader cannot get stuck. The default is that of Kinesis's GetRecords, 10 MiB.
  uint64_t max_bytes = uint64_t{10} << 20;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_ITERATOR_START_H_
