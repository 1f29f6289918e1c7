#include "kinesis_core/testing/test_record.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/engine.h"
#include "kinesis_core/iterator.h"
#include "kinesis_core/record_batch.h"
#include "kinesis_core/shard.h"

namespace kinesis::testing {

namespace {

// In quotation marks.
void WriteShortly(std::ostream& out, std::string_view text) {
  constexpr size_t kMost = 100;
  constexpr std::string_view kDigits = "0123456789abcdef";
  out << '"';
  for (const char character : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7f) {
      out << character;
    } else {
      out << "\\x" << kDigits[byte >> 4] << kDigits[byte & 0xf];
    }
  }
  out << '"';
  if (text.size() > kMost) out << "... (" << text.size() << " bytes)";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const TestRecord& record) {
  WriteShortly(out, record.data);
  out << " of key ";
  WriteShortly(out, record.partition_key);
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

absl::StatusOr<std::vector<TestRecord>> DrainStream(const Stream& stream) {
  std::vector<TestRecord> records;
  // In order of id, in which parents come before their children.
  for (const Shard& shard : stream.ListShards()) {
    absl::StatusOr<Iterator> iterator = shard.CreateIterator(IteratorStart::TrimHorizon());
    if (!iterator.ok()) return iterator.status();
    for (;;) {
      const ReadResult batch = iterator->Read();
      if (!batch.ok()) return batch.status();
      if (batch->empty()) break;
      for (const RecordView& record : *batch) records.push_back(CopyOf(record));
    }
  }
  return records;
}

absl::StatusOr<std::vector<TestRecord>> DrainStream(api::Client& client, std::string_view stream) {
  const absl::StatusOr<Stream> opened = client.engine().OpenStream(stream);
  if (!opened.ok()) return opened.status();
  return DrainStream(*opened);
}

}  // namespace kinesis::testing
