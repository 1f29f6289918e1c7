// The promises of JsonService::Handle that fuzzing checks.
#ifndef KINESIS_CORE_TESTING_FUZZ_HANDLE_LINES_H_
#define KINESIS_CORE_TESTING_FUZZ_HANDLE_LINES_H_

#include <string>
#include <string_view>

namespace kinesis::testing {

// Carries out each line "OPERATION {JSON}" of `lines`, whatever is in them, on a new engine with a
// stream "s" of one shard and a few records. Returns what is wrong with an answer, if anything is:
// every answer is a JSON object in UTF-8 on one line; a status is 200, or that of the error that
// the answer names. "@i" in a line stands for the last shard iterator of an answer, "@n" for the
// last token of a listing, "@s" for a sequence number and "@c" for a consumer's ARN, so that lines
// reach what needs them.
std::string HandleLines(std::string_view lines);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_FUZZ_HANDLE_LINES_H_
