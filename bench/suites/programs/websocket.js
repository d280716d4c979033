'use strict';

// A WebSocket server (the package ws) that echoes messages of 16 KiB.

const { once } = require('node:events');
const { KiB } = require('../../core/format');
const { load } = require('./packages');

const message = Buffer.alloc(16 * KiB, 'x');

async function serve() {
  const { WebSocketServer } = load('ws');
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', () => socket.terminate());
  });
  const close = () => {
    server.clients.forEach((socket) => socket.terminate());
    server.close();
  };
  return { port: server.address().port, close };
}

async function connect(port) {
  const WebSocket = load('ws');
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return {
    async exchange() {
      const answered = once(socket, 'message');
      socket.send(message);
      const [data] = await answered;
      if (data.length !== message.length) throw new Error('unexpected answer');
    },
    close: () => socket.terminate(),
  };
}

module.exports = {
  title: 'WebSocket echo (ws): 16 KiB messages',
  connections: 16,
  requests: 15_000,
  serve,
  connect,
};
