// Most of this is what compiles and what does not.
#include "kinesis_core/internal/base/strong_number.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include <gtest/gtest.h>

namespace kinesis::internal {
namespace {

using Name = StrongNumber<struct NameTag, uint64_t, NumberKind::kName>;
using Place = StrongNumber<struct PlaceTag, uint64_t, NumberKind::kPlace>;
using Amount = StrongNumber<struct AmountTag, uint64_t, NumberKind::kAmount>;
using Time = StrongNumber<struct TimeTag, int64_t, NumberKind::kPlace>;

template <class A, class B>
concept Comparable = requires(A a, B b) {
  a == b;
}
|| requires(A a, B b) { a < b; };
template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
}
|| requires(A a, B b) { a += b; };
template <class A, class B>
concept Subtractable = requires(A a, B b) {
  a - b;
};
template <class A, class B>
concept Mixable = Comparable<A, B> || Addable<A, B> || Subtractable<A, B> ||
    std::is_constructible_v<A, B> || std::is_assignable_v<A&, B>;

static_assert(!Mixable<Name, Place> && !Mixable<Place, Name>);
static_assert(!Mixable<Place, Amount> && !Mixable<Amount, Place>);
static_assert(!Mixable<Place, Time> && !Mixable<Time, Place>);
static_assert(!Mixable<Name, Amount> && !Mixable<Time, Amount>);

static_assert(!std::is_convertible_v<uint64_t, Place>, "a plain number is none by itself");
static_assert(!std::is_assignable_v<Place&, uint64_t>);
static_assert(std::is_convertible_v<Place, uint64_t>, "and is had from one for free");

static_assert(!Addable<Place, Place>, "two places have no sum");
static_assert(std::is_same_v<decltype(Place(5) - Place(3)), uint64_t>, "but a distance");
static_assert(std::is_same_v<decltype(Amount(5) - Amount(3)), Amount>);
static_assert(std::is_same_v<decltype(Amount(5) + Amount(3)), Amount>);
static_assert(std::is_same_v<decltype(Place(5) + 3), Place>);

static_assert(sizeof(Place) == sizeof(uint64_t) && std::is_trivially_copyable_v<Place>);

TEST(StrongNumber, CountsOnAndBack) {
  Place place(5);
  EXPECT_EQ(++place, Place(6));
  place += 4;
  EXPECT_EQ(place, 10U);
  EXPECT_EQ(place - 7, Place(3));
  EXPECT_EQ(place - Place(3), 7U);
  EXPECT_EQ(Time(-5) + 3, Time(-2));
  EXPECT_EQ(Amount(5) + Amount(6), Amount(11));
}

TEST(StrongNumber, IsOrderedAsThePlainOne) {
  EXPECT_LT(Time(-5), Time(3));
  EXPECT_GT(Place(~uint64_t{0}), Place(1));
  EXPECT_EQ(std::max(Time(-5), Time(3)), 3);
  EXPECT_EQ(Place(), Place(0));
}

}  // namespace
}  // namespace kinesis::internal
