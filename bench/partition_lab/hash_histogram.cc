#include "kinesis_core/lab/hash_histogram.h"

#include <algorithm>
#include <limits>

namespace kinesis::lab {
namespace {

constexpr int kCellBits = 20;
constexpr int kCellShift = 64 - kCellBits;

// Growing holds the old and the new table for a moment.
constexpr uint64_t kBytesPerPoint = 4 * (sizeof(HashKey) + 2 * sizeof(uint64_t) + 1);

HashKeyRange CellKeys(uint64_t cell) {
  const uint64_t first = cell << kCellShift;
  const uint64_t last = first | ((uint64_t{1} << kCellShift) - 1);
  return HashKeyRange::Create(HashKey::FromHalves(first, 0),
                              HashKey::FromHalves(last, std::numeric_limits<uint64_t>::max()))
      .value();
}

}  // namespace

HashHistogram::HashHistogram(uint64_t budget_bytes) : points_max_(budget_bytes / kBytesPerPoint) {}

void HashHistogram::Add(HashKey key, uint64_t bytes) {
  Load* load = nullptr;
  if (is_exact()) {
    load = &points_[key];
  } else {
    load = &cells_[key.high() >> kCellShift];
  }
  ++load->records;
  load->bytes += bytes;
  if (points_.size() > points_max_) UseCells();
}

void HashHistogram::UseCells() {
  cells_.resize(size_t{1} << kCellBits);
  for (const auto& [key, load] : points_) {
    Load& cell = cells_[key.high() >> kCellShift];
    cell.records += load.records;
    cell.bytes += load.bytes;
  }
  PointTable().swap(points_);
}

std::vector<LoadPoint> HashHistogram::Points() const {
  std::vector<LoadPoint> points;
  for (const auto& [key, load] : points_) {
    points.push_back({HashKeyRange::Create(key, key).value(), load.records, load.bytes});
  }
  std::sort(points.begin(), points.end(),
            [](const LoadPoint& a, const LoadPoint& b) { return a.keys.start() < b.keys.start(); });
  for (uint64_t cell = 0; cell < cells_.size(); ++cell) {
    const Load& load = cells_[cell];
    if (load.records > 0) points.push_back({CellKeys(cell), load.records, load.bytes});
  }
  return points;
}

}  // namespace kinesis::lab
