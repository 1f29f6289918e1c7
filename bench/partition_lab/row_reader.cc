#include "kinesis_core/lab/row_reader.h"

#include <algorithm>
#include <cstddef>
#include <deque>

#include "absl/status/status.h"
#include "kinesis_core/internal/base/status.h"

namespace kinesis::lab {
namespace {

using Result = RowReader::Result;

constexpr std::string_view kBlanks = " \t\r";

Result Malformed(std::string_view what, LineProblem* problem) {
  *problem = {BadLine::kMalformed, std::string(what)};
  return Result::kProblem;
}

class BlankRows final : public RowReader {
 public:
  absl::StatusOr<Result> Read(std::string_view line, TextInput&, RawRecord*, LineProblem*,
                              std::vector<std::string_view>* fields) override {
    fields->clear();
    for (;;) {
      const size_t begin = line.find_first_not_of(kBlanks);
      if (begin == line.npos) return Result::kRecord;
      line.remove_prefix(begin);
      const size_t end = std::min(line.find_first_of(kBlanks), line.size());
      fields->push_back(line.substr(0, end));
      line.remove_prefix(end);
    }
  }
  bool cuts_times() const override { return true; }
  std::string description() const override { return "fields cut at blanks"; }
};

class DelimitedRows final : public RowReader {
 public:
  explicit DelimitedRows(char delimiter) : delimiter_(delimiter) {}

  absl::StatusOr<Result> Read(std::string_view line, TextInput&, RawRecord*, LineProblem*,
                              std::vector<std::string_view>* fields) override {
    fields->clear();
    for (;;) {
      const size_t end = std::min(line.find(delimiter_), line.size());
      fields->push_back(line.substr(0, end));
      if (end == line.size()) return Result::kRecord;
      line.remove_prefix(end + 1);
    }
  }
  std::string description() const override { return "fields cut at " + DelimiterName(delimiter_); }

 private:
  const char delimiter_;
};

class LogRows final : public RowReader {
 public:
  absl::StatusOr<Result> Read(std::string_view line, TextInput&, RawRecord*, LineProblem* problem,
                              std::vector<std::string_view>* fields) override {
    fields->clear();
    unescaped_.clear();
    for (;;) {
      const size_t begin = line.find_first_not_of(kBlanks);
      if (begin == line.npos) return Result::kRecord;
      line.remove_prefix(begin);
      if (line.front() == '"') {
        const size_t size = QuotedSize(line);
        if (size == line.npos) return Malformed("a quoted field does not end", problem);
        fields->push_back(Unescaped(line.substr(1, size - 2)));
        line.remove_prefix(size);
        continue;
      }
      const size_t bracketed = BracketedSize(line);
      const size_t end =
          bracketed > 0 ? bracketed : std::min(line.find_first_of(kBlanks), line.size());
      fields->push_back(bracketed > 0 ? line.substr(1, end - 2) : line.substr(0, end));
      line.remove_prefix(end);
    }
  }
  std::string description() const override { return "log"; }

 private:
  // The bytes of a quoted field with its quotes; npos if it does not end.
  static size_t QuotedSize(std::string_view line) {
    for (size_t at = 1; at < line.size(); ++at) {
      if (line[at] == '\\') {
        ++at;
      } else if (line[at] == '"') {
        return at + 1;
      }
    }
    return line.npos;
  }

  // The size of a field in brackets; 0 if it is no such field ("[::1]:443", "[error").
  static size_t BracketedSize(std::string_view line) {
    if (line.front() != '[') return 0;
    const size_t end = line.find(']');
    if (end == line.npos) return 0;
    const bool ends_there = end + 1 == line.size() || kBlanks.find(line[end + 1]) != kBlanks.npos;
    return ends_there ? end + 1 : 0;
  }

  std::string_view Unescaped(std::string_view text) {
    if (text.find('\\') == text.npos) return text;
    std::string& plain = unescaped_.emplace_back();
    for (size_t i = 0; i < text.size(); ++i) {
      const bool escapes =
          text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
      if (escapes) ++i;
      plain += text[i];
    }
    return plain;
  }

