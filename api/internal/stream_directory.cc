#include "kinesis_core/api/internal/stream_directory.h"

#include <algorithm>
#include <utility>

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

StreamDirectory::Stripe& StreamDirectory::OwnStripe() {
  // Each thread has its own anchor, whose address tells it from the others: cheaper than an id.
  thread_local const char anchor = 0;
  constexpr uint64_t kMix = 0x9e37'79b9'7f4a'7c15;  // spreads what differs to the upper bits
  const uint64_t mixed = reinterpret_cast<uintptr_t>(&anchor) * kMix;
  return stripes_[mixed >> (64 - kStripesLog2)];
}

StreamDirectory::StreamPtr StreamDirectory::FindByName(std::string_view name) {
  Stripe& stripe = OwnStripe();
  const std::lock_guard lock(stripe.mutex);
  if (stripe.last == nullptr || stripe.last->name() != name) {
    StreamPtr found = Look(by_name_, ToAbsl(name));
    if (found == nullptr) return nullptr;
    stripe.last = std::move(found);
  }
  return stripe.last;
}

std::vector<StreamDirectory::StreamPtr> StreamDirectory::List() {
  std::vector<StreamPtr> streams;
  {
    const std::lock_guard lock(OwnStripe().mutex);
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
  for (Stripe& stripe : stripes_) {
    if (stripe.last == stream) stripe.last = nullptr;
  }
  by_name_.erase(stream->name());
  by_id_.erase(stream->id());
}

}  // namespace kinesis::api::internal
