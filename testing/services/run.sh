#!/usr/bin/env bash
# Runs service_suite on an engine and on kinesalite, an emulator of npm, on loopback, and compares
# the lines: testing/services/run.sh [FOLDER]
#
# FOLDER keeps the emulator for the next time. What differs has to be in differences.tsv, with who
# is right; anything else fails. Needs node, npm and, the first time, the registry.
set -euo pipefail
export LC_ALL=C  # join and sort have to agree on an order
cd "$(dirname "$0")/../.."

readonly version=3.3.3
readonly port=14567
folder="${1:-}"
if [[ -z "${folder}" ]]; then
  folder="$(mktemp --directory --tmpdir kinesis_core_services.XXXXXX)"
  scratch="${folder}"
fi
emulator=
finish() {
  [[ -z "${emulator}" ]] || kill "${emulator}" 2>/dev/null || true
  [[ -z "${scratch:-}" ]] || rm -rf "${scratch}"
}
trap finish EXIT

bazel build //testing/services:service_suite
[[ -d "${folder}/node_modules/kinesalite" ]] ||
  npm install --prefix "${folder}" --no-fund --no-audit --silent "kinesalite@${version}"

node "${folder}/node_modules/kinesalite/cli.js" --port "${port}" --createStreamMs 20 \
  --deleteStreamMs 20 --updateStreamMs 20 --shardLimit 100 >"${folder}/emulator.log" 2>&1 &
emulator=$!
for (( i = 0; ; ++i )); do
  (: </dev/tcp/localhost/"${port}") 2>/dev/null && break
  (( i < 100 )) || { cat "${folder}/emulator.log" >&2; exit 1; }
  sleep 0.1
done

suite=bazel-bin/testing/services/service_suite
"${suite}" >"${folder}/engine.txt"
"${suite}" "http://localhost:${port}" >"${folder}/emulator.txt"

lines() { sed 's/: /\t/' "$1" | sort -t $'\t' -k 1,1; }
join -t $'\t' -a 1 -a 2 -e - -o 0,1.2,2.2 \
  <(lines "${folder}/engine.txt") <(lines "${folder}/emulator.txt") |
  awk -F '\t' '$2 != $3' >"${folder}/differences.txt"
grep -v '^#' testing/services/differences.tsv | cut -f 1-3 | sort -t $'\t' -k 1,1 \
  >"${folder}/expected.txt"
all=$(wc -l <"${folder}/engine.txt")
differ=$(wc -l <"${folder}/differences.txt")
echo "${all} lines, $(( all - differ )) the same, ${differ} differ"
if ! diff "${folder}/expected.txt" "${folder}/differences.txt"; then
  echo "FAILED: differences.tsv has not these" >&2
  exit 1
fi
echo "services: ok"
