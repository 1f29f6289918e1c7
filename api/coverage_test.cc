// COVERAGE.md says what testdata/coverage.tsv and the service model say, and the client does it.
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/testing/client_state.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/conformance/sample_world.h"
#include "kinesis_core/testing/conformance/table_file.h"

namespace kinesis::api {
namespace {

using testing::ReadTable;
using testing::SampleRequest;
using testing::SampleWorld;
using testing::StateOf;
using testing::StatusOf;

using Row = std::vector<std::string>;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.good()) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// By operation.
std::map<std::string, Row> Coverage() {
  std::map<std::string, Row> coverage;
  for (const Row& row : ReadTable("api/testdata/coverage.tsv")) coverage[row.at(0)] = row;
  return coverage;
}

// The members of each structure of the model, as one line; required ones in bold.
std::map<std::string, std::string> MembersByStructure() {
  std::map<std::string, std::string> members;
  for (const Row& row : ReadTable("api/testdata/service_model.tsv")) {
    if (row.at(1) == "-") continue;
    std::string& line = members[row[0]];
    const std::string mark = row.at(4) == "required" ? "**" : "";
    line += (line.empty() ? "" : ", ") + mark + row[1] + mark;
  }
  return members;
}

// The table of COVERAGE.md.
std::string Table() {
  const std::map<std::string, Row> coverage = Coverage();
  std::map<std::string, std::string> members = MembersByStructure();
  std::string table = "| operation | coverage | request | response |\n|---|---|---|---|\n";
  for (const Row& row : ReadTable("api/testdata/operations.tsv")) {
    const Row& covered = coverage.at(row.at(0));
    const std::string reason = covered.at(2) == "-" ? "" : ": " + covered[2];
    table += "| " + row[0] + " | " + covered.at(1) + reason + " | " + members[row.at(1)] + " | " +
             members[row.at(2)] + " |\n";
  }
  return table;
}

TEST(CoverageTest, TheDocumentHasTheTable) {
  const std::string document = ReadFile("api/COVERAGE.md");
  EXPECT_NE(document.find("\n\n" + Table() + "\n"), std::string::npos)
      << "COVERAGE.md should have this table:\n"
      << Table();
}

TEST(CoverageTest, TheDocumentHasTheNumbers) {
  std::map<std::string, int> count;
  for (const auto& [operation, row] : Coverage()) ++count[row.at(1)];
  const std::string document = ReadFile("api/COVERAGE.md");
  const std::string line = "Of 39 operations " + std::to_string(count["full"]) + " are full, " +
                           std::to_string(count["data only"]) + " data only, " +
                           std::to_string(count["refused"]) + " refused.";
  EXPECT_NE(document.find(line), std::string::npos) << line;
}

// A call that succeeds, of each operation, with a coverage that says so.
TEST(CoverageTest, TheClientDoesWhatTheTableSays) {
  const std::map<std::string, Row> coverage = Coverage();
  ASSERT_EQ(coverage.size(), kOperationCount);
  internal::ForEachOperation([&coverage](auto traits) {
    using Traits = decltype(traits);
    const std::string name(ToText(Traits::kOperation));
    SampleWorld world;
    const auto request = SampleRequest<typename Traits::Request>(world);
    const absl::Status status = StatusOf((world.client().*Traits::kMethod)(request));
    if (coverage.at(name).at(1) == "refused") {
      EXPECT_TRUE(IsError(status, ErrorType::kUnknownOperation)) << name << ": " << status;
    } else {
      EXPECT_TRUE(status.ok()) << name << ": " << status;
    }
  });
}

// An operation that answers with a status alone is there for its effect.
TEST(CoverageTest, WhatAnswersWithAStatusAloneCanBeSeenToHaveDoneSomething) {
  internal::ForEachOperation([](auto traits) {
    using Traits = decltype(traits);
    if constexpr (std::is_void_v<typename Traits::Response>) {
      SampleWorld world;
      const auto request = SampleRequest<typename Traits::Request>(world);
      const std::string before = StateOf(world.client());
      if (!(world.client().*Traits::kMethod)(request).ok()) return;  // refused, as told above
      EXPECT_NE(StateOf(world.client()), before) << ToText(Traits::kOperation);
    }
  });
}

}  // namespace
}  // namespace kinesis::api
