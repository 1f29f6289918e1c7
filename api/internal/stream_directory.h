// StreamDirectory: the streams of a client, by name, id and identity.
//
// Look-ups are on the path of every put, and changes are rare. So a look-up locks one of several
// stripes, that of its thread, and a change locks them all: threads that look up do not wait for
// one another. A stripe remembers what was found last by name, as a thread mostly works on one
// stream for long.
#ifndef KINESIS_CORE_API_INTERNAL_STREAM_DIRECTORY_H_
#define KINESIS_CORE_API_INTERNAL_STREAM_DIRECTORY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "kinesis_core/api/internal/stream_record.h"

namespace kinesis::api::internal {

// Thread-safe: all operations may run concurrently.
class StreamDirectory {
 public:
  using StreamPtr = std::shared_ptr<StreamRecord>;

  // Null if there is none.
  StreamPtr FindByName(std::string_view name);
  StreamPtr FindById(std::string_view id) { return Find(by_id_, ToAbsl(id)); }
  StreamPtr FindByUid(uint64_t uid) { return Find(by_uid_, uid); }

  // In order of name.
  std::vector<StreamPtr> List();

  // Requires: no stream of that name, id or uid is there.
  void Add(const StreamPtr& stream);
  // Does nothing if it is not there.
  void Remove(const StreamPtr& stream);

 private:
  struct alignas(64) Stripe {  // a cache line each, so that stripes do not slow one another down
    std::mutex mutex;
    StreamPtr last;  // in by_name_, or null
  };
  static constexpr int kStripesLog2 = 4;
  static constexpr size_t kStripes = size_t{1} << kStripesLog2;

  static absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

  // The stripe of this thread.
  Stripe& OwnStripe();

  template <class Map, class Key>
  StreamPtr Find(const Map& map, const Key& key) {
    const std::lock_guard lock(OwnStripe().mutex);
    return Look(map, key);
  }
  // Requires: a stripe is locked.
  template <class Map, class Key>
  static StreamPtr Look(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : found->second;
  }

  // Locks all stripes, in order, as long as it lives.
  class LockAll;

  std::array<Stripe, kStripes> stripes_;
  // Read under any one stripe, changed under all.
  absl::flat_hash_map<std::string, StreamPtr> by_name_;
  absl::flat_hash_map<std::string, StreamPtr> by_id_;
  absl::flat_hash_map<uint64_t, StreamPtr> by_uid_;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_STREAM_DIRECTORY_H_
