// The data of records as people read it.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_SHELL_RECORD_TEXT_H_
#define KINESIS_CORE_API_SHELL_RECORD_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace kinesis::testing {

// Whether the bytes are text: UTF-8 without control characters, tabs and line breaks excepted.
bool IsText(std::string_view bytes);

// The bytes on one line of at most `columns` characters: text as it is, with \n, \r and \t for what
// would break the line, and else their number and the beginning of their base64.
std::string ShownBytes(std::string_view bytes, size_t columns);

// The bytes that base64 stands for; nothing if it is none.
std::optional<std::string> BytesOfBase64(std::string_view base64);

// How many characters the text has, those that are no UTF-8 as one each.
size_t CountColumns(std::string_view text);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_RECORD_TEXT_H_
