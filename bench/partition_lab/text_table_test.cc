#include "kinesis_core/lab/text_table.h"

#include <string>

#include "gtest/gtest.h"

namespace kinesis::lab {
namespace {

TEST(TextTableTest, ColumnsAreAlignedAlsoWhenCellsAreNotAscii) {
  TextTable table({"name", "count"});
  table.Add({"a", "1"});
  table.Add({"caf\xc3\xa9 cr\xc3\xa8me", "1,000"});
  table.Add({"short"});
  EXPECT_EQ(table.ToString(),
            "name        count\n"
            "-----------------\n"
            "a               1\n"
            "caf\xc3\xa9 cr\xc3\xa8me  1,000\n"
            "short\n");
}

TEST(TextTableTest, ColumnsThatDoNotFitTheWidthFollowBelow) {
  TextTable table({"name", "one", "two", "three"});
  table.Add({"a", "1", "2", "3"});
  table.Add({"bc", "4"});
  EXPECT_EQ(table.ToString(14),
            "name  one  two\n"
            "--------------\n"
            "a       1    2\n"
            "bc      4\n"
            "\n"
            "name  three\n"
            "-----------\n"
            "a         3\n"
            "bc\n");
  EXPECT_EQ(table.ToString(21), table.ToString());
  EXPECT_NE(table.ToString(20), table.ToString());
  EXPECT_EQ(table.ToString(1), table.ToString(9));  // one column at least
}

TEST(TextTableTest, ALongListEndsInHowManyMoreThereAre) {
  EXPECT_EQ(More(0, "elsewhere"), "");
  EXPECT_EQ(More(1'234, "--json has all"), "... 1,234 more (--json has all)\n");
}

TEST(TextTableTest, NumbersAreWrittenForPeople) {
  EXPECT_EQ(WithCommas(0), "0");
  EXPECT_EQ(WithCommas(999), "999");
  EXPECT_EQ(WithCommas(1'000), "1,000");
  EXPECT_EQ(WithCommas(18'446'744'073'709'551'615u), "18,446,744,073,709,551,615");
  EXPECT_EQ(Fixed(1.005, 1), "1.0");
  EXPECT_EQ(Percent(0), "0.0 %");
  EXPECT_EQ(Percent(0.00001), "<0.1 %");
  EXPECT_EQ(Percent(0.0482), "4.8 %");
}

TEST(TextTableTest, TimesHaveAUnitThatSuitsThem) {
  EXPECT_EQ(HumanTime(0), "0");
  EXPECT_EQ(HumanTime(5), "5.0 ns");
  EXPECT_EQ(HumanTime(1'500'000), "1.5 ms");
  EXPECT_EQ(HumanTime(42e9), "42 s");
  EXPECT_EQ(HumanTime(120e9), "2.0 min");
  EXPECT_EQ(HumanTime(36 * 3'600e9), "1.5 d");
}

TEST(TextTableTest, KeysCannotControlTheTerminal) {
  EXPECT_EQ(Printable("plain"), "plain");
  EXPECT_EQ(Printable("\x1b[31mred\x7f\n"), "?[31mred??");
  EXPECT_EQ(Printable("a\xc2\x9b"
                      "b\xc2\xa9"),
            "a?b\xc2\xa9");
  // Right-to-left override, a line separator, a byte order mark; the euro sign is none of these.
  EXPECT_EQ(Printable("a\xe2\x80\xae"
                      "b\xe2\x80\xa8\xef\xbb\xbf\xe2\x82\xac"),
            "a?b??\xe2\x82\xac");
  EXPECT_EQ(Printable("abc", 2), "ab...");
  EXPECT_EQ(Printable(std::string(41, 'x')), std::string(40, 'x') + "...");
  std::string long_key;
  for (int i = 0; i < 40; ++i) long_key += "\xc3\xa9";
  EXPECT_EQ(Printable(long_key), long_key);
}

}  // namespace
}  // namespace kinesis::lab
