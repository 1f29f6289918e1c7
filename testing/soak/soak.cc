// Runs an engine the way a busy program would, for as long as asked, and checks every record of it.
//
//   bazel run --config=opt //testing/soak -- --records=100000000 --reshards=10000 --policy=reject
//
//   producers --Put, PutBatch--> stream, whose shards one thread splits and merges --> readers
//
// Every record says who made it (producer, key), its place among the records of its key (a
// counter), and carries bytes that follow from these and a hash of them, so that a reader can prove
// each one right or wrong by itself. Each reader reads everything: it goes through the lineage of
// the shards, parents before children, and checks content, order per key, and that nothing comes
// twice. What it remembers does not grow: the last counter of each key, and a few counts for each
// shard, in arrays that are there from the beginning.
//
//   --policy=reject       Nothing may be lost. Readers trim what both have read; producers wait for
//                         room.
//   --policy=trim_oldest  Capacity and a short retention take records from slow readers. For each
//                         shard and reader, records read + records reported as lost = records put.
//                         Calm stretches, in which readers keep up, and floods of several times the
//                         budget, in which they do not, take turns, so that a good part of the
//                         records is read and verified: --least_read of them, or the run fails.
//
// Reshards are spread evenly over the run: producers wait when they are behind, and they wait when
// readers are behind in the lineage, so that no shard is forgotten before it was read.
//
// Ends with a verdict and a non-zero exit code if anything is off.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/testing/soak/soak_record.h"

ABSL_FLAG(double, seconds, 0, "stop putting after so long; 0: only --records counts");
ABSL_FLAG(uint64_t, records, 1'000'000, "stop putting after so many records; 0: only --seconds");
ABSL_FLAG(int, producers, 2, "threads that put");
ABSL_FLAG(int, readers, 2, "threads that read, each of them everything");
ABSL_FLAG(uint64_t, reshards, 1000,
          "splits and merges in all, spread over the run; with --records=0 at most so many");
ABSL_FLAG(uint64_t, seed, 1, "of the choices of shards to split and merge, and of batch sizes");
ABSL_FLAG(uint64_t, budget_mb, 64, "the engine's memory budget, in MiB");
ABSL_FLAG(uint64_t, shard_capacity_kb, 4096, "shard_capacity_bytes, in KiB");
ABSL_FLAG(int64_t, retention_ms, 0, "0: 30 s for reject, 500 ms for trim_oldest");
ABSL_FLAG(std::string, policy, "reject", "reject or trim_oldest");
ABSL_FLAG(uint64_t, rss_slack_mb, 64,
          "MiB by which RSS may exceed the budget, the engine's bookkeeping and the arrays of this "
          "program in the end: code, stacks, the allocator's slack; sanitizers take more");
ABSL_FLAG(double, least_read, 0.25,
          "the part of the records that each reader must have read and verified at least");
ABSL_FLAG(double, report_every, 5, "seconds between reports");
ABSL_FLAG(uint64_t, reader_pause_us, 0, "each reader sleeps so long after each batch of records");

namespace kinesis {
namespace {

constexpr uint32_t kKeysPerProducer = 8192;
constexpr uint32_t kMostProducers = 16;
constexpr uint64_t kMostReshards = 100'000'000;
constexpr int64_t kFirstShards = 4;
constexpr size_t kMostOpenShards = 16;
constexpr size_t kFewestOpenShards = 2;
constexpr size_t kLargestBatch = 64;
// Closed shards that a reader may have before it.
constexpr uint64_t kMostUnreadShards = 2048;
// Records that a reader may have before it in a calm stretch, if the budget holds them.
constexpr uint64_t kMostCalmBacklog = 1 << 16;
// The least that a record takes of a block: its header, key, header of content, and entry.
constexpr uint64_t kLeastRecordBytes = 48;

// --- What the threads share ----------------------------------------------------------------------

// Counts of what went wrong; the first few cases are printed.
struct Faults {
  std::atomic<uint64_t> content{0};
  std::atomic<uint64_t> duplicated{0};
  std::atomic<uint64_t> out_of_order{0};
  std::atomic<uint64_t> accounting{0};
  std::atomic<uint64_t> errors{0};

