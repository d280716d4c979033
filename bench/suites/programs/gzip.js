'use strict';

// An HTTP server that gzips uploads of 256 KiB and answers with the result.

const http = require('node:http');
const { createGzip } = require('node:zlib');
const { KiB } = require('../../core/format');
const { integers } = require('../../core/random');
const { listen } = require('./servers');
const { connect, httpLength, httpRequest } = require('./sockets');

const uploadBytes = 256 * KiB;

/** What compresses about as well as text does. */
function createText() {
  const letters = integers(1, 97, 112);
  return Buffer.from(Uint8Array.from({ length: uploadBytes }, letters).buffer);
}

function serve() {
  const server = http.createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request.pipe(createGzip({ level: 1 }))) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    response.writeHead(200, { 'content-length': body.length });
    response.end(body);
  });
  return listen(server);
}

module.exports = {
  title: 'gzip of 256 KiB uploads',
  connections: 8,
  requests: 800,
  serve,
  connect: (port) => connect(port, httpRequest('POST', createText()), httpLength),
};
