// Histories of real threads on the public interface, each checked for linearizability.
//
// A round is a small run on a new stream. Two threads put to the same keys, some records in place,
// of which they hold some for long and cancel others. One splits and merges, and at times deletes
// the stream. One follows the lineage, trims what it has read and reads on. Time is an atomic
// counter. Threads are kept from round to round and start each one together.
//
// KINESIS_TEST_ROUNDS=n runs so many rounds; KINESIS_TEST_SEED=n changes the choices that threads
// make (not how they interleave). A failure prints the history.
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/linearizability/stream_model.h"
#include "kinesis_core/testing/watchdog.h"

namespace kinesis::testing {
namespace {

using Kind = StreamOperation::Kind;

constexpr uint64_t kKeys[] = {uint64_t{0x10} << 56, uint64_t{0x90} << 56};
constexpr uint64_t kSplitAt = uint64_t{0x80} << 56;
constexpr int kThreads = 4;

// One thread's part of a round.
class Process {
 public:
  Process(int number, std::atomic<uint64_t>* clock, uint64_t seed)
      : number_(number), clock_(*clock), random_(seed) {}

  StreamHistory& history() { return history_; }

  void Begin(const Stream& stream) {
    stream_ = stream;
    history_.clear();
    places_.clear();
  }
  void End() {
    places_.clear();
    stream_.reset();
  }

  void Produce() {
    constexpr uint32_t kPuts = 5;
    for (uint32_t i = 0; i < kPuts; ++i) {
      Dawdle();
      const uint64_t key = kKeys[random_() % 2];
      const uint32_t value = 10 * static_cast<uint32_t>(number_) + i;
      std::string data(random_() % 2 == 0 ? sizeof value : 2000, 'd');
      std::memcpy(data.data(), &value, sizeof value);
      StreamOperation put = Call(Kind::kPut);
      put.key = key;
      put.value = value;
      if (random_() % 2 == 0) {
        const absl::StatusOr<PutResult> result =
            stream_->Put({.data = data, .explicit_hash_key = HashKey::FromHalves(key, 0)});
        SetDeleted(result.status(), &put);
        if (result.ok()) SetPlace(*result, &put);
      } else {
        PutInPlace(data, &put);
      }
      Return(std::move(put));
    }
  }

  void Reshard(Engine& engine) {
    Dawdle();
    StreamOperation split = Call(Kind::kReshard);
    split.parents = {0};
    split.starts = {0, kSplitAt};
    const auto children = stream_->SplitShard(ShardId(0), HashKey::FromHalves(kSplitAt, 0));
    ASSERT_TRUE(children.ok()) << children.status();
    split.children = {(*children)[0].index(), (*children)[1].index()};
    Return(std::move(split));
    Dawdle();
    StreamOperation merge = Call(Kind::kReshard);
    merge.parents = {1, 2};
    merge.starts = {0};
    const auto child = stream_->MergeShards(ShardId(2), ShardId(1));
    ASSERT_TRUE(child.ok()) << child.status();
    merge.children = {child->index()};
    Return(std::move(merge));
    if (random_() % 4 != 0) return;
    Dawdle();
    StreamOperation erasure = Call(Kind::kDelete);
    erasure.shards = 4;
    ASSERT_TRUE(engine.DeleteStream("s").ok());
    Return(std::move(erasure));
  }

  // Reads where it may, and trims what it has read.
  void Consume() {
    constexpr int kReads = 8;
    Reach(ShardId(0));
    for (int i = 0; i < kReads && !places_.empty(); ++i) {
      Dawdle();
      auto place = places_.begin();
      std::advance(place, static_cast<ptrdiff_t>(random_() % places_.size()));
      const std::optional<SequenceNumber> last = ReadOnce(place->first, &place->second);
      if (last && random_() % 2 == 0) Trim(place->first, *last);
    }
  }

