// KINESIS_CORE_EXPORT: marks what a shared library of this project exports.
//
// Stands on every public class and function that is defined in a .cc file. A static library, which
// is the default, needs no mark, and the macro is empty there. CMake's shared build defines
// KINESIS_CORE_SHARED, for the library and for whoever links it, and hides everything unmarked.
#ifndef KINESIS_CORE_EXPORT_H_
#define KINESIS_CORE_EXPORT_H_

// All headers with code that needs C++20 include this one before it. A compiler that is not asked
// for C++20 says that here, and no more: what is not there to be included ends the compilation.
#if __cplusplus < 202002L
#error "kinesis_core needs C++20: compile with -std=c++20, by g++ 11, clang 14 or newer"
#include <kinesis_core_needs_cxx20>
#endif

#if defined(KINESIS_CORE_SHARED)
#define KINESIS_CORE_EXPORT __attribute__((visibility("default")))
#else
#define KINESIS_CORE_EXPORT
#endif

#endif  // KINESIS_CORE_EXPORT_H_
