#!/bin/bash
# Line and branch coverage of kinesis_core/ and api/ by the tests, in one command:
#
#   testing/coverage.sh            prints the table
#   testing/coverage.sh --missed   and every line and branch that no test reaches
#   testing/coverage.sh --write    and puts the table into testing/COVERAGE.md
#
# Builds every test with clang's source-based coverage (--config=coverage-map), runs it, and adds up
# what they reached. Takes some minutes the first time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly config=coverage-map
work="$(mktemp -d)"
readonly work
trap 'rm -rf "${work}"' EXIT

# The tests of the written rules read sources and reach none of the library. Those under seeded
# schedules run the templates on atomics of their own: what they alone reach does not count.
mapfile -t tests < <(bazel query --noshow_progress \
  'kind(cc_test, tests(//kinesis_core/... + //api/... + //testing/...)) except //testing/tidy/...
   except rdeps(//testing/..., //testing:deterministic_schedule)')

bazel test --config="${config}" --cache_test_results=no --test_tag_filters=-benchmark \
  --test_env=LLVM_PROFILE_FILE="${work}/%m-%p.profraw" "${tests[@]}"
bin="$(bazel info --config="${config}" bazel-bin)"

objects=()
for test in "${tests[@]}"; do
  binary="${bin}/$(sed 's|^//||; s|:|/|' <<< "${test}")"
  if [[ -x "${binary}" ]]; then objects+=("-object=${binary}"); fi
done
find "${work}" -name '*.profraw' > "${work}/profiles"
llvm-profdata merge -sparse -f "${work}/profiles" -o "${work}/all.profdata"
llvm-cov export -instr-profile="${work}/all.profdata" -format=text "${objects[@]}" \
  > "${work}/coverage.json"
llvm-cov export -instr-profile="${work}/all.profdata" -format=lcov "${objects[@]}" \
  > "${work}/coverage.lcov"

python3 testing/coverage_table.py "${work}/coverage.json" "${work}/coverage.lcov" "$@"
