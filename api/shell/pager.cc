#include "kinesis_core/api/shell/pager.h"

#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

namespace kinesis::testing {
namespace {

// What a shell says of a program that it cannot find, or cannot run.
constexpr int kNotFound = 127;
constexpr int kNotRunnable = 126;

bool FitsOnScreen(const std::string& text) {
  winsize size = {};
  if (isatty(STDOUT_FILENO) == 0) return true;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return true;
  return std::count(text.begin(), text.end(), '\n') < size.ws_row;
}

// False if there is no such program.
bool RunPager(const char* pager, const std::string& text) {
  // Whoever leaves the pager early closes our pipe.
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  FILE* const pipe = popen(pager, "w");
  bool ran = pipe != nullptr;
  if (ran) {
    std::fwrite(text.data(), 1, text.size(), pipe);
    const int status = pclose(pipe);
    ran = !WIFEXITED(status) ||
          (WEXITSTATUS(status) != kNotFound && WEXITSTATUS(status) != kNotRunnable);
  }
  std::signal(SIGPIPE, before);
  return ran;
}

}  // namespace

void ShowPaged(const std::string& text) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): the program has one thread
  const char* const chosen = std::getenv("PAGER");
  const std::string pager = chosen == nullptr ? "more" : chosen;
  std::cout << std::flush;
  if (!pager.empty() && !FitsOnScreen(text) && RunPager(pager.c_str(), text)) return;
  std::cout << text << std::flush;
}

}  // namespace kinesis::testing