  uint64_t total() const {
    return content.load() + duplicated.load() + out_of_order.load() + accounting.load() +
           errors.load();
  }
};

// How far a reader is, for those who wait for it.
struct ReaderState {
  std::atomic<uint64_t> read{0};             // records
  std::atomic<uint64_t> told_lost{0};        // records
  std::atomic<uint64_t> finished_shards{0};  // that it will not come back to
  std::atomic<uint64_t> idle_since{0};       // it found nothing to read since this Pacer::epoch
};

struct World {
  std::unique_ptr<Engine> engine;
  std::optional<Stream> stream;
  bool lossless = true;
  uint64_t target = 0;
  uint64_t reshard_target = 0;
  uint64_t most_shards = 0;  // ids are below it
  absl::Time begin;
  absl::Time put_until;
  std::vector<std::unique_ptr<ReaderState>> readers;
  Faults faults;
  std::atomic<uint64_t> put{0};
  std::atomic<uint64_t> waits{0};  // puts that had to wait for room
  std::atomic<uint64_t> reshards{0};
  std::atomic<uint64_t> closed_shards{0};
  std::atomic<size_t> open_shards{0};
  std::atomic<int> producing{0};
  std::atomic<bool> quiet{false};  // nothing is put or resharded any more
};

uint64_t SumOf(const World& world, std::atomic<uint64_t> ReaderState::*count) {
  uint64_t sum = 0;
  for (const auto& reader : world.readers) sum += ((*reader).*count).load();
  return sum;
}

void Complain(World& world, std::atomic<uint64_t>& kind, const std::string& text) {
  constexpr uint64_t kPrinted = 10;
  // An engine that fails fails often.
  if (world.faults.total() < kPrinted) std::fprintf(stderr, "FAULT: %s\n", text.c_str());
  kind.fetch_add(1);
}

std::string TextOf(const absl::Status& status) { return status.ToString(); }

// --- Pace ----------------------------------------------------------------------------------------

// Lets producers, the resharder and readers run at one pace.
class Pacer {
 public:
  explicit Pacer(World& world)
      : world_(world),
        stretch_(3 * (absl::GetFlag(FLAGS_budget_mb) << 20) / kLeastRecordBytes),
        calm_backlog_(std::min(kMostCalmBacklog, stretch_ / 16)),
        stretch_end_(stretch_),
        unaccounted_(world.readers.size()) {}

  // Returns whether a producer may put a batch now.
  bool MayPut() {
    if (ReshardsDue() > world_.reshards.load() + 16 + world_.reshard_target / 100) return false;
    if (world_.lossless) return true;
    const std::lock_guard<std::mutex> lock(mutex_);
    const uint64_t put = world_.put.load();
    switch (stretch_kind_) {
      case Stretch::kCalm:
        if (put >= stretch_end_) return Begin(Stretch::kFlood, put);
        if (!SomeReaderIsBehind(put)) return true;
        // Records that expire in a shard before a reader comes to it are in no report of that
        // reader, so that it would seem to be behind for ever.
        if (ReadersStandStill()) {
          epoch_.fetch_add(1);
          stretch_kind_ = Stretch::kCatchUp;
        }
        return false;
      case Stretch::kFlood:
        if (put < stretch_end_) return true;
        epoch_.fetch_add(1);
        stretch_kind_ = Stretch::kCatchUp;
        return false;
      case Stretch::kCatchUp:
        for (const auto& reader : world_.readers) {
          if (reader->idle_since.load() < epoch_.load()) return false;
        }
        for (size_t r = 0; r < world_.readers.size(); ++r) unaccounted_[r] = put - Accounted(r);
        if (put < stretch_end_) {
          stretch_kind_ = Stretch::kCalm;  // and the stretch goes on
          return true;
        }
        floods_.fetch_add(1);
        return Begin(Stretch::kCalm, put);
    }
    return true;
  }

