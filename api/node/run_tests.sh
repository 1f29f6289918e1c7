#!/bin/bash
# The tests with the AWS SDK and koffi, and the README's, at the versions of package-lock.json:
#
#   api/node/run_tests.sh                          npm installs into a folder that goes afterwards
#   NPM_DIR=/tmp/npm api/node/run_tests.sh         keeps what npm installed for the next time
#
# KINESIS_LIBRARY and KINESIS_SHELL name other builds than bazel's. Needs npm and its registry, and
# is no test of Bazel for that.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "${here}/../.." && pwd)"
export KINESIS_LIBRARY="${KINESIS_LIBRARY:-${root}/bazel-bin/api/c/libkinesis.so.0}"
export KINESIS_SHELL="${KINESIS_SHELL:-${root}/bazel-bin/api/kinesis_shell}"
[[ -e "${KINESIS_LIBRARY}" && -x "${KINESIS_SHELL}" ]] ||
  (cd "${root}" && bazel build //api/c:libkinesis.so.0 //api:kinesis_shell)
node --version || { echo "apt-get install nodejs npm"; exit 2; }

packages="${NPM_DIR:-$(mktemp --directory)}"
[[ -n "${NPM_DIR:-}" ]] || trap 'rm --recursive "${packages}"' EXIT
mkdir --parents "${packages}"
cp --recursive "${here}"/{package.json,package-lock.json,kinesis_core.mjs,test} "${packages}/"
cd "${packages}"
[[ -d node_modules/koffi && -d node_modules/@aws-sdk ]] ||
  npm ci --silent --no-audit --no-fund
sed -n '/^```js$/,/^```$/{/^```/d;p}' "${here}/README.md" >readme.test.mjs
node --test test/*.test.mjs readme.test.mjs
