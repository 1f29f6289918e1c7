// A record that cannot be processed does not stop its shard: after three attempts it goes to
// another stream, with the reason, and the records behind it go on.
//
// Prints:
//   42
//   7
//   given up after 3 attempts: "seven" of shardId-000000000000, INVALID_ARGUMENT: no number
#include <charconv>
#include <iostream>
#include <stop_token>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "kinesis_core/consumer_group.h"
#include "kinesis_core/dead_letter.h"
#include "kinesis_core/engine.h"

namespace {

absl::Status Print(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return absl::InvalidArgumentError("no number");
  std::cout << number << "\n";
  return absl::OkStatus();
}

// Commits record by record, so that what failed is the first that is not committed.
absl::Status PrintAll(kinesis::Delivery& delivery) {
  for (size_t i = 0; i < delivery.records().size(); ++i) {
    if (absl::Status status = Print(delivery.records()[i].data); !status.ok()) return status;
    if (absl::Status status = delivery.Commit(i + 1); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream numbers = engine->CreateStream("numbers").value();
  const kinesis::Stream failed = engine->CreateStream("failed").value();
  const auto group = kinesis::ConsumerGroup::Create(
                         numbers, "printer", {.max_attempts = 3, .dead_letter_stream = failed})
                         .value();
  for (const char* data : {"42", "seven", "7"}) numbers.Put({.data = data}).value();
  numbers.Close().IgnoreError();
  group.Join().value().Run(std::stop_token(), PrintAll).IgnoreError();

  const auto start = kinesis::IteratorStart::TrimHorizon();
  kinesis::Iterator it = failed.ListShards().front().CreateIterator(start).value();
  const kinesis::RecordBatch batch = it.Read().value();
  for (const kinesis::RecordView& record : batch) {
    const auto letter = kinesis::DeadLetter::Parse(record).value();
    std::cout << "given up after " << letter.attempts << " attempts: \"" << letter.data << "\" of "
              << letter.shard_id.ToString() << ", " << letter.cause << "\n";
  }
}
