#!/usr/bin/env bash
# What each layer adds to a program, in bytes of code and constants (`text`) and of variables, as a
# static library that was compiled with CMake's Release flags.
#
#   bench/library_size.sh      from anywhere; takes minutes
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake -G Ninja -S . -B "$scratch" -DCMAKE_BUILD_TYPE=Release >"$scratch/log"
cmake --build "$scratch" >>"$scratch/log" || { tail -n 40 "$scratch/log" >&2; exit 1; }
printf '%-28s %10s %10s\n' library text variables
find "$scratch" -name 'libkinesis_core*.a' | sort | while read -r library; do
  size --totals "$library" | awk -v name="$(basename "$library")" \
    '/\(TOTALS\)/ { printf "%-28s %10d %10d\n", name, $1, $2 + $3 }'
done
