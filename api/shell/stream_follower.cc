#include "kinesis_core/api/shell/stream_follower.h"

#include <algorithm>
#include <vector>

#include "kinesis_core/iterator_start.h"
#include "kinesis_core/record_batch.h"

namespace kinesis::testing {

absl::StatusOr<StreamFollower> StreamFollower::Create(const Stream& stream, From from) {
  StreamFollower follower(stream);
  for (const Shard& shard : stream.ListShards()) {
    // What is closed now has no records from now on.
    if (from == From::kNow && !shard.is_open()) {
      follower.places_.emplace(shard.id(), std::nullopt);
      continue;
    }
    const absl::Status added = follower.AddShard(
        shard, from == From::kNow ? IteratorStart::Latest() : IteratorStart::TrimHorizon());
    if (!added.ok()) return added;
  }
  return follower;
}

absl::StatusOr<StreamFollower> StreamFollower::Create(const Stream& stream, ShardId only) {
  StreamFollower follower(stream);
  follower.is_one_shard_ = true;
  const absl::StatusOr<Shard> shard = stream.FindShard(only);
  if (!shard.ok()) return shard.status();
  const absl::Status added = follower.AddShard(*shard, IteratorStart::TrimHorizon());
  if (!added.ok()) return added;
  return follower;
}

absl::Status StreamFollower::AddShard(const Shard& shard, const IteratorStart& start) {
  absl::StatusOr<Iterator> iterator = shard.CreateIterator(start);
  if (!iterator.ok()) return iterator.status();
  places_.emplace(shard.id(), *std::move(iterator));
  return absl::OkStatus();
}

absl::Status StreamFollower::AddNewShards() {
  for (const Shard& shard : stream_.ListShards()) {
    if (places_.contains(shard.id())) continue;
    absl::Status added = AddShard(shard, IteratorStart::TrimHorizon());
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

bool StreamFollower::IsReadable(const Shard& shard) const {
  const std::vector<ShardId> parents = shard.parents();
  return std::all_of(parents.begin(), parents.end(), [this](ShardId parent) {
    const auto place = places_.find(parent);
    return place == places_.end() || !place->second.has_value();
  });
}

absl::StatusOr<StreamFollower::Progress> StreamFollower::Read(uint64_t max, uint64_t max_bytes,
                                                              const Visit& visit) {
  Progress progress;
  if (!is_one_shard_) {
    const absl::Status added = AddNewShards();
    if (!added.ok()) return added;
  }
  // A child has a higher id than its parents, so one pass follows any number of reshards.
  for (const auto& [id, place] : places_) {
    if (!place.has_value()) continue;
    const absl::StatusOr<Shard> shard = stream_.FindShard(id);
    // One that is listed no longer is old enough to have no parents that are.
    if (shard.ok() && !is_one_shard_ && !IsReadable(*shard)) continue;
    const absl::Status read = ReadShard(id, max, max_bytes, visit, &progress);
    if (!read.ok()) return read;
    if (progress.more) break;
  }
  return progress;
}

absl::Status StreamFollower::ReadShard(ShardId id, uint64_t max, uint64_t max_bytes,
                                       const Visit& visit, Progress* progress) {
  Place& place = places_.at(id);
  for (;;) {
    const bool enough = progress->records == max || progress->bytes >= max_bytes;
    // Then a copy looks whether there is more, and the place stays where it is.
    Iterator look = *place;
    const ReadResult batch = enough ? look.Read({.max_records = 1})
                                    : place->Read({.max_records = max - progress->records,
                                                   .max_bytes = max_bytes - progress->bytes});
    if (!batch.ok()) return batch.status();
    if (enough && !batch->empty()) {
      progress->more = true;
      return absl::OkStatus();
    }
    progress->lost += batch->records_lost();
    for (const RecordView& record : *batch) {
      visit(id, record);
      ++progress->records;
      progress->bytes += record.data.size() + record.partition_key.size();
    }
    if (batch->end_of_shard()) place.reset();
    if (batch->end_of_shard() || batch->empty()) return absl::OkStatus();
  }
}

}  // namespace kinesis::testing
