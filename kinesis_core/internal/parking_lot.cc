#include "kinesis_core/internal/parking_lot.h"

#include <algorithm>

#include "kinesis_core/internal/check.h"

namespace kinesis::internal {

ParkingLot::Parked::Parked(ParkingLot& lot, uint64_t key, WaitEvent& event)
    : lot_(lot), key_(key), event_(event) {
  Bucket& bucket = lot_.BucketOf(key_);
  const MutexLock lock(bucket.mutex);
  bucket.sleepers.push_back({key_, &event_});
}

ParkingLot::Parked::~Parked() {
  Bucket& bucket = lot_.BucketOf(key_);
  const MutexLock lock(bucket.mutex);
  const auto self = std::find_if(bucket.sleepers.begin(), bucket.sleepers.end(),
                                 [this](const Sleeper& s) { return s.event == &event_; });
  KC_DCHECK(self != bucket.sleepers.end());
  *self = bucket.sleepers.back();
  bucket.sleepers.pop_back();
}

void ParkingLot::WakeAll(uint64_t key) {
  Bucket& bucket = BucketOf(key);
  // Notified under the lock, which a sleeper needs in order to leave: its event exists until then.
  const MutexLock lock(bucket.mutex);
  for (const Sleeper& sleeper : bucket.sleepers) {
    if (sleeper.key == key) sleeper.event->Notify();
  }
}

}  // namespace kinesis::internal
