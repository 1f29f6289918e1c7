// Stream::Reserve: records that are written in place.
#include "kinesis_core/reservation.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/internal/engine_testing.h"
#include "kinesis_core/testing/watchdog.h"
#include "kinesis_core/wait_set.h"

namespace kinesis {
namespace {

using kinesis::testing::Drain;
using kinesis::testing::Drained;
using kinesis::testing::Fails;
using kinesis::testing::OnlyShard;
using kinesis::testing::OpenShards;
using kinesis::testing::ReadData;
using kinesis::testing::ShardAt;
using kinesis::testing::TestEngine;
using kinesis::testing::WaitingFor;

using Strings = std::vector<std::string>;

constexpr uint64_t kKiB = 1024;

void Write(const Reservation& reservation, std::string_view text) {
  std::copy(text.begin(), text.end(), reservation.data().begin());
}

class ReservationTest : public ::testing::Test {
 protected:
  Reservation Reserve(size_t data_bytes, std::string_view key = "key") {
    return stream_.Reserve(key, data_bytes).value();
  }
  // One with `text` in it.
  Reservation ReserveFor(std::string_view text, std::string_view key = "key") {
    Reservation reservation = Reserve(text.size(), key);
    Write(reservation, text);
    return reservation;
  }
  void Put(std::string_view data) { stream_.Put({.partition_key = "key", .data = data}).value(); }
  Iterator Begin() {
    return OnlyShard(stream_).CreateIterator(IteratorStart::TrimHorizon()).value();
  }

  TestEngine test_;
  Stream stream_ = test_.engine->CreateStream("s").value();
};

TEST_F(ReservationTest, WhatIsWrittenInPlaceIsReadAsItIsPut) {
  Put("before");
  Reservation reservation = ReserveFor("in place", "its key");
  EXPECT_TRUE(reservation.is_held());
  EXPECT_EQ(reservation.data().size(), 8U);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(reservation.data().data()) % 8, 0U);
  const absl::StatusOr<PutResult> put = reservation.Commit();
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->sequence_number, reservation.place().sequence_number);
  EXPECT_FALSE(reservation.is_held());
  EXPECT_TRUE(reservation.data().empty());
  Put("behind");
  Iterator iterator = Begin();
  const RecordBatch batch = iterator.Read().value();
  ASSERT_EQ(batch.size(), 3U);
  EXPECT_EQ(batch[1].data, "in place");
  EXPECT_EQ(batch[1].partition_key, "its key");
  EXPECT_EQ(batch[1].sequence_number, put->sequence_number);
  EXPECT_EQ(batch.records_lost(), 0U);
  EXPECT_EQ(test_.engine->Metrics().streams[0].shards[0].incoming_bytes, 6U + 3 + 8 + 7 + 6 + 3);
}

TEST_F(ReservationTest, ReadersStopBeforeItAndGoOnWhenItIsCommitted) {
  Put("before");
  Reservation first = ReserveFor("first");
  Reservation second = ReserveFor("second");
  Put("behind");
  Iterator iterator = Begin();
  EXPECT_EQ(ReadData(iterator), (Strings{"before"}));
  ASSERT_TRUE(second.Commit().ok());
  EXPECT_EQ(ReadData(iterator), (Strings{}));
  ASSERT_TRUE(first.Commit().ok());
  EXPECT_EQ(ReadData(iterator), (Strings{"first", "second", "behind"}));
}

TEST_F(ReservationTest, WithoutCommitItIsVoidAndReadersStepOverIt) {
  RecordBatch followed;
  Iterator follower = Begin();
  Put("before");
  ASSERT_TRUE(follower.ReadInto(followed).ok());
  EXPECT_EQ(followed.size(), 1U);
  {
    const Reservation reservation = ReserveFor("never");
    Put("behind");
    ASSERT_TRUE(follower.ReadInto(followed).ok());
    EXPECT_TRUE(followed.empty());
  }
  ASSERT_TRUE(follower.ReadInto(followed).ok());
  ASSERT_EQ(followed.size(), 1U);
  EXPECT_EQ(followed[0].data, "behind");
  EXPECT_EQ(followed.records_lost(), 0U);
  EXPECT_EQ(ReadData(OnlyShard(stream_)), (Strings{"before", "behind"}));
  EXPECT_EQ(test_.engine->Metrics().streams[0].shards[0].incoming_records, 2U);
}

TEST_F(ReservationTest, AnExceptionOrAnEarlyReturnMakesItVoid) {
  const auto serialise = [this](bool fails) -> absl::Status {
    Reservation reservation = Reserve(4);
    Write(reservation, "half");
    if (fails) throw std::runtime_error("cannot be serialised");
    return absl::CancelledError("not wanted");
  };
  EXPECT_THROW(serialise(true).IgnoreError(), std::runtime_error);
  EXPECT_TRUE(absl::IsCancelled(serialise(false)));
  Put("next");
  EXPECT_EQ(ReadData(OnlyShard(stream_)), (Strings{"next"}));
}

