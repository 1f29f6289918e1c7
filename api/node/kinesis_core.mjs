// Amazon Kinesis Data Streams behind the AWS SDK for JavaScript v3, with no socket.
//
//   import { KinesisClient } from '@aws-sdk/client-kinesis';
//   import { openEngine } from 'kinesis_core';
//
//   const engine = await openEngine();
//   const client = new KinesisClient(engine.clientConfig());
//   ...
//   await engine.advance(300_000);  // five minutes, at once
//   await engine.close();
//
// openEngine() has the engine in this process: libkinesis.so.0 by koffi. openShell() has it in a
// kinesis_shell behind a pipe, with no native part. Both give an object with the same methods.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';

const kJson = 'application/x-amz-json-1.1';
const kEventStream = 'application/vnd.amazon.eventstream';

// How long a reader of a subscription sleeps at the most before it is given an event without
// records, by the engine's clock.
const kIdleMillis = 5000;

const kClocks = { system: 0, simulated: 1 };
const kLimits = { today: 0, 2015: 1, none: 2 };
const kShellLimits = { today: 'kinesis', 2015: 'kinesis2015', none: 'unlimited' };

function checked(what, value, known) {
  if (!(value in known)) {
    throw new RangeError(`${what} is ${value}: it has to be one of ${Object.keys(known).join(', ')}`);
  }
  return value;
}

// The options of openEngine and openShell, with their defaults:
//
//   clock        'simulated', which moves when told, or 'system'
//   limits       'today', '2015' or 'none', of the service
//   rates        whether they are enforced
//   account, region, memoryMib
//
// and of openEngine alone:
//
//   library      where libkinesis.so.0 is; else KINESIS_LIBRARY, else what the loader finds
//   delays       whether a stream takes ten seconds to be ACTIVE
//   startMillis  where simulated time begins
//   seed         of faults that have a probability
//
// and of openShell alone:
//
//   binary       where kinesis_shell is; else KINESIS_SHELL, else what PATH finds
function withDefaults(options) {
  const all = { clock: 'simulated', limits: 'today', rates: true, delays: true, memoryMib: 1024,
    account: '000000000000', region: 'us-east-1', startMillis: 0, seed: 0, ...options };
  checked('clock', all.clock, kClocks);
  checked('limits', all.limits, kLimits);
  return all;
}

// What the SDK takes for an answer of HTTP.
function response(statusCode, contentType, body) {
  return { response: { statusCode, headers: { 'content-type': contentType }, body } };
}

function textOf(body) {
  if (body === undefined || body === null) return '{}';
  // Bytes by what they are: the SDK's have methods of a string, which it warns of.
  const text = ArrayBuffer.isView(body)
    ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString() : String(body);
  return text === '' ? '{}' : text;
}

// An engine, in this process or behind a pipe. A subclass has:
//
//   call(operation, json)      {status, body, events}: events, if there are any, is an object with
//                              next(waitMillis), which gives bytes or null, and close()
//   now(), advance(millis), addFaults(rules), clearFaults(), faultReport(), close()
//
// all of which may be awaited.
class Engine {
  constructor(options) { this.region = options.region; }

  // What `new KinesisClient` takes. The SDK's own tries at what was throttled sleep in real time;
  // maxAttempts: 1 leaves them out.
  clientConfig(more = {}) {
    return {
      region: this.region,
      // Nobody looks it up. Without it the SDK works hosts out from ARNs, and refuses those of our
      // channels, which begin with their stream.
      endpoint: `https://kinesis.${this.region}.amazonaws.com`,
      credentials: { accessKeyId: 'kinesis_core', secretAccessKey: 'kinesis_core' },
      requestHandler: this.requestHandler(),
      ...more,
    };
  }

  // A requestHandler of the SDK, for any number of clients. They may be destroyed: the engine stays.
  requestHandler() {
    const engine = this;
    return {
      metadata: { handlerProtocol: 'http/1.1' },
      async handle(request) {
        const target = request.headers['x-amz-target'] ?? request.headers['X-Amz-Target'];
        if (target === undefined) throw new Error('kinesis_core: it is no request to Kinesis');
        const answer = await engine.call(target.split('.').pop(), textOf(request.body));
        if (answer.events === undefined) {
          return response(answer.status, kJson, Readable.from([answer.body]));
        }
        return response(200, kEventStream, engine.#streamOf(answer.events));
      },
      updateHttpClientConfig() {},
      httpHandlerConfigs() { return {}; },
      destroy() {},
    };
  }

  #streamOf(events) {
    async function* frames() {
      try {
        for (;;) {
          const bytes = await events.next(kIdleMillis);
          if (bytes === null) return;
          if (bytes.length !== 0) yield bytes;
        }
      } finally {
        await events.close();
      }
    }
    return Readable.from(frames(), { objectMode: false });
  }

