"""A consumer that saves its place before it has done the work: the fixture's faults find it."""
import pytest


class Consumer:
    """Copies a stream to another one, and goes on after what it has saved when it is made anew."""

    checkpoints_first = False

    def __init__(self, client, saved):
        self._client = client
        self._saved = saved

    def run(self):
        """Works until nothing is left."""
        place = {'ShardIteratorType': 'TRIM_HORIZON'}
        if 'number' in self._saved:
            place = {'ShardIteratorType': 'AFTER_SEQUENCE_NUMBER',
                     'StartingSequenceNumber': self._saved['number']}
        iterator = self._client.get_shard_iterator(
            StreamName='orders', ShardId='shardId-000000000000', **place)['ShardIterator']
        while True:
            page = self._client.get_records(ShardIterator=iterator, Limit=10)
            if not page['Records']:
                return
            if self.checkpoints_first:
                self._saved['number'] = page['Records'][-1]['SequenceNumber']
            for record in page['Records']:
                self.process(record)
            self._saved['number'] = page['Records'][-1]['SequenceNumber']
            iterator = page['NextShardIterator']

    def process(self, record):
        self._client.put_record(StreamName='bills', PartitionKey=record['PartitionKey'],
                                Data=record['Data'])


class Hasty(Consumer):
    """The planted bug."""

    checkpoints_first = True


def exercise(kinesis, kind, rule):
    """What of 25 orders was never billed when `rule` strikes and the consumer is restarted."""
    kinesis.create_stream('orders')
    kinesis.create_stream('bills')
    for i in range(25):
        kinesis.client.put_record(StreamName='orders', PartitionKey='a', Data=b'%d' % i)
    if rule:
        kinesis.faults.add(rule)
    from botocore.config import Config
    client = kinesis.new_client(config=Config(retries={'max_attempts': 0}))
    saved = {}
    for _ in range(10):
        try:
            kind(client, saved).run()
            break
        except client.exceptions.ClientError:
            pass  # the process ends; the next one goes on from what is saved
    else:
        raise AssertionError('the consumer never finishes')
    billed = {record.data for record in kinesis.records('bills')}
    return sorted({b'%d' % i for i in range(25)} - billed, key=int)


RULES = [
    'fail put of stream bills with InternalFailure, 1 time after %d' % n for n in (0, 3, 9, 14)
] + [
    'lose answer of put of stream bills, 1 time after 5',
    'fail read with ExpiredIterator, 1 time after 1',
    'fail put of stream bills with ProvisionedThroughputExceeded, 3 times after 7',
]


@pytest.mark.kinesis(rates=False)
@pytest.mark.parametrize('rule', RULES)
def test_a_consumer_that_works_first_loses_nothing(kinesis, rule):
    assert exercise(kinesis, Consumer, rule) == []


@pytest.mark.kinesis(rates=False)
def test_without_faults_the_bug_is_not_to_be_seen(kinesis):
    assert exercise(kinesis, Hasty, None) == []


@pytest.mark.kinesis(rates=False)
def test_the_faults_find_the_consumer_that_checkpoints_first(kinesis):
    lost = exercise(kinesis, Hasty, RULES[1])
    assert lost == [b'3', b'4', b'5', b'6', b'7', b'8', b'9']
    assert 'strike 1: fail put of shardId-000000000000' in kinesis.faults.report()


def test_a_failed_test_says_what_the_faults_did(pytester):
    pytester.makeconftest("pytest_plugins = ['kinesis_core.pytest_plugin']")
    pytester.makepyfile('''
        def test_it(kinesis):
            kinesis.faults.add('fail read, 1 time')
            assert False
    ''')
    result = pytester.runpytest_inprocess()
    result.stdout.fnmatch_lines(['*kinesis faults*', '*rule: fail read with Internal*'])


@pytest.mark.kinesis(sleep=True)
def test_a_consumer_that_sleeps_by_itself_sleeps_in_simulated_time(kinesis):
    import time
    began = kinesis.clock.now()
    time.sleep(3600)
    assert time.time() == kinesis.clock.now() == began + 3600
