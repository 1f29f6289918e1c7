#include "kinesis_core/wait_set.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/ready_list.h"
#include "kinesis_core/internal/shard_core.h"
#include "kinesis_core/internal/short_wait.h"
#include "kinesis_core/internal/stream_core.h"
#include "kinesis_core/internal/stream_read.h"

namespace kinesis {

using internal::EngineCore;
using internal::Log;
using internal::LogCursor;
using internal::ParkingLot;
using internal::ShardCore;
using internal::StreamCore;

class WaitSet::Impl {
 public:
  struct Member;
  using List = internal::ReadyList<ParkingLot, Member>;

  // An iterator or a stream of the set.
  struct Member {
    Member(Impl& impl, Iterator& of) : iterator(&of), shard(of.shard_) { Park(impl, shard->uid()); }
    Member(Impl& impl, const Stream& of) : stream(of), layout_version(of.core_->layout_version()) {
      Park(impl, of.core_->uid());
    }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;

    Iterator* iterator = nullptr;
    std::shared_ptr<ShardCore> shard;  // with the iterator
    std::optional<Stream> stream;
    uint64_t layout_version = 0;  // that the caller knows of
    std::optional<List::Source> source;

   private:
    void Park(Impl& impl, uint64_t key) {
      EngineCore& engine = shard != nullptr ? shard->engine() : stream->core_->engine();
      source.emplace(impl.list, engine.lot(), key, *this);
    }
  };

  // What AwaitReady asks.
  class Looker {
   public:
    Looker(Impl& impl, EngineCore& engine, absl::Time deadline)
        : impl_(impl), engine_(engine), deadline_(deadline) {}

    bool IsReady(Member& member, LogCursor* tip) const {
      if (member.iterator != nullptr) {
        member.iterator->LetGo();  // as Iterator::Wait does, before it may sleep
        return member.shard->stream().is_deleted() ||
               internal::CanRead(*member.shard, member.iterator->place_, tip);
      }
      const StreamCore& stream = *member.stream->core_;
      return stream.is_deleted() || stream.layout_version() != member.layout_version;
    }
    Log* LogOf(const Member& member) const {
      return member.iterator == nullptr ? nullptr : &member.shard->log();
    }
    bool IsOver() {
      if (impl_.list.TakeInterruption()) {
        status_ = internal::Cancelled("WaitSet::Interrupt has ended the wait");
      } else if (engine_.clock().Now() >= deadline_) {
        status_ = internal::DeadlineExceeded("nothing to read in any of the " +
                                             std::to_string(impl_.size()) +
                                             " members of the wait set before the deadline");
      }
      return !status_.ok();
    }
    void Sleep(WaitEvent& event) const { engine_.clock().Wait(event, deadline_); }
    bool LookAgain() {
      return !std::exchange(has_looked_, true) &&
             internal::LookForAWhile([this] { return impl_.list.HasNews(); });
    }
    void AwaitCommit(int round) const { internal::AwaitCommit(round); }

    const absl::Status& status() const { return status_; }

   private:
    Impl& impl_;
    EngineCore& engine_;
    const absl::Time deadline_;
    bool has_looked_ = false;
    absl::Status status_;
  };

  size_t size() const { return iterators.size() + streams.size(); }
  // Null if the set is empty.
  EngineCore* engine() const {
    if (!iterators.empty()) return &iterators.begin()->second.shard->engine();
    return streams.empty() ? nullptr : &streams.begin()->first->engine();
  }
  absl::Status CheckEngine(const EngineCore& of) const {
    if (engine() == nullptr || engine() == &of) return absl::OkStatus();
    return internal::InvalidArgument(
        "a wait set waits by the clock of one engine, and its members are of another one");
  }
  void Forget(const Member& member) {
    if (returned == &member) returned = nullptr;
  }