  // Looks with `isDone` until it is true, and lets `stepMillis` of simulated time pass between two
  // looks: for what the SDK's waiters do in real time.
  async waitUntil(isDone, { stepMillis = 1000, maxSteps = 1000 } = {}) {
    for (let i = 0; i < maxSteps; ++i) {
      if (await isDone()) return;
      await this.advance(stepMillis);
    }
    throw new Error(`kinesis_core: it is not so after ${stepMillis * maxSteps} ms`);
  }

  // Waits of this process (setTimeout) take simulated time within `work`, so that the SDK's waiters
  // and retries take none: each moves the clock to where it ends. For one test at a time, as timers
  // are the whole process's.
  async withoutWaiting(work) {
    const real = globalThis.setTimeout;
    globalThis.setTimeout = (callback, millis = 0, ...rest) => {
      // Short ones are the SDK's own watch over sockets and the like.
      if (!(millis >= 50)) return real(callback, millis, ...rest);
      return real(async () => { await this.advance(millis); callback(...rest); }, 0);
    };
    try {
      return await work();
    } finally {
      globalThis.setTimeout = real;
    }
  }

  async [Symbol.asyncDispose ?? Symbol.for('asyncDispose')]() { await this.close(); }
}

// --- In this process, by koffi -------------------------------------------------------------------

let loaded;

function loadLibrary(path) {
  if (loaded !== undefined) return loaded;
  let koffi;
  try {
    koffi = createRequire(import.meta.url)('koffi');
  } catch {
    koffi = createRequire(`${process.cwd()}/`)('koffi');
  }
  const library = koffi.load(path ?? process.env.KINESIS_LIBRARY ?? 'libkinesis.so.0');
  const Options = koffi.struct('kinesis_engine_options', {
    size: 'size_t', clock: 'int32', limits: 'int32', no_rates: 'int32', no_delays: 'int32',
    memory_budget_bytes: 'uint64', account_id: 'str', region: 'str', start_ms: 'int64',
    seed: 'uint64' });
  const Answer = koffi.struct('kinesis_answer', {
    size: 'size_t', http_status: 'int32', reserved: 'int32', json: 'void*', json_size: 'size_t',
    error: 'str', events: 'uint64' });
  const Event = koffi.struct('kinesis_event', {
    size: 'size_t', frames: 'void*', frames_size: 'size_t', json: 'void*', json_size: 'size_t',
    idle: 'int32', reserved: 'int32' });
  const f = (text) => library.func(text);
  loaded = {
    koffi, Options, Answer, Event,
    // Where the fields of an Answer are.
    at: Object.fromEntries(['http_status', 'json', 'json_size', 'events'].map(
      (field) => [field, koffi.offsetof(Answer, field)])),
    message: f('str kinesis_message()'),
    codeName: f('str kinesis_code_name(int)'),
    engineOpen: f('int kinesis_engine_open(kinesis_engine_options*, _Out_ uint64_t*)'),
    engineClose: f('int kinesis_engine_close(uint64_t)'),
    now: f('int kinesis_now(uint64_t, _Out_ int64_t*)'),
    advance: f('int kinesis_advance(uint64_t, int64_t)'),
    autoAdvance: f('int kinesis_auto_advance(uint64_t, uint32_t)'),
    faultsAdd: f('int kinesis_faults_add(uint64_t, const char*, size_t)'),
    faultsClear: f('int kinesis_faults_clear(uint64_t)'),
    faultsReport: f('int kinesis_faults_report(uint64_t, _Out_ void**, _Out_ size_t*)'),
    clientOpen: f('int kinesis_client_open(uint64_t, _Out_ uint64_t*)'),
    clientCall: f('int kinesis_client_call(uint64_t, const char*, size_t, const char*, size_t, ' +
                  'void*)'),
    eventsNext: f('int kinesis_events_next(uint64_t, int64_t, _Inout_ kinesis_event*)'),
    eventsClose: f('int kinesis_events_close(uint64_t)'),
  };
  return loaded;
}

