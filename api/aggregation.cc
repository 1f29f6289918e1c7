#include "kinesis_core/api/aggregation.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

#include "kinesis_core/partitioner.h"

namespace kinesis::api {
namespace {

constexpr std::string_view kMagic = "\xf3\x89\x9a\xc2";
constexpr size_t kDigestBytes = 16;

// Fields of the messages (the head of aggregation.h).
constexpr int kPartitionKeyTable = 1;
constexpr int kExplicitHashKeyTable = 2;
constexpr int kRecords = 3;
constexpr int kPartitionKeyIndex = 1;
constexpr int kExplicitHashKeyIndex = 2;
constexpr int kData = 3;

// Wire types.
constexpr uint64_t kVarint = 0;
constexpr uint64_t kEightBytes = 1;
constexpr uint64_t kBytes = 2;
constexpr uint64_t kFourBytes = 5;

// The digest of a message: a hash key is the MD5 of its text, as a number.
std::string DigestOf(std::string_view message) {
  const HashKey hash = Md5HashKey(message);
  std::string digest;
  for (const uint64_t half : {hash.high(), hash.low()}) {
    for (int shift = 56; shift >= 0; shift -= 8) digest += static_cast<char>(half >> shift & 0xff);
  }
  return digest;
}

// --- Writing -------------------------------------------------------------------------------------

size_t VarintBytes(uint64_t number) {
  return (static_cast<size_t>(std::bit_width(number | 1)) + 6) / 7;
}

void AppendVarint(uint64_t number, std::string* out) {
  for (; number > 0x7f; number >>= 7) *out += static_cast<char>((number & 0x7f) | 0x80);
  *out += static_cast<char>(number);
}

// All fields of these messages have tags of one byte.
void AppendTag(int field, uint64_t wire_type, std::string* out) {
  *out += static_cast<char>(static_cast<uint64_t>(field) << 3 | wire_type);
}

void AppendBytes(int field, std::string_view bytes, std::string* out) {
  AppendTag(field, kBytes, out);
  AppendVarint(bytes.size(), out);
  *out += bytes;
}

size_t BytesFieldSize(size_t size) { return 1 + VarintBytes(size) + size; }

// Of the message of an entry, without what stands around it.
size_t EntrySize(uint64_t key_index, std::optional<uint64_t> hash_index, size_t data_size) {
  return 1 + VarintBytes(key_index) + (hash_index ? 1 + VarintBytes(*hash_index) : 0) +
         BytesFieldSize(data_size);
}

// --- Reading -------------------------------------------------------------------------------------

// Takes fields off the front of a message. False: it is none.
class MessageReader {
 public:
  explicit MessageReader(std::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }

  struct Field {
    uint64_t number = 0;
    uint64_t wire_type = 0;
    uint64_t varint = 0;
    std::string_view bytes;
  };

  bool Next(Field* field) {
    uint64_t tag = 0;
    if (!ReadVarint(&tag)) return false;
    field->number = tag >> 3;
    field->wire_type = tag & 7;
    if (field->number == 0) return false;
    switch (field->wire_type) {
      case kVarint:
        return ReadVarint(&field->varint);
      case kEightBytes:
        return Take(8, &field->bytes);
      case kBytes: {
        uint64_t size = 0;
        return ReadVarint(&size) && Take(size, &field->bytes);
      }
      case kFourBytes:
        return Take(4, &field->bytes);
      default:
        return false;  // a group, of which there are none
    }
  }