  std::deque<std::string> unescaped_;  // views into it stay valid while it grows
};

class CsvRows final : public RowReader {
 public:
  explicit CsvRows(char delimiter) : delimiter_(delimiter) {}

  absl::StatusOr<Result> Read(std::string_view line, TextInput& input, RawRecord* record,
                              LineProblem* problem,
                              std::vector<std::string_view>* fields) override {
    size_ = 0;
    rest_ = line;
    record_ = record;
    for (;;) {
      std::string& field = Add();
      if (rest_.empty() || rest_.front() != '"') {
        const size_t end = std::min(rest_.find(delimiter_), rest_.size());
        field.assign(rest_.substr(0, end));
        rest_.remove_prefix(end);
        if (field.find('"') != field.npos) return NotCsv("a quote inside a field", problem);
      } else {
        const absl::StatusOr<bool> closed = ReadQuoted(input, &field);
        if (!closed.ok()) return closed.status();
        if (!*closed) return NotCsv("a quoted field that does not end", problem);
      }
      if (rest_.empty()) break;
      if (rest_.front() != delimiter_) return NotCsv("text after a quoted field", problem);
      rest_.remove_prefix(1);
    }
    fields->assign(fields_.begin(), fields_.begin() + static_cast<std::ptrdiff_t>(size_));
    return Result::kRecord;
  }
  std::string description() const override {
    return delimiter_ == ',' ? "csv" : "csv with " + DelimiterName(delimiter_);
  }

 private:
  static Result NotCsv(std::string_view what, LineProblem* problem) {
    return Malformed("not CSV (RFC 4180): " + std::string(what), problem);
  }

  // Another field of this record, in memory that is used again.
  std::string& Add() {
    if (size_ == fields_.size()) fields_.emplace_back();
    fields_[size_].clear();
    return fields_[size_++];
  }

  // A field from its opening quote to behind its closing one. False if there is none in time.
  absl::StatusOr<bool> ReadQuoted(TextInput& input, std::string* field) {
    rest_.remove_prefix(1);
    for (;;) {
      const size_t quote = rest_.find('"');
      field->append(rest_.substr(0, quote));
      if (quote == rest_.npos) {
        // The line's end belongs to the field, and what was taken for a part of it.
        field->append(input.line_ends_with_return() ? "\r\n" : "\n");
        if (field->size() > TextInput::kMaxLineBytes) return false;
        const absl::StatusOr<bool> more = input.ReadLine(&rest_);
        if (!more.ok() || !*more) return more;
        record_->text_bytes += 1 + rest_.size();
        continue;
      }
      rest_.remove_prefix(quote + 1);
      if (rest_.empty() || rest_.front() != '"') return true;
      field->push_back('"');
      rest_.remove_prefix(1);
    }
  }

  const char delimiter_;
  std::vector<std::string> fields_;
  size_t size_ = 0;
  std::string_view rest_;  // of the current line
  RawRecord* record_ = nullptr;
};

}  // namespace

std::unique_ptr<RowReader> NewBlankRows() { return std::make_unique<BlankRows>(); }

std::unique_ptr<RowReader> NewDelimitedRows(char delimiter) {
  return std::make_unique<DelimitedRows>(delimiter);
}

std::unique_ptr<RowReader> NewLogRows() { return std::make_unique<LogRows>(); }

std::unique_ptr<RowReader> NewCsvRows(char delimiter) {
  return std::make_unique<CsvRows>(delimiter);
}

std::string DelimiterName(char delimiter) {
  switch (delimiter) {
    case '\t':
      return "tabs";
    case ',':
      return "commas";
    case ';':
      return "semicolons";
    case '|':
      return "pipes";
    default:
      return internal::Quoted(std::string_view(&delimiter, 1));
  }
}

}  // namespace kinesis::lab
