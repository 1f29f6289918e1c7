#include "kinesis_core/testing/test_record.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "kinesis_core/api/aggregation.h"
#include "kinesis_core/api/paginators.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/shard.h"
#include "kinesis_core/testing/internal/short_text.h"

namespace kinesis::testing {

std::ostream& operator<<(std::ostream& out, const TestRecord& record) {
  internal::WriteShortly(out, record.data);
  out << " of key ";
  internal::WriteShortly(out, record.partition_key);
  if (!record.sequence_number.is_valid()) return out;
  return out << ", record " << record.sequence_number.index() << " of shard "
             << record.shard_id().index();
}

TestRecord CopyOf(const RecordView& record) {
  return {std::string(record.partition_key), std::string(record.data), record.sequence_number,
          record.arrival_time};
}

TestRecord CopyOf(const api::Record& record) {
  return {std::string(record.partition_key.value_or("")), std::string(record.data),
          record.sequence_number,
          record.approximate_arrival_timestamp.value_or(absl::InfinitePast())};
}

std::vector<TestRecord> NumberedRecords(const NumberedRecordsOptions& options) {
  const size_t keys = std::max<size_t>(options.keys, 1);
  std::vector<TestRecord> records;
  for (size_t i = options.first; i < options.first + options.count; ++i) {
    records.push_back({.partition_key = "key-" + std::to_string(i % keys),
                       .data = std::string(options.data) + "-" + std::to_string(i)});
  }
  return records;
}

api::PutRecordsRequest PutRecordsOf(std::string_view stream, std::span<const TestRecord> records) {
  std::vector<api::PutRecordsRequestEntry> entries;
  entries.reserve(records.size());
  for (const TestRecord& record : records) {
    entries.push_back({.data = record.data, .partition_key = record.partition_key});
  }
  return {.stream_name = stream, .records = std::move(entries)};
}

namespace {

using Visit = std::function<void(const api::Record&, const api::HashKeyRange&)>;

// Shows every stored record, with the range of its shard.
absl::Status VisitEngine(const Stream& stream, const Visit& visit) {
  // In order of id, in which parents come before their children.
  for (const Shard& shard : stream.ListShards()) {
    const api::HashKeyRange range{shard.hash_key_range().start(), shard.hash_key_range().end()};
    absl::StatusOr<Iterator> iterator = shard.CreateIterator(IteratorStart::TrimHorizon());
    if (!iterator.ok()) return iterator.status();
    for (;;) {
      const ReadResult batch = iterator->Read();
      if (!batch.ok()) return batch.status();
      if (batch->empty()) break;
      for (const RecordView& record : *batch) {
        visit({.sequence_number = record.sequence_number,
               .approximate_arrival_timestamp = record.arrival_time,
               .data = record.data,
               .partition_key = record.partition_key,
               .encryption_type = std::nullopt},
              range);
      }
    }
  }
  return absl::OkStatus();
}

absl::Status VisitShard(api::Client& client, const std::string& stream, const api::Shard& shard,
                        const Visit& visit) {
  const auto start =
      client.GetShardIterator({.stream_name = stream,
                               .shard_id = shard.shard_id,
                               .shard_iterator_type = api::ShardIteratorType::kTrimHorizon});
  if (!start.ok()) return start.status();
  std::optional<api::ShardIterator> iterator = start->shard_iterator;
  while (iterator) {
    const auto page = client.GetRecords({.shard_iterator = iterator});
    if (!page.ok()) return page.status();
    for (const api::Record& record : page->records) visit(record, shard.hash_key_range);
    // A page may be empty although records follow it.
    const bool at_tip = page->records.empty() && page->millis_behind_latest == 0;
    iterator = at_tip ? std::nullopt : page->next_shard_iterator;
  }
  return absl::OkStatus();
}

absl::Status VisitService(api::Client& client, const std::string& stream, const Visit& visit) {
  api::ListShardsPages pages(client, {.stream_name = stream});
  for (const api::ListShardsResponse& page : pages) {
    for (const api::Shard& shard : page.shards) {
      if (absl::Status status = VisitShard(client, stream, shard, visit); !status.ok()) {
        return status;
      }
    }
  }
  return pages.status();
}

absl::Status VisitStored(api::Client& client, std::string_view stream, const Visit& visit) {
  if (!client.in_process()) return VisitService(client, std::string(stream), visit);
  const absl::StatusOr<Stream> opened = client.engine().OpenStream(stream);
  return opened.ok() ? VisitEngine(*opened, visit) : opened.status();
}

}  // namespace

absl::StatusOr<std::vector<TestRecord>> DrainStream(const Stream& stream) {
  std::vector<TestRecord> records;
  const absl::Status status = VisitEngine(
      stream, [&](const api::Record& record, const auto&) { records.push_back(CopyOf(record)); });
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<std::vector<TestRecord>> DrainStream(api::Client& client, std::string_view stream) {
  std::vector<TestRecord> records;
  const absl::Status status = VisitStored(
      client, stream,
      [&](const api::Record& record, const auto&) { records.push_back(CopyOf(record)); });
  if (!status.ok()) return status;
  return records;
}

absl::StatusOr<std::vector<TestRecord>> DrainUserRecords(api::Client& client,
                                                         std::string_view stream) {
  std::vector<TestRecord> records;
  const absl::Status status =
      VisitStored(client, stream, [&](const api::Record& record, const api::HashKeyRange& range) {
        std::vector<api::UserRecord> users;
        api::Deaggregate(record, range, api::OutsideEntries::kDrop, &users);
        for (const api::UserRecord& user : users) {
          records.push_back(
              {.partition_key = std::string(user.partition_key.value_or("")),
               .data = std::string(user.data),
               .sequence_number = user.sequence_number,
               .arrival_time = user.approximate_arrival_timestamp.value_or(absl::InfinitePast())});
        }
      });
  if (!status.ok()) return status;
  return records;
}

}  // namespace kinesis::testing
