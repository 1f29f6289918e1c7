#include "kinesis_core/lab/report_html.h"

#include <cassert>
#include <string_view>

#include "kinesis_core/lab/report_json.h"

namespace kinesis::lab {
namespace {

constexpr std::string_view kPage =
#include "bench/partition_lab/report_page.inc"
    ;  // NOLINT(bugprone-suspicious-include): a string literal that the build makes of the page

constexpr std::string_view kPlaceholder = "@@REPORT@@";

// JSON that nothing in a script element can end: '<' occurs in strings only.
std::string ForScript(const std::string& json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string ToHtml(const LabReport& report) {
  const size_t begin = kPage.find('<');  // behind the line end that the build puts before the page
  const size_t at = kPage.find(kPlaceholder);
  assert(at != kPage.npos);
  std::string page(kPage.substr(begin, at - begin));
  page += ForScript(ToJson(report, /*pretty=*/false));
  page += kPage.substr(at + kPlaceholder.size());
  return page;
}

}  // namespace kinesis::lab
