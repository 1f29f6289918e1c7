// A stream on ScheduledAtomics: logs, the table that routes to them, and one pool, put together as
// StreamCore does it.
//
// StreamCore itself is not a template, and its mutex serves the control path alone. What is its own
// in the data path is the order of steps in Put and in Replace; these are here once more, and
// everything under them is the shipped code. A faulty policy, or another order of the steps, makes
// a canary: a variant that the checks must find.
#ifndef KINESIS_CORE_TESTING_LITMUS_STREAM_WORLD_H_
#define KINESIS_CORE_TESTING_LITMUS_STREAM_WORLD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/hash_range_table.h"
#include "kinesis_core/internal/log/ring_log.h"
#include "kinesis_core/testing/deterministic_schedule.h"
#include "kinesis_core/testing/litmus/log_world.h"

namespace kinesis::testing {

// In which order a reshard takes its steps.
enum class ReshardOrder {
  kPublishThenClose,  // as StreamCore
  kCloseThenPublish,  // refused producers find no new table and wait for it
  kChildrenLast,      // parents close before they know who took over
};

struct StreamWorldOptions {
  LogWorldOptions log = {};
  ReshardOrder order = ReshardOrder::kPublishThenClose;
  bool keeps_routes = false;  // a producer looks its key up again only when it is refused
};

// Shards are named by their place in the order of creation. Keys and range starts are the upper
// halves of hash keys, below 2^63, so that none looks like a committed entry to a faulty policy.
//
// Thread rule: any fiber may put and read; one at a time reshards.
template <class Atomics, class TableAtomics = Atomics>
class StreamWorld {
 public:
  using Logs = BasicLogWorld<Atomics>;
  using Log = typename Logs::Log;
  using Reader = BasicLogReader<Atomics>;
  using Table = internal::HashRangeTable<TableAtomics, Log>;

  struct Shard {
    int log = 0;
    uint64_t uid = 0;
    uint64_t start = 0;
    uint64_t end = 0;  // the last key
    std::vector<size_t> parents;
    // Plain, because the closing of the log publishes it (see ShardCore::children).
    PlainCell<std::vector<size_t>> children;
  };

  // Opens a shard at each of `starts`, of which the first is 0.
  StreamWorld(Schedule& schedule, const StreamWorldOptions& options,
              const std::vector<uint64_t>& starts)
      : order_(options.order),
        keeps_routes_(options.keeps_routes),
        schedule_(schedule),
        logs_(schedule, WithoutLogs(options.log)) {
    for (size_t i = 0; i < starts.size(); ++i) {
      const uint64_t end = i + 1 < starts.size() ? starts[i + 1] - 1 : ~uint64_t{0};
      open_.push_back(OpenShard(starts[i], end, {}));
    }
    Publish();
  }

  Schedule& schedule() { return schedule_; }
  Logs& logs() { return logs_; }
  Log& log(size_t shard) { return logs_.log(shards_[shard].log); }
  const Shard& shard(size_t shard) const { return shards_[shard]; }
  size_t shard_count() const { return shards_.size(); }
  // The same for a fiber that is not told of them by the closing of a parent: takes the mutex of
  // the control path, as listing does.
  size_t CountShards() {
    mutex_.Lock();
    const size_t count = shards_.size();
    mutex_.Unlock();
    return count;
  }

  // --- Put, as StreamCore::Put: looks the key up and appends, until a log takes the record.

  // kClosed: the stream is deleted.
  internal::LogStatus Put(uint64_t key, uint32_t producer, uint32_t sequence, size_t bytes) {
    for (bool first = true;; first = false) {
      internal::Route<Log>& kept = kept_[{producer, key}];
      const bool keep = keeps_routes_ && first && kept.log != nullptr;
      const internal::Route<Log> route = keep ? kept : table_.Lookup(HashKey::FromHalves(key, 0));
      kept = route;
      if (route.log == nullptr) return internal::LogStatus::kClosed;
      const internal::LogStatus status =
          logs_.Append(*route.log, route.uid, producer, sequence, bytes);
      if (status == internal::LogStatus::kOk) CheckShard(key);
      if (status != internal::LogStatus::kClosed) return status;
    }
  }

  // Puts `count` records in as few claims as it takes, as StreamCore::Batch. Returns how many were
  // accepted.
  uint32_t PutBatch(uint64_t key, uint32_t producer, uint32_t sequence, uint32_t count,
                    size_t bytes) {
    uint32_t done = 0;
    while (done < count) {
      const internal::Route<Log> route = table_.Lookup(HashKey::FromHalves(key, 0));
      if (route.log == nullptr) break;
      internal::LogStatus status;
      done += logs_.AppendSome(*route.log, route.uid, producer, sequence + done, count - done,
                               bytes, kNowMs, &status);
      if (status == internal::LogStatus::kOk) CheckShard(key);
      if (status != internal::LogStatus::kOk && status != internal::LogStatus::kClosed) break;
    }
    return done;
  }

