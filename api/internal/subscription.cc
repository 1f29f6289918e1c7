#include "kinesis_core/api/internal/subscription.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "kinesis_core/api/internal/call_answer.h"
#include "kinesis_core/api/internal/shard_shapes.h"
#include "kinesis_core/api/internal/status_macros.h"
#include "kinesis_core/clock.h"

namespace kinesis::api::internal {
namespace {

// How long a sleeper sleeps before it looks whether its subscription has been ended elsewhere.
constexpr absl::Duration kLookAgain = absl::Seconds(1);

int64_t EndOfLife(int64_t now_ms, absl::Duration lifetime) {
  const int64_t lifetime_ms = absl::ToInt64Milliseconds(lifetime);
  return lifetime_ms > kNever - now_ms ? kNever : now_ms + lifetime_ms;
}

}  // namespace

EngineSubscription::EngineSubscription(ClientCore& core, Subject subject,
                                       const kinesis::Iterator& position, int64_t now_ms)
    : core_(core),
      subject_(std::move(subject)),
      position_(position),
      ends_ms_(EndOfLife(now_ms, core.limits().subscription_lifetime)) {}

absl::StatusOr<std::optional<SubscribeToShardEvent>> EngineSubscription::Next(absl::Time deadline) {
  if (core_.faults() == nullptr) [[likely]] {
    return NextEvent(deadline);
  }
  AskForFault();
  absl::StatusOr<std::optional<SubscribeToShardEvent>> event = NextEvent(deadline);
  CallAnswer answer{.operation = Operation::kSubscribeToShard,
                    .is_event = true,
                    .shard = position_.shard_id(),
                    .status = event.status()};
  if (event.ok() && event->has_value()) NoteRecords((*event)->records, &answer);
  answer.has_next = event.ok() && event->has_value() && !(*event)->child_shards;
  core_.faults()->OnAnswer(answer);
  return event;
}

void EngineSubscription::AskForFault() {
  CallTime time(core_.clock());
  if (!failure_.ok() || ended_ || time.ms() >= ends_ms_ || !CheckState(time).ok()) return;
  kinesis::Stream& stream = subject_.stream->stream();
  const std::optional<EventFault> fault = core_.faults()->OnEvent(stream, position_.shard_id());
  if (!fault) return;
  if (fault->error) {
    failure_ = core_.errors().InjectedIntoShard(*fault->error, position_.shard_id(),
                                                subject_.stream->name());
  } else {
    ended_ = true;
  }
}

absl::StatusOr<std::optional<SubscribeToShardEvent>> EngineSubscription::NextEvent(
    absl::Time deadline) {
  for (;;) {
    if (!failure_.ok()) return failure_;
    // Finer than milliseconds, as deadlines are.
    const absl::Time now = Now();
    CallTime time(now, core_.clock());
    const int64_t now_ms = time.ms();
    ended_ = ended_ || now_ms >= ends_ms_;
    if (ended_) return std::nullopt;
    failure_ = CheckState(time);
    if (!failure_.ok()) return failure_;
    core_.lifecycle().AdvanceIfDue(*subject_.stream, time);
    const bool due = now >= deadline;
    const int64_t spare_bytes = core_.limits().rates ? subject_.shard->SpareBytes(now_ms)
                                                     : std::numeric_limits<int64_t>::max();
    if (spare_bytes > 0) {
      KC_ASSIGN_OR_RETURN(SubscribeToShardEvent event, ReadEvent(spare_bytes, now_ms));
      ended_ = event.child_shards.has_value();
      if (due || ended_ || !event.records.empty()) return event;
    } else if (due) {
      return EmptyEvent(now_ms);
    }
    Sleep(spare_bytes == 0, now, deadline);
  }
}

absl::Status EngineSubscription::CheckState(CallTime& time) const {
  const StreamEntry& stream = *subject_.stream;
  if (!stream.IsOpen(time)) return core_.errors().StreamNotFound(stream.name());
  switch (subject_.shard->StateOf(subject_.subscription)) {
    case ConsumerShard::SubscriptionState::kCurrent:
      return absl::OkStatus();
    case ConsumerShard::SubscriptionState::kConsumerGone:
      return core_.errors().ConsumerNotFound(subject_.consumer_name, stream.name());
    case ConsumerShard::SubscriptionState::kTakenOver:
      break;
  }
  return core_.errors().SubscriptionExists(subject_.consumer_name, position_.shard_id(),
                                           stream.name());
}

absl::StatusOr<SubscribeToShardEvent> EngineSubscription::ReadEvent(int64_t spare_bytes,
                                                                    int64_t now_ms) {
  const Limits& limits = core_.limits();
  const int64_t most = std::min(spare_bytes, limits.get_records_bytes_max);
  ReadResult batch =
      position_.Read({.max_records = static_cast<uint64_t>(limits.get_records_count_max),
                      .max_bytes = static_cast<uint64_t>(most)});
  if (!batch.ok()) return core_.errors().FromEngine(batch.status(), subject_.stream->name());
  if (limits.rates && !batch->empty()) {
    subject_.shard->Charge(static_cast<int64_t>(batch->payload_bytes()), now_ms);
  }
  behind_ms_ = absl::ToInt64Milliseconds(batch->behind_latest());
  read_ms_ = now_ms;
  SubscribeToShardEvent event = EmptyEvent(now_ms);
  if (batch->end_of_shard()) {
    // Readers take it for the end that there is nowhere to go on.
    event.continuation_sequence_number.reset();
    event.child_shards = ChildShardShapes(
        subject_.stream->stream(),
        std::vector<ShardId>(batch->child_shards().begin(), batch->child_shards().end()));
  }
  std::optional<EncryptionType> encryption;
  if (subject_.stream->encryption_type() != EncryptionType::kNone) {
    encryption = subject_.stream->encryption_type();
  }
  event.records = RecordList(std::move(*batch), encryption);
  return event;
}

// Without reading: what was next at the last read has grown older since.
SubscribeToShardEvent EngineSubscription::EmptyEvent(int64_t now_ms) const {
  const int64_t older_ms = behind_ms_ == 0 ? 0 : std::max<int64_t>(now_ms - read_ms_, 0);
  return {.records = {},
          .continuation_sequence_number = position_.position(),
          .millis_behind_latest = behind_ms_ + older_ms,
          .child_shards = std::nullopt};
}

void EngineSubscription::Sleep(bool held_back, absl::Time now, absl::Time deadline) {
  absl::Time until = std::min({deadline, absl::FromUnixMillis(ends_ms_), now + kLookAgain});
  // A shard that is going to be split or merged ends then.
  const int64_t advance_ms = subject_.stream->next_advance_ms();
  if (advance_ms != kNever) until = std::min(until, absl::FromUnixMillis(advance_ms));
  if (!held_back) {
    position_.Wait(until).IgnoreError();  // whatever it is, Next looks again
    return;
  }
  const absl::Duration rest =
      absl::Milliseconds(subject_.shard->MillisToSpare(absl::ToUnixMillis(now)));
  WaitEvent nobody_notifies;
  core_.clock().Wait(nobody_notifies, std::min(until, now + rest));
}

}  // namespace kinesis::api::internal
