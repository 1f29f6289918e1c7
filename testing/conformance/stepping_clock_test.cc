// A clock that steps back between any two of its readings: no operation crashes, contradicts itself
// or refuses what it has given out.
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/conformance/sample_world.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/internal/stepping_clock.h"

namespace kinesis::api::testing {
namespace {

class SteppingClockTest : public ::testing::TestWithParam<absl::Duration> {
 protected:
  // Both parities: which of its readings a call makes ahead depends on how many were made before.
  static constexpr int kRounds = 4;

  SteppingClockTest() {
    ClientOptions options;
    options.limits = Limits::Unlimited();
    client_ = Client::Create(options, {.clock = &clock_}).value();
    client_->CreateStream({.stream_name = "s", .shard_count = 1}).IgnoreError();
  }

  absl::StatusOr<PutRecordResponse> Put(const std::string& data,
                                        std::optional<TextOr<SequenceNumber>> after = {}) {
    return client_->PutRecord({.stream_name = "s",
                               .data = data,
                               .partition_key = "k",
                               .sequence_number_for_ordering = std::move(after)});
  }
  // All that is read from there.
  std::string ReadFrom(const ShardIterator& iterator) {
    std::string all;
    const GetRecordsResponse page = client_->GetRecords({.shard_iterator = iterator}).value();
    for (const Record& record : page.records) all += record.data;
    return all;
  }

  kinesis::SimulatedClock base_;
  kinesis::testing::SteppingClock clock_{base_, GetParam()};
  std::unique_ptr<Client> client_;
};

TEST_P(SteppingClockTest, EveryOperationAnswersAsTheServiceDoes) {
  for (int skipped = 0; skipped < 2; ++skipped) {
    internal::ForEachOperation([&](auto traits) {
      using Traits = decltype(traits);
      SampleWorld world(GetParam());
      if (skipped == 1) world.client().engine().clock().Now();
      const auto request = SampleRequest<typename Traits::Request>(world);
      const absl::Status status = StatusOf((world.client().*Traits::kMethod)(request));
      EXPECT_TRUE(status.ok() || ErrorOf(status).has_value())
          << ToText(Traits::kOperation) << ": " << status;
    });
  }
}

TEST_P(SteppingClockTest, AReaderThatBeginsAtThePresentIsNotRefusedAndMissesNothingPutAfterwards) {
  for (int round = 0; round < kRounds; ++round) {
    const absl::Time now = client_->engine().clock().Now();
    if (round % 2 == 1) client_->engine().clock().Now();
    const auto iterator = client_->GetShardIterator({.stream_name = "s",
                                                     .shard_id = ShardId(0),
                                                     .shard_iterator_type = "AT_TIMESTAMP",
                                                     .timestamp = now});
    // A client cannot tell a step of more than its clock may be ahead from a time of the future.
    if (!iterator.ok()) {
      EXPECT_TRUE(Fails(iterator, ErrorType::kInvalidArgument)) << round;
      EXPECT_GT(GetParam(), absl::Milliseconds(100)) << round;
      continue;
    }
    ASSERT_TRUE(Put("a").ok());
    EXPECT_TRUE(ReadFrom(iterator->shard_iterator).ends_with("a")) << round;
  }
}

TEST_P(SteppingClockTest, ASubscriptionAtThePresentIsNotRefusedEither) {
  const std::string arn = SampleWorld::ArnOf("s");
  for (int round = 0; round < kRounds; ++round) {
    const std::string consumer =
        client_
            ->RegisterStreamConsumer(
                {.stream_arn = arn, .consumer_name = "c" + std::to_string(round)})
            .value()
            .consumer.consumer_arn;
    const absl::Time now = client_->engine().clock().Now();
    const absl::Status status = StatusOf(client_->SubscribeToShard(
        {.consumer_arn = consumer,
         .shard_id = ShardId(0),
         .starting_position = StartingPosition{.type = "AT_TIMESTAMP", .timestamp = now}}));
    EXPECT_TRUE(status.ok() || Fails(status, ErrorType::kInvalidArgument)) << status;
    EXPECT_TRUE(status.ok() || GetParam() > absl::Milliseconds(100)) << status;
  }
}

TEST_P(SteppingClockTest, ANumberThatWasJustReturnedIsTakenForOrdering) {
  for (int round = 0; round < kRounds; ++round) {
    const SequenceNumber number = Put("a").value().sequence_number;
    if (round % 2 == 1) client_->engine().clock().Now();
    const auto next = Put("b", number);
    ASSERT_TRUE(next.ok()) << next.status();
    EXPECT_GT(next->sequence_number, number);
    EXPECT_TRUE(Put("c", number.ToString()).ok());
  }
}

INSTANTIATE_TEST_SUITE_P(Steps, SteppingClockTest,
                         ::testing::Values(absl::Microseconds(1), absl::Milliseconds(1),
                                           absl::Milliseconds(90), absl::Seconds(5),
                                           absl::Hours(50)));

}  // namespace
}  // namespace kinesis::api::testing
