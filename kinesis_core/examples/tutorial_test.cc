// The tests of doc/tutorial.md: a handler on a real stream, in simulated time.
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/examples/tutorial_billing.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/expect_ok.h"

namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class BillingTest : public ::testing::Test {
 protected:
  void Order(const std::string& customer, const std::string& data) {
    EXPECT_OK(orders_.Put({.partition_key = customer, .data = data}));
  }
  // Gives the handler one delivery, as GroupMember::Run does; false if there is none to be had now.
  bool HandleNext() {
    auto delivery = member_.Next(clock_.Now());
    if (!delivery.ok()) return false;
    const absl::Status status = billing_.Handle(*delivery);
    if (!status.ok()) {
      EXPECT_OK(delivery->Fail(status));
    }
    return true;
  }

  kinesis::SimulatedClock clock_;
  std::unique_ptr<kinesis::Engine> engine_ = kinesis::Engine::Create({.clock = &clock_}).value();
  kinesis::Stream orders_ = engine_->CreateStream("orders").value();
  kinesis::GroupMember member_ =
      kinesis::ConsumerGroup::Create(orders_, "billing").value().Join().value();
  Billing billing_;
};

TEST_F(BillingTest, AddsUpTheOrdersOfEachCustomer) {
  Order("alice", "25");
  Order("bob", "50");
  Order("alice", "25");
  EXPECT_TRUE(HandleNext());
  EXPECT_THAT(billing_.cents_by_customer(), ElementsAre(Pair("alice", 50), Pair("bob", 50)));
}

TEST_F(BillingTest, AnOrderThatCannotBeReadRepeatsNoOtherOrder) {
  Order("alice", "25");
  Order("carol", "a lot");
  Order("bob", "50");
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(HandleNext());  // carol's comes first each time
  EXPECT_THAT(billing_.cents_by_customer(), ElementsAre(Pair("alice", 25)));
}

TEST_F(BillingTest, AnOrderIsGoneADayAfterItWasPut) {
  Order("alice", "25");
  clock_.Advance(absl::Hours(25));  // retention is 24 hours
  EXPECT_FALSE(HandleNext());
  EXPECT_THAT(billing_.cents_by_customer(), IsEmpty());
}

}  // namespace
