// TestRecord: a record that owns its bytes, to be put or as it was read; and what makes many.
//
//   for (const TestRecord& record : NumberedRecords({.count = 100, .keys = 8})) ...
//   client->PutRecords(PutRecordsOf("orders", records));  // at most 500, as in the service
//   std::vector<TestRecord> stored = DrainStream(*client, "orders").value();
#ifndef KINESIS_CORE_TESTING_TEST_RECORD_H_
#define KINESIS_CORE_TESTING_TEST_RECORD_H_

#include <cstddef>
#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/export.h"
#include "kinesis_core/record.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/stream.h"

namespace kinesis::testing {

// Thread-compatible: a value.
struct TestRecord {
  std::string partition_key = {};
  std::string data = {};
  // Of a record that was read.
  SequenceNumber sequence_number = {};
  absl::Time arrival_time = absl::InfinitePast();

  // Of a record that was read; otherwise shard 0.
  ShardId shard_id() const { return ShardId(sequence_number.shard_index()); }

  friend bool operator==(const TestRecord&, const TestRecord&) = default;
};

// "order-7" of key "alice", record 3 of shard 0. Of long data and keys the beginning is written,
// and their size; bytes that do not print are written as \x00.
KINESIS_CORE_EXPORT std::ostream& operator<<(std::ostream& out, const TestRecord& record);

// A copy of a record that is shown.
KINESIS_CORE_EXPORT TestRecord CopyOf(const RecordView& record);
KINESIS_CORE_EXPORT TestRecord CopyOf(const api::Record& record);

// --- Many, to be put

struct NumberedRecordsOptions {
  size_t count = 10;
  size_t keys = 4;                   // "key-0" and on, in turn; 0 is taken for 1
  std::string_view data = "record";  // and "-0", "-1", ...
  size_t first = 0;                  // number of the first one
};
KINESIS_CORE_EXPORT std::vector<TestRecord> NumberedRecords(
    const NumberedRecordsOptions& options = {});

// The views of the request are into `stream` and `records`, which have to outlive it.
KINESIS_CORE_EXPORT api::PutRecordsRequest PutRecordsOf(std::string_view stream,
                                                        std::span<const TestRecord> records);

// --- All that are stored

// Every record of a stream that can be read, shard by shard: parents before their children, and in
// order of sequence numbers within a shard. It reads beside the client, from the engine: throttles,
// faults and quotas neither hinder it nor notice. For a stream that nobody puts to meanwhile.
// Copies all records. Of a client over a transport it reads by the operations, and their errors are
// its own.
//
// kNotFound: there is no such stream.
KINESIS_CORE_EXPORT absl::StatusOr<std::vector<TestRecord>> DrainStream(const Stream& stream);
KINESIS_CORE_EXPORT absl::StatusOr<std::vector<TestRecord>> DrainStream(api::Client& client,
                                                                        std::string_view stream);

// The same as users put them: aggregated records are taken apart (api::Deaggregate), and what is
// outside of the range of its shard is left out. The sequence number is that of the whole.
KINESIS_CORE_EXPORT absl::StatusOr<std::vector<TestRecord>> DrainUserRecords(
    api::Client& client, std::string_view stream);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_TEST_RECORD_H_
