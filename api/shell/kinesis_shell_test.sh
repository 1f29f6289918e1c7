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

[[ "$("${shell}" --version)" =~ ^kinesis_shell\ [0-9]+\.[0-9]+\.[0-9]+$ ]] ||
  fail "--version prints: $("${shell}" --version)"

help="$("${shell}" --help)" || fail "--help ends with $?"
[[ "${help}" == *--memory_mib* ]] || fail "--help prints: ${help}"

"${shell}" < /dev/null || fail "an empty input is no failure"

"${shell}" <<< ':now' > /dev/full 2> /dev/null && fail "answers that nobody gets are a success"

# Everything that is wrong with a flag is 2.
for flag in --clock=lunar --limits=none --rates=maybe --memory_mib=0 --memory_mib=9999999999 \
  --memory_mib=x --memory_mib --bail=perhaps --account=1 --region= --no_such_flag --nolimits; do
  code=0
  "${shell}" "${flag}" < /dev/null > "${TEST_TMPDIR}/out" 2> "${TEST_TMPDIR}/err" || code=$?
  (( code == 2 )) || fail "exit code ${code} of ${flag}"
  [[ -s "${TEST_TMPDIR}/err" && ! -s "${TEST_TMPDIR}/out" ]] || fail "${flag}: no message"
done

rates="$(printf 'DescribeLimits\nDescribeLimits\n' | "${shell}" --clock=simulated --rates=off)"
[[ "${rates}" != *LimitExceeded* ]] || fail "--rates=off: ${rates}"

# --- A request in the arguments, and scripts

# Fails unless the command that follows "$1" has that exit code. Its output is in out and err.
expect_code() {
  local wanted="$1" code=0
  shift
  "${shell}" --clock=simulated --limits=unlimited "$@" < /dev/null \
    > "${TEST_TMPDIR}/out" 2> "${TEST_TMPDIR}/err" || code=$?
  (( code == wanted )) || fail "exit code ${code}, not ${wanted}, of $*"
}
# Fails unless the output of the last command has "$1" in it; its messages "$1".
expect_out() { expect_in "output" "$(< "${TEST_TMPDIR}/out")" "$1"; }
expect_err() { expect_in "messages" "$(< "${TEST_TMPDIR}/err")" "$1"; }

expect_code 0 ListStreams '{}'
expect_out '{"status":200,"body":{"HasMoreStreams":false'
[[ ! -s "${TEST_TMPDIR}/err" ]] || fail "messages of a success"
expect_code 0 :advance -1s
expect_out '"Now":1599999999'
expect_code 0 --rates=off -- :help advance
expect_code 1 ListStreams '{"Limit" 3}'
expect_out '"error":"SerializationException"'
expect_err "line 1, column 22: expected ':'"
expect_code 1 liststreams
expect_err "did you mean 'ListStreams'?"
expect_code 1 word
expect_code 2 --clock=lunar :now

cat > "${TEST_TMPDIR}/script" <<'END'
CreateStream {
  "StreamName": "s", "ShardCount": 1
}
:put s k tea
END
expect_code 0 --init="${TEST_TMPDIR}/script" :put s 'a key' 'two  words'
expect_out '"ShardId":"shardId-000000000000"'
expect_code 0 :source "${TEST_TMPDIR}/script"
expect_out '"Requests":2'
expect_code 0 "$(< "${TEST_TMPDIR}/script")"$'\n:read s'
expect_out '"Data":"dGVh","Text":"tea"'
printf '%s\n' nonsense ':put s k coffee' >> "${TEST_TMPDIR}/script"
expect_code 1 :source "${TEST_TMPDIR}/script"
expect_out 'failed: 1 of 4, first in line 5: UnknownOperationException'
expect_code 1 --bail :source "${TEST_TMPDIR}/script"
expect_out 'failed: 1 of 3, first in line 5: UnknownOperationException'
expect_code 1 --bail --init="${TEST_TMPDIR}/script" :now
[[ ! -s "${TEST_TMPDIR}/out" ]] || fail "--bail went on after --init"

status=0
printf ':now\nnonsense\n:now\n' | "${shell}" --clock=simulated --bail \
  > "${TEST_TMPDIR}/out" 2> "${TEST_TMPDIR}/err" || status=$?
(( status == 1 )) || fail "--bail: exit code ${status}"
(( $(wc --lines < "${TEST_TMPDIR}/out") == 2 )) || fail "--bail went on"
expect_err 'line 2: stopped by --bail: UnknownOperationException'
printf ':now\nnonsense\n' | "${shell}" --clock=simulated > /dev/null 2>&1 ||
  fail "a program that speaks the protocol is told of errors by answers alone"

# --- A directory

readonly directory="${TEST_TMPDIR}/engine"
code=0
"${shell}" --check="${directory}" > "${TEST_TMPDIR}/out" 2> "${TEST_TMPDIR}/err" || code=$?
(( code == 2 )) || fail "a directory that is not there is checked with ${code}"
[[ -s "${TEST_TMPDIR}/err" && ! -s "${TEST_TMPDIR}/out" ]] || fail "no directory: no message"

