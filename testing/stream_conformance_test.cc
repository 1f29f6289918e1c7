// The suite on the engine and on the client of its API: two adaptors to write one's own after.
#include "kinesis_core/testing/stream_conformance.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kinesis_core/api/client.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/simulated_clock.h"

namespace kinesis::testing {
namespace {

class EngineAdaptor {
 public:
  explicit EngineAdaptor(int32_t shards)
      : stream_(engine_->CreateStream("stream", {.shard_count = shards}).value()) {}

  absl::StatusOr<PutResult> Put(const Record& record) { return stream_.Put(record); }

  std::vector<ShardShape> ListShards() {
    std::vector<ShardShape> shapes;
    for (const Shard& shard : stream_.ListShards()) {
      shapes.push_back({shard.id(), shard.hash_key_range(), shard.parents(), shard.is_open()});
    }
    return shapes;
  }
  absl::Status Split(ShardId shard, HashKey new_start) {
    return stream_.SplitShard(shard, new_start).status();
  }
  absl::Status Merge(ShardId lower, ShardId upper) {
    return stream_.MergeShards(lower, upper).status();
  }

  using Reader = Iterator;
  absl::StatusOr<Reader> Open(ShardId id, const IteratorStart& start) {
    const absl::StatusOr<Shard> shard = stream_.FindShard(id);
    if (!shard.ok()) return shard.status();
    return shard->CreateIterator(start);
  }
  absl::StatusOr<ReadPage> Read(Reader& reader, int32_t records_max) {
    const ReadResult batch = reader.Read({.max_records = static_cast<uint64_t>(records_max)});
    if (!batch.ok()) return batch.status();
    ReadPage page{.end_of_shard = batch->end_of_shard()};
    for (const RecordView& record : *batch) page.records.push_back(CopyOf(record));
    page.child_shards.assign(batch->child_shards().begin(), batch->child_shards().end());
    return page;
  }

  absl::Time Now() { return clock_.Now(); }
  void Advance(absl::Duration step) { clock_.Advance(step); }

 private:
  SimulatedClock clock_;
  std::unique_ptr<Engine> engine_ = Engine::Create({.clock = &clock_}).value();
  Stream stream_;
};

// Tokens travel as text, as they would through a service.
class ClientAdaptor {
 public:
  explicit ClientAdaptor(int32_t shards) {
    api::ClientOptions options;
    options.limits.rates = false;
    client_ = api::Client::Create(options, {.clock = &clock_}).value();
    const absl::Status created =
        client_->CreateStream({.stream_name = "stream", .shard_count = shards});
    EXPECT_TRUE(created.ok()) << created;
  }

  absl::StatusOr<PutResult> Put(const Record& record) {
    api::PutRecordRequest request{
        .stream_name = "stream", .data = record.data, .partition_key = record.partition_key};
    if (record.explicit_hash_key) request.explicit_hash_key = *record.explicit_hash_key;
    const auto put = client_->PutRecord(request);
    if (!put.ok()) return put.status();
    return PutResult{put->shard_id, put->sequence_number};
  }

  std::vector<ShardShape> ListShards() {
    std::vector<ShardShape> shapes;
    const auto listed = client_->ListShards({.stream_name = "stream"}).value();
    for (const api::Shard& shard : listed.shards) {
      ShardShape shape{.id = shard.shard_id,
                       .range = HashKeyRange::Create(shard.hash_key_range.starting_hash_key,
                                                     shard.hash_key_range.ending_hash_key)
                                    .value(),
                       .is_open = !shard.sequence_number_range.ending_sequence_number};
      for (const auto& parent : {shard.parent_shard_id, shard.adjacent_parent_shard_id}) {
        if (parent) shape.parents.push_back(*parent);
      }
      shapes.push_back(std::move(shape));
    }
    return shapes;
  }
  absl::Status Split(ShardId shard, HashKey new_start) {
    return client_->SplitShard(
        {.stream_name = "stream", .shard_to_split = shard, .new_starting_hash_key = new_start});
  }
  absl::Status Merge(ShardId lower, ShardId upper) {
    return client_->MergeShards(
        {.stream_name = "stream", .shard_to_merge = lower, .adjacent_shard_to_merge = upper});
  }

  using Reader = std::string;  // the token
  absl::StatusOr<Reader> Open(ShardId shard, const IteratorStart& start) {
    api::GetShardIteratorRequest request{.stream_name = "stream", .shard_id = shard};
    switch (start.kind()) {
      case IteratorStart::Kind::kTrimHorizon:
        request.shard_iterator_type = api::ShardIteratorType::kTrimHorizon;
        break;
      case IteratorStart::Kind::kLatest:
        request.shard_iterator_type = api::ShardIteratorType::kLatest;
        break;
      case IteratorStart::Kind::kAtSequenceNumber:
        request.shard_iterator_type = api::ShardIteratorType::kAtSequenceNumber;
        request.starting_sequence_number = start.sequence_number();
        break;
      case IteratorStart::Kind::kAfterSequenceNumber:
        request.shard_iterator_type = api::ShardIteratorType::kAfterSequenceNumber;
        request.starting_sequence_number = start.sequence_number();
        break;
      case IteratorStart::Kind::kAtTimestamp:
        request.shard_iterator_type = api::ShardIteratorType::kAtTimestamp;
        request.timestamp = start.time();
        break;
    }
    const auto response = client_->GetShardIterator(request);
    if (!response.ok()) return response.status();
    return response->shard_iterator.ToString();
  }
  absl::StatusOr<ReadPage> Read(Reader& reader, int32_t records_max) {
    const auto response = client_->GetRecords({.shard_iterator = reader, .limit = records_max});
    if (!response.ok()) return response.status();
    ReadPage page{.end_of_shard = !response->next_shard_iterator};
    for (const api::Record& record : response->records) page.records.push_back(CopyOf(record));
    if (response->child_shards) {
      for (const auto& child : *response->child_shards) page.child_shards.push_back(child.shard_id);
    }
    if (response->next_shard_iterator) reader = response->next_shard_iterator->ToString();
    return page;
  }

  absl::Time Now() { return clock_.Now(); }
  void Advance(absl::Duration step) { clock_.Advance(step); }

 private:
  SimulatedClock clock_;
  std::unique_ptr<api::Client> client_;
};

}  // namespace

INSTANTIATE_TYPED_TEST_SUITE_P(Engine, StreamConformance, EngineAdaptor);
INSTANTIATE_TYPED_TEST_SUITE_P(Client, StreamConformance, ClientAdaptor);

}  // namespace kinesis::testing
