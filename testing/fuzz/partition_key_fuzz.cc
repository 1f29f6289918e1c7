// Any bytes are a partition key and any bytes are data: hashed alike one by one and together, put
// where the hash says, and read back as they were.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/shard_id.h"
#include "kinesis_core/testing/fuzz/fuzz_input.h"

namespace kinesis::testing {
namespace {

constexpr size_t kMostRecords = 64;

struct Content {
  std::string key;
  std::string data;
  std::optional<HashKey> hash_key;
};

std::vector<Content> ReadContents(FuzzInput* input) {
  std::vector<Content> contents;
  while (!input->empty() && contents.size() < kMostRecords) {
    Content content;
    content.key = input->Text();
    content.data = input->Text();
    // Some keys cross blocks of the hash and then some.
    if (input->Number(1) % 8 == 0) content.key.append(content.data.size() * 3, 'k');
    if (input->Number(1) % 8 == 0) {
      content.hash_key = HashKey::FromHalves(input->Below(0), input->Below(0));
    }
    contents.push_back(content);
  }
  return contents;
}

void TryBatch(const Partitioner& partitioner, const std::vector<Content>& contents) {
  std::vector<std::string_view> keys;
  for (const Content& content : contents) keys.push_back(content.key);
  std::vector<HashKey> hashes(keys.size());
  partitioner.HashBatch(keys, hashes);
  for (size_t i = 0; i < keys.size(); ++i) {
    Expect(hashes[i] == partitioner.Hash(keys[i]), "together as one by one");
  }
}

void TryStream(const std::shared_ptr<const Partitioner>& partitioner,
               const std::vector<Content>& contents, bool together) {
  const auto engine = Engine::Create().value();
  Stream stream = engine->CreateStream("s", {.shard_count = 3, .partitioner = partitioner}).value();
  std::vector<Record> records;
  for (const Content& content : contents) {
    records.push_back({.partition_key = content.key,
                       .data = content.data,
                       .explicit_hash_key = content.hash_key});
  }
  std::vector<absl::StatusOr<PutResult>> results;
  if (together) {
    results = stream.PutBatch(records);
  } else {
    for (const Record& record : records) results.push_back(stream.Put(record));
  }
  for (size_t i = 0; i < records.size(); ++i) {
    Expect(results[i].ok(), "a put is accepted");
    const Shard shard = stream.FindShard(results[i]->shard_id).value();
    const HashKey key = contents[i].hash_key.value_or(partitioner->Hash(contents[i].key));
    Expect(stream.HashKeyOf(records[i]) == key, "the hash key of a record");
    Expect(shard.hash_key_range().Contains(key), "the shard that the hash key is in");
    Iterator iterator =
        shard.CreateIterator(IteratorStart::AtSequenceNumber(results[i]->sequence_number)).value();
    const RecordBatch batch = iterator.Read({.max_records = 1}).value();
    Expect(batch.size() == 1 && batch[0].partition_key == contents[i].key &&
               batch[0].data == contents[i].data,
           "the record as it was put");
  }
}

}  // namespace
}  // namespace kinesis::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  namespace t = kinesis::testing;
  t::FuzzInput input(bytes, size);
  const uint64_t how = input.Number(1);
  const std::vector<t::Content> contents = t::ReadContents(&input);
  const auto partitioner = how % 2 == 0 ? kinesis::Md5Partitioner() : kinesis::Xxh3Partitioner();
  t::TryBatch(*partitioner, contents);
  t::TryStream(partitioner, contents, how % 4 < 2);
  return 0;
}
