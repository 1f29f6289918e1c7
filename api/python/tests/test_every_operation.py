"""Every operation that boto3 has, as one story in simulated time; and what SDKs make of it."""
import time

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

import kinesis_core

KEYS = ['key%d' % i for i in range(20)]


class Calls:
    """A client that keeps the names of the operations it was asked for."""

    def __init__(self, client):
        self.called = set()
        client.meta.events.register('before-call.kinesis', self._note)

    def _note(self, model, **_):
        self.called.add(model.name)


def put(client, stream, first, count):
    records = [{'PartitionKey': KEYS[i % len(KEYS)], 'Data': b'\x00\xff:%d' % (first + i)}
               for i in range(count)]
    assert client.put_records(StreamName=stream, Records=records)['FailedRecordCount'] == 0


def fan_out(client, stream, consumer):
    """All records of a stream by subscriptions, parents before children, as (key, data)."""
    got, done = [], set()
    while True:
        shards = client.list_shards(StreamName=stream)['Shards']
        ready = [s for s in shards if s['ShardId'] not in done and
                 {s.get('ParentShardId'), s.get('AdjacentParentShardId')} - {None} <= done]
        if not ready:
            return got
        for shard in ready:
            is_open = 'EndingSequenceNumber' not in shard['SequenceNumberRange']
            events = client.subscribe_to_shard(
                ConsumerARN=consumer, ShardId=shard['ShardId'],
                StartingPosition={'Type': 'TRIM_HORIZON'})['EventStream']
            for event in events:
                event = event['SubscribeToShardEvent']
                got += [(r['PartitionKey'], r['Data']) for r in event['Records']]
                if is_open and not event['Records']:
                    break
            events.close()
            done.add(shard['ShardId'])


def operations_of_later_years(client, arn, settled):
    """What Debian's boto3 of 2022 does not know of, if this one does."""
    policy = '{"Version":"2012-10-17","Statement":[]}'
    channel = 'arn:aws:kinesis:us-east-1:000000000000:stream/orders/channel/none:x'
    destination = {'StorageConfiguration': {'BucketARN': 'arn:aws:s3:::tea',
                                            'CompressionType': 'GZIP',
                                            'ExpectedBucketOwner': '000000000000'}}
    for name, arguments in (
            ('put_resource_policy', dict(ResourceARN=arn, Policy=policy)),
            ('get_resource_policy', dict(ResourceARN=arn)),
            ('delete_resource_policy', dict(ResourceARN=arn)),
            ('tag_resource', dict(ResourceARN=arn, Tags={'size': 'small'})),
            ('list_tags_for_resource', dict(ResourceARN=arn)),
            ('untag_resource', dict(ResourceARN=arn, TagKeys=['size'])),
            ('update_max_record_size', dict(StreamARN=arn, MaxRecordSizeInKiB=2048)),
            ('describe_account_settings', {}),
            ('update_account_settings',
             dict(MinimumThroughputBillingCommitment={'Status': 'ENABLED'})),
            ('update_stream_warm_throughput', dict(StreamARN=arn, WarmThroughputMiBps=8)),
            ('update_stream_record_distribution_strategy',
             dict(StreamARN=arn, RecordDistributionStrategy='AUTO')),
            ('list_channels', {})):
        if hasattr(client, name):
            getattr(client, name)(**arguments)
            settled()
    for name, arguments in (
            ('create_channel', dict(
                ChannelName='c', ServiceExecutionRoleARN='arn:aws:iam::000000000000:role/r',
                StreamConfigurationList=[{'StreamARN': channel.split('/channel')[0] + 'x',
                                          'RecordConfiguration': {'RecordFormatType': 'JSON'}}],
                S3DestinationConfiguration=destination)),
            ('describe_channel', dict(ChannelARN=channel)),
            ('update_channel', dict(ChannelARN=channel, S3DestinationConfiguration={
                'DataFreshnessInSeconds': 60})),
            ('delete_channel', dict(ChannelARN=channel))):
        if hasattr(client, name):
            with pytest.raises(client.exceptions.ResourceNotFoundException):
                getattr(client, name)(**arguments)


