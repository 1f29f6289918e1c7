#include "kinesis_core/lab/record_format.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "kinesis_core/internal/base/status.h"

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
    case BadLine::kBadHashKey:
      return "bad hash key";
    case BadLine::kTooLarge:
      return "record too large";
  }
  assert(false);
  return "unknown";
}

absl::StatusOr<std::unique_ptr<RecordFormat>> NewRecordFormat(const FormatOptions& options) {
  if (options.columns.key.empty()) {
    return internal::InvalidArgument("no column is named for the key");
  }
  if (options.name == "json") return NewJsonFormat(options);
  if (options.name == "fields" || options.name == "log" || options.name == "csv") {
    return NewTableFormat(options);
  }
  return internal::FieldError("format", options.name, "be fields, log, csv or json");
}

std::vector<std::string> SplitAtCommas(std::string_view list) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t end = std::min(list.find(','), list.size());
    parts.emplace_back(list.substr(0, end));
    if (end == list.size()) return parts;
    list.remove_prefix(end + 1);
  }
}

}  // namespace kinesis::lab