  // Returns whether the resharder may go on. Once nothing is put any more it does what is left.
  bool MayReshard() const {
    for (const auto& reader : world_.readers) {
      if (world_.closed_shards.load() > reader->finished_shards.load() + kMostUnreadShards) {
        return false;
      }
    }
    return world_.reshards.load() < ReshardsDue();
  }

  // Grows when all readers are to catch up.
  uint64_t epoch() const { return epoch_.load(); }
  uint64_t floods() const { return floods_.load(); }

 private:
  enum class Stretch { kCalm, kFlood, kCatchUp };

  uint64_t ReshardsDue() const {
    const double part =
        world_.target > 0
            ? static_cast<double>(world_.put.load()) / static_cast<double>(world_.target)
            : absl::FDivDuration(absl::Now() - world_.begin, world_.put_until - world_.begin);
    return static_cast<uint64_t>(std::min(part, 1.0) * static_cast<double>(world_.reshard_target));
  }
  uint64_t Accounted(size_t reader) const {
    return world_.readers[reader]->read.load() + world_.readers[reader]->told_lost.load();
  }
  bool SomeReaderIsBehind(uint64_t put) const {
    for (size_t r = 0; r < world_.readers.size(); ++r) {
      if (put > Accounted(r) + unaccounted_[r] + calm_backlog_) return true;
    }
    return false;
  }
  // Returns whether no reader has read or lost anything for some time.
  bool ReadersStandStill() {
    constexpr absl::Duration kSomeTime = absl::Milliseconds(100);
    uint64_t accounted = 0;
    for (size_t r = 0; r < world_.readers.size(); ++r) accounted += Accounted(r);
    const absl::Time now = absl::Now();
    if (accounted != last_accounted_) {
      last_accounted_ = accounted;
      standing_since_ = now;
    }
    return now - standing_since_ > kSomeTime;
  }
  bool Begin(Stretch kind, uint64_t put) {
    stretch_kind_ = kind;
    stretch_end_ = put + stretch_;
    return true;
  }

  World& world_;
  const uint64_t stretch_;  // records; in a flood, about four times what the budget holds
  const uint64_t calm_backlog_;
  std::atomic<uint64_t> epoch_{0};
  std::atomic<uint64_t> floods_{0};
  std::mutex mutex_;
  Stretch stretch_kind_ = Stretch::kCalm;
  uint64_t stretch_end_;
  // Of each reader: records it will never be told about, in shards that it found forgotten.
  std::vector<uint64_t> unaccounted_;
  uint64_t last_accounted_ = 0;
  absl::Time standing_since_ = absl::InfinitePast();
};

// --- Producers -----------------------------------------------------------------------------------

class Producer {
 public:
  Producer(World& world, Pacer& pacer, uint32_t number, uint64_t seed)
      : world_(world),
        pacer_(pacer),
        number_(number),
        random_(seed),
        counters_(kKeysPerProducer),
        put_to_(world.most_shards) {}

