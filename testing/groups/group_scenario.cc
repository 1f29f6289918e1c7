#include "kinesis_core/testing/groups/group_scenario.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/lanes.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
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
  // `tells`: a problem comes with the steps that led there.
  Scenario(uint64_t seed, bool tells, GroupScenarioCounts* counts)
      : random_(seed),
        tells_(tells),
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
    return problem_.empty() ? "" : problem_ + "\n" + steps_.str();
  }

 private:
  // A record that was put: the one with this number of its key.
  struct Put {
    ShardId shard;
    size_t place = 0;  // among the records of its shard
    SequenceNumber number;
  };
  using Name = std::pair<int, int>;  // of a record: its key, and its number
  // A member of either kind.
  struct Member {
    std::variant<GroupMember, Lanes> handle;

    uint64_t id() const {
      return std::visit([](const auto& each) { return each.id(); }, handle);
    }
    size_t lanes() const {
      const Lanes* const lanes = std::get_if<Lanes>(&handle);
      return lanes == nullptr ? 0 : lanes->count();
    }
  };
  struct Out {
    std::optional<std::variant<Delivery, LaneDelivery>> delivery;
    uint64_t member = 0;
    size_t lane = 0;
    uint64_t epoch = 0;
    std::vector<Name> records;
    bool is_stale = false;  // it may have been taken away
    bool has_left = false;  // its member has

    template <class Function>
    auto Visit(Function function) {
      return std::visit(function, *delivery);
    }
    size_t finished() {
      Delivery* const plain = std::get_if<Delivery>(&*delivery);
      return plain != nullptr ? plain->committed() : std::get<LaneDelivery>(*delivery).finished();
    }
    bool is_resolved() {
      return Visit([](auto& each) { return each.is_resolved(); });
    }
    ShardId shard_id() {
      return Visit([](auto& each) { return each.shard_id(); });
    }
  };
  struct Group {
    std::string name;
    GroupOptions options;
    std::optional<ConsumerGroup> group;
    std::vector<Member> members;
    std::vector<Out> out;
    std::map<int, int> done;              // the next number of each key
    std::set<Name> may_come_again;        // given back, or done with and not committed when lost
    std::map<uint32_t, uint64_t> epochs;  // of shards, as delivered last
    std::map<ShardId, size_t> committed;  // records of each shard, as last looked
  };

  int64_t Below(int64_t end) { return std::uniform_int_distribution<int64_t>(0, end - 1)(random_); }
  bool Chance(int64_t one_in) { return Below(one_in) == 0; }
  // Text is made only of what is told: it costs more than all the rest.
  template <class... Parts>
  void Log(const Parts&... parts) {
    if (tells_) (steps_ << ... << parts) << "\n";
  }
  template <class... Parts>
  void Check(bool holds, const Parts&... parts) {
    if (holds || !problem_.empty()) return;
    std::ostringstream what;
    what << "broken: ";
    (what << ... << parts);
    problem_ = what.str();
  }
  template <class List>
  auto& OneOf(List& list) {
    return list[static_cast<size_t>(Below(static_cast<int64_t>(list.size())))];
  }

  void Step() {
    Group& group = OneOf(groups_);
    switch (Below(16)) {
      case 0:
      case 1:
      case 2:
        PutSome();
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
    for (Group& each : groups_) {
      CheckCommitted(each);
      CheckOwners(each);
    }
  }

  void PutSome() {
    const int key = static_cast<int>(Below(kKeys));
    const int64_t count = 1 + Below(6);
    for (int64_t i = 0; i < count; ++i) {
      std::vector<Put>& puts = put_[key];
      const std::string data = std::to_string(puts.size());
      const auto put = stream_.Put({.partition_key = KeyName(key), .data = data});
      Check(put.ok(), "a put is accepted: ", put.status());
      if (!put.ok()) return;
      std::vector<Name>& in_shard = shards_[put->shard_id];
      puts.push_back({put->shard_id, in_shard.size(), put->sequence_number});
      in_shard.emplace_back(key, static_cast<int>(puts.size()) - 1);
    }
    Log("put ", count, " of key ", key);
  }

  void Join(Group& group) {
    if (group.members.size() >= kMembersMax) return;
    GroupMember member = group.group->Join().value();
    if (Chance(3)) {
      const auto lanes = static_cast<size_t>(1 + Below(3));
      group.members.push_back({Lanes::Create(std::move(member), lanes).value()});
    } else {
      group.members.push_back({std::move(member)});
    }
    Log(group.name, ": member ", group.members.back().id(), " joins, with ",
        group.members.back().lanes(), " lanes");
  }

  void Leave(Group& group) {
    if (group.members.empty()) return;
    const auto at = group.members.begin() + Below(static_cast<int64_t>(group.members.size()));
    Log(group.name, ": member ", at->id(), " leaves");
    for (Out& out : group.out) out.has_left = out.has_left || out.member == at->id();
    if (at->lanes() > 0) MayLose(group);
    group.members.erase(at);
  }

  // What was finished behind what is committed may come again.
  void MayLose(Group& group) {
    CheckCommitted(group);
    for (const auto& [key, done] : group.done) {
      for (int number = 0; number < done; ++number) {
        const Put& put = put_[key][static_cast<size_t>(number)];
        if (put.place >= group.committed[put.shard]) group.may_come_again.emplace(key, number);
      }
    }
  }

  void Reshard() {
    std::vector<ShardId> open;
    for (const Shard& shard : stream_.ListShards()) {
      if (shard.is_open()) open.push_back(shard.id());
    }
    ++counts_.reshards;
    const ShardId one = OneOf(open);
    if (Chance(4)) {
      const int64_t count = 1 + Below(5);
      Log("reshard to ", count);
      Check(stream_.ReshardUniformly(count).ok(), "a reshard is done");
    } else if (Chance(2) && open.size() > 1) {
      for (const ShardId other : open) {
        if (other != one && stream_.MergeShards(one, other).ok()) {
          Log("merge ", one, " and ", other);
          return;
        }
      }
    } else if (open.size() < 8) {
      Log("split ", one);
      Check(stream_.SplitShard(one).ok(), "a split is done");
    }
  }

  void Restart(Group& group) {
    Log(group.name, ": restarts");
    ++counts_.restarts;
    MayLose(group);
    for (const Out& out : group.out) {
      group.may_come_again.insert(out.records.begin(), out.records.end());
    }
    if (keeps_) {
      // What a group that is removed has not committed is not kept for it, so it stays.
      for (Out& out : group.out) Return(out);
      group.out.clear();
      group.members.clear();
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
      MayLose(group);
      for (Out& out : group.out) out.is_stale = true;
      // The first to call takes from the others.
      Next(group);
    }
  }

  void Next(Group& group) {
    if (group.members.empty()) return;
    Member& member = OneOf(group.members);
    const size_t lane =
        member.lanes() == 0 ? 0 : static_cast<size_t>(Below(static_cast<int64_t>(member.lanes())));
    // A lane has one at a time.
    for (const Out& out : group.out) {
      if (member.lanes() > 0 && out.member == member.id() && out.lane == lane) return;
    }
    TryNext(group, member, lane, &group.out);
  }

  // False: there is nothing.
  bool TryNext(Group& group, Member& member, size_t lane, std::vector<Out>* outs) {
    Out out;
    out.member = member.id();
    out.lane = lane;
    absl::Status status;
    if (Lanes* const lanes = std::get_if<Lanes>(&member.handle); lanes != nullptr) {
      absl::StatusOr<LaneDelivery> delivery = lanes->Next(lane, kNow);
      status = delivery.status();
      if (delivery.ok()) {
        ++counts_.by_lanes;
        Take(group, *delivery, delivery->records(), &out);
        out.delivery = *std::move(delivery);
      }
    } else {
      absl::StatusOr<Delivery> delivery = std::get<GroupMember>(member.handle).Next(kNow);
      status = delivery.status();
      if (delivery.ok()) {
        Take(group, *delivery, delivery->records(), &out);
        out.delivery = *std::move(delivery);
      }
    }
    if (status.ok()) {
      outs->push_back(std::move(out));
    } else {
      Check(absl::IsDeadlineExceeded(status),
            "nothing to deliver is all that may be wrong: ", status);
    }
    return status.ok();
  }

  template <class AnyDelivery, class Records>
  void Take(Group& group, const AnyDelivery& delivery, const Records& records, Out* out) {
    const ShardId shard = delivery.shard_id();
    Log(group.name, ": member ", out->member, " gets ", records.size(), " of ", shard, " in epoch ",
        delivery.epoch(), " for lane ", out->lane);
    uint64_t& epoch = group.epochs[shard.index()];
    Check(delivery.epoch() >= epoch, "epochs grow");
    if (epoch != 0 && delivery.epoch() > epoch) ++counts_.hand_overs;
    epoch = delivery.epoch();
    out->epoch = epoch;
    Check(delivery.records_lost() == 0, "nothing expires or is trimmed before it is committed");
    // What is taken out of the hands of a member that stalled comes again here.
    for (Out& other : group.out) {
      if (!other.is_stale || other.shard_id() != shard || other.epoch == epoch) continue;
      group.may_come_again.insert(other.records.begin(), other.records.end());
      other.records.clear();
    }
    CheckCommitted(group);
    std::map<int, int> next = group.done;
    for (const RecordView& record : records) {
      const int key = record.partition_key.back() - '0';
      const int number = std::stoi(std::string(record.data));
      const Name name(key, number);
      if (number < next[key]) {
        // It was finished, but not committed when its lanes ended or lost it.
        const Put& put = put_[key][static_cast<size_t>(number)];
        Check(put.place >= group.committed[put.shard], "record ", number, " of key ", key,
              " does not come again after it was committed");
        group.done[key] = number;
        next[key] = number;
      }
      Check(number == next[key]++, "record ", number, " of key ", key,
            " comes when those before it are done with, once");
      ++counts_.delivered;
      if (!seen_[group.name].insert(name).second) {
        ++counts_.came_again;
        Check(group.may_come_again.contains(name), "record ", number, " of key ", key,
              " comes again for a reason");
      }
      out->records.push_back(name);
    }
  }

  void Return(Out& out) {
    out.Visit([](auto& each) { each.Return(); });
  }

  void Resolve(Group& group) {
    if (group.out.empty()) return;
    const auto at = group.out.begin() + Below(static_cast<int64_t>(group.out.size()));
    Out out = std::move(*at);
    group.out.erase(at);
    const size_t size = out.Visit([](auto& each) { return each.records().size(); });
    if (Chance(2)) {
      Commit(group, out, size);
      return;
    }
    if (Chance(2)) Commit(group, out, static_cast<size_t>(Below(static_cast<int64_t>(size) + 1)));
    if (out.is_resolved()) return;
    group.may_come_again.insert(out.records.begin(), out.records.end());
    const size_t first = out.finished();
    const ShardId shard = out.shard_id();
    if (Chance(3)) {
      Log(group.name, ": returns ", shard);
      Return(out);
    } else if (Chance(2)) {
      Log(group.name, ": drops ", shard);
      const uint64_t letters = group.group->Metrics().dead_letters;
      out.delivery.reset();
      if (group.group->Metrics().dead_letters > letters) GiveUp(group, out.records[first]);
    } else {
      Log(group.name, ": fails ", shard);
      const uint64_t letters = group.group->Metrics().dead_letters;
      const absl::Status failed =
          out.Visit([](auto& each) { return each.Fail(absl::DataLossError("poison")); });
      Check(failed.ok() || absl::IsAborted(failed), "a failure is noted: ", failed);
      if (absl::IsAborted(failed)) ++counts_.aborted;
      Check(failed.ok() || out.is_stale, "only who stalled is refused");
      if (group.group->Metrics().dead_letters > letters) GiveUp(group, out.records[first]);
    }
  }

  // `record` is in the order of the delivery.
  void GiveUp(Group& group, Name record) {
    Check(record.second == group.done[record.first], "a record is given up in its turn");
    ++group.done[record.first];
    ++counts_.dead_letters;
    Log(group.name, ": gives up ", record.second, " of key ", record.first);
  }

  // Or finishes, in lanes.
  void Commit(Group& group, Out& out, size_t count) {
    Delivery* const plain = std::get_if<Delivery>(&*out.delivery);
    const absl::Status status = plain != nullptr
                                    ? plain->Commit(count)
                                    : std::get<LaneDelivery>(*out.delivery).Finish(count);
    Log(group.name, ": commits ", count, " of ", out.shard_id(), ": ", status);
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
      // Its lanes may have ended with this.
      if (out.has_left) group.may_come_again.insert(out.records[i]);
      ++counts_.committed;
    }
    Check(count == 0 || !out.records.empty(), "what came to another member is not committed here");
  }

  // What is committed of a shard has been done with, record by record.
  void CheckCommitted(Group& group) {
    for (const GroupShardMetrics& shard : group.group->Metrics().shards) {
      const auto in_shard = shards_.find(shard.shard_id);
      if (in_shard == shards_.end() || !shard.committed.is_valid()) continue;
      size_t& committed = group.committed[shard.shard_id];
      for (; committed < in_shard->second.size(); ++committed) {
        const auto [key, number] = in_shard->second[committed];
        if (put_[key][static_cast<size_t>(number)].number > shard.committed) break;
        Check(number < group.done[key], "record ", number, " of key ", key,
              " is done with before it is committed, in ", shard.shard_id);
      }
    }
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
            "a shard that can be read has an owner: ", shard.shard_id);
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
    Log(group.name, ": to the end");
    MayLose(group);  // if its lanes have left
    for (Out& out : group.out) {
      group.may_come_again.insert(out.records.begin(), out.records.end());
      Return(out);
    }
    group.out.clear();
    if (group.members.empty()) Join(group);
    // A round finishes all that can be read as it begins, so there are as many rounds without a
    // record as there may be generations of shards.
    int idle = 0;
    for (int round = 0; idle < 2 && round < kGenerationsMax && problem_.empty(); ++round) {
      idle = HasEnded(group) ? 0 : idle + 1;
      for (Member& member : group.members) {
        for (size_t lane = 0; lane < std::max<size_t>(1, member.lanes()); ++lane) {
          std::vector<Out> outs;
          while (problem_.empty() && TryNext(group, member, lane, &outs)) {
            idle = 0;
            Commit(group, outs.back(), outs.back().records.size());
            outs.clear();
          }
        }
      }
    }
    for (const auto& [key, puts] : put_) {
      Check(group.done[key] == static_cast<int>(puts.size()), "all of key ", key,
            " is done with, of ", puts.size(), " only ", group.done[key]);
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
  const bool tells_;
  GroupScenarioCounts& counts_;
  SimulatedClock clock_;
  const std::unique_ptr<Engine> engine_;
  const bool keeps_;
  Stream stream_;
  const Stream dead_;
  std::vector<Group> groups_;
  std::map<int, std::vector<Put>> put_;          // of each key
  std::map<ShardId, std::vector<Name>> shards_;  // what was put to each
  std::map<std::string, std::set<Name>> seen_;   // by group
  std::ostringstream steps_;
  std::string problem_;
};

}  // namespace

std::string PlayGroupScenario(uint64_t seed, GroupScenarioCounts* counts) {
  if (Scenario(seed, /*tells=*/false, counts).Play().empty()) return "";
  GroupScenarioCounts again;
  return Scenario(seed, /*tells=*/true, &again).Play();
}

}  // namespace kinesis::testing
