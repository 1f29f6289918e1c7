// Power that is lost at random calls, and what the next engine finds on the disk.
//
// A world is a SimulatedDisk with an engine on it: streams of every durability that keeps files,
// puts of every kind, syncs, splits and merges, trims, time that goes by, a consumer group, streams
// that come and go. At a call that the seed chooses the power goes, or the process is killed; so it
// may in the recovery that follows, three deep. A model knows what was put and what was promised of
// it. What the next engine has is held against that:
//
//   kept      what was promised is there, once, in order, under its sequence number, byte for byte
//   prefix    of what was put to a shard and not promised, the first so many records are there
//   invented  nothing else is; what was not there once does not come back
//   numbers   no sequence number is given twice in the whole life of a stream (of kProcess: until
//             power is lost, or the disk fails)
//   goes on   puts work, and are kept by what comes then
//
// Other worlds have a disk of which a call or a sync fails, and a disk of which a bit flips.
//
// KINESIS_CRASHES=n makes so many of each kind (bazel test gives 150); KINESIS_TEST_SEED=n begins
// with that world.
// KINESIS_TRACE=1 prints what happens.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/directory_check.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/file_system.h"
#include "kinesis_core/simulated_clock.h"
#include "kinesis_core/testing/faulty_file_system.h"
#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/simulated_disk.h"

namespace kinesis::testing {
namespace {

constexpr char kDirectory[] = "/engine";
constexpr char kGroupName[] = "group";
constexpr char kWhy[] = "Input/output error";  // of the disk that fails, or is full
constexpr size_t kStreamsMost = 4;
constexpr size_t kOpenShardsMost = 5;
constexpr uint64_t kSmallCapacity = uint64_t{32} << 10;
constexpr absl::Duration kSyncInterval = absl::Seconds(1);

// What has ended since the model was compared with what is there. A later one takes more.
enum class Ending { kNothing, kProcess, kPower };

// A record that was put, or may have been.
struct Entry {
  uint64_t id = 0;
  std::string data;
  std::string key;
  std::optional<SequenceNumber> number;  // none: nobody was told
  absl::Time put_at;
  bool is_promised = false;       // to outlive a loss of power
  bool may_be_trimmed = false;    // a trim of it has begun
  bool is_gone = false;           // trimmed or expired: a loss of power may bring it back
  bool is_committed = false;      // by the group, for certain
  bool may_be_committed = false;  // a commit of it has begun
  std::string Flags() const {
    return absl::StrCat(number ? "" : "?", is_promised ? "!" : "", may_be_trimmed ? "-" : "",
                        is_gone ? "x" : "");
  }

  bool is_delivered = false;  // to the group since it was opened
};

struct ModelStream {
  std::string name;
  StreamOptions options;
  std::map<uint32_t, std::vector<Entry>> shards;  // by index
  std::set<SequenceNumber> given;
  bool is_made = false;  // for certain
  bool is_promised = false;
  bool may_be_deleted = false;
  bool is_deleted = false;  // for certain, but for a loss of power unless that is promised, too
  bool is_deletion_promised = false;

  bool IsSmall() const { return options.shard_capacity_bytes == kSmallCapacity; }
  bool IsOfPower() const { return options.durability != Durability::kProcess; }
};

// What a shard has, as it was read.
struct Found {
  SequenceNumber number;
  std::string data;
  std::string key;
};

std::string DataOf(uint64_t id, size_t size) {
  std::string data(sizeof id + size, static_cast<char>('a' + id % 26));
  std::memcpy(data.data(), &id, sizeof id);
  return data;
}

uint64_t IdOf(std::string_view data) {
  uint64_t id = UINT64_MAX;
  if (data.size() >= sizeof id) std::memcpy(&id, data.data(), sizeof id);
  return id;
}

bool IsFull(const absl::Status& status) {
  return absl::IsResourceExhausted(status) || absl::IsOutOfRange(status);
}

class World {
 public:
  explicit World(uint64_t seed) : seed_(seed), random_(seed), disk_(seed) {}
  ~World() {
    // Puts its files back; nobody looks.
    LetGo();
  }

  // --- What happens

  // Works for so many steps, or until the run ends at the call that was planned.
  void Work(uint64_t steps) {
    for (uint64_t i = 0; i < steps && disk_.is_running() && IsFine(); ++i) Step();
  }

  void PlanEnd() {
    const uint64_t calls = Below(uint64_t{1} << Below(8));
    if (OneIn(3)) {
      Trace([&] { return absl::StrCat("will be killed within ", calls, " calls"); });
      disk_.KillWithin(calls);
    } else {
      Trace([&] { return absl::StrCat("will lose power within ", calls, " calls"); });
      disk_.LosePowerWithin(calls);
    }
  }

