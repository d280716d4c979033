'use strict';

// (b) Echoes TCP under load. The load comes from a second process on loopback. So that every read lands in a buffer of ours, this
// side dials (only a dialling socket takes `onread`) and hands out a fresh 64 KiB buffer for each read.

const { once } = require('node:events');
const net = require('node:net');
const { startClient } = require('../../core/client');

const connections = 8;
const readBytes = 64 * 1024;
const totalBytes = 1024 * 2 ** 20;

function dial(port, Buffer) {
  const socket = net.connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: () => Buffer.allocUnsafe(readBytes),
      callback: (count, buf) => socket.write(buf.subarray(0, count)),
    },
  });
  // A `false` from write pauses the socket; it goes on when its backlog is out.
  socket.on('drain', () => socket.resume());
  return socket;
}

async function run({ Buffer, scale, timed }) {
  const client = await startClient(require.resolve('./echo-load.js'));
  const sockets = Array.from({ length: connections }, () => dial(client.hello.port, Buffer));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const echo = (bytes) => client.order({ bytes, connections });
  await echo(totalBytes * 0.1);
  await timed(() => echo(totalBytes * scale).then(() => {}));
  sockets.forEach((socket) => socket.destroy());
  client.close();
}

module.exports = { run };
