// One thread puts, another reads at the same time.
//
//   handover   producer (cpu 0) --> [ log ] --> consumer (cpu 1)
//
// Time per message. The consumer takes up to 500 messages at once, where its contender can, sums
// up every byte, and backs off when there is nothing; in `handover-one` it takes one at a time, and
// the producer puts one at a time, as those do who have no batches. Producers are held back by a
// full queue, or by a window on how far the reader of a log is behind.
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/contenders/all_contenders.h"
#include "bench/loops.h"

namespace kinesis::bench {
namespace {

template <size_t kBytes>
Case CaseOf(const std::string& name, const Workload& workload) {
  Case handover{name, "cpu 0 --put--> [ log ] --poll--> cpu 1"};
  const auto add = [&]<class C>(std::type_identity<C>) {
    if (!CanDo<C>(workload)) return;
    handover.participants.push_back({std::string(C::kName), [workload](uint64_t messages) {
                                       return HandOver<C>(workload, messages);
                                     }});
  };
  Writers<kBytes>::ForEach(add);
  add(std::type_identity<TrimmingEngine>());
  return handover;
}

}  // namespace

std::vector<Case> HandOverCases(const Scale& scale) {
  std::vector<Case> cases;
  ForEach(DataSizes(), [&](auto size) {
    constexpr size_t kBytes = decltype(size)::value;
    const std::string bytes = std::to_string(kBytes);
    Workload workload{.data_bytes = kBytes, .log_bytes = scale.log_bytes};
    for (const size_t batch : scale.batches) {
      workload.batch = batch;
      cases.push_back(CaseOf<kBytes>("handover/" + bytes + "/" + NameOfBatch(batch), workload));
    }
    workload.batch = 1;
    workload.poll = 1;
    cases.push_back(CaseOf<kBytes>("handover-one/" + bytes, workload));
  });
  return cases;
}

}  // namespace kinesis::bench
