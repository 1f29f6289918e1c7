#include "kinesis_core/internal/files/metadata.h"

#include <algorithm>

#include "kinesis_core/internal/files/byte_codec.h"

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

void WriteOptions(ByteWriter& out, const StoredStream& stream) {
  out.Int64(stream.retention_ms);
  out.Uint64(stream.shard_capacity_bytes);
  out.Uint8(stream.overflow_policy);
  out.Uint8(stream.strategy);
  out.Uint8(stream.keep_until_committed ? 1 : 0);
  out.String(stream.partitioner);
}
void ReadOptions(ByteReader& in, StoredStream* stream) {
  stream->retention_ms = in.Int64();
  stream->shard_capacity_bytes = in.Uint64();
  stream->overflow_policy = in.Uint8();
  stream->strategy = in.Uint8();
  stream->keep_until_committed = in.Uint8() != 0;
  stream->partitioner = in.String();
}

void WriteShards(ByteWriter& out, bool is_closed, uint32_t next_shard_index,
                 const std::vector<StoredShard>& opened, const std::vector<StoredClosing>& closed) {
  out.Uint8(is_closed ? 1 : 0);
  out.Uint32(next_shard_index);
  WriteList(out, opened.size(), [&](size_t i) { WriteShard(out, opened[i]); });
  WriteList(out, closed.size(), [&](size_t i) { WriteClosing(out, closed[i]); });
}

// Into a copy, so that a record that is not one changes nothing. False: a closed shard is not
// there.
bool ReadShards(ByteReader& in, StoredStream* stream) {
  stream->is_closed = in.Uint8() != 0;
  stream->next_shard_index = in.Uint32();
  ReadList(in, [&] {
    StoredShard shard = ReadShard(in);
    const uint32_t id = shard.id;
    stream->shards[id] = std::move(shard);
  });
  bool known = true;
  ReadList(in, [&] {
    StoredClosing closing = ReadClosing(in);
    const auto shard = stream->shards.find(closing.id);
    if (shard == stream->shards.end()) {
      known = false;
      return;
    }
    shard->second.is_closed = true;
    shard->second.children = std::move(closing.children);
    shard->second.closed_s = closing.closed_s;
    shard->second.closed_ms = closing.closed_ms;
  });
  return known;
}

}  // namespace

// --- Records -------------------------------------------------------------------------------------

std::string Metadata::CreateStream(const StoredStream& stream) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kCreateStream, stream.id);
  out.String(stream.name);
  WriteOptions(out, stream);
  std::vector<StoredShard> shards;
  std::vector<StoredClosing> closed;
  for (const auto& [id, shard] : stream.shards) {
    shards.push_back(shard);
    if (!shard.is_closed) continue;
    closed.push_back({id, shard.children, shard.closed_s, shard.closed_ms});
  }
  WriteShards(out, stream.is_closed, stream.next_shard_index, shards, closed);
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

std::string Metadata::Reshard(uint64_t id, bool is_closed, uint32_t next_shard_index,
                              const std::vector<StoredShard>& opened,
                              const std::vector<StoredClosing>& closed) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kReshard, id);
  WriteShards(out, is_closed, next_shard_index, opened, closed);
  return record;
}

std::string Metadata::SetOptions(const StoredStream& stream) {
  std::string record;
  ByteWriter out = Begin(record, Kind::kSetOptions, stream.id);
  WriteOptions(out, stream);
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

// --- Changes -------------------------------------------------------------------------------------

bool Metadata::Takes(std::string_view record) const {
  ByteReader in(record);
  const auto kind = static_cast<Kind>(in.Uint8());
  const uint64_t id = in.Uint64();
  if (!in.ok()) return false;
  if (kind == Kind::kSetProperty && id == 0) return true;
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
    case Kind::kCreateStream:
    case Kind::kReshard:
    case Kind::kSetOptions: {
      StoredStream stream;
      if (kind == Kind::kCreateStream) {
        stream.id = id;
        stream.name = in.String();
      } else {
        stream = found->second;
      }
      if (kind != Kind::kReshard) ReadOptions(in, &stream);
      if (kind != Kind::kSetOptions && !ReadShards(in, &stream)) return false;
      if (kind == Kind::kCreateStream) {
        while (in.remaining() > 0) {
          const std::string name(in.String());
          stream.properties[name] = in.String();
        }
      }
      if (!in.AtEnd()) return false;
      last_uid_ = std::max(last_uid_, id);
      for (const auto& [shard_id, shard] : stream.shards) {
        last_uid_ = std::max(last_uid_, shard.log_uid);
      }
      streams_[id] = std::move(stream);
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
  }
  return false;
}

void Metadata::ForgetShard(uint64_t id, uint32_t shard) {
  const auto stream = streams_.find(id);
  if (stream == streams_.end()) return;
  stream->second.shards.erase(shard);
  std::erase_if(stream->second.checkpoints,
                [shard](const auto& each) { return each.first.second == shard; });
}

std::vector<std::string> Metadata::Snapshot() const {
  std::vector<std::string> records;
  for (const auto& [name, value] : properties_) records.push_back(SetProperty(0, name, value));
  for (const auto& [id, stream] : streams_) {
    records.push_back(CreateStream(stream));
    for (const auto& [key, checkpoint] : stream.checkpoints) {
      records.push_back(SaveCheckpoint(id, key.first, key.second, checkpoint));
    }
  }
  return records;
}

const StoredStream* Metadata::Find(uint64_t id) const {
  const auto found = streams_.find(id);
  return found == streams_.end() ? nullptr : &found->second;
}

}  // namespace kinesis::internal
