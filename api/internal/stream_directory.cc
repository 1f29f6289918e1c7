#include "kinesis_core/api/internal/stream_directory.h"

#include <algorithm>
#include <functional>
#include <thread>

namespace kinesis::api::internal {

class StreamDirectory::LockAll {
 public:
  explicit LockAll(StreamDirectory& directory) : directory_(directory) {
    for (Stripe& stripe : directory_.stripes_) stripe.mutex.lock();
  }
  ~LockAll() {
    for (Stripe& stripe : directory_.stripes_) stripe.mutex.unlock();
  }
  LockAll(const LockAll&) = delete;
  LockAll& operator=(const LockAll&) = delete;

 private:
  StreamDirectory& directory_;
};

std::mutex& StreamDirectory::OwnStripe() {
  // An id is an address of the thread's own on the usual systems, so its low bits say nothing.
  constexpr int kIgnoredBits = 12;
  const size_t id = std::hash<std::thread::id>()(std::this_thread::get_id());
  return stripes_[(id >> kIgnoredBits) % kStripes].mutex;
}

std::vector<StreamDirectory::StreamPtr> StreamDirectory::List() {
  std::vector<StreamPtr> streams;
  {
    const std::lock_guard lock(OwnStripe());
    streams.reserve(by_name_.size());
    for (const auto& [name, stream] : by_name_) streams.push_back(stream);
  }
  std::sort(streams.begin(), streams.end(),
            [](const StreamPtr& a, const StreamPtr& b) { return a->name() < b->name(); });
  return streams;
}

void StreamDirectory::Add(const StreamPtr& stream) {
  const LockAll lock(*this);
  by_name_.emplace(stream->name(), stream);
  by_id_.emplace(stream->id(), stream);
  by_uid_.emplace(stream->uid(), stream);
}

void StreamDirectory::Remove(const StreamPtr& stream) {
  const LockAll lock(*this);
  if (by_uid_.erase(stream->uid()) == 0) return;
  by_name_.erase(stream->name());
  by_id_.erase(stream->id());
}

}  // namespace kinesis::api::internal