  void Run() {
    std::vector<Record> records;
    std::vector<Content> contents(kLargestBatch);
    std::vector<absl::StatusOr<PutResult>> results;
    for (uint32_t next = 0; !Done();) {
      if (!pacer_.MayPut()) {
        std::this_thread::sleep_for(std::chrono::microseconds(100));
        continue;
      }
      // Half of the batches are of one record. A batch has no key twice: if one record of a key
      // were refused and the next one not, they would be out of order.
      const size_t batch = random_() % 2 == 0 ? 1 : 1 + random_() % kLargestBatch;
      records.clear();
      for (size_t i = 0; i < batch; ++i) {
        const uint32_t key = (next + static_cast<uint32_t>(i)) % kKeysPerProducer;
        contents[i] = Content(number_, key, counters_[key] + 1);
        records.push_back(
            {.partition_key = contents[i].partition_key(), .data = contents[i].data()});
      }
      if (batch == 1) {
        PutWaiting(records[0], next);
      } else {
        world_.stream->PutBatch(records, &results);
        for (size_t i = 0; i < batch; ++i) {
          const uint32_t key = (next + static_cast<uint32_t>(i)) % kKeysPerProducer;
          if (results[i].ok()) {
            Count(key, *results[i]);
          } else if (absl::IsResourceExhausted(results[i].status())) {
            PutWaiting(records[i], key);
          } else {
            Complain(world_, world_.faults.errors, "batch: " + TextOf(results[i].status()));
          }
        }
      }
      next = (next + static_cast<uint32_t>(batch)) % kKeysPerProducer;
      world_.put.fetch_add(batch, std::memory_order_relaxed);  // a count
    }
    world_.producing.fetch_sub(1);
  }

  const std::vector<uint64_t>& counters() const { return counters_; }
  const std::vector<uint32_t>& put_to() const { return put_to_; }

 private:
  bool Done() const {
    if (world_.faults.total() > 0) return true;
    if (world_.target > 0 && world_.put.load(std::memory_order_relaxed) >= world_.target) {
      return true;  // a count
    }
    return absl::Now() >= world_.put_until;
  }

  void PutWaiting(const Record& record, uint32_t key) {
    constexpr absl::Duration kPatience = absl::Seconds(60);
    absl::StatusOr<PutResult> result = world_.stream->Put(record);
    if (absl::IsResourceExhausted(result.status())) {
      world_.waits.fetch_add(1);
      result = world_.stream->Put(record, absl::Now() + kPatience);
    }
    if (result.ok()) {
      Count(key, *result);
    } else {
      Complain(world_, world_.faults.errors, "put: " + TextOf(result.status()));
    }
  }

  void Count(uint32_t key, const PutResult& result) {
    ++counters_[key];
    ++put_to_[result.shard_id.index()];
  }