export class KinesisError extends Error {
  constructor(code, name, message) {
    super(`${name}: ${message}`);
    this.name = 'KinesisError';
    this.code = code;
  }
}

const kShortText = 16 * 1024;
const kEnd = 102;
const kBadHandle = 100;

class LocalEngine extends Engine {
  #library; #handle; #client; #answer; #isSimulated;

  constructor(options) {
    const all = withDefaults(options);
    super(all);
    const lib = this.#library = loadLibrary(all.library);
    this.#isSimulated = all.clock === 'simulated';
    this.#handle = this.#made(lib.engineOpen, {
      size: lib.koffi.sizeof(lib.Options), clock: kClocks[all.clock], limits: kLimits[all.limits],
      no_rates: all.rates ? 0 : 1, no_delays: all.delays ? 0 : 1,
      memory_budget_bytes: all.memoryMib * 2 ** 20, account_id: all.account, region: all.region,
      start_ms: all.startMillis, seed: all.seed });
    this.#client = this.#made(lib.clientOpen, this.#handle);
    // Who reads a subscription sleeps in simulated time, alone.
    if (this.#isSimulated) this.#check(lib.autoAdvance(this.#handle, 1));
    // One struct for all calls, read field by field: koffi need not make an object of each.
    this.#answer = Buffer.alloc(lib.koffi.sizeof(lib.Answer));
    this.#answer.writeBigUInt64LE(BigInt(this.#answer.length), 0);
  }

  #check(code) {
    if (code === 0) return;
    throw new KinesisError(code, this.#library.codeName(code), this.#library.message());
  }

  // Calls a function whose last argument is a number that it writes.
  #made(function_, ...args) {
    const out = [0];
    this.#check(function_(...args, out));
    return out[0];
  }

  // A copy of bytes that are the library's. An address is one of koffi's, or a BigInt.
  #copy(address, size) {
    if (size === 0) return Buffer.alloc(0);
    return Buffer.from(new Uint8Array(this.#library.koffi.view(address, size)));
  }

  // The same of text, which is cheaper by another way if it is short: a view is an object that
  // node's garbage collector has to know of.
  #copyText(address, size) {
    if (size > kShortText) return this.#copy(address, size);
    return Buffer.from(this.#library.koffi.decode(address, 'char', size));
  }

  call(operation, json) {
    const text = typeof json === 'string' ? Buffer.from(json) : json;
    this.#check(this.#library.clientCall(this.#client, operation, operation.length, text,
      text.length, this.#answer));
    const { at } = this.#library;
    const size = Number(this.#answer.readBigUInt64LE(at.json_size));
    const body = this.#copyText(this.#answer.readBigUInt64LE(at.json), size);
    const events = Number(this.#answer.readBigUInt64LE(at.events));
    const status = this.#answer.readInt32LE(at.http_status);
    return events === 0 ? { status, body } : { status, body, events: this.#eventsOf(events) };
  }

  #eventsOf(handle) {
    const lib = this.#library;
    const next = this.#isSimulated
      ? (wait, event) => lib.eventsNext(handle, wait, event)
      // Sleeps on a thread of koffi's.
      : (wait, event) => new Promise((resolve, reject) => {
        lib.eventsNext.async(handle, wait, event,
          (error, code) => (error ? reject(error) : resolve(code)));
      });
    return {
      next: async (waitMillis) => {
        const event = { size: lib.koffi.sizeof(lib.Event), frames: null, frames_size: 0, json: null,
          json_size: 0, idle: 0, reserved: 0 };
        const code = await next(waitMillis, event);
        if (code === kEnd || code === kBadHandle) return null;
        this.#check(code);
        // Others have their turn while simulated time flies.
        await new Promise((resolve) => setImmediate(resolve));
        return this.#copy(event.frames, Number(event.frames_size));
      },
      close: () => { lib.eventsClose(handle); },
    };
  }

  now() { return Number(this.#made(this.#library.now, this.#handle)); }
  advance(millis) { this.#check(this.#library.advance(this.#handle, Math.round(millis))); }
  addFaults(rules) {
    const text = Buffer.from(rules);
    this.#check(this.#library.faultsAdd(this.#handle, text, text.length));
  }
  clearFaults() { this.#check(this.#library.faultsClear(this.#handle)); }
  faultReport() {
    const text = [null];
    const size = [0];
    this.#check(this.#library.faultsReport(this.#handle, text, size));
    return this.#copy(text[0], Number(size[0])).toString();
  }
  close() { this.#library.engineClose(this.#handle); }
}

// --- Behind a pipe, by kinesis_shell -------------------------------------------------------------

class ShellEngine extends Engine {
  #process; #waiting = []; #rest = ''; #ended;

  constructor(options) {
    const all = withDefaults(options);
    super(all);
    this.#process = spawn(all.binary ?? process.env.KINESIS_SHELL ?? 'kinesis_shell', [
      `--clock=${all.clock}`, `--limits=${kShellLimits[all.limits]}`,
      `--rates=${all.rates ? 'on' : 'off'}`, `--memory_mib=${all.memoryMib}`,
      `--account=${all.account}`, `--region=${all.region}`,
    ], { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    this.#process.stderr.setEncoding('utf8').on('data', (text) => { complaint += text; });
    this.#ended = new Promise((resolve) => {
      const end = (why) => {
        const error = new Error(`kinesis_shell has ended: ${complaint.trim() || why}`);
        for (const { reject } of this.#waiting.splice(0)) reject(error);
        this.#waiting = null;
        resolve();
      };
      this.#process.on('error', (error) => end(error.message));
      this.#process.on('close', (code) => { if (this.#waiting !== null) end(`code ${code}`); });
    });
    this.#process.stdin.on('error', () => {});  // told by the end of the process
    this.#process.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop();
      for (const line of lines) this.#waiting.shift().resolve(JSON.parse(line));
    });
  }

  // The answer to one line.
  ask(line) {
    if (this.#waiting === null) return Promise.reject(new Error('kinesis_shell has ended'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#process.stdin.write(`${line.replaceAll('\n', ' ')}\n`);
    });
  }

  async #tell(directive) {
    const answer = await this.ask(directive);
    if (answer.status !== 200) throw new KinesisError(3, answer.error, answer.body.message);
    return answer.body;
  }

  async call(operation, json) {
    const text = typeof json === 'string' ? json : Buffer.from(json).toString();
    const isHeld = operation === 'SubscribeToShard';
    const answer = await this.ask(`${isHeld ? ':subscribe' : operation} ${text}`);
    const body = Buffer.from(JSON.stringify(answer.body));
    if (!isHeld || answer.status !== 200) return { status: answer.status, body };
    return { status: 200, body: Buffer.from('{}'), events: this.#eventsOf(answer.body.Subscription) };
  }

  #eventsOf(number) {
    let ended = false;
    return {
      next: async (waitMillis) => {
        if (ended) return null;
        const body = await this.#tell(`:frames ${number} ${waitMillis}ms`);
        ended = body.Ended;
        const bytes = Buffer.from(body.Frames, 'base64');
        return ended && bytes.length === 0 ? null : bytes;
      },
      close: async () => {
        if (!ended && this.#waiting !== null) await this.#tell(`:unsubscribe ${number}`);
        ended = true;
      },
    };
  }

  async now() { return (await this.#tell(':now')).Now * 1000; }
  async advance(millis) { await this.#tell(`:advance ${Math.round(millis)}ms`); }
  async addFaults(rules) {
    for (const rule of rules.split('\n')) {
      if (rule.trim() !== '' && !rule.trim().startsWith('#')) await this.#tell(`:fault ${rule}`);
    }
  }
  async clearFaults() { await this.#tell(':faults clear'); }
  async faultReport() { return (await this.#tell(':faults')).Faults; }
  async close() {
    this.#process.stdin.end();
    await this.#ended;
  }
}

// An engine in this process. Needs koffi and libkinesis.so.0.
export async function openEngine(options = {}) { return new LocalEngine(options); }

// An engine behind a pipe. Needs kinesis_shell. A shell has a stream take ten seconds to be ACTIVE
// if its limits have it so.
export async function openShell(options = {}) {
  const engine = new ShellEngine(options);
  try {
    await engine.now();  // a flag that is wrong is told here
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}
