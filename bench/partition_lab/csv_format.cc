#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "bench/partition_lab/record_format.h"
#include "bench/partition_lab/text_input.h"
#include "kinesis_core/internal/status.h"

namespace kinesis::lab {
namespace {

// The fields of one record, their memory being reused.
class CsvRecord {
 public:
  void Clear() { size_ = 0; }
  std::string& Add() {
    if (size_ == fields_.size()) fields_.emplace_back();
    fields_[size_].clear();
    return fields_[size_++];
  }
  size_t size() const { return size_; }
  const std::string& operator[](size_t index) const { return fields_[index]; }

 private:
  std::vector<std::string> fields_;
  size_t size_ = 0;
};

// Reads records of RFC 4180 from lines.
class CsvReader {
 public:
  using Result = RecordFormat::Result;

  absl::StatusOr<Result> Read(TextInput& input, RawRecord* where, LineProblem* problem) {
    record_.Clear();
    const absl::StatusOr<bool> more = ReadLine(input);
    if (!more.ok()) return more.status();
    if (!*more) return Result::kEnd;
    where->line = input.line_number();
    where->text_bytes = rest_.size();
    for (;;) {
      std::string& field = record_.Add();
      if (rest_.empty() || rest_.front() != '"') {
        const size_t end = std::min(rest_.find(','), rest_.size());
        field.assign(rest_.substr(0, end));
        rest_.remove_prefix(end);
        if (field.find('"') != field.npos) return Malformed("a quote inside a field", problem);
      } else {
        const absl::StatusOr<bool> closed = ReadQuoted(input, where, &field);
        if (!closed.ok()) return closed.status();
        if (!*closed) return Malformed("a quoted field that does not end", problem);
      }
      if (rest_.empty()) return Result::kRecord;
      if (rest_.front() != ',') return Malformed("text after a quoted field", problem);
      rest_.remove_prefix(1);
    }
  }

  const CsvRecord& record() const { return record_; }

 private:
  static Result Malformed(std::string_view what, LineProblem* problem) {
    *problem = {BadLine::kMalformed, "not CSV (RFC 4180): " + std::string(what)};
    return Result::kProblem;
  }

  // The next line into rest_, without a carriage return at its end.
  absl::StatusOr<bool> ReadLine(TextInput& input) {
    absl::StatusOr<bool> more = input.ReadLine(&rest_);
    has_return_ = more.ok() && *more && !rest_.empty() && rest_.back() == '\r';
    if (has_return_) rest_.remove_suffix(1);
    return more;
  }

  // A field from its opening quote to behind its closing one. False if there is none in time.
  absl::StatusOr<bool> ReadQuoted(TextInput& input, RawRecord* where, std::string* field) {
    rest_.remove_prefix(1);
    for (;;) {
      const size_t quote = rest_.find('"');
      field->append(rest_.substr(0, quote));
      if (quote == rest_.npos) {
        // The line's end belongs to the field.
        field->append(has_return_ ? "\r\n" : "\n");
        if (field->size() > TextInput::kMaxLineBytes) return false;
        const absl::StatusOr<bool> more = ReadLine(input);
        if (!more.ok() || !*more) return more;
        where->text_bytes += 1 + rest_.size();
        continue;
      }
      rest_.remove_prefix(quote + 1);
      if (rest_.empty() || rest_.front() != '"') return true;
      field->push_back('"');
      rest_.remove_prefix(1);
    }
  }

  CsvRecord record_;
  std::string_view rest_;  // of the current line
  bool has_return_ = false;
};

// A column by number or by name; `index` is known when the header has been seen.
struct Column {
  std::string text;
  std::optional<size_t> index;
};

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

class CsvFormat final : public RecordFormat {
 public:
  CsvFormat(std::array<Column, 3> columns, bool header)
      : columns_(std::move(columns)), header_(header) {}

  absl::StatusOr<Result> Read(TextInput& input, RawRecord* record, LineProblem* problem) override {
    if (header_ && !header_read_) {
      const absl::Status status = ReadHeader(input);
      if (!status.ok()) return status;
    }
    const absl::StatusOr<Result> result = reader_.Read(input, record, problem);
    if (!result.ok() || *result != Result::kRecord) return result;
    const std::array<std::string_view*, 3> values = {&record->key, &record->size, &record->time};
    for (size_t i = 0; i < values.size(); ++i) {
      if (columns_[i].text.empty()) continue;
      const size_t index = *columns_[i].index;
      if (index >= reader_.record().size()) {
        *problem = {BadLine::kMissingColumn, "the record has no column " + columns_[i].text};
        return Result::kProblem;
      }
      *values[i] = reader_.record()[index];
    }
    return Result::kRecord;
  }

  void Restart() override { header_read_ = false; }

 private:
  absl::Status ReadHeader(TextInput& input) {
    RawRecord where;
    LineProblem problem;
    const absl::StatusOr<Result> result = reader_.Read(input, &where, &problem);
    if (!result.ok()) return result.status();
    if (*result == Result::kProblem) return internal::InvalidArgument("line 1: " + problem.message);
    header_read_ = true;
    if (*result == Result::kEnd) return absl::OkStatus();
    for (Column& column : columns_) {
      if (column.text.empty() || IsNumber(column.text)) continue;
      column.index = IndexOf(column.text);
      if (!column.index) {
        return internal::NotFound("line 1: the header has no column " +
                                  internal::Quoted(column.text));
      }
    }
    return absl::OkStatus();
  }

  std::optional<size_t> IndexOf(std::string_view name) const {
    for (size_t i = 0; i < reader_.record().size(); ++i) {
      if (reader_.record()[i] == name) return i;
    }
    return std::nullopt;
  }

  std::array<Column, 3> columns_;
  const bool header_;
  bool header_read_ = false;
  CsvReader reader_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RecordFormat>> NewCsvFormat(const Columns& columns, bool header) {
  if (columns.key.empty()) return internal::InvalidArgument("no column is named for the key");
  std::array<Column, 3> parsed = {Column{columns.key, {}}, Column{columns.size, {}},
                                  Column{columns.time, {}}};
  for (Column& column : parsed) {
    if (column.text.empty()) continue;
    if (!IsNumber(column.text)) {
      header = true;
      continue;
    }
    uint32_t number = 0;
    if (!absl::SimpleAtoi(column.text, &number) || number == 0) {
      return internal::FieldError("column", column.text,
                                  "be the number of a column, from 1, or its name in the header");
    }
    column.index = number - 1;
  }
  return std::make_unique<CsvFormat>(std::move(parsed), header);
}

}  // namespace kinesis::lab
