// ChannelEntry: all that the API knows of one channel.
//
// Life cycle, as of streams and consumers: the entry says until when a channel is CREATING,
// UPDATING or DELETING, and its status is computed from the time when somebody asks. Nothing is
// delivered, so none becomes FAILED.
#ifndef KINESIS_CORE_API_INTERNAL_CHANNEL_ENTRY_H_
#define KINESIS_CORE_API_INTERNAL_CHANNEL_ENTRY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "kinesis_core/api/channel_operations.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/shapes.h"

namespace kinesis::api::internal {

// Thread-compatible, under the lock of its directory.
struct ChannelEntry {
  std::string name;
  std::string id;
  std::string arn;
  std::string service_execution_role_arn;
  // The channel's stream, which cannot go before the channel.
  uint64_t stream_uid = 0;
  std::string stream_arn;
  int64_t stream_created_ms = 0;
  RecordConfiguration record_configuration;
  // One of the two is set.
  std::optional<S3DestinationDescription> s3;
  std::optional<S3TablesDestinationDescription> s3_tables;
  std::optional<ChannelEncryptionConfiguration> encryption;
  CloudWatchLogs logs;
  TagMap tags;

  int64_t created_ms = 0;
  int64_t active_at_ms = 0;             // CREATING before
  int64_t updating_until_ms = kAlways;  // UPDATING before
  int64_t deleted_at_ms = kNever;       // DELETING before, once it is set; gone from then on

  ChannelStatus StatusAt(int64_t now_ms) const {
    if (deleted_at_ms != kNever) return ChannelStatus::kDeleting;
    if (now_ms < active_at_ms) return ChannelStatus::kCreating;
    return now_ms < updating_until_ms ? ChannelStatus::kUpdating : ChannelStatus::kActive;
  }
};

using ChannelMap = std::map<std::string, ChannelEntry>;  // by name

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CHANNEL_ENTRY_H_
