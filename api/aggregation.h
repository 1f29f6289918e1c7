// Several records of a user in one of the stream: the format that Amazon's producer and consumer
// libraries share, by which small records cost less of a shard's 1,000 a second.
//
//   RecordAggregator aggregator;
//   aggregator.Add({.partition_key = "alice", .data = "tea"});
//   client->PutRecord({.stream_name = "orders", .data = aggregator.Finish(), ...});
//
//   for (const UserRecord& record : Deaggregate(response->records, range)) Process(record.data);
//
// An aggregated record is F3 89 9A C2, a message of protocol buffers, and the MD5 of that message:
//
//   message Record { required uint64 partition_key_index = 1; optional uint64
//                    explicit_hash_key_index = 2; required bytes data = 3; repeated Tag tags = 4; }
//   message AggregatedRecord { repeated string partition_key_table = 1; repeated string
//                    explicit_hash_key_table = 2; repeated Record records = 3; }
//
// (aggregation-format.md of amazon-kinesis-producer.) Producer (producer.h) puts such records;
// aggregation_test has protoc read them.
//
// Thread-safe: values and pure functions.
#ifndef KINESIS_CORE_API_AGGREGATION_H_
#define KINESIS_CORE_API_AGGREGATION_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kinesis_core/api/record_list.h"
#include "kinesis_core/api/shapes.h"
#include "kinesis_core/export.h"
#include "kinesis_core/hash_key.h"

namespace kinesis::api {

// What goes into an aggregated record, and comes out of it.
struct AggregatedEntry {
  std::string_view partition_key = {};
  std::string_view data = {};
  // Decides the shard instead of the partition key.
  std::optional<HashKey> explicit_hash_key = std::nullopt;

  // The key that decides the shard. O(bytes of the partition key).
  KINESIS_CORE_EXPORT HashKey hash_key() const;
};

// Gathers entries. Thread-compatible.
class KINESIS_CORE_EXPORT RecordAggregator {
 public:
  // Appends a copy. O(bytes + log keys).
  void Add(const AggregatedEntry& entry);

  size_t count() const { return count_; }
  // The bytes of the aggregated record as it is; and with one entry more.
  size_t size_bytes() const;
  size_t SizeWith(const AggregatedEntry& entry) const;

  // The data of the aggregated record. This is empty afterwards, as a new one.
  std::string Finish();

 private:
  struct Table {
    std::map<std::string, uint64_t, std::less<>> index_of;
    std::string fields;  // as they stand in the message
  };

  static uint64_t IndexInTable(Table& table, int field, std::string_view text);

  Table partition_keys_;
  Table explicit_hash_keys_;
  std::string records_;
  size_t count_ = 0;
};

// The entries of an aggregated record, as views into `data`. Nothing at all: it is none, but a
// record like any other, also if it looks like one and its digest, its message or an index in it is
// wrong.
KINESIS_CORE_EXPORT std::optional<std::vector<AggregatedEntry>> ParseAggregatedRecord(
    std::string_view data);

// A record as its producer put it. The views are valid as long as the list it comes from.
struct UserRecord {
  SequenceNumber sequence_number;  // of the record of the stream
  // Its place in that, from 0 on; with the sequence number it names the user's record.
  uint64_t subsequence_number = 0;
  bool is_aggregated = false;
  std::optional<absl::Time> approximate_arrival_timestamp;
  std::string_view data;
  std::optional<std::string_view> partition_key;
  std::optional<HashKey> explicit_hash_key;  // of aggregated records only
};

// What becomes of an aggregated record with entries whose hash key is outside of the shard that it
// was read from: it was put by the map of shards as that was before a split or merge.
enum class OutsideEntries {
  // They are left out. Amazon's producer library puts them again, so each comes once.
  kDrop,
  // The whole record is left out, as the Kinesis Client Library does it. With Amazon's producer
  // library that loses the entries that are inside.
  kDropRecord,
  kKeep,
};

// The records that users put, in order: those that are not aggregated as they are. `shard_range` is
// that of the shard that they were read from; without one nothing is outside. O(records + bytes).
KINESIS_CORE_EXPORT std::vector<UserRecord> Deaggregate(
    const RecordList& records, const std::optional<HashKeyRange>& shard_range = std::nullopt,
    OutsideEntries outside = OutsideEntries::kDrop);
// The same for one record; appends to `users`.
KINESIS_CORE_EXPORT void Deaggregate(const Record& record,
                                     const std::optional<HashKeyRange>& shard_range,
                                     OutsideEntries outside, std::vector<UserRecord>* users);
// The views would be into what is gone.
void Deaggregate(RecordList&& records,
                 const std::optional<HashKeyRange>& shard_range = std::nullopt,
                 OutsideEntries outside = OutsideEntries::kDrop) = delete;

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_AGGREGATION_H_
