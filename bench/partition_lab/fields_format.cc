#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "bench/partition_lab/record_format.h"
#include "bench/partition_lab/text_input.h"
#include "kinesis_core/internal/status.h"

namespace kinesis::lab {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr int kAbsent = -1;

// Field `number` from 1 of `line`, all of it for 0; nothing if there are not so many.
std::string_view Field(std::string_view line, int number) {
  if (number == 0) return line;
  for (;;) {
    const size_t begin = line.find_first_not_of(kBlanks);
    if (begin == line.npos) return {};
    line.remove_prefix(begin);
    const size_t end = std::min(line.find_first_of(kBlanks), line.size());
    if (--number == 0) return line.substr(0, end);
    line.remove_prefix(end);
  }
}

class FieldsFormat final : public RecordFormat {
 public:
  FieldsFormat(int key, int size, int time) : key_(key), size_(size), time_(time) {}

  absl::StatusOr<Result> Read(TextInput& input, RawRecord* record, LineProblem* problem) override {
    std::string_view line;
    const absl::StatusOr<bool> more = input.ReadLine(&line);
    if (!more.ok()) return more.status();
    if (!*more) return Result::kEnd;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    record->line = input.line_number();
    record->text_bytes = line.size();
    const bool complete = Take(line, key_, &record->key, problem) &&
                          Take(line, size_, &record->size, problem) &&
                          Take(line, time_, &record->time, problem);
    return complete ? Result::kRecord : Result::kProblem;
  }

 private:
  static bool Take(std::string_view line, int number, std::string_view* value,
                   LineProblem* problem) {
    *value = number == kAbsent ? std::string_view() : Field(line, number);
    if (number <= 0 || !value->empty()) return true;
    *problem = {BadLine::kMissingColumn, "the line has no field " + std::to_string(number)};
    return false;
  }

  const int key_;
  const int size_;
  const int time_;
};

absl::StatusOr<int> FieldNumber(const std::string& text) {
  int number = 0;
  if (text.empty()) return kAbsent;
  if (absl::SimpleAtoi(text, &number) && number >= 0) return number;
  return internal::FieldError("column", text,
                              "be the number of a field, from 1, or 0 for the whole line");
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordFormat>> NewFieldsFormat(const Columns& columns) {
  const absl::StatusOr<int> key = FieldNumber(columns.key);
  const absl::StatusOr<int> size = FieldNumber(columns.size);
  const absl::StatusOr<int> time = FieldNumber(columns.time);
  for (const auto* number : {&key, &size, &time}) {
    if (!number->ok()) return number->status();
  }
  if (*key == kAbsent) return internal::InvalidArgument("no column is named for the key");
  return std::make_unique<FieldsFormat>(*key, *size, *time);
}

}  // namespace kinesis::lab
