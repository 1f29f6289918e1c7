#include "kinesis_core/testing/conformance/engine_comparison.h"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/internal/reference_stream.h"

namespace kinesis::testing {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr size_t kMostOpenShards = 12;
constexpr size_t kMostIterators = 8;
constexpr uint64_t kLargestData = 3000;

class Comparison {
 public:
  Comparison(Choices& choices, bool print) : choices_(choices), print_(print) {
    backward_ = Chance(2);
    capacity_ = std::vector<uint64_t>{32 * kKiB, 64 * kKiB, 100 * kKiB, 1024 * kKiB}[Below(4)];
    budget_ = std::vector<uint64_t>{64 * kKiB, 256 * kKiB, 8192 * kKiB}[Below(3)];
    policy_ = Chance(2) ? OverflowPolicy::kTrimOldest : OverflowPolicy::kReject;
    engine_ = Engine::Create({.memory_budget_bytes = budget_,
                              .memory_cache_bytes = Chance(2) ? 0 : budget_ / 4,
                              .clock = &clock_})
                  .value();
    Create();
  }

  // Runs so many operations, while there are choices; stops at the first that differs.
  void Run(int operations) {
    for (int i = 0; i < operations && !choices_.exhausted(); ++i) {
      step_.str("");
      step_ << "step " << i << ": ";
      Step();
      if (print_) std::cout << step_.str() << "\n";
      if (::testing::Test::HasFailure()) break;
      CompareHorizons();
      CompareListing(i % 5 == 0);
      if (::testing::Test::HasFailure()) break;
    }
    if (::testing::Test::HasFailure()) {
      std::cout << "failed at " << step_.str() << "\n";
      return;
    }
    CompareEverything();
  }

 private:
  struct Reader {
    Iterator iterator;
    ReferenceStream::Place place;
  };

  uint64_t Below(uint64_t bound) { return choices_.Below(bound); }
  bool Chance(uint64_t one_in) { return Below(one_in) == 0; }
  int64_t Now() const { return clock_.NowMillis(); }

  void Create() {
    const auto shards = static_cast<int64_t>(1 + Below(4));
    const int64_t retention_ms = RandomRetention();
    const auto partitioner = Chance(2) ? Md5Partitioner() : Xxh3Partitioner();
    stream_ = engine_
                  ->CreateStream("s", {.shard_count = shards,
                                       .retention = absl::Milliseconds(retention_ms),
                                       .shard_capacity_bytes = capacity_,
                                       .overflow_policy = policy_,
                                       .partitioner = partitioner})
                  .value();
    reference_ =
        std::make_unique<ReferenceStream>(shards, retention_ms, partitioner, clock_.NowMillis());
    was_closed_ = false;
    shards_.clear();
    readers_.clear();
    expired_.clear();
    latest_ms_ = Now();
    LearnShards();
  }

