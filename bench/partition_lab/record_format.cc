#include "bench/partition_lab/record_format.h"

#include <cassert>

namespace kinesis::lab {

std::string_view BadLineName(BadLine kind) {
  switch (kind) {
    case BadLine::kMissingColumn:
      return "missing column";
    case BadLine::kMalformed:
      return "malformed";
    case BadLine::kNotText:
      return "key is not text";
    case BadLine::kEmptyKey:
      return "empty key";
    case BadLine::kNotUtf8:
      return "key is not UTF-8";
    case BadLine::kKeyTooLong:
      return "key too long";
    case BadLine::kBadSize:
      return "bad size";
    case BadLine::kBadTime:
      return "bad time";
    case BadLine::kTooLarge:
      return "record too large";
  }
  assert(false);
  return "unknown";
}

}  // namespace kinesis::lab
