#include "kinesis_core/api/internal/worker_core.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/status_macros.h"

namespace kinesis::api::internal {
namespace {

// A shard that is behind is read this often: five reads a second are what the service allows it
// (Limits::shard_read_calls_per_second).
constexpr absl::Duration kCatchUpInterval = absl::Milliseconds(200);
// A subscription without records is looked at this often: the service delivers within some 70 ms.
constexpr absl::Duration kFanOutInterval = absl::Milliseconds(50);
// Listings that a shard asks for are this far apart at least.
constexpr absl::Duration kListingsApart = absl::Seconds(1);

// Errors that time does not mend, whatever the call.
bool IsPermanent(const absl::Status& error) {
  return IsError(error, ErrorType::kAccessDenied) || IsError(error, ErrorType::kValidation) ||
         IsError(error, ErrorType::kUnknownOperation);
}

Random RandomOf(const std::string& worker_id) {
  std::seed_seq seed(worker_id.begin(), worker_id.end());
  return Random(seed);
}

absl::Status BusyError() {
  return absl::FailedPreconditionError("a handler cannot call its own worker");
}

// Says so as long as it lives.
class Busy {
 public:
  explicit Busy(bool& is_busy) : is_busy_(is_busy) { is_busy_ = true; }
  ~Busy() { is_busy_ = false; }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;

