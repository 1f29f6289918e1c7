// The AWS SDK for JavaScript v3, unchanged, over both transports. run_tests.sh installs it.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { GetRecordsCommand, KinesisClient, PutRecordCommand, CreateStreamCommand }
  from '@aws-sdk/client-kinesis';
import { openEngine, openShell } from '../kinesis_core.mjs';
import { everyOperation } from './every_operation.mjs';

// Whatever would open a connection fails the test that does.
net.Socket.prototype.connect = () => { throw new Error('a socket was opened'); };

for (const [name, open] of [['koffi', openEngine], ['pipe', openShell]]) {
  test(`every operation of the SDK is answered, by ${name}`, async () => {
    const engine = await open({ rates: false });
    try {
      const began = performance.now();
      const clockBegan = await engine.now();
      const operations = await everyOperation(engine);
      const simulated = ((await engine.now()) - clockBegan) / 1000;
      console.log(`${name}: ${operations} operations; ${Math.round(simulated)} s of simulated ` +
        `time in ${((performance.now() - began) / 1000).toFixed(2)} s; 0 connects`);
      assert.ok(simulated > 400);
    } finally {
      await engine.close();
    }
  });

  test(`a throttled producer recovers by the SDK's own retries, by ${name}`, async () => {
    const engine = await open();
    try {
      const client = new KinesisClient(engine.clientConfig({ maxAttempts: 10 }));
      await client.send(new CreateStreamCommand({ StreamName: 's', ShardCount: 1 }));
      await engine.advance(10_000);
      const Data = Buffer.alloc(200_000);
      const began = await engine.now();
      await engine.withoutWaiting(async () => {
        for (let i = 0; i < 20; ++i) {  // 4 MB at 1 MiB a second
          await client.send(new PutRecordCommand({ StreamName: 's', PartitionKey: 'a', Data }));
        }
      });
      assert.ok((await engine.now()) - began > 1000, 'the shard takes 1 MiB a second');
    } finally {
      await engine.close();
    }
  });

  test(`faults are the SDK's exceptions, by ${name}`, async () => {
    const engine = await open({ rates: false });
    try {
      const client = new KinesisClient(engine.clientConfig({ maxAttempts: 1 }));
      await engine.addFaults('# later\nfail call of GetRecords with ExpiredIterator, 1 time\n');
      await assert.rejects(client.send(new GetRecordsCommand({ ShardIterator: 'AAA' })),
        { name: 'ExpiredIteratorException' });
      assert.match(await engine.faultReport(), /strike 1: fail call of GetRecords/);
    } finally {
      await engine.close();
    }
  });
}

test('a text of any length comes back as it is, whatever is in it', async () => {
  const engine = await openEngine({ limits: 'none' });
  await engine.call('CreateStream', '{"StreamName":"s","ShardCount":1}');
  for (const length of [1, 200, 30_000]) {
    const description = 'ä\u{1f375}\u0000'.repeat(length);
    const put = await engine.call('PutRecord', JSON.stringify({ StreamName: 's', PartitionKey: 'ä',
      Data: Buffer.from(description).toString('base64') }));
    assert.equal(put.status, 200);
  }
  const { ShardIterator } = JSON.parse((await engine.call('GetShardIterator', JSON.stringify({
    StreamName: 's', ShardId: '0', ShardIteratorType: 'TRIM_HORIZON' }))).body);
  const { Records } = JSON.parse((await engine.call('GetRecords',
    JSON.stringify({ ShardIterator }))).body);
  assert.deepEqual(Records.map((r) => Buffer.from(r.Data, 'base64').toString().length),
    [4, 800, 120_000]);
  assert.ok(Records.every((r) => r.PartitionKey === 'ä'));
  await engine.close();
});
