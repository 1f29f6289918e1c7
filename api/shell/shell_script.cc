#include "kinesis_core/api/shell/shell_script.h"

#include <algorithm>
#include <utility>

#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/json_tree.h"
#include "kinesis_core/api/shell/table_view.h"

namespace kinesis::testing {
namespace {

// Whether what begins so takes JSON, and may go on in another line.
bool TakesJson(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::string_view rest = line.substr(begin);
  const std::string_view name = rest.substr(0, rest.find_first_of(" \t{["));
  if (const auto* const directive = ShellSession::FindDirective(name)) {
    return directive->argument == DirectiveArgument::kSubscribe;
  }
  return api::ParseEnum<api::Operation>(name).has_value();
}

}  // namespace

bool ReadLine(std::istream& in, size_t line_max, std::string* line) {
  using Traits = std::istream::traits_type;
  line->clear();
  for (bool any = false;; any = true) {
    const Traits::int_type c = in.rdbuf()->sbumpc();
    if (Traits::eq_int_type(c, Traits::eof())) return any;
    if (Traits::to_char_type(c) == '\n') return true;
    if (line->size() <= line_max) *line += Traits::to_char_type(c);
  }
}

std::optional<std::string> RequestLines::Add(std::string_view line, size_t bytes_max) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!is_open()) {
    if (!TakesJson(line)) return std::string(line);
    brackets_ = {};
  }
  lines_ += line;
  brackets_.Add(line);
  if (!brackets_.goes_on() || lines_.size() > bytes_max) return std::exchange(lines_, {});
  lines_ += '\n';
  return std::nullopt;
}

std::string RequestLines::GiveUp() {
  const auto count = std::count(lines_.begin(), lines_.end(), '\n');
  lines_.clear();
  return "gave up a request of " + std::to_string(count) + (count == 1 ? " line" : " lines") +
         ", whose brackets are open; nothing was done";
}

ScriptResult RunScript(std::istream& in, ShellSession& session,
                       const ShellSession::Listener& listener, size_t line_max) {
  ScriptResult result;
  RequestLines lines;
  size_t number = 0;
  size_t begin = 0;  // the line in which the request begins
  const auto fail = [&](std::string error) {
    if (result.failed++ > 0) return;
    result.first_line = begin;
    result.first_error = std::move(error);
  };
  for (std::string line; !session.done() && ReadLine(in, line_max, &line);) {
    ++number;
    if (!lines.is_open()) begin = number;
    const std::optional<std::string> request = lines.Add(line, line_max);
    if (!request) continue;
    const std::optional<ShellReply> reply = request->size() > line_max
                                                ? ShellReply(ShellError("The line is too long."))
                                                : session.Run(*request);
    if (!reply) continue;
    ++result.requests;
    if (reply->failed) fail(ErrorText(*reply));
    if (listener) listener(*request, *reply);
    if (reply->failed && session.bail()) return result;
  }
  if (lines.is_open()) {
    // It is carried out as it is, so that whoever wrote it is told what is open, and where.
    const std::string& request = lines.lines();
    if (const std::optional<ShellReply> reply = session.Run(request)) {
      ++result.requests;
      fail(ErrorText(*reply));
      if (listener) listener(request, *reply);
    }
  }
  return result;
}

std::string LineOfArguments(std::span<const std::string> arguments) {
  constexpr size_t kPutArguments = 4;  // :put STREAM KEY TEXT
  const bool is_put = arguments.size() == kPutArguments && arguments[0] == ":put";
  std::string line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) line += ' ';
    if (is_put && i > 0) {
      api::internal::JsonWriter writer(&line);
      writer.Text(arguments[i]);
    } else {
      line += arguments[i];
    }
  }
  return line;
}

std::string ErrorText(const ShellReply& reply) {
  std::string text = TableView(reply.line);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace kinesis::testing
