// How the kit shows bytes of users in messages: in quotation marks, and only the beginning of many.
#ifndef KINESIS_CORE_TESTING_INTERNAL_SHORT_TEXT_H_
#define KINESIS_CORE_TESTING_INTERNAL_SHORT_TEXT_H_

#include <cstddef>
#include <ostream>
#include <string_view>

namespace kinesis::testing::internal {

// Writes at most 100 bytes of `text`, those that do not print as \x00, and then how many there are.
inline void WriteShortly(std::ostream& out, std::string_view text) {
  constexpr size_t kMost = 100;
  constexpr std::string_view kDigits = "0123456789abcdef";
  out << '"';
  for (const char character : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(character);
    if (byte >= 0x20 && byte != 0x7f) {
      out << character;
    } else {
      out << "\\x" << kDigits[byte >> 4] << kDigits[byte & 0xf];
    }
  }
  out << '"';
  if (text.size() > kMost) out << "... (" << text.size() << " bytes)";
}

}  // namespace kinesis::testing::internal

#endif  // KINESIS_CORE_TESTING_INTERNAL_SHORT_TEXT_H_
