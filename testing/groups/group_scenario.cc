#include "kinesis_core/testing/groups/group_scenario.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"

namespace kinesis::testing {
namespace {

constexpr absl::Time kNow = absl::InfinitePast();
constexpr absl::Duration kLeaseTime = absl::Seconds(30);
constexpr int kKeys = 5;
constexpr size_t kMembersMax = 4;
constexpr int kGenerationsMax = 200;  // of shards: a step makes three at most

std::string KeyName(int key) { return "key" + std::to_string(key); }

class Scenario {
 public:
  Scenario(uint64_t seed, GroupScenarioCounts* counts)
      : random_(seed),
        counts_(*counts),
        engine_(Engine::Create({.clock = &clock_}).value()),
        keeps_(Chance(2)),
        stream_(
            engine_
                ->CreateStream("s", {.shard_count = 1 + Below(3), .keep_until_committed = keeps_})
                .value()),
        dead_(engine_->CreateStream("dead").value()) {
    const int groups = 1 + static_cast<int>(Below(2));
    for (int i = 0; i < groups; ++i) {
      Group& group = groups_.emplace_back();
      group.name = "g" + std::to_string(i);
      group.options.checkpoint_store = MakeMemoryCheckpointStore();
      group.options.limits.max_records = 1 + static_cast<uint64_t>(Below(8));
      if (Chance(2)) group.options.lease_time = kLeaseTime;
      if (Chance(2)) {
        group.options.max_attempts = 1 + static_cast<uint64_t>(Below(2));
        group.options.dead_letter_stream = dead_;
      }
      group.group = ConsumerGroup::Create(stream_, group.name, group.options).value();
    }
  }

  std::string Play() {
    const int64_t steps = 20 + Below(60);
    for (int64_t i = 0; i < steps && problem_.empty(); ++i) Step();
    for (Group& group : groups_) {
      if (problem_.empty()) Finish(group);
    }
    if (problem_.empty()) CheckMemory();
    return problem_.empty() ? "" : problem_ + "\n" + steps_;
  }

 private:
  struct Out {
    std::optional<Delivery> delivery;
    uint64_t member = 0;
    std::vector<std::pair<int, int>> records;  // key and number
    bool is_stale = false;                     // it may have been taken away
  };
  struct Group {
    std::string name;
    GroupOptions options;
    std::optional<ConsumerGroup> group;
    std::vector<GroupMember> members;
    std::vector<Out> out;
    std::map<int, int> done;                       // the next number of each key
    std::set<std::pair<int, int>> may_come_again;  // given back
    std::map<uint32_t, uint64_t> epochs;           // of shards, as delivered last
  };

  int64_t Below(int64_t end) { return std::uniform_int_distribution<int64_t>(0, end - 1)(random_); }
  bool Chance(int64_t one_in) { return Below(one_in) == 0; }
  void Log(const std::string& what) { steps_ += what + "\n"; }
  void Check(bool holds, const std::string& what) {
    if (!holds && problem_.empty()) problem_ = "broken: " + what;
  }

  void Step() {
    Group& group = groups_[static_cast<size_t>(Below(static_cast<int64_t>(groups_.size())))];
    switch (Below(16)) {
      case 0:
      case 1:
      case 2:
        Put();
        break;
      case 3:
        Join(group);
        break;
      case 4:
        if (Chance(2)) Leave(group);
        break;
      case 5:
        Reshard();
        break;
      case 6:
        if (Chance(4)) Restart(group);
        break;
      case 7:
        Stall();
        break;
      case 8:
      case 9:
      case 10:
      case 11:
        Next(group);
        break;
      default:
        Resolve(group);
    }
    for (Group& each : groups_) CheckOwners(each);
  }

  void Put() {
    const int key = static_cast<int>(Below(kKeys));
    const int64_t count = 1 + Below(6);
    for (int64_t i = 0; i < count; ++i) {
      const std::string data = std::to_string(put_[key]);
      const auto put = stream_.Put({.partition_key = KeyName(key), .data = data});
      Check(put.ok(), "a put is accepted: " + put.status().ToString());
      ++put_[key];
    }
    Log("put " + std::to_string(count) + " of key " + std::to_string(key));
  }