  // Reads every shard that is listed, from its beginning to where there is no more.
  void ReadAll() {
    for (const Shard& shard : stream_->ListShards()) {
      Reach(shard.id());
      while (ReadOnce(shard.id(), &places_.at(shard.id()))) {
      }
    }
  }

 private:
  struct Place {
    Iterator iterator;
    std::optional<uint64_t> index;  // unknown at first: what is trimmed already is not told of
  };

  // So that threads meet at other points in each round.
  void Dawdle() {
    constexpr uint64_t kMost = 300;
    const uint64_t turns = random_() % kMost;
    // Relaxed: only takes time.
    for (uint64_t i = 0; i < turns; ++i) idle_.fetch_add(1, std::memory_order_relaxed);
  }

  // As Dawdle, but now and then for so long that the others reshard or delete the stream meanwhile.
  void Hold() {
    if (random_() % 16 != 0) return Dawdle();
    std::this_thread::sleep_for(std::chrono::microseconds(300));
  }

  static void SetDeleted(const absl::Status& status, StreamOperation* put) {
    put->deleted = absl::IsNotFound(status);
    EXPECT_TRUE(status.ok() || put->deleted) << status;
  }
  static void SetPlace(const PutResult& place, StreamOperation* put) {
    put->shard = place.shard_id.index();
    put->index = place.sequence_number.index() - 1;
  }

  // A put by Reserve and Commit, or now and then Cancel. A reservation has its place for as long as
  // it is held, also where the stream has been deleted before it is committed.
  void PutInPlace(std::string_view data, StreamOperation* put) {
    absl::StatusOr<Reservation> reservation =
        stream_->Reserve("", data.size(), HashKey::FromHalves(put->key, 0));
    SetDeleted(reservation.status(), put);
    if (!reservation.ok()) return;
    SetPlace(reservation->place(), put);
    Hold();
    std::memcpy(reservation->data().data(), data.data(), data.size());
    if (random_() % 4 == 0) {
      reservation->Cancel();
      put->is_void = true;
      return;
    }
    SetDeleted(reservation->Commit().status(), put);
    put->is_void = put->deleted;
  }

  // Sequentially consistent, both: what is earlier in time happens before.
  StreamOperation Call(Kind kind) {
    StreamOperation operation;
    operation.kind = kind;
    operation.process = number_;
    operation.called = clock_.fetch_add(1, std::memory_order_seq_cst);
    return operation;
  }
  void Return(StreamOperation operation) {
    operation.returned = clock_.fetch_add(1, std::memory_order_seq_cst);  // as above
    history_.push_back(std::move(operation));
  }

  void Reach(ShardId id) {
    const absl::StatusOr<Shard> shard = stream_->FindShard(id);
    if (!shard.ok()) return;
    const auto iterator = shard->CreateIterator(IteratorStart::TrimHorizon());
    if (iterator.ok()) places_.emplace(id, Place{*iterator, std::nullopt});
  }

  // The last record that was read, if there was one.
  std::optional<SequenceNumber> ReadOnce(ShardId id, Place* place) {
    StreamOperation read = Call(Kind::kRead);
    read.shard = id.index();
    const ReadResult batch = place->iterator.Read({.max_records = 4});
    if (!batch.ok()) {
      EXPECT_TRUE(absl::IsNotFound(batch.status())) << batch.status();
      read.deleted = true;
      Return(std::move(read));
      return std::nullopt;
    }
    for (const RecordView& record : *batch) {
      uint32_t value = 0;
      std::memcpy(&value, record.data.data(), sizeof value);
      read.values.push_back(value);
    }
    read.lost = batch->records_lost();
    read.at_end = batch->end_of_shard();
    read.at_tip = batch->size() < 4 && !read.at_end;
    for (const ShardId child : batch->child_shards()) read.children.push_back(child.index());
    std::optional<SequenceNumber> last;
    if (!batch->empty()) last = (*batch)[batch->size() - 1].sequence_number;
    // Where the first read begins that finds anything is taken from what it found.
    if (!place->index && last) {
      place->index = (*batch)[0].sequence_number.index() - 1 - read.lost;
    }
    if (place->index) {
      read.index = *place->index;
      place->index = last ? last->index() : read.index + read.lost;
      Return(std::move(read));
    }
    for (const ShardId child : batch->child_shards()) Reach(child);
    return last;
  }

