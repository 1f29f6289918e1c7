#include "kinesis_core/lab/zipf_sampler.h"

#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "gtest/gtest.h"
#include "kinesis_core/lab/random.h"

namespace kinesis::lab {
namespace {

constexpr uint64_t kSeed = 7;

// The closed form: rank^-s / H(n,s) for ranks 1 .. n.
std::vector<double> Shares(uint64_t ranks, double exponent) {
  std::vector<double> shares;
  double harmonic = 0;
  for (uint64_t rank = 1; rank <= ranks; ++rank) {
    shares.push_back(std::pow(static_cast<double>(rank), -exponent));
    harmonic += shares.back();
  }
  for (double& share : shares) share /= harmonic;
  return shares;
}

// Pearson's chi-square of `draws` samples over ranks that are expected at least ten times; the rest
// are one class.
struct ChiSquare {
  double value = 0;
  double degrees_of_freedom = -1;
};
ChiSquare Compare(uint64_t ranks, double exponent, uint64_t draws) {
  const ZipfSampler sampler(ranks, exponent);
  Random random(kSeed);
  std::map<uint64_t, uint64_t> counts;
  for (uint64_t i = 0; i < draws; ++i) ++counts[sampler.Sample(random)];
  ChiSquare result;
  double rest_expected = 0;
  double rest_observed = 0;
  const std::vector<double> shares = Shares(ranks, exponent);
  const auto add = [&result](double observed, double expected) {
    result.value += (observed - expected) * (observed - expected) / expected;
    ++result.degrees_of_freedom;
  };
  for (uint64_t rank = 1; rank <= ranks; ++rank) {
    const double expected = shares[rank - 1] * static_cast<double>(draws);
    const auto observed = static_cast<double>(counts[rank]);
    if (expected >= 10) {
      add(observed, expected);
    } else {
      rest_expected += expected;
      rest_observed += observed;
    }
  }
  if (rest_expected > 0) add(rest_observed, rest_expected);
  return result;
}

TEST(ZipfSamplerTest, DrawsEachRankWithItsShareOfTheHarmonicSum) {
  for (const double exponent : {0.2, 0.8, 0.999, 1.0, 1.001, 1.5, 3.0}) {
    for (const uint64_t ranks : {2, 10, 1000}) {
      const ChiSquare chi = Compare(ranks, exponent, 100'000);
      // A chi-square of d degrees has mean d and variance 2d: five deviations are never seen.
      EXPECT_LT(chi.value, chi.degrees_of_freedom + 5 * std::sqrt(2 * chi.degrees_of_freedom) + 5)
          << "s = " << exponent << ", n = " << ranks;
    }
  }
}

TEST(ZipfSamplerTest, TheFirstRankOfTenMillionHasOneOverTheHarmonicNumber) {
  constexpr uint64_t kRanks = 10'000'000;
  constexpr uint64_t kDraws = 400'000;
  const ZipfSampler sampler(kRanks, 1.0);
  Random random(kSeed);
  uint64_t first = 0;
  for (uint64_t i = 0; i < kDraws; ++i) first += sampler.Sample(random) == 1 ? 1 : 0;
  // H(n) = ln n + 0.57722 + 1/2n.
  const double share = 1 / (std::log(static_cast<double>(kRanks)) + 0.5772156649);
  const double deviation = std::sqrt(share * (1 - share) / kDraws);
  EXPECT_NEAR(static_cast<double>(first) / kDraws, share, 5 * deviation);
}

TEST(ZipfSamplerTest, StaysWithinItsRanks) {
  for (const double exponent : {0.01, 1.0, 8.0}) {
    for (const uint64_t ranks : {uint64_t{1}, uint64_t{2}, uint64_t{1} << 40}) {
      const ZipfSampler sampler(ranks, exponent);
      Random random(kSeed);
      for (int i = 0; i < 10'000; ++i) {
        const uint64_t rank = sampler.Sample(random);
        ASSERT_GE(rank, 1u);
        ASSERT_LE(rank, ranks);
      }
    }
  }
}

}  // namespace
}  // namespace kinesis::lab