@pytest.mark.kinesis(rates=False)
def test_every_operation_of_the_sdk_is_answered(kinesis):
    client = kinesis.client
    calls = Calls(client)
    began, clock_began = time.monotonic(), kinesis.clock.now()

    # --- A stream
    client.create_stream(StreamName='orders', ShardCount=2)
    assert client.describe_stream(StreamName='orders')['StreamDescription'][
        'StreamStatus'] == 'CREATING'
    client.get_waiter('stream_exists').wait(StreamName='orders')
    assert 10 <= kinesis.clock.now() - clock_began <= 20
    summary = client.describe_stream_summary(StreamName='orders')['StreamDescriptionSummary']
    arn = summary['StreamARN']
    client.describe_limits()
    client.create_stream(StreamName='other', ShardCount=1)
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.create_stream(StreamName='orders', ShardCount=1)
    names = [n for page in client.get_paginator('list_streams').paginate(
        PaginationConfig={'PageSize': 1}) for n in page['StreamNames']]
    assert names == ['orders', 'other']

    def settled():
        client.get_waiter('stream_exists').wait(StreamName='orders')

    # --- Settings
    client.add_tags_to_stream(StreamName='orders', Tags={'team': 'tea', 'env': 'test'})
    client.remove_tags_from_stream(StreamName='orders', TagKeys=['env'])
    assert client.list_tags_for_stream(StreamName='orders')['Tags'] == [
        {'Key': 'team', 'Value': 'tea'}]
    client.increase_stream_retention_period(StreamName='orders', RetentionPeriodHours=48)
    settled()
    client.decrease_stream_retention_period(StreamName='orders', RetentionPeriodHours=24)
    settled()
    client.enable_enhanced_monitoring(StreamName='orders', ShardLevelMetrics=['IncomingBytes'])
    settled()
    client.disable_enhanced_monitoring(StreamName='orders', ShardLevelMetrics=['ALL'])
    settled()
    client.start_stream_encryption(StreamName='orders', EncryptionType='KMS', KeyId='alias/k')
    settled()
    client.stop_stream_encryption(StreamName='orders', EncryptionType='KMS', KeyId='alias/k')
    settled()

    # --- Records, across a split, a merge and a new count
    put(client, 'orders', 0, 100)
    client.put_record(StreamName='orders', PartitionKey=KEYS[0], Data=b':100')
    client.split_shard(StreamName='orders', ShardToSplit='shardId-000000000000',
                       NewStartingHashKey=str(2**126))
    settled()
    put(client, 'orders', 101, 100)
    client.merge_shards(StreamName='orders', ShardToMerge='shardId-000000000003',
                        AdjacentShardToMerge='shardId-000000000001')
    settled()
    put(client, 'orders', 201, 100)
    client.update_shard_count(StreamName='orders', TargetShardCount=4,
                              ScalingType='UNIFORM_SCALING')
    settled()
    put(client, 'orders', 301, 100)
    shards = client.list_shards(StreamName='orders')['Shards']
    polled = []
    for shard in shards:
        iterator = client.get_shard_iterator(StreamName='orders', ShardId=shard['ShardId'],
                                             ShardIteratorType='TRIM_HORIZON')['ShardIterator']
        while iterator:
            page = client.get_records(ShardIterator=iterator, Limit=50)
            polled += [(r['PartitionKey'], r['Data']) for r in page['Records']]
            iterator = page.get('NextShardIterator') if page['Records'] else None
    assert len(polled) == len(set(polled)) == 401
    pages = list(client.get_paginator('describe_stream').paginate(
        StreamName='orders', PaginationConfig={'PageSize': 1}))
    assert len(pages) == len(shards)

    # --- An iterator that expires
    iterator = client.get_shard_iterator(StreamName='orders', ShardId='shardId-000000000000',
                                         ShardIteratorType='LATEST')['ShardIterator']
    kinesis.clock.advance(301)
    with pytest.raises(client.exceptions.ExpiredIteratorException, match='Iterator expired'):
        client.get_records(ShardIterator=iterator)

    # --- Fan-out across the reshards
    consumer = client.register_stream_consumer(StreamARN=arn, ConsumerName='app')['Consumer']
    while client.describe_stream_consumer(ConsumerARN=consumer['ConsumerARN'])[
            'ConsumerDescription']['ConsumerStatus'] != 'ACTIVE':
        kinesis.clock.advance(1)
    consumers = [c['ConsumerName'] for page in client.get_paginator('list_stream_consumers')
                 .paginate(StreamARN=arn) for c in page['Consumers']]
    assert consumers == ['app']
    delivered = fan_out(client, 'orders', consumer['ConsumerARN'])
    assert sorted(delivered) == sorted(polled)
    last = {}
    for key, data in delivered:
        number = int(data.split(b':')[1])
        assert last.get(key, -1) < number
        last[key] = number
    # A second subscription within five seconds is refused, as an exception of its type.
    kinesis.clock.advance(10)
    subscription = dict(ConsumerARN=consumer['ConsumerARN'], ShardId='shardId-000000000000',
                        StartingPosition={'Type': 'TRIM_HORIZON'})
    client.subscribe_to_shard(**subscription)
    with pytest.raises(client.exceptions.ResourceInUseException):
        client.subscribe_to_shard(**subscription)
    client.deregister_stream_consumer(StreamARN=arn, ConsumerName='app')

    client.update_stream_mode(StreamARN=arn, StreamModeDetails={'StreamMode': 'ON_DEMAND'})
    settled()
    operations_of_later_years(client, arn, settled)

    client.delete_stream(StreamName='orders', EnforceConsumerDeletion=True)
    client.get_waiter('stream_not_exists').wait(StreamName='orders')

    left = set(client.meta.service_model.operation_names) - calls.called
    assert not left, 'not called: %s' % ', '.join(sorted(left))
    simulated = kinesis.clock.now() - clock_began
    real = time.monotonic() - began
    print('\n%d operations; %d s of simulated time in %.2f s; 0 connects' %
          (len(calls.called), simulated, real))
    assert simulated > 400


