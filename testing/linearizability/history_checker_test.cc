#include "kinesis_core/testing/linearizability/history_checker.h"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace kinesis::testing {
namespace {

// One cell that is written and read.
struct CellOperation {
  uint64_t called = 0;
  uint64_t returned = 0;
  bool writes = false;
  int value = 0;
  int steps = 1;  // of a write: the value counts from the last one on
};

class Cell {
 public:
  using Operation = CellOperation;

  static int StepCount(const Operation& operation) { return operation.steps; }
  bool Step(const Operation& operation, int step) {
    if (!operation.writes) return operation.value == value_;
    if (step + 1 == operation.steps) value_ = operation.value;
    return true;
  }
  std::string Fingerprint() const { return std::to_string(value_); }
  static bool ChangesNothing(const Operation& operation) { return !operation.writes; }
  static std::string Describe(const Operation& operation) {
    return (operation.writes ? "write " : "read ") + std::to_string(operation.value);
  }

 private:
  int value_ = 0;
};

CellOperation Write(uint64_t called, uint64_t returned, int value) {
  return {called, returned, true, value};
}
CellOperation Read(uint64_t called, uint64_t returned, int value) {
  return {called, returned, false, value};
}

HistoryVerdict Check(const std::vector<CellOperation>& history, uint64_t most = 10'000) {
  return HistoryChecker<Cell>::Check(Cell(), history, most);
}

TEST(HistoryCheckerTest, AnEmptyHistoryIsLinearizable) { EXPECT_TRUE(Check({}).linearizable); }

TEST(HistoryCheckerTest, OneAfterTheOtherIsJudgedAsASequence) {
  EXPECT_TRUE(Check({Write(1, 2, 5), Read(3, 4, 5)}).linearizable);
  EXPECT_FALSE(Check({Write(1, 2, 5), Read(3, 4, 0)}).linearizable);
}

TEST(HistoryCheckerTest, AReadDuringAWriteMayReturnEitherValue) {
  EXPECT_TRUE(Check({Write(1, 4, 5), Read(2, 3, 0)}).linearizable);
  EXPECT_TRUE(Check({Write(1, 4, 5), Read(2, 3, 5)}).linearizable);
  EXPECT_FALSE(Check({Write(1, 4, 5), Read(2, 3, 6)}).linearizable);
}

TEST(HistoryCheckerTest, AValueThatWasSeenDoesNotGoAway) {
  EXPECT_TRUE(Check({Write(1, 10, 5), Read(2, 3, 0), Read(4, 5, 5)}).linearizable);
  EXPECT_FALSE(Check({Write(1, 10, 5), Read(2, 3, 5), Read(4, 5, 0)}).linearizable);
}

TEST(HistoryCheckerTest, TheOrderOfTwoWritesIsSettledByWhoHasSeenThem) {
  EXPECT_FALSE(
      Check({Write(1, 20, 5), Write(2, 21, 6), Read(3, 4, 5), Read(5, 6, 6), Read(7, 8, 5)})
          .linearizable);
  EXPECT_TRUE(Check({Write(1, 20, 5), Write(2, 21, 6), Read(3, 4, 5), Read(5, 6, 6), Read(7, 8, 6)})
                  .linearizable);
}

TEST(HistoryCheckerTest, TheOrderOfTheVectorDoesNotMatter) {
  EXPECT_FALSE(Check({Read(3, 4, 0), Write(1, 2, 5)}).linearizable);
  EXPECT_TRUE(Check({Read(3, 4, 5), Write(1, 2, 5)}).linearizable);
}

// A write of three steps counts from its last one on; the others may come and go before.
TEST(HistoryCheckerTest, TheStepsOfAnOperationAreInOrderAndWithinIt) {
  CellOperation slow = Write(1, 10, 5);
  slow.steps = 3;
  EXPECT_TRUE(Check({slow, Write(2, 3, 6), Read(4, 5, 6), Read(6, 7, 5)}).linearizable);
  EXPECT_FALSE(
      Check({slow, Write(2, 3, 6), Read(4, 5, 6), Read(6, 7, 5), Read(11, 12, 6)}).linearizable);
}

TEST(HistoryCheckerTest, AReportShowsTheShortestBeginningThatFailsAndWhatIsNeededOfIt) {
  const HistoryVerdict verdict = Check({Read(1, 2, 0), Write(3, 4, 5), Read(5, 6, 5), Read(7, 8, 0),
                                        Write(9, 30, 7), Read(20, 21, 5)});
  ASSERT_FALSE(verdict.linearizable);
  EXPECT_EQ(verdict.report,
            "not linearizable; the operations, in the order of their calls:\n"
            "  [3, 4] write 5\n"
            "  [7, 8] read 0\n"
            "these steps are possible in this order, and none can follow:\n"
            "  write 5\n");
}

// The failing beginning ends at 12, in the middle of the write that the read at 5 has seen.
TEST(HistoryCheckerTest, AnOperationThatIsCutOffMayHaveHappenedOrNot) {
  const HistoryVerdict verdict = Check({Write(1, 40, 5), Read(5, 6, 5), Read(11, 12, 0)});
  ASSERT_FALSE(verdict.linearizable);
  EXPECT_NE(verdict.report.find("[1, ...] write 5"), std::string::npos) << verdict.report;
  EXPECT_NE(verdict.report.find("[5, 6] read 5"), std::string::npos) << verdict.report;
}

TEST(HistoryCheckerTest, ConfigurationsAreSeenOnce) {
  // Ten writes of one value at once: 2^10 sets of them, not 10! orders.
  std::vector<CellOperation> history;
  for (uint64_t i = 0; i < 10; ++i) history.push_back(Write(1 + i, 100 + i, 5));
  history.push_back(Read(200, 201, 6));
  const HistoryVerdict verdict = Check(history);
  EXPECT_FALSE(verdict.linearizable);
  EXPECT_LE(verdict.configurations, 2048U);
}

TEST(HistoryCheckerTest, ASearchThatIsTooLongSaysSo) {
  std::vector<CellOperation> history;
  for (uint64_t i = 0; i < 10; ++i) history.push_back(Write(1 + i, 100 + i, static_cast<int>(i)));
  history.push_back(Read(200, 201, 77));
  const HistoryVerdict verdict = Check(history, 100);
  EXPECT_FALSE(verdict.linearizable);
  EXPECT_EQ(verdict.report, "gave up after 100 configurations\n");
}

}  // namespace
}  // namespace kinesis::testing
