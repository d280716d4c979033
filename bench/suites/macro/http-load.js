'use strict';

// The load for the HTTP server: plain sockets that ask, count the answer's bytes and ask again, so that the server and not this
// client is what limits the pace.

const net = require('node:net');

const connections = 16;
const request = Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');

function answerLength(head, bodyBytes) {
  const end = head.indexOf('\r\n\r\n');
  if (end < 0 || !head.latin1Slice(0, end).startsWith('HTTP/1.1 200'))
    throw new Error('unexpected answer');
  return end + 4 + bodyBytes;
}

function open(order, take) {
  const socket = net.connect({ port: order.port, host: '127.0.0.1', noDelay: true });
  let left = 0;
  const ask = () => {
    if (!take()) return socket.end();
    left = -1;
    socket.write(request);
  };
  socket.on('connect', ask);
  socket.on('data', (chunk) => {
    if (left < 0) left = answerLength(chunk, order.bodyBytes);
    left -= chunk.length;
    if (left === 0) ask();
  });
  return new Promise((resolve, reject) => socket.on('close', resolve).on('error', reject));
}

process.on('message', async (order) => {
  let asked = 0;
  const take = () => asked++ < order.count;
  await Promise.all(Array.from({ length: connections }, () => open(order, take)));
  process.send('done');
});

process.send({ ready: true });