  List list;
  std::map<Iterator*, Member> iterators;
  std::map<const StreamCore*, Member> streams;
  Member* returned = nullptr;  // by the last wait; not in the list
};

WaitSet::WaitSet() : impl_(std::make_unique<Impl>()) {}
WaitSet::~WaitSet() = default;

size_t WaitSet::size() const { return impl_->size(); }
void WaitSet::Interrupt() { impl_->list.Interrupt(); }

absl::Status WaitSet::Add(Iterator* iterator) {
  if (iterator == nullptr) return internal::InvalidArgument("the iterator is null");
  if (absl::Status status = impl_->CheckEngine(iterator->shard_->engine()); !status.ok()) {
    return status;
  }
  if (impl_->iterators.try_emplace(iterator, *impl_, *iterator).second) return absl::OkStatus();
  return internal::AlreadyExists("the iterator of shard " + iterator->shard_id().ToString() +
                                 " is in the wait set");
}

absl::Status WaitSet::Remove(Iterator* iterator) {
  const auto found = impl_->iterators.find(iterator);
  if (found == impl_->iterators.end()) {
    return internal::NotFound("the iterator is not in the wait set");
  }
  impl_->Forget(found->second);
  impl_->iterators.erase(found);
  return absl::OkStatus();
}

absl::Status WaitSet::AddStream(const Stream& stream) {
  if (absl::Status status = impl_->CheckEngine(stream.core_->engine()); !status.ok()) return status;
  if (impl_->streams.try_emplace(stream.core_.get(), *impl_, stream).second) {
    return absl::OkStatus();
  }
  return internal::AlreadyExists("stream " + internal::Quoted(stream.name()) +
                                 " is in the wait set");
}

absl::Status WaitSet::RemoveStream(const Stream& stream) {
  const auto found = impl_->streams.find(stream.core_.get());
  if (found == impl_->streams.end()) {
    return internal::NotFound("stream " + internal::Quoted(stream.name()) +
                              " is not in the wait set");
  }
  impl_->Forget(found->second);
  impl_->streams.erase(found);
  return absl::OkStatus();
}

absl::StatusOr<WaitSet::Ready> WaitSet::Wait(absl::Time deadline) {
  EngineCore* const engine = impl_->engine();
  if (engine == nullptr) {
    return internal::FailedPrecondition("the wait set is empty: nothing could end the wait");
  }
  // Behind all that have become ready meanwhile.
  if (Impl::Member* const last = std::exchange(impl_->returned, nullptr)) {
    impl_->list.Push(*last->source);
  }
  Impl::Looker looker(*impl_, *engine, deadline);
  Impl::List::Source* const source = internal::AwaitReady(impl_->list, looker);
  if (source == nullptr) return looker.status();
  Impl::Member& member = source->owner();
  impl_->returned = &member;
  if (member.iterator != nullptr) return Ready{.iterator = member.iterator, .stream = nullptr};
  member.layout_version = member.stream->core_->layout_version();
  return Ready{.iterator = nullptr, .stream = &*member.stream};
}

absl::StatusOr<size_t> WaitAny(std::span<Iterator* const> iterators, absl::Time deadline) {
  if (iterators.empty()) {
    return internal::InvalidArgument("there is no iterator: nothing could end the wait");
  }
  WaitSet set;
  for (size_t i = 0; i < iterators.size(); ++i) {
    absl::Status status = set.Add(iterators[i]);
    if (status.ok()) continue;
    return internal::InvalidArgument("iterators[" + std::to_string(i) +
                                     "]: " + std::string(internal::FromAbsl(status.message())));
  }
  const absl::StatusOr<WaitSet::Ready> ready = set.Wait(deadline);
  if (!ready.ok()) return ready.status();
  Iterator* const iterator = ready->iterator;
  if (iterator->shard_->stream().is_deleted()) return iterator->shard_->stream().DeletedError();
  return static_cast<size_t>(std::find(iterators.begin(), iterators.end(), iterator) -
                             iterators.begin());
}

}  // namespace kinesis
