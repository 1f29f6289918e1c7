// Consumers from npm, unmodified, across a split and a merge: each has to be given every record, in
// the order of its key.
//
//   node npm_consumers.mjs SHELL_BINARY [CONSUMER...]     run in a folder with node_modules
//
// CONSUMER is one of sdk-polling, sdk-fan-out (the AWS SDK, by the loops of its documentation),
// lifion-polling, lifion-fan-out (lifion-kinesis, with its state in dynalite). Default: all.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { openShell } from '../../api/node/kinesis_core.mjs';
import { serve, serveEngine } from './shell_server.mjs';

const require = createRequire(process.cwd() + '/');
const sdk = require('@aws-sdk/client-kinesis');
const { NodeHttpHandler } = require('@smithy/node-http-handler');

const kCredentials = { accessKeyId: 'x', secretAccessKey: 'x' };
const kEndpoint = 'http://kinesis.us-east-1.amazonaws.com';
const kStream = 'orders';
const kKeys = 20;
const kRecordsOfAPhase = 300;  // before the split, between, and after the merge
const kPatienceMillis = 90_000;

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

// --- What was put, and what came ----------------------------------------------------------------

class Delivery {
  constructor() { this.put = 0; this.count = 0; this.last = new Map(); this.seen = new Set(); }
  // Records are named KEY:NUMBER; numbers of a key grow.
  take(key, text) {
    const number = Number(text.split(':')[1]);
    ++this.count;
    this.seen.add(text);
    if (this.last.has(key) && this.last.get(key) >= number) {
      throw new Error(`${text} after ${key}:${this.last.get(key)}`);
    }
    this.last.set(key, number);
  }
  get complete() { return this.seen.size === this.put; }
}

async function putPhase(client, delivery) {
  const Records = Array.from({ length: kRecordsOfAPhase }, (_, i) => {
    const key = `key${i % kKeys}`;
    return { PartitionKey: key, Data: Buffer.from(`${key}:${delivery.put + i}`) };
  });
  const answer = await client.send(new sdk.PutRecordsCommand({ StreamName: kStream, Records }));
  if (answer.FailedRecordCount !== 0) throw new Error('a put failed');
  delivery.put += Records.length;
}

// --- The AWS SDK, by the loops of its documentation ---------------------------------------------

// Calls `read` for each shard once all its parents have been read to their end.
async function inOrderOfLineage(client, read) {
  const begun = new Set();
  const ended = new Set();
  const begin = async () => {
    const { Shards } = await client.send(new sdk.ListShardsCommand({ StreamName: kStream }));
    const ids = new Set(Shards.map((shard) => shard.ShardId));
    const ready = Shards.filter((shard) => !begun.has(shard.ShardId) &&
      [shard.ParentShardId, shard.AdjacentParentShardId].every(
        (parent) => parent === undefined || !ids.has(parent) || ended.has(parent)));
    ready.forEach((shard) => begun.add(shard.ShardId));
    await Promise.all(ready.map(async ({ ShardId }) => {
      await read(ShardId);
      ended.add(ShardId);
      await begin();
    }));
  };
  await begin();
}

function sdkPolling(client, delivery, stopped) {
  return inOrderOfLineage(client, async (ShardId) => {
    let { ShardIterator } = await client.send(new sdk.GetShardIteratorCommand({
      StreamName: kStream, ShardId, ShardIteratorType: 'TRIM_HORIZON' }));
    while (ShardIterator && !stopped()) {
      const page = await client.send(new sdk.GetRecordsCommand({ ShardIterator, Limit: 100 }));
      for (const record of page.Records) {
        delivery.take(record.PartitionKey, Buffer.from(record.Data).toString());
      }
      ShardIterator = page.NextShardIterator;
      if (page.Records.length === 0) await sleep(20);
    }
  });
}

async function sdkFanOut(client, delivery, stopped) {
  const { StreamDescriptionSummary: { StreamARN } } = await client.send(
    new sdk.DescribeStreamSummaryCommand({ StreamName: kStream }));
  const { Consumer: { ConsumerARN } } = await client.send(
    new sdk.RegisterStreamConsumerCommand({ StreamARN, ConsumerName: 'app' }));
  await inOrderOfLineage(client, async (ShardId) => {
    let StartingPosition = { Type: 'TRIM_HORIZON' };
    while (StartingPosition && !stopped()) {
      const { EventStream } = await client.send(
        new sdk.SubscribeToShardCommand({ ConsumerARN, ShardId, StartingPosition }));
      for await (const { SubscribeToShardEvent: event } of EventStream) {
        if (event === undefined) continue;  // an event of a kind that is not known
        for (const record of event.Records) {
          delivery.take(record.PartitionKey, Buffer.from(record.Data).toString());
        }
        const SequenceNumber = event.ContinuationSequenceNumber;
        // Without it the shard has ended: so say KCL, Flink, Beam and lifion-kinesis.
        StartingPosition = SequenceNumber && { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber };
        if (stopped()) break;
      }
    }
  });
}

