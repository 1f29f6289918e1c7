// Records are bytes. A struct without pointers is its own bytes, and is read in place, since data
// is 8-byte aligned; anything else is written to bytes by the format of your choice.
//
// Prints:
//   sensor 7: 21.5 degrees, read in place
//   refused: 3 bytes are no reading
#include <cstdint>
#include <iostream>
#include <string_view>
#include <type_traits>

#include "kinesis_core/engine.h"

namespace {

// Of this version of the program: who reads records of another one, or of another machine, needs a
// format that says so (Protocol Buffers, JSON, a version as the first field).
struct Reading {
  int64_t sensor;
  double degrees;
};
static_assert(std::is_trivially_copyable_v<Reading> && alignof(Reading) <= 8);

std::string_view BytesOf(const Reading& reading) {
  return {reinterpret_cast<const char*>(&reading), sizeof(reading)};
}

// A view of the record's own bytes, valid as long as its batch; null if they are no Reading.
const Reading* ReadingOf(const kinesis::RecordView& record) {
  if (record.data.size() != sizeof(Reading)) return nullptr;
  return reinterpret_cast<const Reading*>(record.data.data());
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream readings = engine->CreateStream("readings").value();
  readings.Put({.partition_key = "attic", .data = BytesOf({.sensor = 7, .degrees = 21.5})}).value();
  readings.Put({.partition_key = "attic", .data = "???"}).value();

  const auto start = kinesis::IteratorStart::TrimHorizon();
  auto it = readings.ListShards().front().CreateIterator(start).value();
  for (const kinesis::RecordView& record : it.Read().value()) {
    if (const Reading* const reading = ReadingOf(record)) {
      std::cout << "sensor " << reading->sensor << ": " << reading->degrees
                << " degrees, read in place\n";
    } else {
      std::cout << "refused: " << record.data.size() << " bytes are no reading\n";
    }
  }
}
