#!/bin/bash
# What a call costs from Python and from Node, with an optimised library:
#
#   bench/language_costs.sh                     Python
#   NPM_DIR=/tmp/npm bench/language_costs.sh    and Node, with the packages of
#                                               NPM_DIR=/tmp/npm api/node/run_tests.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bazel build --config=opt --noshow_progress //api/c:libkinesis.so.0 //api:kinesis_shell
bin="$(bazel info --config=opt bazel-bin 2>/dev/null)"
export KINESIS_LIBRARY="${bin}/api/c/libkinesis.so.0" KINESIS_SHELL="${bin}/api/kinesis_shell"
PYTHONPATH=api/python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 bench/language_costs.py
if [[ -n "${NPM_DIR:-}" ]]; then
  cp bench/language_costs.mjs api/node/kinesis_core.mjs "${NPM_DIR}/"
  (cd "${NPM_DIR}" && node --no-warnings language_costs.mjs)
fi
