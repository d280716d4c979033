'use strict';

// A file server: the first MiB of the `node` binary through a read stream, for every request.

const { createReadStream } = require('node:fs');
const http = require('node:http');
const { MiB } = require('../../core/format');
const { listen } = require('./servers');
const { connect, httpLength, httpRequest } = require('./sockets');

const serve = () =>
  listen(
    http.createServer((request, response) => {
      response.writeHead(200, { 'content-length': MiB });
      createReadStream(process.execPath, { end: MiB - 1 }).pipe(response);
    }),
  );

module.exports = {
  title: 'file server: streams of 1 MiB',
  connections: 8,
  requests: 1_500,
  serve,
  connect: (port) => connect(port, httpRequest('GET'), httpLength),
};
