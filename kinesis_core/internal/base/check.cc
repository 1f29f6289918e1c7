#include "kinesis_core/internal/base/check.h"

#include <cinttypes>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace kinesis::internal {
namespace {

struct Text {
  char bytes[24];
};

Text TextOf(CheckValue value) {
  Text text;
  switch (value.kind) {
    case CheckValue::Kind::kSigned:
      std::snprintf(text.bytes, sizeof text.bytes, "%" PRId64, static_cast<int64_t>(value.bits));
      break;
    case CheckValue::Kind::kUnsigned:
      std::snprintf(text.bytes, sizeof text.bytes, "%" PRIu64, value.bits);
      break;
    case CheckValue::Kind::kBool:
      std::snprintf(text.bytes, sizeof text.bytes, "%s", value.bits != 0 ? "true" : "false");
      break;
    case CheckValue::Kind::kBits:
      std::snprintf(text.bytes, sizeof text.bytes, "0x%" PRIx64, value.bits);
      break;
  }
  return text;
}

}  // namespace

void CheckFailed(const char* file, int line, const char* expression) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, expression);
  std::abort();
}

void CheckFailed(const char* file, int line, const char* expression, CheckValue left,
                 CheckValue right) {
  std::fprintf(stderr, "%s:%d: check failed: %s (%s and %s)\n", file, line, expression,
               TextOf(left).bytes, TextOf(right).bytes);
  std::abort();
}

}  // namespace kinesis::internal
