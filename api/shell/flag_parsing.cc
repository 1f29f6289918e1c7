#include "kinesis_core/api/shell/flag_parsing.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "absl/flags/commandlineflag.h"
#include "absl/flags/reflection.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace kinesis::testing {
namespace {

constexpr size_t kHelpWidth = 90;
constexpr std::string_view kHelpIndent = "      ";

absl::CommandLineFlag* Find(std::string_view name) {
  return absl::FindCommandLineFlag(absl::string_view(name.data(), name.size()));
}

std::string Quoted(const std::string& text) { return '"' + absl::CHexEscape(text) + '"'; }

absl::Status Unknown(const std::string& name) {
  return absl::InvalidArgumentError("there is no flag " + Quoted(name) + "; --help lists them all");
}

// Text in lines that are not too long for a terminal.
std::string Wrapped(std::string_view text) {
  std::string lines;
  size_t width = kHelpWidth;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (width + 1 + end > kHelpWidth) {
      lines += (lines.empty() ? "" : "\n") + std::string(kHelpIndent);
      width = kHelpIndent.size();
    } else {
      lines += ' ';
      ++width;
    }
    lines += text.substr(0, end);
    width += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

absl::StatusOr<ParsedFlags> ParseFlags(const std::vector<std::string>& arguments) {
  ParsedFlags parsed;
  for (size_t i = 1; i < arguments.size(); ++i) {
    std::string_view text = arguments[i];
    // "-" alone is standard input.
    if (text.size() < 2 || text.front() != '-') {
      parsed.arguments.emplace_back(text);
      continue;
    }
    if (text == "--") {
      parsed.arguments.insert(parsed.arguments.end(),
                              arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                              arguments.end());
      break;
    }
    text.remove_prefix(text.substr(0, 2) == "--" ? 2 : 1);
    const size_t equals = std::min(text.find('='), text.size());
    const std::string_view name = text.substr(0, equals);
    std::optional<std::string> value;
    if (equals < text.size()) value = text.substr(equals + 1);
    if (name == "help" || name == "h") {
      parsed.help = true;
      continue;
    }
    if (name == "version") {
      parsed.version = true;
      continue;
    }
    absl::CommandLineFlag* flag = Find(name);
    if (flag == nullptr && !value && name.substr(0, 2) == "no") {
      flag = Find(name.substr(2));
      if (flag == nullptr || !flag->IsOfType<bool>()) return Unknown(arguments[i]);
      value = "false";
    }
    if (flag == nullptr) return Unknown(arguments[i].substr(0, arguments[i].find('=')));
    if (!value && flag->IsOfType<bool>()) value = "true";
    if (!value) {
      if (i + 1 == arguments.size()) {
        return absl::InvalidArgumentError("--" + std::string(name) + " has no value");
      }
      value = arguments[++i];
    }
    const std::string flag_name(flag->Name());
    std::string error;
    if (!flag->ParseFrom(*value, &error)) {
      return absl::InvalidArgumentError("--" + flag_name + " " + Quoted(*value) +
                                        " is not a value of its kind, as " +
                                        Quoted(flag->DefaultValue()) + " is: " + flag->Help());
    }
    parsed.given.insert(flag_name);
  }
  return parsed;
}

std::string FlagsHelp(std::string_view file) {
  std::map<std::string, const absl::CommandLineFlag*> flags;
  for (const auto& [name, flag] : absl::GetAllFlags()) {
    if (flag->Filename().find(file) == std::string::npos) continue;
    flags.emplace(name, flag);
  }
  std::string text;
  for (const auto& [name, flag] : flags) {
    const std::string value = flag->DefaultValue();
    text += "  --" + name + (value.empty() ? "" : " (" + value + ")") + "\n" +
            Wrapped(flag->Help()) + "\n";
  }
  return text;
}

}  // namespace kinesis::testing