  // Ends the run, in one way or another, unless it has ended.
  void End() {
    if (disk_.is_running() && OneIn(3)) {
      Trace([] { return "loses power"; });
      disk_.LosePower();
    } else if (disk_.is_running() && OneIn(2)) {
      Trace([] { return "is killed"; });
      disk_.Kill();
    }
    Close();
  }
  void LosePower() {
    disk_.LosePower();
    LetGo();
    disk_.Start();
    disk_.LosePower();  // if it had been killed before
  }
  // In which the planned end may come. Otherwise everything is on the disk then, as long as no
  // other engine has the directory.
  void Close() {
    LetGo();
    if (!disk_.is_running() || is_faulty_) return;
    Trace([] { return "is closed"; });
    for (auto& [name, stream] : streams_) {
      stream.is_promised |= stream.is_made;
      stream.is_deletion_promised |= stream.is_deleted;
      PromiseBefore(stream, absl::InfiniteFuture());
    }
    if (OneIn(3)) {
      Trace([] { return "loses power when it is closed"; });
      disk_.LosePower();
    }
  }

  // Opens the directory again, perhaps after recoveries that ended in the midst, and looks at what
  // is there.
  void Reopen() {
    for (uint64_t deep = Below(4); deep > 0 && engine_ == nullptr && IsFine(); --deep) {
      disk_.Start();
      PlanEnd();
      if (!TryOpen() && disk_.is_running()) {
        ADD_FAILURE() << "recovery failed: " << opened_ << Where();
      }
    }
    if (engine_ == nullptr && IsFine()) {
      disk_.Start();
      disk_.LosePowerWithin(UINT64_MAX);
      if (!TryOpen()) ADD_FAILURE() << "recovery failed: " << opened_ << Where();
    }
    if (!IsFine()) return;
    EXPECT_EQ(report_.damaged_records, 0U) << Where();
    EXPECT_EQ(report_.damaged_blocks, 0U) << Where();
    for (const DirectoryDamage& damage : report_.wal_damage) {
      ADD_FAILURE() << damage.file << " at " << damage.at.value_or(0) << ": " << damage.what
                    << Where();
    }
    Check();
    if (IsFine() && OneIn(4)) DrainGroup();
  }

  void SyncAll() {
    for (auto& [name, stream] : streams_) {
      if (stream.is_made && !stream.may_be_deleted) SyncStream(stream);
    }
  }

  bool IsFine() const { return !::testing::Test::HasFailure(); }
  std::string Where() const { return absl::StrCat("; KINESIS_TEST_SEED=", seed_); }

  // --- What is wrong with the disk

  // A call to come fails, or some do, without the end of the run.
  void FailSomething() {
    disk_.LosePowerWithin(UINT64_MAX);  // what Reopen had planned
    is_faulty_ = true;
    had_faults_ = true;
    if (OneIn(2)) {
      const uint64_t syncs = Below(6);
      Trace([&] { return absl::StrCat("a sync will fail after ", syncs); });
      disk_.FailSync(syncs);
      return;
    }
    FileFault fault;
    if (OneIn(2)) {
      constexpr FileCall kCalls[] = {FileCall::kWrite, FileCall::kAllocate, FileCall::kOpen,
                                     FileCall::kRename, FileCall::kSyncDirectory};
      fault.call = kCalls[Below(std::size(kCalls))];
    }
    fault.skip = Below(uint64_t{1} << Below(6));
    fault.times = OneIn(3) ? FileFault::kAlways : 1 + Below(3);
    fault.status = OneIn(2) ? absl::DataLossError(kWhy) : absl::ResourceExhaustedError(kWhy);
    fault.bytes_written = OneIn(2) ? Below(2000) : 0;
    fault.is_done = OneIn(4);
    Trace([&] {
      return absl::StrCat("calls will fail after ", fault.skip, ": ", fault.status.ToString());
    });
    files_.Fail(std::move(fault));
  }
  // What has failed so far may have been done or not; from here on nothing fails.
  void FailNothing() {
    is_faulty_ = false;
    files_.FailNothing();
    disk_.FailSync(UINT64_MAX);
  }

  // Opens the directory while a call may fail: that says so, and changes nothing for the worse.
  void ReopenOnFaultyDisk() {
    disk_.Start();
    if (!TryOpen()) {
      EXPECT_FALSE(opened_.message().empty());
      FailNothing();
      // The system may have dropped a part of what a sync failed to write, and kept what is behind
      // it. That is damage, as long as the system runs that could have told.
      if (!TryOpen() && absl::IsDataLoss(opened_)) {
        disk_.LosePower();
        disk_.Start();
        TryOpen();
      }
      if (!opened_.ok()) ADD_FAILURE() << "recovery failed: " << opened_ << Where();
    }
    FailNothing();
    if (IsFine()) Check();
  }

  // --- A flipped bit

  // Flips one on the platter, opens the directory, and looks at what is there: no byte of it is
  // wrong, and if anything is missing, that is said.
  void FlipAndReopen();
  // For what that found.
  bool was_refused() const { return !opened_.ok(); }
  uint64_t missing() const { return missing_; }

 private:
  // --- Chance

  uint64_t Below(uint64_t end) { return random_() % end; }
  bool OneIn(uint64_t n) { return random_() % n == 0; }

  template <class Text>
  void Trace(const Text& text) const {
    static const bool is_on = FromEnvironment("KINESIS_TRACE", 0) != 0;
    if (is_on) std::printf("%s\n", std::string(text()).c_str());
  }

  // --- The engine and its end

