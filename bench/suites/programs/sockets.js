'use strict';

// The client's side of a connection: one message out, one answer back, counted by its bytes and not looked at otherwise, so that the
// program and not its client limits the pace.

const net = require('node:net');
const { once } = require('node:events');

/** The length of an HTTP answer, from its first bytes. */
function httpLength(chunk) {
  const end = chunk.indexOf('\r\n\r\n');
  const head = chunk.latin1Slice(0, end);
  const length = /content-length: (\d+)/i.exec(head);
  if (!head.startsWith('HTTP/1.1 200') || !length) throw new Error('unexpected answer');
  return end + 4 + Number(length[1]);
}

/** An HTTP request as bytes. */
function httpRequest(method, body = Buffer.alloc(0)) {
  const head = `${method} / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/**
 * Connects to a program.
 * @param {number} port
 * @param {Buffer} message what is sent each time
 * @param {(chunk: Buffer) => number} lengthOf the length of an answer, from its first chunk
 * @returns {Promise<{exchange: () => Promise<void>, close: () => void}>}
 */
async function connect(port, message, lengthOf) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let left = 0;
  let settle;
  const fail = (error) => settle?.reject(error);
  socket.on('data', (chunk) => {
    try {
      if (left === 0) left = lengthOf(chunk);
    } catch (error) {
      return fail(error);
    }
    left -= chunk.length;
    if (left === 0) settle.resolve();
    return undefined;
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the program closed the connection')));
  return {
    exchange: () =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        socket.write(message);
      }),
    close: () => socket.destroy(),
  };
}

module.exports = { connect, httpLength, httpRequest };