  // --- Control, as StreamCore::Replace.

  // Returns the children.
  std::vector<size_t> Split(size_t parent, uint64_t upper_start) {
    return Replace({parent}, {shards_[parent].start, upper_start});
  }
  size_t Merge(size_t lower, size_t upper) {
    return Replace({lower, upper}, {shards_[lower].start})[0];
  }

  // Trims all that there is, shard by shard.
  void TrimAll() {
    const size_t count = CountShards();
    for (size_t shard = 0; shard < count; ++shard) {
      log(shard).TrimBefore(log(shard).EndIndex(), kNowMs);
    }
  }

  // As StreamCore::Delete.
  void Delete() {
    table_.Publish({});
    open_.clear();
    for (size_t shard = 0; shard < shards_.size(); ++shard) {
      log(shard).Close(kNowMs);
      log(shard).TrimBefore(log(shard).EndIndex(), kNowMs);
    }
  }

  // Gives the log of a closed shard back, to be opened for the next one while producers with an old
  // route may still come. Nobody reads it.
  void Release(size_t shard) {
    log(shard).Release();
    free_logs_.push_back(shards_[shard].log);
    released_.insert(shard);
  }
  bool is_released(size_t shard) const { return released_.count(shard) > 0; }

 private:
  // Shards open their own.
  static LogWorldOptions WithoutLogs(LogWorldOptions options) {
    options.logs = 0;
    return options;
  }

  // The newest put went where its key belongs.
  void CheckShard(uint64_t key) {
    const Shard& shard = shards_[logs_.puts().back().appended.shard_index];
    schedule_.Check(shard.uid == logs_.puts().back().uid, "a put is told of the shard it went to");
    schedule_.Check(shard.start <= key && key <= shard.end, "the range of its shard holds a key");
  }

  size_t OpenShard(uint64_t start, uint64_t end, const std::vector<size_t>& parents) {
    if (free_logs_.empty()) free_logs_.push_back(logs_.AddLog());
    const int log = free_logs_.back();
    free_logs_.pop_back();
    // The number of the shard comes back with every append.
    logs_.Open(log, static_cast<uint32_t>(shards_.size()));
    Shard& shard = shards_.emplace_back();
    shard.log = log;
    shard.uid = logs_.uid(log);
    shard.start = start;
    shard.end = end;
    shard.parents = parents;
    return shards_.size() - 1;
  }

  void Publish() {
    std::vector<typename Table::Shard> rows;
    for (const size_t shard : open_) {
      rows.push_back({HashKey::FromHalves(shards_[shard].start, 0),
                      {&log(shard), internal::LogUid(shards_[shard].uid)}});
    }
    table_.Publish(rows);
  }

  // As ShardCore::Close.
  void Close(const std::vector<size_t>& parents, const std::vector<size_t>& children) {
    for (const size_t parent : parents) {
      if (order_ != ReshardOrder::kChildrenLast) shards_[parent].children.Write(children);
      log(parent).Close(kNowMs);
      if (order_ == ReshardOrder::kChildrenLast) shards_[parent].children.Write(children);
    }
  }

  std::vector<size_t> Replace(const std::vector<size_t>& parents,
                              const std::vector<uint64_t>& starts) {
    mutex_.Lock();
    std::vector<size_t> children;
    for (size_t i = 0; i < starts.size(); ++i) {
      const uint64_t end = i + 1 < starts.size() ? starts[i + 1] - 1 : shards_[parents.back()].end;
      children.push_back(OpenShard(starts[i], end, parents));
    }
    const auto place = std::find(open_.begin(), open_.end(), parents[0]);
    open_.insert(open_.erase(place, place + static_cast<ptrdiff_t>(parents.size())),
                 children.begin(), children.end());
    if (order_ == ReshardOrder::kCloseThenPublish) Close(parents, children);
    Publish();
    if (order_ != ReshardOrder::kCloseThenPublish) Close(parents, children);
    mutex_.Unlock();
    return children;
  }