TEST_F(ReservationTest, LessThanWasReservedMayBeCommittedAndTheKeyStays) {
  for (const size_t key_bytes : {0, 1, 5, 16, 40, 3000}) {
    const std::string key(key_bytes, 'k');
    for (const size_t data_bytes : {0, 1, 7, 8, 99, 100}) {
      const std::string data(data_bytes, 'd');
      Reservation reservation = Reserve(100, key);
      Write(reservation, data);
      ASSERT_TRUE(reservation.Commit(data_bytes).ok());
      Iterator iterator =
          OnlyShard(stream_)
              .CreateIterator(IteratorStart::AtSequenceNumber(reservation.place().sequence_number))
              .value();
      const RecordBatch batch = iterator.Read().value();
      ASSERT_EQ(batch.size(), 1U);
      EXPECT_EQ(batch[0].data, data);
      EXPECT_EQ(batch[0].partition_key, key);
    }
  }
}

TEST_F(ReservationTest, OneOfNoBytesIsARecordOfNoBytes) {
  Reservation reservation = Reserve(0, "");
  EXPECT_TRUE(reservation.data().empty());
  ASSERT_TRUE(reservation.Commit().ok());
  EXPECT_EQ(ReadData(OnlyShard(stream_)), (Strings{""}));
}

TEST_F(ReservationTest, MoreThanWasReservedIsRefusedAndItIsStillHeld) {
  Reservation reservation = ReserveFor("four");
  EXPECT_TRUE(Fails(reservation.Commit(5), absl::StatusCode::kOutOfRange,
                    {"committed data size", "\"5\"", "[0, 4]"}));
  EXPECT_TRUE(Fails(reservation.Commit(SIZE_MAX), absl::StatusCode::kOutOfRange));
  ASSERT_TRUE(reservation.Commit().ok());
  EXPECT_EQ(ReadData(OnlyShard(stream_)), (Strings{"four"}));
}

TEST_F(ReservationTest, WhatIsOverALimitIsRefusedAsAPutOfItIs) {
  EXPECT_TRUE(Fails(stream_.Reserve("key", kMaxDataBytes + 1), absl::StatusCode::kOutOfRange,
                    {"data size", "10485761", "10485760"}));
  EXPECT_TRUE(Fails(stream_.Reserve("key", SIZE_MAX), absl::StatusCode::kOutOfRange));
  EXPECT_TRUE(Fails(stream_.Reserve(std::string(kMaxPartitionKeyBytes + 1, 'k'), 1),
                    absl::StatusCode::kOutOfRange, {"partition key size", "65536"}));
  Stream small = test_.engine->CreateStream("small", {.shard_capacity_bytes = 32 * kKiB}).value();
  EXPECT_TRUE(Fails(small.Reserve("key", 100 * kKiB), absl::StatusCode::kOutOfRange,
                    {"shard_capacity_bytes", "32768"}));
}

TEST_F(ReservationTest, ItEndsOnceAndOneThatWasMovedFromHoldsNothing) {
  Reservation one = ReserveFor("one");
  Reservation moved = std::move(one);
  EXPECT_FALSE(one.is_held());
  EXPECT_TRUE(one.data().empty());
  EXPECT_TRUE(Fails(one.Commit(), absl::StatusCode::kFailedPrecondition, {"moved from"}));
  one.Cancel();
  ASSERT_TRUE(moved.Commit().ok());
  EXPECT_TRUE(Fails(moved.Commit(), absl::StatusCode::kFailedPrecondition, {"committed"}));

  Reservation two = ReserveFor("two");
  two = ReserveFor("three");  // which makes it void
  Reservation& same = two;
  two = std::move(same);
  ASSERT_TRUE(two.Commit().ok());
  Reservation four = ReserveFor("four");
  four.Cancel();
  EXPECT_TRUE(Fails(four.Commit(), absl::StatusCode::kFailedPrecondition, {"cancelled"}));
  EXPECT_EQ(ReadData(OnlyShard(stream_)), (Strings{"one", "three"}));
}

TEST_F(ReservationTest, TheExplicitHashKeyDecidesItsShard) {
  Stream two = test_.engine->CreateStream("two", {.shard_count = 2}).value();
  for (const HashKey key : {HashKey::Min(), HashKey::Max()}) {
    Reservation reservation = two.Reserve("key", 1, key).value();
    EXPECT_EQ(reservation.place().shard_id, two.OpenShardOf(key).value());
    Reservation by_partition_key = two.Reserve("key", 1).value();
    EXPECT_EQ(by_partition_key.place().shard_id,
              two.Put({.partition_key = "key"}).value().shard_id);
  }
}

