// ShardMetrics: how much went into and out of each shard of a stream, minute by minute: for
// enhanced monitoring, and for the scaling of an ON_DEMAND stream.
//
// Nothing is sampled in the background. A call adds to the current minute of its shard, and the
// first one of a new minute begins that minute; one without calls does not exist.
#ifndef KINESIS_CORE_API_INTERNAL_SHARD_METRICS_H_
#define KINESIS_CORE_API_INTERNAL_SHARD_METRICS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/internal/mutex.h"
#include "kinesis_core/api/shard_level_metrics.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::api::internal {

inline constexpr int64_t kMinuteMs = 60'000;

// A set of metrics, a bit each.
using MetricBits = uint8_t;

constexpr MetricBits BitOf(MetricsName metric) {
  return static_cast<MetricBits>(1U << static_cast<unsigned>(metric));
}

inline constexpr MetricBits kWriteMetrics = BitOf(MetricsName::kIncomingBytes) |
                                            BitOf(MetricsName::kIncomingRecords) |
                                            BitOf(MetricsName::kWriteProvisionedThroughputExceeded);
inline constexpr MetricBits kReadMetrics = BitOf(MetricsName::kOutgoingBytes) |
                                           BitOf(MetricsName::kOutgoingRecords) |
                                           BitOf(MetricsName::kReadProvisionedThroughputExceeded) |
                                           BitOf(MetricsName::kIteratorAgeMilliseconds);

// Thread-safe: all operations may run concurrently. Counting takes the lock of one eighth of the
// shards; when nothing is to be counted, asking so is one load.
class ShardMetrics {
 public:
  // How long a monitored minute is kept: a day, up to 320 KiB a shard with all metrics. (CloudWatch
  // keeps them for 15 days.)
  static constexpr int64_t kMinutesKept = int64_t{24} * 60;

  // Which metrics are kept to be read, from now on.
  void SetMonitored(const std::set<MetricsName>& metrics);
  // Whether the writes of the last minute are kept for LoadsIn.
  void SetLoadsKept(bool kept);

  // --- Counting: to be called only if the first of them says so

  bool CountsWrites() const { return (counted() & kWriteMetrics) != 0; }
  bool CountsReads() const { return (counted() & kReadMetrics) != 0; }

  // One put, as far as it concerns this shard.
  struct Writes {
    int64_t records = 0;  // stored
    int64_t bytes = 0;
    int64_t refused = 0;  // records
  };
  void CountWrites(ShardId shard, const Writes& writes, int64_t now_ms);

  // One GetRecords call that succeeded, and one that was refused.
  struct Reads {
    int64_t records = 0;
    int64_t bytes = 0;
    int64_t age_ms = 0;
  };
  void CountReads(ShardId shard, const Reads& reads, int64_t now_ms);
  void CountRefusedRead(ShardId shard, int64_t now_ms);

  // --- Looking

  // In order of time; periods without a sample are left out. [from_minute, to_minute), minutes
  // since the Unix epoch.
  std::vector<MetricDatapoint> Datapoints(ShardId shard, MetricsName metric, int64_t from_minute,
                                          int64_t to_minute, int64_t period_minutes);

  // How much was written to each shard in `minute`, if it is the shard's last or last but one.
  absl::flat_hash_map<ShardId, Writes> LoadsIn(int64_t minute);

 private:
  static constexpr size_t kMetrics = static_cast<size_t>(MetricsName::kAll);
  static constexpr size_t kStripes = 8;
  static constexpr size_t kFirstSweep = 64;

  struct Samples {
    int64_t count = 0;
    int64_t sum = 0;
    int64_t minimum = 0;
    int64_t maximum = 0;

    void Add(const Samples& other);
  };
  struct Minute {
    int64_t minute = 0;
    MetricBits monitored = 0;
    std::array<Samples, kMetrics> samples;

    Samples& of(MetricsName metric) { return samples[static_cast<size_t>(metric)]; }
    const Samples& of(MetricsName metric) const { return samples[static_cast<size_t>(metric)]; }
    void Add(MetricsName metric, int64_t value) { of(metric).Add({1, value, value, value}); }
  };
  using Minutes = std::deque<Minute>;  // of one shard, in order

  struct alignas(64) Stripe {  // a cache line each, so that stripes do not slow one another down
    Mutex mutex;
    absl::flat_hash_map<ShardId, Minutes> shards ABSL_GUARDED_BY(mutex);  // none is empty
    size_t sweep_at ABSL_GUARDED_BY(mutex) = kFirstSweep;                 // size at which to forget
  };

  // Relaxed: which calls are the first to be counted does not matter.
  MetricBits counted() const { return counted_.load(std::memory_order_relaxed); }      // as above
  MetricBits monitored() const { return monitored_.load(std::memory_order_relaxed); }  // as above

  Stripe& StripeOf(ShardId shard) { return stripes_[shard.index() % kStripes]; }
  // The minute to count in.
  Minute& Current(Stripe& stripe, ShardId shard, int64_t now_ms)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(stripe.mutex);
  // Forgets shards that were not used since `oldest`.
  static void Sweep(Stripe& stripe, int64_t oldest) ABSL_EXCLUSIVE_LOCKS_REQUIRED(stripe.mutex);

  std::atomic<MetricBits> monitored_{0};
  std::atomic<MetricBits> counted_{0};  // and what LoadsIn needs
  std::array<Stripe, kStripes> stripes_;

  Mutex settings_mutex_;
  bool loads_kept_ ABSL_GUARDED_BY(settings_mutex_) = false;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_SHARD_METRICS_H_
