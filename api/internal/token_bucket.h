// TokenBucket: a rate with one second's worth of burst, counted exactly.
//
// The bucket counts what has been spent, in thousandths of a token, so that a millisecond of time
// at any rate is a whole number and nothing is ever rounded. It begins full.
#ifndef KINESIS_CORE_API_INTERNAL_TOKEN_BUCKET_H_
#define KINESIS_CORE_API_INTERNAL_TOKEN_BUCKET_H_

#include <cassert>
#include <cstdint>

#include "kinesis_core/api/limits.h"

namespace kinesis::api::internal {

// Thread-compatible. Time is in milliseconds; when it goes backwards nothing is refilled.
class TokenBucket {
 public:
  // Tokens per second, at least 1; or kUnlimited, and then every call succeeds.
  explicit TokenBucket(int64_t per_second) : per_second_(per_second) { assert(per_second > 0); }

  // Whether `tokens` are there: at once, or because the bucket is full. What is larger than the
  // bucket has to wait for that and leaves a debt.
  bool Has(int64_t tokens, int64_t now_ms) {
    if (per_second_ == kUnlimited) return true;
    Refill(now_ms);
    return spent_ == 0 || spent_ + tokens * kScale <= per_second_ * kScale;
  }

  // Spends `tokens`, if need be on credit.
  void Take(int64_t tokens, int64_t now_ms) {
    if (per_second_ == kUnlimited) return;
    Refill(now_ms);
    spent_ += tokens * kScale;
  }

  bool TryTake(int64_t tokens, int64_t now_ms) {
    if (!Has(tokens, now_ms)) return false;
    Take(tokens, now_ms);
    return true;
  }

  // Tokens that are there; fewer than none after a purchase on credit. kUnlimited without a limit.
  int64_t Spare(int64_t now_ms) {
    if (per_second_ == kUnlimited) return kUnlimited;
    Refill(now_ms);
    // Rounded down: what is spent counts in full.
    return per_second_ - (spent_ + kScale - 1) / kScale;
  }

  int64_t per_second() const { return per_second_; }

  // Whether nothing is missing; whether more has been spent than fits.
  bool IsFull(int64_t now_ms) {
    Refill(now_ms);
    return spent_ == 0;
  }
  bool IsInDebt(int64_t now_ms) {
    Refill(now_ms);
    return spent_ > per_second_ * kScale;
  }

 private:
  static constexpr int64_t kScale = 1000;  // milliseconds in a second

  void Refill(int64_t now_ms) {
    const int64_t elapsed_ms = now_ms - refilled_ms_;
    refilled_ms_ = now_ms;
    if (elapsed_ms <= 0 || spent_ == 0) return;
    // Compared by division, so that no product overflows.
    spent_ = elapsed_ms > spent_ / per_second_ ? 0 : spent_ - elapsed_ms * per_second_;
  }

  int64_t per_second_;
  int64_t spent_ = 0;  // in 1/kScale tokens
  int64_t refilled_ms_ = 0;
};

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_TOKEN_BUCKET_H_
