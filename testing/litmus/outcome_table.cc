#include "kinesis_core/testing/litmus/outcome_table.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include <gtest/gtest.h>

#include "kinesis_core/testing/internal/environment.h"
#include "kinesis_core/testing/internal/sanitizers.h"

namespace kinesis::testing {
namespace {

// AddressSanitizer makes a schedule some twenty times slower: every fiber gets a stack of its own
// from it.
constexpr uint64_t kScheduleDivisor = kIsSanitized ? 20 : 1;

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kExpected:
      return "EXPECTED";
    case Verdict::kAllowed:
      return "ALLOWED";
    case Verdict::kForbidden:
      break;
  }
  return "FORBIDDEN";
}

}  // namespace

void RunLitmus(const ExploreOptions& options, const std::vector<Outcome>& outcomes,
               const std::function<std::string(Schedule&)>& body) {
  ExploreOptions reduced = options;
  reduced.schedules = FromEnvironment("KINESIS_SCHEDULES", options.schedules / kScheduleDivisor);
  std::vector<uint64_t> counts(outcomes.size());
  const Exploration found = Explore(reduced, [&](Schedule& schedule) {
    const std::string name = body(schedule);
    if (schedule.failed()) return;
    const auto row = std::find_if(outcomes.begin(), outcomes.end(),
                                  [&](const Outcome& outcome) { return outcome.name == name; });
    if (row == outcomes.end()) {
      schedule.Fail("outcome \"" + name + "\", which the table does not have");
      return;
    }
    ++counts[static_cast<size_t>(row - outcomes.begin())];
    if (row->verdict == Verdict::kForbidden) {
      schedule.Fail("FORBIDDEN outcome \"" + name + "\": " + std::string(row->phrase));
    }
  });

  std::printf("%12s  %-9s  outcome\n", "count", "verdict");
  for (size_t i = 0; i < outcomes.size(); ++i) {
    const Outcome& outcome = outcomes[i];
    std::printf("%12llu  %-9s  %.*s: %.*s\n", static_cast<unsigned long long>(counts[i]),
                NameOf(outcome.verdict), static_cast<int>(outcome.name.size()), outcome.name.data(),
                static_cast<int>(outcome.phrase.size()), outcome.phrase.data());
  }
  std::printf("%12llu  schedules from seed %llu, %llu distinct, %llu steps\n",
              static_cast<unsigned long long>(found.schedules),
              static_cast<unsigned long long>(options.seed_base),
              static_cast<unsigned long long>(found.distinct),
              static_cast<unsigned long long>(found.steps));
  EXPECT_EQ(found.failure, "");
  // After a failure, or if a seed was asked for, there were too few schedules to miss an outcome.
  if (!found.failure.empty() || found.schedules < options.schedules) return;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].verdict != Verdict::kExpected) continue;
    EXPECT_GT(counts[i], 0U) << "never showed: " << outcomes[i].name;
  }
}

}  // namespace kinesis::testing
