#include "kinesis_core/api/limits.h"

#include <initializer_list>

namespace kinesis::api {
namespace {

CallRates AllRates(int64_t rate) {
  CallRates rates;
  rates.fill(rate);
  return rates;
}

void Set(Operation operation, int64_t rate, CallRates* rates) {
  (*rates)[static_cast<size_t>(operation)] = rate;
}

// From the operations' texts in the model and the quota page. By account and region,
// unless noted; which those are is decided where a call is charged (call_throttle.h).
CallRates RatesOfToday() {
  CallRates rates = AllRates(5);
  for (const Operation data : {Operation::kPutRecord, Operation::kPutRecords,
                               Operation::kGetRecords}) {  // the shard's limits alone
    Set(data, kUnlimited, &rates);
  }
  Set(Operation::kGetShardIterator, 5, &rates);  // of each shard
  Set(Operation::kSubscribeToShard, 1, &rates);  // of each consumer and shard
  Set(Operation::kListShards, 1000, &rates);     // of each stream
  Set(Operation::kDescribeStream, 10, &rates);
  Set(Operation::kDescribeStreamSummary, 20, &rates);
  Set(Operation::kDescribeStreamConsumer, 20, &rates);  // of each stream
  Set(Operation::kDescribeLimits, 1, &rates);
  Set(Operation::kUpdateShardCount, 10, &rates);
  return rates;
}

}  // namespace

Limits Limits::Kinesis() {
  Limits limits;
  limits.calls_per_second = RatesOfToday();
  limits.operations.fill(true);
  return limits;
}

Limits Limits::Kinesis2015() {
  Limits limits = Kinesis();
  limits.calls_per_second = AllRates(5);
  for (const Operation data :
       {Operation::kPutRecord, Operation::kPutRecords, Operation::kGetRecords}) {
    Set(data, kUnlimited, &limits.calls_per_second);
  }
  Set(Operation::kDescribeStream, 10, &limits.calls_per_second);
  limits.record_bytes_max = 51'200;
  limits.put_records_bytes_max = 5'000'000;
  limits.get_records_bytes_max = 10'000'000;
  limits.shards_per_account = 10;  // what kinesalite, of that year, takes for the default
  limits.shards_per_create_max = 100'000;
  limits.tags_per_resource_max = 10;
  limits.tags_per_call_max = 10;
  limits.list_streams_default = 10;
  limits.list_streams_max = 10'000;
  limits.describe_stream_shards_default = 10'000;
  limits.describe_stream_shards_max = 10'000;
  limits.retention_hours_max = 24;
  limits.operations.fill(false);
  for (const Operation operation :
       {Operation::kAddTagsToStream, Operation::kCreateStream, Operation::kDeleteStream,
        Operation::kDescribeStream, Operation::kGetRecords, Operation::kGetShardIterator,
        Operation::kListStreams, Operation::kListTagsForStream, Operation::kMergeShards,
        Operation::kPutRecord, Operation::kPutRecords, Operation::kRemoveTagsFromStream,
        Operation::kSplitShard}) {
    limits.operations[static_cast<size_t>(operation)] = true;
  }
  limits.iterator_at_timestamp = false;
  return limits;
}

Limits Limits::Unlimited() {
  Limits limits = Kinesis();
  limits.rates = false;
  limits.calls_per_second = AllRates(kUnlimited);
  for (int64_t* const limit :
       {&limits.shard_write_records_per_second, &limits.shard_write_bytes_per_second,
        &limits.shard_read_calls_per_second, &limits.shard_read_bytes_per_second,
        &limits.consumer_read_bytes_per_second, &limits.put_records_bytes_max,
        &limits.shards_per_account, &limits.streams_creating_max, &limits.on_demand_streams_max,
        &limits.tags_per_resource_max, &limits.tags_per_call_max, &limits.consumers_per_stream_max,
        &limits.consumers_creating_max, &limits.channels_per_account_max,
        &limits.shard_count_updates_per_day, &limits.shard_count_factor_max,
        &limits.mode_changes_per_day}) {
    *limit = kUnlimited;
  }
  limits.record_bytes_max = int64_t{10} << 20;  // what the engine takes
  limits.shard_count_max = 100'000;             // likewise
  limits.list_streams_max = 10'000;
  limits.list_shards_max = 10'000;
  limits.list_channels_max = 10'000;
  limits.describe_stream_shards_max = 10'000;
  limits.retention_hours_min = 1;
  limits.retention_hours_max = 24 * 3650;  // the engine's ten years
  return limits;
}

LifecycleDelays LifecycleDelays::ServiceLike() {
  constexpr int kSeconds = 10;
  return {.create_stream = absl::Seconds(kSeconds),
          .delete_stream = absl::Seconds(kSeconds),
          .update_stream = absl::Seconds(kSeconds),
          .create_consumer = absl::Seconds(kSeconds),
          .delete_consumer = absl::Seconds(kSeconds),
          .create_channel = absl::Seconds(kSeconds),
          .update_channel = absl::Seconds(kSeconds),
          .delete_channel = absl::Seconds(kSeconds)};
}

}  // namespace kinesis::api
