// ":save" and ":source": the lines of a session, in a file.
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>

#include "kinesis_core/api/json/internal/json_writer.h"
#include "kinesis_core/api/shell/shell_answer.h"
#include "kinesis_core/api/shell/shell_script.h"
#include "kinesis_core/api/shell/shell_session.h"

namespace kinesis::testing {
namespace {

using api::internal::JsonWriter;

constexpr std::string_view kFirstLine = "# A session of kinesis_shell. ':source' plays it back.";
// Files that read files.
constexpr int kFilesOpenMax = 8;

// With the home directory for "~/".
std::string PathOf(std::string_view name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets the environment
  const char* const home = std::getenv("HOME");
  if (!name.starts_with("~/") || home == nullptr) return std::string(name);
  return home + std::string(name.substr(1));
}

// Whether the file may be written: it is not there, or was written by ":save".
bool MayReplace(const std::string& path) {
  std::ifstream file(path);
  if (!file.is_open()) return true;
  std::string line;
  std::getline(file, line);
  return line == kFirstLine;
}

}  // namespace

ShellReply ShellSession::Save(std::string_view argument) {
  if (argument.empty()) return ShellError(":save takes the name of a file.");
  if (!options_.for_people) {
    return ShellError(":save is for a terminal: behind a pipe, whoever sends the lines has them.");
  }
  const std::string path = PathOf(argument);
  if (!MayReplace(path)) {
    return ShellError("'" + path +
                      "' is there, and no session that :save wrote; it is left alone.");
  }
  std::ofstream file(path, std::ios::trunc);
  file << kFirstLine << "\n";
  for (const std::string& line : kept_) file << line << "\n";
  file.close();
  if (!file) return ShellError("'" + path + "' cannot be written.");
  ShellReply reply = ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("File").Text(path);
    writer.Key("Lines").Number(static_cast<int64_t>(kept_.size()));
    writer.EndObject();
  });
  reply.text = std::to_string(kept_.size()) + " lines in " + path + "\n";
  return reply;
}

ShellReply ShellSession::Source(std::string_view argument) {
  if (argument.empty()) return ShellError(":source takes the name of a file.");
  if (files_open_ == kFilesOpenMax) {
    return ShellError("Files read each other " + std::to_string(kFilesOpenMax) + " deep.");
  }
  const std::string path = PathOf(argument);
  std::ifstream file(path);
  if (!file.is_open() || file.peek() == std::ifstream::traits_type::eof()) {
    return ShellError("'" + path + "' cannot be read, or is empty.");
  }
  ++files_open_;
  const ScriptResult result = RunScript(file, *this, listener_);
  --files_open_;
  if (result.failed > 0) {
    const std::string of_all =
        std::to_string(result.failed) + " of " + std::to_string(result.requests);
    return ShellError(path + ": failed: " + of_all + ", first in line " +
                      std::to_string(result.first_line) + ": " + result.first_error);
  }
  ShellReply reply = ShellAnswer([&](JsonWriter& writer) {
    writer.BeginObject();
    writer.Key("File").Text(path);
    writer.Key("Requests").Number(static_cast<int64_t>(result.requests));
    writer.EndObject();
  });
  reply.text = path + ": " + std::to_string(result.requests) + " requests, none failed\n";
  return reply;
}

}  // namespace kinesis::testing
