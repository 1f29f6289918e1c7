// ChannelDirectory: the channels of a client.
#ifndef KINESIS_CORE_API_INTERNAL_CHANNEL_DIRECTORY_H_
#define KINESIS_CORE_API_INTERNAL_CHANNEL_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "kinesis_core/api/internal/channel_entry.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/state_store.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently.
class ChannelDirectory {
 public:
  // `store` outlives it.
  explicit ChannelDirectory(StateStore& store) : store_(store) {}
  ChannelDirectory(const ChannelDirectory&) = delete;
  ChannelDirectory& operator=(const ChannelDirectory&) = delete;

  // The channels that are there at `now_ms`, locked as long as this object lives. Movable.
  class Locked {
   public:
    Locked(ChannelDirectory& directory, int64_t now_ms);

    // Not analysed: lock_ holds the mutex.
    ChannelMap& channels() ABSL_NO_THREAD_SAFETY_ANALYSIS { return directory_->channels_; }
    // Null if there is none.
    ChannelEntry* FindByArn(std::string_view arn);

    // Saves the channels: to be called when any has been changed, before that is answered. On an
    // error (the engine's) they are again what was saved last, and no pointer to one is valid.
    absl::Status Save();

   private:
    MovableMutexLock lock_;
    ChannelDirectory* directory_;
  };

  Locked Lock(int64_t now_ms) { return Locked(*this, now_ms); }

  int64_t CountAll(int64_t now_ms);
  int64_t CountOfStream(uint64_t stream_uid, int64_t now_ms);

 private:
  StateStore& store_;
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
