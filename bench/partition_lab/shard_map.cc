#include "bench/partition_lab/shard_map.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "kinesis_core/internal/status.h"

namespace kinesis::lab {
namespace {

// The index has two buckets or more for each shard.
constexpr int kBucketsPerShardLog2 = 1;

absl::uint128 ToInt(HashKey key) { return absl::MakeUint128(key.high(), key.low()); }
HashKey ToKey(absl::uint128 value) {
  return HashKey::FromHalves(absl::Uint128High64(value), absl::Uint128Low64(value));
}

// A range and the line that it stands on.
struct Line {
  uint64_t number;
  HashKeyRange range;
};

std::string Place(uint64_t line) { return "line " + std::to_string(line) + ": "; }

// The words of a line, up to a '#'.
std::vector<std::string_view> Words(std::string_view line) {
  line = line.substr(0, line.find('#'));
  std::vector<std::string_view> words;
  for (;;) {
    const size_t begin = line.find_first_not_of(" \t\r,");
    if (begin == line.npos) return words;
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(" \t\r,"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

absl::StatusOr<HashKeyRange> ParseRange(const std::vector<std::string_view>& words) {
  if (words.size() != 2) {
    return internal::InvalidArgument(
        "a shard is two numbers, its first and its last hash key, and not " +
        std::to_string(words.size()));
  }
  const absl::StatusOr<HashKey> start = HashKey::Parse(words[0]);
  if (!start.ok()) return start.status();
  const absl::StatusOr<HashKey> end = HashKey::Parse(words[1]);
  if (!end.ok()) return end.status();
  return HashKeyRange::Create(*start, *end);
}

absl::StatusOr<std::vector<Line>> ParseLines(std::string_view text) {
  std::vector<Line> lines;
  uint64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> words = Words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (words.empty()) continue;
    const absl::StatusOr<HashKeyRange> range = ParseRange(words);
    if (!range.ok()) {
      return absl::Status(range.status().code(),
                          Place(number) + std::string(range.status().message()));
    }
    lines.push_back({number, *range});
  }
  return lines;
}

absl::Status Gap(uint64_t line, const std::string& where, HashKey first, HashKey last) {
  return internal::InvalidArgument(Place(line) + "no shard owns the hash keys " + first.ToString() +
                                   " to " + last.ToString() + where);
}

// Requires: `lines` are sorted by start.
absl::Status CheckCoverage(const std::vector<Line>& lines) {
  const Line& first = lines.front();
  if (first.range.start() != HashKey::Min()) {
    return Gap(first.number, ", which are before the first shard", HashKey::Min(),
               first.range.start().Prev());
  }
  for (size_t i = 1; i < lines.size(); ++i) {
    const Line& lower = lines[i - 1];
    const Line& upper = lines[i];
    if (upper.range.start() <= lower.range.end()) {
      return internal::InvalidArgument(Place(upper.number) + "the shard " + upper.range.ToString() +
                                       " overlaps " + lower.range.ToString() + " of line " +
                                       std::to_string(lower.number));
    }
    if (!lower.range.IsFollowedBy(upper.range)) {
      return Gap(upper.number,
                 ", between this shard and that of line " + std::to_string(lower.number),
                 lower.range.end().Next(), upper.range.start().Prev());
    }
  }
  const Line& last = lines.back();
  if (last.range.end() == HashKey::Max()) return absl::OkStatus();
  return Gap(last.number, ", which are after the last shard", last.range.end().Next(),
             HashKey::Max());
}

std::vector<uint32_t> FirstIds(size_t count) {
  std::vector<uint32_t> ids(count);
  std::iota(ids.begin(), ids.end(), 0);
  return ids;
}

}  // namespace

absl::StatusOr<ShardMap> ShardMap::Uniform(int64_t shards) {
  if (shards < 1 || shards > kMaxShards) {
    return internal::FieldRangeError("shards", shards, "[1, 10000]");
  }
  return ShardMap(HashKeyRange::Uniform(shards).value(), FirstIds(static_cast<size_t>(shards)),
                  static_cast<uint32_t>(shards));
}

absl::StatusOr<ShardMap> ShardMap::Parse(std::string_view text) {
  absl::StatusOr<std::vector<Line>> lines = ParseLines(text);
  if (!lines.ok()) return lines.status();
  if (lines->empty() || lines->size() > static_cast<size_t>(kMaxShards)) {
    return internal::FieldRangeError("shards in the map", lines->size(), "[1, 10000]");
  }
  std::stable_sort(lines->begin(), lines->end(),
                   [](const Line& a, const Line& b) { return a.range.start() < b.range.start(); });
  const absl::Status covered = CheckCoverage(*lines);
  if (!covered.ok()) return covered;
  std::vector<HashKeyRange> ranges;
  for (const Line& line : *lines) ranges.push_back(line.range);
  const size_t count = ranges.size();
  return ShardMap(std::move(ranges), FirstIds(count), static_cast<uint32_t>(count));
}

ShardMap::ShardMap(std::vector<HashKeyRange> ranges, std::vector<uint32_t> ids, uint32_t next_id)
    : ranges_(std::move(ranges)), ids_(std::move(ids)), next_id_(next_id) {
  const int bucket_bits =
      static_cast<int>(std::bit_width(ranges_.size() - 1)) + kBucketsPerShardLog2;
  bucket_shift_ = 64 - bucket_bits;
  const uint64_t buckets = uint64_t{1} << bucket_bits;
  uint32_t shard = 0;
  for (uint64_t bucket = 0; bucket < buckets; ++bucket) {
    const HashKey first = HashKey::FromHalves(bucket << bucket_shift_, 0);
    while (ranges_[shard].end() < first) ++shard;
    first_in_bucket_.push_back(shard);
  }
  first_in_bucket_.push_back(static_cast<uint32_t>(ranges_.size() - 1));
}

double ShardMap::width(size_t shard) const {
  const HashKeyRange& range = ranges_[shard];
  return (static_cast<double>(ToInt(range.end()) - ToInt(range.start())) + 1) * 0x1p-128;
}

HashKey ShardMap::PointIn(size_t shard, uint64_t fraction) const {
  // floor((width - 1) * fraction / 2^64) of a 128-bit number, by its halves.
  const absl::uint128 last = ToInt(ranges_[shard].end()) - ToInt(ranges_[shard].start());
  const absl::uint128 from_high = absl::uint128(absl::Uint128High64(last)) * fraction;
  const absl::uint128 from_low = absl::uint128(absl::Uint128Low64(last)) * fraction;
  return ToKey(ToInt(ranges_[shard].start()) + from_high + (from_low >> 64));
}

ShardMap ShardMap::Split(size_t shard, HashKey new_start) const {
  const HashKeyRange& whole = ranges_[shard];
  assert(whole.start() < new_start && new_start <= whole.end());
  std::vector<HashKeyRange> ranges = ranges_;
  std::vector<uint32_t> ids = ids_;
  const auto upper = static_cast<std::ptrdiff_t>(shard) + 1;
  ranges.insert(ranges.begin() + upper, HashKeyRange::Create(new_start, whole.end()).value());
  ranges[shard] = HashKeyRange::Create(whole.start(), new_start.Prev()).value();
  ids.insert(ids.begin() + upper, next_id_);
  return ShardMap(std::move(ranges), std::move(ids), next_id_ + 1);
}

ShardMap ShardMap::Merge(size_t shard) const {
  assert(shard + 1 < size());
  std::vector<HashKeyRange> ranges = ranges_;
  std::vector<uint32_t> ids = ids_;
  ranges[shard] = HashKeyRange::Create(ranges[shard].start(), ranges[shard + 1].end()).value();
  const auto upper = static_cast<std::ptrdiff_t>(shard) + 1;
  ranges.erase(ranges.begin() + upper);
  ids.erase(ids.begin() + upper);
  return ShardMap(std::move(ranges), std::move(ids), next_id_);
}

}  // namespace kinesis::lab
