#!/usr/bin/env bash
# Runs every participant of every case once with little data: each checks that what arrived is what
# was sent. Then that the report is JSON with all of them, and that a filter is one.
set -euo pipefail
peers=${1:?usage: peers_smoke_test.sh BINARY}
fail() {
  echo "FAILED: $*" >&2
  exit 1
}

"$peers" --smoke --json >"$TEST_TMPDIR/all.json" || fail "a case did not check out"
python3 - "$TEST_TMPDIR/all.json" <<'PYTHON' || fail "the report is not what it should be"
import json
import sys
report = json.load(open(sys.argv[1]))
names = [run["name"].split("/iterations:")[0] for run in report["benchmarks"]]
for context in ("cpu", "compiler", "assertions", "threads", "cores"):
    assert report["context"][context], context
assert len(names) == len(set(names)), "a participant ran twice"
for name in ("append/100/single/raw", "append/16384/batch16/engine-md5",
             "handover/1024/batch4/engine-trim", "pingpong/16/park/zeromq",
             "contend/100/single/sqlite", "spread/100/batch16/moodycamel",
             "resharding/same-stream", "memory/idle-shard/100", "growth/iterators/4"):
    assert name in names, name
assert not [run for run in report["benchmarks"] if run.get("error_occurred")]
print(len(names), "participants of all cases checked out")
PYTHON

"$peers" --smoke --benchmark_filter='read/100/raw$' >"$TEST_TMPDIR/one.txt"
[[ $(grep -c '  raw ' "$TEST_TMPDIR/one.txt") == 1 ]] || fail "the filter let through too much"
"$peers" --smoke --benchmark_out=x 2>/dev/null && fail "a flag without effect was accepted"
exit 0
