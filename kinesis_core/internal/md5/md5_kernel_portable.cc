#include <cstddef>
#include <cstdint>

#include "kinesis_core/internal/md5/md5_kernel.h"
#include "kinesis_core/internal/md5/md5_lanes.h"

namespace kinesis::internal {
namespace {

using Vector [[gnu::vector_size(16)]] = uint32_t;

// Three vectors of four words each, interleaved: with one or two, the processor still waits.
constexpr size_t kChains = 3;

void Compress(const void* blocks, void* states) {
  Md5CompressLanes<Vector, kChains>(blocks, states);
}

}  // namespace

const Md5Kernel kMd5KernelPortable = {"portable", Md5Lanes<Vector, kChains>(), Compress};

}  // namespace kinesis::internal
