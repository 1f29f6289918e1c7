// A reader of a soak, which proves every record right or wrong, and how far all readers have come.
#ifndef KINESIS_CORE_TESTING_SOAK_SOAK_READER_H_
#define KINESIS_CORE_TESTING_SOAK_SOAK_READER_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/soak/soak_record.h"
#include "kinesis_core/testing/soak/soak_world.h"

namespace kinesis::soak {

// How far every reader has come in each shard, so that the last one can trim behind itself.
class Progress {
 public:
  Progress(size_t readers, uint64_t most_shards) {
    for (size_t i = 0; i < readers; ++i) {
      done_.push_back(std::make_unique<std::atomic<uint64_t>[]>(most_shards));
    }
  }

  // Says that `reader` has read what is below `index` of the shard. True if it was the last to.
  bool Advance(size_t reader, uint32_t shard, uint64_t index) {
    done_[reader][shard].store(index);
    return std::all_of(done_.begin(), done_.end(),
                       [&](const auto& done) { return done[shard].load() >= index; });
  }

 private:
  std::vector<std::unique_ptr<std::atomic<uint64_t>[]>> done_;
};

class Reader {
 public:
  Reader(World& world, const Pacer& pacer, Progress& progress, size_t number, int producers)
      : world_(world),
        pacer_(pacer),
        progress_(progress),
        number_(number),
        state_(*world.readers[number]),
        last_(static_cast<size_t>(producers) * kKeysPerProducer),
        read_from_(world.most_shards),
        lost_from_(world.most_shards),
        finished_(world.most_shards),
        missed_(world.most_shards) {}

  // Takes its places at the first shards. To be called before anything is put.
  void Begin() {
    for (const Shard& shard : world_.stream->ListShards()) Start(shard);
  }

  void Run() {
    while (world_.faults.errors.load() == 0) {
      // Taken before reading: what is empty after it stays so.
      const bool quiet = world_.quiet.load();
      const uint64_t epoch = pacer_.epoch();
      bool idle = true;
      std::vector<uint32_t> ids;
      for (const auto& [id, place] : places_) ids.push_back(id);
      for (const uint32_t id : ids) idle = !ReadAt(id) && idle;
      if (!idle) continue;
      state_.idle_since.store(epoch);
      if (quiet) break;
      Iterator& some = places_.begin()->second.iterator;
      const absl::Status waited = some.Wait(absl::Now() + absl::Milliseconds(2));
      if (!absl::IsDeadlineExceeded(waited)) Expect(waited, "wait");
    }
    for (const auto& [id, place] : places_) CountLoss(place);
  }

  const std::vector<uint64_t>& last() const { return last_; }
  const std::vector<uint32_t>& read_from() const { return read_from_; }
  // Records that it was told were lost, or that the numbers of others say were, by shard.
  const std::vector<uint32_t>& lost_from() const { return lost_from_; }
  // Shards that expired before it came to them, so that nobody could tell it anything.
  const std::vector<bool>& missed() const { return missed_; }
  // Shards it was at in the end.
  size_t places() const { return places_.size(); }

 private:
  // Where it reads.
  struct Place {
    Shard shard;
    Iterator iterator;
    uint64_t next_index = 1;
    bool begun = false;
  };

  void Start(const Shard& shard) {
    absl::StatusOr<Iterator> iterator = shard.CreateIterator(IteratorStart::TrimHorizon());
    if (!iterator.ok()) return Expect(iterator.status(), "iterator");
    places_.emplace(shard.id().index(), Place{shard, *std::move(iterator)});
  }

  // Reads one batch in the shard. True if there was anything.
  bool ReadAt(uint32_t id) {
    const auto found = places_.find(id);
    if (found == places_.end()) return true;
    Place& place = found->second;
    std::optional<SequenceNumber> newest;
    bool end = false;
    std::vector<ShardId> children;
    {
      ReadResult batch = place.iterator.Read({.max_records = 4096});
      if (!batch.ok()) {
        Expect(batch.status(), "read");
        return false;
      }
      if (batch->empty() && batch->records_lost() == 0 && !batch->end_of_shard()) return false;
      CheckBatch(place, *batch);
      if (!batch->empty()) newest = (*batch)[batch->size() - 1].sequence_number;
      end = batch->end_of_shard();
      children.assign(batch->child_shards().begin(), batch->child_shards().end());
    }
    // The batch has been let go, so what is trimmed now is free.
    if (newest && world_.lossless && progress_.Advance(number_, id, newest->index())) {
      Expect(place.shard.TrimBefore(*newest), "trim");
    }
    if (end) Finish(id, children);
    const uint64_t pause_us = world_.reader_pause_us;
    if (pause_us > 0) std::this_thread::sleep_for(std::chrono::microseconds(pause_us));
    return true;
  }

  void Expect(const absl::Status& status, const char* what) {
    if (!status.ok()) Complain(world_, world_.faults.errors, what + (": " + TextOf(status)));
  }

