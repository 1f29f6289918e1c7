#include "kinesis_core/lab/shard_map.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <initializer_list>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/status/status.h"
#include "kinesis_core/internal/base/status.h"
#include "nlohmann/json.hpp"

namespace kinesis::lab {
namespace {

// The index has two buckets or more for each shard.
constexpr int kBucketsPerShardLog2 = 1;

absl::uint128 ToInt(HashKey key) { return absl::MakeUint128(key.high(), key.low()); }
HashKey ToKey(absl::uint128 value) {
  return HashKey::FromHalves(absl::Uint128High64(value), absl::Uint128Low64(value));
}

using Listed = ShardMap::Listed;

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

absl::Status At(const std::string& place, const absl::Status& status) {
  return absl::Status(status.code(), place + ": " + std::string(status.message()));
}

absl::StatusOr<HashKeyRange> ParseRange(std::string_view first, std::string_view last) {
  const absl::StatusOr<HashKey> start = HashKey::Parse(first);
  if (!start.ok()) return start.status();
  const absl::StatusOr<HashKey> end = HashKey::Parse(last);
  if (!end.ok()) return end.status();
  return HashKeyRange::Create(*start, *end);
}

absl::StatusOr<std::vector<Listed>> ParseLines(std::string_view text) {
  std::vector<Listed> shards;
  uint64_t number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::vector<std::string_view> words = Words(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (words.empty()) continue;
    const std::string place = "line " + std::to_string(number);
    if (words.size() != 2 && words.size() != 3) {
      return At(place, internal::InvalidArgument(
                           "a shard is two numbers, its first and its last hash key, with its "
                           "ShardId before them or not, and not " +
                           std::to_string(words.size()) + " words"));
    }
    const size_t keys = words.size() - 2;
    const absl::StatusOr<HashKeyRange> range = ParseRange(words[keys], words[keys + 1]);
    if (!range.ok()) return At(place, range.status());
    shards.push_back({*range, std::string(keys == 1 ? words[0] : ""), place});
  }
  return shards;
}

using Json = nlohmann::json;

// The text at a path of members; nothing if there is none.
std::optional<std::string> TextAt(const Json& json, std::initializer_list<const char*> path) {
  const Json* at = &json;
  for (const char* const member : path) {
    if (!at->is_object() || !at->contains(member)) return std::nullopt;
    at = &(*at)[member];
  }
  if (!at->is_string()) return std::nullopt;
  return at->get<std::string>();
}

absl::StatusOr<std::vector<Listed>> ParseListShards(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("Shards") || !json["Shards"].is_array()) {
    return internal::InvalidArgument(
        "this is no JSON of `aws kinesis list-shards`: it has no list \"Shards\"");
  }
  std::vector<Listed> shards;
  size_t number = 0;
  for (const Json& shard : json["Shards"]) {
    const std::string name = TextAt(shard, {"ShardId"}).value_or("");
    const std::string place =
        name.empty() ? "Shards[" + std::to_string(number) + "]" : "shard " + name;
    ++number;
    if (TextAt(shard, {"SequenceNumberRange", "EndingSequenceNumber"})) continue;
    const auto start = TextAt(shard, {"HashKeyRange", "StartingHashKey"});
    const auto end = TextAt(shard, {"HashKeyRange", "EndingHashKey"});
    if (!start || !end) {
      return At(place, internal::InvalidArgument(
                           "HashKeyRange has no text StartingHashKey and EndingHashKey"));
    }
    const absl::StatusOr<HashKeyRange> range = ParseRange(*start, *end);
    if (!range.ok()) return At(place, range.status());
    shards.push_back({*range, name, place});
  }
  return shards;
}

absl::Status Gap(const std::string& place, const std::string& where, HashKey first, HashKey last) {
  return At(place, internal::InvalidArgument("no shard owns the hash keys " + first.ToString() +
                                             " to " + last.ToString() + where));
}

// Requires: `shards` are sorted by start.
absl::Status CheckCoverage(const std::vector<Listed>& shards) {
  const Listed& first = shards.front();
  if (first.range.start() != HashKey::Min()) {
    return Gap(first.place, ", which are before the first shard", HashKey::Min(),
               first.range.start().Prev());
  }
  for (size_t i = 1; i < shards.size(); ++i) {
    const Listed& lower = shards[i - 1];
    const Listed& upper = shards[i];
    if (upper.range.start() <= lower.range.end()) {
      return At(upper.place,
                internal::InvalidArgument("the shard " + upper.range.ToString() + " overlaps " +
                                          lower.range.ToString() + " of " + lower.place));
    }
    if (!lower.range.IsFollowedBy(upper.range)) {
      return Gap(upper.place, ", between this shard and that of " + lower.place,
                 lower.range.end().Next(), upper.range.start().Prev());
    }
  }
  const Listed& last = shards.back();
  if (last.range.end() == HashKey::Max()) return absl::OkStatus();
  return Gap(last.place, ", which are after the last shard", last.range.end().Next(),
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
  const auto count = static_cast<size_t>(shards);
  return ShardMap(HashKeyRange::Uniform(shards).value(), FirstIds(count),
                  std::vector<std::string>(count), static_cast<uint32_t>(count));
}

absl::StatusOr<ShardMap> ShardMap::FromShards(std::vector<Listed> shards) {
  if (shards.empty() || shards.size() > static_cast<size_t>(kMaxShards)) {
    return internal::FieldRangeError("shards in the map", shards.size(), "[1, 10000]");
  }
  std::stable_sort(shards.begin(), shards.end(), [](const Listed& a, const Listed& b) {
    return a.range.start() < b.range.start();
  });
  const absl::Status covered = CheckCoverage(shards);
  if (!covered.ok()) return covered;
  std::vector<HashKeyRange> ranges;
  std::vector<std::string> names;
  for (Listed& shard : shards) {
    ranges.push_back(shard.range);
    names.push_back(std::move(shard.name));
  }
  const size_t count = ranges.size();
  return ShardMap(std::move(ranges), FirstIds(count), std::move(names),
                  static_cast<uint32_t>(count));
}

absl::StatusOr<ShardMap> ShardMap::Parse(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  const bool is_json = first != text.npos && (text[first] == '{' || text[first] == '[');
  absl::StatusOr<std::vector<Listed>> shards = is_json ? ParseListShards(text) : ParseLines(text);
  if (!shards.ok()) return shards.status();
  return FromShards(*std::move(shards));
}

ShardMap::ShardMap(std::vector<HashKeyRange> ranges, std::vector<uint32_t> ids,
                   std::vector<std::string> names, uint32_t next_id)
    : ranges_(std::move(ranges)),
      ids_(std::move(ids)),
      names_(std::move(names)),
      next_id_(next_id) {
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
  std::vector<std::string> names = names_;
  names[shard].clear();
  names.insert(names.begin() + upper, "");
  return ShardMap(std::move(ranges), std::move(ids), std::move(names), next_id_ + 1);
}

ShardMap ShardMap::Merge(size_t shard) const {
  assert(shard + 1 < size());
  std::vector<HashKeyRange> ranges = ranges_;
  std::vector<uint32_t> ids = ids_;
  ranges[shard] = HashKeyRange::Create(ranges[shard].start(), ranges[shard + 1].end()).value();
  const auto upper = static_cast<std::ptrdiff_t>(shard) + 1;
  ranges.erase(ranges.begin() + upper);
  ids.erase(ids.begin() + upper);
  std::vector<std::string> names = names_;
  names[shard].clear();
  names.erase(names.begin() + upper);
  return ShardMap(std::move(ranges), std::move(ids), std::move(names), next_id_);
}

}  // namespace kinesis::lab
