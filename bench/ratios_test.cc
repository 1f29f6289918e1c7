#include "bench/ratios.h"

#include <string>
#include <vector>

#include "bench/results.h"
#include "gtest/gtest.h"

namespace kinesis::bench {
namespace {

TEST(ResultsTest, MedianIsTheMiddleOrTheMeanOfTheTwo) {
  Results results;
  for (const double value : {9.0, 1.0, 4.0}) results.Add("case/a", "ns", value);
  EXPECT_EQ(results.Median("case/a"), 4.0);
  results.Add("case/a", "ns", 6.0);
  EXPECT_EQ(results.Median("case/a"), 5.0);
  EXPECT_EQ(results.Median("case/b"), std::nullopt);
}

TEST(ResultsTest, FiguresAreThoseOfTheNameAlone) {
  Results results;
  results.Add("case/a", "ns", 1);
  results.Add("case/a", "p99", 2);
  results.Add("case/ab", "p50", 3);
  EXPECT_EQ(results.FiguresOf("case/a"), std::vector<std::string>{"p99"});
}

TEST(ResultsTest, BestOfLeavesOutWhatDidNotRun) {
  Results results;
  results.Add("case/a", "ns", 30);
  results.Add("case/b", "ns", 20);
  EXPECT_EQ(results.BestOf("case", {"a", "b", "c"}), 20.0);
  EXPECT_EQ(results.BestOf("case", {"c"}), std::nullopt);
}

TEST(RatiosTest, NothingRanSoThereIsNothingToCompare) {
  EXPECT_TRUE(ComputeRatios(Results()).empty());
}

TEST(RatiosTest, ARatioNeedsBothOfItsParts) {
  Results results;
  results.Add("read/100/engine", "ns", 22);
  EXPECT_TRUE(ComputeRatios(results).empty());
  results.Add("read/100/raw", "ns", 20);
  const std::vector<Ratio> ratios = ComputeRatios(results);
  ASSERT_EQ(ratios.size(), 1u);
  EXPECT_EQ(ratios[0].target, "4");
  EXPECT_DOUBLE_EQ(ratios[0].ratio, 1.1);
  EXPECT_EQ(ratios[0].measured, "22.0 / 20.0 ns");
}

TEST(RatiosTest, WhatAHashAddsIsAPartOfItsCost) {
  Results results;
  results.Add("append/100/single/engine", "ns", 50);
  results.Add("append/100/single/engine-md5", "ns", 170);
  results.Add("hash/16/md5", "ns", 100);
  const std::vector<Ratio> ratios = ComputeRatios(results);
  ASSERT_EQ(ratios.size(), 1u);
  EXPECT_EQ(ratios[0].target, "2");
  EXPECT_DOUBLE_EQ(ratios[0].ratio, 1.2);
}

TEST(RatiosTest, PeersAreThoseThatTakeManyProducers) {
  Results results;
  results.Add("handover/100/single/engine", "ns", 50);
  results.Add("handover/100/single/moodycamel", "ns", 200);
  results.Add("handover/100/single/boost-spsc", "ns", 10);
  const std::vector<Ratio> ratios = ComputeRatios(results);
  ASSERT_EQ(ratios.size(), 1u);
  EXPECT_DOUBLE_EQ(ratios[0].ratio, 0.25);
}

TEST(RatiosTest, TableHasALineForEach) {
  Results results;
  results.Add("memory/record/100", "bytes_beyond", 30);
  EXPECT_EQ(FormatRatios(ComputeRatios(results)),
            "target | what | measured | target | ratio\n"
            "9 | memory/record/100 bytes_beyond : limit | 30.0 / 40 B | <= 1.00 | 0.75\n");
}

}  // namespace
}  // namespace kinesis::bench
