#!/usr/bin/env python3
"""Ordinary boto3 code on kinesis_shell, with no socket: records polled and fanned out across a
split and a merge, waiters, paginators, errors, and time.

    boto3_client.py SHELL_BINARY

botocore's `before-send` event answers each request from the shell's pipe; what would open a socket
raises an error.
"""
import base64
import json
import socket
import subprocess
import sys

import boto3
import botocore.awsrequest
import botocore.httpsession
from botocore.config import Config

JSON = 'application/x-amz-json-1.1'


# --- The transport -------------------------------------------------------------------------------

class Shell:
    """One kinesis_shell: a line out, a line back."""

    def __init__(self, binary, *flags):
        self.process = subprocess.Popen([binary, *flags], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def ask(self, line):
        self.process.stdin.write(line.encode() + b'\n')
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def advance(self, seconds):
        self.ask(':advance %ds' % seconds)

    def subscribe(self, request):
        """The answer, and what the subscription has now as an event stream."""
        answer = self.ask(':subscribe ' + request)
        if answer['status'] != 200:
            return answer, None
        number = answer['body']['Subscription']
        frames = self.ask(':frames %d' % number)['body']['Frames']
        self.ask(':unsubscribe %d' % number)
        return answer, base64.b64decode(frames)


class Raw:
    """What botocore reads from a response."""

    def __init__(self, body):
        self.body = body

    def stream(self, *_args, **_kwargs):
        yield self.body

    def close(self):
        pass


def attach(session, shell):
    """All Kinesis clients of `session` talk to `shell` from here on."""
    def before_send(request, **_):
        target = request.headers['X-Amz-Target']
        target = target.decode() if isinstance(target, bytes) else target
        body = request.body if isinstance(request.body, str) else (request.body or b'{}').decode()
        operation = target.rsplit('.', 1)[-1]
        if operation == 'SubscribeToShard':
            answer, frames = shell.subscribe(body)
        else:
            answer, frames = shell.ask(operation + ' ' + body), None
        kind, text = JSON, json.dumps(answer['body']).encode()
        if frames is not None:
            kind, text = 'application/vnd.amazon.eventstream', frames
        return botocore.awsrequest.AWSResponse(request.url, answer['status'],
                                               {'content-type': kind}, Raw(text))
    # boto3's session keeps botocore's to itself, and with it the events.
    session._session.get_component('event_emitter').register('before-send.kinesis.*', before_send)


def forbid_sockets():
    def refuse(*_args, **_kwargs):
        raise AssertionError('a socket was opened')
    socket.socket.connect = refuse
    socket.create_connection = refuse
    botocore.httpsession.URLLib3Session.send = refuse


# --- What follows is code of a user: it knows nothing of the above but how to let time pass. ------

STREAM = 'orders'
PHASE = 300  # records before the split, between, and after the merge
KEYS = 20


class Delivery:
    """What came, and whether in the order of its keys."""

    def __init__(self):
        self.seen = set()
        self.count = 0
        self.last = {}

    def take(self, records):
        for record in records:
            key, number = record['PartitionKey'], int(record['Data'].split(b':')[1])
            assert self.last.get(key, -1) < number, (record, self.last[key])
            self.last[key] = number
            self.seen.add(record['Data'])
            self.count += 1


def put(kinesis, first):
    records = [{'PartitionKey': 'key%d' % (i % KEYS), 'Data': b'\x00\xff:%d' % (first + i)}
               for i in range(PHASE)]
    assert kinesis.put_records(StreamName=STREAM, Records=records)['FailedRecordCount'] == 0


def in_order_of_lineage(kinesis, read):
    """Calls `read` for each shard, parents before children."""
    done = set()
    while True:
        shards = kinesis.list_shards(StreamName=STREAM)['Shards']
        ready = [s['ShardId'] for s in shards if s['ShardId'] not in done and
                 {s.get('ParentShardId'), s.get('AdjacentParentShardId')} - {None} <= done]
        if not ready:
            return
        for shard in ready:
            read(shard)
            done.add(shard)


def poll(kinesis, advance):
    delivery = Delivery()

    def read(shard):
        iterator = kinesis.get_shard_iterator(StreamName=STREAM, ShardId=shard,
                                              ShardIteratorType='TRIM_HORIZON')['ShardIterator']
        while iterator:
            page = kinesis.get_records(ShardIterator=iterator, Limit=100)
            delivery.take(page['Records'])
            iterator = page.get('NextShardIterator')
            if not page['Records'] and page['MillisBehindLatest'] == 0 and iterator:
                return  # the tip of an open shard
            advance(1)
    in_order_of_lineage(kinesis, read)
    return delivery


def fan_out(kinesis, advance):
    delivery = Delivery()
    arn = kinesis.describe_stream_summary(
        StreamName=STREAM)['StreamDescriptionSummary']['StreamARN']
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName='app')['Consumer']
    advance(10)

    def read(shard):
        position = {'Type': 'TRIM_HORIZON'}
        for _ in range(100):
            got = 0
            stream = kinesis.subscribe_to_shard(ConsumerARN=consumer['ConsumerARN'], ShardId=shard,
                                                StartingPosition=position)['EventStream']
            for event in stream:
                event = event['SubscribeToShardEvent']
                delivery.take(event['Records'])
                got += len(event['Records'])
                number = event.get('ContinuationSequenceNumber')
                if not number:
                    return  # the end of the shard, as every fan-out consumer takes it
                position = {'Type': 'AFTER_SEQUENCE_NUMBER', 'SequenceNumber': number}
            advance(6)
            if got == 0 and shard in open_shards:
                return
        raise AssertionError('%s is closed and does not end' % shard)
    open_shards = {s['ShardId'] for s in kinesis.list_shards(
        StreamName=STREAM, ShardFilter={'Type': 'AT_LATEST'})['Shards']}
    in_order_of_lineage(kinesis, read)
    return delivery


