// The world that the threads of a soak share: the engine and the counts of one run, and the pace at
// which they go.
#ifndef KINESIS_CORE_TESTING_SOAK_SOAK_WORLD_H_
#define KINESIS_CORE_TESTING_SOAK_SOAK_WORLD_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"

namespace kinesis::soak {

inline constexpr uint32_t kKeysPerProducer = 8192;
inline constexpr uint32_t kMostProducers = 16;
inline constexpr uint64_t kMostReshards = 100'000'000;
inline constexpr int64_t kFirstShards = 4;
inline constexpr size_t kMostOpenShards = 16;
inline constexpr size_t kFewestOpenShards = 2;
inline constexpr size_t kLargestBatch = 64;
// Closed shards that a reader may have before it.
inline constexpr uint64_t kMostUnreadShards = 2048;
// Records that a reader may have before it in a calm stretch, if the budget holds them.
inline constexpr uint64_t kMostCalmBacklog = 1 << 16;
// The least that a record takes of a block: its header, key, header of content, and entry.
inline constexpr uint64_t kLeastRecordBytes = 48;

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
  uint64_t budget_bytes = 0;
  uint64_t reader_pause_us = 0;  // each reader sleeps so long after each batch of records
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

inline uint64_t SumOf(const World& world, std::atomic<uint64_t> ReaderState::*count) {
  uint64_t sum = 0;
  for (const auto& reader : world.readers) sum += ((*reader).*count).load();
  return sum;
}

inline void Complain(World& world, std::atomic<uint64_t>& kind, const std::string& text) {
  constexpr uint64_t kPrinted = 10;
  // An engine that fails fails often.
  if (world.faults.total() < kPrinted) std::fprintf(stderr, "FAULT: %s\n", text.c_str());
  kind.fetch_add(1);
}

inline std::string TextOf(const absl::Status& status) { return status.ToString(); }

// Lets producers, the resharder and readers run at one pace.
class Pacer {
 public:
  explicit Pacer(World& world)
      : world_(world),
        stretch_(3 * world.budget_bytes / kLeastRecordBytes),
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

}  // namespace kinesis::soak

#endif  // KINESIS_CORE_TESTING_SOAK_SOAK_WORLD_H_
