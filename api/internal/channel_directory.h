// ChannelDirectory: the channels of a client, with the configuration and life cycle of each.
//
// Life cycle, as of streams and consumers: the entry says until when a channel is CREATING,
// UPDATING or DELETING, and its status is computed from the time when somebody asks. Nothing is
// delivered, so none becomes FAILED.
#ifndef KINESIS_CORE_API_INTERNAL_CHANNEL_DIRECTORY_H_
#define KINESIS_CORE_API_INTERNAL_CHANNEL_DIRECTORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "kinesis_core/api/channel_operations.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/call_time.h"
#include "kinesis_core/api/internal/mutex.h"
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

// Thread-safe: all operations may run concurrently.
class ChannelDirectory {
 public:
  // The channels that are there at `now_ms`, locked as long as this object lives. Movable.
  class Locked {
   public:
    Locked(ChannelDirectory& directory, int64_t now_ms);

    ChannelMap& channels() {
      directory_->mutex_.AssertHeld();  // by lock_
      return directory_->channels_;
    }
    // Null if there is none.
    ChannelEntry* FindByArn(std::string_view arn);

   private:
    MovableMutexLock lock_;
    ChannelDirectory* directory_;
  };

  Locked Lock(int64_t now_ms) { return Locked(*this, now_ms); }

  int64_t CountAll(int64_t now_ms);
  int64_t CountOfStream(uint64_t stream_uid, int64_t now_ms);

 private:
  Mutex mutex_;
  ChannelMap channels_ ABSL_GUARDED_BY(mutex_);
};

// The ARN of a channel of the stream with that ARN. Nobody outside has said what the service's look
// like; these are such as ResourceARN's pattern takes, so that channels can be tagged by them, and
// name one channel: a later one of the same name has another id.
std::string ChannelArn(std::string_view stream_arn, std::string_view name, std::string_view id);
// Whether it looks like one.
bool IsChannelArn(std::string_view arn);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_CHANNEL_DIRECTORY_H_
