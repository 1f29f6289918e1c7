#include "kinesis_core/api/shell/terminal.h"

#include <histedit.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "kinesis_core/api/shell/completion.h"
#include "kinesis_core/api/shell/pager.h"
#include "kinesis_core/api/shell/record_text.h"
#include "kinesis_core/api/shell/shell_reply.h"
#include "kinesis_core/api/shell/shell_script.h"

namespace kinesis::testing {
namespace {

constexpr int kHistoryLines = 1000;
constexpr std::string_view kBlanks = " \t\r\n";

struct EditLineDeleter {
  void operator()(EditLine* editor) const { el_end(editor); }
};
struct HistoryDeleter {
  void operator()(History* history) const { history_end(history); }
};

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(kBlanks) == std::string_view::npos;
}

void List(const std::vector<std::string>& candidates) {
  constexpr size_t kListedMax = 200;
  std::cout << '\n';
  for (size_t i = 0; i < std::min(candidates.size(), kListedMax); ++i) {
    std::cout << candidates[i] << "  ";
  }
  if (candidates.size() > kListedMax) {
    std::cout << "and " << candidates.size() - kListedMax << " more";
  }
  std::cout << '\n' << std::flush;
}

// A line editor and its history.
class Editor {
 public:
  Editor(const ShellSession& session, const RequestLines& lines, const std::string& history_file)
      : session_(session),
        lines_(lines),
        history_(history_init()),
        editor_(el_init("kinesis_shell", stdin, stdout, stderr)),
        history_file_(history_file) {
    HistEvent event;
    history(history_.get(), &event, H_SETSIZE, kHistoryLines);
    history(history_.get(), &event, H_SETUNIQUE, 1);
    if (!history_file_.empty()) history(history_.get(), &event, H_LOAD, history_file_.c_str());
    el_set(editor_.get(), EL_CLIENTDATA, this);
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

  // Keeps a request for the history, where it is one line.
  void Remember(std::string request) {
    std::replace(request.begin(), request.end(), '\n', ' ');
    HistEvent event;
    history(history_.get(), &event, H_ENTER, request.c_str());
    if (!history_file_.empty()) history(history_.get(), &event, H_SAVE, history_file_.c_str());
  }

 private:
  static const Editor& Of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<const Editor*>(self);
  }

  static const char* Prompt(EditLine* editor) {
    return Of(editor).lines_.is_open() ? "     ...> " : "kinesis> ";
  }

  // Puts what is certain in the place of the word, and lists the candidates if nothing is.
  static unsigned char CompleteAtCursor(EditLine* editor, int /*key*/) {
    const Editor& self = Of(editor);
    const LineInfo* const info = el_line(editor);
    const std::string_view line(info->buffer, static_cast<size_t>(info->cursor - info->buffer));
    // Where JSON goes on in a new line, a tab is there to indent it: that of pasted text, mostly.
    if (self.lines_.is_open() && IsBlank(line)) return CC_NORM;
    const std::string all = self.lines_.lines() + std::string(line);
    const Completion completion = Complete(all, &self.session_);
    if (completion.candidates.empty() || completion.begin + line.size() < all.size()) {
      return CC_REFRESH_BEEP;
    }
    const std::string word = all.substr(completion.begin);
    const std::string certain = completion.CommonPrefix();
    if (certain == word && completion.candidates.size() == 1) return CC_REFRESH_BEEP;
    if (certain.size() < word.size() || certain == word) {
      List(completion.candidates);
      return CC_REDISPLAY;
    }
    // All of the word anew: it may lack a quote, or have the wrong case.
    el_deletestr(editor, static_cast<int>(CountColumns(word)));
    return el_insertstr(editor, certain.c_str()) == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
  }

  // Ctrl-C gives the line up, and the request of which it is, but not the engine.
  static unsigned char GiveUpLine(EditLine* editor, int /*key*/) {
    const LineInfo* const info = el_line(editor);
    el_cursor(editor, static_cast<int>(info->lastchar - info->cursor));
    el_deletestr(editor, static_cast<int>(info->lastchar - info->buffer));
    std::cout << "^C\n" << std::flush;
    // The empty line does it.
    if (Of(editor).lines_.is_open()) el_push(editor, "\n");
    return CC_REDISPLAY;
  }

  const ShellSession& session_;
  const RequestLines& lines_;  // that have been read of a request
  const std::unique_ptr<History, HistoryDeleter> history_;
  const std::unique_ptr<EditLine, EditLineDeleter> editor_;
  const std::string history_file_;
};

// Keys one by one, without an echo, as long as this lives.
class SingleKeys {
 public:
  SingleKeys() {
    tcgetattr(STDIN_FILENO, &before_);
    termios single = before_;
    single.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO | ISIG);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &single);
  }
  ~SingleKeys() { tcsetattr(STDIN_FILENO, TCSADRAIN, &before_); }
  SingleKeys(const SingleKeys&) = delete;
  SingleKeys& operator=(const SingleKeys&) = delete;

  // Whether there is a key, which is taken, within that time; or the end of the input.
  static bool WaitForKey(absl::Duration time) {
    pollfd input = {STDIN_FILENO, POLLIN, 0};
    if (poll(&input, 1, static_cast<int>(absl::ToInt64Milliseconds(time))) <= 0) return false;
    char key;
    return read(STDIN_FILENO, &key, 1) >= 0;
  }

 private:
  termios before_ = {};
};

void Show(const ShellReply& reply, std::string_view typed, ShellMode mode) {
  const std::string text = Render(reply, mode);
  if (reply.is_help) {
    ShowPaged(text);
  } else {
    std::cout << text;
  }
  if (reply.hint) std::cout << RenderHint(*reply.hint, typed);
  std::cout << std::flush;
}

// Repeats a request that is made for it, a screen each time, until a key is pressed.
void Repeat(ShellSession& session, const std::string& request, ShellReply reply) {
  constexpr std::string_view kClearScreen = "\033[H\033[2J";
  const SingleKeys keys;
  for (;;) {
    std::cout << kClearScreen << Render(reply, session.mode()) << "any key ends it\n" << std::flush;
    if (SingleKeys::WaitForKey(*reply.repeat_after)) return;
    std::optional<ShellReply> next = session.Run(request);
    if (!next || !next->repeat_after) return;
    reply = *std::move(next);
  }
}

}  // namespace

void RunTerminal(ShellSession& session, const std::string& history_file) {
  std::cout << "kinesis_shell: OPERATION {JSON}, or :help. Tab completes.\n" << std::flush;
  const auto show_tailed = [&session] {
    while (const std::optional<ShellReply> tailed = session.TakeTailed()) {
      Show(*tailed, "", session.mode());
    }
  };
  session.set_listener([&](std::string_view request, const ShellReply& reply) {
    std::cout << "kinesis> " << request << '\n';
    Show(reply, request, session.mode());
    show_tailed();
  });
  RequestLines lines;
  Editor editor(session, lines, history_file);
  while (!session.done()) {
    const std::optional<std::string> line = editor.Read();
    if (lines.is_open() && (!line || IsBlank(*line))) {
      std::cout << lines.GiveUp() << '\n' << std::flush;
      continue;
    }
    if (!line) break;
    const std::optional<std::string> request = lines.Add(*line);
    if (!request) continue;
    const std::optional<ShellReply> reply = session.Run(*request);
    if (!reply) continue;
    editor.Remember(*request);
    if (reply->repeat_after) {
      Repeat(session, *request, *reply);
    } else {
      Show(*reply, *request, session.mode());
    }
    show_tailed();
  }
  std::cout << '\n';
}

}  // namespace kinesis::testing
