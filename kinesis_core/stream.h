// Stream: a named sequence of records, spread over shards by a hash of their partition keys, or
// evenly without regard to them (RecordDistributionStrategy).
//
//   kinesis::Stream orders = *engine->CreateStream("orders");
//   absl::StatusOr<kinesis::PutResult> put =
//       orders.Put({.partition_key = "alice", .data = "1 x tea"});
//
// Order: if a put returned before another to the same shard began, it has the smaller sequence
// number, and readers of the shard see it first. Records of one partition key are in one shard at
// any time, unless the strategy is kAuto; across a split or merge they stay in order for a reader
// that drains a shard before it reads its children. Nothing is said of the order between shards.
#ifndef KINESIS_CORE_STREAM_H_
#define KINESIS_CORE_STREAM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/export.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/options.h"
#include "kinesis_core/record.h"
#include "kinesis_core/reservation.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"

namespace kinesis {

namespace internal {
class AsyncAccess;
class EngineProperties;
class GroupCore;
class StreamCore;
}  // namespace internal

// Thread-safe: all operations may run concurrently. Put, PutBatch, Reserve and reading take no
// lock; a producer that stops in the middle of a put, or holds a Reservation, delays readers at
// that one record, and no other producer.
//
// Lifetime: a handle that shares ownership; cheap to copy. After the stream or its engine is gone,
// every operation returns kNotFound.
//
// Errors that every operation may return: kNotFound, the stream has been deleted.
//
// The end of a stream is Close(): no more puts, and readers come to an end of what there is. It is
// the gentle counterpart of Engine::DeleteStream, which takes the records as well.
class KINESIS_CORE_EXPORT Stream {
 public:
  // Moving copies, so that there is no such thing as an empty handle.
  Stream(const Stream&) = default;
  Stream& operator=(const Stream&) = default;

  // --- Put. Nothing is stored unless the result is OK. Besides kNotFound:
  //   kFailedPrecondition  the stream is closed (Close). Put to another one.
  //   kOutOfRange          data or partition key too large (options.h), or a record that could not
  //                        even fit an empty shard or engine. Will never succeed.
  //   kResourceExhausted   the shard is at its capacity or the engine at its memory budget, and
  //                        OverflowPolicy is kReject, or nothing is left to trim. Retry later.

  // In a stream of Durability::kInterval or kGroup also:
  //   kUnavailable         the record is stored, and there is no space on the disk to make it
  //                        durable; the next put, or Sync, tries again.
  //   any other            the disk has failed, and the stream takes no more records; those of this
  //                        put may be stored, and may be there after a loss of power, or not.

  // Stores one record. Returns when it can be read, and when it is on the disk if the stream is of
  // Durability::kGroup.
  absl::StatusOr<PutResult> Put(const Record& record);

  // The same, but while there is no room, sleeps until there may be, and until `deadline` by the
  // engine's clock at the most: kDeadlineExceeded then. This is backpressure for a bus: room comes
  // when records expire or are trimmed (Shard::TrimBefore), and when batches are let go.
  absl::StatusOr<PutResult> Put(const Record& record, absl::Time deadline);

  // Stores many records, each on its own account: results[i] is that of records[i]. Cheaper than
  // single puts: keys are hashed together, and records of one shard are claimed together; readers
  // then see them together. Records of one shard keep their order, those that failed excepted.
  std::vector<absl::StatusOr<PutResult>> PutBatch(std::span<const Record> records);
  // The same, reusing the memory of `results`, which is overwritten.
  void PutBatch(std::span<const Record> records, std::vector<absl::StatusOr<PutResult>>* results);

  // The same, at hash keys that the caller has, of HashKeyOf() or of its own: the record goes to
  // the shard whose range holds `key`, and what decides otherwise (partition key, explicit hash
  // key, strategy) does not.
  absl::StatusOr<PutResult> PutAt(HashKey key, const Record& record);
  // Requires: keys.size() == records.size().
  void PutBatchAt(std::span<const HashKey> keys, std::span<const Record> records,
                  std::vector<absl::StatusOr<PutResult>>* results);

  // Stores many records as PutBatch does, for a caller who does not need to know of each where it
  // went: returns those that failed, in order of their places in `records`, and usually none.
  // `ranges`, if it is not null, is overwritten with the places of the others, a few for each
  // shard: those of a shard are in the order in which they were stored, which is that of its
  // records in `records`. Cheaper than PutBatch by the results that it does not write.
  std::vector<FailedPut> PutMany(std::span<const Record> records,
                                 std::vector<PutRange>* ranges = nullptr);

  // Makes room for a record with `data_bytes` of data, at most kMaxDataBytes, which the caller
  // writes in place and then commits: see Reservation, also for what one that is held does to
  // readers. The keys decide the shard as those of a Record do; `partition_key` is copied. Errors
  // as Put.
  absl::StatusOr<Reservation> Reserve(std::string_view partition_key, size_t data_bytes,
                                      std::optional<HashKey> explicit_hash_key = std::nullopt);
  // The same, but waits for room until `deadline`, as Put does.
  absl::StatusOr<Reservation> Reserve(std::string_view partition_key, size_t data_bytes,
                                      std::optional<HashKey> explicit_hash_key,
                                      absl::Time deadline);

