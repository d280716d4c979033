'use strict';

// A TCP proxy: pipes between its clients and an upstream that echoes 64 KiB messages.

const net = require('node:net');
const { KiB } = require('../../core/format');
const { listen } = require('./servers');
const { connect } = require('./sockets');

const message = Buffer.alloc(64 * KiB, 'x');

function serve(upstream) {
  const server = net.createServer({ noDelay: true }, (socket) => {
    const other = net.connect({ port: upstream, host: '127.0.0.1', noDelay: true });
    socket.pipe(other).pipe(socket);
    socket.on('error', () => other.destroy());
    other.on('error', () => socket.destroy());
  });
  return listen(server);
}

const upstream = () =>
  listen(
    net.createServer({ noDelay: true }, (socket) => {
      socket.pipe(socket);
      socket.on('error', () => socket.destroy());
    }),
  );

module.exports = {
  title: 'TCP proxy: 64 KiB messages',
  connections: 16,
  requests: 10_000,
  serve,
  upstream,
  connect: (port) => connect(port, message, () => message.length),
};
