// StreamFollower: the records of a stream, shard after shard, through splits and merges.
//
// A shard is begun when all its parents that are listed have been read to their ends, so the
// records of one key come in the order of their puts.
//
// It reads through the engine, not through the service's operations: it counts against no rate, and
// no fault strikes it.
#ifndef KINESIS_CORE_API_SHELL_STREAM_FOLLOWER_H_
#define KINESIS_CORE_API_SHELL_STREAM_FOLLOWER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/record.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/stream.h"

namespace kinesis::testing {

// Thread-compatible.
class StreamFollower {
 public:
  enum class From { kOldest, kNow };
  using Visit = std::function<void(ShardId, const RecordView&)>;

  // Begins at the oldest records that there are, or with those that are put from now on.
  // kNotFound: the stream has been deleted.
  static absl::StatusOr<StreamFollower> Create(const Stream& stream, From from);
  // Only those of one shard, from the oldest on. kNotFound: there is no such shard.
  static absl::StatusOr<StreamFollower> Create(const Stream& stream, ShardId only);

  struct Progress {
    uint64_t records = 0;
    uint64_t bytes = 0;  // of their data and keys
    uint64_t lost = 0;   // that were trimmed or expired before they could be read
    bool more = false;   // there are, and `max` or `max_bytes` ended the read
  };
  // Gives `visit` the records that have come since the last call: `max` at most, and of at most
  // `max_bytes` together or one of any size. Both are at least 1. A record's views are valid until
  // `visit` returns. kNotFound: the stream has been deleted.
  absl::StatusOr<Progress> Read(uint64_t max, uint64_t max_bytes, const Visit& visit);

 private:
  // A shard whose iterator is gone has been read to its end.
  using Place = std::optional<Iterator>;

  explicit StreamFollower(const Stream& stream) : stream_(stream) {}

  absl::Status AddShard(const Shard& shard, const IteratorStart& start);
  absl::Status AddNewShards();
  bool IsReadable(const Shard& shard) const;
  absl::Status ReadShard(ShardId id, uint64_t max, uint64_t max_bytes, const Visit& visit,
                         Progress* progress);

  Stream stream_;
  bool is_one_shard_ = false;
  std::map<ShardId, Place> places_;
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_STREAM_FOLLOWER_H_