def test_a_throttled_producer_recovers_by_its_own_retries(kinesis):
    kinesis.create_stream('orders')
    throttled = []
    kinesis.client.meta.events.register(
        'after-call.kinesis.PutRecord',
        lambda http_response, **_: throttled.append(http_response.status_code))
    began = kinesis.clock.now()
    data = b'x' * 50_000
    for _ in range(200):  # 10 MB at 1 MiB a second
        kinesis.client.put_record(StreamName='orders', PartitionKey='a', Data=data)
    assert kinesis.clock.now() - began > 5, 'the shard takes 1 MiB a second'
    assert len(kinesis.records('orders')) == 200


def test_without_retries_the_throttle_is_seen(kinesis):
    kinesis.create_stream('orders')
    client = kinesis.new_client(config=Config(retries={'max_attempts': 0}))
    kinesis.faults.add('fail put with ProvisionedThroughputExceeded, for 3s')
    with pytest.raises(client.exceptions.ProvisionedThroughputExceededException):
        client.put_record(StreamName='orders', PartitionKey='a', Data=b'')
    kinesis.clock.advance(3)
    client.put_record(StreamName='orders', PartitionKey='a', Data=b'')


def test_a_waiter_that_gives_up_has_waited_in_simulated_time(kinesis):
    kinesis.faults.add('delay transition by 24h')
    kinesis.client.create_stream(StreamName='orders', ShardCount=1)
    began, clock_began = time.monotonic(), kinesis.clock.now()
    with pytest.raises(WaiterError, match='Max attempts exceeded'):
        kinesis.client.get_waiter('stream_exists').wait(
            StreamName='orders', WaiterConfig={'Delay': 3600, 'MaxAttempts': 5})
    assert kinesis.clock.now() - clock_began == 4 * 3600
    assert time.monotonic() - began < 60