  void Join(Group& group) {
    if (group.members.size() >= kMembersMax) return;
    group.members.push_back(group.group->Join().value());
    Log(group.name + ": member " + std::to_string(group.members.back().id()) + " joins");
  }

  void Leave(Group& group) {
    if (group.members.empty()) return;
    const auto at = group.members.begin() + Below(static_cast<int64_t>(group.members.size()));
    Log(group.name + ": member " + std::to_string(at->id()) + " leaves");
    group.members.erase(at);
  }

  void Reshard() {
    std::vector<ShardId> open;
    for (const Shard& shard : stream_.ListShards()) {
      if (shard.is_open()) open.push_back(shard.id());
    }
    ++counts_.reshards;
    const ShardId one = open[static_cast<size_t>(Below(static_cast<int64_t>(open.size())))];
    if (Chance(4)) {
      const int64_t count = 1 + Below(5);
      Log("reshard to " + std::to_string(count));
      Check(stream_.ReshardUniformly(count).ok(), "a reshard is done");
    } else if (Chance(2) && open.size() > 1) {
      for (const ShardId other : open) {
        if (other != one && stream_.MergeShards(one, other).ok()) {
          Log("merge " + one.ToString() + " and " + other.ToString());
          return;
        }
      }
    } else if (open.size() < 8) {
      Log("split " + one.ToString());
      Check(stream_.SplitShard(one).ok(), "a split is done");
    }
  }

  void Restart(Group& group) {
    Log(group.name + ": restarts");
    ++counts_.restarts;
    for (const Out& out : group.out) {
      group.may_come_again.insert(out.records.begin(), out.records.end());
    }
    if (keeps_) {
      // What a group that is removed has not committed is not kept for it, so it stays.
      for (Out& out : group.out) out.delivery->Return();
      group.members.clear();
      group.out.clear();
      group.group = ConsumerGroup::Open(stream_, group.name).value();
      return;
    }
    Check(ConsumerGroup::Remove(stream_, group.name).ok(), "a group is removed");
    group.members.clear();
    group.out.clear();
    group.group = ConsumerGroup::Create(stream_, group.name, group.options).value();
  }

  // All that is out may be taken away from its member, where there is a lease time.
  void Stall() {
    Log("stall");
    clock_.Advance(kLeaseTime + absl::Seconds(1));
    for (Group& group : groups_) {
      if (group.options.lease_time != kLeaseTime) continue;
      for (Out& out : group.out) out.is_stale = true;
      // The first to call takes from the others.
      Next(group);
    }
  }

  void Next(Group& group) {
    if (group.members.empty()) return;
    GroupMember& member =
        group.members[static_cast<size_t>(Below(static_cast<int64_t>(group.members.size())))];
    absl::StatusOr<Delivery> delivery = member.Next(kNow);
    if (!delivery.ok()) {
      Check(absl::IsDeadlineExceeded(delivery.status()),
            "nothing to deliver is all that may be wrong: " + delivery.status().ToString());
      return;
    }
    Out& out = group.out.emplace_back();
    out.member = member.id();
    Take(group, *std::move(delivery), &out);
  }

