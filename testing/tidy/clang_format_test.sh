#!/bin/bash
# Fails if clang-format 14 would change a C++ file. Repair with the command that it prints. Another
# version formats some lines otherwise: without this one the test is skipped.
set -euo pipefail
source testing/report_skipped.sh

readonly formatter="clang-format-14"
if ! command -v "${formatter}" > /dev/null; then
  report_skipped format "${formatter} is not installed; of Debian's releases, 12 has it"
  exit 0
fi

root="$(dirname "$(readlink -f WORKSPACE)")"
cd "${root}"
mapfile -t files < <(
  find . -type d -name '.?*' -prune -o -type f \( -name '*.h' -o -name '*.cc' \) -print | sort
)
if (( ${#files[@]} == 0 )); then
  echo "no C++ files under ${root}: the test does not see the source tree" >&2
  exit 1
fi
if ! "${formatter}" --dry-run -Werror "${files[@]}"; then
  echo "${formatter}: repair with"
  echo "  ${formatter} -i \$(find . -name '*.h' -o -name '*.cc')"
  exit 1
fi
echo "${#files[@]} files are formatted"
