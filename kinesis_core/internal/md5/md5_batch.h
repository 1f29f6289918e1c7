// MD5 of many messages at once: several times the throughput of one after another.

#ifndef KINESIS_CORE_INTERNAL_MD5_MD5_BATCH_H_
#define KINESIS_CORE_INTERNAL_MD5_MD5_BATCH_H_

#include <span>
#include <string_view>

#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/md5/md5_kernel.h"

namespace kinesis::internal {

// Stores Md5(messages[i]) in digests[i] for each i. Messages may be of any length, in any mixture;
// those of up to 55 bytes are the fast case. A pure function: thread-safe, no allocation, less than
// 4 KiB of stack.
// Requires: digests.size() == messages.size().
void Md5Batch(std::span<const std::string_view> messages, std::span<HashKey> digests);

// The same with a kernel of the caller's choice. Requires: this processor can run it.
void Md5BatchWith(const Md5Kernel& kernel, std::span<const std::string_view> messages,
                  std::span<HashKey> digests);

// The kernels that this processor can run, fastest first; never empty. Md5Batch() uses the first.
std::span<const Md5Kernel* const> SupportedMd5Kernels();

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_MD5_MD5_BATCH_H_
