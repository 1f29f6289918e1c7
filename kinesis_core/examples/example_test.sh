#!/bin/bash
# Runs an example and holds what it prints against what its source says under "Prints:".
#
#   example_test.sh PROGRAM SOURCE
#
# A line of the comment is a pattern: * stands for what differs from run to run.
set -euo pipefail

mapfile -t expected < <(
  sed -n '/^\/\/ Prints:$/,/^[^/]/ s|^//   ||p' "$2"
)
mapfile -t printed < <("$1")
cat <<<"$(printf '%s\n' "${printed[@]}")"
if (( ${#expected[@]} == 0 )); then
  echo "$2 does not say what it prints" >&2
  exit 1
fi
if (( ${#printed[@]} != ${#expected[@]} )); then
  echo "printed ${#printed[@]} lines, not ${#expected[@]}" >&2
  exit 1
fi
for i in "${!expected[@]}"; do
  # shellcheck disable=SC2053  # The right side is a pattern.
  if [[ "${printed[i]}" != ${expected[i]} ]]; then
    echo "line $((i + 1)) is not: ${expected[i]}" >&2
    exit 1
  fi
done
