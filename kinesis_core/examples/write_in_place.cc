// Writes a record where it will be read, without building it in a buffer first. The size is asked
// for before it is known exactly, and the rest given back with the commit; a record that cannot be
// written is given up by leaving the function.
//
// Prints:
//   stored 25 bytes: {"sensor":"attic","c":21}
//   INVALID_ARGUMENT: the cellar has no reading
//   one record, whose key is attic
#include <cstdio>
#include <iostream>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kinesis_core/engine.h"

namespace {

// Writes a reading as JSON to the front of `to`. Returns how long it is; nothing if there is none.
std::optional<size_t> Serialise(const std::string& sensor, std::span<char> to) {
  if (sensor != "attic") return std::nullopt;
  return std::snprintf(to.data(), to.size(), "{\"sensor\":\"%s\",\"c\":%d}", sensor.c_str(), 21);
}

absl::StatusOr<size_t> Store(kinesis::Stream& stream, const std::string& sensor) {
  constexpr size_t kMost = 100;
  absl::StatusOr<kinesis::Reservation> place = stream.Reserve(sensor, kMost);
  if (!place.ok()) return place.status();
  const std::optional<size_t> bytes = Serialise(sensor, place->data());
  // Readers step over what is not committed.
  if (!bytes) return absl::InvalidArgumentError("the " + sensor + " has no reading");
  const absl::StatusOr<kinesis::PutResult> put = place->Commit(*bytes);
  if (!put.ok()) return put.status();
  return *bytes;
}

}  // namespace

int main() {
  auto engine = kinesis::Engine::Create().value();
  kinesis::Stream readings = engine->CreateStream("readings").value();
  auto it = readings.ListShards().front().CreateIterator(kinesis::IteratorStart::TrimHorizon());

  const size_t bytes = Store(readings, "attic").value();
  const kinesis::RecordBatch batch = it->Read().value();
  std::cout << "stored " << bytes << " bytes: " << batch[0].data << "\n";
  std::cout << Store(readings, "cellar").status() << "\n";
  std::cout << (batch.size() == 1 && it->Read()->empty() ? "one record" : "more")
            << ", whose key is " << batch[0].partition_key << "\n";
}
