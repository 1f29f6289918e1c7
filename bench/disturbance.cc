#include "bench/disturbance.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>

#include "bench/pinning.h"
#include "bench/waiting.h"

namespace kinesis::bench {
namespace {

// Seconds that the processors of both seats have been anything but idle, by /proc/stat.
double BusySeconds() {
  std::ifstream file("/proc/stat");
  double ticks = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0;
    fields >> name >> user >> nice >> system >> idle >> wait >> irq >> softirq >> steal;
    for (const Seat seat : {Seat::kProducer, Seat::kConsumer}) {
      if (name != "cpu" + std::to_string(CpuOf(seat))) continue;
      ticks += user + nice + system + irq + softirq + steal;
    }
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double OwnSeconds() {
  timespec used;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) != 0) return 0;
  return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

Disturbance::Disturbance() : began_(NowSeconds()), busy_(BusySeconds()), own_(OwnSeconds()) {}

double Disturbance::PartUsedByOthers() const {
  // The kernel counts in ticks; each of the two processors may be off by one.
  const double resolution = 2.0 / static_cast<double>(sysconf(_SC_CLK_TCK));
  const double others = (BusySeconds() - busy_) - (OwnSeconds() - own_) - resolution;
  return std::max(others, 0.0) / (NowSeconds() - began_);
}

}  // namespace kinesis::bench
