#!/usr/bin/env bash
# What including the engine's main header costs a user's compiler, as a ratio to the Abseil headers
# that any code with absl::StatusOr and absl::Time includes.
#
#   bench/header_cost.sh [RUNS]      from the root of the checkout
#
# Prints medians of interleaved runs. Needs g++ and Debian's Abseil.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-15}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
printf '#include "absl/status/statusor.h"\n#include "absl/time/time.h"\n' >"$scratch/abseil.cc"
printf '#include "kinesis_core/engine.h"\n' >"$scratch/engine.cc"

milliseconds() { # of parsing one file
  local begin end
  begin=$(date +%s%N)
  g++ -std=c++20 -I. -fsyntax-only "$1"
  end=$(date +%s%N)
  echo $(((end - begin) / 1000000))
}
for _ in $(seq "$runs"); do
  milliseconds "$scratch/abseil.cc" >>"$scratch/abseil.ms"
  milliseconds "$scratch/engine.cc" >>"$scratch/engine.ms"
done
median() { sort -n "$1" | sed -n "$(((runs + 1) / 2))p"; }
abseil=$(median "$scratch/abseil.ms")
engine=$(median "$scratch/engine.ms")
echo "absl/status/statusor.h + absl/time/time.h: $abseil ms"
echo "kinesis_core/engine.h: $engine ms"
echo "ratio: $(awk "BEGIN { printf \"%.2f\", $engine / $abseil }")"
