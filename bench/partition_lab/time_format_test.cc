#include "kinesis_core/lab/time_format.h"

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;
using Code = absl::StatusCode;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNoon = 1'431'857'103 * kSecond;  // 2015-05-17T10:05:03Z

// Nanoseconds since 1970, -1 for none.
int64_t TimeOf(std::string_view text, const std::string& format, std::string_view behind = "",
               const std::string& zone = "UTC") {
  return TimeFormat::Create(format, zone).value().Parse(text, behind).value_or(-1);
}

TEST(TimeFormatTest, CountsAreExactToTheNanosecondInEveryUnit) {
  EXPECT_EQ(TimeOf("1431857103", "unix_s"), kNoon);
  EXPECT_EQ(TimeOf("1431857103.000000001", "unix_s"), kNoon + 1);
  EXPECT_EQ(TimeOf("1431857103.25", "unix_s"), kNoon + kSecond / 4);
  EXPECT_EQ(TimeOf("1431857103250", "unix_ms"), kNoon + kSecond / 4);
  EXPECT_EQ(TimeOf("1431857103250.000001", "unix_ms"), kNoon + kSecond / 4 + 1);
  EXPECT_EQ(TimeOf("1431857103000001", "unix_us"), kNoon + 1'000);
  EXPECT_EQ(TimeOf("1431857103000000001", "unix_ns"), kNoon + 1);
  EXPECT_EQ(TimeOf("1431857103000000001.9", "unix_ns"), kNoon + 1);
  EXPECT_EQ(TimeOf("0", "unix_s"), 0);
  EXPECT_EQ(TimeOf("1.431857103e9", "unix_s"), kNoon);
}

TEST(TimeFormatTest, WhatIsNoTimeOrOutOfRangeIsNone) {
  for (const char* const text : {"", "yesterday", "-1", "nan", "inf", "1e30", "12:00", ".", "1.2.3",
                                 "9223372036", "99999999999999999999", "0x10"}) {
    EXPECT_EQ(TimeOf(text, "unix_s"), -1) << text;
  }
  EXPECT_EQ(TimeOf("infinite-future", "%Y"), -1);
  EXPECT_EQ(TimeOf("1969-12-31T23:59:59Z", "rfc3339"), -1);
  EXPECT_EQ(TimeOf("2262-04-12T00:00:00Z", "rfc3339"), -1);
  for (const char* const text : {"2015-02-29T00:00:00Z", "2015-05-17", "2015-05-17T10:05:03",
                                 "2015-05-17T10:05:03+2", "2015-05-17T10:05:03 CEST"}) {
    EXPECT_EQ(TimeOf(text, "rfc3339"), -1) << text;
  }
}

TEST(TimeFormatTest, ZonesShiftTimesInEveryForm) {
  for (const char* const text :
       {"2015-05-17T12:05:03+02:00", "2015-05-17 12:05:03+02:00", "2015-05-17t12:05:03+0200",
        "2015-05-17T12:05:03 +02", "2015-05-17T10:05:03Z", "2015-05-17T05:35:03-04:30"}) {
    EXPECT_EQ(TimeOf(text, "rfc3339"), kNoon) << text;
    EXPECT_EQ(TimeOf(text, "iso8601"), kNoon) << text;
  }
  for (const char* const text :
       {"17/May/2015:12:05:03 +0200", "[17/May/2015:12:05:03 +0200]", "17/May/2015:10:05:03"}) {
    EXPECT_EQ(TimeOf(text, "clf"), kNoon) << text;
  }
  EXPECT_EQ(TimeOf("[17/May/2015:05:05:03 -0500]", "[%d/%b/%Y:%H:%M:%S %z]"), kNoon);
}

TEST(TimeFormatTest, AZoneInTheFieldBehindIsTheTimes) {
  EXPECT_EQ(TimeOf("[17/May/2015:12:05:03", "[%d/%b/%Y:%H:%M:%S", "+0200]"), kNoon);
  EXPECT_EQ(TimeOf("[17/May/2015:12:05:03", "clf", "+0200]"), kNoon);
  EXPECT_EQ(TimeOf("[17/May/2015:10:05:03", "[%d/%b/%Y:%H:%M:%S", "GET"), kNoon);
  EXPECT_EQ(TimeOf("2015-05-17 10:05:03 +0000", "%Y-%m-%d %H:%M:%S %z", "+0200"), kNoon);
}

TEST(TimeFormatTest, TimesWithoutAZoneAreOfTheZoneThatIsGivenAndCounted) {
  TimeFormat format = TimeFormat::Create("iso8601", "Europe/Berlin").value();
  EXPECT_EQ(format.Parse("2015-05-17 12:05:03", ""), kNoon);  // summer time
  EXPECT_EQ(format.Parse("2015-01-17T11:05:03", ""), kNoon - 120 * 86'400 * kSecond);
  EXPECT_EQ(format.Parse("2015-05-17T10:05:03Z", ""), kNoon);
  EXPECT_EQ(format.without_zone(), 2u);
  EXPECT_EQ(TimeOf("2015-05-17 15:35:03", "%Y-%m-%d %H:%M:%S", "", "+05:30"), kNoon);
}

TEST(TimeFormatTest, TheZoneBehindATimeIsOfThatTimeAlone) {
  TimeFormat format = TimeFormat::Create("%Y-%m-%d %H:%M:%S", "+05:30").value();
  EXPECT_EQ(format.Parse("2015-05-17 12:05:03", "+0200"), kNoon);
  EXPECT_EQ(format.Parse("2015-05-17 15:35:03", "GET"), kNoon);
  TimeFormat yearless = TimeFormat::Create("syslog", "UTC").value();
  const int64_t newest = yearless.Parse("Jan  2 00:00:00", "+0200").value();
  ASSERT_TRUE(yearless.Parse("Dec 31 00:00:00", "+0200"));  // a straggler
  EXPECT_EQ(yearless.Parse("Jan  1 22:00:00", ""), newest);
}

TEST(TimeFormatTest, IsoTimesMayHaveACommaForThePointAndNoSeconds) {
  EXPECT_EQ(TimeOf("2015-05-17 10:05:03,250", "iso8601"), kNoon + kSecond / 4);
  EXPECT_EQ(TimeOf("2015-05-17T10:05:03.000000001", "iso8601"), kNoon + 1);
  EXPECT_EQ(TimeOf("2015-05-17T10:05", "iso8601"), kNoon - 3 * kSecond);
  EXPECT_EQ(TimeOf("2015-05-17T10:05Z", "iso8601"), kNoon - 3 * kSecond);
}

TEST(TimeFormatTest, AYearThatIsNotWrittenGoesOnAtNewYear) {
  TimeFormat format = TimeFormat::Create("syslog", "UTC").value();
  const int64_t leap_day = format.Parse("Feb 29 00:00:00", "").value();
  ASSERT_TRUE(format.Parse("Aug  1 00:00:00", ""));
  const int64_t december = format.Parse("Dec 31 23:59:59", "").value();
  const int64_t january = format.Parse("Jan  1 00:00:00", "").value();
  const int64_t straggler = format.Parse("Dec 31 23:59:58", "").value();
  EXPECT_EQ(december - leap_day, 307 * 86'400 * kSecond - kSecond);
  EXPECT_EQ(january - december, kSecond);
  EXPECT_EQ(straggler - december, -kSecond);
  format.Restart();
  EXPECT_EQ(format.Parse("Feb 29 00:00:00", ""), leap_day);
}

TEST(TimeFormatTest, AFormatOrAZoneThatMakesNoSenseIsRefused) {
  EXPECT_TRUE(Fails(TimeFormat::Create("unix", "UTC"), Code::kInvalidArgument,
                    {"time format", "unix_ns", "strptime"}));
  EXPECT_TRUE(Fails(TimeFormat::Create("%H:%M %Z", "UTC"), Code::kInvalidArgument, {"%Z", "%z"}));
  for (const char* const zone : {"", "Mars/Olympus", "+25:00", "+1", "../../etc/passwd"}) {
    EXPECT_TRUE(Fails(TimeFormat::Create("clf", zone), Code::kInvalidArgument, {"time zone"}))
        << zone;
  }
}

}  // namespace
}  // namespace kinesis::lab
