#include "kinesis_core/iterator.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/status.h"
#include "kinesis_core/internal/stream_core.h"

namespace kinesis {
namespace {

using internal::Log;
using internal::LogCursor;
using internal::SegmentRef;

}  // namespace

ShardId Iterator::shard_id() const { return shard_->identity().id; }

absl::StatusOr<RecordBatch> Iterator::Read(const ReadLimits& limits) {
  internal::StreamCore& stream = shard_->stream();
  if (stream.is_deleted()) {
    shard_->CountRejectedRead();
    return stream.DeletedError();
  }
  if (limits.max_records == 0 || limits.max_bytes == 0) {
    shard_->CountRejectedRead();
    return internal::FieldRangeError(limits.max_records == 0 ? "max_records" : "max_bytes", 0,
                                     "[1, 2^64-1]");
  }
  const int64_t now_ms = shard_->engine().NowMillis();
  Log::ReadRequest request;
  request.cutoff_ms = now_ms - stream.RetentionMs();
  request.min_ms = min_ms_.value_or(INT64_MIN);

  RecordBatch batch;
  batch.pool_ = &shard_->engine().pool();
  batch.shard_id_ = shard_->identity().id;
  batch.shard_created_seconds_ = shard_->identity().created_s;
  LogCursor cursor{SegmentRef::FromBits(segment_), index_};
  Log::ReadState state = Log::ReadState::kRecords;
  while (state == Log::ReadState::kRecords && batch.size_ < limits.max_records) {
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
    batch.pieces_.push_back(
        {span.segment, reinterpret_cast<const uint64_t*>(span.segment->entries()) + span.first,
         span.segment->data(), first + 1, span.count, span.segment->unit_shift});
    batch.size_ += span.count;
    batch.payload_bytes_ += span.payload_bytes;
    request.min_ms = INT64_MIN;
    min_ms_.reset();
  }
  segment_ = cursor.segment.bits();
  index_ = cursor.index;

  if (state == Log::ReadState::kEnd) {
    batch.end_of_shard_ = true;
    batch.child_shards_ = shard_->children();
  } else if (state != Log::ReadState::kTip) {
    batch.behind_latest_ = absl::Milliseconds(AgeOfNext(now_ms, request.cutoff_ms));
  }
  if (!batch.empty()) {
    const RecordBatch::Piece& last = batch.pieces_.back();
    const auto* segment = static_cast<const internal::Segment<internal::StdAtomics>*>(last.segment);
    const int64_t arrival_ms = Log::ArrivalMs(*segment, last.entries[last.count - 1]);
    shard_->CountRead(batch.size_, batch.payload_bytes_, std::max<int64_t>(now_ms - arrival_ms, 0));
  }
  return batch;
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

bool Iterator::CanRead() const {
  LogCursor cursor{SegmentRef::FromBits(segment_), index_};
  Log::ReadRequest request;
  request.cutoff_ms = shard_->engine().NowMillis() - shard_->stream().RetentionMs();
  request.min_ms = min_ms_.value_or(INT64_MIN);
  Log::Span span;
  uint64_t lost = 0;
  const Log::ReadState state = shard_->log().ReadSpan(&cursor, request, &span, &lost);
  if (state == Log::ReadState::kRecords) shard_->log().Unpin(*span.segment);
  return state != Log::ReadState::kTip || lost > 0;
}

absl::Status Iterator::Wait(absl::Time deadline) {
  // How often to look again, without giving the processor away and then with, before sleeping for
  // real while another thread is between the claim and the commit of the very record that is waited
  // for.
  constexpr int kSpins = 64;
  constexpr int kYields = 1024;
  constexpr std::chrono::microseconds kNap(50);
  internal::EngineCore& engine = shard_->engine();
  for (int in_flight = 0;;) {
    if (shard_->stream().is_deleted()) return shard_->stream().DeletedError();
    if (CanRead()) return absl::OkStatus();
    if (engine.clock().Now() >= deadline) {
      return internal::DeadlineExceeded("nothing to read in shard " + shard_id().ToString() +
                                        " before the deadline");
    }
    WaitEvent event;
    const internal::ParkingLot::Parked parked(engine.lot(), shard_->uid(), event);
    switch (shard_->log().ArmWait({SegmentRef::FromBits(segment_), index_})) {
      case Log::WaitState::kReady:
        break;
      case Log::WaitState::kArmed:
        engine.clock().Wait(event, deadline);
        in_flight = 0;
        break;
      case Log::WaitState::kInFlight:
        if (++in_flight > kYields) {
          std::this_thread::sleep_for(kNap);
        } else if (in_flight > kSpins) {
          std::this_thread::yield();
        }
        break;
    }
  }
}

}  // namespace kinesis
