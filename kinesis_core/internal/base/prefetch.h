// Asking for a cache line before it is written.
#ifndef KINESIS_CORE_INTERNAL_BASE_PREFETCH_H_
#define KINESIS_CORE_INTERNAL_BASE_PREFETCH_H_

namespace kinesis::internal {

// Starts to fetch the line at `address` for writing. Changes nothing; any address will do.
inline void PrefetchForWrite(const void* address) {
#if defined(__x86_64__) && defined(__GNUC__)
  // For baseline x86-64 __builtin_prefetch(address, 1) fetches for reading, which leaves the line
  // to be asked for again when it is written. Processors without PREFETCHW take it for a no-op.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(address)));
#else
  __builtin_prefetch(address, 1);
#endif
}

// Asks for a line that will be read soon.
inline void PrefetchForRead(const void* address) { __builtin_prefetch(address, 0); }

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_PREFETCH_H_