def settings(kinesis, advance):
    names = [name for page in kinesis.get_paginator('list_streams').paginate()
             for name in page['StreamNames']]
    assert names == [STREAM], names
    pages = list(kinesis.get_paginator('describe_stream').paginate(
        StreamName=STREAM, PaginationConfig={'PageSize': 1}))
    assert len(pages) == 5, len(pages)
    try:
        kinesis.put_record(StreamName='nope', PartitionKey='a', Data=b'')
        raise AssertionError('a stream that is not there took a record')
    except kinesis.exceptions.ResourceNotFoundException as error:
        assert 'Stream nope under account 000000000000 not found.' in str(error)
    iterator = kinesis.get_shard_iterator(StreamName=STREAM, ShardId='shardId-000000000001',
                                          ShardIteratorType='TRIM_HORIZON')['ShardIterator']
    advance(301)
    try:
        kinesis.get_records(ShardIterator=iterator)
        raise AssertionError('an iterator lived for 301 seconds')
    except kinesis.exceptions.ExpiredIteratorException:
        pass
    kinesis.delete_stream(StreamName=STREAM, EnforceConsumerDeletion=True)
    advance(10)
    kinesis.get_waiter('stream_not_exists').wait(StreamName=STREAM)


def main():
    shell = Shell(sys.argv[1], '--clock=simulated', '--rates=off')
    session = boto3.session.Session(aws_access_key_id='x', aws_secret_access_key='x',
                                    region_name='us-east-1')
    attach(session, shell)
    kinesis = session.client('kinesis', config=Config(retries={'max_attempts': 0}))
    forbid_sockets()

    kinesis.create_stream(StreamName=STREAM, ShardCount=2)
    shell.advance(10)  # the service takes as long as that
    kinesis.get_waiter('stream_exists').wait(StreamName=STREAM)
    put(kinesis, 0)
    kinesis.split_shard(StreamName=STREAM, ShardToSplit='shardId-000000000000',
                        NewStartingHashKey=str(2**126))
    shell.advance(10)
    put(kinesis, PHASE)
    kinesis.merge_shards(StreamName=STREAM, ShardToMerge='shardId-000000000003',
                         AdjacentShardToMerge='shardId-000000000001')
    shell.advance(10)
    put(kinesis, 2 * PHASE)
    failures = 0
    for name, consume in [('polling', poll), ('fan-out', fan_out)]:
        try:
            delivery = consume(kinesis, shell.advance)
            assert len(delivery.seen) == 3 * PHASE, len(delivery.seen)
            print('boto3-%s: %d records put, %d delivered, %d of them again, in the order of their '
                  'keys' % (name, 3 * PHASE, len(delivery.seen),
                            delivery.count - len(delivery.seen)))
        except AssertionError as error:
            failures += 1
            print('boto3-%s: FAILED: %s' % (name, error))
    settings(kinesis, shell.advance)
    print('boto3: waiters, paginators, errors and time as in the service')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
