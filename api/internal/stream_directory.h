// StreamDirectory: the streams of a client, by name, id and identity.
//
// Look-ups are on the path of every put, and changes are rare. So a look-up locks one of several
// stripes, that of its thread, and a change locks them all: threads that look up do not wait for
// one another. A stripe remembers the stream that was found last by name, as a thread mostly works
// on one stream for long: to find that again takes no lock.
#ifndef KINESIS_CORE_API_INTERNAL_STREAM_DIRECTORY_H_
#define KINESIS_CORE_API_INTERNAL_STREAM_DIRECTORY_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/internal/stream_entry.h"

namespace kinesis::api::internal {

using StreamPtr = std::shared_ptr<StreamEntry>;

// Thread-safe: all operations may run concurrently.
class StreamDirectory {
 public:
  // Null if there is none.
  StreamPtr FindByName(std::string_view name);
  StreamPtr FindById(std::string_view id);
  StreamPtr FindByUid(uint64_t uid);

  // In order of name.
  std::vector<StreamPtr> List();

  // Requires: no stream of that name, id or uid is there.
  void Add(const StreamPtr& stream);
  // Does nothing if it is not there.
  void Remove(const StreamPtr& stream);

 private:
  // The stream that was found last by name. Who looks at it takes it for a few instructions; who
  // finds it taken goes without, and does not wait.
  class LastFound {
   public:
    // Null: it is another one, or taken.
    StreamPtr TryGet(std::string_view name);
    // Puts `stream` in its place, unless it is taken. Not together with Forget().
    void TrySet(const StreamPtr& stream);
    // Lets go of it, if it is `stream`. Waits for who has taken it.
    void Forget(const StreamPtr& stream);

   private:
    std::atomic<bool> taken_{false};
    // Changed and read by who has set taken_. With a count of its own: threads that work on one
    // stream do not meet at the count of its StreamEntry with every call.
    StreamPtr stream_;
  };
  struct alignas(64) Stripe {  // a cache line each, so that stripes do not slow one another down
    LastFound last;            // in by_name_, or null; set with the mutex locked
    Mutex mutex;
  };
  static constexpr int kStripesLog2 = 4;
  static constexpr size_t kStripes = size_t{1} << kStripesLog2;

  // The maps are read with any one stripe locked, and changed with all of them locked. The analysis
  // cannot count stripes: for it one is a shared hold of this, and all are an exclusive one.
  class ABSL_LOCKABLE MapsCapability {};

  class OneStripeLock;
  class AllStripesLock;

  // The stripe of this thread.
  Stripe& OwnStripe();

  std::array<Stripe, kStripes> stripes_;
  [[no_unique_address]] MapsCapability maps_;
  absl::flat_hash_map<std::string, StreamPtr> by_name_ ABSL_GUARDED_BY(maps_);
  absl::flat_hash_map<std::string, StreamPtr> by_id_ ABSL_GUARDED_BY(maps_);
  absl::flat_hash_map<uint64_t, StreamPtr> by_uid_ ABSL_GUARDED_BY(maps_);
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STREAM_DIRECTORY_H_
