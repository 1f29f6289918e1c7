#!/usr/bin/env bash
# What including the main header of each layer costs a user's compiler, as a ratio to the Abseil
# headers that any code with absl::StatusOr and absl::Time includes.
#
#   bench/header_cost.sh [RUNS]      from the root of the checkout
#
# Prints medians of interleaved runs. Needs g++, cmake and Debian's Abseil.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-15}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake -D FOLDER="$scratch/include" -P third_party/cmake/stage_headers.cmake

readonly abseil="absl/status/statusor.h + absl/time/time.h"
headers=("$abseil" kinesis_core/engine.h)
readonly -a candidates=(api/client.h api/json/json_service.h testing/client_fixture.h)
for header in "${candidates[@]}"; do
  [[ ! -f "$scratch/include/kinesis_core/$header" ]] || headers+=("kinesis_core/$header")
done
for i in "${!headers[@]}"; do
  sed 's/ + /\n/; s/^/#include "/; s/\n/"\n#include "/; s/$/"/' <<<"${headers[i]}" >"$scratch/$i.cc"
done

milliseconds() { # of processor time to parse one file; real time would measure the neighbours
  local TIMEFORMAT=%U seconds
  seconds="$({ time g++ -std=c++20 -I"$scratch/include" -fsyntax-only "$1"; } 2>&1)"
  awk "BEGIN { printf \"%d\\n\", 1000 * $seconds }"
}
for _ in $(seq "$runs"); do
  for i in "${!headers[@]}"; do milliseconds "$scratch/$i.cc" >>"$scratch/$i.ms"; done
done
median() { sort -n "$1" | sed -n "$(((runs + 1) / 2))p"; }
for i in "${!headers[@]}"; do
  echo "${headers[i]}: $(median "$scratch/$i.ms") ms, ratio $(awk \
    "BEGIN { printf \"%.2f\", $(median "$scratch/$i.ms") / $(median "$scratch/0.ms") }")"
done
