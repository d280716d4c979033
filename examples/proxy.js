'use strict';

/*
 * A TCP proxy that reads into acquired buffers.
 *
 *   upstream ──▶ proxy ──▶ client
 *
 * `net` asks for a buffer through its `onread` option, fills it, and asks for the next one; each goes
 * back in the callback of the write that sent it on. The proxy runs in a process of its own, once with
 * bufalloc and once with the built-in; this process is the upstream, which sends the bytes of the
 * running node binary, and the client, which checks them.
 */

const fs = require('node:fs');
const net = require('node:net');
const { once } = require('node:events');
const { Readable } = require('node:stream');
const { pipeline } = require('node:stream/promises');
const { parseArgs } = require('node:util');
const {
  MIB,
  childTask,
  compareSides,
  cpuSeconds,
  fail,
  forkSide,
  peakRss,
  sendResult,
  wholeNumbers,
} = require('./sides');

const KIB = 1024;

const usage = `Usage: node examples/proxy.js [options]

Sends data through a TCP proxy on this machine, with bufalloc and with the built-in.

  --size <MiB>          how much in all, at least a mebibyte for each connection (1024)
  --connections <count> through so many connections at a time (8)
  --chunk <KiB>         the size of a buffer (256)
  --rounds <count>      how often; the medians are shown (3)
  --help                this text
`;

/* --- the proxy -------------------------------------------------------------- */

/**
 * Sends on to `client` what comes from `upstream`.
 *
 * @param {net.Socket} client
 * @param {{ port: number, chunk: number, take: Function, give: Function }} options
 */
function relay(client, { port, chunk, take, give }) {
  let filling;
  const upstream = net.connect({
    host: '127.0.0.1',
    port,
    onread: {
      // Asked for when the connection is made, and after each read.
      buffer: () => (filling = take(chunk)),
      callback(length, filled) {
        // A write that failed does not say that the system is done with the buffer: that is left
        // to the collector.
        return client.write(filled.subarray(0, length), (error) => error || give(filled));
      },
    },
  });
  client.on('drain', () => upstream.resume());
  upstream.on('end', () => client.end());
  upstream.on('close', () => give(filling));
  upstream.on('error', () => client.destroy());
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
}

/** The program of the child: a proxy, until it is told to end. */
async function serve(task) {
  const server = net.createServer((client) => relay(client, task)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  process.send({ port: server.address().port });
  await once(process, 'message');
  server.close();
  sendResult({ rss: peakRss(), cpu: cpuSeconds() });
}

/* --- what is around it ------------------------------------------------------- */

/** `total` bytes of `data`, over and over, in pieces. */
function* pieces(data, total) {
  for (let sent = 0; sent < total;) {
    const start = sent % data.length;
    const piece = data.subarray(start, Math.min(start + MIB, start + total - sent));
    yield piece;
    sent += piece.length;
  }
}

/** Connects, takes everything, and fails if that is not what was sent. */
async function download(port, data, total) {
  let received = 0;
  for await (let chunk of net.connect(port, '127.0.0.1')) {
    while (chunk.length > 0) {
      const start = received % data.length;
      const expected = data.subarray(start, start + chunk.length);
      if (!chunk.subarray(0, expected.length).equals(expected)) {
        throw new Error(`the bytes from ${received} on are not what was sent`);
      }
      received += expected.length;
      chunk = chunk.subarray(expected.length);
    }
  }
  if (received !== total) throw new Error(`${received} of ${total} bytes arrived`);
}

/** Sends everything through a proxy of one side; returns what it took. */
async function measure(side, { data, total, connections, chunk }) {
  const upstream = net.createServer((socket) => {
    pipeline(Readable.from(pieces(data, total)), socket).catch(() => socket.destroy());
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const proxy = forkSide(__filename, side, { port: upstream.address().port, chunk });
  const { port } = await proxy.next();

  const start = performance.now();
  await Promise.all(Array.from({ length: connections }, () => download(port, data, total)));
  const seconds = (performance.now() - start) / 1000;

  proxy.send('end');
  const { rss, cpu } = await proxy.next();
  await proxy.ended;
  upstream.close();
  return { bytes: total * connections, seconds, rss, cpu };
}

async function main() {
  const { values } = parse();
  if (values.help) return console.log(usage.trimEnd());
  const names = ['size', 'connections', 'chunk', 'rounds'];
  const [size, connections, kib, rounds] = wholeNumbers(values, names);
  const total = Math.max(Math.floor(size / connections), 1) * MIB;
  const data = fs.readFileSync(process.execPath);
  console.log(
    `${(total * connections) / MIB} MiB of ${process.execPath} through ${connections} connections, ` +
      `into buffers of ${kib} KiB; medians of ${rounds}`,
  );
  const options = { data, total, connections, chunk: kib * KIB };
  return compareSides(rounds, (side) => measure(side, options));
}

function parse() {
  try {
    return parseArgs({
      options: {
        size: { type: 'string', default: '1024' },
        connections: { type: 'string', default: '8' },
        chunk: { type: 'string', default: '256' },
        rounds: { type: 'string', default: '3' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return fail(error.message.split('. ')[0]);
  }
}

childTask()
  .then((task) => (task === undefined ? main() : serve(task)))
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
