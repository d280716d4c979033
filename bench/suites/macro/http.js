'use strict';

// (c) An HTTP server that makes a 100 KiB body for every answer, asked by a second process over 16 kept-alive connections.
// (d) The same while the program replaces a set of live young objects, one in a hundred with each answer: about 16 MiB of bodies
// go out in the time the whole set turns over, so that a collection at any time finds all of it young and alive.

const { once } = require('node:events');
const http = require('node:http');
const { startPeer } = require('./peer');

const bodyBytes = 100 * 1024;
const requests = 12_000;
const template = Buffer.alloc(bodyBytes, 'The quick brown fox jumps over the lazy dog. ');

function createObjects(count) {
  const objects = Array.from({ length: count }, (_, i) => ({ id: i, at: { x: i, y: 0 } }));
  const each = Math.ceil(count / 100);
  let next = 0;
  return function replaceSome() {
    for (let i = 0; i < each; i++) {
      next = next + 1 < count ? next + 1 : 0;
      objects[next] = { id: next, at: { x: i, y: next } };
    }
  };
}

function createServer(Buffer, replaceSome) {
  let served = 0;
  return http.createServer((request, response) => {
    replaceSome();
    const body = Buffer.allocUnsafe(bodyBytes);
    template.copy(body);
    body.writeUInt32LE(served++, 0);
    response.writeHead(200, {
      'content-length': bodyBytes,
      'content-type': 'application/octet-stream',
    });
    response.end(body);
  });
}

async function run({ Buffer, variant: objects, scale, timed }) {
  const server = createServer(Buffer, objects > 0 ? createObjects(objects) : () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const peer = await startPeer('http-load.js');
  const ask = (count) => peer.order({ count, port: server.address().port, bodyBytes });
  await ask(requests * 0.1);
  await timed(() => ask(requests * scale).then(() => {}));
  peer.close();
  server.closeAllConnections();
  server.close();
}

module.exports = { run };
