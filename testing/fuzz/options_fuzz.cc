// Options are taken if they are within the limits that options.h states, and exactly then; a
// refusal names the option, and an engine that was made works.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "kinesis_core/engine.h"
#include "kinesis_core/testing/fuzz/fuzz_input.h"

namespace kinesis::testing {
namespace {

bool Names(const absl::Status& status, std::string_view field) {
  const std::string_view message(status.message().data(), status.message().size());
  return message.find(field) != std::string_view::npos;
}

// Numbers of every size, more often than not near a power of two.
uint64_t Size(FuzzInput* input) {
  const uint64_t how = input->Number(1);
  if (how >= 192) return input->Number(8);
  return (uint64_t{1} << (how % 64)) + input->Below(3) - 1;
}

absl::Duration Time(FuzzInput* input) {
  const auto count = static_cast<int64_t>(Size(input));
  switch (input->Below(5)) {
    case 0:
      return absl::Milliseconds(count);
    case 1:
      return absl::Hours(count);
    case 2:
      return absl::Nanoseconds(count);
    case 3:
      return absl::InfiniteDuration();
    default:
      return absl::Milliseconds(count % 100'000);
  }
}

StreamOptions ReadStreamOptions(FuzzInput* input) {
  StreamOptions options;
  options.shard_count = static_cast<int64_t>(Size(input));
  // The table of so many shards is another test's business.
  if (options.shard_count > 100 && options.shard_count <= 100'000) options.shard_count %= 100;
  options.retention = Time(input);
  options.shard_capacity_bytes = Size(input);
  options.overflow_policy = static_cast<OverflowPolicy>(input->Number(1) % 3);
  options.record_distribution_strategy =
      static_cast<RecordDistributionStrategy>(input->Number(1) % 3);
  return options;
}

// The option that is wrong; empty if none is.
std::string_view WrongOption(std::string_view name, const StreamOptions& options) {
  if (name.empty() || name.size() > 1024) return "stream name";
  if (options.shard_count < 1 || options.shard_count > 100'000) return "shard_count";
  const uint64_t capacity = options.shard_capacity_bytes;
  if (capacity < uint64_t{1} << 15 || capacity > uint64_t{1} << 40) return "shard_capacity_bytes";
  if (options.overflow_policy != OverflowPolicy::kReject &&
      options.overflow_policy != OverflowPolicy::kTrimOldest) {
    return "overflow_policy";
  }
  if (options.record_distribution_strategy != RecordDistributionStrategy::kAuto &&
      options.record_distribution_strategy != RecordDistributionStrategy::kUserPartitionKey) {
    return "record_distribution_strategy";
  }
  const bool whole = absl::Trunc(options.retention, absl::Milliseconds(1)) == options.retention;
  const bool in_range =
      options.retention >= absl::Milliseconds(1) && options.retention <= absl::Hours(24 * 3650);
  return whole && in_range ? "" : "retention";
}

void TryStream(Engine& engine, FuzzInput* input) {
  std::string name = input->Text();
  if (input->Number(1) == 0) name.append(1020, 'n');
  const StreamOptions options = ReadStreamOptions(input);
  const std::string_view wrong = WrongOption(name, options);
  absl::StatusOr<Stream> stream = engine.CreateStream(name, options);
  if (absl::IsAlreadyExists(stream.status())) return;
  if (!wrong.empty()) {
    Expect(absl::IsOutOfRange(stream.status()) || absl::IsInvalidArgument(stream.status()),
           "options outside of their limits are refused");
    Expect(Names(stream.status(), wrong), "a refusal names the option");
    return;
  }
  Expect(stream.ok(), "options within their limits are taken");
  Expect(stream->retention() == options.retention, "the retention is as it was given");
  Expect(stream->ListShards().size() == static_cast<size_t>(options.shard_count), "all shards");
  Expect(stream->Put({.partition_key = "k", .data = "d"}).ok(), "the stream takes a record");
  const absl::Duration retention = Time(input);
  StreamOptions changed = options;
  changed.retention = retention;
  Expect(stream->SetRetention(retention).ok() == WrongOption(name, changed).empty(),
         "a change of the retention has the same limits");
}

}  // namespace
}  // namespace kinesis::testing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  namespace t = kinesis::testing;
  constexpr int kMostStreams = 8;
  t::FuzzInput input(bytes, size);
  kinesis::EngineOptions options;
  options.memory_budget_bytes = t::Size(&input);
  options.memory_cache_bytes = t::Size(&input);
  const uint64_t budget = options.memory_budget_bytes;
  const bool valid = budget >= uint64_t{1} << 16 && budget <= uint64_t{1} << 40;
  auto engine = kinesis::Engine::Create(options);
  t::Expect(engine.ok() == valid, "an engine is made if its options are within their limits");
  if (!valid) {
    t::Expect(t::Names(engine.status(), "memory_budget_bytes"), "a refusal names the option");
    engine = kinesis::Engine::Create();
  }
  // A put of the smallest record takes a block; eight streams leave room for that in any budget.
  for (int i = 0; i < kMostStreams && !input.empty(); ++i) t::TryStream(**engine, &input);
  return 0;
}