TEST_F(ReservationTest, AReaderThatSleepsIsWokenByItsCommitAndByItsEnd) {
  for (const bool commits : {true, false}) {
    Iterator iterator = OnlyShard(stream_).CreateIterator(IteratorStart::Latest()).value();
    Strings read;
    std::thread reader([&] {
      const WaitingFor waiting("the reader to be woken");
      while (read.empty()) {
        ASSERT_TRUE(iterator.Wait(absl::InfiniteFuture()).ok());
        read = ReadData(iterator);
      }
    });
    std::optional<Reservation> reservation = ReserveFor("reserved");
    Put("behind");
    if (commits) {
      ASSERT_TRUE(reservation->Commit().ok());
    }
    reservation.reset();
    reader.join();
    EXPECT_EQ(read.back(), commits && read.size() == 1 ? "reserved" : "behind");
  }
}

TEST_F(ReservationTest, WaitsBehindItEndAtTheirDeadlines) {
  const Reservation reservation = Reserve(1);
  Put("behind");
  Iterator iterator = Begin();
  const WaitingFor waiting("a deadline that is over");
  const absl::Time deadline = test_.clock.Now();
  EXPECT_TRUE(absl::IsDeadlineExceeded(iterator.Wait(deadline)));
  WaitSet set;
  ASSERT_TRUE(set.Add(&iterator).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(set.Wait(deadline).status()));
}

// --- What happens to the shard and its stream meanwhile

TEST_F(ReservationTest, ASplitDoesNotWaitForItAndChildrenComeAfterIt) {
  Reservation reservation = ReserveFor("parent");
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  EXPECT_EQ(OpenShards(stream_), (std::vector<uint32_t>{1, 2}));
  Put("child");
  Iterator iterator = ShardAt(stream_, 0).CreateIterator(IteratorStart::TrimHorizon()).value();
  EXPECT_FALSE(Drain(iterator).end_of_shard);
  const absl::StatusOr<PutResult> put = reservation.Commit();
  ASSERT_TRUE(put.ok()) << put.status();
  EXPECT_EQ(put->shard_id, ShardId(0));
  const Drained drained = Drain(iterator);
  EXPECT_EQ(drained.records, 1U);
  EXPECT_TRUE(drained.end_of_shard);
  EXPECT_EQ(drained.child_shards.size(), 2U);
}

TEST_F(ReservationTest, AVoidOneIsNotInTheWayOfTheEndOfItsShard) {
  std::optional<Reservation> reservation = Reserve(1);
  ASSERT_TRUE(stream_.Close().ok());
  Iterator iterator = Begin();
  EXPECT_FALSE(Drain(iterator).end_of_shard);
  reservation.reset();
  const Drained drained = Drain(iterator);
  EXPECT_TRUE(drained.end_of_shard);
  EXPECT_EQ(drained.records + drained.lost, 0U);
}

TEST_F(ReservationTest, CloseDoesNotWaitForItAndItsCommitSucceeds) {
  Reservation reservation = ReserveFor("last");
  ASSERT_TRUE(stream_.Close().ok());
  EXPECT_TRUE(Fails(stream_.Reserve("key", 1), absl::StatusCode::kFailedPrecondition, {"closed"}));
  ASSERT_TRUE(reservation.Commit().ok());
  Iterator iterator = Begin();
  const RecordBatch batch = iterator.Read().value();
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0].data, "last");
  EXPECT_TRUE(batch.end_of_shard());
}

TEST_F(ReservationTest, AGroupStopsBeforeItAndGoesOnToTheChildrenWhenItEnds) {
  const ConsumerGroup group = ConsumerGroup::Create(stream_, "group").value();
  GroupMember member = group.Join().value();
  Reservation reservation = ReserveFor("parent");
  ASSERT_TRUE(stream_.SplitShard(ShardId(0)).ok());
  Put("child");
  const WaitingFor waiting("a deadline that is over, or a delivery that is there");
  EXPECT_TRUE(absl::IsDeadlineExceeded(member.Next(test_.clock.Now()).status()));
  ASSERT_TRUE(reservation.Commit().ok());
  Strings delivered;
  while (delivered.size() < 2) {
    absl::StatusOr<Delivery> delivery = member.Next(absl::InfiniteFuture());
    ASSERT_TRUE(delivery.ok()) << delivery.status();
    for (const RecordView& record : delivery->records()) delivered.emplace_back(record.data);
    ASSERT_TRUE(delivery->Commit().ok());
  }
  EXPECT_EQ(delivered, (Strings{"parent", "child"}));
}