coproc "${shell}" --limits=unlimited --directory="${directory}"
exec {to}>&"${COPROC[1]}" {from}<&"${COPROC[0]}"
shell_pid="${COPROC_PID}"
ask 'CreateStream {"StreamName":"kept","ShardCount":2}'
expect_in "create in a directory" "${answer}" '{"status":200,"body":{}}'
ask 'CreateStream {"StreamName":"empty","ShardCount":1}'
ask 'PutRecord {"StreamName":"kept","PartitionKey":"k","Data":"dGVh"}'
expect_in "put in a directory" "${answer}" '"status":200'
ask ':clock simulated'
expect_in "another clock" "${answer}" '"error":"InvalidLine"'
"${shell}" --directory="${directory}" < /dev/null 2> "${TEST_TMPDIR}/err" &&
  fail "a directory that another process has is opened"
expect_in "who has it" "$(< "${TEST_TMPDIR}/err")" "has the directory"
if grep --quiet "FLOCK.* ${shell_pid} " /proc/locks; then
  expect_in "who has it" "$(< "${TEST_TMPDIR}/err")" "process ${shell_pid} (kinesis_shell)"
fi
checked="$("${shell}" --check="${directory}")" || fail "a check beside the shell: ${checked}"
expect_in "a check" "${checked}" '2 streams, 3 shards, 1 record of 4 bytes, 0 holes'
kill -9 "${shell_pid}"
wait "${shell_pid}" 2> /dev/null || true
eval "exec ${to}>&-"
checked="$("${shell}" --check="${directory}")" || fail "a check after kill -9: ${checked}"
expect_in "a check after kill -9" "${checked}" '"kept"   shardId-000000000000  open'
expect_in "no damage" "${checked}" 'damage: none'
expect_in "no copies" "${checked}" 'write-ahead log: 0 files, 0 groups, 0 bytes'
kept="$("${shell}" --limits=unlimited --directory="${directory}" :read kept)" || fail "${kept}"
expect_in "read after kill -9" "${kept}" '"Data":"dGVh"'
printf 'x' | dd of="${directory}/journal" bs=1 seek=90 conv=notrunc status=none
"${shell}" --check="${directory}" > "${TEST_TMPDIR}/out" && code=0 || code=$?
(( code == 1 )) || fail "a damaged journal is checked with ${code}"
expect_in "damage" "$(< "${TEST_TMPDIR}/out")" 'damage: 1'

# --- A terminal

# A container or a chroot need not have a devpts.
if ! why_not="$(script --quiet --return --command true /dev/null < /dev/null 2>&1)"; then
  (( failures == 0 )) || exit 1
  report_skipped terminal "no pseudo-terminal: ${why_not%%$'\n'*}" pipes arguments
  exit 0
fi

export HOME="${TEST_TMPDIR}" TERM=xterm PAGER=cat
# Answers of what is typed into a terminal of its own, line by line and once there is a prompt: what
# is typed before it is lost, and Ctrl-C ends the program where it does not read.
type_in() {
  local screen_file="${TEST_TMPDIR}/screen" look line
  : > "${screen_file}"
  timeout 60 script --quiet --return --command "${shell} --clock=simulated" /dev/null < <(
    for (( look = 0; look < 300; ++look )); do
      grep --quiet --fixed-strings 'kinesis> ' "${screen_file}" && break
      sleep 0.1
    done
    while IFS= read -r line; do
      sleep 0.2
      printf '%s\n' "${line}"
    done <<< "$1"
    sleep 1
  ) > "${screen_file}"
  tr --delete '\r' < "${screen_file}"
}
screen="$(type_in $'ListTagsForS\t{"StreamN\t"nope"}\n:help SplitSh\t\n:quit\n')"
expect_in "completion of an operation and a member" "${screen}" \
  'Stream nope under account 000000000000 not found.'
expect_in "answers are indented" "${screen}" $'\n  "status": 400,\n'
expect_in "help is a table" "${screen}" 'ShardToSplit        string  required, 1..128 characters'
grep --quiet 'StreamName' "${HOME}/.kinesis_shell_history" || fail "no history was kept"
screen="$(type_in $'\x1b[A\x1b[A\n\x04')"
expect_in "history is there the next time" "${screen}" 'ShardToSplit'

# Candidates; words that lack their quotes or capitals, and names that there are; a comma that is
# missing; lines that are pasted, with a tab; requests that are given up, by an empty line and by
# Ctrl-C; screens, until a key, the blank, is pressed.
screen="$(type_in $'PutR\t\t\x15CreateStream {StreamN\t"orders",shardc\t1}
:advance 10s
:put or\t k tea
:read or\t
ListStreams {"Limit" 3}
CreateStream {
\t"StreamName":
"pasted","ShardCount":1}
DescribeStream {

ListStreams {
"Lim\x03:top 100ms
 :mode table
:quit
')"
expect_in "candidates are listed" "${screen}" 'PutRecord   PutRecords   PutResourcePolicy'
grep --quiet --fixed-strings '{"StreamName":"orders","ShardCount":1}' \
  "${HOME}/.kinesis_shell_history" || fail "words without quotes: ${screen}"
expect_in "records as text" "${screen}" '2020-09-13 12:26:50.000  k    tea'
expect_in "a caret" "${screen}" $'\n  ListStreams {"Limit" 3}\n                       ^\n'
expect_in "a request of three lines" "${screen}" $'"pasted","ShardCount":1}\n{\n  "status": 200,\n'
(( $(grep --count 'gave up a request of 1 line' <<< "${screen}") == 2 )) ||
  fail "requests that are given up: ${screen}"
expect_in "screens" "${screen}" $'\x1b[2J'
expect_in "after the screens" "${screen}" 'mode table'

(( failures == 0 ))
