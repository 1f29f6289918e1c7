// Compiled for AVX-512F, so nothing here may be shared with the rest of the program: see
// md5_rounds.h.
#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/md5/md5_kernel.h"
#include "kinesis_core/internal/md5/md5_lanes.h"

namespace kinesis::internal {
namespace {

using Vector [[gnu::vector_size(64)]] = uint32_t;

// Two vectors of sixteen words each, interleaved: with rotations and three-operand logic in one
// instruction each, they keep both of a processor's 512-bit units busy.
constexpr size_t kChains = 2;

void Compress(const void* blocks, void* states) {
  Md5CompressLanes<Vector, kChains>(blocks, states);
}

}  // namespace

const Md5Kernel kMd5KernelAvx512 = {"avx512", Md5Lanes<Vector, kChains>(), Compress};

}  // namespace kinesis::internal

#endif  // defined(__x86_64__)
