// Tables: what has columns. How a line is cut is a RowReader's business; here are headers,
// comments, and which column is which.
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
#include "kinesis_core/internal/base/status.h"
#include "kinesis_core/lab/record_format.h"
#include "kinesis_core/lab/row_reader.h"
#include "kinesis_core/lab/text_input.h"

namespace kinesis::lab {
namespace {

using Row = std::vector<std::string_view>;

constexpr size_t kNamesShown = 20;

bool IsNumber(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

// The parts of `text` between blanks and tabs.
std::vector<std::string> SplitAtBlanks(std::string_view text) {
  std::vector<std::string> parts;
  for (;;) {
    const size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos) return parts;
    text.remove_prefix(begin);
    const size_t end = std::min(text.find_first_of(" \t"), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

// A line that W3C's or Zeek's logs tell about themselves with. From the first one on, all lines
// that begin with '#' are such.
bool IsDirective(std::string_view line) {
  for (const std::string_view name :
       {"#Version:", "#Fields:", "#Software:", "#Date:", "#Start-Date:", "#End-Date:", "#Remark:",
        "#GMT-Offset:", "#separator ", "#fields\t"}) {
    if (StartsWith(line, name)) return true;
  }
  return false;
}

// A column by number or by name, or several that are joined.
struct ColumnList {
  std::string text;                            // as given; empty: there is none
  std::optional<std::vector<size_t>> numbers;  // from 1, 0 being the line; when they are known
};

class TableFormat final : public RecordFormat {
 public:
  // Without a row reader the first record tells whether it is cut at tabs or at blanks.
  TableFormat(FormatOptions options, std::array<ColumnList, 4> columns,
              std::unique_ptr<RowReader> rows)
      : options_(std::move(options)),
        given_(std::move(columns)),
        rows_(std::move(rows)),
        guesses_(rows_ == nullptr),
        columns_(given_) {}

  absl::StatusOr<Result> Read(TextInput& input, RawRecord* record, LineProblem* problem) override {
    std::string_view line;
    for (;;) {
      const absl::StatusOr<bool> more = input.ReadLine(&line);
      if (!more.ok()) return more.status();
      if (!*more) return Result::kEnd;
      record->line = input.line_number();
      if (IsComment(line)) {
        const absl::Status status = TakeComment(line, record->line);
        if (!status.ok()) return status;
        continue;
      }
      if (rows_ == nullptr) {
        rows_ = line.find('\t') == line.npos ? NewBlankRows() : NewDelimitedRows('\t');
      }
      record->text_bytes = line.size();
      const absl::StatusOr<Result> result = rows_->Read(line, input, record, problem, &row_);
      if (!result.ok()) return result;
      if (!NeedsHeader()) {
        if (*result != Result::kRecord) return result;
        return Take(line, record, problem) ? Result::kRecord : Result::kProblem;
      }
      if (*result == Result::kProblem) {
        return internal::InvalidArgument("line " + std::to_string(record->line) + ": " +
                                         problem->message);
      }
      header_read_ = true;
      const absl::Status status =
          Resolve(std::vector<std::string>(row_.begin(), row_.end()), record->line);
      if (!status.ok()) return status;
    }
  }

  void Restart() override {
    columns_ = given_;
    header_read_ = has_directives_ = has_names_ = false;
    comments_ = 0;
    if (guesses_) rows_ = nullptr;
  }

  uint64_t comments() const override { return comments_; }

  std::string description() const override {
    return rows_ == nullptr ? options_.name : rows_->description();
  }

 private:
  bool IsComment(std::string_view line) {
    if (!options_.comment.empty() && StartsWith(line, options_.comment)) return true;
    has_directives_ = has_directives_ || IsDirective(line);
    return has_directives_ && StartsWith(line, "#");
  }

  absl::Status TakeComment(std::string_view line, uint64_t number) {
    ++comments_;
    for (const std::string_view fields : {"#Fields:", "#fields\t"}) {
      if (!StartsWith(line, fields)) continue;
      has_names_ = true;
      return Resolve(SplitAtBlanks(line.substr(fields.size())), number);
    }
    return absl::OkStatus();
  }

  bool NeedsHeader() const {
    if (header_read_) return false;
    if (options_.header) return true;
    return !has_names_ && std::any_of(given_.begin(), given_.end(), [](const ColumnList& column) {
      return !column.text.empty() && !column.numbers;
    });
  }

  // Finds the columns that are given by name among `names`, which stand on that line.
  absl::Status Resolve(const std::vector<std::string>& names, uint64_t line) {
    for (size_t i = 0; i < given_.size(); ++i) {
      if (given_[i].text.empty() || given_[i].numbers) continue;
      std::vector<size_t> numbers;
      // A name may have commas of its own.
      const bool is_one = i != kTime || std::count(names.begin(), names.end(), given_[i].text) > 0;
      const std::vector<std::string> parts =
          is_one ? std::vector<std::string>{given_[i].text} : SplitAtCommas(given_[i].text);
      for (const std::string& part : parts) {
        const absl::StatusOr<size_t> number = NumberOf(part, names, line);
        if (!number.ok()) return number.status();
        numbers.push_back(*number);
      }
      columns_[i].numbers = std::move(numbers);
    }
    return absl::OkStatus();
  }

  static absl::StatusOr<size_t> NumberOf(const std::string& column,
                                         const std::vector<std::string>& names, uint64_t line) {
    const auto found = std::find(names.begin(), names.end(), column);
    const std::string where = "line " + std::to_string(line) + ": the header has ";
    if (found != names.end()) {
      if (std::find(found + 1, names.end(), column) == names.end()) {
        return static_cast<size_t>(found - names.begin()) + 1;
      }
      return internal::InvalidArgument(where + "two columns " + internal::Quoted(column) +
                                       "; give the number of one, from 1");
    }
    uint32_t number = 0;
    if (IsNumber(column) && absl::SimpleAtoi(column, &number) && number > 0) return number;
    std::string known;
    for (size_t i = 0; i < std::min(names.size(), kNamesShown); ++i) {
      known += (i == 0 ? "" : ", ") + internal::Quoted(names[i]);
    }
    if (names.size() > kNamesShown) {
      known += " and " + std::to_string(names.size() - kNamesShown) + " more";
    }
    return internal::NotFound(where + "no column " + internal::Quoted(column) + "; it has " +
                              (known.empty() ? "none" : known));
  }

  // Finds the values of a row.
  bool Take(std::string_view line, RawRecord* record, LineProblem* problem) {
    const std::array<std::string_view*, 4> values = {&record->key, &record->size, &record->time,
                                                     &record->hash_key};
    for (size_t i = 0; i < values.size(); ++i) {
      if (!columns_[i].numbers) continue;
      const std::vector<size_t>& numbers = *columns_[i].numbers;
      for (const size_t number : numbers) {
        if (number <= row_.size()) continue;
        *problem = {BadLine::kMissingColumn, Missing(number)};
        return false;
      }
      *values[i] = Value(line, numbers.front());
      if (i != kTime) continue;
      if (numbers.size() > 1) {
        time_.clear();
        for (const size_t number : numbers) {
          if (number != numbers.front() || !time_.empty()) time_ += ' ';
          time_ += Value(line, number);
        }
        record->time = time_;
      }
      if (rows_->cuts_times() && numbers.back() < row_.size()) {
        record->behind_time = row_[numbers.back()];
      }
    }
    return true;
  }

  std::string_view Value(std::string_view line, size_t number) const {
    return number == 0 ? line : row_[number - 1];
  }

  std::string Missing(size_t number) const {
    const bool is_csv = options_.name == "csv";
    return std::string("the ") + (is_csv ? "record has no column " : "line has no field ") +
           std::to_string(number) + ", only " + std::to_string(row_.size()) + " (" +
           rows_->description() + ")";
  }

  static constexpr size_t kTime = 2;

  const FormatOptions options_;
  const std::array<ColumnList, 4> given_;  // key, size, time, hash key
  std::unique_ptr<RowReader> rows_;
  const bool guesses_;
  std::array<ColumnList, 4> columns_;  // with the numbers of those that are given by name
  Row row_;
  std::string time_;  // joined
  bool header_read_ = false;
  bool has_directives_ = false;
  bool has_names_ = false;  // from a directive
  uint64_t comments_ = 0;
};

// The numbers of a column, or of several for the time; none yet if one is a name.
absl::StatusOr<ColumnList> ParseColumns(const std::string& text, bool several, bool line_is_zero) {
  ColumnList list = {text, std::nullopt};
  std::vector<size_t> numbers;
  if (text.empty()) return list;
  for (const std::string& part : several ? SplitAtCommas(text) : std::vector<std::string>{text}) {
    if (!IsNumber(part)) return list;
    uint32_t number = 0;
    if (!absl::SimpleAtoi(part, &number) || (number == 0 && !line_is_zero)) {
      return internal::FieldError("column", part,
                                  line_is_zero
                                      ? "be the number of a field, from 1, or 0 for the whole line"
                                      : "be the number of a column, from 1, or its name");
    }
    numbers.push_back(number);
  }
  list.numbers = std::move(numbers);
  return list;
}

// The character that a text stands for; '\0' for "blanks" and for nothing.
absl::StatusOr<char> ParseDelimiter(const FormatOptions& options) {
  const std::string& text = options.delimiter;
  struct Name {
    std::string_view name;
    char delimiter;
  };
  constexpr Name kNames[] = {{"tab", '\t'}, {"\\t", '\t'},      {"comma", ','},
                             {"pipe", '|'}, {"semicolon", ';'}, {"blank", ' '}};
  if (text.empty()) return '\0';
  if (options.name == "log") {
    return internal::FieldError("delimiter", text, "not be given for the format log");
  }
  for (const Name& one : kNames) {
    if (text == one.name) return one.delimiter;
  }
  if (text == "blanks" && options.name == "fields") return '\0';
  if (text.size() == 1 && text != "\n" && text != "\r" && text != "\"" &&
      text != std::string(1, '\0')) {
    return text.front();
  }
  return internal::FieldError(
      "delimiter", text,
      options.name == "fields" ? "be one character, or tab, comma, semicolon, pipe, blank or blanks"
                               : "be one character, or tab, comma, semicolon, pipe or blank");
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordFormat>> NewTableFormat(const FormatOptions& options) {
  const bool is_csv = options.name == "csv";
  const Columns& given = options.columns;
  std::array<ColumnList, 4> columns;
  const std::array<const std::string*, 4> texts = {&given.key, &given.size, &given.time,
                                                   &given.hash_key};
  for (size_t i = 0; i < texts.size(); ++i) {
    absl::StatusOr<ColumnList> parsed = ParseColumns(*texts[i], texts[i] == &given.time, !is_csv);
    if (!parsed.ok()) return parsed.status();
    columns[i] = *std::move(parsed);
  }
  const absl::StatusOr<char> delimiter = ParseDelimiter(options);
  if (!delimiter.ok()) return delimiter.status();
  std::unique_ptr<RowReader> rows;
  if (is_csv) {
    rows = NewCsvRows(*delimiter == '\0' ? ',' : *delimiter);
  } else if (options.name == "log") {
    rows = NewLogRows();
  } else if (*delimiter != '\0') {
    rows = NewDelimitedRows(*delimiter);
  } else if (options.delimiter == "blanks") {
    rows = NewBlankRows();
  }
  return std::make_unique<TableFormat>(options, std::move(columns), std::move(rows));
}

}  // namespace kinesis::lab
