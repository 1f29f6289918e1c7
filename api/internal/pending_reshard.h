// PendingReshard: the change that a split, a merge, a new count or growth is going to make to the
// shards of a stream.
//
// It is made when the operation is called and carried out when the stream's UPDATING ends: until
// then the shards stay as they are. It names places among the hash keys and not shards, so that
// shards which its own steps make can be split further.
#ifndef KINESIS_CORE_API_INTERNAL_PENDING_RESHARD_H_
#define KINESIS_CORE_API_INTERNAL_PENDING_RESHARD_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/stream.h"

namespace kinesis::api::internal {

// Thread-compatible. One of the three is set.
struct PendingReshard {
  // Where shards begin that do not yet, in the order in which they are made.
  std::vector<HashKey> new_starts;
  // The shard that begins here becomes one with the shard below it.
  std::optional<HashKey> removed_start;
  // So many shards of equal size.
  std::optional<int64_t> shard_count;

  // Open shards that there are more afterwards; fewer, if below 0.
  int64_t added = 0;

  // Carries it out. Shards that are as they should be already are passed over: whoever owns the
  // engine may have split or merged meanwhile. On an error (the engine's) some steps may have been
  // made; calling again goes on.
  absl::Status CarryOut(kinesis::Stream& stream) const;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_PENDING_RESHARD_H_
