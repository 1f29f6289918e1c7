// Tables of text: of rows that are there, and of any answer in JSON.
//
// Thread-safe: pure functions, and a class that is thread-compatible.
#ifndef KINESIS_CORE_API_SHELL_TABLE_VIEW_H_
#define KINESIS_CORE_API_SHELL_TABLE_VIEW_H_

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace kinesis::testing {

// Rows of cells in columns, as wide as the widest cell of each; the last one is of any width.
class TextTable {
 public:
  // A row; cells that it lacks are empty.
  void Add(std::vector<std::string> row);
  // The column, from 0, has its cells at the right: for numbers.
  void AlignRight(size_t column) { right_.insert(column); }
  // Two blanks between columns, `indent` before the first, and a line break behind each row.
  std::string ToString(size_t indent = 0) const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> widths_;
  std::set<size_t> right_;
};

// The answer as tables: a line for each single value, named by its way through the objects, and a
// table for each list of objects, whose columns are their members. Data that is base64 of text is
// shown as that text. `json` is an answer of the shell.
std::string TableView(std::string_view json);

}  // namespace kinesis::testing

#endif  // KINESIS_CORE_API_SHELL_TABLE_VIEW_H_
