// Helpers that tests of consumer groups share, with and without lanes.
#ifndef KINESIS_CORE_TESTING_INTERNAL_GROUP_TESTING_H_
#define KINESIS_CORE_TESTING_INTERNAL_GROUP_TESTING_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/checkpoint_store.h"
#include "kinesis_core/record.h"

namespace kinesis::testing {

constexpr absl::Time kNow = absl::InfinitePast();  // as a deadline: do not sleep

// The data of the records of a Delivery or LaneDelivery.
template <class AnyDelivery>
std::vector<std::string> DataOf(const AnyDelivery& delivery) {
  std::vector<std::string> data;
  for (const RecordView& record : delivery.records()) data.emplace_back(record.data);
  return data;
}

// Fails when told to.
class BrittleStore final : public CheckpointStore {
 public:
  absl::StatusOr<Checkpoint> Load(const CheckpointKey& key) override {
    if (fail_loads) return absl::UnavailableError("no load");
    return store_->Load(key);
  }
  absl::Status Save(const CheckpointKey& key, const Checkpoint& checkpoint,
                    uint64_t expected_epoch) override {
    if (fail_saves) return absl::UnavailableError("no save");
    return store_->Save(key, checkpoint, expected_epoch);
  }

  bool fail_loads = false;
  bool fail_saves = false;

 private:
  const std::shared_ptr<CheckpointStore> store_ = MakeMemoryCheckpointStore();
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_GROUP_TESTING_H_
