#include "kinesis_core/api/shell/table_view.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/record_text.h"

namespace kinesis::testing {
namespace {

// Of a cell: sequence numbers fit, iterators do not.
constexpr size_t kCellColumns = 60;

class AnswerView {
 public:
  explicit AnswerView(std::string_view json) : json_(json) {}

  std::string Make(const JsonNode& answer) {
    const JsonNode* const error = answer.Find("error");
    const JsonNode* const body = answer.Find("body");
    if (error != nullptr) {
      AddErrors(*body);
    } else {
      AddObject(*body, "");
    }
    if (const JsonNode* const events = answer.Find("events")) Add(*events, "events");
    std::string text = values_.ToString() + lists_;
    if (error != nullptr) return error->text + text;
    return text.empty() ? "done\n" : text;
  }

 private:
  // The member of the message is its only one, with the type.
  void AddErrors(const JsonNode& body) {
    const JsonNode* message = body.Find("message");
    if (message == nullptr) message = body.Find("Message");
    lists_ = message == nullptr ? "\n" : ": " + message->text + "\n";
  }

  void Add(const JsonNode& node, const std::string& name) {
    if (node.is_object()) {
      AddObject(node, name + ".");
    } else if (IsTable(node)) {
      AddTable(node, name);
    } else {
      values_.Add({name, Cell(node)});
    }
  }

  void AddObject(const JsonNode& object, const std::string& prefix) {
    for (const JsonNode& child : object.children) Add(child, prefix + child.name);
  }

  static bool IsTable(const JsonNode& node) {
    return node.is_list() && !node.children.empty() && node.children.front().is_object();
  }

  void AddTable(const JsonNode& list, const std::string& name) {
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
    for (const JsonNode& element : list.children) {
      std::vector<std::string> row(columns.size());
      AddCells(element, "", &columns, &row);
      rows.push_back(std::move(row));
    }
    TextTable table;
    table.Add(std::move(columns));
    for (std::vector<std::string>& row : rows) table.Add(std::move(row));
    lists_ += name + "\n" + table.ToString(2);
  }

  // The cells of one element, in the columns of their names; a name that is new is a new column.
  void AddCells(const JsonNode& node, const std::string& prefix, std::vector<std::string>* columns,
                std::vector<std::string>* row) const {
    for (const JsonNode& child : node.children) {
      const std::string name = prefix + child.name;
      if (child.is_object()) {
        AddCells(child, name + ".", columns, row);
        continue;
      }
      const auto column = std::find(columns->begin(), columns->end(), name);
      const auto index = static_cast<size_t>(column - columns->begin());
      if (column == columns->end()) columns->push_back(name);
      row->resize(std::max(row->size(), columns->size()));
      (*row)[index] = Cell(child);
    }
  }

  std::string Cell(const JsonNode& node) const {
    if (node.is_list()) return CellOfList(node);
    if (!node.is_string()) return std::string(json_.substr(node.begin, node.end - node.begin));
    if (node.name == "Data") {
      const std::optional<std::string> bytes = BytesOfBase64(node.text);
      if (bytes) return ShownBytes(*bytes, kCellColumns);
    }
    return ShownBytes(node.text, kCellColumns);
  }

  std::string CellOfList(const JsonNode& list) const {
    std::string cell;
    for (const JsonNode& child : list.children) {
      cell += (cell.empty() ? "" : ", ") + Cell(child);
    }
    return list.children.empty() ? "none" : cell;
  }

  const std::string_view json_;
  TextTable values_;
  std::string lists_;
};

}  // namespace

void TextTable::Add(std::vector<std::string> row) {
  widths_.resize(std::max(widths_.size(), row.size()));
  for (size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], CountColumns(row[i]));
  rows_.push_back(std::move(row));
}

std::string TextTable::ToString(size_t indent) const {
  std::string text;
  for (const std::vector<std::string>& row : rows_) {
    std::string line(indent, ' ');
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths_[i] - CountColumns(row[i]), ' ');
      line += right_.contains(i) ? blanks + row[i] : row[i] + blanks;
      line += "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string TableView(std::string_view json) {
  const JsonParse parse = ParseJson(json);
  const JsonNode* const body = parse.root ? parse.root->Find("body") : nullptr;
  if (body == nullptr) return std::string(json) + "\n";
  return AnswerView(json).Make(*parse.root);
}

}  // namespace kinesis::testing
