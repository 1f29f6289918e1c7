#!/bin/bash
# Fuzzes with libFuzzer, each target for so many seconds:
#
#   testing/fuzz/fuzz.sh SECONDS           every target
#   testing/fuzz/fuzz.sh SECONDS NAME...   these
#
# Begins with the corpus in the tree, which it leaves as it is: inputs that reach new code, and the
# one that fails, are kept in a folder of which it tells. After one that failed it begins no other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds="$1"
shift
targets=("$@")
if (( ${#targets[@]} == 0 )); then
  mapfile -t targets < <(bazel query --noshow_progress 'attr(tags, fuzz, //testing/fuzz/...)' |
    sed 's/.*://')
fi
bazel build --config=asan-ubsan "${targets[@]/#///testing/fuzz:}"
bin="$(bazel info --config=asan-ubsan bazel-bin)"
kept="$(mktemp -d --tmpdir kinesis_core_fuzz.XXXXXX)"
echo "new inputs are kept in ${kept}"

# Fuzzes the target $1 and says what came of it.
fuzz() {
  local target="$1"
  local log="${kept}/${target}.log"
  mkdir "${kept}/${target}" "${kept}/${target}.first"
  local -a arguments=("${kept}/${target}" "${kept}/${target}.first")
  # A corpus is a folder with a file for each input, or a file with a line for each.
  if [[ -d "testing/fuzz/corpus/${target}" ]]; then
    cp "testing/fuzz/corpus/${target}/"* "${kept}/${target}.first"
  else
    split --lines=1 --suffix-length=4 "testing/fuzz/${target}.lines" "${kept}/${target}.first/"
  fi
  if [[ -f "testing/fuzz/${target}.dict" ]]; then
    arguments+=("-dict=testing/fuzz/${target}.dict")
  fi
  if ! "${bin}/testing/fuzz/${target}" -max_total_time="${seconds}" -print_final_stats=1 \
    -artifact_prefix="${kept}/" "${arguments[@]}" 2> "${log}"; then
    echo "=== ${target}: FAILED"
    tail -n 60 "${log}"
    return 255  # xargs begins no other
  fi
  echo "=== ${target}"
  grep -E 'stat::number_of_executed_units|ft: .* DONE|DONE' "${log}"
}

export -f fuzz
export bin kept seconds
# A fuzzer has one thread: as many at once as there are processors.
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I TARGET bash -euc 'fuzz TARGET'
