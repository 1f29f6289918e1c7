// Calls with one thing wrong, for every member of every operation: each gets the service's error
// and leaves everything as it was. Values at their bounds are not refused for them.
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/api/errors.h"
#include "kinesis_core/testing/conformance/bad_input_cases.h"
#include "kinesis_core/testing/conformance/table_file.h"
#include "kinesis_core/testing/internal/client_state.h"

namespace kinesis::api::testing {
namespace {

using Cases = std::vector<BadInputCase>;

// In one order at every call.
const Cases& AllCases() {
  static const Cases* const all = [] {
    auto* cases = new Cases(ConstraintCases());
    for (Cases (*make)() : {AddressCases, StateCases, NotThereCases, ConsumerCases}) {
      for (BadInputCase& added : make()) cases->push_back(std::move(added));
    }
    return cases;
  }();
  return *all;
}

// Cases without a preparation share one world, as none of them may change it; the first that does
// takes it away from the others.
class BadInputTest : public ::testing::TestWithParam<size_t> {
 protected:
  struct Start {
    SampleWorld world;
    std::string state;
  };

  static void TearDownTestSuite() { shared_.reset(); }

  static std::unique_ptr<Start> Make(const BadInputCase& one) {
    auto start = std::make_unique<Start>();
    if (one.prepare != nullptr) one.prepare(start->world);
    start->state = StateOf(start->world.client());
    return start;
  }

  // The call may change things, so the world is its own.
  static void ExpectTakenForItsBound(const BadInputCase& bad) {
    SampleWorld world;
    const std::optional<Error> error = ErrorOf(bad.call(world));
    if (!error) return;
    for (const std::string& reason : bad.reasons) {
      EXPECT_EQ(error->message.find(reason), std::string::npos) << error->message;
    }
  }

  static std::unique_ptr<Start> shared_;
};
std::unique_ptr<BadInputTest::Start> BadInputTest::shared_;

TEST_P(BadInputTest, IsRefusedAndChangesNothing) {
  const BadInputCase& bad = AllCases()[GetParam()];
  if (!bad.error) return ExpectTakenForItsBound(bad);
  std::unique_ptr<Start> start = bad.prepare == nullptr ? std::move(shared_) : nullptr;
  if (start == nullptr) start = Make(bad);
  const std::optional<Error> error = ErrorOf(bad.call(start->world));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->name, ErrorName(*bad.error));
  EXPECT_EQ(error->message, bad.message);
  ASSERT_EQ(StateOf(start->world.client()), start->state);
  if (bad.prepare == nullptr) shared_ = std::move(start);
}

INSTANTIATE_TEST_SUITE_P(All, BadInputTest, ::testing::Range<size_t>(0, AllCases().size()),
                         [](const auto& one) { return AllCases()[one.param].name; });

// --- The table is complete -----------------------------------------------------------------------

using Row = std::vector<std::string>;

// The names of the cases that the model's table asks for. Structures are followed into.
class ExpectedNames {
 public:
  ExpectedNames() {
    for (const Row& row : ReadTable("api/testdata/service_model.tsv"))
      members_[row[0]].push_back(row);
    for (const Row& row : ReadTable("api/testdata/operations.tsv")) AddMembers(row[0], row[1]);
  }
  const std::set<std::string>& names() const { return names_; }

 private:
  void AddMembers(const std::string& prefix, const std::string& structure) {
    for (const Row& row : members_[structure]) {
      if (row[1] != "-") AddMember(prefix + "_" + row[1], row);
    }
  }

  void AddMember(const std::string& name, const Row& row) {
    const std::string& kind = row[3];
    if (row[4] == "required") names_.insert(name + "_Missing");
    if (row[5] != "-") names_.insert(name + "_AtMin");
    if (row[5] != "-" && (row[5] != "0" || kind == "integer")) names_.insert(name + "_BelowMin");
    if (row[6] != "-") names_.insert({name + "_AtMax", name + "_AboveMax"});
    if (row[7] != "-") names_.insert(name + "_Pattern0");
    if (row[8] != "-") names_.insert(name + "_Enum");
    if (kind == "map") names_.insert({name + "_KeyAboveMax", name + "_ValueAboveMax"});
    if (kind == "structure") AddMembers(name, row[2]);
    if (kind != "list") return;
    if (members_.contains(row[9])) {
      AddMembers(name, row[9]);
    } else {
      names_.insert(name + (row[9] == "MetricsName" ? "_ElementEnum" : "_ElementAboveMax"));
    }
  }

  std::map<std::string, std::vector<Row>> members_;  // of each structure
  std::set<std::string> names_;
};

TEST(BadInputTableTest, HasEveryConstraintOfTheModel) {
  std::set<std::string> made;
  for (const BadInputCase& one : AllCases()) {
    EXPECT_TRUE(made.insert(one.name).second) << "twice: " << one.name;
  }
  const std::set<std::string> expected = ExpectedNames().names();
  for (const std::string& name : expected) EXPECT_TRUE(made.contains(name)) << "missing: " << name;
  EXPECT_GT(expected.size(), 600U);
}

TEST(BadInputTableTest, TellsItsSize) {
  size_t refused = 0;
  for (const BadInputCase& one : AllCases()) refused += one.error ? 1 : 0;
  std::cout << AllCases().size() << " cases: " << refused << " refused, "
            << AllCases().size() - refused << " at a bound\n";
  EXPECT_GT(refused, AllCases().size() / 2);
}

}  // namespace
}  // namespace kinesis::api::testing
