#include "kinesis_core/lab/prices.h"

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "kinesis_core/testing/internal/engine_testing.h"

namespace kinesis::lab {
namespace {

using kinesis::testing::Fails;

TEST(PricesTest, ARecordIsChargedForEachUnitThatItBegins) {
  EXPECT_EQ(PutUnits(1), 1u);
  EXPECT_EQ(PutUnits(25'600), 1u);
  EXPECT_EQ(PutUnits(25'601), 2u);
  EXPECT_EQ(OnDemandBytes(1), 1'024u);
  EXPECT_EQ(OnDemandBytes(1'024), 1'024u);
  EXPECT_EQ(OnDemandBytes(4'608), 5'120u);
}

TEST(PricesTest, AProvisionedStreamCostsItsShardsAndItsPuts) {
  // 4 shards for 730 h at 0.015 are 43.80; 1,000 units a second are 2,628 millions at 0.014: 36.79.
  const BilledLoad load = {.put_units_per_second = 1'000};
  EXPECT_NEAR(ProvisionedMonth(DefaultPrices(), load, 4), 43.80 + 36.792, 1e-9);
  EXPECT_NEAR(ProvisionedMonth(DefaultPrices(), {}, 4), 43.80, 1e-9);
}

TEST(PricesTest, OnDemandCostsItsStreamAndItsBytesInAndOut) {
  // 1 MiB a second is 2,566.40625 GB in a month.
  const BilledLoad load = {.on_demand_bytes_per_second = 0x1p20, .readers = 2};
  EXPECT_NEAR(OnDemandMonth(DefaultPrices(), load), 29.2 + 2'566.40625 * (0.08 + 2 * 0.04), 1e-9);
  // Advantage is charged for 25 MiB a second at least.
  EXPECT_NEAR(AdvantageMonth(DefaultPrices(), load), 25 * 2'566.40625 * (0.032 + 0.016), 1e-6);
  const BilledLoad large = {.on_demand_bytes_per_second = 100 * 0x1p20, .readers = 2};
  EXPECT_NEAR(AdvantageMonth(DefaultPrices(), large), 256'640.625 * (0.032 + 2 * 0.016), 1e-6);
}

TEST(PricesTest, EveryPriceCanBeReplacedAndTheReportSaysSo) {
  const Prices prices = ParsePrices("shard_hour=0.5,on_demand_gb_in=0").value();
  EXPECT_EQ(prices.shard_hour, 0.5);
  EXPECT_EQ(prices.on_demand_gb_in, 0);
  EXPECT_EQ(prices.million_put_units, DefaultPrices().million_put_units);
  EXPECT_EQ(prices.where,
            DefaultPrices().where + ", shard_hour replaced, on_demand_gb_in replaced");
  for (const auto& [name, dollars] : PriceList(DefaultPrices())) {
    EXPECT_GT(dollars, 0) << name;
    EXPECT_TRUE(ParsePrices(name + "=1").ok());
  }
}

TEST(PricesTest, WhatIsNoPriceIsNamed) {
  for (const char* const text : {"shard=1", "shard_hour", "", ",", "shard_hour=1,x=2"}) {
    if (*text == '\0') {
      EXPECT_TRUE(ParsePrices(text).ok());
    } else {
      EXPECT_TRUE(Fails(ParsePrices(text), absl::StatusCode::kInvalidArgument, {"shard_hour"}));
    }
  }
  for (const char* const text :
       {"shard_hour=", "shard_hour=-1", "shard_hour=nan", "shard_hour=inf", "shard_hour=1x"}) {
    EXPECT_TRUE(Fails(ParsePrices(text), absl::StatusCode::kInvalidArgument, {"0 or more"}))
        << text;
  }
}

}  // namespace
}  // namespace kinesis::lab
