#!/usr/bin/env bash
# Starts each program named and asks it what it can do. That it builds and starts is what is tested:
# the figures come from optimised builds, by hand.
set -euo pipefail
for program in "$@"; do
  # Abseil's --help ends with an error.
  printed="$("$program" --help 2>&1 || true)"
  [[ "$printed" == *--* ]] || { echo "FAILED: $program --help printed: $printed" >&2; exit 1; }
done
