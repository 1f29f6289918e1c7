#include "kinesis_core/lab/file_source.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/time/time.h"
#include "kinesis_core/hash_key.h"
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/internal/utf8.h"
#include "kinesis_core/lab/text_input.h"
#include "kinesis_core/lab/time_format.h"

namespace kinesis::lab {
namespace {

using Result = RecordFormat::Result;

// A jump over this share of the time from the first to the last record is noted in the report if it
// is longer than a day.
constexpr double kGapShareMin = 0.5;
constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

std::string TimeText(int64_t unix_time_ns) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixNanos(unix_time_ns),
                          absl::UTCTimeZone());
}

// A length of time in its two largest units: "2d3h", "53y35d".
std::string Length(int64_t nanos) {
  constexpr int64_t kYear = 365 * kDay;
  if (nanos >= kYear) {
    return std::to_string(nanos / kYear) + "y" + std::to_string(nanos % kYear / kDay) + "d";
  }
  if (nanos >= kDay) {
    return std::to_string(nanos / kDay) + "d" +
           absl::FormatDuration(absl::Nanoseconds(nanos % kDay));
  }
  return absl::FormatDuration(absl::Nanoseconds(nanos));
}

std::string Count(uint64_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

// Finds out whether the times of the records fit together.
class TimeCheck {
 public:
  void Add(int64_t time_ns, uint64_t line) {
    if (count_++ == 0) {
      first_ns_ = latest_ns_ = time_ns;
      return;
    }
    if (time_ns < latest_ns_) {
      if (early_++ == 0) first_early_line_ = line;
      early_most_ns_ = std::max(early_most_ns_, latest_ns_ - time_ns);
      return;
    }
    if (time_ns - latest_ns_ > gap_ns_) {
      gap_ns_ = time_ns - latest_ns_;
      gap_from_ns_ = latest_ns_;
      gap_line_ = line;
    }
    latest_ns_ = time_ns;
  }

  void Tell(std::vector<std::string>* notes) const {
    if (early_ > 0) {
      notes->push_back(Count(early_, "record") + (early_ == 1 ? " comes" : " come") +
                       " out of order, the first at line " + std::to_string(first_early_line_) +
                       ", by up to " + Length(early_most_ns_) +
                       ": each counts as arriving with the latest before it; sort the input by "
                       "time if that matters");
    }
    const auto span = static_cast<double>(latest_ns_ - first_ns_);
    if (gap_ns_ > kDay && static_cast<double>(gap_ns_) > kGapShareMin * span) {
      notes->push_back("nothing arrives for " + Length(gap_ns_) + ", from " +
                       TimeText(gap_from_ns_) + " to line " + std::to_string(gap_line_) +
                       ": if a clock was not set there, leave the records before out with "
                       "--time_min");
    }
  }

 private:
  uint64_t count_ = 0;
  int64_t first_ns_ = 0;
  int64_t latest_ns_ = 0;
  uint64_t early_ = 0;
  uint64_t first_early_line_ = 0;
  int64_t early_most_ns_ = 0;
  int64_t gap_ns_ = 0;
  int64_t gap_from_ns_ = 0;
  uint64_t gap_line_ = 0;
};

class FileSource final : public KeySource {
 public:
  FileSource(FileSourceOptions options, std::unique_ptr<TextInput> input,
             std::unique_ptr<RecordFormat> format, TimeFormat time_format,
             std::optional<int64_t> time_min_ns)
      : options_(std::move(options)),
        input_(std::move(input)),
        format_(std::move(format)),
        time_format_(std::move(time_format)),
        time_min_ns_(time_min_ns) {}

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
    times_ = {};
    without_size_ = large_ = largest_ = 0;
    time_format_.Restart();
    format_->Restart();
    return input_->Rewind();
  }

  std::string description() const override {
    const std::string name = options_.path == "-" ? "standard input" : options_.path;
    const std::string compression =
        input_->compression().empty() ? "" : input_->compression() + ", ";
    return name + " (" + compression + format_->description() + ", key " + columns().key + ")";
  }

  bool has_times() const override { return !columns().time.empty(); }
  bool has_hash_keys() const override { return !columns().hash_key.empty(); }
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

  std::vector<std::string> notes() const override {
    std::vector<std::string> notes;
    if (format_->comments() > 0) {
      notes.push_back(Count(format_->comments(), "line") + " of comments left out");
    }
    if (without_size_ > 0) {
      notes.push_back(Count(without_size_, "record") +
                      " with \"-\" for a size: taken for 0 bytes of data");
    }
    if (large_ > 0) {
      notes.push_back(Count(large_, "record") + " of more than 1,048,576 bytes, up to " +
                      std::to_string(largest_) +
                      ": the stream's MaxRecordSizeInKiB has to be raised for them");
    }
    if (time_format_.zone_behind() > 0) {
      notes.push_back("the zones of the times are taken from the field behind them");
    }
    if (time_format_.without_zone() > 0) {
      notes.push_back("times without a zone are taken for " + options_.time_zone);
    }
    times_.Tell(&notes);
    return notes;
  }

 private:
  const Columns& columns() const { return options_.format.columns; }

  // Fills in `*record` and returns true if the record can be used. Only such records are counted on
  // the way.
  bool Accept(const RawRecord& raw, KeyRecord* record, LineProblem* problem) {
    if (!AcceptKey(raw, record, problem) || !AcceptSize(raw, record, problem) ||
        !AcceptHashKey(raw, record, problem) || !AcceptTime(raw, record, problem)) {
      return false;
    }
    if (!columns().size.empty() && raw.size == "-") ++without_size_;
    if (record->bytes > kDefaultMaxRecordBytes) ++large_;
    if (record->bytes > kDefaultMaxRecordBytes) largest_ = std::max(largest_, record->bytes);
    if (has_times()) times_.Add(record->unix_time_ns, raw.line);
    return true;
  }

  static bool AcceptKey(const RawRecord& raw, KeyRecord* record, LineProblem* problem) {
    const std::optional<size_t> characters = internal::CountCodePoints(raw.key);
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
    // Web servers write "-" for nothing.
    if (!columns().size.empty() && raw.size == "-") {
      data_bytes = 0;
    } else if (!columns().size.empty() &&
               !absl::SimpleAtoi(internal::ToAbsl(raw.size), &data_bytes)) {
      *problem = {BadLine::kBadSize,
                  "the size " + internal::Quoted(raw.size) + " is not a number of bytes"};
      return false;
    }
    record->bytes = data_bytes + record->key.size();
    if (data_bytes <= kMaxRecordBytes && record->bytes <= kMaxRecordBytes) return true;
    *problem = {BadLine::kTooLarge, "the record has " + std::to_string(data_bytes) +
                                        " bytes of data; Kinesis takes at most 10,485,760 with "
                                        "the key"};
    return false;
  }

  bool AcceptHashKey(const RawRecord& raw, KeyRecord* record, LineProblem* problem) const {
    record->explicit_hash_key.reset();
    if (columns().hash_key.empty() || raw.hash_key.empty() || raw.hash_key == "-") return true;
    const absl::StatusOr<HashKey> parsed = HashKey::Parse(raw.hash_key);
    if (parsed.ok()) {
      record->explicit_hash_key = *parsed;
      return true;
    }
    *problem = {BadLine::kBadHashKey, std::string(parsed.status().message())};
    return false;
  }

  bool AcceptTime(const RawRecord& raw, KeyRecord* record, LineProblem* problem) {
    if (columns().time.empty()) return true;
    const std::optional<int64_t> time = time_format_.Parse(raw.time, raw.behind_time);
    if (!time) {
      *problem = {BadLine::kBadTime, "the time " + internal::Quoted(raw.time) +
                                         " is not of the format " +
                                         internal::Quoted(options_.time_format)};
      return false;
    }
    if (time_min_ns_ && *time < *time_min_ns_) {
      *problem = {BadLine::kBadTime, "the time " + internal::Quoted(raw.time) + " is before " +
                                         TimeText(*time_min_ns_)};
      return false;
    }
    record->unix_time_ns = *time;
    return true;
  }

  const FileSourceOptions options_;
  const std::unique_ptr<TextInput> input_;
  const std::unique_ptr<RecordFormat> format_;
  TimeFormat time_format_;
  const std::optional<int64_t> time_min_ns_;
  std::array<SkippedLines, kBadLineKinds> skipped_;
  TimeCheck times_;
  uint64_t without_size_ = 0;
  uint64_t large_ = 0;
  uint64_t largest_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> NewFileSource(const FileSourceOptions& options) {
  absl::StatusOr<std::unique_ptr<RecordFormat>> format = NewRecordFormat(options.format);
  if (!format.ok()) return format.status();
  absl::StatusOr<TimeFormat> times = TimeFormat::Create(options.time_format, options.time_zone);
  if (!times.ok()) return times.status();
  std::optional<int64_t> time_min_ns;
  if (!options.time_min.empty()) {
    absl::StatusOr<TimeFormat> iso = TimeFormat::Create("iso8601", options.time_zone);
    if (!iso.ok()) return iso.status();
    const bool is_date = options.time_min.size() == 10;
    time_min_ns = iso->Parse(options.time_min + (is_date ? "T00:00" : ""), "");
    if (!time_min_ns) {
      return internal::FieldError("earliest time", options.time_min,
                                  "be a date or a time such as 2015-05-17T10:05:03Z, from 1970 on");
    }
  }
  absl::StatusOr<std::unique_ptr<TextInput>> input = TextInput::Open(options.path);
  if (!input.ok()) return input.status();
  return std::make_unique<FileSource>(options, *std::move(input), *std::move(format),
                                      *std::move(times), time_min_ns);
}

}  // namespace kinesis::lab
