'use strict';

// The load for the echo: keeps four 64 KiB messages under way on each connection until the ordered bytes have come back.

const net = require('node:net');

const message = Buffer.alloc(64 * 1024, 'x');
const underWay = 4;
const sockets = [];
let received = 0;
let sent = 0;
let wanted = 0;

function send(socket) {
  if (sent >= wanted) return;
  sent += message.length;
  socket.write(message);
}

function onData(socket, length) {
  received += length;
  socket.owed += length;
  while (socket.owed >= message.length) {
    socket.owed -= message.length;
    send(socket);
  }
  if (received >= wanted && received >= sent) process.send('done');
}

const server = net.createServer({ noDelay: true }, (socket) => {
  socket.owed = 0;
  sockets.push(socket);
  socket.on('data', (chunk) => onData(socket, chunk.length));
  socket.on('error', () => {});
});

function begin({ bytes, connections }) {
  if (sockets.length < connections) return setImmediate(begin, { bytes, connections });
  received = 0;
  sent = 0;
  wanted = bytes;
  for (let i = 0; i < underWay; i++) sockets.forEach(send);
}

process.on('message', begin);
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
