// Limits: every number by which the service says no, as one value.
//
//   auto client = Client::Create({.limits = Limits::Kinesis()});
//   Limits mine = Limits::Kinesis();
//   mine.rates = false;  // sizes, counts and states stay enforced; nothing is throttled
//
// Choose Kinesis() to test what will run against the service, Unlimited() for a bus. Values,
// thread-compatible; given to a client when it is made.
//
// Sources, by letter:
//   M     the service model of 2026-08 (botocore, 2013-12-02/service-2.json), constraints and
//         texts; what came in 2026-09 from @aws-sdk/client-kinesis 3.1143.0
//   Q     the service's quota page ("Quotas and limits")
//   M15   the model as it was in 2015-04, M15b as in 2015-10
#ifndef KINESIS_CORE_API_LIMITS_H_
#define KINESIS_CORE_API_LIMITS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/export.h"

namespace kinesis::api {

inline constexpr int64_t kUnlimited = std::numeric_limits<int64_t>::max();

// Calls per second of each operation, kUnlimited for those that have no rate of their own. Who
// shares a rate is said in limits.cc: the account, a stream, a shard or a consumer.
using CallRates = std::array<int64_t, kOperationCount>;

struct KINESIS_CORE_EXPORT Limits {
  // --- Presets

  // The service of 2015, before the update of 2015-09: 13 operations, records of 50 KB.
  static Limits Kinesis2015();
  // The service of today, as of 2026-09.
  static Limits Kinesis();
  // The limits of the types alone: those of the model's shapes, and none that is counted, sized or
  // timed, tokens excepted.
  static Limits Unlimited();

  // --- Rates. Off: none of this section is enforced, all else is.

  bool rates = true;
  // A shard takes so much in a second: 1,000 records and 1 MiB, keys included (M, Q). A bucket of
  // one second's worth that fills evenly.
  int64_t shard_write_records_per_second = 1000;
  int64_t shard_write_bytes_per_second = int64_t{1} << 20;
  // A shard gives so much in a second: 5 calls and 2 MiB (M, Q). A call may return more than is
  // left of the bytes; those that follow are refused until it has been made up for: 10 MiB, 5
  // seconds.
  int64_t shard_read_calls_per_second = 5;
  int64_t shard_read_bytes_per_second = int64_t{2} << 20;
  // A subscription of enhanced fan-out delivers so much in a second (M, Q).
  int64_t consumer_read_bytes_per_second = int64_t{2} << 20;
  CallRates calls_per_second;

  // --- Sizes

  // A record's data and key together, unless the stream says otherwise (M: 1 MiB; M15: 50 KB).
  int64_t record_bytes_max = int64_t{1} << 20;
  // All records of a PutRecords call, with their keys (M: 10 MiB since 2025-10; M15b: 5 MB).
  int64_t put_records_bytes_max = int64_t{10} << 20;
  // The data that one GetRecords call returns (M; M15: 10 MB), and the records.
  int64_t get_records_bytes_max = int64_t{10} << 20;
  int64_t get_records_count_max = 10'000;

  // --- Counts

  int64_t shards_per_account = 500;  // open, of PROVISIONED streams; Q: 500 or 200 by region
  int64_t shards_per_create_max = kUnlimited;  // M15: 100,000 in one CreateStream
  int64_t streams_creating_max = 5;            // M: in CREATING or DELETING at a time
  int64_t on_demand_streams_max = 50;          // Q
  int64_t tags_per_resource_max = 50;          // M; M15: 10
  int64_t tags_per_call_max = 200;             // M: TagMap; M15: 10
  int64_t consumers_per_stream_max = 20;       // M
  int64_t consumers_creating_max = 5;          // M: in CREATING at a time, of a stream
  // Nobody outside knows the service's: as many as ON_DEMAND streams, of which each may have one.
  int64_t channels_per_account_max = 50;

  // --- Listing: how many a call returns if it does not say, and at most

  int64_t list_streams_default = 100;  // M; M15: 10
  int64_t list_streams_max = 100;
  int64_t describe_stream_shards_default = 100;  // M; M15: no word of a default
  int64_t describe_stream_shards_max = 100;
  int64_t list_shards_default = 1000;  // M
  int64_t list_shards_max = 1000;
  int64_t list_consumers_default = 100;  // M
  int64_t list_consumers_max = 10'000;
  int64_t list_channels_default = 100;  // M
  int64_t list_channels_max = 100;

  // --- Retention (M; fixed at 24 hours in M15)

  int32_t retention_hours_default = 24;
  int32_t retention_hours_min = 24;
  int32_t retention_hours_max = 8760;

  // --- UpdateShardCount (M)

  int64_t shard_count_updates_per_day = 10;  // in any 24 hours, of one stream
  int64_t shard_count_max = 10'000;          // of one stream after it
  // At most double and at least half of the open shards.
  int64_t shard_count_factor_max = 2;

  // --- ON_DEMAND streams (M, Q)

  int64_t on_demand_initial_shards = 4;  // 4 MiB/s in, 8 MiB/s out
  // One shard takes 1 MiB/s: 10 GiB/s in three regions; 200 MiB/s elsewhere, and until 2023.
  int64_t on_demand_shards_max = 10'240;
  // Between two steps of growth: who more than doubles the peak within it is throttled.
  absl::Duration on_demand_scale_interval = absl::Minutes(15);
  int64_t mode_changes_per_day = 2;  // in any 24 hours, of one stream
  int64_t warm_throughput_mibps_max = 10'240;

  // --- Tokens and subscriptions (M)

  absl::Duration iterator_lifetime = absl::Seconds(300);
  absl::Duration next_token_lifetime = absl::Seconds(300);
  absl::Duration subscription_lifetime = absl::Minutes(5);
  // A consumer that subscribes to a shard again within this time gets ResourceInUseException; later
  // it takes its own subscription over.
  absl::Duration resubscribe_after = absl::Seconds(5);

  // --- What there is. M15: 13 operations, four iterator types, streams named by name only.

  std::array<bool, kOperationCount> operations;
  bool iterator_at_timestamp = true;

  bool Has(Operation operation) const { return operations[static_cast<size_t>(operation)]; }
  int64_t RateOf(Operation operation) const {
    return calls_per_second[static_cast<size_t>(operation)];
  }
};

// How long the service takes to carry out what it does after answering. Zero, the default, is done
// at once.
struct KINESIS_CORE_EXPORT LifecycleDelays {
  // The times that the service was seen to take, in round numbers: 10 s for each.
  static LifecycleDelays ServiceLike();

  absl::Duration create_stream = absl::ZeroDuration();  // CREATING
  absl::Duration delete_stream = absl::ZeroDuration();  // DELETING
  // UPDATING: after a split, merge, change of count, retention, mode, encryption or metrics.
  // Records go in and out meanwhile. Shards change when it ends, all at once: until then the old
  // ones stay open and take the puts (so, too, when an ON_DEMAND stream grows, or its warm
  // throughput is raised). Every other change is there from the beginning. What happens at the end
  // happens at the first call from then on that finds the stream, and its time is that call's.
  absl::Duration update_stream = absl::ZeroDuration();
  absl::Duration create_consumer = absl::ZeroDuration();
  absl::Duration delete_consumer = absl::ZeroDuration();
  absl::Duration create_channel = absl::ZeroDuration();
  absl::Duration update_channel = absl::ZeroDuration();
  absl::Duration delete_channel = absl::ZeroDuration();
};

}  // namespace kinesis::api

#endif  // KINESIS_CORE_API_LIMITS_H_