// --- lifion-kinesis -----------------------------------------------------------------------------

async function lifion(useEnhancedFanOut, delivery, stopped) {
  const Kinesis = require('lifion-kinesis');
  serve('dynamodb.local', require('dynalite')({ createTableMs: 0, updateTableMs: 0 }));
  const kinesis = new Kinesis({
    endpoint: kEndpoint, region: 'us-east-1', ...kCredentials, streamName: kStream,
    consumerGroup: 'app', createStreamIfNeeded: false, initialPositionInStream: 'TRIM_HORIZON',
    useEnhancedFanOut, maxEnhancedConsumers: 1, leaseAcquisitionInterval: 500, pollDelay: 50,
    noRecordsPollDelay: 50, shouldParseJson: false, shouldDeaggregate: false,
    dynamoDb: { endpoint: 'http://dynamodb.local', region: 'us-east-1', ...kCredentials },
  });
  const failed = new Promise((_, reject) => {
    kinesis.on('data', ({ records }) => {
      try {
        for (const record of records) {
          delivery.take(record.partitionKey, record.data.toString());
        }
      } catch (error) { reject(error); }
    });
    kinesis.on('error', reject);
  });
  await kinesis.startConsumer();
  const ended = (async () => { while (!stopped()) await sleep(50); })();
  await Promise.race([failed, ended]);
}

// --- One consumer across a split and a merge ----------------------------------------------------

const kConsumers = {
  'sdk-polling': (client, ...rest) => sdkPolling(client, ...rest),
  'sdk-fan-out': (client, ...rest) => sdkFanOut(client, ...rest),
  'lifion-polling': (_, ...rest) => lifion(false, ...rest),
  'lifion-fan-out': (_, ...rest) => lifion(true, ...rest),
};

async function run(binary, name) {
  const engine = await openShell({ binary, limits: 'none' });
  serveEngine(engine);
  const client = new sdk.KinesisClient({ region: 'us-east-1', credentials: kCredentials,
    endpoint: kEndpoint, requestHandler: new NodeHttpHandler(), maxAttempts: 1 });
  const delivery = new Delivery();
  let stop = false;
  const until = async (what, condition) => {
    for (const end = Date.now() + kPatienceMillis; !condition(); await sleep(20)) {
      if (Date.now() > end) {
        throw new Error(`waited ${kPatienceMillis / 1000} s for ${what}: ` +
          `${delivery.seen.size} of ${delivery.put} records came`);
      }
    }
  };
  await client.send(new sdk.CreateStreamCommand({ StreamName: kStream, ShardCount: 2 }));
  await sdk.waitUntilStreamExists({ client, maxWaitTime: 30 }, { StreamName: kStream });
  await putPhase(client, delivery);
  const consumer = kConsumers[name](client, delivery, () => stop);
  let failure;
  consumer.catch((error) => { failure = error; });
  const all = () => { if (failure) throw failure; return delivery.complete; };
  await until('what was put before the split', all);
  await client.send(new sdk.SplitShardCommand({ StreamName: kStream,
    ShardToSplit: 'shardId-000000000000', NewStartingHashKey: String(2n ** 126n) }));
  await putPhase(client, delivery);
  await until('what was put after the split', all);
  await client.send(new sdk.MergeShardsCommand({ StreamName: kStream,
    ShardToMerge: 'shardId-000000000003', AdjacentShardToMerge: 'shardId-000000000001' }));
  await putPhase(client, delivery);
  await until('what was put after the merge', all);
  stop = true;
  await Promise.race([consumer, sleep(5000)]);
  client.destroy();
  engine.close();  // not awaited, as consumers may still ask it
  console.log(`${name}: ${delivery.put} records put, ${delivery.seen.size} delivered, ` +
    `${delivery.count - delivery.seen.size} of them again, in the order of their keys`);
}

// Each in a process of its own, as consumers leave timers behind.
const [binary, ...names] = process.argv.slice(2);
if (names.length === 1) {
  try {
    await run(binary, names[0]);
    process.exit(0);
  } catch (error) {
    console.log(`${names[0]}: FAILED: ${error.message}`);
    process.exit(1);
  }
}
const program = fileURLToPath(import.meta.url);
const failed = (names.length > 0 ? names : Object.keys(kConsumers)).filter((name) =>
  spawnSync(process.execPath, ['--no-warnings', program, binary, name],
    { stdio: 'inherit' }).status !== 0);
process.exit(failed.length === 0 ? 0 : 1);