 private:
  bool& is_busy_;
};

}  // namespace

WorkerCore::WorkerCore(Client& client, Clock& clock, const WorkerOptions& options)
    : client_(client),
      options_(options),
      time_(clock),
      random_(RandomOf(options.worker_id)),
      table_(options.lease_store == nullptr ? MakeMemoryLeaseStore() : options.lease_store,
             options.worker_id, options.lease_time),
      consumer_(client, time_, options.fan_out_consumer, NewBackOff(), random_),
      created_(time_.clock().Now()),
      describe_(NewBackOff()),
      sync_(NewBackOff()),
      listing_(NewBackOff()),
      renewal_(NewBackOff()) {}

WorkerCore::~WorkerCore() { Leave().IgnoreError(); }

// --- Errors --------------------------------------------------------------------------------------

void WorkerCore::Postpone(const absl::Status& error, Task& task) {
  last_error_ = error;
  has_failed_ = true;
  task.due = Now() + task.back_off.Next(random_);
}

absl::Status WorkerCore::Later(const absl::Status& error, Task& task) {
  Postpone(error, task);
  return IsPermanent(error) ? error : absl::OkStatus();
}

absl::Status WorkerCore::LaterShard(const absl::Status& error, ShardWork& work) {
  absl::Status permanent = Later(error, work.step);
  // The shard has expired, or the stream is gone: the listing says.
  if (IsError(error, ErrorType::kResourceNotFound)) RequestListing();
  return permanent;
}

void WorkerCore::Tell(ShardId shard, ShardChange change) {
  if (options_.on_shard_change != nullptr) options_.on_shard_change(shard, change);
}

// --- A round -------------------------------------------------------------------------------------

absl::StatusOr<absl::Time> WorkerCore::Poll(const RecordHandler& handler,
                                            const std::stop_token& stop) {
  if (handler == nullptr) return absl::InvalidArgumentError("handler must be given");
  if (is_busy_) return BusyError();
  const Busy busy(is_busy_);
  return Round(handler, stop);
}

absl::StatusOr<absl::Time> WorkerCore::Round(const RecordHandler& handler,
                                             const std::stop_token& stop) {
  has_failed_ = false;
  if (!stream_created_ && Now() >= describe_.due) KC_RETURN_IF_ERROR(Describe());
  if (!stream_created_) return time_.OnClock(describe_.due);
  KC_RETURN_IF_ERROR(RenewDue());
  if (Now() >= sync_.due) KC_RETURN_IF_ERROR(SyncLeases());
  if (Now() >= listing_.due) {
    KC_RETURN_IF_ERROR(ListShards());
    if (Now() >= sync_.due) KC_RETURN_IF_ERROR(SyncLeases());
  }
  SyncWorks();
  std::vector<ShardWork*> works;
  for (auto& [shard, work] : works_) works.push_back(&work);
  for (ShardWork* work : works) {
    if (stop.stop_requested()) break;
    KC_RETURN_IF_ERROR(Step(*work, handler));
  }
  SyncWorks();
  if (!has_failed_) last_error_ = absl::OkStatus();
  return time_.OnClock(NextDue());
}

absl::Status WorkerCore::Describe() {
  const auto summary = client_.DescribeStreamSummary({.stream_name = options_.stream_name});
  if (IsError(summary.status(), ErrorType::kResourceNotFound)) return summary.status();
  if (!summary.ok()) return Later(summary.status(), describe_);
  const StreamDescriptionSummary& stream = summary->stream_description_summary;
  stream_created_ = absl::FromUnixMillis(absl::ToUnixMillis(stream.stream_creation_timestamp));
  consumer_.SetStream(stream.stream_arn);
  std::optional<absl::Time> start = options_.start.timestamp;
  if (options_.start.type == ShardIteratorType::kLatest) start = created_;
  if (start) start = absl::FromUnixMillis(absl::ToUnixMillis(*start));
  table_.SetStream(*stream_created_, start);
  return absl::OkStatus();
}

absl::Status WorkerCore::SyncLeases() {
  const absl::Time now = Now();
  absl::Status status = table_.Refresh(now);
  if (status.ok()) status = table_.Balance(now);
  if (!status.ok()) return Later(status, sync_);
  sync_.back_off.Reset();
  sync_.due = now + Jitter(random_, options_.sync_interval, 0.75, 1.25);
  // A shard that is on its way here pauses meanwhile.
  if (table_.is_waiting()) sync_.due = std::min(sync_.due, now + options_.poll_interval);
  if (has_synced_) return absl::OkStatus();
  has_synced_ = true;
  // One that joins others has time, so that not all who are started together list the shards.
  if (table_.is_known() && !table_.is_finished()) {
    listing_.due = now + Jitter(random_, options_.list_interval, 0, 1);
  }
  return absl::OkStatus();
}

void WorkerCore::RequestListing() {
  // It may have failed, and is due later then.
  if (pages_) return;
  listing_.due = std::min(listing_.due, Now() + kListingsApart);
}

// Goes on with the page that failed, as long as its token is good.
absl::Status WorkerCore::ListShards() {
  const absl::Time now = Now();
  if (!pages_) {
    if (absl::Status status = table_.Refresh(now); !status.ok()) return Later(status, listing_);
    known_ = table_.Known();
    listed_.clear();
    pages_.emplace(client_, ListShardsRequest{.stream_name = options_.stream_name,
                                              .stream_creation_timestamp = *stream_created_});
  }
  for (const ListShardsResponse& page : *pages_) {
    listed_.insert(listed_.end(), page.shards.begin(), page.shards.end());
  }
  if (const absl::Status status = pages_->status(); !status.ok()) {
    const bool is_gone = IsError(status, ErrorType::kResourceNotFound);
    if (is_gone || IsError(status, ErrorType::kExpiredNextToken)) pages_.reset();
    return is_gone ? status : Later(status, listing_);
  }
  pages_.reset();
  const absl::Status applied = table_.ApplyListing(listed_, known_, now);
  if (!applied.ok()) return Later(applied, listing_);
  ++listings_;
  listing_.back_off.Reset();
  listing_.due = now + Jitter(random_, options_.list_interval, 0.75, 1.25);
  RequestSync();
  return absl::OkStatus();
}

absl::Status WorkerCore::RenewDue() {
  absl::Time now = Now();
  if (now < renewal_.due) return absl::OkStatus();
  absl::Time next = now + options_.lease_time / 3;
  for (const ShardId shard : table_.Held()) {
    now = Now();
    if (now >= table_.RenewalOf(shard)) {
      const absl::Status renewed = table_.Renew(shard, now);
      if (absl::IsAborted(renewed)) continue;
      if (!renewed.ok()) return Later(renewed, renewal_);
    }
    next = std::min(next, table_.RenewalOf(shard));
  }
  renewal_.back_off.Reset();
  renewal_.due = next;
  return absl::OkStatus();
}

void WorkerCore::SyncWorks() {
  std::vector<std::pair<ShardId, ShardChange>> changes;
  for (auto it = works_.begin(); it != works_.end();) {
    const ShardWork& work = it->second;
    const Lease* lease = table_.FindHeld(it->first);
    if (lease != nullptr && lease->epoch == work.epoch) {
      ++it;
      continue;
    }
    const bool has_expired = lease == nullptr && !table_.Has(it->first);
    changes.emplace_back(it->first, has_expired ? ShardChange::kFinished : ShardChange::kLost);
    it = works_.erase(it);
  }
  for (const ShardId shard : table_.Held()) {
    const auto [found, is_new] = works_.try_emplace(shard, shard, NewBackOff());
    if (!is_new) continue;
    const Lease& lease = *table_.FindHeld(shard);
    found->second.epoch = lease.epoch;
    found->second.reader =
        options_.fan_out_consumer.empty()
            ? MakePollingReader(client_, options_.stream_name, lease, options_.max_records)
            : MakeFanOutReader(client_, consumer_, lease);
    changes.emplace_back(shard, ShardChange::kTaken);
  }
  for (const auto& [shard, change] : changes) Tell(shard, change);
}

absl::Time WorkerCore::NextDue() {
  const absl::Time now = Now();
  absl::Time due = std::min({sync_.due, listing_.due, renewal_.due});
  for (const auto& [shard, work] : works_) {
    // One that could not be renewed waits for that.
    if (now < table_.EndOf(shard)) due = std::min(due, work.step.due);
  }
  return due;
}

bool WorkerCore::is_finished() const { return listings_ != 0 && table_.is_finished(); }

absl::Status WorkerCore::Run(const std::stop_token& stop, const RecordHandler& handler) {
  while (!stop.stop_requested() && !is_finished()) {
    const absl::StatusOr<absl::Time> due = Poll(handler, stop);
    if (!due.ok()) {
      Leave().IgnoreError();  // what Poll says is what has happened
      return due.status();
    }
    WaitEvent event;
    const std::stop_callback wake(stop, [&event] { event.Notify(); });
    if (stop.stop_requested() || is_finished() || time_.clock().Now() >= *due) continue;
    time_.clock().Wait(event, *due);
  }
  return Leave();
}

absl::Status WorkerCore::Leave() {
  if (is_busy_) return BusyError();
  const Busy busy(is_busy_);
  absl::Status status = table_.Withdraw(Now());
  for (const ShardId shard : table_.Held()) {
    const auto found = works_.find(shard);
    const absl::Status let_go = table_.LetGo(shard, Now(), DoneBy(found));
    if (found == works_.end()) continue;
    works_.erase(found);
    Tell(shard, let_go.ok() ? ShardChange::kHandedOver : ShardChange::kLost);
    if (!absl::IsAborted(let_go)) status.Update(let_go);
  }
  RequestSync();
  return status;
}

// --- A shard -------------------------------------------------------------------------------------

absl::Status WorkerCore::Step(ShardWork& work, const RecordHandler& handler) {
  const ShardId shard = work.shard_id;
  const absl::Time now = Now();
  // Others may have it by now: it could not be renewed.
  if (table_.FindHeld(shard) == nullptr || now >= table_.EndOf(shard)) return absl::OkStatus();
  if (now >= work.step.due) {
    if (!work.has_pending() && !work.is_at_end()) KC_RETURN_IF_ERROR(Read(work));
    if (work.has_pending()) KC_RETURN_IF_ERROR(Process(work, handler));
    if (work.is_at_end() && !work.has_pending() && Now() >= work.step.due) {
      KC_RETURN_IF_ERROR(Finish(work));
    }
  }
  if (table_.FindHeld(shard) == nullptr || !table_.IsAskedFor(shard)) return absl::OkStatus();
  return LetGo(shard);
}

absl::Status WorkerCore::Read(ShardWork& work) {
  absl::StatusOr<ShardPage> page = work.reader->Read();
  if (!page.ok()) return LaterShard(page.status(), work);
  work.step.back_off.Reset();
  work.pending = *std::move(page);
  work.done = 0;
  work.attempt = 1;
  work.listings = listings_;
  const absl::Time now = Now();
  if (work.is_at_end() || work.pending.has_more) {
    work.step.due = now;
  } else if (!options_.fan_out_consumer.empty()) {
    work.step.due = now + kFanOutInterval;
  } else {
    const bool is_behind = work.pending.behind_latest > absl::ZeroDuration();
    work.step.due = now + (is_behind ? std::min(kCatchUpInterval, options_.poll_interval)
                                     : options_.poll_interval);
  }
  return absl::OkStatus();
}

absl::Status WorkerCore::Process(ShardWork& work, const RecordHandler& handler) {
  if (work.is_saved) {
    ShardRecords records(*this, work);
    ++work.attempt;  // the next one, if this one fails or throws
    const absl::Status handled = handler(records);
    if (Now() >= renewal_.due) KC_RETURN_IF_ERROR(RenewDue());  // it may have taken its time
    if (table_.FindHeld(work.shard_id) == nullptr) return absl::OkStatus();
    if (!handled.ok()) {
      Postpone(handled, work.step);
      return absl::OkStatus();
    }
    work.is_saved = !work.has_pending();
  }
  return work.is_saved ? absl::OkStatus() : SaveDone(work);
}

absl::Status WorkerCore::Checkpoint(ShardWork& work, size_t done) {
  if (done <= work.done) return absl::OkStatus();
  const SequenceNumber position = work.pending.records[done - 1].sequence_number;
  KC_RETURN_IF_ERROR(table_.Save(work.shard_id, Now(),
                                 [&position](Lease& lease) { lease.checkpoint = position; }));
  work.done = done;
  work.attempt = 2;  // of the one that is the first now, if it comes again
  return absl::OkStatus();
}

absl::Status WorkerCore::SaveDone(ShardWork& work) {
  const absl::Status saved = Checkpoint(work, work.pending.records.size());
  if (absl::IsAborted(saved)) return absl::OkStatus();  // lost: others have what is pending
  if (!saved.ok()) return LaterShard(saved, work);
  work.is_saved = true;
  work.step.back_off.Reset();
  return absl::OkStatus();
}

absl::StatusOr<bool> WorkerCore::AddChildren(ShardWork& work) {
  const std::vector<ChildShard>& children = *work.pending.children;
  const auto is_known = [this](const ChildShard& child) { return table_.Has(child.shard_id); };
  if (std::all_of(children.begin(), children.end(), is_known)) return true;
  const absl::Time now = Now();
  KC_RETURN_IF_ERROR(table_.Refresh(now));
  for (const ChildShard& child : children) {
    if (is_known(child)) continue;
    // A parent without a row is one that nobody has come to, and has to come before the child; or
    // one that has expired. A listing tells the two apart.
    const bool has_all_parents = std::all_of(child.parent_shards.begin(), child.parent_shards.end(),
                                             [this](ShardId parent) { return table_.Has(parent); });
    if (!has_all_parents && work.listings == listings_) return false;
    KC_RETURN_IF_ERROR(table_.Add(child, now));
  }
  return true;
}

absl::Status WorkerCore::Finish(ShardWork& work) {
  const absl::StatusOr<bool> added = AddChildren(work);
  if (!added.ok()) return LaterShard(added.status(), work);
  if (!*added) {
    RequestListing();
    work.step.due = listing_.due;
    return absl::OkStatus();
  }
  const ShardId shard = work.shard_id;
  const absl::Status saved = table_.LetGo(shard, Now(), [](Lease& lease) {
    lease.is_finished = true;
    lease.next_owner.clear();
  });
  if (absl::IsAborted(saved)) return absl::OkStatus();
  if (!saved.ok()) return LaterShard(saved, work);
  works_.erase(shard);
  RequestSync();
  Tell(shard, ShardChange::kFinished);
  return absl::OkStatus();
}

LeaseTable::Change WorkerCore::DoneBy(std::map<ShardId, ShardWork>::const_iterator work) const {
  if (work == works_.end() || work->second.is_saved) return [](Lease&) {};
  const RecordList& records = work->second.pending.records;
  return [position = records[records.size() - 1].sequence_number](Lease& lease) {
    lease.checkpoint = position;
  };
}

absl::Status WorkerCore::LetGo(ShardId shard) {
  const auto found = works_.find(shard);
  const absl::Status let_go = table_.LetGo(shard, Now(), DoneBy(found));
  if (absl::IsAborted(let_go)) return absl::OkStatus();
  if (!let_go.ok()) return LaterShard(let_go, found->second);
  works_.erase(found);
  Tell(shard, ShardChange::kHandedOver);
  return absl::OkStatus();
}

}  // namespace kinesis::api::internal
