#include "kinesis_core/iterator.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/short_wait.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/internal/waiting.h"

namespace kinesis {
namespace {

using internal::Log;
using internal::LogCursor;
using internal::SegmentRef;

}  // namespace

ShardId Iterator::shard_id() const { return shard_->identity().id; }

absl::Status Iterator::CheckReadable(const ReadLimits& limits) const {
  const internal::StreamCore& stream = shard_->stream();
  if (stream.is_deleted()) return stream.DeletedError();
  if (limits.max_records > 0 && limits.max_bytes > 0) return absl::OkStatus();
  return internal::FieldRangeError(limits.max_records == 0 ? "max_records" : "max_bytes", 0,
                                   "[1, 2^64-1]");
}

SequenceNumber Iterator::position() const {
  const internal::ShardIdentity& identity = shard_->identity();
  if (index_ == 0) return SequenceNumber::ShardStart(identity.created_s, identity.id.index());
  // Sequence numbers count records from 1, so this is the index of the last record before the
  // place; the latest of seconds puts the number behind that record.
  return SequenceNumber::Make(identity.created_s, identity.id.index(), index_,
                              SequenceNumber::kMaxSeconds);
}

absl::StatusOr<RecordBatch> Iterator::Read(const ReadLimits& limits) {
  if (absl::Status status = CheckReadable(limits); !status.ok()) {
    shard_->CountRejectedRead();
    return status;
  }
  const int64_t now_ms = shard_->engine().NowMillis();
  Log::ReadRequest request;
  request.cutoff_ms = now_ms - shard_->stream().RetentionMs();
  request.min_ms = min_ms_.value_or(INT64_MIN);
  request.min_end = min_end_;

  absl::StatusOr<RecordBatch> result(absl::in_place);  // in its place: a batch is costly to move
  RecordBatch& batch = *result;
  batch.pool_ = &shard_->engine().pool();
  batch.shard_id_ = shard_->identity().id;
  batch.shard_created_seconds_ = shard_->identity().created_s;
  LogCursor cursor{SegmentRef::FromBits(segment_), index_};
  Log::ReadState state = Log::ReadState::kRecords;
  Log::Beyond beyond = Log::Beyond::kUnknown;
  uint64_t next_entry = 0;
  while (beyond == Log::Beyond::kUnknown && batch.size_ < limits.max_records) {
    request.max_records = limits.max_records - batch.size_;
    request.max_payload_bytes = limits.max_bytes - std::min(limits.max_bytes, batch.payload_bytes_);
    request.at_least_one = batch.empty();
    Log::Span span;
    uint64_t lost = 0;
    const LogCursor before = cursor;
    state = shard_->log().ReadSpan(&cursor, request, &span, &lost);
    if (lost > 0 && !batch.empty()) {
      // Overtaken in the middle: the loss belongs in front of the next batch.
      if (state == Log::ReadState::kRecords) shard_->log().Unpin(*span.segment);
      // What comes next is that, so neither the tip nor the end has been reached.
      cursor = before;
      state = Log::ReadState::kRecords;
      break;
    }
    batch.records_lost_ += lost;
    if (state != Log::ReadState::kRecords) break;
    const uint64_t first = cursor.index - span.count;
    batch.AddPiece({span.segment,
                    reinterpret_cast<const uint64_t*>(span.segment->entries()) + span.first,
                    span.segment->data(), first + 1, span.count, span.segment->unit_shift});
    beyond = span.beyond;
    next_entry = span.next_entry;
    batch.size_ += span.count;
    batch.payload_bytes_ += span.payload_bytes;
    request.min_ms = INT64_MIN;
    min_ms_.reset();
  }
  segment_ = cursor.segment.bits();
  index_ = cursor.index;

  if (state == Log::ReadState::kEnd) {
    shard_->ReachEnd();
    batch.end_of_shard_ = true;
    batch.child_shards_ = shard_->children();
  } else if (state != Log::ReadState::kTip && beyond == Log::Beyond::kUnknown) {
    batch.behind_latest_ = absl::Milliseconds(AgeOfNext(now_ms, request.cutoff_ms));
  }
  if (!batch.empty()) {
    const RecordBatch::Piece& last = batch.pieces().back();
    const auto& segment =
        *static_cast<const internal::Segment<internal::StdAtomics>*>(last.segment);
    const auto age_ms = [&segment, now_ms](uint64_t entry) {
      return std::max<int64_t>(now_ms - Log::ArrivalMs(segment, entry), 0);
    };
    shard_->CountRead(batch.size_, batch.payload_bytes_, age_ms(last.entries[last.count - 1]));
    if (beyond == Log::Beyond::kRecord) {
      batch.behind_latest_ = absl::Milliseconds(age_ms(next_entry));
    }
  }
  return result;
}

int64_t Iterator::AgeOfNext(int64_t now_ms, int64_t cutoff_ms) const {
  LogCursor cursor{SegmentRef::FromBits(segment_), index_};
  Log::ReadRequest request;
  request.cutoff_ms = cutoff_ms;
  Log::Span span;
  uint64_t lost = 0;
  if (shard_->log().ReadSpan(&cursor, request, &span, &lost) != Log::ReadState::kRecords) return 0;
  const uint64_t entry =
      // Relaxed: ReadSpan acquired it.
      span.segment->entries()[span.first].load(std::memory_order_relaxed);
  const int64_t age_ms = now_ms - Log::ArrivalMs(*span.segment, entry);
  shard_->log().Unpin(*span.segment);
  return std::max<int64_t>(age_ms, 0);
}

bool Iterator::CanRead(LogCursor* tip) const {
  *tip = {SegmentRef::FromBits(segment_), index_};
  Log::ReadRequest request;
  request.cutoff_ms = shard_->engine().NowMillis() - shard_->stream().RetentionMs();
  request.min_ms = min_ms_.value_or(INT64_MIN);
  request.min_end = min_end_;
  Log::Span span;
  uint64_t lost = 0;
  const Log::ReadState state = shard_->log().ReadSpan(tip, request, &span, &lost);
  if (state == Log::ReadState::kRecords) shard_->log().Unpin(*span.segment);
  return state != Log::ReadState::kTip || lost > 0;
}

bool Iterator::LookAgain() const {
  return internal::LookForAWhile([this] {
    LogCursor tip;
    return CanRead(&tip);
  });
}

// A reader for SleepAtTip.
class Iterator::Sleeper {
 public:
  Sleeper(const Iterator& iterator, absl::Time deadline)
      : iterator_(iterator), shard_(*iterator.shard_), deadline_(deadline) {}

  bool IsDone(LogCursor* tip) {
    do {
      if (shard_.stream().is_deleted()) {
        status_ = shard_.stream().DeletedError();
        return true;
      }
      if (iterator_.CanRead(tip)) return true;
      if (shard_.engine().clock().Now() >= deadline_) {
        status_ = internal::DeadlineExceeded(
            "nothing to read in shard " + iterator_.shard_id().ToString() + " before the deadline");
        return true;
      }
    } while (!std::exchange(has_looked_, true) && iterator_.LookAgain());
    return false;
  }
  void Sleep(WaitEvent& event) { shard_.engine().clock().Wait(event, deadline_); }
  void AwaitCommit(int round) { internal::AwaitCommit(round); }

  const absl::Status& status() const { return status_; }

 private:
  const Iterator& iterator_;
  internal::ShardCore& shard_;
  const absl::Time deadline_;
  bool has_looked_ = false;
  absl::Status status_;
};

absl::Status Iterator::Wait(absl::Time deadline) {
  Sleeper sleeper(*this, deadline);
  internal::SleepAtTip(shard_->engine().lot(), shard_->log(), shard_->uid(), sleeper);
  return sleeper.status();
}

}  // namespace kinesis
