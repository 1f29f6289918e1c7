// A day in the life of a stream, in simulated time: what a test of a consumer or producer would
// wait for in vain against the service passes here while nobody waits.
#include <chrono>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

using Strings = std::vector<std::string>;

// The service of today, with the time that it takes for things.
ClientOptions Options() {
  ClientOptions options;
  options.delays = LifecycleDelays::ServiceLike();
  options.stream_options.shard_capacity_bytes = 4 << 20;
  options.stream_options.overflow_policy = OverflowPolicy::kTrimOldest;
  return options;
}

class SimulatedDayTest : public ClientTest {
 protected:
  SimulatedDayTest() : ClientTest(Options()), day_begins_(clock_.Now()) {}
  ~SimulatedDayTest() override {
    const std::chrono::duration<double, std::milli> real =
        std::chrono::steady_clock::now() - real_begin_;
    std::cout << absl::FormatDuration(clock_.Now() - day_begins_) << " of simulated time took "
              << real.count() << " ms of real time\n";
  }

  void CreateOnDemand(const std::string& name) {
    const absl::Status status = client_->CreateStream(
        {.stream_name = name,
         .stream_mode_details = StreamModeDetails{.stream_mode = StreamMode::kOnDemand}});
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(StatusOf(name), StreamStatus::kCreating);
    clock_.Advance(absl::Seconds(10));
    ASSERT_EQ(StatusOf(name), StreamStatus::kActive);
  }

  // A producer for a second: so many new records of 64 KiB, with keys of their own, behind those
  // that were refused before. Each is tried once. Returns how many are still to be put.
  size_t ProduceForASecond(const std::string& name, int records) {
    for (int i = 0; i < records; ++i) backlog_.push_back("key-" + std::to_string(++produced_));
    std::erase_if(backlog_, [&](const std::string& key) {
      const auto put =
          client_->PutRecord({.stream_name = name, .data = data_, .partition_key = key});
      EXPECT_TRUE(put.ok() || Fails(put, ErrorType::kProvisionedThroughputExceeded));
      return put.ok();
    });
    clock_.Advance(absl::Seconds(1));
    return backlog_.size();
  }
  int64_t OpenShardsOf(const std::string& name) {
    return client_->DescribeStreamSummary({.stream_name = name})
        .value()
        .stream_description_summary.open_shard_count;
  }

  const std::string data_ = std::string(64 << 10, 'x');
  std::vector<std::string> backlog_;
  int64_t produced_ = 0;
  const absl::Time day_begins_;
  const std::chrono::steady_clock::time_point real_begin_ = std::chrono::steady_clock::now();
};

TEST_F(SimulatedDayTest, RetentionIteratorsThrottlingAndGrowthPassInOneDay) {
  Create("orders");
  clock_.Advance(absl::Seconds(10));

  // A record is read, and the iterator that follows it is kept for too long.
  Put("orders", "tea");
  const GetRecordsResponse first = Get(IteratorOf("orders"));
  EXPECT_EQ(DataOf(first), Strings({"tea"}));
  clock_.Advance(absl::Minutes(5));
  EXPECT_TRUE(client_->GetRecords({.shard_iterator = *first.next_shard_iterator}).ok());
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(Fails(client_->GetRecords({.shard_iterator = *first.next_shard_iterator}),
                    ErrorType::kExpiredIterator));

  // A producer is too fast for a shard and recovers by waiting.
  int64_t refused = 0;
  for (int i = 0; i < 1001; ++i) {
    if (!client_->PutRecord({.stream_name = "orders", .data = "d", .partition_key = "k"}).ok()) {
      ++refused;
    }
  }
  EXPECT_EQ(refused, 1);
  clock_.Advance(absl::Milliseconds(1));  // a thousandth of a second is good for one record
  Put("orders", "patience");

  // Another is too fast for its ON_DEMAND stream, which grows until it is not.
  CreateOnDemand("clicks");
  EXPECT_EQ(OpenShardsOf("clicks"), 4);
  for (int second = 0; second < 60; ++second) ProduceForASecond("clicks", 80);  // 5 MiB/s
  EXPECT_GE(backlog_.size(), 60U * (80 - 64));                                  // and it takes 4
  size_t left = 0;
  for (int second = 0; second < 60; ++second) left = ProduceForASecond("clicks", 80);
  EXPECT_EQ(left, 0U);
  EXPECT_GE(OpenShardsOf("clicks"), 8);

  // The day is over. What was put first is gone, what was put five minutes later is not yet.
  clock_.Set(day_begins_ + absl::Hours(24) + absl::Minutes(5));
  Put("orders", "new");
  EXPECT_EQ(Get(IteratorOf("orders")).records.size(), 1002U);
  clock_.Advance(absl::Minutes(1));
  EXPECT_EQ(DataOf(Get(IteratorOf("orders"))), Strings({"new"}));
}

}  // namespace
}  // namespace kinesis::api
