#!/bin/bash
# Makes the reference of the public headers with Doxygen; a warning is an error.
#
#   kinesis_core/doc/reference.sh [FOLDER]      FOLDER/html/index.html; FOLDER is doxygen-out
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."
readonly output="$(realpath --canonicalize-missing "${1:-${TEST_TMPDIR:-.}/doxygen-out}")"
rm -rf "${output}"
mkdir -p "${output}"

stage="$(mktemp -d)"
trap 'rm -rf "${stage}"' EXIT
cmake -D FOLDER="${stage}" -P third_party/cmake/stage_headers.cmake
cp kinesis_core/doc/{Doxyfile,doxygen_filter.awk,reference.md} "${stage}"
cd "${stage}"
echo "OUTPUT_DIRECTORY = ${output}" >>Doxyfile
warnings="$(doxygen Doxyfile 2>&1 >/dev/null)" || { echo "${warnings}" >&2; exit 1; }
if [[ -n "${warnings}" ]]; then
  echo "${warnings}" >&2
  exit 1
fi
pages="$(find "${output}/html" -name '*.html' | wc -l)"
echo "reference.sh: ${output}/html/index.html, ${pages} pages, no warnings"
