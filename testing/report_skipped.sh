# shellcheck shell=bash
# For tests that are scripts, which source this file.
#
#   report_skipped CASE REASON [CASE_THAT_RAN]...
#
# says so, and reports it to Bazel as GTEST_SKIP would: as a case that was skipped, not passed. For
# the end of a test that has passed otherwise; the reason has none of XML's own characters.
report_skipped() {
  local case="$1" reason="$2"
  shift 2
  echo "SKIPPED ${case}: ${reason}"
  [[ -n "${XML_OUTPUT_FILE:-}" ]] || return 0
  {
    echo '<?xml version="1.0" encoding="UTF-8"?>'
    echo '<testsuites><testsuite name="script">'
    local ran
    for ran in "$@"; do
      echo "<testcase name=\"${ran}\" status=\"run\"/>"
    done
    echo "<testcase name=\"${case}\" status=\"notrun\"><skipped message=\"${reason}\"/></testcase>"
    echo '</testsuite></testsuites>'
  } > "${XML_OUTPUT_FILE}"
}
