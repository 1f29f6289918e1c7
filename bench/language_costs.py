#!/usr/bin/env python3
"""What calls cost from Python: language_costs.sh runs this. Medians of five rounds, in us.

Figures that belong together are taken in turns, so that a noisy moment falls on all of them.
"""
import base64
import ctypes
import json
import statistics
import sys
import time

import kinesis_core
from kinesis_core import _library

ROUNDS = 5
DATA = b'x' * 100


def timed(count, work):
    began = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - began) / count * 1e6


def report(cases):
    """Cases are (name, calls of a round, work, how many things a call does)."""
    times = {name: [] for name, _, _, _ in cases}
    for _ in range(ROUNDS):
        for name, count, work, things in cases:
            times[name].append(timed(count, work) / things)
    for name, taken in times.items():
        print('%-62s %9.3f us   (%.3f .. %.3f)' % (name, statistics.median(taken), min(taken),
                                                   max(taken)))


def main():
    began = time.perf_counter()
    engine = kinesis_core.Engine(limits='none', memory_bytes=2 << 30)
    print('%-62s %9.3f us' % ('the library loaded, and a first engine', 1e6 *
                              (time.perf_counter() - began)))
    engine.call(b'CreateStream', b'{"StreamName":"s","ShardCount":1}')
    body = json.dumps({'StreamName': 's', 'PartitionKey': 'alice',
                       'Data': base64.b64encode(DATA).decode()}).encode()
    bus = engine.create_stream('bus', shard_capacity_bytes=64 << 20, trim_oldest=True)
    # A function of the library that does nothing, by a second handle of its own: what ctypes itself
    # costs with a put's arguments.
    nothing = ctypes.CDLL(_library.library()._name).kinesis_version
    nothing.argtypes = _library.library().kinesis_put.argtypes
    many = [('alice', DATA)] * 500
    cases = [
        ('ctypes alone: a call with the arguments of a put', 50_000,
         lambda: nothing(0, b'alice', 5, DATA, 100, None), 1),
        ('bus: put, 100 bytes', 50_000, lambda: bus.put(b'alice', DATA), 1),
        ('bus: put_batch of 500, a record', 100, lambda: bus.put_batch(many), 500),
        ('PutRecord as JSON, 100 bytes: Engine.call', 10_000,
         lambda: engine.call(b'PutRecord', body), 1),
    ]
    for _ in range(2):
        bus.put_batch(many)
    reader = [bus.iterator()]

    def read():
        if len(reader[0].read()) < 1000:
            reader[0] = bus.iterator()
    for _ in range(20):
        bus.put_batch(many)
    cases.append(('bus: read 1,000 records as Python objects, a record', 50, read, 1000))
    views = (ctypes.c_char * (1000 * _library.VIEW.size))()
    result = _library.ReadResult()
    in_place = [bus.iterator()]

    def read_in_place():
        _library.library().kinesis_iterator_read(in_place[0].handle, views, 1000,
                                                 ctypes.byref(result))
        if result.count < 1000:
            in_place[0] = bus.iterator()
    cases.append(('bus: the same in place, views alone, a record', 500, read_in_place, 1000))
    report(cases)

    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        print('boto3: not measured, python3-boto3 is not installed')
        return
    session = boto3.session.Session()
    with kinesis_core.patch(session, engine):
        client = session.client('kinesis', config=Config(retries={'max_attempts': 0}))
        records = [{'PartitionKey': 'k%d' % i, 'Data': DATA} for i in range(500)]
        report([
            ('boto3: put_record, 100 bytes', 300,
             lambda: client.put_record(StreamName='s', PartitionKey='alice', Data=DATA), 1),
            ('boto3: put_records of 500, a record', 4,
             lambda: client.put_records(StreamName='s', Records=records), 500),
        ])

    def cycle():
        with kinesis_core.Engine() as fresh:
            fresh.call(b'CreateStream', b'{"StreamName":"s","ShardCount":1}')
    report([('an engine with a stream, opened and closed', 200, cycle, 1)])
    engine.close()


if __name__ == '__main__':
    sys.exit(main())
