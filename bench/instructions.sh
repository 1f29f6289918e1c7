#!/usr/bin/env bash
# Instructions per record, counted by callgrind: the same figure on every run of the same binary,
# however busy the machine is.
#
#   bazel run --config=opt //bench:count_instructions
#
# Each figure is the difference of two runs that differ only in the number of records.
set -euo pipefail
binary=${1:?usage: instructions.sh BINARY}
few=50000
many=150000
count() { # work, data bytes, records -> instructions of the whole process
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$binary" --work="$1" --data_bytes="$2" \
    --count="$3" 2>&1 | awk '/Collected/ { print $4 }'
}
printf '%-10s %6s %14s\n' work bytes instructions
for work in put put_xxh3 put_md5 batch read; do
  for bytes in 16 100 1024; do
    from=$(count "$work" "$bytes" "$few")
    to=$(count "$work" "$bytes" "$many")
    awk -v work="$work" -v bytes="$bytes" -v extra="$((to - from))" -v records="$((many - few))" \
      'BEGIN { printf "%-10s %6d %14.1f\n", work, bytes, extra / records }'
  done
done