  // Requires: the disk is running, and there is no engine.
  bool TryOpen() {
    EngineOptions options;
    options.directory = kDirectory;
    options.file_system = &files_;
    options.clock = &clock_;
    options.memory_budget_bytes = uint64_t{64} << 10;
    options.disk_budget_bytes = uint64_t{8} << 20;
    options.memory_cache_bytes = 0;
    options.sync_interval = kSyncInterval;
    report_ = {};
    auto engine = Engine::Create(options, &report_);
    opened_ = engine.status();
    Trace([&] {
      return absl::StrCat("opened: ", opened_.ToString(), "; records ", report_.records,
                          ", damaged blocks ", report_.damaged_blocks,
                          report_.power_was_lost ? ", power was lost" : "");
    });
    if (engine.ok() && disk_.is_running()) {
      engine_ = *std::move(engine);
      return true;
    }
    was_ended_ = true;
    TakeProcessPromises();
    return false;
  }

  // They end when another engine has the directory.
  void TakeProcessPromises() {
    for (auto& [name, stream] : streams_) {
      if (stream.IsOfPower()) continue;
      for (auto& [index, entries] : stream.shards) {
        for (Entry& entry : entries) entry.is_promised = false;
      }
    }
  }

  void LetGo() {
    is_refusing_ = false;
    member_.reset();
    group_.reset();
    engine_.reset();
    was_ended_ = true;
  }

  Ending TakeEnding() {
    Ending ending = std::exchange(was_ended_, false) ? Ending::kProcess : Ending::kNothing;
    const std::string boot = disk_.BootId();
    if (boot != std::exchange(boot_, boot)) ending = Ending::kPower;
    return ending;
  }

  // --- Steps

  void Step();
  void CreateStream();
  void DeleteStream();
  void Put(ModelStream& stream);
  void NoteRefusal(const std::vector<absl::StatusOr<PutResult>>& results);
  void Reshard(ModelStream& stream);
  void Trim(ModelStream& stream);
  void SyncStream(ModelStream& stream);
  // What was put before `end` is to outlive a loss of power.
  static void PromiseBefore(ModelStream& model, absl::Time end);
  void UseGroup();
  void DrainGroup();
  bool OpenGroup();
  bool NoteDelivery(const Delivery& delivery);

  std::string FlipAnyBit();

  // What a call returned that must have worked unless the run ended in it or the disk fails: true
  // if it has.
  bool Worked(const absl::Status& status, std::string_view what) {
    Trace([&] { return absl::StrCat(std::string(what), ": ", status.ToString()); });
    if (!disk_.is_running()) return false;
    if (status.ok()) return true;
    EXPECT_TRUE(is_faulty_) << what << ": " << status << Where();
    return false;
  }

  ModelStream* AnyStream() {
    std::vector<ModelStream*> there;
    for (auto& [name, stream] : streams_) {
      if (stream.is_made && !stream.may_be_deleted) there.push_back(&stream);
    }
    return there.empty() ? nullptr : there[Below(there.size())];
  }
  Stream Handle(const ModelStream& stream) const {
    return engine_->OpenStream(stream.name).value();
  }

  // --- The comparison

  void Check();
  void CheckStream(ModelStream& model, Ending ending);
  void CheckShard(ModelStream& model, uint32_t index, std::vector<Entry>& entries,
                  const std::vector<Found>& found, Ending ending);
  // Of kProcess streams a disk that fails may take anything: the system may drop what a sync could
  // not write.
  bool IsLostToDisk(const ModelStream& model) const { return had_faults_ && !model.IsOfPower(); }
  // Returns whether it may be missing before others of its shard, which are there.
  bool MayBeTrimmed(const ModelStream& model, const Entry& entry) const {
    // What the group is done with goes when there is no room, or the disk says so.
    return entry.may_be_trimmed || (entry.may_be_committed && (model.IsSmall() || had_faults_)) ||
           entry.put_at + model.options.retention <= clock_.Now();
  }
  bool MustBeThere(const ModelStream& model, const Entry& entry, Ending ending) const {
    return entry.number && !MayBeTrimmed(model, entry) && !IsLostToDisk(model) &&
           (ending != Ending::kPower || entry.is_promised);
  }
  void CheckMissing(const ModelStream& model, const Entry& entry, Ending ending,
                    std::string_view why) {
    if (!MustBeThere(model, entry, ending)) return;
    ++missing_;
    if (is_flipped_) return;
    ADD_FAILURE() << "record " << entry.id << " of " << model.name << ", "
                  << entry.number->ToString() << ", put at " << entry.put_at << ", is " << why
                  << " at " << clock_.Now() << Where();
  }
  // Of the first of a shard, which are missing: those that were trimmed. A loss of power may bring
  // them back.
  void KeepGone(const ModelStream& model, Entry entry, std::vector<Entry>* kept) const {
    if (!MayBeTrimmed(model, entry)) return;
    entry.is_gone = true;
    kept->push_back(std::move(entry));
  }
  static std::vector<Found> ReadAll(const Shard& shard);

  const uint64_t seed_;
  std::mt19937_64 random_;
  SimulatedDisk disk_;
  FaultyFileSystem files_{disk_};
  SimulatedClock clock_;
  bool is_faulty_ = false;
  bool had_faults_ = false;
  bool is_refusing_ = false;
  bool is_flipped_ = false;