 private:
  bool Take(uint64_t size, std::string_view* bytes) {
    if (size > rest_.size()) return false;
    *bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  bool ReadVarint(uint64_t* number) {
    *number = 0;
    for (int shift = 0; shift < 70 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_[0]);
      rest_.remove_prefix(1);
      if (shift < 64) *number |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return false;
  }

  std::string_view rest_;
};

// An entry with its indices, before the tables are known.
struct IndexedEntry {
  std::optional<uint64_t> key_index;
  std::optional<uint64_t> hash_index;
  std::optional<std::string_view> data;
};

bool ReadEntry(std::string_view bytes, IndexedEntry* entry) {
  MessageReader reader(bytes);
  MessageReader::Field field;
  while (!reader.AtEnd()) {
    if (!reader.Next(&field)) return false;
    if (field.wire_type == kVarint && field.number == kPartitionKeyIndex) {
      entry->key_index = field.varint;
    } else if (field.wire_type == kVarint && field.number == kExplicitHashKeyIndex) {
      entry->hash_index = field.varint;
    } else if (field.wire_type == kBytes && field.number == kData) {
      entry->data = field.bytes;
    }
  }
  return entry->key_index.has_value() && entry->data.has_value();
}

std::optional<std::vector<AggregatedEntry>> ReadMessage(std::string_view message) {
  std::vector<std::string_view> keys;
  std::vector<HashKey> hashes;
  std::vector<IndexedEntry> indexed;
  MessageReader reader(message);
  MessageReader::Field field;
  while (!reader.AtEnd()) {
    if (!reader.Next(&field)) return std::nullopt;
    if (field.wire_type != kBytes) continue;
    if (field.number == kPartitionKeyTable) {
      keys.push_back(field.bytes);
    } else if (field.number == kExplicitHashKeyTable) {
      const absl::StatusOr<HashKey> hash = HashKey::Parse(field.bytes);
      if (!hash.ok()) return std::nullopt;
      hashes.push_back(*hash);
    } else if (field.number == kRecords) {
      if (!ReadEntry(field.bytes, &indexed.emplace_back())) return std::nullopt;
    }
  }
  std::vector<AggregatedEntry> entries;
  entries.reserve(indexed.size());
  for (const IndexedEntry& entry : indexed) {
    if (*entry.key_index >= keys.size()) return std::nullopt;
    if (entry.hash_index && *entry.hash_index >= hashes.size()) return std::nullopt;
    AggregatedEntry& made = entries.emplace_back();
    made.partition_key = keys[*entry.key_index];
    made.data = *entry.data;
    if (entry.hash_index) made.explicit_hash_key = hashes[*entry.hash_index];
  }
  return entries;
}

bool IsInside(const AggregatedEntry& entry, const HashKeyRange& range) {
  const HashKey key = entry.hash_key();
  return range.starting_hash_key <= key && key <= range.ending_hash_key;
}

}  // namespace

HashKey AggregatedEntry::hash_key() const {
  return explicit_hash_key ? *explicit_hash_key : Md5HashKey(partition_key);
}

uint64_t RecordAggregator::IndexInTable(Table& table, int field, std::string_view text) {
  const auto found = table.index_of.find(text);
  if (found != table.index_of.end()) return found->second;
  const uint64_t index = table.index_of.size();
  table.index_of.emplace(text, index);
  AppendBytes(field, text, &table.fields);
  return index;
}

void RecordAggregator::Add(const AggregatedEntry& entry) {
  const uint64_t key = IndexInTable(partition_keys_, kPartitionKeyTable, entry.partition_key);
  std::optional<uint64_t> hash;
  if (entry.explicit_hash_key) {
    hash = IndexInTable(explicit_hash_keys_, kExplicitHashKeyTable,
                        entry.explicit_hash_key->ToString());
  }
  AppendTag(kRecords, kBytes, &records_);
  AppendVarint(EntrySize(key, hash, entry.data.size()), &records_);
  AppendTag(kPartitionKeyIndex, kVarint, &records_);
  AppendVarint(key, &records_);
  if (hash) {
    AppendTag(kExplicitHashKeyIndex, kVarint, &records_);
    AppendVarint(*hash, &records_);
  }
  AppendBytes(kData, entry.data, &records_);
  ++count_;
}

size_t RecordAggregator::size_bytes() const {
  return kMagic.size() + partition_keys_.fields.size() + explicit_hash_keys_.fields.size() +
         records_.size() + kDigestBytes;
}

size_t RecordAggregator::SizeWith(const AggregatedEntry& entry) const {
  size_t tables = 0;
  // The index that it has, or would get with a field more.
  const auto index_in = [&tables](const Table& table, std::string_view text) -> uint64_t {
    const auto found = table.index_of.find(text);
    if (found != table.index_of.end()) return found->second;
    tables += BytesFieldSize(text.size());
    return table.index_of.size();
  };
  const uint64_t key = index_in(partition_keys_, entry.partition_key);
  std::optional<uint64_t> hash;
  if (entry.explicit_hash_key) {
    hash = index_in(explicit_hash_keys_, entry.explicit_hash_key->ToString());
  }
  return size_bytes() + tables + BytesFieldSize(EntrySize(key, hash, entry.data.size()));
}

std::string RecordAggregator::Finish() {
  const std::string message = partition_keys_.fields + explicit_hash_keys_.fields + records_;
  *this = RecordAggregator();
  return std::string(kMagic) + message + DigestOf(message);
}

std::optional<std::vector<AggregatedEntry>> ParseAggregatedRecord(std::string_view data) {
  if (!data.starts_with(kMagic) || data.size() <= kMagic.size() + kDigestBytes) {
    return std::nullopt;
  }
  const std::string_view message =
      data.substr(kMagic.size(), data.size() - kMagic.size() - kDigestBytes);
  if (data.substr(data.size() - kDigestBytes) != DigestOf(message)) return std::nullopt;
  return ReadMessage(message);
}

void Deaggregate(const Record& record, const std::optional<HashKeyRange>& shard_range,
                 OutsideEntries outside, std::vector<UserRecord>* users) {
  UserRecord user;
  user.sequence_number = record.sequence_number;
  user.approximate_arrival_timestamp = record.approximate_arrival_timestamp;
  user.data = record.data;
  user.partition_key = record.partition_key;
  const std::optional<std::vector<AggregatedEntry>> entries = ParseAggregatedRecord(record.data);
  if (!entries) {
    users->push_back(user);
    return;
  }
  const auto is_inside = [&](const AggregatedEntry& entry) {
    return !shard_range || outside == OutsideEntries::kKeep || IsInside(entry, *shard_range);
  };
  if (outside == OutsideEntries::kDropRecord &&
      !std::all_of(entries->begin(), entries->end(), is_inside)) {
    return;
  }
  user.is_aggregated = true;
  for (const AggregatedEntry& entry : *entries) {
    if (is_inside(entry)) {
      user.data = entry.data;
      user.partition_key = entry.partition_key;
      user.explicit_hash_key = entry.explicit_hash_key;
      users->push_back(user);
    }
    ++user.subsequence_number;
  }
}

std::vector<UserRecord> Deaggregate(const RecordList& records,
                                    const std::optional<HashKeyRange>& shard_range,
                                    OutsideEntries outside) {
  std::vector<UserRecord> users;
  for (const Record& record : records) Deaggregate(record, shard_range, outside, &users);
  return users;
}

}  // namespace kinesis::api
