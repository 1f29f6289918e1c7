// Generators: keys with a known distribution, the same for the same seed on every machine.
//
//   name         keys                                       what it stands for
//   uniform      key-0 .. key-(n-1), all as often           the kindest case
//   zipf         key-k with a share of k^-s / H(n,s)        users, pages, products
//   hotspot      `hot_keys` of n take `hot_share` of all    a celebrity, a stuck device
//   sequential   id-0000000000, id-0000000001, ...          order numbers; each key once
//   uuid         random UUIDs (version 4); each key once    trace ids
//   time         2026-01-01T00:00:07Z/key-k, k uniform      keys that begin with the time
//   few          key-0 .. key-(n-1) in turn, n small        regions, machine types
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_GENERATORS_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_GENERATORS_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "kinesis_core/lab/key_source.h"

namespace kinesis::lab {

struct GeneratorOptions {
  std::string name = "zipf";
  uint64_t records = 1'000'000;  // at least 1
  uint64_t keys = 0;             // distinct keys to draw from; 0: 10,000, for "few" 4
  double zipf_exponent = 1.0;    // above 0, at most 100
  uint64_t hot_keys = 1;         // for "hotspot", fewer than `keys`
  double hot_share = 0.5;        // for "hotspot", [0, 1]
  uint64_t data_bytes = 100;     // of each record, without its key
  uint64_t seed = 1;
};

// kInvalidArgument: there is no generator of that name. kOutOfRange: an option is, and the message
// names it.
absl::StatusOr<std::unique_ptr<KeySource>> NewGenerator(const GeneratorOptions& options);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_GENERATORS_H_