  std::unique_ptr<Engine> engine_;
  std::optional<ConsumerGroup> group_;
  std::optional<GroupMember> member_;
  RecoveryReport report_;
  absl::Status opened_;
  std::string boot_ = disk_.BootId();  // when the model was compared last
  bool was_ended_ = false;             // since then

  std::map<std::string, ModelStream> streams_;
  std::string group_stream_;
  uint64_t next_id_ = 1;
  uint64_t next_stream_ = 1;
  uint64_t missing_ = 0;
};

// --- Steps ---------------------------------------------------------------------------------------

void World::Step() {
  ModelStream* const stream = AnyStream();
  if (stream == nullptr) return CreateStream();
  switch (Below(20)) {
    case 0:
      return CreateStream();
    case 1:
      return OneIn(4) ? DeleteStream() : clock_.Advance(absl::Milliseconds(1 + Below(2000)));
    case 2:
    case 3:
      return Reshard(*stream);
    case 4:
      return Trim(*stream);
    case 5:
      return SyncStream(*stream);
    case 6:
    case 7:
      return UseGroup();
    case 8:
      return clock_.Advance(absl::Milliseconds(Below(100)));
    case 9:
      return OneIn(4) && !is_faulty_ ? Check() : Put(*stream);
    default:
      return Put(*stream);
  }
}

void World::CreateStream() {
  size_t there = 0;
  for (const auto& [name, stream] : streams_) there += stream.is_deleted ? 0 : 1;
  if (there >= kStreamsMost) return;
  ModelStream model;
  model.name = absl::StrCat("stream ", next_stream_++);
  constexpr Durability kDurabilities[] = {Durability::kProcess, Durability::kInterval,
                                          Durability::kGroup, Durability::kGroup};
  model.options.durability = kDurabilities[Below(std::size(kDurabilities))];
  model.options.shard_count = 1 + static_cast<int64_t>(Below(3));
  if (OneIn(4)) model.options.retention = absl::Seconds(5);
  if (OneIn(4)) model.options.shard_capacity_bytes = kSmallCapacity;
  if (OneIn(4)) model.options.overflow_policy = OverflowPolicy::kTrimOldest;
  ModelStream& stream = streams_[model.name] = std::move(model);
  const absl::Status made = engine_->CreateStream(stream.name, stream.options).status();
  if (!Worked(made, absl::StrCat("CreateStream ", stream.name, ", durability ",
                                 static_cast<int>(stream.options.durability)))) {
    return;
  }
  stream.is_made = true;
  stream.is_promised = stream.IsOfPower();
  if (group_stream_.empty()) group_stream_ = stream.name;
}

void World::DeleteStream() {
  ModelStream* const stream = AnyStream();
  if (stream == nullptr || stream->name == group_stream_) return;
  stream->may_be_deleted = true;
  if (!Worked(engine_->DeleteStream(stream->name), absl::StrCat("DeleteStream ", stream->name))) {
    return;
  }
  stream->is_deleted = true;
  stream->is_deletion_promised = stream->IsOfPower();
}

void World::Put(ModelStream& model) {
  Stream stream = Handle(model);
  const size_t count = OneIn(3) ? 1 + Below(12) : 1;
  std::vector<Entry> entries;
  std::vector<Record> records;
  std::vector<uint32_t> shards;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t kind = Below(16);
    const size_t size = kind < 9 ? Below(100) : kind < 15 ? Below(1200) : Below(20'000);
    Entry entry;
    entry.id = next_id_++;
    entry.data = DataOf(entry.id, size);
    entry.key = absl::StrCat("key ", Below(20));
    entry.put_at = clock_.Now();
    entries.push_back(std::move(entry));
  }
  for (const Entry& entry : entries) {
    records.push_back({.partition_key = entry.key, .data = entry.data});
    const auto shard = stream.OpenShardOf(stream.HashKeyOf(records.back()));
    if (!shard.ok()) {
      EXPECT_TRUE(is_faulty_) << shard.status() << Where();
      EXPECT_FALSE(stream.Put(records.back()).ok()) << Where();
      return;
    }
    shards.push_back(shard->index());
  }
  std::vector<absl::StatusOr<PutResult>> results(count, absl::UnknownError("no result"));
  std::string_view what = "Put";
  if (count > 1 && OneIn(2)) {
    what = "PutMany";
    std::vector<PutRange> ranges;
    const std::vector<FailedPut> failed = stream.PutMany(records, &ranges);
    for (const FailedPut& put : failed) results[put.index] = put.status;
    std::set<size_t> failures;
    for (const FailedPut& put : failed) failures.insert(put.index);
    // Those of a shard in their order.
    std::map<uint32_t, std::vector<SequenceNumber>> numbers;
    for (const PutRange& range : ranges) {
      const SequenceNumber& first = range.first_sequence_number;
      for (uint64_t i = 0; i < range.count; ++i) {
        numbers[range.shard_id.index()].push_back(
            SequenceNumber::Make(first.shard_created_seconds(), first.shard_index(),
                                 first.index() + i, first.time_seconds()));
      }
    }
    std::map<uint32_t, size_t> taken;
    for (size_t i = 0; i < count; ++i) {
      if (failures.count(i) > 0) continue;
      const std::vector<SequenceNumber>& of_shard = numbers[shards[i]];
      size_t& next = taken[shards[i]];
      ASSERT_LT(next, of_shard.size()) << "PutMany gave no number" << Where();
      results[i] = PutResult{ShardId(shards[i]), of_shard[next++]};
    }
  } else if (count > 1) {
    what = "PutBatch";
    results = stream.PutBatch(records);
  } else if (OneIn(4)) {
    what = "Reserve and Commit";
    auto reservation = stream.Reserve(entries[0].key, entries[0].data.size());
    if (reservation.ok()) {
      std::memcpy(reservation->data().data(), entries[0].data.data(), entries[0].data.size());
      results[0] = reservation->Commit();
    } else {
      results[0] = reservation.status();
    }
  } else {
    results[0] = stream.Put(records[0]);
  }
  const bool is_running = disk_.is_running();
  if (is_faulty_ && is_running && model.IsOfPower()) NoteRefusal(results);
  Trace([&] {
    return absl::StrCat(std::string(what), " of ", count, " to ", model.name, ", from record ",
                        entries[0].id, " on: ", results[0].status().ToString(),
                        is_running ? "" : ", and the run has ended");
  });
  std::set<uint32_t> put_to;
  for (size_t i = 0; i < count; ++i) {
    std::vector<Entry>& of_shard = model.shards[shards[i]];
    if (is_running && !results[i].ok() && IsFull(results[i].status()) && !is_faulty_) continue;
    if (!is_running || !results[i].ok()) {
      EXPECT_TRUE(!is_running || is_faulty_) << what << ": " << results[i].status() << Where();
      of_shard.push_back(std::move(entries[i]));
      continue;
    }
    const PutResult& put = *results[i];
    EXPECT_EQ(put.shard_id.index(), shards[i]) << Where();
    EXPECT_TRUE(model.given.insert(put.sequence_number).second || IsLostToDisk(model))
        << "the number " << put.sequence_number << " of " << model.name << " was given before"
        << Where();
    entries[i].number = put.sequence_number;
    entries[i].is_promised = model.options.durability == Durability::kGroup;
    of_shard.push_back(std::move(entries[i]));
    put_to.insert(shards[i]);
  }
  if (!put_to.empty() && model.options.durability == Durability::kInterval) {
    PromiseBefore(model, clock_.Now() - kSyncInterval + absl::Milliseconds(1));
  }
  if (model.options.overflow_policy == OverflowPolicy::kTrimOldest) {
    for (const uint32_t shard : shards) {
      std::vector<Entry>& of_shard = model.shards[shard];
      // All but the newest.
      for (size_t i = 0; i + 1 < of_shard.size(); ++i) of_shard[i].may_be_trimmed = true;
    }
  }
}

// After a failure that is not one of space, streams that survive a loss of power take nothing.
void World::NoteRefusal(const std::vector<absl::StatusOr<PutResult>>& results) {
  for (const auto& result : results) {
    EXPECT_FALSE(is_refusing_ && result.ok()) << "a put after a failure of the disk" << Where();
    if (result.ok() || IsFull(result.status()) || absl::IsUnavailable(result.status())) continue;
    is_refusing_ = true;
    EXPECT_NE(result.status().message().find(kWhy), absl::string_view::npos)
        << result.status() << " does not say why" << Where();
  }
}

void World::Reshard(ModelStream& model) {
  Stream stream = Handle(model);
  std::vector<Shard> open;
  for (const Shard& shard : stream.ListShards()) {
    if (shard.is_open()) open.push_back(shard);
  }
  std::sort(open.begin(), open.end(), [](const Shard& a, const Shard& b) {
    return a.hash_key_range().start() < b.hash_key_range().start();
  });
  if (OneIn(6)) {
    Worked(stream.ReshardUniformly(1 + static_cast<int64_t>(Below(3))),
           absl::StrCat("ReshardUniformly ", model.name));
  } else if (open.size() < kOpenShardsMost && OneIn(2)) {
    const Shard& shard = open[Below(open.size())];
    Worked(stream.SplitShard(shard.id()).status(),
           absl::StrCat("SplitShard ", shard.id().ToString(), " of ", model.name));
  } else if (open.size() > 1) {
    const size_t first = Below(open.size() - 1);
    Worked(stream.MergeShards(open[first].id(), open[first + 1].id()).status(),
           absl::StrCat("MergeShards ", open[first].id().ToString(), " of ", model.name));
  }
}

void World::Trim(ModelStream& model) {
  std::vector<uint32_t> shards;
  for (const auto& [index, entries] : model.shards) {
    if (!entries.empty() && !entries.back().is_gone) shards.push_back(index);
  }
  if (shards.empty()) return;
  const uint32_t index = shards[Below(shards.size())];
  std::vector<Entry>& entries = model.shards[index];
  const size_t end = Below(entries.size());
  if (!entries[end].number) return;
  const auto shard = Handle(model).FindShard(ShardId(index));
  if (!shard.ok()) return;  // its retention is over
  // One of the same id, made after the disk had lost the one that the record was put to.
  if (IsLostToDisk(model) && *entries[end].number < shard->starting_sequence_number()) return;
  for (size_t i = 0; i < end; ++i) entries[i].may_be_trimmed = true;
  Worked(shard->TrimBefore(*entries[end].number),
         absl::StrCat("TrimBefore record ", entries[end].id, " of ", model.name));
}

void World::SyncStream(ModelStream& model) {
  if (!model.IsOfPower()) return;
  if (!Worked(Handle(model).Sync(), absl::StrCat("Sync ", model.name))) return;
  PromiseBefore(model, absl::InfiniteFuture());
}

void World::PromiseBefore(ModelStream& model, absl::Time end) {
  for (auto& [index, entries] : model.shards) {
    for (Entry& entry : entries) {
      if (entry.number && entry.put_at < end) entry.is_promised = true;
    }
  }
}

// --- The consumer group --------------------------------------------------------------------------

bool World::OpenGroup() {
  if (member_) return true;
  const auto stream = engine_->OpenStream(group_stream_);
  if (!stream.ok()) return false;
  auto group = ConsumerGroup::Create(*stream, kGroupName);
  if (!Worked(group.status(), "ConsumerGroup::Create")) return false;
  group_ = *std::move(group);
  auto member = group_->Join();
  if (!Worked(member.status(), "Join")) return false;
  member_ = *std::move(member);
  return true;
}

bool World::NoteDelivery(const Delivery& delivery) {
  std::vector<Entry>& entries = streams_[group_stream_].shards[delivery.shard_id().index()];
  for (const RecordView& record : delivery.records()) {
    // The last one: a loss of power may have taken a record of kProcess and its number.
    const auto found = std::find_if(entries.rbegin(), entries.rend(), [&](const Entry& entry) {
      return entry.number == record.sequence_number;
    });
    if (found == entries.rend()) {
      ADD_FAILURE() << "the group got a record that is not there, " << record.sequence_number
                    << Where();
      return false;
    }
    EXPECT_EQ(record.data, found->data) << Where();
    found->is_delivered = true;
  }
  return true;
}

void World::UseGroup() {
  if (is_faulty_ || !OpenGroup()) return;
  auto delivery = member_->Next(clock_.Now());
  if (absl::IsDeadlineExceeded(delivery.status())) return;
  if (!Worked(delivery.status(), "Next")) return;
  if (!NoteDelivery(*delivery) || OneIn(3)) return;
  std::vector<Entry>& entries = streams_[group_stream_].shards[delivery->shard_id().index()];
  const SequenceNumber first = delivery->records()[0].sequence_number;
  const size_t count = 1 + Below(delivery->records().size());
  const SequenceNumber last = delivery->records()[count - 1].sequence_number;
  const auto each = [&](const auto& note) {
    for (Entry& entry : entries) {
      if (entry.number && *entry.number >= first && *entry.number <= last) note(entry);
    }
  };
  each([](Entry& entry) { entry.may_be_committed = true; });
  if (!Worked(delivery->Commit(count), absl::StrCat("Commit of ", count))) return;
  each([](Entry& entry) { entry.is_committed = true; });
}

// Nothing that was not committed is passed over.
void World::DrainGroup() {
  if (group_stream_.empty() || !OpenGroup()) return;
  ModelStream& model = streams_[group_stream_];
  for (auto& [index, entries] : model.shards) {
    for (Entry& entry : entries) entry.is_delivered = false;
  }
  for (;;) {
    auto delivery = member_->Next(clock_.Now());
    if (absl::IsDeadlineExceeded(delivery.status())) break;
    if (!Worked(delivery.status(), "Next") || !NoteDelivery(*delivery)) return;
    for (const RecordView& record : delivery->records()) {
      for (Entry& entry : model.shards[delivery->shard_id().index()]) {
        if (entry.number == record.sequence_number) entry.may_be_committed = true;
      }
    }
    if (!Worked(delivery->Commit(), "Commit of all")) return;
  }
  for (const auto& [index, entries] : model.shards) {
    for (const Entry& entry : entries) {
      EXPECT_TRUE(entry.is_delivered || entry.may_be_committed || MayBeTrimmed(model, entry))
          << "the group passed over record " << entry.id << Where();
    }
  }
}

// --- The comparison ------------------------------------------------------------------------------

std::vector<Found> World::ReadAll(const Shard& shard) {
  std::vector<Found> all;
  auto iterator = shard.CreateIterator(IteratorStart::TrimHorizon());
  EXPECT_TRUE(iterator.ok()) << iterator.status();
  if (!iterator.ok()) return all;
  for (;;) {
    const ReadResult read = iterator->Read();
    EXPECT_TRUE(read.ok()) << read.status();
    if (!read.ok()) return all;
    if (read->empty()) {
      EXPECT_EQ(read->end_of_shard(), !shard.is_open());
      return all;
    }
    for (const RecordView& record : *read) {
      all.push_back(
          {record.sequence_number, std::string(record.data), std::string(record.partition_key)});
    }
  }
}

void World::Check() {
  const Ending ending = TakeEnding();
  const std::vector<std::string> names = engine_->ListStreams();
  const std::set<std::string> there(names.begin(), names.end());
  for (const std::string& name : names) {
    if (streams_.count(name) == 1) continue;
    // What took the last entry of the journal took a deletion.
    const bool is_back = is_flipped_ && report_.journal_bytes_cut > 0;
    EXPECT_TRUE(is_back) << name << " was never made, or was gone" << Where();
  }
  for (auto at = streams_.begin(); at != streams_.end() && IsFine();) {
    ModelStream& model = at->second;
    const bool is_gone =
        model.is_deleted && (ending != Ending::kPower || model.is_deletion_promised);
    if (there.count(model.name) == 0) {
      const bool must_be =
          model.is_made && !model.may_be_deleted &&
          (model.is_promised || (ending != Ending::kPower && !IsLostToDisk(model)));
      if (must_be && is_flipped_) ++missing_;
      EXPECT_TRUE(!must_be || is_flipped_) << model.name << " is not there" << Where();
      if (group_stream_ == model.name) group_stream_.clear();
      // A loss of power may take the deletion back, unless that is promised.
      const bool may_be_back =
          model.may_be_deleted && !model.is_deletion_promised && ending != Ending::kPower;
      model.is_deleted = model.may_be_deleted;
      at = may_be_back ? std::next(at) : streams_.erase(at);
      continue;
    }
    EXPECT_FALSE(is_gone && !is_flipped_ && !IsLostToDisk(model))
        << model.name << " is there and was deleted" << Where();
    if (model.may_be_deleted) {
      // Back, or not gone: with what of it is left.
      for (auto& [index, entries] : model.shards) {
        for (Entry& entry : entries) entry.may_be_trimmed = true;
      }
    }
    model.is_made = true;
    model.may_be_deleted = model.is_deleted = model.is_deletion_promised = false;
    if (ending == Ending::kPower) model.is_promised = true;
    // Its shards were made without waiting for the disk.
    if (ending == Ending::kPower && !model.IsOfPower()) model.given.clear();
    CheckStream(model, ending);
    if (ending == Ending::kPower && !model.IsOfPower()) {
      // Their numbers may be given again.
      for (auto& [index, entries] : model.shards) {
        std::erase_if(entries, [](const Entry& entry) { return entry.is_gone; });
      }
    }
    ++at;
  }
  TakeProcessPromises();
}

void World::CheckStream(ModelStream& model, Ending ending) {
  const std::vector<Shard> shards = Handle(model).ListShards();
  std::set<uint32_t> listed;
  std::vector<HashKeyRange> open;
  for (const Shard& shard : shards) {
    listed.insert(shard.id().index());
    if (shard.is_open()) open.push_back(shard.hash_key_range());
    CheckShard(model, shard.id().index(), model.shards[shard.id().index()], ReadAll(shard), ending);
    if (!IsFine()) return;
  }
  for (auto& [index, entries] : model.shards) {
    if (listed.count(index) == 0) CheckShard(model, index, entries, {}, ending);
  }
  std::sort(open.begin(), open.end(),
            [](const HashKeyRange& a, const HashKeyRange& b) { return a.start() < b.start(); });
  ASSERT_FALSE(open.empty()) << Where();
  EXPECT_EQ(open.front().start(), HashKey::Min()) << Where();
  EXPECT_EQ(open.back().end(), HashKey::Max()) << Where();
  for (size_t i = 1; i < open.size(); ++i) {
    EXPECT_TRUE(open[i - 1].IsFollowedBy(open[i])) << Where();
  }
}

void World::CheckShard(ModelStream& model, uint32_t index, std::vector<Entry>& entries,
                       const std::vector<Found>& found, Ending ending) {
  Trace([&] {
    std::string text = absl::StrCat("  shard ", index, " of ", model.name, ":");
    for (const Entry& entry : entries) absl::StrAppend(&text, " ", entry.id, entry.Flags());
    absl::StrAppend(&text, "; found");
    for (const Found& record : found) absl::StrAppend(&text, " ", IdOf(record.data));
    return text;
  });
  std::vector<Entry> kept;
  size_t next = 0;
  for (const Found& record : found) {
    size_t at = next;
    while (at < entries.size() && entries[at].data != record.data) ++at;
    if (at == entries.size()) {
      ADD_FAILURE() << "a record of shard " << index << " of " << model.name << ", "
                    << record.number << ", with the id " << IdOf(record.data) << " and "
                    << record.data.size() << " bytes, was not put, or is doubled or out of order"
                    << Where();
      return;
    }
    for (; next < at; ++next) {
      const bool is_first = kept.empty() || kept.back().is_gone;
      // Of a record whose put had failed with the disk, the next engine may have found a copy that
      // a loss of power takes, and then says so.
      const bool is_damaged = IsLostToDisk(model) || (had_faults_ && !entries[next].is_promised &&
                                                      !report_.wal_damage.empty());
      EXPECT_TRUE(!entries[next].number || is_flipped_ || is_damaged ||
                  (is_first && MayBeTrimmed(model, entries[next])))
          << "record " << entries[next].id << " of " << model.name
          << " is missing, and one behind it is there" << Where();
      CheckMissing(model, entries[next], ending, "missing in front");
      if (is_first) KeepGone(model, std::move(entries[next]), &kept);
    }
    Entry& entry = entries[next++];
    EXPECT_TRUE(!entry.is_gone || ending == Ending::kPower)
        << "record " << entry.id << " of " << model.name << " was gone and is back" << Where();
    entry.is_gone = false;
    EXPECT_EQ(record.key, entry.key) << Where();
    if (entry.number) {
      EXPECT_EQ(record.number, *entry.number) << "another number" << Where();
    } else {
      entry.number = record.number;
      EXPECT_TRUE(model.given.insert(record.number).second)
          << "the number " << record.number << " was given before" << Where();
    }
    if (ending == Ending::kPower && model.IsOfPower()) entry.is_promised = true;
    kept.push_back(std::move(entry));
  }
  for (; next < entries.size(); ++next) {
    CheckMissing(model, entries[next], ending, "cut off");
    if (kept.empty() || kept.back().is_gone) KeepGone(model, std::move(entries[next]), &kept);
  }
  entries = std::move(kept);
}

// --- A flipped bit -------------------------------------------------------------------------------

std::string World::FlipAnyBit() {
  std::vector<std::pair<std::string, std::string>> files;
  for (const std::string& path : disk_.FilesOnPlatter()) {
    std::string contents = disk_.ReadPlatter(path).value();
    if (!contents.empty()) files.emplace_back(path, std::move(contents));
  }
  if (files.empty()) return "nothing";
  const auto& [path, contents] = files[Below(files.size())];
  // Mostly where something is.
  const size_t used = contents.find_last_not_of('\0') + 1;
  const uint64_t at = Below(used > 0 && !OneIn(8) ? used : contents.size());
  const int bit = static_cast<int>(Below(8));
  EXPECT_EQ(disk_.FlipBit(path, at, bit), absl::OkStatus());
  return absl::StrCat("bit ", bit, " of byte ", at, " of ", path);
}

void World::FlipAndReopen() {
  is_flipped_ = true;
  missing_ = 0;
  const std::string flipped = FlipAnyBit();
  Trace([&] { return absl::StrCat("flipped: ", flipped); });
  disk_.Start();
  const auto checked = CheckDirectory(disk_, kDirectory);
  if (!TryOpen()) {
    EXPECT_TRUE(absl::IsDataLoss(opened_) || absl::IsFailedPrecondition(opened_))
        << opened_ << ", " << flipped << Where();
    EXPECT_NE(opened_.message().find(kDirectory), absl::string_view::npos)
        << opened_ << ", " << flipped << Where();
    EXPECT_TRUE(!checked.ok() || checked->damage_count > 0)
        << "the check finds nothing, and the engine: " << opened_ << ", " << flipped << Where();
    return;
  }
  Check();
  if (missing_ == 0) return;
  const bool is_said = report_.damaged_records + report_.damaged_blocks +
                               report_.journal_bytes_cut + report_.wal_bytes_cut >
                           0 ||
                       !report_.wal_damage.empty();
  EXPECT_TRUE(is_said) << missing_ << " records are missing, and nobody says so, " << flipped
                       << Where();
  EXPECT_TRUE(!checked.ok() ||
              checked->damage_count + checked->journal_bytes_cut + checked->wal_bytes_cut > 0)
      << missing_ << " records are missing, and the check does not say so, " << flipped << Where();
}

// --- Tests ---------------------------------------------------------------------------------------

class PowerLossTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kEndsOfWorld = 5;

