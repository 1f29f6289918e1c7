#include "bench/pinning.h"

#include <sched.h>

#include <cstddef>
#include <string>
#include <vector>

namespace kinesis::bench {
namespace {

// The processors of the process, as they were before any thread sat down.
const std::vector<int>& Allowed() {
  static const std::vector<int>* const allowed = [] {
    auto* cpus = new std::vector<int>;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus->push_back(cpu);
    }
    return cpus;
  }();
  return *allowed;
}

bool MoveTo(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

}  // namespace

int CpuOf(Seat seat) {
  const auto place = static_cast<size_t>(seat);
  return Allowed().size() > place ? Allowed()[place] : -1;
}

void SitDown(Seat seat) {
  if (CpuOf(seat) >= 0) MoveTo(CpuOf(seat));
}

std::string DescribePinning() {
  if (Allowed().size() < 2) return "NOT PINNED: the process may use fewer than two processors";
  cpu_set_t before;
  CPU_ZERO(&before);
  const bool moved = sched_getaffinity(0, sizeof before, &before) == 0 &&
                     MoveTo(CpuOf(Seat::kConsumer)) && MoveTo(CpuOf(Seat::kProducer));
  sched_setaffinity(0, sizeof before, &before);
  if (!moved) return "NOT PINNED: the system refuses sched_setaffinity";
  return "producer on cpu " + std::to_string(CpuOf(Seat::kProducer)) + ", consumer on cpu " +
         std::to_string(CpuOf(Seat::kConsumer));
}

}  // namespace kinesis::bench