  void CheckBatch(Place& place, const RecordBatch& batch) {
    const uint32_t id = place.shard.id().index();
    state_.told_lost.fetch_add(batch.records_lost());
    place.next_index += batch.records_lost();
    if (!batch.empty()) {
      const uint64_t first = batch[0].sequence_number.index();
      // Records that were trimmed before the iterator was made are in no report, but the numbers
      // show them.
      if (!place.begun) place.next_index = std::max(place.next_index, first);
      place.begun = true;
      if (first != place.next_index) {
        Complain(world_, world_.faults.accounting,
                 "shard " + std::to_string(id) + ": record " + std::to_string(first) + " where " +
                     std::to_string(place.next_index) + " was due, " +
                     std::to_string(batch.records_lost()) + " reported as lost");
        place.next_index = first;
      }
    }
    for (const RecordView& record : batch) {
      CheckRecord(record);
      if (record.sequence_number.index() != place.next_index++) {
        Complain(world_, world_.faults.accounting, "a gap inside a batch");
      }
    }
    read_from_[id] += static_cast<uint32_t>(batch.size());
    state_.read.fetch_add(batch.size(), std::memory_order_relaxed);  // a count
  }

  void CheckRecord(const RecordView& record) {
    Header header;
    if (record.data.size() < sizeof header) {
      return Complain(world_, world_.faults.content, "a record that is too short");
    }
    std::memcpy(&header, record.data.data(), sizeof header);
    const uint64_t slot = uint64_t{header.producer} * kKeysPerProducer + header.key;
    if (header.key >= kKeysPerProducer || slot >= last_.size()) {
      return Complain(world_, world_.faults.content, "a record of nobody");
    }
    const Content expected(header.producer, header.key, header.counter);
    if (record.data != expected.data() || record.partition_key != expected.partition_key()) {
      return Complain(world_, world_.faults.content, "a record with other bytes than were put");
    }
    uint64_t& last = last_[slot];
    if (header.counter == last) {
      Complain(world_, world_.faults.duplicated, "a record came twice");
    } else if (header.counter < last || (world_.lossless && header.counter != last + 1)) {
      Complain(world_, world_.faults.out_of_order,
               "record " + std::to_string(header.counter) + " of a key after " +
                   std::to_string(last) + ", in " + record.sequence_number.ToString());
    }
    last = header.counter;
  }

  // Counts as lost what was put before the reader's place, by the numbering of the log, and not
  // read: also what was trimmed before the iterator was made, which no report tells of.
  void CountLoss(const Place& place) {
    const uint32_t id = place.shard.id().index();
    const uint64_t put = place.iterator.position().index();
    if (place.begun && put != place.next_index - 1) {
      Complain(world_, world_.faults.accounting,
               "shard " + std::to_string(id) + ": the place is " + std::to_string(put) +
                   " where records and reports add up to " + std::to_string(place.next_index - 1));
    }
    lost_from_[id] = static_cast<uint32_t>(put) - read_from_[id];
  }

  // Leaves a drained shard for its children. A child of a merge waits for its other parent.
  void Finish(uint32_t id, const std::vector<ShardId>& children) {
    const auto node = places_.extract(id);
    const Place& place = node.mapped();
    CountLoss(place);
    Leave(id);
    if (world_.lossless && progress_.Advance(number_, id, UINT64_MAX)) {
      Expect(place.shard.TrimBefore(*place.shard.ending_sequence_number()), "trim");
    }
    for (const ShardId child : children) {
      absl::StatusOr<Shard> shard = world_.stream->FindShard(child);
      if (!shard.ok()) return FindPlacesAnew();
      if (CanStart(*shard)) Start(*shard);
    }
  }

  void Leave(uint32_t id) {
    finished_[id] = true;
    while (finished_[first_unfinished_]) ++first_unfinished_;
    state_.finished_shards.fetch_add(1);
  }

  bool CanStart(const Shard& shard) const {
    const std::vector<ShardId> parents = shard.parents();
    return !finished_[shard.id().index()] && !places_.contains(shard.id().index()) &&
           std::all_of(parents.begin(), parents.end(),
                       [this](ShardId parent) { return finished_[parent.index()]; });
  }

  // Shards have expired and been forgotten before they were read: goes on with what is left.
  void FindPlacesAnew() {
    if (world_.lossless) {
      return Complain(world_, world_.faults.errors, "a shard was forgotten before it was read");
    }
    const std::vector<Shard> shards = world_.stream->ListShards();
    uint32_t next = first_unfinished_;
    for (const Shard& shard : shards) {  // in order of id
      for (; next < shard.id().index(); ++next) {
        if (finished_[next] || places_.contains(next)) continue;
        Leave(next);
        missed_[next] = true;
      }
      next = std::max(next, shard.id().index() + 1);
    }
    for (const Shard& shard : shards) {
      if (CanStart(shard)) Start(shard);
    }
  }

  World& world_;
  const Pacer& pacer_;
  Progress& progress_;
  const size_t number_;
  ReaderState& state_;
  std::map<uint32_t, Place> places_;
  uint32_t first_unfinished_ = 0;
  std::vector<uint64_t> last_;  // of each key, the last counter seen
  std::vector<uint32_t> read_from_;
  std::vector<uint32_t> lost_from_;
  std::vector<bool> finished_;
  std::vector<bool> missed_;
};

}  // namespace kinesis::soak

#endif  // KINESIS_CORE_TESTING_SOAK_SOAK_READER_H_
