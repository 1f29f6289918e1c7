// A shard holds what retention holds; the engine's budget bounds the memory, and a put that finds
// it full is told so, and not that it was too fast.
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/client_testing.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

class MemoryTest : public ClientTest {
 protected:
  static constexpr uint64_t kBudgetBytes = uint64_t{128} << 20;

  // With the service's rates, and a budget of two minutes of one shard.
  MemoryTest() : ClientTest(ClientOptions()) {
    client_ =
        Client::Create({}, {.memory_budget_bytes = kBudgetBytes, .clock = &EngineClock()}).value();
  }

  absl::Status TryPut(const std::string& data) {
    return client_->PutRecord({.stream_name = "s", .data = data, .partition_key = "k"}).status();
  }
  // At the full rate of one shard. Returns the MiB that were stored before a put was refused.
  int Fill(absl::Status* refusal) {
    const std::string mebibyte((1 << 20) - 1, 'x');
    for (int stored = 0;; ++stored) {
      *refusal = TryPut(mebibyte);
      if (!refusal->ok()) return stored;
      clock_.Advance(absl::Seconds(1));
    }
  }
};

TEST_F(MemoryTest, AShardTakesWhatItsRateAllowsAsLongAsTheBudgetLasts) {
  Create("s");
  absl::Status refusal;
  const int stored = Fill(&refusal);
  EXPECT_GT(stored, 90);  // records of this size leave a part of each block empty
  EXPECT_TRUE(Fails(refusal, ErrorType::kInternalFailure));
  EXPECT_TRUE(absl::StrContains(refusal.message(), "memory")) << refusal;
  EXPECT_TRUE(absl::StrContains(refusal.message(), std::to_string(kBudgetBytes))) << refusal;
}

TEST_F(MemoryTest, AFullBudgetIsTheServicesFailureInABatchToo) {
  Create("s");
  absl::Status refusal;
  Fill(&refusal);
  clock_.Advance(absl::Seconds(10));
  const std::string mebibyte((1 << 20) - 1, 'x');
  PutRecordsRequest request{.stream_name = "s"};
  request.records.emplace(1, PutRecordsRequestEntry{.data = mebibyte, .partition_key = "k"});
  const PutRecordsResponse response = client_->PutRecords(request).value();
  EXPECT_EQ(response.failed_record_count, 1);
  EXPECT_EQ(response.records.at(0).error_code, "InternalFailure");
  EXPECT_TRUE(
      absl::StrContains(response.records.at(0).error_message.value(), "memory_budget_bytes"));
}

TEST_F(MemoryTest, WhatRetentionLetsGoMakesRoomAgain) {
  Create("s");
  absl::Status refusal;
  Fill(&refusal);
  clock_.Advance(absl::Hours(24));
  EXPECT_TRUE(TryPut("d").ok());
}

TEST_F(MemoryTest, ACapacityThatAClientSetsItselfIsNoRateEither) {
  ClientOptions options = WithoutRates();
  options.stream_options.shard_capacity_bytes = 64 << 10;
  client_ = Client::Create(options, {.clock = &EngineClock()}).value();
  Create("s");
  const std::string data(10'000, 'x');
  absl::Status status;
  while (status.ok()) status = TryPut(data);
  EXPECT_TRUE(Fails(status, ErrorType::kInternalFailure));
  EXPECT_TRUE(absl::StrContains(status.message(), "shard_capacity_bytes")) << status;
}

}  // namespace
}  // namespace kinesis::api
