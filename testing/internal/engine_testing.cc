#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::testing {

::testing::AssertionResult Fails(const absl::Status& status, absl::StatusCode code,
                                 std::initializer_list<std::string_view> parts) {
  if (status.code() != code) {
    return ::testing::AssertionFailure()
           << "expected " << absl::StatusCodeToString(code) << ", got " << status;
  }
  const std::string message(status.message().data(), status.message().size());
  for (const std::string_view part : parts) {
    if (message.find(part) == std::string::npos) {
      return ::testing::AssertionFailure() << "no \"" << part << "\" in: " << message;
    }
  }
  return ::testing::AssertionSuccess();
}

TestEngine::TestEngine(uint64_t budget_bytes)
    : engine(Engine::Create({.memory_budget_bytes = budget_bytes, .clock = &clock}).value()) {}

std::vector<std::string> ReadData(Iterator& iterator, const ReadLimits& limits) {
  std::vector<std::string> data;
  for (;;) {
    const RecordBatch batch = iterator.Read(limits).value();
    for (const RecordView& record : batch) data.emplace_back(record.data);
    if (batch.empty()) return data;
  }
}

std::vector<std::string> ReadData(const Shard& shard, const IteratorStart& start) {
  Iterator iterator = shard.CreateIterator(start).value();
  return ReadData(iterator);
}

std::vector<std::string> ReadData(const Stream& stream) {
  std::vector<std::string> data;
  for (const Shard& shard : stream.ListShards()) {
    for (std::string& record : ReadData(shard)) data.push_back(std::move(record));
  }
  return data;
}

Drained Drain(Iterator& iterator) {
  Drained drained;
  for (;;) {
    const RecordBatch batch = iterator.Read().value();
    drained.records += batch.size();
    drained.lost += batch.records_lost();
    drained.end_of_shard = batch.end_of_shard();
    drained.child_shards.assign(batch.child_shards().begin(), batch.child_shards().end());
    if (batch.empty()) return drained;
  }
}

Shard OnlyShard(const Stream& stream) {
  const std::vector<Shard> shards = stream.ListShards();
  EXPECT_EQ(shards.size(), 1U);
  return shards.at(0);
}

Shard ShardAt(const Stream& stream, uint32_t index) {
  return stream.FindShard(ShardId(index)).value();
}

std::vector<uint32_t> Indices(const std::vector<ShardId>& ids) {
  std::vector<uint32_t> indices;
  for (const ShardId id : ids) indices.push_back(id.index());
  return indices;
}

std::vector<uint32_t> OpenShards(const Stream& stream) {
  std::vector<uint32_t> open;
  for (const Shard& shard : stream.ListShards()) {
    if (shard.is_open()) open.push_back(shard.id().index());
  }
  return open;
}

std::vector<uint32_t> AllShards(const Stream& stream) {
  std::vector<uint32_t> all;
  for (const Shard& shard : stream.ListShards()) all.push_back(shard.id().index());
  return all;
}

}  // namespace kinesis::testing
