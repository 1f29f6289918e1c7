// The pause of a thread that looks at a word again and again, between two looks.
#ifndef KINESIS_CORE_INTERNAL_BASE_PAUSE_H_
#define KINESIS_CORE_INTERNAL_BASE_PAUSE_H_

namespace kinesis::internal {

// One spin-wait hint to the processor. Some ten nanoseconds on most.
inline void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_BASE_PAUSE_H_
