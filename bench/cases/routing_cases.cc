// Cases that measure what many shards cost a put, apart from what it costs to touch much memory.
//
//   routing/one-shard    cpu 0 --put--> [ n shards, all keys into one of them ]
//   routing/all-shards   cpu 0 --put--> [ n shards, keys at random over all ]
//   routing/batches      cpu 0 --PutBatch of 64--> [ n shards, keys at random over all ]
//   routing/read-shards                 [ n shards ] --n iterators--> cpu 0
//
// One shard: the table is as large as it will be, the log is the same: what is added is routing.
// All shards: a put also misses the cache in the log that it has not used for long. How much of it
// that is, raw-n says: n raw logs without any routing, the log known beforehand.
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/contenders/engine_contender.h"
#include "bench/contenders/raw_log.h"
#include "bench/contenders/split_logs.h"
#include "bench/loops.h"

namespace kinesis::bench {
namespace {

using Engine = EngineContender<KeyKind::kExplicit>;

template <Contender C>
void Add(Case& into, std::string name, const Workload& workload, Timed timed) {
  into.participants.push_back(
      {std::move(name), [workload, timed](uint64_t messages) {
         return FillAndDrain<C>(workload, timed, messages, WarmUp::kWholeLog).Run();
       }});
}

}  // namespace

std::vector<Case> RoutingCases(const Scale& scale) {
  Case one{"routing/one-shard", "cpu 0 --put--> [ n shards, all keys into one of them ]"};
  Case all{"routing/all-shards", "cpu 0 --put--> [ n shards, keys at random over all ]"};
  Case batches{"routing/batches",
               "cpu 0 --put, 64 at once--> [ n shards, keys at random over all ]"};
  Case read{"routing/read-shards", "[ n shards ] --n iterators--> cpu 0"};
  for (const uint64_t shards : scale.shards) {
    const std::string count = std::to_string(shards);
    Workload workload{.data_bytes = 100, .shards = shards, .log_bytes = scale.log_bytes};
    Add<Engine>(all, count, workload, Timed::kFill);
    Add<SplitLogs<RawLog<false>>>(all, "raw-" + count, workload, Timed::kFill);
    Workload in_batches = workload;
    in_batches.batch = 64;
    Add<Engine>(batches, count, in_batches, Timed::kFill);
    Add<Engine>(read, count, workload, Timed::kDrain);
    Add<SplitLogs<RawLog<false>>>(read, "raw-" + count, workload, Timed::kDrain);
    workload.keys = KeySpread::kOneShard;
    Add<Engine>(one, count, workload, Timed::kFill);
  }
  return {one, all, batches, read};
}

}  // namespace kinesis::bench
