// Which characters the keys and values of tags may have.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_INTERNAL_TAG_CHARACTERS_H_
#define KINESIS_CORE_API_INTERNAL_TAG_CHARACTERS_H_

#include <string_view>

namespace kinesis::api::internal {

// Whether `text` is UTF-8 of nothing but Unicode letters (general categories L*) with the marks
// without which some scripts cannot write them (Mn and Mc), digits and other numbers (N*), blanks
// (Zs, which tabs and line ends are not), and _ . : / = + - % @
bool HasTagCharacters(std::string_view text);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_INTERNAL_TAG_CHARACTERS_H_
