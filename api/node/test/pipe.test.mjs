// The request handler over kinesis_shell, by requests as the SDK makes them; without the SDK.
import assert from 'node:assert/strict';
import test from 'node:test';
import { openShell } from '../kinesis_core.mjs';

async function bytesOf(body) {
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

// A client of one engine, as far as this needs one.
function clientOf(engine) {
  const handler = engine.requestHandler();
  return async (operation, input) => (await handler.handle({
    headers: { 'x-amz-target': `Kinesis_20131202.${operation}` }, body: JSON.stringify(input),
  })).response;
}

async function withShell(options, work) {
  const engine = await openShell(options);
  try {
    return await work(engine, clientOf(engine));
  } finally {
    await engine.close();
  }
}

test('an answer of the service is a response of HTTP', () => withShell({}, async (engine, send) => {
  const created = await send('CreateStream', { StreamName: 's', ShardCount: 1 });
  assert.equal(created.statusCode, 200);
  assert.equal(created.headers['content-type'], 'application/x-amz-json-1.1');
  assert.equal((await bytesOf(created.body)).toString(), '{}');
  const missed = await send('DescribeStream', { StreamName: 'nope' });
  assert.equal(missed.statusCode, 400);
  assert.equal(JSON.parse(await bytesOf(missed.body)).__type, 'ResourceNotFoundException');
}));

test('calls at once are answered each with its own', () => withShell({}, async (engine, send) => {
  const answers = await Promise.all(Array.from({ length: 5 }, async (_, i) =>
    (await bytesOf((await send('DescribeStream', { StreamName: `n${i}` })).body)).toString()));
  answers.forEach((answer, i) => assert.match(answer, new RegExp(`Stream n${i} under`)));
}));

test('time, faults and limits are controlled', () => withShell(
  { limits: 'none', account: '123456789012', region: 'eu-west-1' }, async (engine, send) => {
    assert.equal(await engine.now(), 1_600_000_000_000);
    await engine.advance(1500);
    assert.equal(await engine.now(), 1_600_000_001_500);
    await send('CreateStream', { StreamName: 's', ShardCount: 1 });
    const summary = await bytesOf((await send('DescribeStreamSummary', { StreamName: 's' })).body);
    assert.match(summary.toString(), /arn:aws:kinesis:eu-west-1:123456789012:stream\/s/);
    await engine.addFaults('fail put with ProvisionedThroughputExceeded, 1 time');
    const put = { StreamName: 's', PartitionKey: 'a', Data: '' };
    assert.equal((await send('PutRecord', put)).statusCode, 400);
    assert.equal((await send('PutRecord', put)).statusCode, 200);
    assert.match(await engine.faultReport(), /struck 1 of 1/);
    await engine.clearFaults();
    await assert.rejects(engine.addFaults('boom'), /InvalidLine: line 1/);
  }));

test('a subscription is a stream that goes on, and ends with its time', () => withShell(
  { rates: false }, async (engine, send) => {
    await send('CreateStream', { StreamName: 's', ShardCount: 1 });
    await engine.advance(10_000);
    const StreamARN = 'arn:aws:kinesis:us-east-1:000000000000:stream/s';
    const registered = await send('RegisterStreamConsumer', { StreamARN, ConsumerName: 'c' });
    const { ConsumerARN } = JSON.parse(await bytesOf(registered.body)).Consumer;
    await engine.advance(10_000);
    const input = { ConsumerARN, ShardId: 'shardId-000000000000',
      StartingPosition: { Type: 'TRIM_HORIZON' } };
    const subscribed = await send('SubscribeToShard', input);
    assert.equal(subscribed.headers['content-type'], 'application/vnd.amazon.eventstream');
    assert.equal((await send('SubscribeToShard', input)).statusCode, 400);
    const began = await engine.now();
    await send('PutRecord', { StreamName: 's', PartitionKey: 'a', Data: 'dGVh' });
    const bytes = await bytesOf(subscribed.body);
    assert.ok(bytes.includes('initial-response') && bytes.includes('"Data":"dGVh"'));
    assert.ok((await engine.now()) - began >= 290_000, 'it lasts five minutes');
  }));

test('what is wrong is told', async () => {
  await assert.rejects(openShell({ clock: 'lunar' }), /clock is lunar/);
  await assert.rejects(openShell({ account: '1' }), /kinesis_shell has ended: .*twelve digits/s);
  await assert.rejects(openShell({ binary: '/nowhere' }), /kinesis_shell has ended: .*ENOENT/s);
  const engine = await openShell();
  await engine.close();
  await assert.rejects(engine.now(), /has ended/);
});
