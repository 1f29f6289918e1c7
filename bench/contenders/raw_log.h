// raw and raw+: the least that a log with several producers and one reader can do, as the yardstick
// of what the machine allows. No keys, no times, no retention, no pins, no closing.
//
//   claim    fetch_add on the tail, a position in bytes that never wraps
//   write    memcpy of the data behind a header word
//   commit   release store of that word, which holds the position and the length; so a word of an
//            earlier lap is never taken for this one
//
//     ring  | word | data ... pad to 8 | word | data ... | word: pad |   a claim that would lie
//           +------+-------------------+------+----------+-----------+   across the end becomes a
//                                                                        pad, and is made again
//
// raw+ also asks for the lines that will be written 2 KiB further on: the claim is a locked
// operation that drains the store buffer, so misses of one message do not overlap with the next
// one's.
#ifndef KINESIS_CORE_BENCH_CONTENDERS_RAW_LOG_H_
#define KINESIS_CORE_BENCH_CONTENDERS_RAW_LOG_H_

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bench/contenders/contender.h"
#include "bench/fatal.h"
#include "bench/waiting.h"

namespace kinesis::bench {

// A ring of memory from the system, in huge pages where it gives them, all touched.
class RingMemory {
 public:
  // Requires: `bytes` is a power of two.
  explicit RingMemory(uint64_t bytes) : bytes_(bytes) {
    void* const memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    Require(memory != MAP_FAILED, "no memory for a ring");
    madvise(memory, bytes, MADV_HUGEPAGE);
    first_ = static_cast<std::byte*>(memory);
    for (uint64_t at = 0; at < bytes; at += kPageBytes) first_[at] = std::byte{0};
  }
  ~RingMemory() { munmap(first_, bytes_); }
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  uint64_t bytes() const { return bytes_; }
  std::byte* At(uint64_t position) const { return first_ + (position & (bytes_ - 1)); }

 private:
  static constexpr uint64_t kPageBytes = 4096;

  uint64_t bytes_;
  std::byte* first_;
};

template <bool kPrefetch>
class RawLog {
 public:
  static constexpr std::string_view kName = kPrefetch ? "raw+" : "raw";
  static constexpr size_t kMostProducers = bench::kMostProducers;
  static constexpr bool kInOrder = true;

  explicit RawLog(const Workload& workload)
      : ring_(std::bit_ceil(workload.shard_bytes())), window_(ring_.bytes()) {
    const uint64_t most = ExtentOf(workload.data_bytes) * workload.batch;
    Require(most < kPad && most <= ring_.bytes(), "a batch is too large for a raw log");
  }

  class Producer {
   public:
    Producer(RawLog& log, size_t /*index*/) : log_(log) {}

    void Put(std::string_view data) {
      const uint64_t at = Claim(ExtentOf(data.size()));
      std::memcpy(log_.ring_.At(at) + kWordBytes, data.data(), data.size());
      Commit(at, data.size());
    }

    void PutBatch(MessageSpan batch) {
      const uint64_t extent = ExtentOf(batch.data_bytes);
      const uint64_t first = Claim(extent * batch.count);
      // From last to first: whoever sees the first sees all.
      for (size_t i = batch.count; i-- > 0;) {
        const uint64_t at = first + i * extent;
        std::memcpy(log_.ring_.At(at) + kWordBytes, batch[i].data(), batch.data_bytes);
        Commit(at, batch.data_bytes);
      }
    }

   private:
    // Makes `bytes` on end the caller's.
    uint64_t Claim(uint64_t bytes) {
      for (;;) {
        // Relaxed: hands out a number. What it protects is ordered by Commit and by the window.
        const uint64_t at = log_.tail_.fetch_add(bytes, std::memory_order_relaxed);
        if (at + bytes > limit_) limit_ = log_.window_.WaitFor(at + bytes);
        if constexpr (kPrefetch) log_.PrefetchAhead(at, bytes);
        const uint64_t room = log_.ring_.bytes() - (at & (log_.ring_.bytes() - 1));
        if (bytes <= room) return at;
        Commit(at, kPad | bytes);
      }
    }

    void Commit(uint64_t at, uint64_t length) {
      // Release: the data is there for whoever acquires this word.
      log_.WordAt(at).store(StampOf(at) | length, std::memory_order_release);
    }

    RawLog& log_;
    uint64_t limit_ = 0;  // of positions that the reader has left behind, as far as is known
  };

  class Consumer {
   public:
    explicit Consumer(RawLog& log) : log_(log) {}

    template <class Take>
    size_t Poll(size_t most, Take&& take) {
      const uint64_t before = at_;
      size_t taken = 0;
      while (taken < most) {
        // Acquire: pairs with Commit.
        const uint64_t word = log_.WordAt(at_).load(std::memory_order_acquire);
        if ((word & ~kLengthMask) != StampOf(at_)) break;
        const uint64_t length = word & (kPad - 1);
        if ((word & kPad) != 0) {
          at_ += length;
          continue;
        }
        take(std::string_view(reinterpret_cast<const char*>(log_.ring_.At(at_)) + kWordBytes,
                              length));
        at_ += ExtentOf(length);
        ++taken;
      }
      if (at_ != before) log_.window_.Publish(at_);
      return taken;
    }

   private:
    RawLog& log_;
    uint64_t at_ = 0;
  };

 private:
  static constexpr uint64_t kWordBytes = sizeof(uint64_t);
  // A word is 40 bits of the position, in words and counted from 1, over 24 bits of length, of
  // which the highest says that it is a pad.
  static constexpr int kLengthBits = 24;
  static constexpr uint64_t kLengthMask = (uint64_t{1} << kLengthBits) - 1;
  static constexpr uint64_t kPad = uint64_t{1} << (kLengthBits - 1);

  static uint64_t StampOf(uint64_t at) { return (at / kWordBytes + 1) << kLengthBits; }
  static uint64_t ExtentOf(uint64_t length) {
    return kWordBytes + (length + kWordBytes - 1) / kWordBytes * kWordBytes;
  }

  std::atomic_ref<uint64_t> WordAt(uint64_t at) const {
    return std::atomic_ref<uint64_t>(*reinterpret_cast<uint64_t*>(ring_.At(at)));
  }

  void PrefetchAhead(uint64_t at, uint64_t bytes) const {
    constexpr uint64_t kAhead = 2048;
    constexpr uint64_t kAtMost = 2048;
    constexpr uint64_t kLineBytes = 64;
    for (uint64_t i = 0; i < std::min(bytes, kAtMost); i += kLineBytes) {
      std::byte* const line = ring_.At(at + kAhead + i);
#if defined(__x86_64__)
      // For the baseline, __builtin_prefetch(line, 1) is a prefetch for reading.
      asm volatile("prefetchw %0" : : "m"(*line));
#else
      __builtin_prefetch(line, 1);
#endif
    }
  }

  RingMemory ring_;
  LagWindow window_;
  alignas(64) std::atomic<uint64_t> tail_{0};
};

}  // namespace kinesis::bench

#endif  // KINESIS_CORE_BENCH_CONTENDERS_RAW_LOG_H_
