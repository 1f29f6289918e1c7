#!/usr/bin/env python3
"""Computes the partition lab's numbers a second time, another way, and compares them.

    bazel build --config=opt //bench:partition_lab
    python3 bench/partition_lab/recompute.py --lab=bazel-bin/bench/partition_lab/partition_lab \
        --cases=100 --seed=1

Each case is a file of random keys, sizes and, in every third case, times. The lab reports on it as
JSON; from the same file this script computes, for the mapping that Kinesis has (MD5), the loads of
the shards, what is over capacity, queued and dropped, the delays, and the shards needed. Limits are
not token buckets here but virtual clocks (GCRA): the moment at which a bucket would be full again.
Every number has to be the same, but for rounding in the 12th digit of shares. Ends with 1 if one is
not.
"""

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

RECORDS = 1000          # a second, of a shard
BYTES = 1 << 20
SECOND = 10**9
SHARE_MAX = 0.01


class VirtualClock:
    """A limit of so many units a second that lets through a second's worth at once."""

    def __init__(self, per_second):
        self.rate = per_second
        self.full_at = 0  # in 1 / rate nanoseconds

    def ready(self, units):
        """The first nanosecond at which so many units pass."""
        spare = (self.rate - min(units, self.rate)) * SECOND
        return -((spare - self.full_at) // self.rate)

    def take(self, units, now):
        self.full_at = max(self.full_at, now * self.rate) + units * SECOND


class Outcome:
    """What comes of arrivals, which are (nanosecond, shard, bytes)."""

    def __init__(self, arrivals, shards, duration):
        duration = max(duration, SECOND)
        windows = max(duration // (60 * SECOND), 1)
        length = -(-duration // windows)
        waiting = [(VirtualClock(RECORDS), VirtualClock(BYTES)) for _ in range(shards)]
        dropping = [(VirtualClock(RECORDS), VirtualClock(BYTES)) for _ in range(shards)]
        sent = [0] * shards
        self.queued = [0] * shards
        self.dropped = [0] * shards
        self.delays = []
        loads = {}
        for now, shard, size in arrivals:
            by_records, by_bytes = waiting[shard]
            at = max(now, sent[shard], by_records.ready(1), by_bytes.ready(size))
            by_records.take(1, at)
            by_bytes.take(size, at)
            sent[shard] = at
            self.delays.append(at - now)
            self.queued[shard] += at > now
            by_records, by_bytes = dropping[shard]
            if by_records.ready(1) <= now and by_bytes.ready(size) <= now:
                by_records.take(1, now)
                by_bytes.take(size, now)
            else:
                self.dropped[shard] += 1
            load = loads.setdefault((shard, min(now // length, windows - 1)), [0, 0])
            load[0] += 1
            load[1] += size
        self.over = [0.0] * shards
        for (shard, _), (records, size) in sorted(loads.items()):
            accepted = min(1, RECORDS * length / SECOND / records, BYTES * length / SECOND / size)
            self.over[shard] += records - records * accepted
        self.records = len(arrivals)
        self.delays.sort()

    def quantile(self, percent):
        return self.delays[max(-(-percent * self.records // 100), 1) - 1]

    def will_do(self):
        parts = (sum(self.over), sum(self.queued), sum(self.dropped))
        return max(parts) / self.records < SHARE_MAX


def boundaries(shards):
    """The first hash keys of shards of the same size."""
    width = 2**128 // shards
    return [i * width for i in range(shards)]


def arrivals_of(records, starts, rate, rounds):
    last = len(starts) - 1
    shard_of = {}
    for key in {key for key, _, _ in records}:
        point = int.from_bytes(hashlib.md5(key.encode()).digest(), "big")
        shard_of[key] = min(point * len(starts) >> 128, last)
        while point < starts[shard_of[key]]:
            shard_of[key] -= 1
        while shard_of[key] < last and point >= starts[shard_of[key] + 1]:
            shard_of[key] += 1
    arrivals = []
    first = records[0][2]
    latest = 0
    for i in range(rounds * len(records)):
        key, size, time = records[i % len(records)]
        if rate is None:
            latest = max(latest, (time - first) * 10**6)
        else:
            latest = i * SECOND // rate
        arrivals.append((latest, shard_of[key], size + len(key)))
    return arrivals


def random_case(rng):
    keys = rng.choice([1, 3, 30, 300, 3000])
    hot = rng.choice([0, 0, 0.02, 0.1, 0.4])
    sizes = rng.choice([lambda: 50, lambda: rng.randrange(3000), lambda: rng.randrange(100_000),
                        lambda: 900_000 if rng.random() < 0.001 else 20])
    records = []
    time = 1_700_000_000_000
    for _ in range(rng.randrange(1, 8000)):
        key = "hot" if rng.random() < hot else "key-%d" % rng.randrange(keys)
        time += rng.choice([0, 0, 1, rng.randrange(3)])
        records.append((key, sizes(), time))
    return records


def compare(what, expected, got, differences, tolerance=0):
    if isinstance(expected, list):
        for i, (one, other) in enumerate(zip(expected, got, strict=True)):
            compare("%s of shard %d" % (what, i), one, other, differences, tolerance)
    elif abs(expected - got) > tolerance * max(1, abs(expected)):
        differences.append("%s: expected %r, the lab has %r" % (what, expected, got))


def check(lab, rng, timed):
    records = random_case(rng)
    shards = rng.randrange(1, 20)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
        file.writelines("%s %d %d\n" % record for record in records)
    flags = ["--input=" + file.name, "--key_field=1", "--size_field=2", "--strategies=md5",
             "--shards=%d" % shards, "--max_shards=40", "--json=-", "--advise="]
    rate = None
    if timed:
        flags += ["--time_field=3", "--time_format=unix_ms"]
    else:
        rate = rng.randrange(200, 9000)
        flags += ["--rate=%d" % rate, "--min_seconds=%d" % rng.choice([1, 5, 20])]
    output = subprocess.run([lab] + flags, check=True, capture_output=True).stdout
    os.unlink(file.name)
    report = json.loads(output)
    md5 = report["strategies"][0]
    scenario = report["scenario"]

    rounds, rest = divmod(scenario["records"], len(records))
    span = (max(record[2] for record in records) - records[0][2]) * 10**6
    duration = span if rate is None else -(-scenario["records"] * SECOND // rate)
    differences = []
    compare("records beyond whole rounds", 0, rest, differences)
    arrivals = arrivals_of(records, boundaries(shards), rate, rounds)
    outcome = Outcome(arrivals, shards, duration)
    for name, expected in (("queued", outcome.queued), ("dropped", outcome.dropped)):
        compare(name, expected, [shard[name] for shard in md5["shards"]], differences)
    compare("over capacity", outcome.over, [shard["over_capacity"] for shard in md5["shards"]],
            differences, 1e-12)
    throttling = md5["throttling"]
    for name, percent in (("delay_p50", 50), ("delay_p99", 99), ("delay_max", 100)):
        compare(name, outcome.quantile(percent), round(throttling[name] * 1e9), differences)

    total = sum(size for _, _, size in arrivals)
    seconds = max(duration, SECOND) / SECOND
    full = max(len(arrivals) / RECORDS, total / BYTES) / seconds
    least = max(-(-full * (1 - 1e-9) // 1), 1)
    compare("least shards", least, scenario["least_shards"], differences)

    def will_do(count):
        again = arrivals_of(records, boundaries(count), rate, rounds)
        return Outcome(again, count, duration).will_do()

    needed = md5["shards_needed"]["shards"]
    if needed is None:
        compare("40 shards are not enough", 0, int(least <= 40 and will_do(40)), differences)
    else:
        compare("the shards found are enough", 1, int(will_do(needed)), differences)
        if needed > least:
            compare("one shard less is enough", 0, int(will_do(needed - 1)), differences)
    return differences


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", required=True)
    parser.add_argument("--cases", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    wrong = 0
    for case in range(options.cases):
        rng = random.Random(options.seed * 1_000_003 + case)
        for difference in check(options.lab, rng, timed=case % 3 == 2):
            wrong += 1
            print("case %d of seed %d: %s" % (case, options.seed, difference))
    print("%d cases, %d differences" % (options.cases, wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
