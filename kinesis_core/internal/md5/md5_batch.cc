#include "kinesis_core/internal/md5/md5_batch.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kinesis_core/internal/md5/md5.h"
#include "kinesis_core/internal/md5/md5_block.h"
#include "kinesis_core/internal/md5/md5_rounds.h"

namespace kinesis::internal {
namespace {

// Carries messages through the lanes of a kernel, one block of each at a time. A lane whose message
// has ended takes the next one, so that lanes stay full whatever the lengths.
class LaneFeeder {
 public:
  LaneFeeder(const Md5Kernel& kernel, std::span<const std::string_view> messages,
             std::span<HashKey> digests)
      : kernel_(kernel), messages_(messages), digests_(digests) {}

  void Run() {
    while (NextBlocks() > kTooFew) kernel_.compress(blocks_.data(), states_.data());
    FinishOneByOne();
  }

 private:
  // With this few messages left, one after another is as fast as together.
  static constexpr size_t kTooFew = 2;
  static constexpr size_t kNone = ~size_t{0};

  struct Lane {
    size_t message = kNone;  // An index into messages_.
    size_t blocks = 0;       // How many of its blocks have been stored.
    bool ended = true;       // The last of them was the last of the message.
  };
  using Unit = std::array<uint32_t, kMd5UnitBytes / sizeof(uint32_t)>;

  // Collects the digests that the last round completed, refills the lanes and stores the next block
  // of each. Returns how many lanes have one.
  size_t NextBlocks() {
    size_t busy = 0;
    for (size_t p = 0; p < kernel_.lanes; ++p) {
      Lane& lane = lanes_[p];
      if (lane.ended) {
        if (lane.message != kNone) digests_[lane.message] = Md5StateToHashKey(states_[p].data());
        if (next_ == messages_.size()) {
          lane.message = kNone;
          continue;
        }
        lane.message = next_++;
        lane.blocks = 0;
        std::memcpy(&states_[p], kMd5InitialState, sizeof kMd5InitialState);
      }
      lane.ended = StoreMd5Block(messages_[lane.message], lane.blocks++,
                                 reinterpret_cast<char*>(&blocks_[p]), kMd5QuarterStride);
      ++busy;
    }
    return busy;
  }

  // The blocks stored last have not been compressed.
  void FinishOneByOne() {
    for (size_t p = 0; p < kernel_.lanes; ++p) {
      const Lane& lane = lanes_[p];
      if (lane.message == kNone) continue;
      digests_[lane.message] =
          Md5Resume(messages_[lane.message], lane.blocks - 1, states_[p].data());
    }
  }

  const Md5Kernel& kernel_;
  const std::span<const std::string_view> messages_;
  const std::span<HashKey> digests_;
  size_t next_ = 0;  // The first message that no lane has taken yet.
  std::array<Lane, kMd5LanesMax> lanes_ = {};
  // As md5_kernel.h lays them out; aligned so that no vector straddles two cache lines.
  alignas(64) std::array<Unit, 4 * kMd5LanesMax> blocks_ = {};
  alignas(64) std::array<Unit, kMd5LanesMax> states_ = {};
};

}  // namespace

std::span<const Md5Kernel* const> SupportedMd5Kernels() {
#if defined(__x86_64__)
  // A processor that can run one of them can run those after it.
  static constexpr std::array<const Md5Kernel*, 3> kFastestFirst = {
      &kMd5KernelAvx512, &kMd5KernelAvx2, &kMd5KernelPortable};
  const std::span<const Md5Kernel* const> kernels = kFastestFirst;
  if (__builtin_cpu_supports("avx512f")) return kernels;
  return kernels.subspan(__builtin_cpu_supports("avx2") ? 1 : 2);
#else
  static constexpr std::array<const Md5Kernel*, 1> kOnly = {&kMd5KernelPortable};
  return kOnly;
#endif
}

void Md5Batch(std::span<const std::string_view> messages, std::span<HashKey> digests) {
  Md5BatchWith(*SupportedMd5Kernels().front(), messages, digests);
}

void Md5BatchWith(const Md5Kernel& kernel, std::span<const std::string_view> messages,
                  std::span<HashKey> digests) {
  assert(digests.size() == messages.size());
  LaneFeeder(kernel, messages, digests).Run();
}

}  // namespace kinesis::internal
