// Helpers that tests of the engine share: an engine on simulated time, and short forms of what they
// do.
//
// absl::StatusOr::value() is used freely in tests: on an error it throws, and the test fails with
// the error.
#ifndef KINESIS_CORE_TESTING_INTERNAL_ENGINE_TESTING_H_
#define KINESIS_CORE_TESTING_INTERNAL_ENGINE_TESTING_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {

// True if `status` is an error of this code and its message contains every one of `parts`.
::testing::AssertionResult Fails(const absl::Status& status, absl::StatusCode code,
                                 std::initializer_list<std::string_view> parts = {});
template <class T>
::testing::AssertionResult Fails(const absl::StatusOr<T>& result, absl::StatusCode code,
                                 std::initializer_list<std::string_view> parts = {}) {
  return Fails(result.status(), code, parts);
}

// An engine whose time stands still until the test moves it.
struct TestEngine {
  explicit TestEngine(uint64_t budget_bytes = uint64_t{64} << 20);

  SimulatedClock clock;
  std::unique_ptr<Engine> engine;
};

// The data of everything that `iterator` returns until a batch is empty.
std::vector<std::string> ReadData(Iterator& iterator, const ReadLimits& limits = {});
// The same from `start` in `shard`.
std::vector<std::string> ReadData(const Shard& shard,
                                  const IteratorStart& start = IteratorStart::TrimHorizon());
// The same of all shards, in order of id: parents before children.
std::vector<std::string> ReadData(const Stream& stream);

// The counts of records that were read until a batch was empty, and of those reported as lost.
struct Drained {
  uint64_t records = 0;
  uint64_t lost = 0;
  bool end_of_shard = false;
  std::vector<ShardId> child_shards;
};
Drained Drain(Iterator& iterator);

// The only shard of a stream that has one, and the shard with this index.
Shard OnlyShard(const Stream& stream);
Shard ShardAt(const Stream& stream, uint32_t index);

// Names of shards, as numbers.
std::vector<uint32_t> Indices(const std::vector<ShardId>& ids);
// Of the shards that are open, in order of id; and of all that are listed.
std::vector<uint32_t> OpenShards(const Stream& stream);
std::vector<uint32_t> AllShards(const Stream& stream);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_INTERNAL_ENGINE_TESTING_H_