  World& world_;
  Pacer& pacer_;
  const uint32_t number_;
  std::mt19937_64 random_;
  std::vector<uint64_t> counters_;  // of each key, the last one put
  std::vector<uint32_t> put_to_;    // records by shard
};

// --- Readers -------------------------------------------------------------------------------------

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
    const uint64_t pause_us = absl::GetFlag(FLAGS_reader_pause_us);
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

// --- Resharding ----------------------------------------------------------------------------------

// Splits and merges at random, between kFewestOpenShards and kMostOpenShards.
void Reshard(World& world, const Pacer& pacer, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<ShardId> open;  // in order of hash keys, as nobody else reshards
  for (const Shard& shard : world.stream->ListShards()) open.push_back(shard.id());
  for (uint64_t done = 0; done < world.reshard_target && world.faults.total() == 0;) {
    if (!pacer.MayReshard()) {
      const bool time_is_over = world.target == 0 && world.producing.load() == 0;
      if (time_is_over) break;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
      continue;
    }
    const size_t place = random() % open.size();
    const bool split =
        open.size() <= kFewestOpenShards || (open.size() < kMostOpenShards && random() % 2 == 0);
    if (split) {
      const auto children = world.stream->SplitShard(open[place]);
      // A range that has been halved too often has no middle any more.
      if (absl::IsOutOfRange(children.status())) continue;
      if (!children.ok()) {
        return Complain(world, world.faults.errors, "split: " + TextOf(children.status()));
      }
      open[place] = (*children)[0];
      open.insert(open.begin() + static_cast<ptrdiff_t>(place) + 1, (*children)[1]);
    } else {
      const size_t lower = std::min(place, open.size() - 2);
      const auto child = world.stream->MergeShards(open[lower], open[lower + 1]);
      if (!child.ok()) {
        return Complain(world, world.faults.errors, "merge: " + TextOf(child.status()));
      }
      open[lower] = *child;
      open.erase(open.begin() + static_cast<ptrdiff_t>(lower) + 1);
    }
    world.closed_shards.fetch_add(split ? 1 : 2);
    world.open_shards.store(open.size());
    world.reshards.store(++done);
  }
}

// --- Reports -------------------------------------------------------------------------------------

uint64_t RssBytes() {
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  uint64_t pages = 0;
  if (std::fscanf(file, "%*u %" SCNu64, &pages) != 1) pages = 0;
  std::fclose(file);
  return pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

constexpr double kMiB = 1024.0 * 1024.0;
double InMiB(uint64_t bytes) { return static_cast<double>(bytes) / kMiB; }

class Reporter {
 public:
  explicit Reporter(World& world) : world_(world), first_(RssBytes()) {}

  // Watches until `world.quiet`.
  void Run() {
    const absl::Time begin = absl::Now();
    const double every = absl::GetFlag(FLAGS_report_every);
    uint64_t put_before = 0;
    uint64_t reshards_before = 0;
    for (absl::Time next = begin + absl::Seconds(every); !world_.quiet.load();) {
      Sample();
      if (absl::Now() < next) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        continue;
      }
      const EngineMetrics metrics = world_.engine->Metrics();
      const uint64_t put = world_.put.load();
      const uint64_t reshards = world_.reshards.load();
      std::printf("%6.1f s  put %11" PRIu64 "  read %11" PRIu64 "  put/s %9.0f  reshards %7" PRIu64
                  "  reshards/s %6.0f  open %3zu  listed %5zu  held %6.1f MiB  book %5.1f MiB"
                  "  rss %6.1f MiB  waits %" PRIu64 "\n",
                  absl::ToDoubleSeconds(absl::Now() - begin), put,
                  SumOf(world_, &ReaderState::read), static_cast<double>(put - put_before) / every,
                  reshards, static_cast<double>(reshards - reshards_before) / every,
                  world_.open_shards.load(), metrics.streams[0].shards.size(),
                  InMiB(metrics.memory_held_bytes), InMiB(metrics.bookkeeping_bytes),
                  InMiB(RssBytes()), world_.waits.load());
      std::fflush(stdout);
      if (metrics.memory_held_bytes > metrics.memory_budget_bytes) {
        Complain(world_, world_.faults.accounting, "the engine holds more than its budget");
      }
      put_before = put;
      reshards_before = reshards;
      next += absl::Seconds(every);
    }
    Sample();
  }

  uint64_t first() const { return first_; }
  // Of the first half of the reshards, or of the second.
  uint64_t most(int half) const { return most_[half]; }

 private:
  void Sample() {
    uint64_t& most = most_[2 * world_.reshards.load() >= world_.reshard_target ? 1 : 0];
    most = std::max(most, RssBytes());
  }

  World& world_;
  const uint64_t first_;
  uint64_t most_[2] = {0, 0};
};

// --- The whole -----------------------------------------------------------------------------------

// Compares what was put with what each reader has.
uint64_t Verify(World& world, const std::vector<std::unique_ptr<Producer>>& producers,
                const std::vector<std::unique_ptr<Reader>>& readers, uint64_t* reported) {
  uint64_t lost = 0;
  for (size_t r = 0; r < readers.size(); ++r) {
    const Reader& reader = *readers[r];
    if (reader.places() != world.open_shards.load()) {
      Complain(world, world.faults.accounting,
               "reader " + std::to_string(r) + " ended at " + std::to_string(reader.places()) +
                   " shards of " + std::to_string(world.open_shards.load()));
    }
    for (uint64_t id = 0; id < world.most_shards; ++id) {
      uint64_t put = 0;
      for (const auto& producer : producers) put += producer->put_to()[id];
      const uint64_t reported_lost = reader.missed()[id] ? put : reader.lost_from()[id];
      lost += put - reader.read_from()[id];
      *reported += reported_lost;
      if (put != reader.read_from()[id] + reported_lost) {
        Complain(world, world.faults.accounting,
                 "shard " + std::to_string(id) + ", reader " + std::to_string(r) + ": put " +
                     std::to_string(put) + ", read " + std::to_string(reader.read_from()[id]) +
                     ", lost " + std::to_string(reported_lost));
      }
    }
    for (size_t p = 0; p < producers.size() && world.lossless; ++p) {
      for (uint32_t key = 0; key < kKeysPerProducer; ++key) {
        if (reader.last()[p * kKeysPerProducer + key] != producers[p]->counters()[key]) {
          Complain(world, world.faults.accounting, "the last records of a key are missing");
        }
      }
    }
  }
  if (world.lossless && lost > 0) Complain(world, world.faults.accounting, "records were lost");
  return lost;
}

// A run that verified little, or lost nothing where it should, proves little.
void DemandSubstance(World& world, const Pacer& pacer, uint64_t lost) {
  const auto least = static_cast<uint64_t>(absl::GetFlag(FLAGS_least_read) *
                                           static_cast<double>(world.put.load()));
  for (const auto& reader : world.readers) {
    if (reader->read.load() >= least) continue;
    Complain(world, world.faults.accounting,
             "a reader verified " + std::to_string(reader->read.load()) +
                 " records, fewer than --least_read asks for, " + std::to_string(least));
  }
  if (pacer.floods() > 0 && lost == 0) {
    Complain(world, world.faults.accounting, "a flood took no records from any reader");
  }
  if (world.target > 0 && world.reshards.load() < world.reshard_target) {
    Complain(world, world.faults.errors, "not all reshards were done");
  }
}

int Main() {
  World world;
  const std::string policy = absl::GetFlag(FLAGS_policy);
  const int producer_count = absl::GetFlag(FLAGS_producers);
  const int reader_count = absl::GetFlag(FLAGS_readers);
  const double seconds = absl::GetFlag(FLAGS_seconds);
  world.lossless = policy == "reject";
  world.target = absl::GetFlag(FLAGS_records);
  world.reshard_target = absl::GetFlag(FLAGS_reshards);
  if ((policy != "reject" && policy != "trim_oldest") || producer_count < 1 || reader_count < 1 ||
      producer_count > static_cast<int>(kMostProducers) || (seconds <= 0 && world.target == 0) ||
      world.reshard_target > kMostReshards) {
    std::fprintf(stderr, "a flag is out of range; see --help\n");
    return 2;
  }
  // A split opens two.
  world.most_shards = kFirstShards + 2 * world.reshard_target + 1;
  for (int i = 0; i < reader_count; ++i) world.readers.push_back(std::make_unique<ReaderState>());
  world.begin = absl::Now();
  world.put_until = seconds > 0 ? absl::Now() + absl::Seconds(seconds) : absl::InfiniteFuture();
  int64_t retention_ms = absl::GetFlag(FLAGS_retention_ms);
  if (retention_ms == 0) retention_ms = world.lossless ? 30'000 : 500;
  const uint64_t budget = absl::GetFlag(FLAGS_budget_mb) << 20;
  const uint64_t seed = absl::GetFlag(FLAGS_seed);
  std::printf("policy %s  seed %" PRIu64 "  budget %.0f MiB  retention %" PRId64
              " ms  producers %d  readers %d\n",
              policy.c_str(), seed, InMiB(budget), retention_ms, producer_count, reader_count);

  world.engine = Engine::Create({.memory_budget_bytes = budget}).value();
  world.stream =
      world.engine
          ->CreateStream(
              "soak", {.shard_count = kFirstShards,
                       .retention = absl::Milliseconds(retention_ms),
                       .shard_capacity_bytes = absl::GetFlag(FLAGS_shard_capacity_kb) << 10,
                       .overflow_policy =
                           world.lossless ? OverflowPolicy::kReject : OverflowPolicy::kTrimOldest,
                       .partitioner = Xxh3Partitioner()})
          .value();
  world.open_shards.store(kFirstShards);
  Pacer pacer(world);
  const uint64_t rss_before_arrays = RssBytes();
  Progress progress(world.readers.size(), world.most_shards);
  std::vector<std::unique_ptr<Producer>> producers;
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < producer_count; ++i) {
    producers.push_back(std::make_unique<Producer>(world, pacer, static_cast<uint32_t>(i),
                                                   Mix(seed + static_cast<uint64_t>(i))));
  }
  for (size_t i = 0; i < world.readers.size(); ++i) {
    readers.push_back(std::make_unique<Reader>(world, pacer, progress, i, producer_count));
    readers.back()->Begin();
  }
  const uint64_t array_bytes = RssBytes() - rss_before_arrays;
  Reporter reporter(world);

