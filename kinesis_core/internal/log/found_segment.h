// What recovery makes of the segments that a process left in files: which of them are the log, and
// what each of their entries is. It changes nothing, so that a checker of files says the same as
// ChainRecovery does.
//
// A value each, thread-compatible.
#ifndef KINESIS_CORE_INTERNAL_LOG_FOUND_SEGMENT_H_
#define KINESIS_CORE_INTERNAL_LOG_FOUND_SEGMENT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "kinesis_core/internal/log/record_layout.h"
#include "kinesis_core/internal/log/segment.h"
#include "kinesis_core/internal/log/segment_header.h"

namespace kinesis::internal {

// Returns whether a header can be one: in a file of stubs if `is_stub`, else in front of a block.
constexpr bool CanBeHeader(const StoredSegment& stored, bool is_stub) {
  return stored.size_class >= 0 && stored.size_class < SegmentGeometry::kClasses &&
         stored.log_uid != 0 && (stored.size_class == SegmentGeometry::kStub) == is_stub;
}

// What is found of one log, in the order of the segments' numbers.
template <class Found>  // has the StoredSegment `stored`
struct ChosenSegments {
  std::vector<Found> kept;     // these are the log
  std::vector<Found> dropped;  // these are not, and it is no loss
  std::vector<Found> cut;      // these have records, and stand before a gap
  uint64_t trim_index = 0;     // what is before it has been trimmed: the highest of all of them
};

// Of two segments with one number, the one with records counts (D6). Of what is left, the last ones
// whose numbers and indices follow on each other without a gap: before those, only what was being
// trimmed can be missing (D5). First ones without a record go, but for the last: chain_recovery.h
// says why. `has_records` tells of a segment with a block whether there is one.
template <class Found, class HasRecords>
ChosenSegments<Found> ChooseSegments(std::vector<Found> found, HasRecords has_records) {
  ChosenSegments<Found> chosen;
  std::vector<Found>& kept = chosen.kept;
  const auto follows = [](const StoredSegment& segment, const StoredSegment& next) {
    return next.number == segment.number + 1 && next.base_index >= segment.base_index &&
           next.base_index - segment.base_index <= SegmentGeometry::Of(segment.size_class).entries;
  };
  std::sort(found.begin(), found.end(),
            [](const Found& a, const Found& b) { return a.stored.number < b.stored.number; });
  for (const Found& segment : found) {
    chosen.trim_index = std::max(chosen.trim_index, segment.stored.trim_index);
    if (!kept.empty() && kept.back().stored.number == segment.stored.number) {
      const bool better = !has_records(kept.back()) && has_records(segment);
      chosen.dropped.push_back(better ? kept.back() : segment);
      if (better) kept.back() = segment;
      continue;
    }
    if (!kept.empty() && !follows(kept.back().stored, segment.stored)) {
      // One without records may be the loser of a race.
      for (const Found& before : kept) {
        (has_records(before) ? chosen.cut : chosen.dropped).push_back(before);
      }
      kept.clear();
    }
    kept.push_back(segment);
  }
  auto first = kept.begin();
  while (kept.end() - first > 1 && !has_records(*first)) chosen.dropped.push_back(*first++);
  kept.erase(kept.begin(), first);
  return chosen;
}

// Of the entries of a log's last segment, those that were claimed: up to the last that is not zero.
template <class Load>  // (uint32_t index) -> the word of that entry
uint32_t CountClaims(uint32_t entries, Load load) {
  while (entries > 0 && load(entries - 1) == 0) --entries;
  return entries;
}

enum class FoundEntry {
  kRecord,
  kVoid,
  kHole,     // claimed and not committed, or of a batch that is not whole: recovery makes it void
  kDamaged,  // no producer writes such a word: likewise
};

// Tells what the entries of a segment are, from its first one on.
class EntryScan {
 public:
  explicit constexpr EntryScan(const SegmentGeometry& geometry) : geometry_(geometry) {}

  constexpr FoundEntry Next(uint64_t word) {
    const FoundEntry found = Judge(word);
    is_void_ = found != FoundEntry::kRecord;
    return found;
  }

  // The units up to the end of a record.
  static constexpr uint64_t EndOf(const SegmentGeometry& geometry, uint64_t word) {
    const RecordEntry entry = RecordEntry::Decode(word);
    return entry.offset_units + geometry.UnitsFor(kRecordHeaderBytes + entry.payload_bytes());
  }

 private:
  constexpr FoundEntry Judge(uint64_t word) const {
    if (word == 0) return FoundEntry::kHole;
    if (word == (kEntryCommitted | kEntryVoid)) return FoundEntry::kVoid;
    if (!RecordEntry::IsRecord(word)) return FoundEntry::kDamaged;
    if (is_void_ && (word & kEntryFollows) != 0) return FoundEntry::kHole;
    return EndOf(geometry_, word) <= geometry_.data_units ? FoundEntry::kRecord
                                                          : FoundEntry::kDamaged;
  }

  const SegmentGeometry geometry_;
  bool is_void_ = false;  // the entry before
};

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_LOG_FOUND_SEGMENT_H_
