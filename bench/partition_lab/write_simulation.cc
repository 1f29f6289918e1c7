#include "bench/partition_lab/write_simulation.h"

#include <algorithm>

namespace kinesis::lab {

WriteSimulation::WriteSimulation(size_t shards, const WriteLimits& limits, int64_t duration_ns,
                                 size_t intervals)
    : throttles_(shards, WriteThrottle(limits)) {
  report_.throttled_per_shard.resize(shards);
  if (intervals == 0) return;
  series_.interval_ns = duration_ns / static_cast<int64_t>(intervals) + 1;
  series_.records.assign(shards, std::vector<uint64_t>(intervals));
  series_.bytes = series_.records;
}

int64_t WriteSimulation::Offer(size_t shard, int64_t arrival_ns, uint64_t bytes) {
  const int64_t accepted_ns = throttles_[shard].Accept(arrival_ns, bytes);
  ++report_.records;
  delays_.Add(static_cast<uint64_t>(accepted_ns - arrival_ns));
  if (accepted_ns > arrival_ns) {
    ++report_.throttled;
    ++report_.throttled_per_shard[shard];
  }
  report_.last_arrival_ns = arrival_ns;
  report_.last_acceptance_ns = std::max(report_.last_acceptance_ns, accepted_ns);
  if (!series_.records.empty()) {
    const size_t last = series_.records[shard].size() - 1;
    const size_t interval = std::min(static_cast<size_t>(arrival_ns / series_.interval_ns), last);
    ++series_.records[shard][interval];
    series_.bytes[shard][interval] += bytes;
  }
  return accepted_ns;
}

ThrottleReport WriteSimulation::Report() const {
  ThrottleReport report = report_;
  report.delay_p50_ns = delays_.Quantile(0.5);
  report.delay_p99_ns = delays_.Quantile(0.99);
  report.delay_max_ns = delays_.max();
  return report;
}

}  // namespace kinesis::lab
