// Waiting for streams, in simulated time.
#include "kinesis_core/api/waiters.h"

#include <atomic>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/client_testing.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::api {
namespace {

using testing::ClientTest;
using testing::Fails;

class WaitersTest : public ClientTest {
 protected:
  static ClientOptions Slow(absl::Duration delay) {
    ClientOptions options = WithoutRates();
    options.delays.create_stream = delay;
    options.delays.delete_stream = delay;
    return options;
  }

  explicit WaitersTest(absl::Duration delay = absl::Seconds(25)) : ClientTest(Slow(delay)) {}

  // Runs the waiter on a thread, moves the clock to wherever it sleeps to until it is done, and
  // returns what it returned.
  absl::Status Run(absl::Status (*wait)(Client&, const DescribeStreamRequest&,
                                        const WaiterOptions&),
                   const WaiterOptions& options = {}) {
    const kinesis::testing::WaitingFor waiting("a waiter to return, or to sleep until a time");
    absl::Status result;
    std::atomic<bool> done = false;
    std::thread waiter([&] {
      result = wait(*client_, {.stream_name = "s"}, options);
      done = true;
    });
    while (!done) {
      if (!clock_.AdvanceToNextDeadline()) std::this_thread::yield();
    }
    waiter.join();
    return result;
  }

  // In whole seconds.
  absl::Duration Elapsed() { return absl::Trunc(clock_.Now() - start_, absl::Seconds(1)); }

  const absl::Time start_ = clock_.Now();
};

TEST_F(WaitersTest, AStreamExistsOnceItIsActive) {
  Create("s");
  EXPECT_TRUE(Run(WaitUntilStreamExists).ok());
  EXPECT_EQ(Elapsed(), absl::Seconds(30));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kActive);
}

TEST_F(WaitersTest, AStreamThatIsActiveIsNotWaitedFor) {
  Create("s");
  clock_.Advance(absl::Seconds(25));
  EXPECT_TRUE(Run(WaitUntilStreamExists).ok());
}

TEST_F(WaitersTest, AStreamDoesNotExistOnceItIsDeleted) {
  Create("s");
  clock_.Advance(absl::Seconds(25));
  ASSERT_TRUE(client_->DeleteStream({.stream_name = "s"}).ok());
  EXPECT_TRUE(Run(WaitUntilStreamNotExists).ok());
  EXPECT_EQ(Elapsed(), absl::Seconds(55));
}

TEST_F(WaitersTest, AStreamThatWasNeverThereDoesNotExist) {
  EXPECT_TRUE(Run(WaitUntilStreamNotExists).ok());
}

TEST_F(WaitersTest, AnErrorEndsTheWait) {
  EXPECT_TRUE(Fails(Run(WaitUntilStreamExists), ErrorType::kResourceNotFound));
  EXPECT_TRUE(
      Fails(WaitUntilStreamNotExists(*client_, {.stream_name = "a b"}), ErrorType::kValidation));
}

TEST_F(WaitersTest, TheDelayAndTheAttemptsAreTheCallers) {
  Create("s");
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      Run(WaitUntilStreamExists, {.delay = absl::Seconds(1), .max_attempts = 3})));
  EXPECT_EQ(Elapsed(), absl::Seconds(2));
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run(WaitUntilStreamExists, {.max_attempts = 0})));
}

class ChannelWaitersTest : public ClientTest {
 protected:
  static ClientOptions Slow() {
    ClientOptions options = WithoutRates();
    options.delays.create_channel = absl::Seconds(25);
    options.delays.delete_channel = absl::Seconds(25);
    return options;
  }
  ChannelWaitersTest() : ClientTest(Slow()) {
    clock_.SetAutoAdvance(1);
    const StreamModeDetails on_demand{.stream_mode = StreamMode::kOnDemand};
    EXPECT_TRUE(client_->CreateStream({.stream_name = "s", .stream_mode_details = on_demand}).ok());
    CreateChannelRequest request{
        .channel_name = "archive",
        .service_execution_role_arn = "arn:aws:iam::000000000000:role/deliver"};
    request.stream_configuration_list.emplace(
        1, ChannelStreamConfiguration{
               .stream_arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s",
               .record_configuration = RecordConfiguration{.record_format_type = "JSON"}});
    request.s3_destination_configuration = S3DestinationConfiguration{
        .storage_configuration = S3StorageConfiguration{.bucket_arn = "arn:aws:s3:::backup",
                                                        .expected_bucket_owner = kAccount,
                                                        .compression_type = "NONE"}};
    arn_ = client_->CreateChannel(request).value().channel_description.channel_arn;
  }

  std::string arn_;
};

TEST_F(ChannelWaitersTest, AChannelIsWaitedForUntilItIsActive) {
  const absl::Time start = clock_.Now();
  EXPECT_TRUE(WaitUntilChannelActive(*client_, {.channel_arn = arn_}).ok());
  EXPECT_EQ(clock_.Now() - start, absl::Seconds(30));
}

TEST_F(ChannelWaitersTest, AChannelThatIsBeingDeletedIsNotWaitedFor) {
  ASSERT_TRUE(client_->DeleteChannel({.channel_arn = arn_}).ok());
  const absl::Status status = WaitUntilChannelActive(*client_, {.channel_arn = arn_});
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  clock_.Advance(absl::Seconds(25));
  EXPECT_TRUE(
      Fails(WaitUntilChannelActive(*client_, {.channel_arn = arn_}), ErrorType::kResourceNotFound));
}

class PatientWaitersTest : public WaitersTest {
 protected:
  PatientWaitersTest() : WaitersTest(absl::Seconds(171)) {}
};

TEST_F(PatientWaitersTest, EighteenLooksAreTheMost) {
  Create("s");
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run(WaitUntilStreamExists)));
  EXPECT_EQ(Elapsed(), absl::Seconds(170));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kCreating);
}

}  // namespace
}  // namespace kinesis::api
