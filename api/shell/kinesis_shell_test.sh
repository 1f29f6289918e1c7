#!/bin/bash
# Drives kinesis_shell itself: between pipes, and on a terminal where one is to be had.
set -euo pipefail
source testing/report_skipped.sh

readonly shell="api/kinesis_shell"
failures=0

fail() {
  echo "FAILED: $1"
  failures=$((failures + 1))
}

# Fails unless "$2" has "$3" in it.
expect_in() {
  [[ "$2" == *"$3"* ]] || fail "$1: no '$3' in: $2"
}

# --- Pipes

for transcript in api/testdata/*.transcript; do
  sed -n 's/^> //p' "${transcript}" | "${shell}" --clock=simulated > "${TEST_TMPDIR}/answers"
  diff <(grep --invert-match '^[#>]' "${transcript}") "${TEST_TMPDIR}/answers" ||
    fail "${transcript} is answered otherwise"
done

# End of input is the end, and no failure; an answer is there before the next line is.
coproc "${shell}" --clock=simulated --limits=unlimited --account=123456789012 --region=eu-west-1
exec {to}>&"${COPROC[1]}" {from}<&"${COPROC[0]}"
shell_pid="${COPROC_PID}"
ask() {
  echo "$1" >&"${to}"
  read -r -t 60 answer <&"${from}" || fail "no answer to $1"
}
ask 'CreateStream {"StreamName":"s","ShardCount":1}'
expect_in "create" "${answer}" '{"status":200,"body":{}}'
ask 'DescribeStreamSummary {"StreamName":"s"}'
expect_in "flags" "${answer}" 'arn:aws:kinesis:eu-west-1:123456789012:stream/s'
expect_in "no delay" "${answer}" '"StreamStatus":"ACTIVE"'
ask ':advance 300s'
expect_in "advance" "${answer}" '"Now":1600000300'
ask 'nonsense'
expect_in "a bad line" "${answer}" '"error":"UnknownOperationException"'
ask 'ListStreams'
expect_in "after a bad line" "${answer}" '"StreamNames":["s"]'
eval "exec ${COPROC[1]}>&- ${to}>&-"
status=0
wait "${shell_pid}" || status=$?
(( status == 0 )) || fail "exit code ${status} at the end of input"

"${shell}" < /dev/null || fail "an empty input is no failure"

"${shell}" <<< ':now' > /dev/full 2> /dev/null && fail "answers that nobody gets are a success"

for flag in --clock=lunar --limits=none --rates=maybe --memory_mib=0 --memory_mib=9999999999 \
  --account=1 --region= --no_such_flag word; do
  "${shell}" "${flag}" < /dev/null > "${TEST_TMPDIR}/out" 2> "${TEST_TMPDIR}/err" &&
    fail "${flag} is taken"
  [[ -s "${TEST_TMPDIR}/err" && ! -s "${TEST_TMPDIR}/out" ]] || fail "${flag}: no message"
done

rates="$(printf 'DescribeLimits\nDescribeLimits\n' | "${shell}" --clock=simulated --rates=off)"
[[ "${rates}" != *LimitExceeded* ]] || fail "--rates=off: ${rates}"

# --- A terminal

# A container or a chroot need not have a devpts.
if ! why_not="$(script --quiet --return --command true /dev/null < /dev/null 2>&1)"; then
  (( failures == 0 )) || exit 1
  report_skipped terminal "no pseudo-terminal: ${why_not%%$'\n'*}" pipes
  exit 0
fi

export HOME="${TEST_TMPDIR}" TERM=xterm
# Answers of what is typed into a terminal of its own.
type_in() {
  script --quiet --return --command "${shell} --clock=simulated" /dev/null < <(
    sleep 1
    printf '%s' "$1"
    sleep 1
  ) | tr --delete '\r'
}
screen="$(type_in $'ListTagsForS\t{"StreamN\t"nope"}\n:help SplitSh\t\n:quit\n')"
expect_in "completion of an operation and a member" "${screen}" \
  'Stream nope under account 000000000000 not found.'
expect_in "answers are indented" "${screen}" $'\n  "status": 400,\n'
expect_in "help is a table" "${screen}" 'ShardToSplit        string  required, 1..128 characters'
grep --quiet 'StreamName' "${HOME}/.kinesis_shell_history" || fail "no history was kept"
screen="$(type_in $'\x1b[A\x1b[A\n\x04')"
expect_in "history is there the next time" "${screen}" 'ShardToSplit'
screen="$(type_in $'PutR\t\t\x15:quit\n')"
expect_in "candidates are listed" "${screen}" 'PutRecord   PutRecords   PutResourcePolicy'

(( failures == 0 ))
