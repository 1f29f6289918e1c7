#!/usr/bin/env bash
# Runs test programs once more in another environment: run_suites.sh NAME=VALUE PROGRAM...
set -euo pipefail
export "$1"
shift
# Each would write over the report of the one before.
unset XML_OUTPUT_FILE
for program in "$@"; do
  "./$program" || { echo "FAILED: $program" >&2; exit 1; }
done
