// How threads of a benchmark wait for each other. The same for every contender.
#ifndef KINESIS_CORE_BENCH_WAITING_H_
#define KINESIS_CORE_BENCH_WAITING_H_

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include "bench/fatal.h"
#include "kinesis_core/internal/base/pause.h"

namespace kinesis::bench {

// Seconds on the monotonic clock.
inline double NowSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Looks again after longer and longer pauses, up to about 3 us: a consumer that polls without them
// takes the line that the producer writes next away from it, for every message. Gives the processor
// away if that does not help, and ends the process after a minute: something was lost then.
class Backoff {
 public:
  void Wait() {
    for (int i = 0; i < pauses_; ++i) internal::Pause();
    pauses_ = std::min(2 * pauses_, kMostPauses);
    if (++waits_ < kWaitsBeforeYield) return;
    std::this_thread::yield();
    if (waits_ % kWaitsBeforeYield != 0) return;
    const double now = NowSeconds();
    if (give_up_at_ == 0) give_up_at_ = now + kPatienceSeconds;
    Require(now < give_up_at_, "a thread has waited for a minute for a message or for room");
  }
  void Reset() { *this = Backoff(); }

 private:
  static constexpr int kFewestPauses = 8;
  static constexpr int kMostPauses = 128;
  static constexpr int kWaitsBeforeYield = 256;
  static constexpr double kPatienceSeconds = 60;

  int pauses_ = kFewestPauses;
  int waits_ = 0;
  double give_up_at_ = 0;
};

// Lets `parties` threads go on together. Spins.
class SpinBarrier {
 public:
  explicit SpinBarrier(uint64_t parties) : parties_(parties) {}

  void Arrive() {
    // acq_rel, with the acquire below: what each thread wrote before it arrived is visible to all
    // after.
    const uint64_t arrived = arrived_.fetch_add(1, std::memory_order_acq_rel);
    const uint64_t all = (arrived / parties_ + 1) * parties_;
    Backoff backoff;
    // Acquire: see above.
    while (arrived_.load(std::memory_order_acquire) < all) backoff.Wait();
  }

 private:
  const uint64_t parties_;
  std::atomic<uint64_t> arrived_{0};
};

// Flow control of a log: the consumer says now and then how far it is, and producers stay within a
// window of that. This is what keeps a log that recycles its memory from overtaking its reader.
class LagWindow {
 public:
  // A window of 0 admits everything.
  explicit LagWindow(uint64_t window) : window_(window) {}

  // By the consumer: it is done with all before `position`.
  void Publish(uint64_t position) {
    // Release: the consumer's reads come before a producer's writes to the same memory.
    consumed_.store(position, std::memory_order_release);
  }

  // By a producer: waits until `position` is at most a window ahead of the consumer. Returns the
  // highest position of which that is known, so that the caller need not ask for each message.
  uint64_t WaitFor(uint64_t position) const {
    if (window_ == 0) return ~uint64_t{0};
    for (Backoff backoff;; backoff.Wait()) {
      // Acquire: pairs with Publish.
      const uint64_t limit = consumed_.load(std::memory_order_acquire) + window_;
      if (position <= limit) return limit;
    }
  }

 private:
  const uint64_t window_;
  // On a line of its own: producers read it rarely, the consumer writes it often.
  alignas(64) std::atomic<uint64_t> consumed_{0};
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_WAITING_H_
