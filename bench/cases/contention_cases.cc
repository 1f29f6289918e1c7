// Two threads put at the same time.
//
//   contend   cpu 0 --+                          spread   cpu 0 --> [ shards 0 to 3 ]
//                     +--> [ log ]
//             cpu 1 --+                                   cpu 1 --> [ shards 4 to 7 ]
//
// Time per message of both together. In `spread` raw-alone is raw with one thread and one log, in
// the same run; moodycamel has its sub-queue for each thread anyway.
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/contenders/all_contenders.h"
#include "bench/contenders/split_logs.h"
#include "bench/loops.h"

namespace kinesis::bench {
namespace {

template <Contender C>
void Add(Case& into, const Workload& workload, std::string name = std::string(C::kName)) {
  if (!CanDo<C>(workload)) return;
  into.participants.push_back({std::move(name), [workload](uint64_t messages) {
                                 return FillAndDrain<C>(workload, Timed::kFill, messages).Run();
                               }});
}

template <size_t kBytes>
Case Contend(const Scale& scale, size_t batch) {
  Case contend{"contend/" + std::to_string(kBytes) + "/" + NameOfBatch(batch),
               "cpu 0 --+\n"
               "        +--put--> [ log ]\n"
               "cpu 1 --+"};
  const Workload workload{
      .data_bytes = kBytes, .batch = batch, .producers = 2, .log_bytes = scale.log_bytes};
  Writers<kBytes>::ForEach([&]<class C>(std::type_identity<C>) { Add<C>(contend, workload); });
  return contend;
}

template <size_t kBytes>
Case Spread(const Scale& scale, size_t batch) {
  Case spread{"spread/" + std::to_string(kBytes) + "/" + NameOfBatch(batch),
              "cpu 0 --put--> [ shards 0 to 3 ]\n"
              "cpu 1 --put--> [ shards 4 to 7 ]   (raw-alone: cpu 0 --> [ one log ])"};
  const Workload alone{.data_bytes = kBytes, .batch = batch, .log_bytes = scale.log_bytes};
  Add<RawLog<false>>(spread, alone, "raw-alone");
  Workload workload = alone;
  workload.producers = 2;
  Add<MoodycamelQueue<kBytes>>(spread, workload);
  workload.shards = 8;
  Add<SplitLogs<RawLog<false>>>(spread, workload);
  Add<SplitLogs<RawLog<true>>>(spread, workload);
  Add<ExplicitEngine>(spread, workload);
  Add<Xxh3Engine>(spread, workload);
  Add<Md5Engine>(spread, workload);
  return spread;
}

}  // namespace

std::vector<Case> ContentionCases(const Scale& scale) {
  std::vector<Case> cases;
  ForEach(DataSizes(), [&](auto size) {
    constexpr size_t kBytes = decltype(size)::value;
    for (const size_t batch : scale.batches) {
      cases.push_back(Contend<kBytes>(scale, batch));
      cases.push_back(Spread<kBytes>(scale, batch));
    }
  });
  return cases;
}

}  // namespace kinesis::bench