  void Take(Group& group, Delivery delivery, Out* out) {
    Log(group.name + ": member " + std::to_string(out->member) + " gets " +
        std::to_string(delivery.records().size()) + " of " + delivery.shard_id().ToString() +
        " in epoch " + std::to_string(delivery.epoch()));
    uint64_t& epoch = group.epochs[delivery.shard_id().index()];
    Check(delivery.epoch() >= epoch, "epochs grow");
    if (epoch != 0 && delivery.epoch() > epoch) ++counts_.hand_overs;
    epoch = delivery.epoch();
    Check(delivery.records_lost() == 0, "nothing expires or is trimmed before it is committed");
    // What is taken out of the hands of a member that stalled comes again here.
    for (Out& other : group.out) {
      if (!other.is_stale || other.delivery == std::nullopt ||
          other.delivery->shard_id() != delivery.shard_id()) {
        continue;
      }
      group.may_come_again.insert(other.records.begin(), other.records.end());
      other.records.clear();
    }
    std::map<int, int> next = group.done;
    for (const RecordView& record : delivery.records()) {
      const int key = record.partition_key.back() - '0';
      const int number = std::stoi(std::string(record.data));
      const std::string name =
          "record " + std::to_string(number) + " of key " + std::to_string(key);
      Check(number == next[key]++, name + " comes when those before it are done with, once");
      ++counts_.delivered;
      if (!seen_[group.name].insert({key, number}).second) {
        ++counts_.came_again;
        Check(group.may_come_again.contains({key, number}), name + " comes again for a reason");
      }
      out->records.emplace_back(key, number);
    }
    out->delivery = std::move(delivery);
  }

  void Resolve(Group& group) {
    if (group.out.empty()) return;
    const auto at = group.out.begin() + Below(static_cast<int64_t>(group.out.size()));
    Out out = std::move(*at);
    group.out.erase(at);
    Delivery& delivery = *out.delivery;
    const size_t size = delivery.records().size();
    if (Chance(2)) {
      Commit(group, out, size);
      return;
    }
    if (Chance(2)) Commit(group, out, static_cast<size_t>(Below(static_cast<int64_t>(size) + 1)));
    if (delivery.is_resolved()) return;
    group.may_come_again.insert(out.records.begin(), out.records.end());
    const size_t first = delivery.committed();
    if (Chance(3)) {
      Log(group.name + ": returns " + delivery.shard_id().ToString());
      delivery.Return();
    } else if (Chance(2)) {
      Log(group.name + ": drops " + delivery.shard_id().ToString());
      const uint64_t letters = group.group->Metrics().dead_letters;
      out.delivery.reset();
      if (group.group->Metrics().dead_letters > letters) GiveUp(group, out.records[first]);
    } else {
      Log(group.name + ": fails " + delivery.shard_id().ToString());
      const uint64_t letters = group.group->Metrics().dead_letters;
      const absl::Status failed = delivery.Fail(absl::DataLossError("poison"));
      Check(failed.ok() || absl::IsAborted(failed), "a failure is noted: " + failed.ToString());
      if (absl::IsAborted(failed)) ++counts_.aborted;
      Check(failed.ok() || out.is_stale, "only who stalled is refused");
      if (group.group->Metrics().dead_letters > letters) GiveUp(group, out.records[first]);
    }
  }

  // `records` is in the order of the delivery.
  void GiveUp(Group& group, std::pair<int, int> record) {
    Check(record.second == group.done[record.first], "a record is given up in its turn");
    ++group.done[record.first];
    ++counts_.dead_letters;
    Log(group.name + ": gives up " + std::to_string(record.second) + " of key " +
        std::to_string(record.first));
  }

  void Commit(Group& group, Out& out, size_t count) {
    Delivery& delivery = *out.delivery;
    const absl::Status status = delivery.Commit(count);
    Log(group.name + ": commits " + std::to_string(count) + " of " +
        delivery.shard_id().ToString() + ": " + status.ToString());
    if (!status.ok()) {
      Check(absl::IsAborted(status) && out.is_stale, "only who stalled is refused");
      ++counts_.aborted;
      group.may_come_again.insert(out.records.begin(), out.records.end());
      return;
    }
    // Records that were taken away are not in out.records any more; they were refused above.
    for (size_t i = 0; i < count && i < out.records.size(); ++i) {
      const auto [key, number] = out.records[i];
      Check(number == group.done[key], "a record is committed in its turn, once");
      group.done[key] = number + 1;
      ++counts_.committed;
    }
    Check(count == 0 || !out.records.empty(), "what came to another member is not committed here");
  }

