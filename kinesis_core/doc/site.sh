#!/bin/bash
# Makes one site of the guide and the reference of the public headers, with Doxygen: plain files,
# and a search that needs no server. A warning is an error; site_check.py looks at what came out.
#
#   kinesis_core/doc/site.sh [FOLDER]      FOLDER/html/index.html; FOLDER is doxygen-out
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
readonly root="${PWD}"
readonly output="$(realpath --canonicalize-missing "${1:-${TEST_TMPDIR:-.}/doxygen-out}")"
rm -rf "${output}"
mkdir -p "${output}"

stage="$(mktemp -d)"
trap 'rm -rf "${stage}"' EXIT
cmake -D FOLDER="${stage}" -P third_party/cmake/stage_headers.cmake
cp kinesis_core/doc/{Doxyfile,doxygen_filter.awk} "${stage}"
cd "${stage}"
mkdir pages

# Runs Doxygen with these lines added to its settings.
run_doxygen() {
  local warnings
  warnings="$(printf '%s\n' "$@" | cat Doxyfile - | doxygen - 2>&1 >/dev/null)" || {
    echo "${warnings}" >&2
    exit 1
  }
  if [[ -n "${warnings}" ]]; then
    echo "${warnings}" >&2
    exit 1
  fi
}

# The headers alone, for the addresses of their names; then all.
run_doxygen "INPUT = kinesis_core" "USE_MDFILE_AS_MAINPAGE =" "GENERATE_HTML = YES" \
  "GENERATE_TAGFILE = names.tag" "OUTPUT_DIRECTORY = ${stage}/first"
python3 "${root}/kinesis_core/doc/site_pages.py" "${root}" names.tag pages
run_doxygen "OUTPUT_DIRECTORY = ${output}"
python3 "${root}/kinesis_core/doc/site_check.py" "${stage}/kinesis_core" "${output}/html"
pages="$(find "${output}/html" -name '*.html' | wc -l)"
echo "site.sh: ${output}/html/index.html, ${pages} pages, no warnings"
