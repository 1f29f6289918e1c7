// The engine as a user would drive it: Stream::Put and PutBatch, Iterator::ReadInto and Wait.
//
// It keeps 64 MiB of records for replay (OverflowPolicy::kTrimOldest): what raw has, and more than
// queues, which forget what was read. That policy would lose records under a reader that lags, so
// where there is one the producer stays within half of that of it, by the sequence numbers that
// both have at hand. engine-trim is the other way to have flow control: OverflowPolicy::kReject,
// the consumer acknowledges what it has read with Shard::TrimBefore, and a producer that is refused
// tries again after a pause.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_ENGINE_CONTENDER_H_
#define KINESIS_CORE_BENCH_CONTENDERS_ENGINE_CONTENDER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bench/contenders/contender.h"
#include "bench/contenders/key_sequence.h"
#include "bench/fatal.h"
#include "bench/waiting.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"

namespace kinesis::bench {

enum class KeyKind { kExplicit, kXxh3, kMd5 };

// The partition keys of one producer, of 16 bytes each, and their hash keys where those are given.
class RecordKeys {
 public:
  // `first` and `width`: the part of the hash keys, in units of 2^64, that the records go to: at
  // random places of it if hash keys are given, else by keys that hash into it.
  RecordKeys(KeyKind kind, uint64_t first, uint64_t width);

  // The next record, over and over the same 256 keys. All but data and a hash key was made before:
  // what is measured is what it takes to put a record, not to make up its key.
  // Field by field: records that are built elsewhere and copied as a whole, right after, make the
  // processor wait for its own stores.
  template <KeyKind kKind>
  void Next(std::string_view data, Record* record) {
    record->partition_key = keys_[next_];
    next_ = (next_ + 1) % kKeys;
    record->data = data;
    if constexpr (kKind == KeyKind::kExplicit) {
      const uint64_t high = first_ + ScaleDown(places_.Next(), width_);
      record->explicit_hash_key = HashKey::FromHalves(high, 0);
    }
  }

 private:
  static constexpr size_t kKeys = 256;
  static constexpr size_t kKeyBytes = 16;

  uint64_t first_;
  uint64_t width_;
  std::vector<char> text_;
  std::vector<std::string_view> keys_;
  size_t next_ = 0;
  SpreadSequence places_;
};

enum class Recycling { kTrimOldest, kTrimRead };

// The part of the contender that does not depend on what a put costs.
class EngineContenderBase {
 public:
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  EngineContenderBase(const Workload& workload, KeyKind kind, Recycling recycling);

 protected:
  // The keys of producer `index`.
  RecordKeys KeysOf(size_t index) const;
  // The shards that those keys go to.
  std::vector<Shard> ShardsInUse() const;

  const Workload workload_;
  const KeyKind kind_;
  std::unique_ptr<Engine> engine_;
  Stream stream_;
  LagWindow window_;
};

template <KeyKind kKind, Recycling kRecycling = Recycling::kTrimOldest>
class EngineContender : public EngineContenderBase {
 public:
  static constexpr std::string_view kName = kRecycling == Recycling::kTrimRead ? "engine-trim"
                                            : kKind == KeyKind::kExplicit      ? "engine"
                                            : kKind == KeyKind::kXxh3          ? "engine-xxh3"
                                                                               : "engine-md5";

  explicit EngineContender(const Workload& workload)
      : EngineContenderBase(workload, kKind, kRecycling) {}

  class Producer {
   public:
    Producer(EngineContender& engine, size_t index)
        : engine_(engine), keys_(engine.KeysOf(index)) {}

    void Put(std::string_view data) {
      Record record;
      keys_.template Next<kKind>(data, &record);
      absl::StatusOr<PutResult> result = engine_.stream_.Put(record);
      for (Backoff backoff; Retry(result.status());) {
        backoff.Wait();
        result = engine_.stream_.Put(record);
      }
      StayWithin(result->sequence_number.index());
    }

    void PutBatch(MessageSpan batch) {
      records_.resize(batch.count);
      for (size_t i = 0; i < batch.count; ++i) {
        keys_.template Next<kKind>(batch[i], &records_[i]);
      }
      engine_.stream_.PutBatch(records_, &results_);
      for (size_t i = 0; i < batch.count; ++i) {
        for (Backoff backoff; Retry(results_[i].status());) {
          backoff.Wait();
          results_[i] = engine_.stream_.Put(records_[i]);
        }
      }
      StayWithin(results_.back()->sequence_number.index());
    }

   private:
    static bool Retry(const absl::Status& status) {
      if (status.ok()) return false;
      if (kRecycling == Recycling::kTrimRead && absl::IsResourceExhausted(status)) return true;
      Fatal(status.ToString());
    }

    // Waits until the reader of the shard is at most a window behind the record with this index.
    void StayWithin(uint64_t index) {
      if (index > limit_) limit_ = engine_.window_.WaitFor(index);
    }

    EngineContender& engine_;
    RecordKeys keys_;
    uint64_t limit_ = 0;
    std::vector<Record> records_;
    std::vector<absl::StatusOr<PutResult>> results_;
  };

  class Consumer {
   public:
    explicit Consumer(EngineContender& engine) : engine_(engine) {
      for (const Shard& shard : engine.ShardsInUse()) {
        places_.push_back(
            {shard, shard.CreateIterator(IteratorStart::TrimHorizon()).value(), {}, 0});
      }
    }

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      size_t taken = 0;
      for (Place& place : places_) taken += Read(place, most, take);
      return taken;
    }

    template <class Take>
    size_t PollBlocking(size_t most, Take&& take) {
      const size_t taken = Poll(most, take);
      if (taken > 0) return taken;
      Require(places_.front().iterator.Wait(give_up_at_).ok(), "nothing came for a long time");
      return Poll(most, take);
    }

   private:
    struct Place {
      Shard shard;
      Iterator iterator;
      RecordBatch batch;
      uint64_t untrimmed_bytes;
    };

    template <class Take>
    size_t Read(Place& place, size_t most, Take&& take) {
      RecordBatch& batch = place.batch;
      Require(place.iterator.ReadInto(batch, {.max_records = most}).ok(), "ReadInto failed");
      Require(batch.records_lost() == 0, "the engine's reader was overtaken");
      for (const RecordView& record : batch) take(record.data);
      if (!batch.empty()) Acknowledge(place, batch);
      return batch.size();
    }

    // Says that all up to the end of `batch` has been read.
    void Acknowledge(Place& place, const RecordBatch& batch) {
      const SequenceNumber last = batch[batch.size() - 1].sequence_number;
      if constexpr (kRecycling == Recycling::kTrimOldest) {
        engine_.window_.Publish(last.index());
      } else {
        place.untrimmed_bytes += batch.payload_bytes();
        if (place.untrimmed_bytes < kBytesBetweenTrims) return;
        place.untrimmed_bytes = 0;
        Require(place.shard.TrimBefore(last).ok(), "TrimBefore failed");
      }
    }

    static constexpr uint64_t kBytesBetweenTrims = uint64_t{256} << 10;

    EngineContender& engine_;
    std::vector<Place> places_;
    const absl::Time give_up_at_ = absl::Now() + absl::Minutes(10);
  };
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_ENGINE_CONTENDER_H_
