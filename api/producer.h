// Producer: gathers records by shard, and puts them together when there are enough or time is up.
//
//   auto producer = kinesis::api::Producer::Create(*client, {.stream_name = "orders"}).value();
//   for (const auto& [user, text] : orders) {
//     producer->Put({.partition_key = user, .data = text}).status().IgnoreError();
//   }
//   producer->Flush().IgnoreError();  // what failed is told to options.on_result
//
// Small records of a shard become one aggregated record (aggregation.h), which whoever reads the
// stream takes apart again: Deaggregate(), or the Kinesis Client Library. Works with any client, of
// an engine or over a transport. No threads: records go out on the thread that calls Put, because
// something is full; Pump, because their time is up; or Flush.
//
// After a split or merge the records that were gathered for the old shards may end up in one that
// their hash key is not in, where consumers leave them out. The producer sees that by the answer,
// learns the new shards and puts the whole aggregated record again: consumers that leave out single
// entries see those that were inside twice, those that leave out the whole see each once. Nothing
// is lost in either; what is put again comes after what was gathered meanwhile.
#ifndef KINESIS_CORE_API_PRODUCER_H_
#define KINESIS_CORE_API_PRODUCER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/api/aggregation.h"
#include "kinesis_core/api/client.h"
#include "kinesis_core/api/resend.h"
#include "kinesis_core/export.h"
#include "kinesis_core/sequence_number.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

namespace internal {
class ProducerCore;
}  // namespace internal

// What became of a record.
struct ProducerResult {
  uint64_t number = 0;  // what Put returned for it
  // OK: it is stored, and the three below say where.
  absl::Status status;
  ShardId shard_id;
  SequenceNumber sequence_number;
  uint64_t subsequence_number = 0;  // as in UserRecord
};

struct ProducerOptions {
  // The stream, by either or both.
  std::string stream_name = {};
  std::string stream_arn = {};

  // Whether records become parts of aggregated ones. If not, each is one of its own, and they are
  // gathered for PutRecords alone.
  bool aggregate = true;
  // An aggregated record has at most so many bytes and entries. By default those of Amazon's
  // producer library: no bound on the count that size does not give. A record that is larger goes
  // alone. At least 1, both.
  size_t aggregate_bytes_max = 51'200;
  size_t aggregate_count_max = 4'294'967'295;
  // One PutRecords has at most so many records and bytes, and is made as soon as it is full. The
  // defaults are that library's, too. 1 to 500, and at least 1.
  size_t collection_count_max = 500;
  size_t collection_bytes_max = size_t{5} << 20;
  // How long a record waits for others before Pump puts it. Not negative.
  absl::Duration linger = absl::Milliseconds(100);
  // The largest record, key and data together: what the stream takes. At least 1.
  size_t record_bytes_max = size_t{1} << 20;

  // Of what is refused. Aggregated records are kept in order by shard, one in each call: 50 KiB for
  // a round trip of 20 ms are more than a shard takes. Without aggregation it is by partition key.
  ResendOptions resend = {};

  // Told of every record exactly once, on the thread that put it, or destroys the producer. It may
  // not call the producer. Null: nobody is told but Put, Pump and Flush.
  std::function<void(const ProducerResult&)> on_result = nullptr;
};

// Thread-safe: all operations may run concurrently. What one thread puts goes out in its order in
// each shard. One call at a time sends; others go on gathering, or wait if they have to send.
//
// Lifetime: the client outlives it. A producer that is destroyed with records that were not sent
// tells on_result kCancelled of each: Flush first. It holds about collection_bytes_max of records,
// and aggregate_bytes_max for each shard.
class KINESIS_CORE_EXPORT Producer {
 public:
  // kInvalidArgument: an option is out of its range, as the message says, or no stream is named.
  static absl::StatusOr<std::unique_ptr<Producer>> Create(Client& client, ProducerOptions options);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Takes a copy of a record and returns its number: 0, 1, 2 ... Sends on this thread if a
  // collection is full then; how that went is told to on_result, not here.
  //
  // kInvalidArgument: the partition key is empty, longer than 256 characters or not UTF-8, or the
  // record larger than record_bytes_max. The error of ListShards: the stream's shards, which are
  // asked for at the first record, are not known. The record has not been taken then.
  absl::StatusOr<uint64_t> Put(const AggregatedEntry& record);

  // Sends what is full, and what has waited for `linger` by the client's clock. The first error of
  // a record that failed for good, or OK.
  absl::Status Pump();
  // When Pump is to be called next; InfiniteFuture if nothing waits.
  absl::Time NextPump() const;
  // Sends all that was gathered. As Pump.
  absl::Status Flush();

 private:
  explicit Producer(std::unique_ptr<internal::ProducerCore> core);

  std::unique_ptr<internal::ProducerCore> core_;
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_PRODUCER_H_
