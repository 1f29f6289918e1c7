// Writes the corpus that testing/fuzz/json_fuzz.lines holds:
//
//   bazel run //testing/fuzz:write_json_corpus > testing/fuzz/json_fuzz.lines
#include <iostream>
#include <string>

#include "kinesis_core/testing/fuzz/json_corpus.h"

int main() {
  for (const std::string& line : kinesis::testing::MakeJsonCorpus()) std::cout << line << "\n";
  return 0;
}
