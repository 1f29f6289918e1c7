// Assertions about this library's own code. Never used for what a caller passes in.
#ifndef KINESIS_CORE_INTERNAL_BASE_CHECK_H_
#define KINESIS_CORE_INTERNAL_BASE_CHECK_H_

#include <cassert>

// Holds in a correct build whatever the user does. Checked unless NDEBUG is defined, costs nothing
// then.
#define KC_DCHECK(condition) assert(condition)

#endif  // KINESIS_CORE_INTERNAL_BASE_CHECK_H_
