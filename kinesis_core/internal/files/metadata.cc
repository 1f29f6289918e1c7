#include "kinesis_core/internal/files/metadata.h"

#include <algorithm>
#include <set>

#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/files/byte_codec.h"
#include "kinesis_core/shard_id.h"

namespace kinesis::internal {
namespace {

// The first byte of a record.
enum class Kind : uint8_t {
  kCreateStream = 1,
  kDeleteStream = 2,
  kReshard = 3,
  kSetOptions = 4,
  kSaveCheckpoint = 5,
  kRemoveGroup = 6,
  kSetProperty = 7,
  kSetBoot = 8,
};

ByteWriter Begin(std::string& record, Kind kind, uint64_t stream) {
  ByteWriter out(record);
  out.Uint8(static_cast<uint8_t>(kind));
  out.Uint64(stream);
  return out;
}

// --- Parts of records: each has a Write and the Read that takes it back.

template <class Write>
void WriteList(ByteWriter& out, size_t count, Write write) {
  out.Uint32(static_cast<uint32_t>(count));
  for (size_t i = 0; i < count; ++i) write(i);
}
template <class Read>
void ReadList(ByteReader& in, Read read) {
  const uint32_t count = in.Uint32();
  for (uint32_t i = 0; i < count && in.ok(); ++i) read();
}

void WriteIds(ByteWriter& out, const std::vector<uint32_t>& ids) {
  WriteList(out, ids.size(), [&](size_t i) { out.Uint32(ids[i]); });
}
std::vector<uint32_t> ReadIds(ByteReader& in) {
  std::vector<uint32_t> ids;
  ReadList(in, [&] { ids.push_back(in.Uint32()); });
  return ids;
}

void WriteHashKey(ByteWriter& out, const HashKey& key) {
  out.Uint64(key.high());
  out.Uint64(key.low());
}
HashKey ReadHashKey(ByteReader& in) {
  const uint64_t high = in.Uint64();
  return HashKey::FromHalves(high, in.Uint64());
}

void WriteShard(ByteWriter& out, const StoredShard& shard) {
  out.Uint32(shard.id);
  out.Uint64(shard.log_uid);
  WriteHashKey(out, shard.start);
  WriteHashKey(out, shard.end);
  WriteIds(out, shard.parents);
  out.Uint64(shard.created_s);
  out.Int64(shard.opened_ms);
}
StoredShard ReadShard(ByteReader& in) {
  StoredShard shard;
  shard.id = in.Uint32();
  shard.log_uid = in.Uint64();
  shard.start = ReadHashKey(in);
  shard.end = ReadHashKey(in);
  shard.parents = ReadIds(in);
  shard.created_s = in.Uint64();
  shard.opened_ms = in.Int64();
  return shard;
}

void WriteClosing(ByteWriter& out, const StoredClosing& closing) {
  out.Uint32(closing.id);
  WriteIds(out, closing.children);
  out.Uint64(closing.closed_s);
  out.Int64(closing.closed_ms);
}
StoredClosing ReadClosing(ByteReader& in) {
  StoredClosing closing;
  closing.id = in.Uint32();
  closing.children = ReadIds(in);
  closing.closed_s = in.Uint64();
  closing.closed_ms = in.Int64();
  return closing;
}

void WriteOptions(ByteWriter& out, const StoredOptions& options) {
  out.Int64(options.retention_ms);
  out.Uint64(options.shard_capacity_bytes);
  out.Uint8(options.overflow_policy);
  out.Uint8(options.strategy);
  out.Uint8(options.keep_until_committed ? 1 : 0);
  out.Uint8(options.durability);
  out.String(options.partitioner);
}
StoredOptions ReadOptions(ByteReader& in) {
  StoredOptions options;
  options.retention_ms = in.Int64();
  options.shard_capacity_bytes = in.Uint64();
  options.overflow_policy = in.Uint8();
  options.strategy = in.Uint8();
  options.keep_until_committed = in.Uint8() != 0;
  options.durability = in.Uint8();
  options.partitioner = in.String();
  return options;
}

void WriteReshard(ByteWriter& out, const StoredReshard& reshard) {
  out.Uint8(reshard.is_closed ? 1 : 0);
  out.Uint32(reshard.next_shard_index);
  WriteList(out, reshard.opened.size(), [&](size_t i) { WriteShard(out, reshard.opened[i]); });
  WriteList(out, reshard.closed.size(), [&](size_t i) { WriteClosing(out, reshard.closed[i]); });
}
StoredReshard ReadReshard(ByteReader& in) {
  StoredReshard reshard;
  reshard.is_closed = in.Uint8() != 0;
  reshard.next_shard_index = in.Uint32();
  ReadList(in, [&] { reshard.opened.push_back(ReadShard(in)); });
  ReadList(in, [&] { reshard.closed.push_back(ReadClosing(in)); });
  return reshard;
}

// Makes the change to a stream. False if a shard that closes is not there: nothing has changed.
bool ApplyReshard(StoredReshard reshard, StoredStream* stream) {
  std::set<uint32_t> opened;
  for (const StoredShard& shard : reshard.opened) opened.insert(shard.id);
  for (const StoredClosing& closing : reshard.closed) {
    if (!stream->shards.contains(closing.id) && !opened.contains(closing.id)) return false;
  }
  stream->is_closed = reshard.is_closed;
  stream->next_shard_index = reshard.next_shard_index;
  for (StoredShard& shard : reshard.opened) {
    const uint32_t id = shard.id;
    stream->shards[id] = std::move(shard);
  }
  for (StoredClosing& closing : reshard.closed) {
    StoredShard& shard = stream->shards.at(closing.id);
    shard.is_closed = true;
    shard.children = std::move(closing.children);
    shard.closed_s = closing.closed_s;
    shard.closed_ms = closing.closed_ms;
  }
  return true;
}

}  // namespace

std::string StoredStream::NameOf(const StoredShard& shard) const {
  return ShardId(shard.id).ToString() + " of stream " + Quoted(name);
}

bool StoredStream::covers_all_keys() const {
  std::vector<std::pair<HashKey, HashKey>> open;
  for (const auto& [shard_id, shard] : shards) {
    if (!shard.is_closed) open.emplace_back(shard.start, shard.end);
  }
  if (is_closed) return open.empty();
  std::sort(open.begin(), open.end());
  HashKey next = HashKey::Min();
  for (size_t i = 0; i < open.size(); ++i) {
    const auto& [start, end] = open[i];
    if (start != next || end < start) return false;
    if (end == HashKey::Max()) return i + 1 == open.size();
    next = end.Next();
  }
  return false;
}

// --- Records -------------------------------------------------------------------------------------

std::string Metadata::CreateStream(const StoredStream& stream) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kCreateStream, stream.id);
  out.String(stream.name);
  WriteOptions(out, stream.options);
  StoredReshard shards{stream.is_closed, stream.next_shard_index, {}, {}};
  for (const auto& [id, shard] : stream.shards) {
    shards.opened.push_back(shard);
    if (!shard.is_closed) continue;
    shards.closed.push_back({id, shard.children, shard.closed_s, shard.closed_ms});
  }
  WriteReshard(out, shards);
  // To the end of the record.
  for (const auto& [name, value] : stream.properties) {
    out.String(name);
    out.String(value);
  }
  return record;
}