  world.begin = absl::Now();
  world.producing.store(producer_count);
  std::vector<std::thread> putting;
  std::vector<std::thread> reading;
  for (auto& producer : producers) putting.emplace_back([&producer] { producer->Run(); });
  for (auto& reader : readers) reading.emplace_back([&reader] { reader->Run(); });
  std::thread resharding([&world, &pacer, seed] { Reshard(world, pacer, seed); });
  std::thread reporting([&reporter] { reporter.Run(); });
  for (std::thread& thread : putting) thread.join();
  resharding.join();
  world.quiet.store(true);
  for (std::thread& thread : reading) thread.join();
  reporting.join();
  const double took = absl::ToDoubleSeconds(absl::Now() - world.begin);

  uint64_t reported = 0;
  const uint64_t lost = Verify(world, producers, readers, &reported);
  DemandSubstance(world, pacer, lost);
  uint64_t missed = 0;
  for (const auto& reader : readers) {
    missed +=
        static_cast<uint64_t>(std::count(reader->missed().begin(), reader->missed().end(), true));
  }
  const uint64_t rss = RssBytes();
  const uint64_t book = world.engine->Metrics().bookkeeping_bytes;
  if (rss > budget + book + array_bytes + (absl::GetFlag(FLAGS_rss_slack_mb) << 20)) {
    Complain(world, world.faults.accounting,
             "RSS is above the budget, the bookkeeping, the arrays and --rss_slack_mb");
  }
  std::printf("put %" PRIu64 " records in %.1f s, %.0f/s; %.0f reshards/s; %" PRIu64
              " puts waited for room; %" PRIu64 " floods; %" PRIu64
              " shards expired before a reader came to them\n",
              world.put.load(), took, static_cast<double>(world.put.load()) / took,
              static_cast<double>(world.reshards.load()) / took, world.waits.load(), pacer.floods(),
              missed);
  std::printf(
      "%s: %" PRIu64 " records, %.1f %% of what was put for each reader, %" PRIu64
      " lost (reported %" PRIu64 "), %" PRIu64 " duplicated, %" PRIu64 " out of order, %" PRIu64
      " reshards, RSS %.1f/%.1f/%.1f/%.1f MiB start/first half/second half/end\n",
      world.faults.total() == 0 ? "verified" : "FAILED", SumOf(world, &ReaderState::read),
      100.0 * static_cast<double>(SumOf(world, &ReaderState::read)) /
          static_cast<double>(std::max<uint64_t>(world.put.load(), 1) * world.readers.size()),
      lost, reported, world.faults.duplicated.load(), world.faults.out_of_order.load(),
      world.reshards.load(), InMiB(reporter.first()), InMiB(reporter.most(0)),
      InMiB(reporter.most(1)), InMiB(rss));
  return world.faults.total() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace kinesis

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  return kinesis::Main();
}
