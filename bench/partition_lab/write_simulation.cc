#include "kinesis_core/lab/write_simulation.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace kinesis::lab {

WriteSimulation::WriteSimulation(size_t shards, const WriteLimits& limits, int64_t duration_ns,
                                 size_t intervals)
    : waiting_(shards, WriteThrottle(limits)),
      dropping_(shards),
      capacity_(shards, limits, duration_ns) {
  report_.queued_per_shard.resize(shards);
  report_.dropped_per_shard.resize(shards);
  if (intervals == 0) return;
  series_.interval_ns = duration_ns / static_cast<int64_t>(intervals) + 1;
  series_.records.assign(shards, std::vector<uint64_t>(intervals));
  series_.bytes = series_.records;
}

int64_t WriteSimulation::Offer(size_t shard, int64_t arrival_ns, uint64_t bytes) {
  ++report_.records;
  capacity_.Add(shard, arrival_ns, bytes);
  report_.last_arrival_ns = arrival_ns;
  int64_t accepted_ns = arrival_ns;
  WriteThrottle& waiting = waiting_[shard];
  std::optional<WriteThrottle>& dropping = dropping_[shard];
  if (dropping || !waiting.TryAccept(arrival_ns, bytes)) {
    if (!dropping) dropping = waiting;
    if (!dropping->TryAccept(arrival_ns, bytes)) {
      ++report_.dropped;
      ++report_.dropped_per_shard[shard];
    }
    accepted_ns = waiting.Accept(arrival_ns, bytes);
    if (accepted_ns > arrival_ns) {
      ++report_.queued;
      ++report_.queued_per_shard[shard];
    }
  }
  report_.last_acceptance_ns = std::max(report_.last_acceptance_ns, accepted_ns);
  if (series_.records.empty()) return accepted_ns;
  delays_.Add(static_cast<uint64_t>(accepted_ns - arrival_ns));
  if (arrival_ns >= interval_end_ns_) {
    const size_t last = series_.records[shard].size() - 1;
    interval_ = std::min(static_cast<size_t>(arrival_ns / series_.interval_ns), last);
    interval_end_ns_ = static_cast<int64_t>(interval_ + 1) * series_.interval_ns;
  }
  ++series_.records[shard][interval_];
  series_.bytes[shard][interval_] += bytes;
  return accepted_ns;
}

ThrottleReport WriteSimulation::Report() const {
  ThrottleReport report = report_;
  report.delay_p50_ns = delays_.Quantile(0.5);
  report.delay_p99_ns = delays_.Quantile(0.99);
  report.delay_max_ns = delays_.max();
  report.delays_exact = delays_.exact();
  CapacityMeter::Result capacity = capacity_.Finish();
  report.over_capacity = std::accumulate(capacity.over.begin(), capacity.over.end(), 0.0);
  report.over_capacity_per_shard = std::move(capacity.over);
  report.utilization_per_shard = std::move(capacity.utilization);
  report.peak = capacity.peak;
  report.window_ns = capacity_.window_ns();
  return report;
}

}  // namespace kinesis::lab
