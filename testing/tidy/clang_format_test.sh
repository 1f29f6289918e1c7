#!/bin/bash
# Fails if clang-format would change a C++ file. Repair with the command that it prints.
set -euo pipefail

root="$(dirname "$(readlink -f WORKSPACE)")"
cd "${root}"
mapfile -t files < <(
  find . -type d -name '.?*' -prune -o -type f \( -name '*.h' -o -name '*.cc' \) -print | sort
)
if (( ${#files[@]} == 0 )); then
  echo "no C++ files under ${root}: the test does not see the source tree" >&2
  exit 1
fi
if ! clang-format --dry-run -Werror "${files[@]}"; then
  echo "clang-format: repair with"
  echo "  clang-format -i \$(find . -name '*.h' -o -name '*.cc')"
  exit 1
fi
echo "${#files[@]} files are formatted"
