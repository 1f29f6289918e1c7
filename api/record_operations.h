// Requests and responses that carry records: PutRecord, PutRecords, GetShardIterator, GetRecords.
//
// A request names its stream by `stream_name`, `stream_arn` or `stream_id`, by several if they
// agree. Every member of a request may be left out, as on the wire; a required one that is missing
// is the service's ValidationException.
//
// With `dry_run` a request is checked as it would be otherwise, nothing is done, and where it would
// have been done DryRunOperationException says so. Nothing is charged either, so the rates of a
// shard, which are what a call is charged to, are not asked.
//
// The text and data of puts are views: the bytes are the caller's, are copied by the call, and need
// to live only until it returns.
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_RECORD_OPERATIONS_H_
#define KINESIS_CORE_API_RECORD_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/record_list.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/api/shard_iterator.h"
#include "kinesis_core/api/text_or.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// --- Put -----------------------------------------------------------------------------------------

struct PutRecordRequest {
  std::optional<std::string_view> stream_name = std::nullopt;
  std::optional<std::string_view> stream_arn = std::nullopt;
  std::optional<std::string_view> stream_id = std::nullopt;
  std::optional<std::string_view> data = std::nullopt;  // required
  // Required, unless the stream's RecordDistributionStrategy is AUTO: then neither this nor the
  // explicit hash key decides, but both are checked, and the key is kept with the record.
  std::optional<std::string_view> partition_key = std::nullopt;
  // Decides the shard instead of the partition key.
  std::optional<TextOr<HashKey>> explicit_hash_key = std::nullopt;
  // A number that the new record's is to be above: that of the same client's put before. It is
  // checked; the order holds in any case, as puts that follow each other have growing numbers.
  std::optional<TextOr<SequenceNumber>> sequence_number_for_ordering = std::nullopt;
  std::optional<bool> dry_run = std::nullopt;  // see the head of this file
};

struct PutRecordResponse {
  ShardId shard_id;
  SequenceNumber sequence_number;
  std::optional<EncryptionType> encryption_type;
};

struct PutRecordsRequestEntry {
  std::optional<std::string_view> data = std::nullopt;           // required
  std::optional<std::string_view> partition_key = std::nullopt;  // as of PutRecord
  std::optional<TextOr<HashKey>> explicit_hash_key = std::nullopt;
};

struct PutRecordsRequest {
  std::optional<std::string_view> stream_name = std::nullopt;
  std::optional<std::string_view> stream_arn = std::nullopt;
  std::optional<std::string_view> stream_id = std::nullopt;
  std::optional<std::vector<PutRecordsRequestEntry>> records = std::nullopt;  // required
  std::optional<bool> dry_run = std::nullopt;
};

// Either the first two members or the last two are there.
struct PutRecordsResultEntry {
  std::optional<ShardId> shard_id;
  std::optional<SequenceNumber> sequence_number;
  std::optional<std::string> error_code;
  std::optional<std::string> error_message;
};

// The call succeeds when some records failed, or all: records[i] is of the request's records[i].
struct PutRecordsResponse {
  int32_t failed_record_count = 0;
  std::vector<PutRecordsResultEntry> records;
  std::optional<EncryptionType> encryption_type;
};

// --- Get -----------------------------------------------------------------------------------------

struct GetShardIteratorRequest {
  std::optional<std::string> stream_name = std::nullopt;
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<TextOr<ShardId>> shard_id = std::nullopt;                       // required
  std::optional<TextOr<ShardIteratorType>> shard_iterator_type = std::nullopt;  // required
  // With the two types that name a sequence number, and with no other.
  std::optional<TextOr<SequenceNumber>> starting_sequence_number = std::nullopt;
  std::optional<absl::Time> timestamp = std::nullopt;  // with kAtTimestamp
  std::optional<bool> dry_run = std::nullopt;
};

struct GetShardIteratorResponse {
  ShardIterator shard_iterator;
};

struct GetRecordsRequest {
  std::optional<ShardIterator> shard_iterator = std::nullopt;  // required
  std::optional<int32_t> limit = std::nullopt;                 // records, 10,000 if left out
  std::optional<std::string> stream_arn = std::nullopt;
  std::optional<std::string> stream_id = std::nullopt;
  std::optional<bool> dry_run = std::nullopt;
};

struct GetRecordsResponse {
  RecordList records;
  // Nothing: the shard is closed and has been read to its end.
  std::optional<ShardIterator> next_shard_iterator;
  // The age of the oldest record not returned yet; 0 at the tip.
  int64_t millis_behind_latest = 0;
  // At the end of a closed shard: those that took over.
  std::optional<std::vector<ChildShard>> child_shards;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_RECORD_OPERATIONS_H_
