// Every operation of the AWS SDK, as one story in simulated time. Used by sdk.test.mjs.
import assert from 'node:assert/strict';
import * as sdk from '@aws-sdk/client-kinesis';

const kKeys = 20;

// The names of all operations that the SDK has a command for.
export function operationsOfSdk() {
  return Object.keys(sdk).filter((name) => /^[A-Z].*Command$/.test(name) && name !== '$Command')
    .map((name) => name.replace(/Command$/, '')).sort();
}

export async function everyOperation(engine) {
  const client = new sdk.KinesisClient(engine.clientConfig({ maxAttempts: 1 }));
  const called = new Set();
  const call = (operation, input = {}) => {
    called.add(operation);
    return client.send(new sdk[`${operation}Command`](input));
  };
  const orders = { StreamName: 'orders' };
  const status = async () => (await call('DescribeStreamSummary', orders))
    .StreamDescriptionSummary.StreamStatus;
  const settled = () => engine.waitUntil(async () => (await status()) === 'ACTIVE');
  let put = 0;
  const putMany = async (count) => {
    const Records = Array.from({ length: count }, (_, i) => ({ PartitionKey: `key${i % kKeys}`,
      Data: Buffer.from(`\u0000:${put + i}`) }));
    put += count;
    assert.equal((await call('PutRecords', { ...orders, Records })).FailedRecordCount, 0);
  };

  // --- A stream, and the SDK's waiter and paginators
  await call('CreateStream', { ...orders, ShardCount: 2 });
  called.add('DescribeStream');
  await engine.withoutWaiting(async () => {
    const waited = await sdk.waitUntilStreamExists({ client, maxWaitTime: 300, minDelay: 2,
      maxDelay: 120 }, orders);
    assert.equal(waited.state, 'SUCCESS');
  });
  const arn = (await call('DescribeStreamSummary', orders)).StreamDescriptionSummary.StreamARN;
  await call('CreateStream', { StreamName: 'other', ShardCount: 1 });
  await engine.advance(10_000);
  called.add('ListStreams');
  const names = [];
  for await (const page of sdk.paginateListStreams({ client, pageSize: 1 }, {})) {
    names.push(...page.StreamNames);
  }
  assert.deepEqual(names, ['orders', 'other']);
  await assert.rejects(call('CreateStream', { ...orders, ShardCount: 1 }),
    (error) => error instanceof sdk.ResourceInUseException);
  await call('DescribeLimits');

  // --- Settings
  await call('AddTagsToStream', { ...orders, Tags: { team: 'tea', env: 'test' } });
  await call('RemoveTagsFromStream', { ...orders, TagKeys: ['env'] });
  assert.equal((await call('ListTagsForStream', orders)).Tags.length, 1);
  await call('TagResource', { ResourceARN: arn, Tags: { size: 'small' } });
  assert.equal((await call('ListTagsForResource', { ResourceARN: arn })).Tags.length, 2);
  await call('UntagResource', { ResourceARN: arn, TagKeys: ['size'] });
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [] });
  await call('PutResourcePolicy', { ResourceARN: arn, Policy: policy });
  assert.equal((await call('GetResourcePolicy', { ResourceARN: arn })).Policy, policy);
  await call('DeleteResourcePolicy', { ResourceARN: arn });
  const steps = [
    ['IncreaseStreamRetentionPeriod', { ...orders, RetentionPeriodHours: 48 }],
    ['DecreaseStreamRetentionPeriod', { ...orders, RetentionPeriodHours: 24 }],
    ['EnableEnhancedMonitoring', { ...orders, ShardLevelMetrics: ['IncomingBytes'] }],
    ['DisableEnhancedMonitoring', { ...orders, ShardLevelMetrics: ['ALL'] }],
    ['StartStreamEncryption', { ...orders, EncryptionType: 'KMS', KeyId: 'alias/k' }],
    ['StopStreamEncryption', { ...orders, EncryptionType: 'KMS', KeyId: 'alias/k' }],
    ['UpdateMaxRecordSize', { StreamARN: arn, MaxRecordSizeInKiB: 2048 }],
  ];
  for (const [operation, input] of steps) {
    await call(operation, input);
    await settled();
  }

  // --- Records, across a split, a merge and a new count
  await putMany(100);
  await call('PutRecord', { ...orders, PartitionKey: 'key0', Data: Buffer.from(`:${put++}`) });
  await call('SplitShard', { ...orders, ShardToSplit: 'shardId-000000000000',
    NewStartingHashKey: String(2n ** 126n) });
  await settled();
  await putMany(100);
  await call('MergeShards', { ...orders, ShardToMerge: 'shardId-000000000003',
    AdjacentShardToMerge: 'shardId-000000000001' });
  await settled();
  await putMany(100);
  await call('UpdateShardCount', { ...orders, TargetShardCount: 4,
    ScalingType: 'UNIFORM_SCALING' });
  await settled();
  await putMany(100);
  const { Shards } = await call('ListShards', orders);
  const polled = new Set();
  for (const { ShardId } of Shards) {
    let { ShardIterator } = await call('GetShardIterator', { ...orders, ShardId,
      ShardIteratorType: 'TRIM_HORIZON' });
    while (ShardIterator) {
      const page = await call('GetRecords', { ShardIterator, Limit: 50 });
      page.Records.forEach((record) => polled.add(Buffer.from(record.Data).toString()));
      ShardIterator = page.Records.length === 0 ? undefined : page.NextShardIterator;
    }
  }
  assert.equal(polled.size, put);

  // --- An iterator that expires, as an exception of its type
  const { ShardIterator } = await call('GetShardIterator', { ...orders,
    ShardId: 'shardId-000000000000', ShardIteratorType: 'LATEST' });
  await engine.advance(301_000);
  await assert.rejects(call('GetRecords', { ShardIterator }),
    (error) => error instanceof sdk.ExpiredIteratorException);

  // --- Fan-out across the reshards: parents before children
  const { Consumer } = await call('RegisterStreamConsumer', { StreamARN: arn, ConsumerName: 'app' });
  const consumer = { ConsumerARN: Consumer.ConsumerARN };
  await engine.waitUntil(async () => (await call('DescribeStreamConsumer', consumer))
    .ConsumerDescription.ConsumerStatus === 'ACTIVE');
  assert.equal((await call('ListStreamConsumers', { StreamARN: arn })).Consumers.length, 1);
  const delivered = new Set();
  const last = new Map();
  const done = new Set();
  for (const { ShardId, ParentShardId, AdjacentParentShardId, SequenceNumberRange } of Shards) {
    for (const parent of [ParentShardId, AdjacentParentShardId]) {
      assert.ok(parent === undefined || done.has(parent), 'ListShards has parents first');
    }
    const isOpen = SequenceNumberRange.EndingSequenceNumber === undefined;
    const { EventStream } = await call('SubscribeToShard', { ...consumer, ShardId,
      StartingPosition: { Type: 'TRIM_HORIZON' } });
    for await (const { SubscribeToShardEvent: event } of EventStream) {
      for (const { PartitionKey, Data } of event.Records) {
        const text = Buffer.from(Data).toString();
        const number = Number(text.split(':')[1]);
        assert.ok((last.get(PartitionKey) ?? -1) < number, `${text} after ${last.get(PartitionKey)}`);
        last.set(PartitionKey, number);
        delivered.add(text);
      }
      if (isOpen && event.Records.length === 0) break;
    }
    done.add(ShardId);
  }
  assert.equal(delivered.size, put);
  await call('DeregisterStreamConsumer', consumer);

  // --- What came to the service in later years
  await call('DescribeAccountSettings');
  await call('UpdateAccountSettings', { MinimumThroughputBillingCommitment: {
    Status: 'ENABLED' } });
  await call('UpdateStreamMode', { StreamARN: arn, StreamModeDetails: { StreamMode: 'ON_DEMAND' } });
  await settled();
  await call('UpdateStreamWarmThroughput', { StreamARN: arn, WarmThroughputMiBps: 8 });
  await settled();
  await call('UpdateStreamRecordDistributionStrategy', { StreamARN: arn,
    RecordDistributionStrategy: 'AUTO' });
  await settled();
  const { ChannelDescription } = await call('CreateChannel', {
    ChannelName: 'archive', ServiceExecutionRoleARN: 'arn:aws:iam::000000000000:role/deliver',
    StreamConfigurationList: [{ StreamARN: arn, RecordConfiguration: {
      RecordFormatType: 'JSON' } }],
    S3DestinationConfiguration: { StorageConfiguration: { BucketARN: 'arn:aws:s3:::tea',
      CompressionType: 'GZIP', ExpectedBucketOwner: '000000000000' } } });
  const channel = { ChannelARN: ChannelDescription.ChannelARN };
  const channelStatus = async () => (await call('DescribeChannel', channel))
    .ChannelDescription.ChannelStatus;
  const channelSettled = () => engine.waitUntil(async () => (await channelStatus()) === 'ACTIVE');
  await channelSettled();
  await call('UpdateChannel', { ...channel, S3DestinationConfiguration: {
    DataFreshnessInSeconds: 60 } });
  await channelSettled();
  assert.equal((await call('ListChannels')).ChannelSummaries.length, 1);
  await call('DeleteChannel', channel);
  await engine.advance(10_000);
  await assert.rejects(call('DescribeChannel', channel), { name: 'ResourceNotFoundException' });

  await call('DeleteStream', { ...orders, EnforceConsumerDeletion: true });
  await engine.withoutWaiting(() => sdk.waitUntilStreamNotExists({ client, maxWaitTime: 300 },
    orders));
  assert.deepEqual(operationsOfSdk().filter((operation) => !called.has(operation)), []);
  client.destroy();
  return called.size;
}
