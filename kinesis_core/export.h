// KINESIS_CORE_EXPORT: marks what a shared library of this project exports.
//
// Stands on every public class and function that is defined in a .cc file. A static library, which
// is the default, needs no mark, and the macro is empty there. CMake's shared build defines
// KINESIS_CORE_SHARED, for the library and for whoever links it, and hides everything unmarked.
#ifndef KINESIS_CORE_EXPORT_H_
#define KINESIS_CORE_EXPORT_H_

#if defined(KINESIS_CORE_SHARED)
#define KINESIS_CORE_EXPORT __attribute__((visibility("default")))
#else
#define KINESIS_CORE_EXPORT
#endif

#endif  // KINESIS_CORE_EXPORT_H_
