// The values behind the shard-level metrics of enhanced monitoring, as CloudWatch shows them.
//
//   client->EnableEnhancedMonitoring({.stream_name = "s", .shard_level_metrics = {{"ALL"}}});
//   ...
//   auto minutes = client->GetShardLevelMetric({.stream_name = "s",
//                                               .metric = MetricsName::kIncomingBytes,
//                                               .start_time = from,
//                                               .end_time = to});
//
// The samples of each metric (the service's documents; "decided here" where they do not say):
//   IncomingBytes, IncomingRecords      a put that stored records: what it stored in the shard. One
//                                       PutRecords call is one put to each of its shards. Bytes are
//                                       those of data and keys.
//   WriteProvisionedThroughputExceeded  a put: its records that were refused, 0 if none was
//   OutgoingBytes, OutgoingRecords      a GetRecords call that succeeded: what it returned.
//                                       Subscriptions are not counted here, as in the service.
//   ReadProvisionedThroughputExceeded   a GetRecords call: 1 if it was refused, else 0
//   IteratorAgeMilliseconds             a GetRecords call that succeeded: the age of the last
//                                       record returned; of the next one if none was, 0 at the tip
//
// Values, thread-compatible.
#ifndef KINESIS_CORE_API_SHARD_LEVEL_METRICS_H_
#define KINESIS_CORE_API_SHARD_LEVEL_METRICS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api {

// One metric of one shard over a time.
struct ShardLevelMetricQuery {
  std::string stream_name = {};
  ShardId shard_id = ShardId(0);
  MetricsName metric = MetricsName::kIncomingRecords;
  // From the period in which `start_time` lies to the last that begins before `end_time`.
  absl::Time start_time = absl::InfinitePast();
  absl::Time end_time = absl::InfiniteFuture();
  // Whole minutes. Periods begin at multiples since the Unix epoch.
  absl::Duration period = absl::Minutes(1);
};

// The samples of one period.
struct MetricDatapoint {
  absl::Time timestamp;  // when the period began
  int64_t sample_count = 0;
  int64_t sum = 0;
  int64_t minimum = 0;
  int64_t maximum = 0;

  double average() const { return static_cast<double>(sum) / static_cast<double>(sample_count); }
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_SHARD_LEVEL_METRICS_H_
