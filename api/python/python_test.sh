#!/bin/bash
# The tests of the Python package, by Debian's boto3 and pytest. KINESIS_LIBRARY is another library.
set -euo pipefail
source testing/report_skipped.sh

if ! versions="$(/usr/bin/python3 -c 'import platform, boto3, pytest
print("Python", platform.python_version(), "boto3", boto3.__version__, "pytest",
      pytest.__version__)' 2>&1)"; then
  report_skipped python "python3-boto3 and python3-pytest are not installed: ${versions##*$'\n'}"
  exit 0
fi
echo "${versions}"
export KINESIS_LIBRARY="${KINESIS_LIBRARY:-${PWD}/api/c/libkinesis.so.0}"
export PYTHONPATH="${PWD}/api/python" PYTHONDONTWRITEBYTECODE=1 HOME="${TEST_TMPDIR:-/tmp}"
# Nothing that the machine has set up is used.
unset AWS_PROFILE AWS_DEFAULT_REGION AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
exec /usr/bin/python3 -m pytest -p no:cacheprovider --basetemp="${TEST_TMPDIR:-/tmp}/pytest" \
  --quiet --durations=3 "$@" api/python/tests
