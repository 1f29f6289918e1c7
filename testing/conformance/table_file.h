// For tests: the checked-in tables of the service model.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_TESTING_CONFORMANCE_TABLE_FILE_H_
#define KINESIS_CORE_TESTING_CONFORMANCE_TABLE_FILE_H_

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace kinesis::api::testing {

// The rows of a file of fields between tabs, without empty lines and those that begin with '#'. A
// file that cannot be read fails the test.
inline std::vector<std::vector<std::string>> ReadTable(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    rows.emplace_back();
    for (std::string field; std::getline(fields, field, '\t');) rows.back().push_back(field);
  }
  return rows;
}

}  // namespace kinesis::api::testing

#endif  // KINESIS_CORE_TESTING_CONFORMANCE_TABLE_FILE_H_
