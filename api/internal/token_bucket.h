// TokenBucket: a rate with one second's worth of burst, counted exactly.
//
// The bucket counts what has been spent, in units of a token by the ticks of a second, so that a
// tick of time at any rate is a whole number and nothing is ever rounded. It begins full.
#ifndef KINESIS_CORE_API_INTERNAL_TOKEN_BUCKET_H_
#define KINESIS_CORE_API_INTERNAL_TOKEN_BUCKET_H_

#include <algorithm>
#include <cassert>
#include <cstdint>

#include "kinesis_core/api/limits.h"

namespace kinesis::api::internal {

// Thread-compatible. Time is in ticks; when it goes backwards nothing is refilled.
//
// Requires: tokens and rates, in 1/kTicksPerSecond tokens, fit 63 bits.
template <int64_t kTicksPerSecond>
class BasicTokenBucket {
 public:
  // Tokens per second, at least 1; or kUnlimited, and then every call succeeds.
  explicit BasicTokenBucket(int64_t per_second) : per_second_(per_second) {
    assert(per_second > 0);
  }

  // True if `tokens` are there, or the bucket is full: more tokens than it holds have to wait until
  // it is, and leave a debt.
  bool Has(int64_t tokens, int64_t now) {
    if (per_second_ == kUnlimited) return true;
    Refill(now);
    return spent_ == 0 || spent_ + tokens * kTicksPerSecond <= per_second_ * kTicksPerSecond;
  }

  // Ticks from `now` until Has(tokens) is true, if nobody takes any before.
  int64_t TicksUntil(int64_t tokens, int64_t now) {
    if (Has(tokens, now)) return 0;
    const int64_t left = std::max<int64_t>(per_second_ - tokens, 0) * kTicksPerSecond;
    return (spent_ - left + per_second_ - 1) / per_second_;
  }

  // Spends `tokens`, if need be on credit.
  void Take(int64_t tokens, int64_t now) {
    if (per_second_ == kUnlimited) return;
    Refill(now);
    spent_ += tokens * kTicksPerSecond;
  }

  // Spends `tokens` at the time of the last call, which was Has.
  void TakeNow(int64_t tokens) {
    if (per_second_ != kUnlimited) spent_ += tokens * kTicksPerSecond;
  }

  bool TryTake(int64_t tokens, int64_t now) {
    if (!Has(tokens, now)) return false;
    TakeNow(tokens);
    return true;
  }

  // Tokens that are there; fewer than none after a purchase on credit. kUnlimited without a limit.
  int64_t Spare(int64_t now) {
    if (per_second_ == kUnlimited) return kUnlimited;
    Refill(now);
    // Rounded down: what is spent counts in full.
    return per_second_ - (spent_ + kTicksPerSecond - 1) / kTicksPerSecond;
  }

  int64_t per_second() const { return per_second_; }

  // True if nothing is missing.
  bool IsFull(int64_t now) {
    Refill(now);
    return spent_ == 0;
  }
  // True if more has been spent than the bucket holds.
  bool IsInDebt(int64_t now) {
    Refill(now);
    return spent_ > per_second_ * kTicksPerSecond;
  }

 private:
  void Refill(int64_t now) {
    const int64_t elapsed = now - refilled_;
    refilled_ = now;
    if (elapsed <= 0 || spent_ == 0) return;
    // Of more than a second the product might overflow: compared by division.
    if (elapsed > kTicksPerSecond && elapsed > spent_ / per_second_) {
      spent_ = 0;
    } else {
      spent_ = std::max<int64_t>(spent_ - elapsed * per_second_, 0);
    }
  }

  int64_t per_second_;
  int64_t spent_ = 0;  // in 1/kTicksPerSecond tokens
  int64_t refilled_ = 0;
};

// In milliseconds, the time of the API.
using TokenBucket = BasicTokenBucket<1'000>;

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_TOKEN_BUCKET_H_
