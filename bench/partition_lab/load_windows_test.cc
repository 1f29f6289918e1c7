#include "kinesis_core/lab/load_windows.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/lab/fingerprint.h"

namespace kinesis::lab {
namespace {

constexpr int64_t kHour = int64_t{3'600} * 1'000'000'000;

void Add(const std::string& key, uint64_t bytes, int64_t time_ns, LoadWindows* windows) {
  windows->Add(Fingerprint(key), {key, bytes, time_ns});
}

TEST(LoadWindowsTest, EachWindowHasItsOwnLoadAndItsOwnHottestKeys) {
  const int64_t midnight = 400'000 * kHour;
  LoadWindows windows(24 * kHour - 1, 24);
  for (int64_t hour = 0; hour < 24; ++hour) {
    if (hour == 5) continue;
    for (int i = 0; i < 10; ++i) Add("usual", 100, midnight + hour * kHour, &windows);
    for (int i = 0; hour == 13 && i < 50; ++i) Add("sale", 10, midnight + hour * kHour, &windows);
  }
  const std::vector<LoadWindow> found = std::move(windows).Finish();
  ASSERT_EQ(found.size(), 24u);
  EXPECT_EQ(found[13].start_ns, 13 * kHour);
  EXPECT_EQ(found[13].records, 60u);
  EXPECT_EQ(found[13].bytes, 1'500u);
  EXPECT_EQ(found[13].hottest->key, "sale");
  EXPECT_EQ(found[13].hottest->records, 50u);
  EXPECT_EQ(found[13].hottest_by_bytes->key, "usual");
  EXPECT_EQ(found[12].hottest->key, "usual");
  EXPECT_EQ(found[14].hottest->records, 10u);
  EXPECT_EQ(found[5].records, 0u);
  EXPECT_FALSE(found[5].hottest.has_value());
}

TEST(LoadWindowsTest, TimesThatGoBackAndRecordsOfOneMomentAreCounted) {
  LoadWindows one(0, 1);
  for (int i = 0; i < 3; ++i) Add("key", 1, 7, &one);
  EXPECT_EQ(std::move(one).Finish()[0].records, 3u);
  LoadWindows back(2 * kHour, 2);
  Add("first", 1, 0, &back);
  Add("late", 1, 2 * kHour, &back);
  Add("early", 1, kHour / 2, &back);
  const std::vector<LoadWindow> found = std::move(back).Finish();
  EXPECT_EQ(found[0].records, 1u);
  EXPECT_EQ(found[1].records, 2u);
}

}  // namespace
}  // namespace kinesis::lab