TEST_F(ReservationTest, AfterTheDeletionOfItsStreamItsCommitFails) {
  Reservation reservation = ReserveFor("gone");
  ASSERT_TRUE(test_.engine->DeleteStream("s").ok());
  EXPECT_TRUE(Fails(reservation.Commit(), absl::StatusCode::kNotFound, {"\"s\"", "deleted"}));
  EXPECT_FALSE(reservation.is_held());
  EXPECT_TRUE(Fails(stream_.Reserve("key", 1), absl::StatusCode::kNotFound));
  // What it held back is there again.
  EXPECT_EQ(test_.engine->Metrics().memory_held_bytes, test_.engine->Metrics().memory_cached_bytes);
}

TEST_F(ReservationTest, ItMayOutliveItsEngineAndEveryHandle) {
  for (const bool commits : {true, false}) {
    std::optional<TestEngine> engine(std::in_place);
    std::optional<Stream> stream = engine->engine->CreateStream("short").value();
    Reservation reservation = stream->Reserve("key", 5).value();
    engine->engine.reset();
    stream.reset();
    Write(reservation, "still");
    if (commits) {
      EXPECT_TRUE(Fails(reservation.Commit(), absl::StatusCode::kNotFound));
    }
  }
}

// --- Room

class FullStreamTest : public ReservationTest {
 protected:
  static constexpr uint64_t kCapacity = 32 * kKiB;

  Stream Create(OverflowPolicy policy) {
    return test_.engine
        ->CreateStream("full", {.shard_capacity_bytes = kCapacity, .overflow_policy = policy})
        .value();
  }
  const std::string data_ = std::string(kKiB, 'd');
};

TEST_F(FullStreamTest, AFullShardRefusesItAndWaitsForRoomUntilTheDeadline) {
  Stream stream = Create(OverflowPolicy::kReject);
  while (stream.Put({.partition_key = "key", .data = data_}).ok()) {
  }
  EXPECT_TRUE(Fails(stream.Reserve("key", data_.size()), absl::StatusCode::kResourceExhausted,
                    {"shard_capacity_bytes"}));
  const WaitingFor waiting("a deadline that is over");
  EXPECT_TRUE(absl::IsDeadlineExceeded(
      stream.Reserve("key", data_.size(), {}, test_.clock.Now()).status()));
  const Shard shard = OnlyShard(stream);
  std::thread consumer([&shard] {
    Iterator iterator = shard.CreateIterator(IteratorStart::Latest()).value();
    ASSERT_TRUE(shard.TrimBefore(iterator.position()).ok());
  });
  Reservation reservation = stream.Reserve("key", data_.size(), {}, absl::InfiniteFuture()).value();
  consumer.join();
  EXPECT_TRUE(reservation.Commit().ok());
}

TEST_F(FullStreamTest, WhatIsTrimmedWhileItIsHeldIsLostAndItsMemoryGoesWithIt) {
  Stream stream = Create(OverflowPolicy::kTrimOldest);
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  Reservation reservation = stream.Reserve("key", data_.size()).value();
  uint64_t more = 0;
  while (OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon())->position() <
         reservation.place().sequence_number) {
    ASSERT_TRUE(stream.Put({.partition_key = "key", .data = data_}).ok());
    ++more;
  }
  const auto set_aside_bytes = [this] {
    const EngineMetrics metrics = test_.engine->Metrics();
    return metrics.memory_held_bytes - metrics.memory_cached_bytes -
           metrics.streams[0].shards[0].memory_held_bytes;
  };
  EXPECT_GT(set_aside_bytes(), 0U);
  std::fill(reservation.data().begin(), reservation.data().end(), 'r');
  EXPECT_TRUE(reservation.Commit().ok());
  EXPECT_EQ(set_aside_bytes(), 0U);
  const Drained drained = Drain(iterator);
  EXPECT_EQ(drained.records + drained.lost, more + 1);
  EXPECT_GE(drained.lost, 1U);
}

TEST_F(FullStreamTest, ItExpiresByTheTimeAtWhichItWasReserved) {
  Stream stream = test_.engine->CreateStream("e", {.retention = absl::Seconds(1)}).value();
  Reservation reservation = stream.Reserve("key", 1).value();
  test_.clock.Advance(absl::Seconds(2));
  ASSERT_TRUE(stream.Put({.partition_key = "key", .data = "young"}).ok());
  Iterator iterator = OnlyShard(stream).CreateIterator(IteratorStart::TrimHorizon()).value();
  ASSERT_TRUE(reservation.Commit().ok());
  EXPECT_EQ(ReadData(iterator), (Strings{"young"}));
}

}  // namespace
}  // namespace kinesis
