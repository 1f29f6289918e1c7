// kinesis_shell as an HTTP endpoint inside this process, without a socket.
//
// Importing this module makes every later socket of the process raise an error. What asks for a
// connection through node's http.Agent gets one end of a pipe in memory instead, and node's own
// HTTP server sits at the other: a client that was written for the service needs an endpoint
// (http://kinesis.us-east-1.amazonaws.com) and nothing else.
//
// SubscribeToShard is framed here, as the shell has no event stream: the answer stays open, and
// each round of it is a line of the shell that goes on where the last one ended. A round moves
// simulated time by six seconds, as the service takes a consumer's next call after five.
import { spawn } from 'node:child_process';
import http from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { crc32 } from 'node:zlib';

// --- Lines to and from the shell ----------------------------------------------------------------

export class Shell {
  constructor(binary, flags) {
    this.process = spawn(binary, flags, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.waiting = [];
    let rest = '';
    this.process.stdout.setEncoding('utf8').on('data', (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) this.waiting.shift()(JSON.parse(line));
    });
  }
  // The answer to a line; answers come in the order of the lines.
  ask(line) {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.process.stdin.write(line + '\n');
    });
  }
  advance(seconds) { return this.ask(`:advance ${seconds}s`); }
  close() { this.process.stdin.end(); }
}

// --- Connections in memory ----------------------------------------------------------------------

// One end of a connection. What net.Socket has beside a stream, and http asks for, does nothing.
class End extends Duplex {
  constructor() { super({ allowHalfOpen: false }); }
  _read() {
    const done = this.onDrained;
    this.onDrained = undefined;
    done?.();
  }
  _write(chunk, _encoding, done) {
    if (this.other.destroyed || this.other.push(chunk)) return done();
    this.other.onDrained = done;  // when the other end reads again
    return undefined;
  }
  _final(done) { this.other.push(null); done(); }
  _destroy(error, done) {
    if (!this.other.destroyed) this.other.destroy();
    done(error);
  }
  setTimeout() { return this; }
  setKeepAlive() { return this; }
  setNoDelay() { return this; }
  ref() { return this; }
  unref() { return this; }
}
const servers = new Map();  // by host
export function serve(host, server) { servers.set(host, server); }

http.Agent.prototype.createConnection = function createConnection(options) {
  const server = servers.get(options.host);
  if (server === undefined) throw new Error(`no server in this process for ${options.host}`);
  const [near, far] = [new End(), new End()];
  near.other = far;
  far.other = near;
  server.emit('connection', far);
  return near;
};
net.Socket.prototype.connect = () => { throw new Error('a socket was opened'); };

// --- Event streams ------------------------------------------------------------------------------

function frame(headers, payload) {
  const parts = [];
  for (const [name, value] of Object.entries(headers)) {
    const head = Buffer.from([name.length, ...Buffer.from(name), 7, 0, 0]);  // 7: a string
    head.writeUInt16BE(value.length, head.length - 2);
    parts.push(head, Buffer.from(value));
  }
  const head = Buffer.concat(parts);
  const message = Buffer.alloc(12 + head.length + payload.length + 4);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(head.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  head.copy(message, 12);
  payload.copy(message, 12 + head.length);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return message;
}

const kJson = 'application/x-amz-json-1.1';

function eventFrame(type, body) {
  const kind = type.endsWith('Exception')
    ? { ':message-type': 'exception', ':exception-type': type }
    : { ':message-type': 'event', ':event-type': type };
  return frame({ ...kind, ':content-type': kJson }, Buffer.from(JSON.stringify(body)));
}

// lifion-kinesis takes a chunk for a message, as the service's messages come one by one.
const kApartMillis = 30;
const kRoundMillis = 100;
const kRounds = 50;  // of six seconds: a subscription lives for five minutes

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

async function stream(shell, request, response) {
  for (let round = 0; round < kRounds && !response.destroyed; ++round) {
    await shell.advance(6);
    const answer = await shell.ask(`SubscribeToShard ${JSON.stringify(request)}`);
    if (round === 0) {
      if (answer.status !== 200) return sendJson(response, answer);
      response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
      response.write(eventFrame('initial-response', {}));
      await sleep(kApartMillis);
    }
    if (answer.status !== 200) {
      response.write(eventFrame(answer.error, answer.body));
      break;
    }
    let last;
    for (const event of answer.events) {
      const [[type, body]] = Object.entries(event);
      response.write(eventFrame(type, body));
      await sleep(kApartMillis);
      last = body;
    }
    if (last.ChildShards !== undefined) break;
    request.StartingPosition = {
      Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: last.ContinuationSequenceNumber };
    await sleep(kRoundMillis);
  }
  response.end();
}

// --- The endpoint -------------------------------------------------------------------------------

function sendJson(response, answer) {
  response.writeHead(answer.status, { 'content-type': kJson });
  response.end(JSON.stringify(answer.body));
}

// The service at http://kinesis.us-east-1.amazonaws.com.
export function serveShell(shell) {
  serve('kinesis.us-east-1.amazonaws.com', http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString() || '{}';
    const operation = request.headers['x-amz-target'].split('.').pop();
    if (operation === 'SubscribeToShard') return stream(shell, JSON.parse(body), response);
    return sendJson(response, await shell.ask(`${operation} ${body.replaceAll('\n', ' ')}`));
  }));
}