  // Returns when everything that was put to the stream before is on the disk, and survives a loss
  // of power, with what its consumer groups have committed. kFailedPrecondition: the stream is not
  // of Durability::kInterval or kGroup. kResourceExhausted: there is no space on the disk; nothing
  // is lost, and it can be called again. Any other error: the disk has failed, and the stream takes
  // no more records.
  absl::Status Sync();

  // --- Who decides which shard a record goes to

  RecordDistributionStrategy record_distribution_strategy() const;
  // Holds for every put that begins after this has returned. What was put stays where it is.
  // kInvalidArgument: `strategy` is no value of the enumeration. kFailedPrecondition: the stream is
  // closed.
  absl::Status SetRecordDistributionStrategy(RecordDistributionStrategy strategy);

  // --- Shards

  // The shards, open ones and closed ones that may still have records, in order of id.
  std::vector<Shard> ListShards() const;
  // kNotFound also if there is no such shard, or no more.
  absl::StatusOr<Shard> FindShard(ShardId id) const;
  // The hash key that decides which shard a record goes to. With kAuto nothing of the record does:
  // each call takes a turn, and returns a key of the shard whose turn it is.
  HashKey HashKeyOf(const Record& record) const;
  // The open shard whose range holds `key`, as of now: a put of that key may meet a split or merge
  // on its way, and then goes to a child. Takes no lock. O(1) in the number of shards, nearly.
  // kFailedPrecondition: the stream is closed, so no shard is open.
  absl::StatusOr<ShardId> OpenShardOf(HashKey key) const;

  // Splits an open shard in the middle of its range, or where `new_start` begins the upper child.
  // Returns the children, lower first. Producers and readers go on meanwhile. O(open shards).
  // kNotFound: no such shard. kFailedPrecondition: it is closed, or the stream. kOutOfRange:
  // `new_start` is not above the start and at most the end of its range.
  absl::StatusOr<std::vector<ShardId>> SplitShard(ShardId id);
  absl::StatusOr<std::vector<ShardId>> SplitShard(ShardId id, HashKey new_start);

  // Merges two open shards with adjacent ranges, in either order, and returns the child. Otherwise
  // like SplitShard. kInvalidArgument: they are not adjacent.
  absl::StatusOr<ShardId> MergeShards(ShardId one, ShardId other);

  // Makes the open shards `shard_count` of equal size, [1, 100,000], by one split for each new
  // boundary and one merge for each that goes, as UpdateShardCount does; all of it at once. A
  // shard is split in the middle of its new boundaries, and merged from halves, so the lineage
  // grows by about the logarithm of the counts. The shards in between are listed as closed ones
  // without records. Producers and readers go on meanwhile. O(shards before + shards after).
  // kOutOfRange: the count is. kFailedPrecondition: the stream is closed. kResourceExhausted: no
  // memory. Nothing has changed then.
  absl::Status ReshardUniformly(int64_t shard_count);

  // --- The end

  // Ends the stream gently: for the shutdown of a bus, or of one of its topics. Every put that
  // returned before is there to be read; those under way either succeed, and are, or fail; from the
  // return of this on all fail, with kFailedPrecondition. Producers that wait for room (Put with a
  // deadline) are woken and get the same. Every shard is closed, without children: readers go on to
  // the last record and are then told of end_of_shard(), and those in Iterator::Wait are woken when
  // that is all there is left. So a consumer that follows shards to their ends ends by itself.
  //
  // These go on: reading, from any place; Shard::TrimBefore; SetRetention, and records expire by
  // it; listing, until the retention period is over, as of any closed shard; metrics; deletion.
  // These are refused, with kFailedPrecondition: puts, splits, merges, ReshardUniformly,
  // SetRecordDistributionStrategy, OpenShardOf. A stream cannot be opened again, and its name is
  // taken until Engine::DeleteStream.
  //
  // Closing twice, or from several threads, is harmless: each call returns when the stream is
  // closed. Waits for a reshard that is under way. O(open shards). The API (api::Client) never
  // closes a stream, since the service knows no such state.
  absl::Status Close();
  // Returns whether it is closed, or being closed: true once a put has been refused for it.
  bool is_closed() const;

  // --- Retention

  absl::Duration retention() const;
  // [1 ms, 10 years], else kOutOfRange, in whole milliseconds, else kInvalidArgument. Takes effect
  // at once: a shorter period expires records that are there, a longer one keeps those that have
  // not expired yet.
  absl::Status SetRetention(absl::Duration retention);

  const std::string& name() const;

 private:
  friend class Engine;
  friend class WaitSet;
  friend class ConsumerGroup;
  friend class internal::AsyncAccess;
  friend class internal::EngineProperties;
  friend class internal::GroupCore;

  explicit Stream(std::shared_ptr<internal::StreamCore> core) : core_(std::move(core)) {}

  std::shared_ptr<internal::StreamCore> core_;
};

}  // namespace kinesis

#endif  // KINESIS_CORE_STREAM_H_
