// Test fixtures: a client on simulated time, and the same with a stream and a plan of faults.
//
//   class OrdersTest : public kinesis::testing::StreamFixture {};  // no rates: see ClientFixture
//
//   TEST_F(OrdersTest, SurviveAThrottledShard) {
//     faults_.ThrottleShard(ShardId(0), absl::Seconds(3));
//     PlaceOrders(*client_, kStream);  // the code under test
//     EXPECT_THAT(Drain(), SizeIs(10)) << faults_;
//   }
//
// Members are protected, as is usual for fixtures: use them freely. One thread at a time.
//
// absl::StatusOr::value() is used freely in tests: on an error it throws, and the test fails with
// the error. Where the test is to go on, EXPECT_OK of expect_ok.h does.
#ifndef KINESIS_CORE_TESTING_CLIENT_FIXTURE_H_
#define KINESIS_CORE_TESTING_CLIENT_FIXTURE_H_

#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/fault_plan.h"
#include "kinesis_core/testing/printers.h"
#include "kinesis_core/testing/test_record.h"
#include "kinesis_core/testing/test_seed.h"

namespace kinesis::testing {

// Time stands still until the test moves it. All is as in the service and done at once, except that
// rates are off, unless `options` say otherwise: nothing is throttled. With api::ClientOptions() a
// shard takes 1,000 records and 1 MiB in a second and gives 5 reads and 2 MiB (`rates` of
// api/limits.h, which has those of the other calls), each bucket filling as the test moves the
// clock: the sixth GetRecords fails with ProvisionedThroughputExceededException.
class ClientFixture : public ::testing::Test {
 protected:
  static constexpr char kAccount[] = "000000000000";

  // The default: the service's limits, but nothing is throttled for a rate.
  static api::ClientOptions WithoutRates() {
    api::ClientOptions options;
    options.limits.rates = false;
    return options;
  }

  // With kOn, the client asks `faults_` at each call what is to go wrong.
  enum class Faults { kOff, kOn };

  explicit ClientFixture(api::ClientOptions options = WithoutRates(),
                         Faults faults = Faults::kOff) {
    if (faults == Faults::kOn) options.faults = &faults_;
    client_ = api::Client::Create(options, {.clock = &clock_}).value();
  }

  void Create(const std::string& name, int32_t shards = 1) {
    const absl::Status status = client_->CreateStream({.stream_name = name, .shard_count = shards});
    ASSERT_TRUE(status.ok()) << status;
  }
  api::PutRecordResponse Put(std::string_view stream, std::string_view data,
                             std::string_view key = "key") {
    return client_->PutRecord({.stream_name = stream, .data = data, .partition_key = key}).value();
  }
  api::ShardIterator IteratorOf(
      const std::string& stream, ShardId shard = ShardId(0),
      api::ShardIteratorType type = api::ShardIteratorType::kTrimHorizon) {
    return client_
        ->GetShardIterator({.stream_name = stream, .shard_id = shard, .shard_iterator_type = type})
        .value()
        .shard_iterator;
  }
  api::GetRecordsResponse Get(const api::ShardIterator& iterator,
                              std::optional<int32_t> limit = std::nullopt) {
    return client_->GetRecords({.shard_iterator = iterator, .limit = limit}).value();
  }
  static std::vector<std::string> DataOf(const api::GetRecordsResponse& response) {
    std::vector<std::string> data;
    for (const api::Record& record : response.records) data.emplace_back(record.data);
    return data;
  }
  api::StreamStatus StatusOf(const std::string& name) {
    return client_->DescribeStreamSummary({.stream_name = name})
        .value()
        .stream_description_summary.stream_status;
  }
  std::vector<api::Shard> ShardsOf(const std::string& name) {
    return client_->ListShards({.stream_name = name}).value().shards;
  }

  SimulatedClock clock_;
  FaultPlan faults_{clock_, SeedOr(1)};
  std::unique_ptr<api::Client> client_;
};

// The same with the stream kStream, and with `faults_` for the client to run into. A test that
// fails prints them.
class StreamFixture : public ClientFixture {
 protected:
  static constexpr char kStream[] = "stream";

  explicit StreamFixture(int32_t shards = 2, api::ClientOptions options = WithoutRates())
      : ClientFixture(std::move(options), Faults::kOn) {
    Create(kStream, shards);
  }

  void TearDown() override {
    if (HasFailure()) std::cout << faults_;
  }

  using ClientFixture::Put;
  // Puts all; the test fails if a record does.
  void Put(std::span<const TestRecord> records) {
    const auto response = client_->PutRecords(PutRecordsOf(kStream, records));
    ASSERT_TRUE(response.ok()) << response.status();
    ASSERT_EQ(response->failed_record_count, 0);
  }

  // In the middle; and of two adjacent shards.
  void Split(ShardId shard) {
    const auto children = EngineStream().SplitShard(shard);
    ASSERT_TRUE(children.ok()) << children.status();
  }
  void Merge(ShardId one, ShardId other) {
    const auto child = EngineStream().MergeShards(one, other);
    ASSERT_TRUE(child.ok()) << child.status();
  }

  // All that is stored, parents before children; no fault is in the way.
  std::vector<TestRecord> Drain() { return DrainStream(*client_, kStream).value(); }

  Stream EngineStream() { return client_->engine().OpenStream(kStream).value(); }
};

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_CLIENT_FIXTURE_H_
