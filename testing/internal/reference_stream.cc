#include "kinesis_core/testing/internal/reference_stream.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/time/time.h"

namespace kinesis::testing {
namespace {

using Lock = std::lock_guard<std::mutex>;

uint64_t Seconds(int64_t ms) { return static_cast<uint64_t>(ms) / 1000; }

}  // namespace

ReferenceStream::ReferenceStream(int64_t shard_count, int64_t retention_ms,
                                 std::shared_ptr<const Partitioner> partitioner, int64_t now_ms)
    : partitioner_(std::move(partitioner)), retention_ms_(retention_ms) {
  const Lock lock(mutex_);
  const std::vector<HashKeyRange> ranges = HashKeyRange::Uniform(shard_count).value();
  for (const HashKeyRange& range : ranges) {
    Open(range, {}, Seconds(now_ms), now_ms);
  }
}

// --- Records in ----------------------------------------------------------------------------------

ShardId ReferenceStream::Route(const Record& record) const {
  const HashKey key = record.explicit_hash_key ? *record.explicit_hash_key
                                               : partitioner_->Hash(record.partition_key);
  const Lock lock(mutex_);
  for (const auto& [id, shard] : shards_) {
    if (shard.open && shard.range.Contains(key)) return id;
  }
  return ShardId(ShardId::kMaxIndex);  // closed: otherwise the open shards cover every key
}

PutResult ReferenceStream::Put(const Record& record, int64_t now_ms, int64_t floor_ms) {
  const ShardId id = Route(record);
  const Lock lock(mutex_);
  ShardState& shard = At(id);
  const int64_t arrival_ms = std::max({now_ms, shard.newest_ms, floor_ms});
  const SequenceNumber number =
      SequenceNumber::Make(shard.created_s, id.index(), shard.end_index(), Seconds(arrival_ms));
  shard.records.push_back(
      {std::string(record.data), std::string(record.partition_key), arrival_ms, number});
  shard.newest_ms = arrival_ms;
  return {id, number};
}

// --- Resharding ----------------------------------------------------------------------------------

ShardId ReferenceStream::Open(const HashKeyRange& range, std::vector<ShardId> parents,
                              uint64_t created_s, int64_t opened_ms) {
  const ShardId id(static_cast<uint32_t>(shards_.size()));
  ShardState shard;
  shard.id = id;
  shard.range = range;
  shard.parents = std::move(parents);
  shard.created_s = created_s;
  shard.opened_ms = opened_ms;
  shards_.emplace(id, std::move(shard));
  return id;
}

void ReferenceStream::End(ShardId id, const std::vector<ShardId>& children, uint64_t closed_s,
                          int64_t closed_ms, int64_t now_ms) {
  ShardState& shard = At(id);
  shard.open = false;
  shard.children = children;
  shard.closed_s = closed_s;
  shard.closed_ms = closed_ms;
  shard.expires_from_ms = std::max(now_ms, shard.newest_ms);
  closed_.push_back(id);
}

void ReferenceStream::Close(int64_t now_ms) {
  const Lock lock(mutex_);
  is_closed_ = true;
  for (const ShardId id : OpenByRange()) {
    End(id, {}, std::max(Seconds(now_ms), At(id).created_s), std::max(now_ms, At(id).opened_ms),
        now_ms);
  }
}

std::vector<ShardId> ReferenceStream::Replace(const std::vector<ShardId>& parents,
                                              const std::vector<HashKeyRange>& ranges,
                                              int64_t now_ms) {
  uint64_t closed_s = Seconds(now_ms);
  int64_t closed_ms = now_ms;
  for (const ShardId id : parents) {
    closed_s = std::max(closed_s, At(id).created_s);
    closed_ms = std::max(closed_ms, At(id).opened_ms);
  }
  std::vector<ShardId> children;
  for (const HashKeyRange& range : ranges) {
    children.push_back(Open(range, parents, closed_s + 1, closed_ms));
  }
  for (const ShardId id : parents) End(id, children, closed_s, closed_ms, now_ms);
  return children;
}

absl::Status ReferenceStream::CheckOpen(ShardId id) const {
  if (is_closed_) return absl::FailedPreconditionError("");
  const auto found = shards_.find(id);
  if (found == shards_.end() || !found->second.listed) return absl::NotFoundError("");
  if (!found->second.open) return absl::FailedPreconditionError("");
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ShardId>> ReferenceStream::Split(ShardId id,
                                                            std::optional<HashKey> new_start,
                                                            int64_t now_ms) {
  const Lock lock(mutex_);
  Forget(now_ms);
  if (absl::Status status = CheckOpen(id); !status.ok()) return status;
  const HashKeyRange range = At(id).range;
  const HashKey upper = new_start ? *new_start : range.Midpoint();
  if (upper <= range.start() || upper > range.end()) return absl::OutOfRangeError("");
  return Replace({id},
                 {HashKeyRange::Create(range.start(), upper.Prev()).value(),
                  HashKeyRange::Create(upper, range.end()).value()},
                 now_ms);
}

absl::StatusOr<ShardId> ReferenceStream::Merge(ShardId one, ShardId other, int64_t now_ms) {
  const Lock lock(mutex_);
  Forget(now_ms);
  for (const ShardId id : {one, other}) {
    if (absl::Status status = CheckOpen(id); !status.ok()) return status;
  }
  if (At(other).range.IsFollowedBy(At(one).range)) std::swap(one, other);
  if (!At(one).range.IsFollowedBy(At(other).range)) return absl::InvalidArgumentError("");
  const HashKeyRange whole =
      HashKeyRange::Create(At(one).range.start(), At(other).range.end()).value();
  return Replace({one, other}, {whole}, now_ms)[0];
}

std::vector<ShardId> ReferenceStream::OpenByRange() const {
  std::vector<ShardId> open;
  for (const auto& [id, shard] : shards_) {
    if (shard.open) open.push_back(id);
  }
  std::sort(open.begin(), open.end(),
            [this](ShardId a, ShardId b) { return At(a).range.start() < At(b).range.start(); });
  return open;
}

std::vector<ShardId> ReferenceStream::Cut(ShardId id, const std::vector<HashKey>& starts,
                                          int64_t now_ms) {
  const HashKeyRange range = At(id).range;
  std::vector<HashKey> inside;
  for (const HashKey start : starts) {
    if (start > range.start() && start <= range.end()) inside.push_back(start);
  }
  if (inside.empty()) return {id};
  const HashKey middle = inside[(inside.size() - 1) / 2];
  const std::vector<ShardId> halves =
      Replace({id},
              {HashKeyRange::Create(range.start(), middle.Prev()).value(),
               HashKeyRange::Create(middle, range.end()).value()},
              now_ms);
  std::vector<ShardId> parts = Cut(halves[0], starts, now_ms);
  for (const ShardId part : Cut(halves[1], starts, now_ms)) parts.push_back(part);
  return parts;
}

ShardId ReferenceStream::Join(const std::vector<ShardId>& parts, int64_t now_ms) {
  if (parts.size() == 1) return parts[0];
  const auto half = parts.begin() + static_cast<ptrdiff_t>((parts.size() + 1) / 2);
  const ShardId low = Join({parts.begin(), half}, now_ms);
  const ShardId high = Join({half, parts.end()}, now_ms);
  return Replace({low, high},
                 {HashKeyRange::Create(At(low).range.start(), At(high).range.end()).value()},
                 now_ms)[0];
}

// From the lowest key up: what reaches into several targets is cut, and what has come together for
// a target is joined.
void ReferenceStream::ReshardUniformly(int64_t shard_count, int64_t now_ms) {
  const Lock lock(mutex_);
  const std::vector<HashKeyRange> targets = HashKeyRange::Uniform(shard_count).value();
  std::vector<HashKey> starts;
  std::vector<HashKey> ends;
  for (const HashKeyRange& target : targets) {
    starts.push_back(target.start());
    ends.push_back(target.end());
  }
  std::vector<ShardId> together;
  for (const ShardId id : OpenByRange()) {
    for (const ShardId part : Cut(id, starts, now_ms)) {
      together.push_back(part);
      if (std::find(ends.begin(), ends.end(), At(part).range.end()) == ends.end()) continue;
      Join(together, now_ms);
      together.clear();
    }
  }
}

// --- Retention and trimming ----------------------------------------------------------------------

void ReferenceStream::SetRetention(int64_t retention_ms, int64_t now_ms) {
  const Lock lock(mutex_);
  retention_ms_ = retention_ms;
  Forget(now_ms);
}

int64_t ReferenceStream::retention_ms() const {
  const Lock lock(mutex_);
  return retention_ms_;
}

void ReferenceStream::Forget(int64_t now_ms) {
  std::erase_if(closed_, [&](ShardId id) {
    const bool expired = At(id).expires_from_ms < now_ms - retention_ms_;
    if (expired) At(id).listed = false;
    return expired;
  });
}

std::vector<ShardId> ReferenceStream::List(int64_t now_ms) {
  const Lock lock(mutex_);
  Forget(now_ms);
  std::vector<ShardId> ids;
  for (const auto& [id, shard] : shards_) {
    if (shard.listed) ids.push_back(id);
  }
  return ids;
}

ReferenceStream::ShardState ReferenceStream::Find(ShardId id) const {
  const Lock lock(mutex_);
  return At(id);
}

uint64_t ReferenceStream::Oldest(const ShardState& shard, int64_t now_ms) const {
  uint64_t index = shard.first_index;
  for (const StoredRecord& record : shard.records) {
    if (record.arrival_ms >= now_ms - retention_ms_) break;
    ++index;
  }
  return index;
}

uint64_t ReferenceStream::OldestReadable(ShardId id, int64_t now_ms) const {
  const Lock lock(mutex_);
  return Oldest(At(id), now_ms);
}

void ReferenceStream::TrimTo(ShardId id, uint64_t index) {
  const Lock lock(mutex_);
  ShardState& shard = At(id);
  while (shard.first_index < index && !shard.records.empty()) {
    shard.records.pop_front();
    ++shard.first_index;
  }
}

absl::Status ReferenceStream::TrimBefore(ShardId id, const SequenceNumber& number) {
  uint64_t index = 0;
  {
    const Lock lock(mutex_);
    const ShardState& shard = At(id);
    const bool ending = !shard.open && number == SequenceNumber::ShardEnd(
                                                     shard.created_s, id.index(), shard.closed_s);
    const absl::StatusOr<uint64_t> found =
        ending ? shard.end_index() : Seek(shard, number, /*after=*/false);
    if (!found.ok()) return found.status();
    index = *found;
  }
  TrimTo(id, index);
  return absl::OkStatus();
}

// --- Reading -------------------------------------------------------------------------------------

// The index of the first record with a number not below `number`, or above it.
absl::StatusOr<uint64_t> ReferenceStream::Seek(const ShardState& shard,
                                               const SequenceNumber& number, bool after) const {
  if (!number.is_valid() || number.shard_index() != shard.id.index() ||
      number.shard_created_seconds() != shard.created_s) {
    return absl::InvalidArgumentError("");
  }
  if (number.index() >= shard.end_index()) return absl::OutOfRangeError("");
  uint64_t index = shard.first_index;
  for (const StoredRecord& record : shard.records) {
    if (after ? record.number > number : record.number >= number) break;
    ++index;
  }
  return index;
}

// The same for the number of a record that can no longer be read: it has that record's index.
uint64_t ReferenceStream::PlaceOfGone(const SequenceNumber& number, bool after) {
  const bool is_position = number.time_seconds() == SequenceNumber::kMaxSeconds;
  const bool is_start = number.index() == 0;
  return number.index() + (is_start || after || is_position ? 1 : 0);
}

void ReferenceStream::PassOver(const ShardState& shard, Place* place) {
  while (place->index < place->not_before_end &&
         shard.records[place->index - shard.first_index].arrival_ms < place->not_before_ms) {
    ++place->index;
  }
}

absl::StatusOr<ReferenceStream::Place> ReferenceStream::Start(ShardId id,
                                                              const IteratorStart& start,
                                                              int64_t now_ms) const {
  using Kind = IteratorStart::Kind;
  const Lock lock(mutex_);
  const ShardState& shard = At(id);
  Place place{id, shard.first_index};
  switch (start.kind()) {
    case Kind::kTrimHorizon:
      break;
    case Kind::kLatest:
      place.index = shard.end_index();
      break;
    case Kind::kAtSequenceNumber:
    case Kind::kAfterSequenceNumber: {
      const bool after = start.kind() == Kind::kAfterSequenceNumber;
      const auto index = Seek(shard, start.sequence_number(), after);
      if (!index.ok()) return index.status();
      const bool is_gone = start.sequence_number().index() < Oldest(shard, now_ms);
      place.index = is_gone ? PlaceOfGone(start.sequence_number(), after) : *index;
      return place;
    }
    case Kind::kAtTimestamp:
      if (start.time() > absl::FromUnixMillis(now_ms)) return absl::OutOfRangeError("");
      place.not_before_ms = absl::ToUnixMillis(start.time());
      place.not_before_end = shard.end_index();
      PassOver(shard, &place);
      break;
  }
  place.index = std::max(place.index, Oldest(shard, now_ms));
  return place;
}

ReferenceStream::ReadResult ReferenceStream::Read(Place* place, const ReadLimits& limits,
                                                  int64_t now_ms) const {
  const Lock lock(mutex_);
  const ShardState& shard = At(place->shard);
  ReadResult result;
  const uint64_t oldest = Oldest(shard, now_ms);
  if (place->index < oldest) {
    result.lost = oldest - place->index;
    place->index = oldest;
  }
  PassOver(shard, place);
  uint64_t bytes = 0;
  while (place->index < shard.end_index() && result.records.size() < limits.max_records) {
    const StoredRecord& record = shard.records[place->index - shard.first_index];
    const uint64_t size = record.data.size() + record.key.size();
    const uint64_t left = limits.max_bytes - std::min(limits.max_bytes, bytes);
    if (size > left && !result.records.empty()) break;
    bytes += size;
    result.records.push_back(record);
    ++place->index;
  }
  if (place->index < shard.end_index()) {
    const int64_t next_ms = shard.records[place->index - shard.first_index].arrival_ms;
    result.behind_latest_ms = std::max<int64_t>(now_ms - next_ms, 0);
  } else if (!shard.open && result.records.size() < limits.max_records) {
    result.end_of_shard = true;
    result.child_shards = shard.children;
  }
  return result;
}

}  // namespace kinesis::testing
