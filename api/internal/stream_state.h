// StreamState and StreamFacts: all that the API knows of one stream beside the engine's Stream, as
// values: what StreamEntry holds, and what is kept of it in the engine's directory
// (stored_state.h).
#ifndef KINESIS_CORE_API_INTERNAL_STREAM_STATE_H_
#define KINESIS_CORE_API_INTERNAL_STREAM_STATE_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/consumer_entry.h"
#include "kinesis_core/api/internal/on_demand_state.h"
#include "kinesis_core/api/internal/pending_reshard.h"
#include "kinesis_core/api/internal/shard_metrics.h"
#include "kinesis_core/api/shapes.h"

namespace kinesis::api::internal {

// The part that is looked at without the entry's lock. Thread-compatible.
struct StreamFacts {
  // --- Fixed when the stream is made
  std::string id;
  uint64_t uid = 0;  // never used again by the client, or by one after it in the same directory
  int64_t created_ms = 0;
  int64_t active_at_ms = 0;  // CREATING before

  // --- Changed
  int64_t record_bytes_max = 0;
  EncryptionType encryption_type = EncryptionType::kNone;
  int64_t deleted_at_ms = kNever;  // DELETING before, once it is set; gone from then on
};

// The part that operations change, under the entry's lock. Thread-compatible.
struct StreamState {
  int64_t updating_until_ms = kAlways;
  // How the shards change then. They are as they were until then.
  std::optional<PendingReshard> reshard;
  StreamMode mode = StreamMode::kProvisioned;
  int32_t retention_hours = 24;
  std::optional<std::string> key_id;  // while encryption is on
  TagMap tags;
  std::optional<std::string> policy;
  std::set<MetricsName> shard_level_metrics;
  std::optional<int32_t> warm_throughput_mibps;
  OnDemandState on_demand;  // while the mode is that
  // When to check again whether the stream has to grow: never, unless it is ON_DEMAND.
  int64_t next_scaling_check_ms = kNever;
  ConsumerMap consumers;
  // When each change was made that is limited by day, oldest first.
  std::vector<int64_t> shard_count_updates_ms;
  std::vector<int64_t> mode_changes_ms;

  // A stream that is ON_DEMAND from now on begins to be watched, with nothing known of it yet.
  void BeginMode(StreamMode new_mode, int64_t now_ms) {
    mode = new_mode;
    on_demand = {};
    on_demand.minute = now_ms / kMinuteMs;
    next_scaling_check_ms = mode == StreamMode::kOnDemand ? now_ms : kNever;
  }
};

// A stream whole. Thread-compatible.
struct StreamImage {
  StreamFacts facts;
  StreamState state;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STREAM_STATE_H_
