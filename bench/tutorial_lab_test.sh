#!/usr/bin/env bash
# Runs the lab as the tutorial does, and looks for what the page shows of its output.
#
#   tutorial_lab_test.sh LAB PAGE
set -euo pipefail
command="$(grep --only-matching '//bench:partition_lab -- .*' "$2")"
shown="$(sed -n '/^```console$/,/^```$/p' "$2" | grep -v '^```')"
# shellcheck disable=SC2086  # The flags are words of their own.
printed="$("$1" ${command#*-- } 2>&1)"
if [[ -z "${shown}" || "${printed}" != *"${shown}"* ]]; then
  echo "FAILED: ${command} printed" >&2
  echo "${printed}" >&2
  exit 1
fi
