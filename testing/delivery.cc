#include "kinesis_core/testing/delivery.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "kinesis_core/shard.h"

namespace kinesis::testing {
namespace {

using ::testing::AssertionFailure;
using ::testing::AssertionResult;
using ::testing::AssertionSuccess;

// By what a record is looked up; of the two members one is left empty.
using Identity = std::tuple<SequenceNumber, std::string_view>;

Identity IdentityOf(const TestRecord& record, SameBy same_by) {
  if (same_by == SameBy::kData) return {SequenceNumber(), record.data};
  return {record.sequence_number, std::string_view()};
}

// Counts what is wrong and keeps the first of it.
class Finding {
 public:
  explicit Finding(std::string_view what) : what_(what) {}

  void Add(const TestRecord& record) {
    if (count_++ == 0) first_ = &record;
  }
  bool empty() const { return count_ == 0; }
  AssertionResult Failure(size_t of) const {
    return AssertionFailure() << count_ << " of " << of << " records " << what_
                              << ", the first being " << *first_;
  }

 private:
  std::string_view what_;
  size_t count_ = 0;
  const TestRecord* first_ = nullptr;
};

AssertionResult CheckDelivered(std::span<const TestRecord> stored,
                               std::span<const TestRecord> delivered, SameBy same_by, bool once) {
  struct Expected {
    const TestRecord* record;
    bool delivered;
  };
  std::map<Identity, Expected> expected;
  for (const TestRecord& record : stored) {
    expected.try_emplace(IdentityOf(record, same_by), Expected{&record, false});
  }
  Finding unknown("were delivered that are not stored, or not so");
  Finding again("were delivered more than once");
  for (const TestRecord& record : delivered) {
    const auto found = expected.find(IdentityOf(record, same_by));
    if (found == expected.end() || found->second.record->data != record.data ||
        found->second.record->partition_key != record.partition_key) {
      unknown.Add(record);
    } else if (std::exchange(found->second.delivered, true)) {
      again.Add(record);
    }
  }
  Finding lost("were never delivered");
  for (const TestRecord& record : stored) {
    if (!expected.at(IdentityOf(record, same_by)).delivered) lost.Add(record);
  }
  if (!unknown.empty()) return unknown.Failure(delivered.size());
  if (!lost.empty()) return lost.Failure(stored.size());
  if (once && !again.empty()) return again.Failure(delivered.size());
  return AssertionSuccess();
}

// Those shards of a stream that each shard descends from.
std::map<ShardId, std::set<ShardId>> AncestorsIn(const Stream& stream) {
  std::map<ShardId, std::set<ShardId>> ancestors;
  for (const Shard& shard : stream.ListShards()) {  // parents before children
    std::set<ShardId>& mine = ancestors[shard.id()];
    for (const ShardId parent : shard.parents()) {
      mine.insert(parent);
      const auto above = ancestors.find(parent);
      if (above != ancestors.end()) mine.insert(above->second.begin(), above->second.end());
    }
  }
  return ancestors;
}

}  // namespace

AssertionResult DeliveredAtLeastOnce(std::span<const TestRecord> stored,
                                     std::span<const TestRecord> delivered, SameBy same_by) {
  return CheckDelivered(stored, delivered, same_by, /*once=*/false);
}

AssertionResult DeliveredExactlyOnce(std::span<const TestRecord> stored,
                                     std::span<const TestRecord> delivered, SameBy same_by) {
  return CheckDelivered(stored, delivered, same_by, /*once=*/true);
}

AssertionResult DeliveredInOrderPerKey(std::span<const TestRecord> delivered) {
  std::map<std::string_view, const TestRecord*> newest;
  std::set<SequenceNumber> seen;
  for (const TestRecord& record : delivered) {
    if (!seen.insert(record.sequence_number).second) continue;  // not the first time
    const TestRecord*& before = newest[record.partition_key];
    if (before != nullptr && record.sequence_number < before->sequence_number) {
      return AssertionFailure() << record << " was delivered after " << *before
                                << ", which is stored behind it";
    }
    before = &record;
  }
  return AssertionSuccess();
}

AssertionResult DeliveredParentsFirst(const Stream& stream, std::span<const TestRecord> stored,
                                      std::span<const TestRecord> delivered) {
  std::map<ShardId, std::set<SequenceNumber>> missing;
  for (const TestRecord& record : stored) {
    missing[record.shard_id()].insert(record.sequence_number);
  }
  const std::map<ShardId, std::set<ShardId>> ancestors = AncestorsIn(stream);
  for (const TestRecord& record : delivered) {
    const auto mine = ancestors.find(record.shard_id());
    if (mine == ancestors.end()) return AssertionFailure() << record << " is of no listed shard";
    for (const ShardId ancestor : mine->second) {
      const size_t count = missing[ancestor].size();
      if (count == 0) continue;
      return AssertionFailure() << record << " was delivered before " << count << " records of "
                                << ancestor << ", from which its shard descends";
    }
    missing[record.shard_id()].erase(record.sequence_number);
  }
  return AssertionSuccess();
}

}  // namespace kinesis::testing
