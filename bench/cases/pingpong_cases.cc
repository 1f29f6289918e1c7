// A message goes forth and back, one at a time.
//
//   pingpong   cpu 0 --> [ forth ] --> cpu 1
//                ^                       |
//                +------ [ back ]  <-----+
//
// Time of a round trip, and its quantiles. `spin` polls without a pause; in `park` the receiver
// sleeps in the contender's own way, which costs a wake-up by the system each way.
#include <cstddef>
#include <string>
#include <type_traits>
#include <vector>

#include "bench/cases/cases.h"
#include "bench/contenders/all_contenders.h"
#include "bench/loops.h"

namespace kinesis::bench {
namespace {

template <size_t kBytes, Waiting kWaiting, class List>
Case CaseOf(const Scale& scale, const char* how) {
  Case pingpong{"pingpong/" + std::to_string(kBytes) + "/" + how,
                "cpu 0 --put--> [ forth ] --poll--> cpu 1 --put--> [ back ] --poll--> cpu 0"};
  const Workload workload{.data_bytes = kBytes, .log_bytes = scale.log_bytes};
  List::ForEach([&]<class C>(std::type_identity<C>) {
    static_assert(kWaiting == Waiting::kSpin || BlockingContender<C>);
    pingpong.participants.push_back({std::string(C::kName), [workload](uint64_t messages) {
                                       return PingPong<C, kWaiting>(workload, messages);
                                     }});
  });
  return pingpong;
}

}  // namespace

std::vector<Case> PingPongCases(const Scale& scale) {
  std::vector<Case> cases;
  ForEach(DataSizes(), [&](auto size) {
    constexpr size_t kBytes = decltype(size)::value;
    cases.push_back(CaseOf<kBytes, Waiting::kSpin, Readers<kBytes>>(scale, "spin"));
    cases.push_back(CaseOf<kBytes, Waiting::kPark, Sleepers<kBytes>>(scale, "park"));
  });
  return cases;
}

}  // namespace kinesis::bench