  void CheckOwners(const Group& group) {
    const GroupMetrics metrics = group.group->Metrics();
    std::set<uint32_t> unfinished;
    for (const GroupShardMetrics& shard : metrics.shards) unfinished.insert(shard.shard_id.index());
    std::map<uint64_t, size_t> owned;
    for (const uint64_t member : metrics.members) owned[member] = 0;
    bool is_any_out = false;
    for (const GroupShardMetrics& shard : metrics.shards) {
      bool is_readable = true;
      if (const auto found = stream_.FindShard(shard.shard_id); found.ok()) {
        for (const ShardId parent : found->parents()) {
          is_readable = is_readable && !unfinished.contains(parent.index());
        }
      }
      is_any_out = is_any_out || shard.is_out;
      if (!is_readable) {
        Check(shard.owner == 0, "a shard whose parents are not finished has no owner");
        continue;
      }
      Check(metrics.members.empty() || shard.owner != 0 || shard.is_out,
            "a shard that can be read has an owner: " + shard.shard_id.ToString());
      ++owned[shard.owner];
    }
    if (is_any_out || metrics.members.empty()) return;
    const auto by_count = [](const auto& a, const auto& b) { return a.second < b.second; };
    const auto [low, high] = std::minmax_element(owned.begin(), owned.end(), by_count);
    Check(high->second - low->second <= 1, "shards are spread evenly");
  }

  // Whether shards that have ended are not finished.
  bool HasEnded(const Group& group) const {
    for (const GroupShardMetrics& shard : group.group->Metrics().shards) {
      if (!stream_.FindShard(shard.shard_id)->is_open()) return true;
    }
    return false;
  }

  // Everything is put back, taken, and committed.
  void Finish(Group& group) {
    Log(group.name + ": to the end");
    for (Out& out : group.out) {
      group.may_come_again.insert(out.records.begin(), out.records.end());
      if (!out.delivery->is_resolved()) out.delivery->Return();
    }
    group.out.clear();
    if (group.members.empty()) Join(group);
    // A round finishes all that can be read as it begins, so there are as many rounds without a
    // record as there may be generations of shards.
    int idle = 0;
    for (int round = 0; idle < 2 && round < kGenerationsMax && problem_.empty(); ++round) {
      idle = HasEnded(group) ? 0 : idle + 1;
      for (GroupMember& member : group.members) {
        for (absl::StatusOr<Delivery> delivery = member.Next(kNow);
             delivery.ok() && problem_.empty(); delivery = member.Next(kNow)) {
          idle = 0;
          Out out;
          out.member = member.id();
          const size_t size = delivery->records().size();
          Take(group, *std::move(delivery), &out);
          Commit(group, out, size);
        }
      }
    }
    for (const auto& [key, count] : put_) {
      Check(group.done[key] == count, "all of key " + std::to_string(key) + " is done with, of " +
                                          std::to_string(count) + " only " +
                                          std::to_string(group.done[key]));
    }
    for (const GroupShardMetrics& shard : group.group->Metrics().shards) {
      Check(shard.lag_records == 0, "nothing is behind in the end");
      Check(stream_.FindShard(shard.shard_id)->is_open(), "closed shards are finished in the end");
    }
  }

  void CheckMemory() {
    if (!keeps_) return;
    for (const Shard& shard : stream_.ListShards()) {
      Check(shard.Metrics().memory_held_bytes == 0, "what all have committed is trimmed at once");
    }
  }

  std::mt19937_64 random_;
  GroupScenarioCounts& counts_;
  SimulatedClock clock_;
  const std::unique_ptr<Engine> engine_;
  const bool keeps_;
  Stream stream_;
  const Stream dead_;
  std::vector<Group> groups_;
  std::map<int, int> put_;                                     // of each key
  std::map<std::string, std::set<std::pair<int, int>>> seen_;  // by group
  std::string steps_;
  std::string problem_;
};

}  // namespace

std::string PlayGroupScenario(uint64_t seed, GroupScenarioCounts* counts) {
  return Scenario(seed, counts).Play();
}

}  // namespace kinesis::testing
