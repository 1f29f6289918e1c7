// Waiting for streams, in simulated time.
#include "kinesis_core/api/waiters.h"

#include <atomic>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/client_testing.h"

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

  const absl::Time start_ = clock_.Now();
};

TEST_F(WaitersTest, AStreamExistsOnceItIsActive) {
  Create("s");
  EXPECT_TRUE(Run(WaitUntilStreamExists).ok());
  EXPECT_EQ(clock_.Now() - start_, absl::Seconds(30));
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
  EXPECT_EQ(clock_.Now() - start_, absl::Seconds(55));
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
  EXPECT_EQ(clock_.Now() - start_, absl::Seconds(2));
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run(WaitUntilStreamExists, {.max_attempts = 0})));
}

class PatientWaitersTest : public WaitersTest {
 protected:
  PatientWaitersTest() : WaitersTest(absl::Seconds(171)) {}
};

TEST_F(PatientWaitersTest, EighteenLooksAreTheMost) {
  Create("s");
  EXPECT_TRUE(absl::IsDeadlineExceeded(Run(WaitUntilStreamExists)));
  EXPECT_EQ(clock_.Now() - start_, absl::Seconds(170));
  EXPECT_EQ(StatusOf("s"), StreamStatus::kCreating);
}

}  // namespace
}  // namespace kinesis::api