  int64_t RandomRetention() {
    return static_cast<int64_t>(std::vector<uint64_t>{1, 50, 1000, 20'000, 86'400'000}[Below(5)]);
  }

  void Step() {
    pressed_.clear();
    const uint64_t kind = Below(100);
    if (kind < 30) return Put();
    if (kind < 42) return PutBatch();
    if (kind < 60) return Read();
    if (kind < 70) return NewReader();
    if (kind < 80) return MoveClock();
    if (kind < 84) return Split();
    if (kind < 88) return Merge();
    if (kind < 90) return Reshard();
    if (kind < 93) return SetRetention();
    if (kind < 98) return TrimBefore();
    if (kind < 99) return CompareEverything();
    if (Chance(3)) return DeleteAndCreate();
    if (Chance(12)) return Close();
  }

  // --- Operations

  // The bytes that a record points to live until the next call of NewRecords.
  std::vector<Record> NewRecords(size_t count) {
    bytes_.clear();
    std::vector<Record> records;
    for (size_t i = 0; i < count; ++i) {
      const uint64_t size = Chance(4) ? Below(kLargestData) : Below(60);
      bytes_.push_back(std::make_unique<std::string>(size, static_cast<char>('a' + Below(26))));
      bytes_.push_back(std::make_unique<std::string>(
          Chance(8) ? std::string() : "key " + std::to_string(Below(40))));
      Record record{.partition_key = *bytes_[2 * i + 1], .data = *bytes_[2 * i]};
      if (Chance(5)) record.explicit_hash_key = RandomKey();
      records.push_back(record);
    }
    return records;
  }

  HashKey RandomKey() {
    if (Chance(8)) return HashKey::Min();
    if (Chance(8)) return HashKey::Max();
    const uint64_t high = Below(0);
    return HashKey::FromHalves(high, Below(0));
  }

  void Put() {
    const Record record = NewRecords(1)[0];
    const MemoryBefore before = Memory();
    Apply(record, stream_->Put(record), before, record.data.size() + 100);
  }

  void PutBatch() {
    const std::vector<Record> records = NewRecords(Below(60));
    step_ << "batch of " << records.size();
    uint64_t bytes = 0;
    for (const Record& record : records) bytes += record.data.size() + 100;
    const MemoryBefore before = Memory();
    const auto results = stream_->PutBatch(records);
    ASSERT_EQ(results.size(), records.size());
    for (size_t i = 0; i < records.size() && !::testing::Test::HasFailure(); ++i) {
      Apply(records[i], results[i], before, bytes);
    }
  }

  // Memory in use before an operation.
  struct MemoryBefore {
    uint64_t engine;
    std::map<ShardId, uint64_t> shards;
  };
  MemoryBefore Memory() {
    MemoryBefore memory;
    const EngineMetrics metrics = engine_->Metrics();
    memory.engine = metrics.memory_held_bytes - metrics.memory_cached_bytes;
    for (const ShardMetrics& shard : metrics.streams[0].shards) {
      memory.shards[shard.shard_id] = shard.memory_held_bytes;
    }
    return memory;
  }

  // Compares one put; `bytes` is what the whole operation puts at the most.
  void Apply(const Record& record, const absl::StatusOr<PutResult>& result,
             const MemoryBefore& before, uint64_t bytes) {
    if (stream_->is_closed()) {
      ASSERT_TRUE(absl::IsFailedPrecondition(result.status())) << result.status();
      return;
    }
    const ShardId shard = reference_->Route(record);
    step_ << " put " << record.data.size() << " bytes to " << shard.index() << " -> "
          << result.status().code();
    // The next segment is at most as large as the capacity allows, or as a record needs.
    const uint64_t segment = std::max<uint64_t>({4 * kKiB, capacity_ / 8, 16 * kKiB});
    const uint64_t wanted = segment + 4 * bytes;
    const bool shard_short = before.shards.at(shard) + wanted > capacity_;
    const bool engine_short = before.engine + wanted > budget_;
    if (shard_short || engine_short) pressed_.insert(shard);
    if (!result.ok()) {
      ASSERT_TRUE(absl::IsResourceExhausted(result.status())) << result.status();
      ASSERT_TRUE(policy_ == OverflowPolicy::kReject ? shard_short || engine_short : engine_short)
          << "refused with " << before.engine << " bytes in use";
      return;
    }
    // A clock that was set back leaves its mark in arrival times: the shard may hold on to any time
    // that has been. Otherwise the reference knows it.
    const PutResult expected = reference_->Put(record, Now(), ArrivalFloor(*result));
    ASSERT_EQ(result->shard_id, expected.shard_id);
    ASSERT_EQ(result->sequence_number, expected.sequence_number);
  }

  int64_t ArrivalFloor(const PutResult& result) {
    if (!backward_) return INT64_MIN;
    Iterator iterator = shards_.at(result.shard_id)
                            .CreateIterator(IteratorStart::AtSequenceNumber(result.sequence_number))
                            .value();
    const RecordBatch batch = iterator.Read({.max_records = 1}).value();
    int64_t floor_ms = static_cast<int64_t>(result.sequence_number.time_seconds()) * 1000;
    if (!batch.empty() && batch[0].sequence_number == result.sequence_number) {
      floor_ms = absl::ToUnixMillis(batch[0].arrival_time);
    }
    EXPECT_LE(floor_ms, latest_ms_) << "arrived later than it ever was";
    return floor_ms;
  }

  void MoveClock() {
    int64_t step = 0;
    if (Chance(3)) {
      step = static_cast<int64_t>(Below(3));
    } else {
      step = static_cast<int64_t>(Below(std::vector<uint64_t>{100, 2000, 30'000}[Below(3)]));
    }
    if (backward_ && Chance(4)) step = -step;
    step_ << "clock " << step << " ms";
    clock_.Advance(absl::Milliseconds(step));
    latest_ms_ = std::max(latest_ms_, Now());
  }

  ShardId AnyShard() {
    // Now and then one that there is not.
    if (Chance(20)) return ShardId(static_cast<uint32_t>(shards_.size() + Below(3)));
    return ShardId(static_cast<uint32_t>(Below(shards_.size())));
  }
  ShardId AnyOpenShard() {
    const std::vector<ShardId> open = OpenShards();
    return open.empty() ? AnyShard() : open[Below(open.size())];
  }
  std::vector<ShardId> OpenShards() {
    std::vector<ShardId> open;
    for (const auto& [id, shard] : shards_) {
      if (shard.is_open()) open.push_back(id);
    }
    return open;
  }

  void Split() {
    if (OpenShards().size() >= kMostOpenShards) return;
    const ShardId id = Chance(4) ? AnyShard() : AnyOpenShard();
    std::optional<HashKey> at;
    if (Chance(2)) at = RandomKey();
    step_ << "split " << id.index();
    const auto result = at ? stream_->SplitShard(id, *at) : stream_->SplitShard(id);
    const auto expected = reference_->Split(id, at, Now());
    ExpectSame(result.status(), expected.status());
    if (result.ok() && expected.ok()) {
      ASSERT_EQ(*result, *expected);
    }
    LearnShards();
  }

  void Merge() {
    const ShardId one = Chance(4) ? AnyShard() : AnyOpenShard();
    const ShardId other = Chance(4) ? AnyShard() : AnyOpenShard();
    step_ << "merge " << one.index() << " " << other.index();
    const auto result = stream_->MergeShards(one, other);
    const auto expected = reference_->Merge(one, other, Now());
    ExpectSame(result.status(), expected.status());
    if (result.ok() && expected.ok()) {
      ASSERT_EQ(*result, *expected);
    }
    LearnShards();
  }

  void Reshard() {
    const auto count = static_cast<int64_t>(1 + Below(kMostOpenShards));
    step_ << "reshard to " << count;
    if (stream_->is_closed()) {
      ASSERT_TRUE(absl::IsFailedPrecondition(stream_->ReshardUniformly(count)));
      return;
    }
    ASSERT_TRUE(stream_->ReshardUniformly(count).ok());
    reference_->ReshardUniformly(count, Now());
    LearnShards();
  }

  void SetRetention() {
    const int64_t retention_ms = RandomRetention();
    step_ << "retention " << retention_ms << " ms";
    ASSERT_TRUE(stream_->SetRetention(absl::Milliseconds(retention_ms)).ok());
    reference_->SetRetention(retention_ms, Now());
    ASSERT_EQ(stream_->retention(), absl::Milliseconds(retention_ms));
  }

  // A number in or near the shard: of a record, of none, of the future, of another shard.
  SequenceNumber RandomNumber(ShardId id) {
    const ReferenceStream::ShardState shard = reference_->Find(id);
    if (Chance(12)) return SequenceNumber();
    if (Chance(8)) return SequenceNumber::ShardStart(shard.created_s, id.index());
    if (!shard.open && Chance(8)) {
      return SequenceNumber::ShardEnd(shard.created_s, id.index(), shard.closed_s);
    }
    const uint64_t index = Below(shard.end_index() + (Chance(4) ? 3 : 0));
    uint64_t seconds = static_cast<uint64_t>(Now()) / 1000;
    if (index >= shard.first_index && index < shard.end_index()) {
      seconds = shard.records[index - shard.first_index].number.time_seconds();
    }
    if (Chance(3)) seconds += Below(5) - 2;
    return SequenceNumber::Make(shard.created_s + (Chance(20) ? 1 : 0),
                                id.index() + (Chance(20) ? 1 : 0), index, seconds);
  }

  void TrimBefore() {
    const ShardId id(static_cast<uint32_t>(Below(shards_.size())));
    const SequenceNumber number = RandomNumber(id);
    step_ << "trim " << id.index() << " before " << number.index();
    const absl::Status status = shards_.at(id).TrimBefore(number);
    const absl::Status expected = reference_->TrimBefore(id, number);
    ASSERT_EQ(status.code(), expected.code()) << status;
  }

  void NewReader() {
    const ShardId id(static_cast<uint32_t>(Below(shards_.size())));
    std::optional<IteratorStart> start;
    switch (Below(5)) {
      case 0:
        start = IteratorStart::TrimHorizon();
        break;
      case 1:
        start = IteratorStart::Latest();
        break;
      case 2:
        start = IteratorStart::AtSequenceNumber(RandomNumber(id));
        break;
      case 3:
        start = IteratorStart::AfterSequenceNumber(RandomNumber(id));
        break;
      default:
        start = IteratorStart::AtTimestamp(
            clock_.Now() + absl::Milliseconds(10) -
            absl::Microseconds(Below(std::vector<uint64_t>{20'000, 5'000'000}[Below(2)])));
    }
    step_ << "iterator in " << id.index() << ", kind " << static_cast<int>(start->kind()) << ", "
          << start->sequence_number().index();
    auto iterator = shards_.at(id).CreateIterator(*start);
    const auto place = reference_->Start(id, *start, Now());
    ASSERT_EQ(iterator.status().code(), place.status().code()) << iterator.status();
    if (!iterator.ok()) return;
    if (readers_.size() == kMostIterators) {
      readers_[Below(kMostIterators)] = Reader{*iterator, *place};
    } else {
      readers_.push_back(Reader{*iterator, *place});
    }
  }

  void Read() {
    if (readers_.empty()) return;
    ReadLimits limits;
    if (Chance(2)) limits.max_records = 1 + Below(100);
    if (Chance(3)) limits.max_bytes = 1 + Below(5000);
    Reader& reader = readers_[Below(readers_.size())];
    step_ << "read in " << reader.place.shard.index() << " from " << reader.place.index;
    CompareRead(reader, limits);
  }

  void CompareRead(Reader& reader, const ReadLimits& limits) {
    const ReadResult batch = reader.iterator.Read(limits);
    ASSERT_TRUE(batch.ok()) << batch.status();
    const auto expected = reference_->Read(&reader.place, limits, Now());
    ASSERT_EQ(batch->size(), expected.records.size());
    ASSERT_EQ(batch->records_lost(), expected.lost);
    ASSERT_EQ(batch->end_of_shard(), expected.end_of_shard);
    ASSERT_EQ(std::vector<ShardId>(batch->child_shards().begin(), batch->child_shards().end()),
              expected.child_shards);
    ASSERT_EQ(batch->behind_latest(), absl::Milliseconds(expected.behind_latest_ms));
    size_t i = 0;
    for (const RecordView& record : *batch) {
      const ReferenceStream::StoredRecord& stored = expected.records[i++];
      ASSERT_EQ(record.sequence_number, stored.number);
      ASSERT_EQ(record.data, stored.data);
      ASSERT_EQ(record.partition_key, stored.key);
      ASSERT_EQ(record.arrival_time, absl::FromUnixMillis(stored.arrival_ms));
    }
  }

  void Close() {
    step_ << "close";
    ASSERT_TRUE(stream_->Close().ok());
    ASSERT_TRUE(stream_->is_closed());
    if (!was_closed_) reference_->Close(Now());
    was_closed_ = true;
    ASSERT_TRUE(OpenShards().empty());
  }

  void DeleteAndCreate() {
    step_ << "delete and create";
    ASSERT_TRUE(engine_->DeleteStream("s").ok());
    for (Reader& reader : readers_) {
      ASSERT_TRUE(absl::IsNotFound(reader.iterator.Read().status()));
    }
    ASSERT_TRUE(absl::IsNotFound(stream_->Put({.data = "d"}).status()));
    readers_.clear();
    shards_.clear();
    const EngineMetrics metrics = engine_->Metrics();
    ASSERT_EQ(metrics.memory_held_bytes, metrics.memory_cached_bytes);
    Create();
  }

  // --- What is compared after each step

  // Takes handles of shards that are new, so that they can be looked into after they are forgotten.
  void LearnShards() {
    for (Shard& shard : stream_->ListShards()) shards_.emplace(shard.id(), shard);
  }

  // A shard that was closed after the clock went back may be listed longer than the reference
  // thinks: as long as any time that there was suggests.
  void ExpectSame(const absl::Status& status, const absl::Status& expected) {
    const bool closed_or_gone = absl::IsFailedPrecondition(status) && absl::IsNotFound(expected);
    if (backward_ && closed_or_gone) return;
    ASSERT_EQ(status.code(), expected.code()) << status;
  }

  void CompareListing(bool closely) {
    const std::vector<Shard> listed = stream_->ListShards();
    std::vector<ShardId> ids;
    for (const Shard& shard : listed) ids.push_back(shard.id());
    const std::vector<ShardId> expected = reference_->List(Now());
    if (backward_) {
      // Never less than the reference.
      ASSERT_TRUE(std::includes(ids.begin(), ids.end(), expected.begin(), expected.end()))
          << ::testing::PrintToString(ids) << " does not include "
          << ::testing::PrintToString(expected);
    } else {
      ASSERT_EQ(ids, expected);
    }
    if (!closely) return;
    for (const Shard& shard : listed) {
      const ReferenceStream::ShardState state = reference_->Find(shard.id());
      ASSERT_EQ(shard.hash_key_range(), state.range);
      ASSERT_EQ(shard.parents(), state.parents);
      ASSERT_EQ(shard.children(), state.children);
      ASSERT_EQ(shard.is_open(), state.open);
      ASSERT_EQ(shard.starting_sequence_number(),
                SequenceNumber::ShardStart(state.created_s, state.id.index()));
      ASSERT_EQ(shard.ending_sequence_number().has_value(), !state.open);
      ASSERT_EQ(shard.opened_at(), absl::FromUnixMillis(state.opened_ms));
      ASSERT_EQ(shard.closed_at().has_value(), !state.open);
      if (!state.open) {
        ASSERT_EQ(*shard.closed_at(), absl::FromUnixMillis(state.closed_ms));
        ASSERT_EQ(*shard.ending_sequence_number(),
                  SequenceNumber::ShardEnd(state.created_s, state.id.index(), state.closed_s));
      }
      const ShardMetrics metrics = shard.Metrics();
      ASSERT_EQ(metrics.incoming_records, state.end_index() - 1);
      ASSERT_LE(metrics.memory_held_bytes, capacity_);
    }
    ASSERT_LE(engine_->Metrics().memory_held_bytes, budget_);
  }

  // The oldest readable record of each shard.
  void CompareHorizons() {
    for (const auto& [id, shard] : shards_) {
      const uint64_t expected = reference_->OldestReadable(id, Now());
      uint64_t& expired = expired_[id];
      expired = std::max(expired, expected);
      Iterator iterator = shard.CreateIterator(IteratorStart::TrimHorizon()).value();
      const RecordBatch batch = iterator.Read({.max_records = 1}).value();
      ASSERT_EQ(batch.records_lost(), 0U);
      const uint64_t end = reference_->Find(id).end_index();
      const uint64_t oldest = batch.empty() ? end : batch[0].sequence_number.index();
      ASSERT_GE(oldest, expected) << "shard " << id << " shows what is gone";
      ASSERT_LE(oldest, end);
      if (oldest == expected) continue;
      const bool may_trim = policy_ == OverflowPolicy::kTrimOldest && pressed_.count(id) > 0;
      ASSERT_TRUE(oldest <= expired || may_trim)
          << "shard " << id << " lost records " << expected << " to " << oldest - 1;
      reference_->TrimTo(id, oldest);
      expired = std::max(expired, oldest);
    }
  }

  void CompareEverything() {
    step_ << "compare everything";
    CompareHorizons();
    CompareListing(true);
    for (const auto& [id, shard] : shards_) {
      Reader reader{shard.CreateIterator(IteratorStart::TrimHorizon()).value(),
                    reference_->Start(id, IteratorStart::TrimHorizon(), Now()).value()};
      CompareRead(reader, {});
      if (::testing::Test::HasFailure()) return;
    }
  }

  SimulatedClock clock_;
  Choices& choices_;
  const bool print_;
  bool backward_;  // the clock may go back
  bool was_closed_ = false;
  uint64_t capacity_;
  uint64_t budget_;
  OverflowPolicy policy_;
  std::unique_ptr<Engine> engine_;
  std::optional<Stream> stream_;
  std::unique_ptr<ReferenceStream> reference_;
  std::map<ShardId, Shard> shards_;  // all there ever were
  std::map<ShardId, uint64_t>
      expired_;                // below which everything has expired, or gone, at some time
  std::set<ShardId> pressed_;  // to which the last step put while memory was short
  std::vector<Reader> readers_;
  std::vector<std::unique_ptr<std::string>> bytes_;
  int64_t latest_ms_ = 0;
  std::ostringstream step_;
};

}  // namespace

void CompareWithReference(Choices& choices, int operations, bool print) {
  Comparison(choices, print).Run(operations);
}

}  // namespace kinesis::testing
