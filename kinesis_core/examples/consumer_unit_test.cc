// The unit test of a consumer, without mocks and without waiting: throttles, expiry and retention
// are the service's own, and time moves when the test says so.
#include <cstddef>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/simulated_clock.h"

namespace {

namespace api = kinesis::api;

// The consumer that is tested. It counts the orders of a shard. It remembers its place by sequence
// number, so that it can replace an iterator that has expired.
struct OrderCounter {
  // Counts what is new. An error is one to retry later.
  absl::Status Poll(api::Client& client) {
    if (!iterator) {
      const auto place = client.GetShardIterator(Place());
      if (!place.ok()) return place.status();
      iterator = place->shard_iterator;
    }
    const auto response = client.GetRecords({.shard_iterator = iterator});
    if (api::IsError(response.status(), api::ErrorType::kExpiredIterator)) iterator.reset();
    if (!response.ok()) return response.status();
    for (const api::Record& record : response->records) last = record.sequence_number;
    count += response->records.size();
    iterator = response->next_shard_iterator;
    return absl::OkStatus();
  }
  api::GetShardIteratorRequest Place() const {
    api::GetShardIteratorRequest place{.stream_name = "orders", .shard_id = kinesis::ShardId(0)};
    place.shard_iterator_type =
        last ? api::ShardIteratorType::kAfterSequenceNumber : api::ShardIteratorType::kTrimHorizon;
    if (last) place.starting_sequence_number = *last;
    return place;
  }
  std::optional<api::ShardIterator> iterator;
  std::optional<kinesis::SequenceNumber> last;
  size_t count = 0;
};

class OrderCounterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    EXPECT_TRUE(client_->CreateStream({.stream_name = "orders", .shard_count = 1}).ok());
    PutOrder();
  }
  void PutOrder() {
    client_->PutRecord({.stream_name = "orders", .data = "tea", .partition_key = "alice"}).value();
  }
  kinesis::SimulatedClock clock_;
  std::unique_ptr<api::Client> client_ = api::Client::Create({}, {.clock = &clock_}).value();
  OrderCounter counter_;
};

TEST_F(OrderCounterTest, GoesOnAfterAThrottle) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(counter_.Poll(*client_).ok());  // what a second allows
  PutOrder();
  const absl::Status sixth = counter_.Poll(*client_);
  EXPECT_TRUE(api::IsError(sixth, api::ErrorType::kProvisionedThroughputExceeded)) << sixth;
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(counter_.Poll(*client_).ok());
  EXPECT_EQ(counter_.count, 2);
}

TEST_F(OrderCounterTest, GoesOnWhenNoIteratorIsToBeHadAtFirst) {
  const auto place = counter_.Place();
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(client_->GetShardIterator(place).ok());  // likewise
  const absl::Status first = counter_.Poll(*client_);
  EXPECT_TRUE(api::IsError(first, api::ErrorType::kProvisionedThroughputExceeded)) << first;
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(counter_.Poll(*client_).ok());
  EXPECT_EQ(counter_.count, 1);
}

TEST_F(OrderCounterTest, CountsNothingTwiceWhenItsIteratorHasExpired) {
  EXPECT_TRUE(counter_.Poll(*client_).ok());
  clock_.Advance(absl::Minutes(6));  // iterators live for five
  EXPECT_TRUE(api::IsError(counter_.Poll(*client_), api::ErrorType::kExpiredIterator));
  EXPECT_TRUE(counter_.Poll(*client_).ok());
  EXPECT_EQ(counter_.count, 1);
}

}  // namespace
