// UTF-8, as far as JSON needs it.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_UTF8_H_
#define KINESIS_CORE_API_JSON_INTERNAL_UTF8_H_

#include <cstddef>
#include <string_view>

namespace kinesis::api::internal {

// The bytes of the character at the front of `text`: 1 to 4, or 0 if there is none by table 3-7 of
// the Unicode standard (overlong forms, surrogates and what is past U+10FFFF are none).
size_t Utf8CharacterSize(std::string_view text);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_UTF8_H_
