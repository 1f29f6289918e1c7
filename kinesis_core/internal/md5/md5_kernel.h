// The multi-lane MD5 of each kind of processor.

#ifndef KINESIS_CORE_INTERNAL_MD5_MD5_KERNEL_H_
#define KINESIS_CORE_INTERNAL_MD5_MD5_KERNEL_H_

#include <cstddef>

namespace kinesis::internal {

// No kernel has more lanes.
inline constexpr size_t kMd5LanesMax = 32;

// Memory that a kernel works on, for messages at positions p = 0 .. lanes - 1. A unit is 16 bytes:
// four words as native numbers.
//
//   blocks   unit p + q * kMd5LanesMax is quarter q (0 .. 3) of the 64-byte block at position p
//   states   unit p is the state at position p: words a, b, c, d of RFC 1321
inline constexpr size_t kMd5UnitBytes = 16;
inline constexpr size_t kMd5QuarterStride = kMd5LanesMax * kMd5UnitBytes;

struct Md5Kernel {
  const char* name;
  size_t lanes;

  // Folds a block into the state at each position. All lanes cost what two or three messages cost
  // one after another, and they cost it whether they are used or not.
  void (*compress)(const void* blocks, void* states);
};

// Runs on every processor: vectors of 16 bytes, which compilers turn into what there is.
extern const Md5Kernel kMd5KernelPortable;

// Run only where the processor has AVX2, or the foundation of AVX-512. On other than x86-64 they do
// not exist.
extern const Md5Kernel kMd5KernelAvx2;
extern const Md5Kernel kMd5KernelAvx512;

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_MD5_KERNEL_H_
