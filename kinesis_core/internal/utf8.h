// UTF-8, by table 3-7 of the Unicode standard: overlong forms, surrogates and what is past U+10FFFF
// are none. JSON, keys and labels go by the same.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_INTERNAL_UTF8_H_
#define KINESIS_CORE_INTERNAL_UTF8_H_

#include <cstddef>
#include <optional>
#include <string_view>

#include "kinesis_core/export.h"

namespace kinesis::internal {

// The bytes of the character at the front of `text`: 1 to 4, or 0 if there is none.
KINESIS_CORE_EXPORT size_t Utf8CharacterSize(std::string_view text);

// The code points of `text`, which is how Kinesis counts characters: a partition key has 1 to 256.
// Nothing if it is not UTF-8. O(bytes).
KINESIS_CORE_EXPORT std::optional<size_t> CountCodePoints(std::string_view text);

}  // namespace kinesis::internal

#endif  // KINESIS_CORE_INTERNAL_UTF8_H_
