// Numbers that mean one thing each and cannot be taken for another.
//
//     using RecordIndex = StrongNumber<struct RecordIndexTag, uint64_t, NumberKind::kPlace>;
//     using Millis = StrongNumber<struct MillisTag, int64_t, NumberKind::kPlace>;
//
//     void TrimBefore(RecordIndex index, Millis now_ms);
//     TrimBefore(now_ms, index);             // does not compile
//     TrimBefore(5, now_ms);                 // nor does this: say RecordIndex(5)
//     if (index == now_ms) ...               // nor this
//
// A strong number is made from a plain one in so many words, and is a plain one wherever that is
// wanted: in arithmetic with counts, in comparisons with plain numbers, in messages. Between two
// different strong numbers there is no comparison, no sum, no conversion and no construction.
// It is as large and as trivial as the plain one, and is passed in a register as that is.
#ifndef KINESIS_CORE_INTERNAL_BASE_STRONG_NUMBER_H_
#define KINESIS_CORE_INTERNAL_BASE_STRONG_NUMBER_H_

#include <compare>
#include <concepts>
#include <type_traits>

namespace kinesis::internal {

enum class NumberKind {
  kName,    // tells things apart
  kPlace,   // so many steps from another: the difference of two is plain, a sum makes no sense
  kAmount,  // of something: the sum of two is another, and so is the difference
};

template <class Tag, std::integral Rep, NumberKind kKind>
class StrongNumber {
  // Whether it can be counted on from, by numbers of type T.
  template <class T>
  static constexpr bool kSteps = std::integral<T>&& kKind != NumberKind::kName;

 public:
  using Plain = Rep;

  constexpr StrongNumber() = default;
  template <std::integral T>
  explicit constexpr StrongNumber(T value) : value_(static_cast<Rep>(value)) {}

  constexpr Rep value() const { return value_; }
  // NOLINTNEXTLINE(google-explicit-constructor): the way out is free, see above.
  constexpr operator Rep() const { return value_; }

  template <class T>
  requires(kSteps<T>) friend constexpr StrongNumber operator+(StrongNumber a, T b) {
    return StrongNumber(a.value_ + static_cast<Rep>(b));
  }
  template <class T>
  requires(kSteps<T>) friend constexpr StrongNumber operator-(StrongNumber a, T b) {
    return StrongNumber(a.value_ - static_cast<Rep>(b));
  }
  template <class T>
  requires(kSteps<T>) constexpr StrongNumber& operator+=(T b) { return *this = *this + b; }
  constexpr StrongNumber& operator++() requires(kSteps<Rep>) { return *this = *this + 1; }

  friend constexpr StrongNumber operator+(StrongNumber a,
                                          StrongNumber b) requires(kKind == NumberKind::kAmount) {
    return StrongNumber(a.value_ + b.value_);
  }
  constexpr StrongNumber& operator+=(StrongNumber b) requires(kKind == NumberKind::kAmount) {
    return *this = *this + b;
  }
  friend constexpr void operator+(StrongNumber,
                                  StrongNumber) requires(kKind != NumberKind::kAmount) = delete;
  friend constexpr auto operator-(StrongNumber a,
                                  StrongNumber b) requires(kKind != NumberKind::kName) {
    const Rep difference = a.value_ - b.value_;
    if constexpr (kKind == NumberKind::kAmount) {
      return StrongNumber(difference);
    } else {
      return difference;
    }
  }

  friend constexpr bool operator==(StrongNumber a, StrongNumber b) { return a.value_ == b.value_; }
  friend constexpr auto operator<=>(StrongNumber a, StrongNumber b) {
    return a.value_ <=> b.value_;
  }

 private:
  Rep value_ = 0;
};

// What must not be mixed.
template <class T>
inline constexpr bool kIsStrongNumber = false;
template <class Tag, class Rep, NumberKind kKind>
inline constexpr bool kIsStrongNumber<StrongNumber<Tag, Rep, kKind>> = true;

template <class A, class B>
concept DifferentNumbers = kIsStrongNumber<A> && kIsStrongNumber<B> && !std::same_as<A, B>;

template <class A, DifferentNumbers<A> B>
void operator==(A, B) = delete;
template <class A, DifferentNumbers<A> B>
void operator<=>(A, B) = delete;
template <class A, DifferentNumbers<A> B>
void operator+(A, B) = delete;
template <class A, DifferentNumbers<A> B>
void operator-(A, B) = delete;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_STRONG_NUMBER_H_
