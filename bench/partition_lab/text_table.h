// TextTable: rows of cells, printed in aligned columns.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_TABLE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::lab {

// Thread-compatible: one thread at a time.
class TextTable {
 public:
  // The first column is aligned to the left, the others to the right.
  explicit TextTable(std::vector<std::string> header) : rows_{std::move(header)} {}

  // Adds a row with as many cells as the header, or fewer.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // Returns lines that end in newlines: the header, a rule, and the rows, without blanks at line
  // ends.
  // Where they would be longer than `width` characters, the columns that do not fit follow below in
  // tables of their own, each with the first column again. 0: lines may be of any length.
  std::string ToString(size_t width = 0) const;

 private:
  // The first column and those in [begin, end).
  std::string Part(size_t begin, size_t end, const std::vector<size_t>& widths) const;

  std::vector<std::vector<std::string>> rows_;
};

// Text forms for people.
std::string WithCommas(uint64_t value);         // "12,345"
std::string Fixed(double value, int decimals);  // "1.25"
std::string Percent(double share);              // "4.8 %" for 0.048
std::string HumanTime(double nanoseconds);      // "0", "12 ns", "1.5 ms", "2.0 min"
// Returns text of strangers so that it can be shown: control characters, and those that turn the
// direction of writing or break lines, become '?'; cut after `characters`.
std::string Printable(std::string_view text, size_t characters = 40);
// Returns the last line of a list that goes on for `count` more: "... 3 more (--json has all)\n";
// nothing for 0.
std::string More(size_t count, std::string_view where);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_TABLE_H_
