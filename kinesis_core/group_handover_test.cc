// Hand-overs step by step: what else may happen between a step of one member and the next one of
// another is made to happen there, in one thread. The CheckpointStore is where a member is outside
// of the group's lock, so everything that can come between is put before or behind its calls.
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/internal/group_testing.h"

namespace kinesis {
namespace {

using kinesis::testing::Fails;
using kinesis::testing::kNow;
using kinesis::testing::OnlyShard;
using kinesis::testing::TestEngine;

constexpr absl::Duration kLeaseTime = absl::Seconds(10);

// Runs each hook once, at its place in the next call.
class SteppedStore final : public CheckpointStore {
 public:
  using Hook = std::function<void()>;

  absl::StatusOr<Checkpoint> Load(const CheckpointKey& key) override {
    Run(before_load);
    absl::StatusOr<Checkpoint> loaded = store_->Load(key);
    Run(after_load);
    return loaded;
  }
  absl::Status Save(const CheckpointKey& key, const Checkpoint& checkpoint,
                    uint64_t expected_epoch) override {
    Run(before_save);
    absl::Status saved = store_->Save(key, checkpoint, expected_epoch);
    if (saved.ok()) saves[key.shard_id].push_back(checkpoint);
    Run(after_save);
    return saved;
  }

  Hook before_load;
  Hook after_load;
  Hook before_save;
  Hook after_save;
  std::map<ShardId, std::vector<Checkpoint>> saves;  // that were taken

 private:
  static void Run(Hook& hook) {
    if (const Hook once = std::exchange(hook, nullptr)) once();
  }

  const std::shared_ptr<CheckpointStore> store_ = MakeMemoryCheckpointStore();
};

class GroupHandOverTest : public ::testing::Test {
 protected:
  GroupHandOverTest()
      : stream_(test_.engine->CreateStream("s").value()),
        group_(ConsumerGroup::Create(stream_, "g",
                                     {.checkpoint_store = store_, .lease_time = kLeaseTime})
                   .value()),
        a_(group_.Join().value()),
        b_(group_.Join().value()) {
    for (const char* data : {"1", "2", "3"}) Put(data);
  }
  ~GroupHandOverTest() override {
    // G2, whatever the test did.
    for (const auto& [shard, saves] : store_->saves) {
      for (size_t i = 1; i < saves.size(); ++i) {
        EXPECT_GE(saves[i].position, saves[i - 1].position);
        EXPECT_GE(saves[i].epoch, saves[i - 1].epoch);
      }
    }
  }

  void Put(const std::string& data) { ASSERT_TRUE(Stream(stream_).Put({.data = data}).ok()); }
  // b takes the shard, as a has been silent. What it gets; nothing if there is nothing.
  std::string TakeOver(std::optional<Delivery>* delivery) {
    test_.clock.Advance(kLeaseTime + absl::Seconds(1));
    absl::StatusOr<Delivery> next = b_.Next(kNow);
    if (!next.ok()) return "";
    std::string data;
    for (const RecordView& record : next->records()) data += record.data;
    *delivery = *std::move(next);
    return data;
  }

  TestEngine test_;
  const std::shared_ptr<SteppedStore> store_ = std::make_shared<SteppedStore>();
  const Stream stream_;
  const ConsumerGroup group_;
  GroupMember a_;
  GroupMember b_;
};

TEST_F(GroupHandOverTest, TakenBetweenTheCheckAndTheSaveACommitIsRefused) {
  Delivery delivery = a_.Next(kNow).value();
  std::optional<Delivery> taken;
  std::string data;
  store_->before_save = [&] { data = TakeOver(&taken); };
  EXPECT_TRUE(Fails(delivery.Commit(), absl::StatusCode::kAborted, {}));
  EXPECT_EQ(data, "123");
  EXPECT_TRUE(taken->Commit().ok());
}

TEST_F(GroupHandOverTest, TakenBehindTheSaveACommitHoldsAndTheNextOneBeginsBehindIt) {
  Delivery delivery = a_.Next(kNow).value();
  std::optional<Delivery> taken;
  std::string data;
  store_->after_save = [&] {
    Put("4");
    data = TakeOver(&taken);
  };
  EXPECT_TRUE(delivery.Commit().ok());
  EXPECT_EQ(data, "4");
  EXPECT_TRUE(taken->Commit().ok());
}

// The successor has loaded a position, and the save of its predecessor comes before its own.
TEST_F(GroupHandOverTest, ASaveBetweenTheLoadAndTheSaveOfABeginningIsNotLost) {
  Delivery delivery = a_.Next(kNow).value();
  std::optional<Delivery> taken;
  std::string data;
  absl::Status committed;
  // The commit of a passes its check, and then b begins: it loads; the save of a is taken; b saves.
  store_->before_save = [&] {
    store_->after_load = [&] {
      const SequenceNumber last = delivery.records()[2].sequence_number;
      committed = store_->Save({"s", "g", ShardId(0)}, {last, delivery.epoch()}, delivery.epoch());
    };
    Put("4");
    data = TakeOver(&taken);
  };
  // What is left of the commit of a is its save again, which comes too late by then.
  EXPECT_FALSE(delivery.Commit().ok());
  EXPECT_TRUE(committed.ok());
  EXPECT_EQ(data, "4");
  EXPECT_TRUE(taken->Commit().ok());
}

TEST_F(GroupHandOverTest, TakenWhileItBeginsAMemberDeliversNothing) {
  std::optional<Delivery> taken;
  std::string data;
  store_->before_save = [&] { data = TakeOver(&taken); };
  EXPECT_TRUE(Fails(a_.Next(kNow), absl::StatusCode::kDeadlineExceeded, {}));
  EXPECT_EQ(data, "123");
  EXPECT_TRUE(taken->Commit().ok());
}

TEST_F(GroupHandOverTest, TakenBehindTheSaveOfItsBeginningAMembersCommitIsRefused) {
  std::optional<Delivery> taken;
  std::string data;
  store_->after_save = [&] { data = TakeOver(&taken); };
  absl::StatusOr<Delivery> stale = a_.Next(kNow);
  if (stale.ok()) {
    EXPECT_TRUE(Fails(stale->Commit(), absl::StatusCode::kAborted, {}));
  }
  EXPECT_EQ(data, "123");
  EXPECT_TRUE(taken->Commit().ok());
}

TEST_F(GroupHandOverTest, TakenWhileItFinishesAShardNothingOfTheChildrenComesTwice) {
  Stream stream = stream_;
  Delivery delivery = a_.Next(kNow).value();
  ASSERT_TRUE(delivery.Commit().ok());
  ASSERT_TRUE(stream.SplitShard(ShardId(0)).ok());
  Put("4");
  std::vector<std::string> got;
  const auto drain = [&](GroupMember& member) {
    for (;;) {
      absl::StatusOr<Delivery> next = member.Next(kNow);
      if (!next.ok()) return;
      got.emplace_back(next->records()[0].data);
      EXPECT_TRUE(next->Commit().ok());
    }
  };
  store_->after_save = [&] {
    test_.clock.Advance(kLeaseTime + absl::Seconds(1));
    drain(b_);
  };
  drain(a_);
  drain(b_);
  drain(a_);
  EXPECT_EQ(got, std::vector<std::string>{"4"});
  EXPECT_EQ(group_.Metrics().shards.size(), 2U);
}

}  // namespace
}  // namespace kinesis
