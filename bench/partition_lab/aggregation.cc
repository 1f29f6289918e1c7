#include "kinesis_core/lab/aggregation.h"

#include <numeric>

#include "kinesis_core/lab/prices.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kBytesPerPack = 20;
constexpr uint64_t kBytesPerRecord = 8;

}  // namespace

void Aggregation::Add(size_t shard, int64_t arrival_ns, uint64_t bytes) {
  Pack& pack = packs_[shard];
  const uint64_t packed = bytes + kBytesPerRecord;
  if (pack.records > 0) {
    const int64_t deadline_ns = pack.opened_ns + options_.wait_ns;
    if (arrival_ns > deadline_ns) {
      Send(shard, deadline_ns);
    } else if (kBytesPerPack + pack.bytes + packed > options_.bytes_max) {
      Send(shard, arrival_ns);
    }
  }
  if (pack.records == 0) pack.opened_ns = arrival_ns;
  ++pack.records;
  pack.bytes += packed;
}

void Aggregation::Send(size_t shard, int64_t time_ns) {
  Pack& pack = packs_[shard];
  const uint64_t bytes =
      pack.records == 1 ? pack.bytes - kBytesPerRecord : pack.bytes + kBytesPerPack;
  ++report_.records;
  report_.bytes += bytes;
  report_.put_units += PutUnits(bytes);
  capacity_.Add(shard, time_ns, bytes);
  pack.records = 0;
  pack.bytes = 0;
}

AggregationReport Aggregation::Finish() {
  for (size_t shard = 0; shard < packs_.size(); ++shard) {
    if (packs_[shard].records > 0) Send(shard, packs_[shard].opened_ns + options_.wait_ns);
  }
  const CapacityMeter::Result capacity = capacity_.Finish();
  const double over = std::accumulate(capacity.over.begin(), capacity.over.end(), 0.0);
  if (report_.records > 0) {
    report_.over_capacity_share = over / static_cast<double>(report_.records);
  }
  return report_;
}

}  // namespace kinesis::lab
