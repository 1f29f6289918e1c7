// Bytes of a service elsewhere: aggregated records and event streams. Any bytes are taken apart
// without harm, what was put together comes apart again, and where the bytes are cut plays no part.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "kinesis_core/api/aggregation.h"
#include "kinesis_core/api/event_stream/event_decoder.h"
#include "kinesis_core/api/event_stream/event_frames.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"
#include "kinesis_core/testing/fuzz/fuzz_input.h"

namespace kinesis::testing {
namespace {

using api::AggregatedEntry;

bool Same(const std::vector<AggregatedEntry>& left, const std::vector<AggregatedEntry>& right) {
  if (left.size() != right.size()) return false;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i].partition_key != right[i].partition_key || left[i].data != right[i].data ||
        left[i].explicit_hash_key != right[i].explicit_hash_key) {
      return false;
    }
  }
  return true;
}

void ExpectThereAndBack(const std::vector<AggregatedEntry>& entries) {
  api::RecordAggregator aggregator;
  for (const AggregatedEntry& entry : entries) {
    const size_t size = aggregator.SizeWith(entry);
    aggregator.Add(entry);
    Expect(aggregator.size_bytes() == size, "the size that was foretold");
  }
  if (entries.empty()) return;
  const size_t size = aggregator.size_bytes();
  const std::string record = aggregator.Finish();
  Expect(record.size() == size, "the size of the record");
  const auto read = api::ParseAggregatedRecord(record);
  Expect(read.has_value() && Same(*read, entries), "the entries that were put together");
}

// Any message, with the digest that makes it count.
void TryMessage(std::string_view message) {
  const HashKey hash = Md5HashKey(message);
  std::string record = "\xf3\x89\x9a\xc2" + std::string(message);
  for (const uint64_t half : {hash.high(), hash.low()}) {
    for (int shift = 56; shift >= 0; shift -= 8) record += static_cast<char>(half >> shift & 255);
  }
  api::Record outer;
  outer.data = record;
  std::vector<api::UserRecord> users;
  api::Deaggregate(outer, std::nullopt, api::OutsideEntries::kDrop, &users);
  const auto entries = api::ParseAggregatedRecord(record);
  Expect(users.size() == (entries ? entries->size() : 1), "a record for each entry");
  if (entries) ExpectThereAndBack(*entries);
}

void TryEntries(FuzzInput* input) {
  std::vector<std::string> texts;
  std::vector<AggregatedEntry> entries;
  texts.reserve(256);
  while (!input->empty() && texts.size() + 2 <= 256) {
    AggregatedEntry& entry = entries.emplace_back();
    entry.partition_key = texts.emplace_back(input->Text());
    entry.data = texts.emplace_back(input->Text());
    if (input->Flag()) entry.explicit_hash_key = HashKey::FromHalves(input->Below(0), 1);
  }
  ExpectThereAndBack(entries);
}

// The payloads until the bytes are used up or wrong, and whether they are wrong.
std::string Decoded(std::string_view bytes, size_t piece) {
  api::EventDecoder decoder;
  std::string all;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    decoder.Add(bytes.substr(at, piece));
    while (true) {
      const absl::StatusOr<std::optional<api::EventMessage>> message = decoder.Next();
      if (!message.ok()) return all + "broken";
      if (!message->has_value()) break;
      all += (*message)->payload + "|";
      for (const auto& [name, value] : (*message)->headers) all += name + "=" + value + ",";
    }
  }
  return all;
}

void TryStream(FuzzInput* input) {
  const size_t piece = 1 + input->Number(1);
  std::string bytes;
  // Whole messages, and then anything.
  for (uint64_t n = input->Number(1) % 4; n > 0; --n) {
    const std::string value = input->Text();
    const std::vector<api::EventHeader> headers = {{"name", value}};
    api::AppendMessage(headers, input->Text(), &bytes);
  }
  bytes += input->rest();
  Expect(Decoded(bytes, piece) == Decoded(bytes, bytes.size() + 1), "wherever it is cut");
}

}  // namespace
}  // namespace kinesis::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  namespace t = kinesis::testing;
  t::FuzzInput input(bytes, size);
  switch (input.Number(1) % 3) {
    case 0:
      t::TryMessage(input.rest());
      break;
    case 1:
      t::TryEntries(&input);
      break;
    default:
      t::TryStream(&input);
  }
  return 0;
}
