// One thread serialises messages: into a buffer that it puts, or into the log itself.
//
//   in-place   cpu 0 --serialise--> [ buffer ] --Put--> [ log ]        engine-built
//              cpu 0 --serialise--> [ log ]                            engine-in-place
//
// Time per message, with the serialising. Filled and emptied as in append_cases.cc.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/contenders/in_place_engine.h"
#include "bench/loops.h"

namespace kinesis::bench {
namespace {

template <Contender C>
void Add(Case& into, const Workload& workload) {
  into.participants.push_back({std::string(C::kName), [workload](uint64_t messages) {
                                 return FillAndDrain<C>(workload, Timed::kFill, messages).Run();
                               }});
}

}  // namespace

std::vector<Case> InPlaceCases(const Scale& scale) {
  std::vector<Case> cases;
  ForEach(DataSizes(), [&](auto size) {
    constexpr size_t kBytes = decltype(size)::value;
    const Workload workload{.data_bytes = kBytes, .log_bytes = scale.log_bytes};
    Case in_place{"in-place/" + std::to_string(kBytes), "cpu 0 --serialise, put--> [ log ]"};
    Add<SerialisingEngine<false>>(in_place, workload);
    Add<SerialisingEngine<true>>(in_place, workload);
    cases.push_back(in_place);
  });
  return cases;
}

}  // namespace kinesis::bench