  void Trim(ShardId id, const SequenceNumber& number) {
    const absl::StatusOr<Shard> shard = stream_->FindShard(id);
    if (!shard.ok()) return;
    StreamOperation trim = Call(Kind::kTrim);
    trim.shard = id.index();
    trim.index = number.index() - 1;
    if (shard->TrimBefore(number).ok()) Return(std::move(trim));
  }

  const int number_;
  std::atomic<uint64_t>& clock_;
  std::mt19937_64 random_;
  std::atomic<uint64_t> idle_{0};
  std::optional<Stream> stream_;
  StreamHistory history_;
  std::map<ShardId, Place> places_;
};

TEST(ThreadedHistoryTest, HistoriesOfThreadsAreLinearizable) {
  const uint64_t rounds = FromEnvironment("KINESIS_TEST_ROUNDS", 1'500);
  const uint64_t seed = FromEnvironment("KINESIS_TEST_SEED", 1);
  std::atomic<uint64_t> clock{1};
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i <= kThreads; ++i) {
    processes.push_back(std::make_unique<Process>(i, &clock, seed + static_cast<uint64_t>(i)));
  }
  auto engine = Engine::Create().value();
  const std::function<void()> work[kThreads] = {
      [&] { processes[0]->Produce(); }, [&] { processes[1]->Produce(); },
      [&] { processes[2]->Reshard(*engine); }, [&] { processes[3]->Consume(); }};
  std::barrier start(kThreads + 1);
  std::barrier finish(kThreads + 1);
  std::vector<std::thread> threads;
  for (const std::function<void()>& part : work) {
    threads.emplace_back([&start, &finish, &part, rounds] {
      for (uint64_t round = 0; round < rounds; ++round) {
        start.arrive_and_wait();
        part();
        finish.arrive_and_wait();
      }
    });
  }
  uint64_t operations = 0;
  uint64_t overlapping = 0;
  uint64_t configurations = 0;
  for (uint64_t round = 0; round < rounds; ++round) {
    const Stream stream = engine->CreateStream("s").value();
    for (const auto& process : processes) process->Begin(stream);
    {
      const WaitingFor waiting("the threads of round " + std::to_string(round) +
                               " to return, KINESIS_TEST_SEED=" + std::to_string(seed));
      start.arrive_and_wait();
      finish.arrive_and_wait();
    }
    processes[kThreads]->ReadAll();
    StreamHistory history;
    for (const auto& process : processes) {
      history.insert(history.end(), process->history().begin(), process->history().end());
      process->End();
    }
    engine->DeleteStream("s").IgnoreError();
    // Called and returned with nothing between: alone.
    for (const StreamOperation& each : history) {
      overlapping += each.returned - each.called > 1 ? 1 : 0;
    }
    operations += history.size();
    if (HasFailure()) continue;  // the threads go on to the last round
    const HistoryVerdict verdict = StreamHistoryChecker::Check(StreamModel({0}), history);
    configurations += verdict.configurations;
    EXPECT_TRUE(verdict.linearizable) << "round " << round << ", KINESIS_TEST_SEED=" << seed << "\n"
                                      << verdict.report;
  }
  for (std::thread& thread : threads) thread.join();
  std::printf(
      "%llu histories checked: %llu operations, %llu of them overlapped with another; "
      "%llu configurations\n",
      static_cast<unsigned long long>(rounds), static_cast<unsigned long long>(operations),
      static_cast<unsigned long long>(overlapping),
      static_cast<unsigned long long>(configurations));
}

}  // namespace
}  // namespace kinesis::testing
