// Compiled for AVX2, so nothing here may be shared with the rest of the program: see md5_rounds.h.
#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/md5/md5_kernel.h"
#include "kinesis_core/internal/md5/md5_lanes.h"

namespace kinesis::internal {
namespace {

using Vector [[gnu::vector_size(32)]] = uint32_t;

// Three vectors of eight words each, interleaved: the 16 registers just hold their states.
constexpr size_t kChains = 3;

void Compress(const void* blocks, void* states) {
  Md5CompressLanes<Vector, kChains>(blocks, states);
}

}  // namespace

const Md5Kernel kMd5KernelAvx2 = {"avx2", Md5Lanes<Vector, kChains>(), Compress};

}  // namespace kinesis::internal

#endif  // defined(__x86_64__)
