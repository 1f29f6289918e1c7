// The checks themselves, by what they look at; source_rules.cc gives each its name. CONTRIBUTING.md
// states them for people.
#ifndef KINESIS_CORE_TESTING_TIDY_RULES_H_
#define KINESIS_CORE_TESTING_TIDY_RULES_H_

#include <vector>

#include "kinesis_core/testing/tidy/rule.h"

namespace kinesis::testing::tidy {

// include_rules.cc: which file may include which, and how that is written.
void CheckIncludeDirection(const File& file, Report& report);
void CheckTierOrder(const File& file, Report& report);
void CheckIncludeSpelling(const File& file, Report& report);
void CheckIncludeGuard(const File& file, Report& report);
void CheckPublicHeader(const std::vector<File>& files, Report& report);
void CheckSoleIncluder(const std::vector<File>& files, Report& report);

// text_rules.cc: what may stand in a file, and how it is laid out.
void CheckMemoryOrder(const File& file, Report& report);
void CheckHiddenThread(const File& file, Report& report);
void CheckMarker(const File& file, Report& report);
void CheckDisabledTest(const File& file, Report& report);
void CheckNolint(const File& file, Report& report);
void CheckWhitespace(const File& file, Report& report);
void CheckLineLength(const File& file, Report& report);
void CheckFileLength(const File& file, Report& report);

// build_rules.cc: what the BUILD files say of the tree.
void CheckListedInBuild(const std::vector<File>& files, Report& report);
void CheckPublicTarget(const File& file, Report& report);

// name_rules.cc: comments speak of what there is, in sentences.
void CheckCommentName(const std::vector<File>& files, Report& report);
void CheckDocComment(const File& file, Report& report);

// invariant_rules.cc: numbers, tests and mutants that refer to each other are there.
void CheckInvariant(const std::vector<File>& files, Report& report);
void CheckMutant(const std::vector<File>& files, Report& report);

}  // namespace kinesis::testing::tidy

#endif  // KINESIS_CORE_TESTING_TIDY_RULES_H_
