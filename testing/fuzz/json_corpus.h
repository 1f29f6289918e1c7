// Lines "OPERATION {JSON}" to begin fuzzing with: for each operation of the API, one with every
// member of its request, one without any, and for each kind of wrong value one that has it. Made
// from the descriptions, so that a new member brings its own.
#ifndef KINESIS_CORE_TESTING_FUZZ_JSON_CORPUS_H_
#define KINESIS_CORE_TESTING_FUZZ_JSON_CORPUS_H_

#include <string>
#include <vector>

namespace kinesis::testing {

// In a fixed order. They name the stream that HandleLines() has prepared, and use its placeholders.
std::vector<std::string> MakeJsonCorpus();

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_TESTING_FUZZ_JSON_CORPUS_H_
