// A fixed amount of one kind of work, to count instructions of: see instructions.sh.
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/status/statusor.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/partitioner.h"

ABSL_FLAG(std::string, work, "put", "put, put_xxh3, put_md5, batch or read");
ABSL_FLAG(uint64_t, count, 100'000, "Records to put or read, a multiple of 500");
ABSL_FLAG(uint64_t, data_bytes, 100, "Bytes of data of each");

namespace {

constexpr uint64_t kBatch = 500;

kinesis::Stream CreateStream(kinesis::Engine& engine, std::string_view work) {
  kinesis::StreamOptions options;
  // Small, so that the figures have their share of trimming and recycling.
  options.shard_capacity_bytes = uint64_t{4} << 20;
  options.overflow_policy = kinesis::OverflowPolicy::kTrimOldest;
  if (work != "put_md5") options.partitioner = kinesis::Xxh3Partitioner();
  return engine.CreateStream("instructions", options).value();
}

}  // namespace

int main(int argc, char** argv) {
  absl::ParseCommandLine(argc, argv);
  const std::string work = absl::GetFlag(FLAGS_work);
  const uint64_t count = absl::GetFlag(FLAGS_count);
  const auto engine = kinesis::Engine::Create().value();
  kinesis::Stream stream = CreateStream(*engine, work);
  const std::string data(absl::GetFlag(FLAGS_data_bytes), 'd');
  kinesis::Record record{.partition_key = "0123456789abcdef", .data = data};
  if (work == "put" || work == "batch" || work == "read") {
    record.explicit_hash_key = kinesis::HashKey::Min();
  }
  uint64_t done = 0;
  if (work == "batch") {
    const std::vector<kinesis::Record> batch(kBatch, record);
    std::vector<absl::StatusOr<kinesis::PutResult>> results;
    for (; done < count; done += kBatch) stream.PutBatch(batch, &results);
  } else if (work == "read") {
    // Always the same records are put, so that only the reading differs with the count.
    for (uint64_t i = 0; i < kBatch; ++i) stream.Put(record).value();
    const kinesis::Shard shard = stream.ListShards().front();
    while (done < count) {
      kinesis::Iterator iterator =
          shard.CreateIterator(kinesis::IteratorStart::TrimHorizon()).value();
      const kinesis::RecordBatch batch = iterator.Read().value();
      for (const kinesis::RecordView& view : batch) done += view.data.empty() ? 0 : 1;
    }
  } else {
    for (; done < count; ++done) stream.Put(record).value();
  }
  std::printf("%s: %llu records\n", work.c_str(), static_cast<unsigned long long>(done));
  return done == count ? 0 : 1;
}