std::string Metadata::DeleteStream(uint64_t id) {
  std::string record;
  Begin(record, Kind::kDeleteStream, id);
  return record;
}

std::string Metadata::Reshard(uint64_t id, const StoredReshard& reshard) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kReshard, id);
  WriteReshard(out, reshard);
  return record;
}

std::string Metadata::SetOptions(uint64_t id, const StoredOptions& options) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kSetOptions, id);
  WriteOptions(out, options);
  return record;
}

std::string Metadata::SaveCheckpoint(uint64_t id, std::string_view group, uint32_t shard,
                                     const StoredCheckpoint& checkpoint) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kSaveCheckpoint, id);
  out.String(group);
  out.Uint32(shard);
  out.String(checkpoint.position.is_valid() ? checkpoint.position.ToString() : std::string());
  out.Uint64(checkpoint.epoch);
  return record;
}

std::string Metadata::RemoveGroup(uint64_t id, std::string_view group) {
  std::string record;
  Begin(record, Kind::kRemoveGroup, id).String(group);
  return record;
}

std::string Metadata::SetProperty(uint64_t id, std::string_view name, std::string_view value) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kSetProperty, id);
  out.String(name);
  out.String(value);
  return record;
}

std::string Metadata::SetBoot(const StoredBoot& boot) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kSetBoot, 0);
  out.String(boot.id);
  out.Uint8(boot.is_synced ? 1 : 0);
  return record;
}

StoredBoot Metadata::BootOf(const std::vector<std::string>& records) {
  Metadata metadata;
  for (const std::string& record : records) {
    if (ByteReader(record).Uint8() == static_cast<uint8_t>(Kind::kSetBoot)) metadata.Apply(record);
  }
  return metadata.boot();
}

// --- Changes -------------------------------------------------------------------------------------

bool Metadata::Takes(std::string_view record) const {
  ByteReader in(record);
  const auto kind = static_cast<Kind>(in.Uint8());
  const uint64_t id = in.Uint64();
  if (!in.ok()) return false;
  if (id == 0) return kind == Kind::kSetProperty || kind == Kind::kSetBoot;
  return streams_.contains(id) != (kind == Kind::kCreateStream);
}

