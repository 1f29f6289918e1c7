// Follows a stream through a split and a merge. A shard is drained before its children are read,
// and the child of a merge waits for both parents; then the records of one key come in order.
//
// Prints:
//   shardId-000000000000: alice 1
//   shardId-000000000000: bob 1
//   shardId-000000000001: alice 2
//   shardId-000000000002: bob 2
//   shardId-000000000003: alice 3
//   shardId-000000000003: bob 3
#include <algorithm>
#include <deque>
#include <iostream>
#include <set>
#include <string_view>
#include <vector>

#include "kinesis_core/engine.h"

namespace {

void PutBoth(kinesis::Stream stream, std::string_view data) {
  stream.Put({.partition_key = "alice", .data = data}).value();
  stream.Put({.partition_key = "bob", .data = data}).value();
}

// Prints what `shard` holds. Returns the shards that took over from it.
std::vector<kinesis::ShardId> Drain(const kinesis::Shard& shard) {
  kinesis::Iterator it = shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
  for (;;) {
    const kinesis::RecordBatch batch = it.Read().value();
    for (const kinesis::RecordView& record : batch) {
      std::cout << shard.id() << ": " << record.partition_key << " " << record.data << "\n";
    }
    if (batch.end_of_shard()) return {batch.child_shards().begin(), batch.child_shards().end()};
    if (batch.empty()) return {};  // open, and all read: a consumer that lives on would Wait
  }
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = engine->CreateStream("tea").value();
  PutBoth(stream, "1");
  const std::vector<kinesis::ShardId> halves = stream.SplitShard(kinesis::ShardId(0)).value();
  PutBoth(stream, "2");
  stream.MergeShards(halves[0], halves[1]).value();
  PutBoth(stream, "3");

  std::set<kinesis::ShardId> drained;
  std::deque<kinesis::ShardId> ready = {kinesis::ShardId(0)};
  while (!ready.empty()) {
    const kinesis::Shard shard = stream.FindShard(ready.front()).value();
    ready.pop_front();
    const std::vector<kinesis::ShardId> children = Drain(shard);
    drained.insert(shard.id());
    for (const kinesis::ShardId child : children) {
      const auto parents = stream.FindShard(child).value().parents();
      const auto is_drained = [&](kinesis::ShardId parent) { return drained.contains(parent); };
      if (std::all_of(parents.begin(), parents.end(), is_drained)) ready.push_back(child);
    }
  }
}
