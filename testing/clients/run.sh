#!/bin/bash
# Runs clients that nobody here wrote against kinesis_shell: see README.md beside this.
#
#   testing/clients/run.sh               all; npm installs into a folder that goes afterwards
#   NPM_DIR=/tmp/npm testing/clients/run.sh    keeps what npm installed for the next time
#   KINESIS_SHELL=... testing/clients/run.sh   another binary than bazel's
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "${here}/../.." && pwd)"
shell="${KINESIS_SHELL:-${root}/bazel-bin/api/kinesis_shell}"
[[ -x "${shell}" ]] || (cd "${root}" && bazel build //api:kinesis_shell)
failed=0

python3 -c 'import boto3' || { echo "apt-get install python3-boto3"; exit 2; }
python3 "${here}/boto3_client.py" "${shell}" || failed=1

node_version="$(node --version)" || { echo "apt-get install nodejs npm"; exit 2; }
packages="${NPM_DIR:-$(mktemp --directory)}"
[[ -n "${NPM_DIR:-}" ]] || trap 'rm --recursive "${packages}"' EXIT
if [[ ! -d "${packages}/node_modules/lifion-kinesis" ]]; then
  npm install --silent --no-audit --no-fund --prefix "${packages}" \
    @aws-sdk/client-kinesis@3.1143.0 lifion-kinesis@1.3.3 dynalite@4.0.0
fi
echo "node ${node_version}"
(cd "${packages}" && node --no-warnings "${here}/npm_consumers.mjs" "${shell}") || failed=1
echo "in ${SECONDS} s"
exit "${failed}"
