#include "kinesis_core/api/shell/terminal.h"

#include <histedit.h>

#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>

#include "kinesis_core/api/enums.h"
#include "kinesis_core/api/operation.h"
#include "kinesis_core/api/shell/completion.h"
#include "kinesis_core/api/shell/pretty_json.h"
#include "kinesis_core/api/shell/shell_help.h"

namespace kinesis::testing {
namespace {

constexpr int kHistoryLines = 1000;

struct EditLineDeleter {
  void operator()(EditLine* editor) const { el_end(editor); }
};
struct HistoryDeleter {
  void operator()(History* history) const { history_end(history); }
};

const char* Prompt(EditLine* /*editor*/) { return "kinesis> "; }

// Puts what is certain into the line, and lists the candidates if nothing is.
unsigned char CompleteAtCursor(EditLine* editor, int /*key*/) {
  const LineInfo* const info = el_line(editor);
  const std::string_view line(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
  const Completion completion = Complete(line);
  if (completion.candidates.empty()) return CC_REFRESH_BEEP;
  const std::string certain = completion.CommonPrefix().substr(line.size() - completion.begin);
  if (!certain.empty()) {
    return el_insertstr(editor, certain.c_str()) == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
  }
  std::cout << '\n';
  for (const std::string& candidate : completion.candidates) std::cout << candidate << "  ";
  std::cout << '\n' << std::flush;
  return CC_REDISPLAY;
}

// Ctrl-C gives the line up, not the engine.
unsigned char GiveUpLine(EditLine* editor, int /*key*/) {
  const LineInfo* const info = el_line(editor);
  el_cursor(editor, static_cast<int>(info->lastchar - info->cursor));
  el_deletestr(editor, static_cast<int>(info->lastchar - info->buffer));
  std::cout << "^C\n" << std::flush;
  return CC_REDISPLAY;
}

// A line editor and its history.
class Editor {
 public:
  explicit Editor(const std::string& history_file)
      : history_(history_init()),
        editor_(el_init("kinesis_shell", stdin, stdout, stderr)),
        history_file_(history_file) {
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, kHistoryLines);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    if (!history_file_.empty()) history(history_.get(), &event, H_LOAD, history_file_.c_str());
    el_set(editor_.get(), EL_PROMPT, &Prompt);
    el_set(editor_.get(), EL_EDITOR, "emacs");
    el_set(editor_.get(), EL_SIGNAL, 1);
    el_set(editor_.get(), EL_HIST, &history, history_.get());
    el_set(editor_.get(), EL_ADDFN, "complete", "completes the word", &CompleteAtCursor);
    el_set(editor_.get(), EL_BIND, "^I", "complete", nullptr);
    el_set(editor_.get(), EL_ADDFN, "give-up-line", "gives up the line", &GiveUpLine);
    el_set(editor_.get(), EL_BIND, "^C", "give-up-line", nullptr);
    el_set(editor_.get(), EL_SETTY, "-d", "-isig", nullptr);  // else Ctrl-C is no key
  }

  // The next line, without its newline; nothing at the end of the input.
  std::optional<std::string> Read() {
    int size = 0;
    const char* const text = el_gets(editor_.get(), &size);
    if (text == nullptr || size <= 0) return std::nullopt;
    std::string line(text, static_cast<size_t>(size));
    if (line.back() == '\n') line.pop_back();
    return line;
  }

  void Remember(const std::string& line) {
    HistEvent event;
    history(history_.get(), &event, H_ENTER, line.c_str());
    if (!history_file_.empty()) history(history_.get(), &event, H_SAVE, history_file_.c_str());
  }

 private:
  const std::unique_ptr<History, HistoryDeleter> history_;
  const std::unique_ptr<EditLine, EditLineDeleter> editor_;
  const std::string history_file_;
};

// Help is a table for people; nothing if the line asks for none.
std::optional<std::string> HelpFor(std::string_view line) {
  constexpr std::string_view kHelp = ":help";
  if (!line.starts_with(kHelp)) return std::nullopt;
  line.remove_prefix(kHelp.size());
  while (line.starts_with(' ')) line.remove_prefix(1);
  while (line.ends_with(' ')) line.remove_suffix(1);
  if (line.empty()) return HelpText();
  const std::optional<api::Operation> operation = api::ParseEnum<api::Operation>(line);
  if (!operation.has_value()) return std::nullopt;
  return HelpTextOn(*operation);
}

}  // namespace

void RunTerminal(ShellSession& session, const std::string& history_file) {
  std::cout << "kinesis_shell: OPERATION {JSON}, or :help. Tab completes.\n" << std::flush;
  Editor editor(history_file);
  while (!session.done()) {
    const std::optional<std::string> line = editor.Read();
    if (!line.has_value()) break;
    if (const std::optional<std::string> help = HelpFor(*line)) {
      std::cout << *help;
    } else if (const std::optional<std::string> answer = session.Execute(*line)) {
      std::cout << PrettyJson(*answer) << '\n';
    } else {
      continue;
    }
    std::cout << std::flush;
    editor.Remember(*line);
  }
  std::cout << '\n';
}

}  // namespace kinesis::testing
