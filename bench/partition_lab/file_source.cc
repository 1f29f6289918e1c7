#include "bench/partition_lab/file_source.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "bench/partition_lab/text_input.h"
#include "bench/partition_lab/utf8.h"
#include "kinesis_core/internal/status.h"

namespace kinesis::lab {
namespace {

using Result = RecordFormat::Result;

// The time of a count of `unit` since 1970; whole counts are exact.
std::optional<absl::Time> ParseCount(std::string_view text, absl::Duration unit) {
  int64_t whole = 0;
  if (absl::SimpleAtoi(internal::ToAbsl(text), &whole)) return absl::UnixEpoch() + whole * unit;
  double count = 0;
  if (!absl::SimpleAtod(internal::ToAbsl(text), &count) || std::isnan(count)) return std::nullopt;
  return absl::UnixEpoch() + count * unit;
}

std::optional<absl::Time> ParseTime(std::string_view text, const std::string& format) {
  if (format == "unix_s") return ParseCount(text, absl::Seconds(1));
  if (format == "unix_ms") return ParseCount(text, absl::Milliseconds(1));
  const std::string pattern = format == "rfc3339" ? absl::RFC3339_full : format;
  absl::Time time;
  if (!absl::ParseTime(pattern, internal::ToAbsl(text), &time, nullptr)) return std::nullopt;
  return time;
}

// Nothing if `text` is not a time of `format` between 1970 and 2262, where nanoseconds end.
std::optional<int64_t> ParseUnixNanos(std::string_view text, const std::string& format) {
  const std::optional<absl::Time> time = ParseTime(text, format);
  if (!time || *time < absl::UnixEpoch()) return std::nullopt;
  if (*time >= absl::FromUnixSeconds(9'223'372'036)) return std::nullopt;
  return absl::ToUnixNanos(*time);
}

class FileSource final : public KeySource {
 public:
  FileSource(FileSourceOptions options, std::unique_ptr<TextInput> input,
             std::unique_ptr<RecordFormat> format)
      : options_(std::move(options)), input_(std::move(input)), format_(std::move(format)) {}

  absl::StatusOr<bool> Next(KeyRecord* record) override {
    for (;;) {
      RawRecord raw;
      LineProblem problem;
      const absl::StatusOr<Result> result = format_->Read(*input_, &raw, &problem);
      if (!result.ok()) return result.status();
      if (*result == Result::kEnd) return false;
      if (*result == Result::kRecord && Accept(raw, record, &problem)) return true;
      const std::string message = "line " + std::to_string(raw.line) + ": " + problem.message;
      if (!options_.skip_bad_lines) return internal::InvalidArgument(message);
      SkippedLines& skipped = skipped_[static_cast<size_t>(problem.kind)];
      if (skipped.count++ == 0) skipped.first = message;
    }
  }

  absl::Status Rewind() override {
    skipped_ = {};
    format_->Restart();
    return input_->Rewind();
  }

  std::string description() const override {
    const std::string name = options_.path == "-" ? "standard input" : options_.path;
    return name + " (" + options_.format + ", key " + options_.columns.key + ")";
  }

  bool has_times() const override { return !options_.columns.time.empty(); }
  double progress() const override { return input_->progress(); }

  std::vector<SkippedLines> skipped() const override {
    std::vector<SkippedLines> found;
    for (size_t kind = 0; kind < skipped_.size(); ++kind) {
      if (skipped_[kind].count == 0) continue;
      found.push_back(skipped_[kind]);
      found.back().reason = BadLineName(static_cast<BadLine>(kind));
    }
    return found;
  }

 private:
  bool Accept(const RawRecord& raw, KeyRecord* record, LineProblem* problem) const {
    return AcceptKey(raw, record, problem) && AcceptSize(raw, record, problem) &&
           AcceptTime(raw, record, problem);
  }

  static bool AcceptKey(const RawRecord& raw, KeyRecord* record, LineProblem* problem) {
    const std::optional<size_t> characters = CountCodePoints(raw.key);
    if (!characters) {
      *problem = {BadLine::kNotUtf8, "the key " + internal::Quoted(raw.key) + " is not UTF-8"};
    } else if (*characters == 0) {
      *problem = {BadLine::kEmptyKey, "the key is empty; Kinesis wants 1 to 256 characters"};
    } else if (*characters > kMaxKeyCharacters) {
      *problem = {BadLine::kKeyTooLong, "the key has " + std::to_string(*characters) +
                                            " characters; Kinesis takes at most 256"};
    } else {
      record->key = raw.key;
      return true;
    }
    return false;
  }

  bool AcceptSize(const RawRecord& raw, KeyRecord* record, LineProblem* problem) const {
    uint64_t data_bytes = raw.text_bytes;
    if (!options_.columns.size.empty() &&
        !absl::SimpleAtoi(internal::ToAbsl(raw.size), &data_bytes)) {
      *problem = {BadLine::kBadSize,
                  "the size " + internal::Quoted(raw.size) + " is not a number of bytes"};
      return false;
    }
    record->bytes = data_bytes + record->key.size();
    if (data_bytes <= kMaxRecordBytes && record->bytes <= kMaxRecordBytes) return true;
    *problem = {BadLine::kTooLarge, "the record has " + std::to_string(data_bytes) +
                                        " bytes of data; Kinesis takes at most 1,048,576 with "
                                        "the key"};
    return false;
  }

  bool AcceptTime(const RawRecord& raw, KeyRecord* record, LineProblem* problem) const {
    if (options_.columns.time.empty()) return true;
    const std::optional<int64_t> time = ParseUnixNanos(raw.time, options_.time_format);
    if (time) {
      record->unix_time_ns = *time;
      return true;
    }
    *problem = {BadLine::kBadTime, "the time " + internal::Quoted(raw.time) +
                                       " is not of the format " +
                                       internal::Quoted(options_.time_format)};
    return false;
  }

  const FileSourceOptions options_;
  const std::unique_ptr<TextInput> input_;
  const std::unique_ptr<RecordFormat> format_;
  std::array<SkippedLines, kBadLineKinds> skipped_;
};

absl::StatusOr<std::unique_ptr<RecordFormat>> NewFormat(const FileSourceOptions& options) {
  if (options.format == "fields") return NewFieldsFormat(options.columns);
  if (options.format == "csv") return NewCsvFormat(options.columns, options.csv_header);
  if (options.format == "json") return NewJsonFormat(options.columns);
  return internal::FieldError("format", options.format, "be fields, csv or json");
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> NewFileSource(const FileSourceOptions& options) {
  absl::StatusOr<std::unique_ptr<RecordFormat>> format = NewFormat(options);
  if (!format.ok()) return format.status();
  absl::StatusOr<std::unique_ptr<TextInput>> input = TextInput::Open(options.path);
  if (!input.ok()) return input.status();
  return std::make_unique<FileSource>(options, *std::move(input), *std::move(format));
}

}  // namespace kinesis::lab
