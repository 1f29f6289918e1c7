#include "kinesis_core/lab/plan_verdict.h"

#include <algorithm>

#include "kinesis_core/lab/text_table.h"

namespace kinesis::lab {
namespace {

constexpr double kGain = 0.01;
constexpr double kShareMin = 0.001;

bool IsLess(double one, double other, double least) {
  return other - one > std::max(kGain * other, least);
}

std::string Change(double before, double after) {
  return Percent(before) + " before, " + Percent(after) + " after";
}

}  // namespace

std::string WhyNoHelp(const PlanOutcome& before, const PlanOutcome& after) {
  struct Share {
    const char* what;
    double before;
    double after;
  };
  const Share shares[] = {
      {"over capacity", before.over_capacity, after.over_capacity},
      {"queued", before.queued, after.queued},
      {"dropped", before.dropped, after.dropped},
  };
  bool is_better = IsLess(after.max_over_mean, before.max_over_mean, 0);
  for (const Share& share : shares) {
    if (IsLess(share.before, share.after, kShareMin)) {
      return std::string("more would be ") + share.what + ": " + Change(share.before, share.after);
    }
    is_better = is_better || IsLess(share.after, share.before, kShareMin);
  }
  if (is_better) return "";
  return "it gains nothing: over capacity are " +
         Change(before.over_capacity, after.over_capacity) + ", max/mean is " +
         Fixed(before.max_over_mean, 3) + " before, " + Fixed(after.max_over_mean, 3) + " after";
}

}  // namespace kinesis::lab
