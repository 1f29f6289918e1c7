// An engine of api/node/kinesis_core.mjs as an HTTP endpoint inside this process, without a socket.
//
// Importing this module makes every later socket of the process raise an error. What asks for a
// connection through node's http.Agent gets one end of a pipe in memory instead, and node's own
// HTTP server sits at the other: a client that was written for the service needs an endpoint
// (http://kinesis.us-east-1.amazonaws.com) and nothing else.
//
// The answer to SubscribeToShard stays open. Whenever it has nothing new, simulated time moves by six
// seconds, as the service takes a consumer's next call after five.
import http from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';

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

// lifion-kinesis takes a chunk for a message, as the service's messages come one by one.
const kApartMillis = 30;
const kIdleMillis = 100;        // of real time, before the next look
const kIdleClockMillis = 6000;  // of simulated time

const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

async function stream(events, response) {
  response.writeHead(200, { 'content-type': 'application/vnd.amazon.eventstream' });
  while (!response.destroyed) {
    const bytes = await events.next(kIdleClockMillis);
    if (bytes === null) break;
    // A message begins with its length.
    for (let at = 0, size; at < bytes.length; at += size) {
      size = bytes.readUInt32BE(at);
      response.write(bytes.subarray(at, at + size));
      await sleep(kApartMillis);
    }
    await sleep(kIdleMillis);
  }
  await events.close();
  response.end();
}

// --- The endpoint -------------------------------------------------------------------------------

// The service at http://kinesis.us-east-1.amazonaws.com, by an engine of kinesis_core.mjs.
export function serveEngine(engine) {
  serve('kinesis.us-east-1.amazonaws.com', http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const operation = request.headers['x-amz-target'].split('.').pop();
    const answer = await engine.call(operation, Buffer.concat(chunks).toString() || '{}');
    if (answer.events !== undefined) return stream(answer.events, response);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    return response.end(answer.body);
  }));
}
