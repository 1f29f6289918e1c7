#include "bench/pinning.h"

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "bench/waiting.h"

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

// Additions that do not wait for each other, enough to keep a core's units busy. In seconds.
double AddForAWhile() {
  constexpr int kRounds = 2'000'000;
  uint64_t a = 1, b = 2, c = 3, d = 4;
  const double began = NowSeconds();
  for (int i = 0; i < kRounds; ++i) {
    a += b ^ 5;
    c += d ^ 7;
    b += static_cast<uint64_t>(i) ^ 3;
    d += static_cast<uint64_t>(i) ^ 9;
    // Nothing of it is known to the compiler, or dropped.
    asm volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
  }
  return NowSeconds() - began;
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

std::string DescribeCores() {
  if (CpuOf(Seat::kConsumer) < 0) return "one processor";
  constexpr int kRounds = 5;
  double alone = 0;
  double together = 0;
  // The least of several: what others did meanwhile is not what is asked for.
  const auto keep_least = [](double& least, double seconds) {
    least = least == 0 ? seconds : std::min(least, seconds);
  };
  for (int i = 0; i < kRounds; ++i) {
    double first = 0;
    double second = 0;
    std::thread([&] {
      SitDown(Seat::kProducer);
      first = AddForAWhile();
    }).join();
    keep_least(alone, first);
    SpinBarrier start(2);
    std::thread other([&] {
      SitDown(Seat::kConsumer);
      start.Arrive();
      second = AddForAWhile();
    });
    std::thread([&] {
      SitDown(Seat::kProducer);
      start.Arrive();
      first = AddForAWhile();
    }).join();
    other.join();
    keep_least(together, std::max(first, second));
  }
  return DescribeCores(together / alone);
}

std::string DescribeCores(double slowdown) {
  constexpr double kOfItsOwn = 1.15;
  char text[100];
  std::snprintf(text, sizeof text, "%s: both at once take %.2f times as long as one",
                slowdown <= kOfItsOwn ? "each thread has a core of its own"
                                      : "THE TWO THREADS SHARE A CORE, OR OTHERS USE IT",
                slowdown);
  return text;
}

}  // namespace kinesis::bench
