#!/bin/sh
# Runs recompute.py on a few cases. More of them, by hand, as its head says.
set -eu
exec python3 bench/partition_lab/recompute.py --lab=bench/partition_lab/partition_lab --cases=4
