#include "kinesis_core/api/internal/stream_directory.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

#include "absl/strings/string_view.h"

namespace kinesis::api::internal {
namespace {

absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }

// Null if there is none.
template <class Map, class Key>
StreamPtr Find(const Map& map, const Key& key) {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

StreamPtr StreamDirectory::LastFound::TryGet(std::string_view name) {
  // Acquire: pairs with the release of who had it before, and has changed it.
  if (taken_.exchange(true, std::memory_order_acquire)) return nullptr;
  StreamPtr found;
  if (stream_ != nullptr && stream_->name() == name) found = stream_;
  // Release: pairs with the acquire of who takes it next, which may change it.
  taken_.store(false, std::memory_order_release);
  return found;
}

void StreamDirectory::LastFound::TrySet(const StreamPtr& stream) {
  if (taken_.exchange(true, std::memory_order_acquire)) return;  // as in TryGet
  if (stream_ != stream) {
    // A share of a share of the stream: how many there are of that is counted here alone.
    auto share = std::make_shared<const StreamPtr>(stream);
    stream_ = StreamPtr(std::move(share), stream.get());
  }
  taken_.store(false, std::memory_order_release);  // as in TryGet
}

void StreamDirectory::LastFound::Forget(const StreamPtr& stream) {
  while (taken_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();  // as above
  if (stream_ == stream) stream_ = nullptr;
  taken_.store(false, std::memory_order_release);  // as above
}

// Locks the stripe of this thread as long as it lives.
class ABSL_SCOPED_LOCKABLE StreamDirectory::OneStripeLock {
 public:
  explicit OneStripeLock(StreamDirectory& directory) ABSL_SHARED_LOCK_FUNCTION(directory.maps_)
      : OneStripeLock(directory, directory.OwnStripe()) {}
  // `stripe` is that of this thread.
  OneStripeLock([[maybe_unused]] StreamDirectory& directory, Stripe& stripe)
      ABSL_SHARED_LOCK_FUNCTION(directory.maps_) ABSL_NO_THREAD_SAFETY_ANALYSIS : stripe_(stripe) {
    stripe_.mutex.Lock();
  }
  ~OneStripeLock() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS { stripe_.mutex.Unlock(); }
  OneStripeLock(const OneStripeLock&) = delete;
  OneStripeLock& operator=(const OneStripeLock&) = delete;

 private:
  Stripe& stripe_;
};

// Locks all stripes, in order, as long as it lives.
class ABSL_SCOPED_LOCKABLE StreamDirectory::AllStripesLock {
 public:
  explicit AllStripesLock(StreamDirectory& directory)
      ABSL_EXCLUSIVE_LOCK_FUNCTION(directory.maps_) ABSL_NO_THREAD_SAFETY_ANALYSIS
      : directory_(directory) {
    for (Stripe& stripe : directory_.stripes_) stripe.mutex.Lock();
  }
  ~AllStripesLock() ABSL_UNLOCK_FUNCTION() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    for (Stripe& stripe : directory_.stripes_) stripe.mutex.Unlock();
  }
  AllStripesLock(const AllStripesLock&) = delete;
  AllStripesLock& operator=(const AllStripesLock&) = delete;

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

StreamPtr StreamDirectory::FindByName(std::string_view name) {
  Stripe& stripe = OwnStripe();
  StreamPtr found = stripe.last.TryGet(name);
  if (found == nullptr) [[unlikely]] {
    const OneStripeLock lock(*this, stripe);
    found = Find(by_name_, ToAbsl(name));
    if (found != nullptr) stripe.last.TrySet(found);
  }
  return found;
}

StreamPtr StreamDirectory::FindById(std::string_view id) {
  const OneStripeLock lock(*this);
  return Find(by_id_, ToAbsl(id));
}

StreamPtr StreamDirectory::FindByUid(uint64_t uid) {
  const OneStripeLock lock(*this);
  return Find(by_uid_, uid);
}

std::vector<StreamPtr> StreamDirectory::List() {
  std::vector<StreamPtr> streams;
  {
    const OneStripeLock lock(*this);
    streams.reserve(by_name_.size());
    for (const auto& [name, stream] : by_name_) streams.push_back(stream);
  }
  std::sort(streams.begin(), streams.end(),
            [](const StreamPtr& a, const StreamPtr& b) { return a->name() < b->name(); });
  return streams;
}

void StreamDirectory::Add(const StreamPtr& stream) {
  const AllStripesLock lock(*this);
  by_name_.emplace(stream->name(), stream);
  by_id_.emplace(stream->id(), stream);
  by_uid_.emplace(stream->uid(), stream);
}

void StreamDirectory::Remove(const StreamPtr& stream) {
  const AllStripesLock lock(*this);
  if (by_uid_.erase(stream->uid()) == 0) return;
  for (Stripe& stripe : stripes_) stripe.last.Forget(stream);
  by_name_.erase(stream->name());
  by_id_.erase(stream->id());
}

}  // namespace kinesis::api::internal
