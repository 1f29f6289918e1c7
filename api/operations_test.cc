// OPERATIONS.md says what testdata/coverage.tsv and the service model say, and the client does it;
// README.md names files that are there.
//
// The check goes row by row and member by member: what a change of the model adds or takes away is
// a test that fails under the operation's name, with the members that are missing or too many.
#include <cctype>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/api/internal/operation_table.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/conformance/sample_world.h"
#include "kinesis_core/testing/conformance/table_file.h"
#include "kinesis_core/testing/internal/client_state.h"

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

// --- Row by row ----------------------------------------------------------------------------------

// The cells of the table of OPERATIONS.md, by operation. Cells keep their text.
std::map<std::string, Row> RowsOfTheDocument() {
  std::map<std::string, Row> rows;
  std::istringstream document(ReadFile("api/OPERATIONS.md"));
  bool in_table = false;
  for (std::string line; std::getline(document, line);) {
    if (line.starts_with("| operation |")) in_table = true;
    if (!in_table || !line.starts_with("| ") || line.starts_with("| operation |")) continue;
    Row cells;
    for (size_t at = 2; at < line.size();) {
      const size_t end = line.find(" |", at);
      if (end == std::string::npos) break;
      cells.push_back(line.substr(at, end - at));
      at = end + 3;
    }
    rows[cells.at(0)] = cells;
  }
  return rows;
}

std::set<std::string> SetOf(const std::string& list) {
  std::set<std::string> members;
  std::istringstream names(list);
  for (std::string name; std::getline(names, name, ',');) {
    members.insert(name.substr(name.find_first_not_of(' ')));
  }
  return members;
}

// "missing X; too many: Y", or nothing.
std::string Difference(const std::string& document, const std::string& model) {
  const std::set<std::string> has = SetOf(document);
  const std::set<std::string> wants = SetOf(model);
  std::string text;
  for (const std::string& name : wants) {
    if (!has.contains(name)) text += " the model has " + name + ", the document not;";
  }
  for (const std::string& name : has) {
    if (!wants.contains(name)) text += " the document has " + name + ", the model not;";
  }
  return text;
}

class OperationsRowTest : public ::testing::TestWithParam<std::string> {};

TEST_P(OperationsRowTest, IsWhatTheModelSays) {
  const std::map<std::string, Row> coverage = Coverage();
  std::map<std::string, std::string> members = MembersByStructure();
  const std::map<std::string, Row> rows = RowsOfTheDocument();
  ASSERT_TRUE(rows.contains(GetParam())) << "OPERATIONS.md has no row " << GetParam();
  ASSERT_TRUE(coverage.contains(GetParam())) << "coverage.tsv has no row " << GetParam();
  const Row& covered = coverage.at(GetParam());
  for (const Row& row : ReadTable("api/testdata/operations.tsv")) {
    if (row.at(0) != GetParam()) continue;
    const std::string reason = covered.at(2) == "-" ? "" : ": " + covered[2];
    const Row wanted = {row[0], covered.at(1) + reason, members[row.at(1)], members[row.at(2)]};
    const Row& found = rows.at(GetParam());
    ASSERT_EQ(found.size(), wanted.size());
    EXPECT_EQ(Difference(found[2], wanted[2]), "") << "request";
    EXPECT_EQ(Difference(found[3], wanted[3]), "") << "response";
    EXPECT_EQ(found, wanted) << "write: | " << wanted[0] << " | " << wanted[1] << " | " << wanted[2]
                             << " | " << wanted[3] << " |";
  }
}

std::vector<std::string> NamesOfTheModel() {
  std::vector<std::string> names;
  for (const Row& row : ReadTable("api/testdata/operations.tsv")) names.push_back(row.at(0));
  return names;
}
INSTANTIATE_TEST_SUITE_P(All, OperationsRowTest, ::testing::ValuesIn(NamesOfTheModel()),
                         [](const auto& name) { return name.param; });

TEST(OperationsTest, TheDocumentHasNoRowBesidesAndItsNumbersAreRight) {
  const std::vector<std::string> names = NamesOfTheModel();
  EXPECT_EQ(RowsOfTheDocument().size(), names.size());
  std::map<std::string, int> count;
  for (const auto& [operation, row] : Coverage()) ++count[row.at(1)];
  const std::string document = ReadFile("api/OPERATIONS.md");
  const std::string line = "Of " + std::to_string(names.size()) + " operations " +
                           std::to_string(count["full"]) + " are full, " +
                           std::to_string(count["data only"]) + " data only, " +
                           std::to_string(count["refused"]) + " refused.";
  EXPECT_NE(document.find(line), std::string::npos) << line;
}

// --- What the client does ------------------------------------------------------------------------

// A call that succeeds, of each operation, with a coverage that says so.
TEST(OperationsTest, TheClientDoesWhatTheTableSays) {
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
TEST(OperationsTest, WhatAnswersWithAStatusAloneCanBeSeenToHaveDoneSomething) {
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

// --- README.md -----------------------------------------------------------------------------------

// Every file of this package that it names is there: all but those of folders with a BUILD file.
TEST(ReadmeTest, NamesFilesThatAreThere) {
  const std::string text = ReadFile("api/README.md");
  int named = 0;
  std::string word;
  for (const char c : text + ' ') {
    const bool is_part = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '/' ||
                         (c == '.' && !word.empty());
    if (is_part) {
      word += c;
      continue;
    }
    while (word.ends_with('.')) word.pop_back();
    const bool is_file = word.ends_with(".h") || word.ends_with(".cc");
    const bool is_ours = word.find('/') == std::string::npos || word.starts_with("internal/");
    if (is_file && is_ours) {
      ++named;
      EXPECT_TRUE(std::ifstream("api/" + word).good()) << "README.md names " << word;
    }
    word.clear();
  }
  EXPECT_GT(named, 40);
}

}  // namespace
}  // namespace kinesis::api
