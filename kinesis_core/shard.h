// Shard: one range of hash keys of a stream, and the ordered log of what was put to it.
//
// A shard is open until it is split or merged, or its stream closed; then it is closed, takes no
// more records, and can be read until its records have expired.
#ifndef KINESIS_CORE_SHARD_H_
#define KINESIS_CORE_SHARD_H_

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/export.h"
#include "kinesis_core/hash_key_range.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/metrics.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

// Thread-safe: all operations may run concurrently.
//
// Lifetime: a handle that shares ownership; cheap to copy. It outlives the listing of its shard:
// what is left to read can be read, and its description stays.
class KINESIS_CORE_EXPORT Shard {
 public:
  // Moving copies, so that there is no such thing as an empty handle.
  Shard(const Shard&) = default;
  Shard& operator=(const Shard&) = default;

  ShardId id() const;
  HashKeyRange hash_key_range() const;
  // The shards that this one took over from: none for a stream's first shards, one after a split,
  // two after a merge, in order of hash keys. They may have expired.
  std::vector<ShardId> parents() const;
  // The shards that took over from this one, as RecordBatch::child_shards; empty while it is open.
  std::vector<ShardId> children() const;
  bool is_open() const;

  // When the shard began to take records and, once it is closed, when it ended, by the engine's
  // clock in whole milliseconds. A child is opened when its parents are closed, never earlier, also
  // if the clock was set back meanwhile: at any time, each hash key belongs to exactly one shard
  // that was opened by then and not yet closed. A shard that was there for the lineage only (see
  // Stream::ReshardUniformly) was closed in the moment in which it was opened.
  absl::Time opened_at() const;
  std::optional<absl::Time> closed_at() const;

  // Below every sequence number of the shard; and, once it is closed, above every one.
  SequenceNumber starting_sequence_number() const;
  std::optional<SequenceNumber> ending_sequence_number() const;

  // An iterator that begins where `start` says. kInvalidArgument or kOutOfRange: a sequence number
  // of another shard, or a number or time of the future. kNotFound: the stream has been deleted.
  // O(log records kept).
  absl::StatusOr<Iterator> CreateIterator(const IteratorStart& start) const;

  // Moves the trim horizon up: records before `number` are gone, and their memory is given back
  // (where a whole segment of it is free). For a bus whose consumers are done with what they
  // acknowledged. A number of the past or of no record is fine; errors as in CreateIterator. The
  // ending sequence number of a closed shard trims all of it.
  absl::Status TrimBefore(const SequenceNumber& number) const;

  // O(1), and O(iterators that read by ReadInto): see Engine::Metrics.
  ShardMetrics Metrics() const;

 private:
  friend class Stream;
  friend class internal::GroupCore;

  explicit Shard(std::shared_ptr<internal::ShardCore> core) : core_(std::move(core)) {}

  std::shared_ptr<internal::ShardCore> core_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_SHARD_H_
