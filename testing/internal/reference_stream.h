// ReferenceStream: what a stream does, in the plainest way that does it.
//
// The engine is compared with this. Records sit in a std::deque of each shard, every operation
// looks at what it needs one by one, one lock is held throughout, and nothing is ever taken away
// for lack of memory: whoever compares tells the reference what the engine has trimmed (TrimTo) and
// what it refused (by not putting it). Time is an argument.
//
// Thread-safe: all operations may run concurrently.
#ifndef KINESIS_CORE_TESTING_INTERNAL_REFERENCE_STREAM_H_
#define KINESIS_CORE_TESTING_INTERNAL_REFERENCE_STREAM_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/record.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::testing {

class ReferenceStream {
 public:
  struct StoredRecord {
    std::string data;
    std::string key;
    int64_t arrival_ms = 0;
    SequenceNumber number;
  };

  struct ShardState {
    ShardId id;
    HashKeyRange range;
    std::vector<ShardId> parents;
    std::vector<ShardId> children;
    uint64_t created_s = 0;
    bool open = true;
    bool listed = true;
    uint64_t closed_s = 0;
    int64_t opened_ms = 0;             // as Shard::opened_at
    int64_t closed_ms = 0;             // as Shard::closed_at
    int64_t expires_from_ms = 0;       // its records have expired when this has
    std::deque<StoredRecord> records;  // all that are not trimmed
    uint64_t first_index = 1;          // of records.front(), as in its sequence number
    int64_t newest_ms = INT64_MIN;     // arrival of the newest record ever

    uint64_t end_index() const { return first_index + records.size(); }
  };

  // A reader's place.
  struct Place {
    ShardId shard;
    uint64_t index = 1;
    // Passes over what arrived earlier, if its index is below the end.
    int64_t not_before_ms = 0;
    uint64_t not_before_end = 0;
  };

  struct ReadResult {
    std::vector<StoredRecord> records;
    uint64_t lost = 0;
    bool end_of_shard = false;
    std::vector<ShardId> child_shards;
    int64_t behind_latest_ms = 0;
  };

  ReferenceStream(int64_t shard_count, int64_t retention_ms,
                  std::shared_ptr<const Partitioner> partitioner, int64_t now_ms);

  // Route says where a record would go, and Put stores it, while the stream is not closed. It
  // arrives now, or with the newest one if that is younger, or at `floor_ms` if that is later
  // still.
  ShardId Route(const Record& record) const;
  PutResult Put(const Record& record, int64_t now_ms, int64_t floor_ms = INT64_MIN);

  // As in Stream.
  absl::StatusOr<std::vector<ShardId>> Split(ShardId id, std::optional<HashKey> new_start,
                                             int64_t now_ms);
  absl::StatusOr<ShardId> Merge(ShardId one, ShardId other, int64_t now_ms);
  void ReshardUniformly(int64_t shard_count, int64_t now_ms);
  void Close(int64_t now_ms);
  void SetRetention(int64_t retention_ms, int64_t now_ms);
  int64_t retention_ms() const;

  // Shards that are listed now, in order of id: forgets closed ones that have expired.
  std::vector<ShardId> List(int64_t now_ms);
  ShardState Find(ShardId id) const;

  // As in Shard.
  absl::StatusOr<Place> Start(ShardId id, const IteratorStart& start, int64_t now_ms) const;
  absl::Status TrimBefore(ShardId id, const SequenceNumber& number);
  // Forgets the records below `index`.
  void TrimTo(ShardId id, uint64_t index);
  // The index of the oldest record that can be read; that after the newest if there is none.
  uint64_t OldestReadable(ShardId id, int64_t now_ms) const;

  // As Iterator::Read.
  ReadResult Read(Place* place, const ReadLimits& limits, int64_t now_ms) const;

 private:
  // All of these: the lock is held.
  ShardState& At(ShardId id) { return shards_.at(id); }
  const ShardState& At(ShardId id) const { return shards_.at(id); }
  static void PassOver(const ShardState& shard, Place* place);
  ShardId Open(const HashKeyRange& range, std::vector<ShardId> parents, uint64_t created_s,
               int64_t opened_ms);
  void End(ShardId id, const std::vector<ShardId>& children, uint64_t closed_s, int64_t closed_ms,
           int64_t now_ms);
  std::vector<ShardId> Replace(const std::vector<ShardId>& parents,
                               const std::vector<HashKeyRange>& ranges, int64_t now_ms);
  // Splits a shard at each of `starts` that is inside of it, at the middle one first.
  std::vector<ShardId> Cut(ShardId id, const std::vector<HashKey>& starts, int64_t now_ms);
  // Merges neighbours into one, each half by itself first.
  ShardId Join(const std::vector<ShardId>& parts, int64_t now_ms);
  absl::Status CheckOpen(ShardId id) const;
  // Open shards in order of hash keys.
  std::vector<ShardId> OpenByRange() const;
  uint64_t Oldest(const ShardState& shard, int64_t now_ms) const;
  absl::StatusOr<uint64_t> Seek(const ShardState& shard, const SequenceNumber& number,
                                bool after) const;
  static uint64_t PlaceOfGone(const SequenceNumber& number, bool after);
  void Forget(int64_t now_ms);

  mutable std::mutex mutex_;
  const std::shared_ptr<const Partitioner> partitioner_;
  int64_t retention_ms_;
  bool is_closed_ = false;
  std::map<ShardId, ShardState> shards_;  // also those no longer listed
  std::vector<ShardId> closed_;           // listed
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_REFERENCE_STREAM_H_