  const ReshardOrder order_;
  const bool keeps_routes_;
  std::map<std::pair<uint32_t, uint64_t>, internal::Route<Log>> kept_;
  Schedule& schedule_;
  Logs logs_;
  Table table_;
  ScheduledMutex mutex_;  // of the control path, as StreamCore's
  std::deque<Shard> shards_;
  std::vector<size_t> open_;  // in order of keys
  std::vector<int> free_logs_;
  std::set<size_t> released_;
};

// Reads a whole stream, parents before children, and remembers in which order records came.
template <class World>
class LineageReader {
 public:
  using Reader = typename World::Reader;
  using State = typename Reader::State;

  // Begins at the shards that were there first, which are those without parents.
  explicit LineageReader(World& world) : world_(world) {
    for (size_t shard = 0; shard < world_.shard_count(); ++shard) {
      if (world_.shard(shard).parents.empty()) Start(shard);
    }
  }

  // One read in every shard that has been reached. `while_pinned` runs before each pin is dropped.
  // False if nothing was there.
  bool ReadRound(const std::function<void()>& while_pinned = nullptr) {
    bool any = false;
    std::vector<size_t> reading;
    for (const auto& [shard, reader] : reading_) reading.push_back(shard);
    for (const size_t shard : reading) any = ReadAt(shard, while_pinned) || any;
    return any;
  }
  void Drain() {
    while (ReadRound()) {
    }
  }

  struct Seen {
    size_t shard;
    uint64_t index;
    RecordTag tag;
  };
  const std::vector<Seen>& seen() const { return seen_; }

  // Passed over because they had been trimmed.
  uint64_t lost() const {
    uint64_t lost = 0;
    for (const auto& [shard, reader] : readers_) lost += reader->lost();
    return lost;
  }

  // Each producer's records in the order in which it put them, none twice.
  void CheckOrderOfProducers() {
    std::map<uint32_t, uint32_t> next;
    for (const Seen& record : seen_) {
      uint32_t& least = next[record.tag.producer];
      world_.schedule().Check(record.tag.sequence >= least,
                              "a producer's records are out of order, or one came twice");
      least = record.tag.sequence + 1;
    }
  }

 private:
  void Start(size_t shard) {
    // From index 0, so that what was trimmed before counts as lost.
    auto reader =
        std::make_unique<Reader>(world_.logs(), world_.shard(shard).log, internal::LogCursor());
    reading_[shard] = reader.get();
    readers_[shard] = std::move(reader);
  }

  bool ReadAt(size_t shard, const std::function<void()>& while_pinned) {
    Reader& reader = *reading_.at(shard);
    const size_t before = reader.seen().size();
    const State state = reader.Read({.max_records = 100}, while_pinned);
    for (size_t i = before; i < reader.seen().size(); ++i) {
      seen_.push_back({shard, reader.seen()[i].index, reader.seen()[i].tag});
    }
    if (state != State::kEnd) return state == State::kRecords;
    reading_.erase(shard);
    finished_.insert(shard);
    for (const size_t child : world_.shard(shard).children.Read()) {
      const std::vector<size_t>& parents = world_.shard(child).parents;
      const bool reached = std::all_of(parents.begin(), parents.end(), [this](size_t parent) {
        return finished_.count(parent) > 0;
      });
      if (reached) Start(child);
    }
    return true;
  }

  World& world_;
  std::map<size_t, Reader*> reading_;
  std::map<size_t, std::unique_ptr<Reader>> readers_;
  std::set<size_t> finished_;
  std::vector<Seen> seen_;
};

// Checks, when all fibers are done, what must hold, and drains `reader` for it: each accepted
// record is in its place or was trimmed from it, nothing else is there, and each producer's records
// come in order.
template <class World>
void CheckEnd(World& world, LineageReader<World>& reader) {
  Schedule& schedule = world.schedule();
  if (schedule.failed()) return;
  reader.Drain();
  reader.CheckOrderOfProducers();
  world.logs().CheckOrderOfPuts();
  std::map<std::pair<uint64_t, uint64_t>, RecordTag> put;  // by uid and index
  for (const auto& each : world.logs().puts()) {
    for (uint32_t i = 0; i < each.appended.count; ++i) {
      put[{each.uid, each.appended.first_index + i}] = {each.uid, each.producer, each.sequence + i};
    }
  }
  for (const auto& record : reader.seen()) {
    const auto found = put.find({record.tag.log, record.index});
    schedule.Check(found != put.end() && found->second == record.tag,
                   "a record stands where its put did not say");
  }
  schedule.Check(reader.seen().size() + reader.lost() == put.size(), "read + lost = accepted");
  uint64_t ends = 0;
  for (size_t shard = 0; shard < world.shard_count(); ++shard) ends += world.log(shard).EndIndex();
  schedule.Check(ends == put.size(), "an index for each accepted record");
}

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_LITMUS_STREAM_WORLD_H_
