#include "kinesis_core/lab/utf8.h"

#include "kinesis_core/api/json/internal/utf8.h"

namespace kinesis::lab {

std::optional<size_t> CountCodePoints(std::string_view text) {
  size_t count = 0;
  for (; !text.empty(); ++count) {
    const size_t size = api::internal::Utf8CharacterSize(text);
    if (size == 0) return std::nullopt;
    text.remove_prefix(size);
  }
  return count;
}

}  // namespace kinesis::lab
