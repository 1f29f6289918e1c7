#!/bin/bash
# Checks every model of this folder with Spin, and that each of its mutants is found.
#
#   models_test.sh MODEL...
#
# The line "A mutant is a macro: ..." of a model names its mutants, up to the full stop.
set -euo pipefail
source testing/report_skipped.sh

if ! command -v spin > /dev/null; then
  report_skipped models "spin is not installed"
  exit 0
fi

work="$(mktemp -d)"
trap 'rm -rf "${work}"' EXIT

# Prints what the verifier says of model $1, with the macros that follow defined.
verify() {
  local model="$1" macro
  shift
  rm -rf "${work:?}"/*
  cp "${model}" "${work}/model.pml"
  (
    cd "${work}"
    spin "${@/#/-D}" -a model.pml
    # The verifier's own code, not ours, has warnings. Safety: assertions and invalid end states.
    cc -w -DSAFETY -o pan pan.c
    ./pan -m1000000
  )
}

for model in "$@"; do
  result="$(verify "${model}")"
  if ! grep -q 'errors: 0' <<< "${result}" ||
    grep -q 'max search depth too small' <<< "${result}"; then
    echo "${model} does not hold:" >&2
    echo "${result}" >&2
    exit 1
  fi
  echo "${model}: $(grep 'states, stored' <<< "${result}"), no error"
  mutants="$(tr -d '*\n' < "${model}" |
    sed 's/.*A mutant is a macro: \([^.]*\)\..*/\1/;s/([^)]*)//g;s/,/ /g')"
  for mutant in ${mutants}; do
    if ! grep -q "#ifn\?def ${mutant}" "${model}"; then
      echo "${model} names ${mutant}, which changes nothing in it" >&2
      exit 1
    fi
    result="$(verify "${model}" "${mutant}")"
    if grep -q 'errors: 0' <<< "${result}"; then
      echo "${model} does not find ${mutant}" >&2
      exit 1
    fi
    echo "${model} finds ${mutant}: $(grep -m1 '^pan:1:' <<< "${result}")"
  done
done
