'use strict';

/* ws: a server and a client exchange binary messages of all the frame formats' sizes. */

const { once } = require('node:events');
const { createRandom } = require('../data');

const SIZES = [16, 125, 126, 1000, 4096, 16_000, 65_535, 65_536, 300_000];
const IN_FLIGHT = 32;

/** Sends `count` messages to a server that answers with the same, some at a time. */
async function exchange({ load, digest }, count, makeMessage, perMessageDeflate) {
  const { default: WebSocket, WebSocketServer } = await load('ws');
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });

  const client = new WebSocket(`ws://127.0.0.1:${server.address().port}`, { perMessageDeflate });
  await once(client, 'open');
  let sent = 0;
  const sendNext = () => client.send(makeMessage(sent++));
  await new Promise((resolve, reject) => {
    let received = 0;
    client.on('error', reject);
    client.on('message', (data) => {
      digest.update(data);
      if (sent < count) sendNext();
      if (++received === count) resolve();
    });
    while (sent < IN_FLIGHT) sendNext();
  });
  client.close();
  await once(client, 'close');
  server.close();
}

function plain(tools) {
  const random = createRandom(1);
  const messages = SIZES.map(random.bytes);
  return exchange(tools, 4000, (i) => messages[i % messages.length], false);
}

function deflated(tools) {
  const random = createRandom(2);
  const messages = SIZES.map(random.textBytes);
  const compression = { threshold: 0, zlibDeflateOptions: { level: 1 } };
  return exchange(tools, 1000, (i) => messages[i % messages.length], compression);
}

module.exports = {
  package: 'ws',
  jobs: { '4,000 binary messages there and back': plain, '1,000, permessage-deflate': deflated },
};
