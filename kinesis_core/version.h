// The version of the library, for #if and for people. CMake and the pkg-config files take it from
// here.
//
// They follow semantic versioning; before 1.0, a minor version may break what the one before
// promised. The C interface counts for itself: KINESIS_VERSION of kinesis_core/api/c/kinesis.h.
#ifndef KINESIS_CORE_VERSION_H_
#define KINESIS_CORE_VERSION_H_

#define KINESIS_CORE_VERSION_MAJOR 0
#define KINESIS_CORE_VERSION_MINOR 1
#define KINESIS_CORE_VERSION_PATCH 0

// One number to compare with:
//
//   #if KINESIS_CORE_VERSION >= KINESIS_CORE_MAKE_VERSION(0, 2, 0)
//
// Minor and patch versions are below 1,000.
#define KINESIS_CORE_MAKE_VERSION(major, minor, patch) \
  (1000000 * (major) + 1000 * (minor) + (patch))
#define KINESIS_CORE_VERSION                                                        \
  KINESIS_CORE_MAKE_VERSION(KINESIS_CORE_VERSION_MAJOR, KINESIS_CORE_VERSION_MINOR, \
                            KINESIS_CORE_VERSION_PATCH)

// As text, such as "0.1.0".
#define KINESIS_CORE_VERSION_TEXT                                                    \
  KINESIS_CORE_INTERNAL_TEXT(KINESIS_CORE_VERSION_MAJOR, KINESIS_CORE_VERSION_MINOR, \
                             KINESIS_CORE_VERSION_PATCH)
#define KINESIS_CORE_INTERNAL_TEXT(major, minor, patch) \
  KINESIS_CORE_INTERNAL_JOIN(major, minor, patch)
#define KINESIS_CORE_INTERNAL_JOIN(major, minor, patch) #major "." #minor "." #patch

#endif  // KINESIS_CORE_VERSION_H_