  const uint64_t seed_ = FromEnvironment("KINESIS_TEST_SEED", 1);
};

TEST_F(PowerLossTest, WhatWasPromisedIsThereAndNothingIsInvented) {
  const uint64_t crashes = FromEnvironment("KINESIS_CRASHES", 150);
  for (uint64_t i = 0; i < crashes && !HasFailure(); i += kEndsOfWorld) {
    World world(seed_ + i / kEndsOfWorld);
    world.Reopen();
    for (uint64_t end = 0; end < kEndsOfWorld && world.IsFine(); ++end) {
      world.PlanEnd();
      world.Work(40);
      world.End();
      world.Reopen();
    }
  }
}

TEST_F(PowerLossTest, ADiskThatFailsTakesNothingThatWasPromised) {
  const uint64_t crashes = FromEnvironment("KINESIS_CRASHES", 150);
  for (uint64_t i = 0; i < crashes && !HasFailure(); i += kEndsOfWorld) {
    World world(seed_ + i / kEndsOfWorld);
    world.Reopen();
    for (uint64_t end = 0; end < kEndsOfWorld && world.IsFine(); ++end) {
      world.Work(10);
      world.FailSomething();
      world.Work(30);
      world.End();
      if (end % 2 == 0) world.FailNothing();
      world.ReopenOnFaultyDisk();
    }
  }
}

TEST_F(PowerLossTest, AFlippedBitIsNeverReadAndWhatItTakesIsSaid) {
  const uint64_t flips = FromEnvironment("KINESIS_CRASHES", 150);
  uint64_t refused = 0;
  uint64_t missing = 0;
  for (uint64_t i = 0; i < flips && !HasFailure(); ++i) {
    World world(seed_ + i);
    world.Reopen();
    world.Work(30);
    world.SyncAll();
    world.LosePower();
    world.FlipAndReopen();
    refused += world.was_refused() ? 1 : 0;
    missing += world.missing() > 0 ? 1 : 0;
  }
  std::printf("%llu directories were refused, and of %llu something was missing\n",
              static_cast<unsigned long long>(refused), static_cast<unsigned long long>(missing));
}

}  // namespace
}  // namespace kinesis::testing
