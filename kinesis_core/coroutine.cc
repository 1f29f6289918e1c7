#include "kinesis_core/coroutine.h"

#include <utility>

#include "kinesis_core/internal/async_wait.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/group_core.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/internal/stream_read.h"

namespace kinesis {

using internal::AsyncSubject;
using internal::AsyncWait;
using internal::EngineCore;
using internal::GroupCore;
using internal::GroupMemberCore;
using internal::Log;
using internal::LogCursor;
using internal::ParkingLot;
using internal::ShardCore;
using internal::StreamCore;

namespace internal {

// When a wait ends without a result.
struct AwaitEnds {
  absl::Time deadline;
  std::stop_token stop;
};

}  // namespace internal

using internal::AwaitEnds;

// --- Awaitable -----------------------------------------------------------------------------------

template <class Result>
class Awaitable<Result>::Source : public AsyncSubject {
 public:
  Source(Executor& executor, AwaitEnds ends) : executor_(executor), ends_(std::move(ends)) {}

  void Fail(absl::Status status) override { result_.emplace(std::move(status)); }

  std::shared_ptr<AsyncWait> MakeWait() {
    return std::make_shared<AsyncWait>(*this, executor_, ends_.deadline, ends_.stop);
  }
  Result Take() { return *std::move(result_); }

 protected:
  const AwaitEnds& ends() const { return ends_; }
  Look Finish(Result result) {
    result_.emplace(std::move(result));
    return Look::kDone;
  }

 private:
  Executor& executor_;
  const AwaitEnds ends_;
  std::optional<Result> result_;
};

template <class Result>
Awaitable<Result>::Awaitable(std::unique_ptr<Source> source) : source_(std::move(source)) {}

template <class Result>
Awaitable<Result>::Awaitable(Result result) : result_(std::move(result)) {}

template <class Result>
Awaitable<Result>::~Awaitable() {
  if (wait_ != nullptr) wait_->End();
}

template <class Result>
bool Awaitable<Result>::await_ready() const {
  return result_.has_value();
}

template <class Result>
bool Awaitable<Result>::await_suspend(std::coroutine_handle<> handle) {
  wait_ = source_->MakeWait();
  return wait_->Start(handle);
}

template <class Result>
Result Awaitable<Result>::await_resume() {
  return result_ ? *std::move(result_) : source_->Take();
}

template class Awaitable<ReadResult>;
template class Awaitable<absl::StatusOr<Delivery>>;
template class Awaitable<absl::StatusOr<PutResult>>;

namespace internal {

// What stands behind the public handles.
class AsyncAccess {
 public:
  static ShardCore& ShardOf(const Iterator& iterator) { return *iterator.shard_; }
  static const ReadPlace& PlaceOf(const Iterator& iterator) { return iterator.place_; }
  static const std::shared_ptr<StreamCore>& CoreOf(const Stream& stream) { return stream.core_; }
  static const std::shared_ptr<GroupCore>& GroupOf(const GroupMember& member) {
    return member.group_;
  }
  static const std::shared_ptr<GroupMemberCore>& CoreOf(const GroupMember& member) {
    return member.member_;
  }
};

}  // namespace internal

using internal::AsyncAccess;

namespace {

absl::Status StoppedError() { return internal::Cancelled("the stop token says so"); }

// --- Records

// Returns whether a result of Read is one to go on with.
bool IsNews(const ReadResult& result) {
  return !result.ok() || !result->empty() || result->end_of_shard() || result->records_lost() > 0;
}

class RecordsSource final : public Awaitable<ReadResult>::Source {
 public:
  RecordsSource(Iterator& iterator, Executor& executor, AwaitEnds ends, const ReadLimits& limits)
      : Source(executor, std::move(ends)), iterator_(iterator), limits_(limits) {}

  Clock& clock() const override { return shard().engine().clock(); }

  void Enter(Waiter& waiter) override {
    parked_.emplace(shard().engine().lot(), shard().uid(), waiter);
  }
  void Leave() override { parked_.reset(); }

  Look LookAndArm() override {
    for (;;) {
      LogCursor tip;
      if (shard().stream().is_deleted() ||
          internal::CanRead(shard(), AsyncAccess::PlaceOf(iterator_), &tip)) {
        ReadResult result = iterator_.Read(limits_);
        if (IsNews(result)) return Finish(std::move(result));
        continue;
      }
      switch (shard().log().ArmWait(tip)) {
        case Log::WaitState::kReady:
          continue;
        case Log::WaitState::kArmed:
          return Look::kArmed;
        case Log::WaitState::kInFlight:
          return Look::kInFlight;
      }
    }
  }

  absl::Status LateError() const override { return internal::NothingToReadError(shard()); }

 private:
  ShardCore& shard() const { return AsyncAccess::ShardOf(iterator_); }

