#!/bin/bash
# The watchdog ends a test that hangs, with the test's name and what it waited for.
set -euo pipefail

if output="$(KINESIS_TEST_WATCHDOG=1 "$1" 2>&1)"; then
  echo "the test that hangs passed:" >&2
  echo "${output}" >&2
  exit 1
fi
expected="Hang.ForALock has not ended 1 s after the program began. "
expected+="It waits for: a lock that nobody opens"
if [[ "${output}" != *"${expected}"* ]]; then
  echo "not in the output: ${expected}" >&2
  echo "${output}" >&2
  exit 1
fi

# Told not to watch, it lets the test hang.
status=0
TEST_TIMEOUT=1 KINESIS_TEST_WATCHDOG=0 timeout 2 "$1" > /dev/null 2>&1 || status=$?
if (( status != 124 )); then
  echo "the test that hangs ended with ${status} without a watchdog" >&2
  exit 1
fi
