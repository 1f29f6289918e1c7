#include "kinesis_core/api/internal/pattern.h"

#include <vector>

namespace kinesis::api::internal {

bool Pattern::MatchesSteps(std::string_view subject) const {
  const size_t first_end = second_alternative_ == 0 ? step_count_ : second_alternative_;
  if (MatchesSteps(0, first_end, subject)) return true;
  return second_alternative_ != 0 && MatchesSteps(second_alternative_, step_count_, subject);
}

// Keeps the set of places in `subject` that the steps so far can have reached, and takes all of
// them through each step at once.
bool Pattern::MatchesSteps(size_t first, size_t last, std::string_view subject) const {
  std::vector<bool> reached(subject.size() + 1);
  reached[0] = true;
  std::vector<bool> next;
  std::vector<size_t> starts;
  for (size_t s = first; s < last; ++s) {
    const Step& step = steps_[s];
    next.assign(subject.size() + 1, false);
    bool any = false;
    // Places reached from which nothing but bytes of the step leads to `at`, in order; those before
    // `from` are more than max bytes away.
    starts.clear();
    size_t from = 0;
    for (size_t at = 0; at <= subject.size(); ++at) {
      if (at > 0 && !step.bytes.Contains(subject[at - 1])) {
        starts.clear();
        from = 0;
      }
      if (reached[at]) starts.push_back(at);
      while (from < starts.size() && at - starts[from] > step.max) ++from;
      if (from < starts.size() && at - starts[from] >= step.min) {
        next[at] = true;
        any = true;
      }
    }
    if (!any) return false;
    reached.swap(next);
  }
  return reached[subject.size()];
}

}  // namespace kinesis::api::internal
