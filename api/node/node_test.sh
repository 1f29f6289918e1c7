#!/bin/bash
# The tests of the ES module that need no package of npm. run_tests.sh has those with the SDK.
set -euo pipefail
source testing/report_skipped.sh

if ! version="$(node --version 2>&1)"; then
  report_skipped node "nodejs is not installed"
  exit 0
fi
echo "node ${version}"
export KINESIS_SHELL="${KINESIS_SHELL:-${PWD}/api/kinesis_shell}"
exec node --test api/node/test/pipe.test.mjs