bool Metadata::Apply(std::string_view record) {
  if (!Takes(record)) return false;
  ByteReader in(record);
  const auto kind = static_cast<Kind>(in.Uint8());
  const uint64_t id = in.Uint64();
  const auto found = streams_.find(id);
  const bool of_engine = id == 0;
  switch (kind) {
    case Kind::kCreateStream: {
      StoredStream stream;
      stream.id = id;
      stream.name = in.String();
      stream.options = ReadOptions(in);
      StoredReshard shards = ReadReshard(in);
      while (in.remaining() > 0) {
        const std::string name(in.String());
        stream.properties[name] = in.String();
      }
      if (!in.AtEnd() || !ApplyReshard(std::move(shards), &stream)) return false;
      last_uid_ = std::max(last_uid_, id);
      for (const auto& [shard_id, shard] : stream.shards) {
        last_uid_ = std::max(last_uid_, shard.log_uid);
      }
      streams_[id] = std::move(stream);
      return true;
    }
    case Kind::kReshard: {
      StoredReshard reshard = ReadReshard(in);
      if (!in.AtEnd()) return false;
      for (const StoredShard& shard : reshard.opened)
        last_uid_ = std::max(last_uid_, shard.log_uid);
      return ApplyReshard(std::move(reshard), &found->second);
    }
    case Kind::kSetOptions: {
      StoredOptions options = ReadOptions(in);
      if (!in.AtEnd()) return false;
      found->second.options = std::move(options);
      return true;
    }
    case Kind::kDeleteStream:
      if (!in.AtEnd()) return false;
      streams_.erase(found);
      return true;
    case Kind::kSaveCheckpoint: {
      const std::string group(in.String());
      const uint32_t shard = in.Uint32();
      const std::string_view text = in.String();
      StoredCheckpoint checkpoint;
      checkpoint.epoch = in.Uint64();
      if (!text.empty()) {
        const absl::StatusOr<SequenceNumber> position = SequenceNumber::Parse(text);
        if (!position.ok()) return false;
        checkpoint.position = *position;
      }
      if (!in.AtEnd()) return false;
      found->second.checkpoints[{group, shard}] = checkpoint;
      return true;
    }
    case Kind::kRemoveGroup: {
      const std::string_view group = in.String();
      if (!in.AtEnd()) return false;
      std::erase_if(found->second.checkpoints,
                    [group](const auto& each) { return each.first.first == group; });
      return true;
    }
    case Kind::kSetProperty: {
      const std::string name(in.String());
      const std::string_view value = in.String();
      if (!in.AtEnd()) return false;
      auto& properties = of_engine ? properties_ : found->second.properties;
      if (value.empty()) {
        properties.erase(name);
      } else {
        properties[name] = value;
      }
      return true;
    }
    case Kind::kSetBoot: {
      StoredBoot boot;
      boot.id = in.String();
      boot.is_synced = in.Uint8() != 0;
      if (!in.AtEnd()) return false;
      boot_ = std::move(boot);
      return true;
    }
  }
  return false;
}

std::string Metadata::NotApplied(size_t number) {
  return "record " + std::to_string(number) +
         " of the journal is of no kind that this version knows, or of a stream or shard that is "
         "not there";
}

void Metadata::ForgetShard(uint64_t id, uint32_t shard) {
  const auto stream = streams_.find(id);
  if (stream == streams_.end()) return;
  stream->second.shards.erase(shard);
  std::erase_if(stream->second.checkpoints,
                [shard](const auto& each) { return each.first.second == shard; });
}

std::vector<std::string> Metadata::Snapshot() const {
  // The boot first: what stands behind a damaged record is judged by it.
  std::vector<std::string> records;
  if (!boot_.id.empty()) records.push_back(SetBoot(boot_));
  for (const auto& [name, value] : properties_) records.push_back(SetProperty(0, name, value));
  for (const auto& [id, stream] : streams_) {
    records.push_back(CreateStream(stream));
    for (const auto& [key, checkpoint] : stream.checkpoints) {
      records.push_back(SaveCheckpoint(id, key.first, key.second, checkpoint));
    }
  }
  return records;
}

std::set<uint64_t> Metadata::CopiedLogs() const {
  std::set<uint64_t> logs;
  for (const auto& [id, stream] : streams_) {
    if (!stream.survives_power()) continue;
    for (const auto& [shard_id, shard] : stream.shards) logs.insert(shard.log_uid);
  }
  return logs;
}

const StoredStream* Metadata::Find(uint64_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace kinesis::internal
