// TextTable: rows of cells, printed in aligned columns.
#ifndef KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_TABLE_H_
#define KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_TABLE_H_

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

  // A row with as many cells as the header, or fewer.
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

  // Lines that end in newlines: the header, a rule, and the rows, without blanks at line ends.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Text forms for people.
std::string WithCommas(uint64_t value);         // "12,345"
std::string Fixed(double value, int decimals);  // "1.25"
std::string Percent(double share);              // "4.8 %" for 0.048
std::string HumanTime(double nanoseconds);      // "0", "12 ns", "1.5 ms", "2.0 min"
// A key that can be shown: control characters as '?', cut after 40 characters.
std::string Printable(std::string_view key);

}  // namespace kinesis::lab

#endif  // KINESIS_CORE_BENCH_PARTITION_LAB_TEXT_TABLE_H_
