'use strict';

// An HTTP server that takes uploads of 64 KiB, joins their chunks, and makes a body of 100 KiB for every answer.

const http = require('node:http');
const { KiB } = require('../../core/format');
const { listen } = require('./servers');
const { connect, httpLength, httpRequest } = require('./sockets');

const uploadBytes = 64 * KiB;
const answerBytes = 100 * KiB;

function serve() {
  const template = Buffer.alloc(answerBytes, 'The quick brown fox jumps over the lazy dog. ');
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const upload = Buffer.concat(chunks);
      const body = Buffer.from(template);
      body.writeUInt32LE(upload.length, 0);
      response.writeHead(200, { 'content-length': body.length });
      response.end(body);
    });
  });
  return listen(server);
}

module.exports = {
  title: 'HTTP server: 64 KiB uploads, 100 KiB answers',
  connections: 16,
  requests: 6_000,
  serve,
  connect: (port) => connect(port, httpRequest('POST', Buffer.alloc(uploadBytes, 'x')), httpLength),
};
