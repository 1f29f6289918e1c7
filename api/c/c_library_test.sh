#!/bin/bash
# The shared library as a stranger's C compiler meets it: its header, its symbols, programs of today
# and of the first version, and what is left in memory of engines that were closed.
set -euo pipefail
readonly library="${PWD}/api/c/libkinesis.so.0"
readonly compile=(gcc -std=c89 -pedantic -Wall -Wextra -Werror)
failures=0
fail() {
  echo "FAILED: $*"
  failures=$((failures + 1))
}

# The header is C89, and nobody else's.
mkdir -p "${TEST_TMPDIR}/include/kinesis_core/api/c"
cp api/c/kinesis.h "${TEST_TMPDIR}/include/kinesis_core/api/c/"
"${compile[@]}" -fsyntax-only -x c api/c/kinesis.h || fail "the header is no C89"

# What it declares, what exports.map lists and what the library exports are the same.
declared="$(sed -n 's/^KINESIS_API [^(]*\(kinesis_[a-z_]*\)(.*/\1/p' api/c/kinesis.h | sort)"
listed="$(sed -n 's/^ *\(kinesis_[a-z_]*\);.*/\1/p' api/c/exports.map | sort)"
exported="$(nm --dynamic --defined-only "${library}" | awk '$2 != "A" {print $3}' | sort)"
diff <(echo "${declared}") <(echo "${listed}") || fail "header and exports.map differ"
diff <(echo "${listed}") <(sed 's/@@.*//' <<<"${exported}") || fail "exports.map and library differ"
[[ "$(grep -c '@@KINESIS_0\.' <<<"${exported}")" == "$(wc -l <<<"${listed}")" ]] ||
  fail "a symbol has no version: ${exported}"
[[ "$(readelf -d "${library}")" == *"soname: [libkinesis.so.0]"* ]] || fail "it has no soname"
# A version that was released stays as it was.
first="$(sed -n '/^KINESIS_0\.1 /,/^}/p' api/c/exports.map | grep -c 'kinesis_')"
in_first="$(grep -c '^KINESIS_API .*kinesis_[a-z_]*(' api/c/testdata/kinesis_0_1.inc)"
(( first == in_first )) || fail "KINESIS_0.1 has ${first} symbols, and had ${in_first}"

# A program of the first version, whose structs are shorter, runs on the library of today.
"${compile[@]}" -Iapi/c/testdata api/c/testdata/first_program.c -o "${TEST_TMPDIR}/first" \
  "${library}" -Wl,-rpath,"${PWD}/api/c" || fail "the first program does not compile"
diff - <("${TEST_TMPDIR}/first") <<<$'200 {}\n1: alice had tea' || fail "the first program"

# Nothing is left of engines that were closed. KINESIS_ENGINES=10000 takes some seconds.
readonly engines="${KINESIS_ENGINES:-2000}"
gcc -O1 -Wall -Wextra -Werror -I"${TEST_TMPDIR}/include" api/c/testdata/open_and_close.c \
  -o "${TEST_TMPDIR}/open_and_close" "${library}" -Wl,-rpath,"${PWD}/api/c"
grown="$("${TEST_TMPDIR}/open_and_close" "${engines}")" || fail "engines do not open and close"
echo "${engines} engines opened and closed: resident memory grew by ${grown} KiB"
(( grown < 1024 )) || fail "they leave ${grown} KiB"

(( failures == 0 ))
