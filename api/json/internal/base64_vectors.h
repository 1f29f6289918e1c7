// Base64 in the vectors of AVX2, where the processor has them: the bulk of long text and data, of
// which base64.h does the rest.
//
// Thread-safe: pure functions.
#ifndef KINESIS_CORE_API_JSON_INTERNAL_BASE64_VECTORS_H_
#define KINESIS_CORE_API_JSON_INTERNAL_BASE64_VECTORS_H_

#include <cstddef>
#include <string_view>

namespace kinesis::api::internal {

// Decodes whole groups of four characters from the front of `text`, and returns how many characters
// these were: none without AVX2, and none of a vector that has a character outside the alphabet,
// nor of what comes after it. Writes three bytes for every four characters of `text` at most,
// whatever it returns.
size_t DecodeBase64Vectors(std::string_view text, char* out);

// Encodes whole groups of three bytes from the front of `bytes`, and returns how many bytes these
// were: none without AVX2. Writes four characters for each group, and nothing else.
size_t EncodeBase64Vectors(std::string_view bytes, char* out);

}  // namespace kinesis::api::internal

#endif  // KINESIS_CORE_API_JSON_INTERNAL_BASE64_VECTORS_H_