def test_a_subscription_that_fails_raises_the_error_it_failed_with(kinesis):
    kinesis.create_stream('orders')
    client = kinesis.client
    arn = client.describe_stream_summary(StreamName='orders')['StreamDescriptionSummary'][
        'StreamARN']
    consumer = client.register_stream_consumer(StreamARN=arn, ConsumerName='app')['Consumer']
    kinesis.clock.advance(10)
    kinesis.faults.add('fail event with InternalFailure, 1 time after 1')
    stream = client.subscribe_to_shard(
        ConsumerARN=consumer['ConsumerARN'], ShardId='shardId-000000000000',
        StartingPosition={'Type': 'LATEST'})['EventStream']
    events = iter(stream)
    assert next(events)['SubscribeToShardEvent']['Records'] == []
    with pytest.raises(botocore.exceptions.EventStreamError, match='InternalFailure'):
        next(events)


# --- What a patch is of


def test_a_client_that_is_there_already_is_patched_by_itself():
    client = boto3.session.Session().client('kinesis', region_name='us-east-1',
                                            aws_access_key_id='x', aws_secret_access_key='x')
    with kinesis_core.patch(client, rates=False) as engine:
        assert client.list_streams()['StreamNames'] == []
        assert engine.faults.report().startswith('FaultPlan')
        engine.close()
        with pytest.raises(kinesis_core.Closed):
            client.list_streams()
    other = boto3.session.Session().client('kinesis', region_name='us-east-1',
                                           aws_access_key_id='x', aws_secret_access_key='x')
    for unpatched in (client, other):
        with pytest.raises(Exception) as error:
            unpatched.list_streams()
        assert not isinstance(error.value, (ClientError, kinesis_core.KinesisError))


def test_sessions_of_boto3_and_botocore_are_patched():
    for session, make in (
            (boto3.session.Session(), lambda s: s.client('kinesis')),
            (botocore.session.get_session(), lambda s: s.create_client('kinesis'))):
        with kinesis_core.patch(session):
            assert make(session).list_streams()['HasMoreStreams'] is False
    with pytest.raises(TypeError, match='neither a session nor a client'):
        kinesis_core.patch(7)


def test_two_engines_answer_two_clients(kinesis):
    with kinesis_core.Engine(account='123456789012') as engine:
        session = boto3.session.Session()
        with kinesis_core.patch(session, engine):
            other = session.client('kinesis', region_name='us-east-1')
            other.create_stream(StreamName='theirs', ShardCount=1)
            assert kinesis.client.list_streams()['StreamNames'] == []
            assert other.list_streams()['StreamNames'] == ['theirs']


def test_nothing_of_botocore_stays_changed():
    import botocore.endpoint
    import botocore.waiter
    create, send = botocore.session.Session.create_client, botocore.endpoint.Endpoint._send_request
    session = botocore.session.get_session()
    first, second, third = kinesis_core.patch(), kinesis_core.patch(), kinesis_core.patch(session)
    for patch in (second, third, first, first):
        patch.undo()
        patch.engine.close()
    assert 'create_client' not in session.__dict__
    assert botocore.session.Session.create_client is create
    assert botocore.endpoint.time is time and botocore.waiter.time is time
    assert botocore.endpoint.Endpoint._send_request is send


@pytest.mark.kinesis(limits='2015')
def test_the_limits_of_another_year_are_enforced(kinesis):
    with pytest.raises(ClientError, match='UnknownOperationException'):
        kinesis.client.list_shards(StreamName='orders')
