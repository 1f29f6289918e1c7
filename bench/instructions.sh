#!/usr/bin/env bash
# Instructions per record, counted by callgrind: the same figure on every run of the same binary,
# however busy the machine is.
#
#   bazel run --config=opt //bench:count_instructions              prints the table
#   bazel run --config=opt //bench:count_instructions -- --check   compares it with what is recorded
#
# Each figure is the difference of two runs that differ only in the number of records, so what an
# engine costs to make and to destroy is not in it. --check ends with an error if a figure is more
# than a tenth above the recorded one, or below: then record the better one.
set -euo pipefail
binary=${1:?usage: instructions.sh BINARY RECORDED [--check]}
recorded=${2:?usage: instructions.sh BINARY RECORDED [--check]}
mode=${3:-print}
# Both fill the log several times over, so that both trim the same share of their segments.
few_of() { # work -> records; the long way through the API takes a quarter of them
  [[ "$1" == api_* || "$1" == json_* ]] && echo 50000 || echo 200000
}
count() { # work, data bytes, records -> instructions of the whole process
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" --work="$1" --data_bytes="$2" \
    --count="$3" 2>&1 | awk '/Collected/ { print $4 }'
}
measure() { # work, data bytes -> instructions a record
  local few from to
  few=$(few_of "$1")
  from=$(count "$1" "$2" "$few")
  to=$(count "$1" "$2" "$((2 * few))")
  awk -v extra="$((to - from))" -v records="$few" \
    'BEGIN { printf "%.1f\n", extra / records }'
}
# Each figure in a file of its own, as many at once as there are processors.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export -f few_of count measure
export binary scratch
# shellcheck disable=SC2016  # For the shells that are started.
grep -vE '^(#|$)' "$recorded" |
  xargs -P "$(nproc)" -L 1 bash -euo pipefail -c 'measure "$0" "$1" >"$scratch/$0-$1"'
failed=0
printf '%-13s %6s %14s %10s\n' work bytes instructions recorded
while read -r work bytes expected; do
  [[ "$work" == '#'* || -z "$work" ]] && continue
  measured=$(<"$scratch/$work-$bytes")
  verdict=$(awk -v m="$measured" -v e="$expected" \
    'BEGIN { print m > 1.1 * e ? "MORE" : m < 0.9 * e ? "LESS" : "" }')
  printf '%-13s %6d %14s %10s %s\n' "$work" "$bytes" "$measured" "$expected" "$verdict"
  [[ -z "$verdict" ]] || failed=1
done <"$recorded"
if [[ "$mode" == --check && "$failed" == 1 ]]; then
  echo "Figures marked are off by more than a tenth. If that is meant, edit $(basename "$recorded")"
  exit 1
fi