  Iterator& iterator_;
  const ReadLimits limits_;
  std::optional<ParkingLot::Parked> parked_;
};

// --- Deliveries

class DeliverySource final : public Awaitable<absl::StatusOr<Delivery>>::Source {
 public:
  DeliverySource(GroupMember& member, Executor& executor, AwaitEnds ends)
      : Source(executor, std::move(ends)),
        group_(AsyncAccess::GroupOf(member)),
        member_(AsyncAccess::CoreOf(member)) {}

  Clock& clock() const override { return group_->clock(); }

  void Enter(Waiter& waiter) override { waiter_ = &waiter; }
  void Leave() override {
    if (std::exchange(is_watched_, false)) group_->Unwatch(*member_);
  }

  Look LookAndArm() override {
    Leave();
    for (;;) {
      GroupCore::AsyncLook look;
      absl::StatusOr<Delivery> delivery = group_->TryNext(*member_, ends().stop, &look);
      if (!look.is_empty) return Finish(std::move(delivery));
      if (look.in_flight) return Look::kInFlight;
      look_again_ = look.look_again;
      is_watched_ = group_->Watch(*member_, *waiter_);
      if (is_watched_) return Look::kArmed;
    }
  }
  absl::Time look_again() const override { return look_again_; }

  absl::Status LateError() const override { return group_->LateError(*member_); }

 private:
  const std::shared_ptr<GroupCore> group_;
  const std::shared_ptr<GroupMemberCore> member_;
  Waiter* waiter_ = nullptr;
  bool is_watched_ = false;
  absl::Time look_again_;
};

// --- Room

class PutSource final : public Awaitable<absl::StatusOr<PutResult>>::Source {
 public:
  PutSource(std::shared_ptr<StreamCore> stream, const Record& record, Executor& executor,
            AwaitEnds ends)
      : Source(executor, std::move(ends)), stream_(std::move(stream)), record_(record) {}

  Clock& clock() const override { return engine().clock(); }

  void Enter(Waiter& waiter) override {
    parked_.emplace(engine().lot(), ParkingLot::kRoomKey, waiter);
    engine().room_waiters().Announce();
  }
  void Leave() override {
    engine().room_waiters().Withdraw();
    parked_.reset();
  }

  // The order of RoomWaiters::Retry, which this has announced itself to.
  Look LookAndArm() override {
    const int64_t next_ms = engine().ReclaimExpired(ends().deadline);
    absl::StatusOr<PutResult> result = stream_->Put(record_);
    if (!absl::IsResourceExhausted(result.status())) return Finish(std::move(result));
    refusal_ = result.status();
    look_again_ = engine().LookForRoomAgain(next_ms);
    return Look::kArmed;
  }
  absl::Time look_again() const override { return look_again_; }

  absl::Status LateError() const override { return EngineCore::NoRoomError(refusal_); }

 private:
  EngineCore& engine() const { return stream_->engine(); }

  const std::shared_ptr<StreamCore> stream_;
  const Record record_;
  std::optional<ParkingLot::Parked> parked_;
  absl::Status refusal_;
  absl::Time look_again_;
};

}  // namespace

// --- What is awaited -----------------------------------------------------------------------------

Awaitable<ReadResult> NextRecords(Iterator& iterator, Executor& executor, absl::Time deadline,
                                  const std::stop_token& stop, const ReadLimits& limits) {
  using Result = Awaitable<ReadResult>;
  if (stop.stop_requested()) return Result(ReadResult(StoppedError()));
  ReadResult result = iterator.Read(limits);
  if (IsNews(result)) return Result(std::move(result));
  return Result(
      std::make_unique<RecordsSource>(iterator, executor, AwaitEnds{deadline, stop}, limits));
}

Awaitable<absl::StatusOr<Delivery>> NextDelivery(GroupMember& member, Executor& executor,
                                                 absl::Time deadline, const std::stop_token& stop) {
  using Result = Awaitable<absl::StatusOr<Delivery>>;
  GroupCore::AsyncLook look;
  absl::StatusOr<Delivery> delivery =
      AsyncAccess::GroupOf(member)->TryNext(*AsyncAccess::CoreOf(member), stop, &look);
  if (!look.is_empty) return Result(std::move(delivery));
  return Result(std::make_unique<DeliverySource>(member, executor, AwaitEnds{deadline, stop}));
}

Awaitable<absl::StatusOr<PutResult>> PutWhenRoom(Stream& stream, const Record& record,
                                                 Executor& executor, absl::Time deadline,
                                                 const std::stop_token& stop) {
  using Result = Awaitable<absl::StatusOr<PutResult>>;
  if (stop.stop_requested()) return Result(StoppedError());
  absl::StatusOr<PutResult> result = stream.Put(record);
  if (!absl::IsResourceExhausted(result.status())) return Result(std::move(result));
  return Result(std::make_unique<PutSource>(AsyncAccess::CoreOf(stream), record, executor,
                                            AwaitEnds{deadline, stop}));
}

}  // namespace kinesis
