'use strict';

// (c) An HTTP server that makes a 100 KiB body for every answer, asked by a second process over 16 kept-alive connections.
// (d) The same while the program replaces a set of live young objects, one in a hundred with each answer.

const { once } = require('node:events');
const http = require('node:http');
const { keepYoung } = require('../young');
const { startClient } = require('../../core/client');

const bodyBytes = 100 * 1024;
const requests = 12_000;
const template = Buffer.alloc(bodyBytes, 'The quick brown fox jumps over the lazy dog. ');

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
  const server = createServer(Buffer, keepYoung(objects, bodyBytes));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = await startClient(require.resolve('./http-load.js'));
  const ask = (count) => client.order({ count, port: server.address().port, bodyBytes });
  await ask(requests * 0.1);
  await timed(() => ask(requests * scale).then(() => {}));
  client.close();
  server.closeAllConnections();
  server.close();
}

module.exports = { run };
