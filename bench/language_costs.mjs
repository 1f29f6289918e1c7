// What calls cost from Node: language_costs.sh runs this, beside node_modules. Medians of five
// rounds, in microseconds.
import { openEngine, openShell } from './kinesis_core.mjs';

const kRounds = 5;
const data = Buffer.alloc(100, 'x');
const body = JSON.stringify({ StreamName: 's', PartitionKey: 'alice',
  Data: data.toString('base64') });

async function report(cases) {
  const times = cases.map(() => []);
  for (let round = 0; round < kRounds; ++round) {
    for (const [i, [, count, work]] of cases.entries()) {
      const began = process.hrtime.bigint();
      for (let n = 0; n < count; ++n) await work();
      times[i].push(Number(process.hrtime.bigint() - began) / count / 1e3);
    }
  }
  cases.forEach(([name], i) => {
    const sorted = times[i].sort((a, b) => a - b);
    console.log(name.padEnd(62), sorted[2].toFixed(3).padStart(9),
      `us   (${sorted[0].toFixed(3)} .. ${sorted[4].toFixed(3)})`);
  });
}

const engines = { koffi: await openEngine({ limits: 'none' }),
  pipe: await openShell({ limits: 'none' }) };
const cases = [];
for (const [name, engine] of Object.entries(engines)) {
  await engine.call('CreateStream', '{"StreamName":"s","ShardCount":1}');
  const bytes = name === 'koffi' ? Buffer.from(body) : body;
  cases.push([`PutRecord as JSON, 100 bytes, by ${name}`, 5000,
    () => engine.call('PutRecord', bytes)]);
}
try {
  const { KinesisClient, PutRecordCommand } = await import('@aws-sdk/client-kinesis');
  for (const [name, engine] of Object.entries(engines)) {
    const client = new KinesisClient(engine.clientConfig());
    cases.push([`AWS SDK: PutRecord, 100 bytes, by ${name}`, 300, () => client.send(
      new PutRecordCommand({ StreamName: 's', PartitionKey: 'alice', Data: data }))]);
  }
} catch (error) {
  console.log(`AWS SDK: not measured, ${error.message}`);
}
await report(cases);
for (const engine of Object.values(engines)) await engine.close();
