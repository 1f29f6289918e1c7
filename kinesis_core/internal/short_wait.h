// The short waits of a reader that come before a sleep, or instead of one.
#ifndef KINESIS_CORE_INTERNAL_SHORT_WAIT_H_
#define KINESIS_CORE_INTERNAL_SHORT_WAIT_H_

#include <chrono>
#include <thread>

#include "kinesis_core/internal/base/pause.h"

namespace kinesis::internal {

// True as soon as `is_there()` is, for a short time; busy meanwhile. Waking a thread takes about as
// long (8 to 40 us, by the machine), and costs the producer a system call: who looks for this long
// first loses at most as much again.
template <class IsThere>
bool LookForAWhile(IsThere is_there) {
  constexpr std::chrono::microseconds kPatience(20);
  // Between two looks, as each takes a line away from the producer.
  constexpr int kPauses = 8;
  static const bool alone = std::thread::hardware_concurrency() <= 1;
  if (alone) return false;
  const auto end = std::chrono::steady_clock::now() + kPatience;
  do {
    for (int i = 0; i < kPauses; ++i) Pause();
    if (is_there()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

// Gives another thread, which is between the claim and the commit of the very record that is waited
// for, a moment; for the time number `round` in a row, from 1.
inline void AwaitCommit(int round) {
  // How often to look again, without giving the processor away and then with, before sleeping for
  // real.
  constexpr int kSpins = 64;
  constexpr int kYields = 1024;
  constexpr std::chrono::microseconds kNap(50);
  if (round > kYields) {
    std::this_thread::sleep_for(kNap);
  } else if (round > kSpins) {
    std::this_thread::yield();
  }
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_SHORT_WAIT_H_
