'use strict';

/* mysql2: its own server and its client, over loopback. */

const { once } = require('node:events');
const { createRandom } = require('../data');

/* Of the protocol's constants. */
const UTF8 = 33;
const BINARY = 63;
const CAPABILITIES = 0xffffff & ~0x800 & ~0x20; // all but TLS and compression
const TYPES = { LONG: 3, VAR_STRING: 253, BLOB: 252 };

const column = (name, columnType, characterSet) => ({
  ...{ catalog: 'def', schema: 'test', table: 't', orgTable: 't', name, orgName: name },
  ...{ characterSet, columnLength: 65_535, columnType, flags: 0, decimals: 0 },
});

const COLUMNS = [
  column('id', TYPES.LONG, BINARY),
  column('name', TYPES.VAR_STRING, UTF8),
  column('picture', TYPES.BLOB, BINARY),
];

/** A server that answers each query with the same rows. */
function serve(mysql, rows) {
  const server = mysql.createServer();
  server.on('connection', (connection) => {
    connection.serverHandshake({
      ...{ protocolVersion: 10, serverVersion: 'job', connectionId: 1, statusFlags: 2 },
      ...{ characterSet: UTF8, capabilityFlags: CAPABILITIES },
      authCallback(_user, done) {
        done();
        connection.sequenceId = 0; // each command counts its packets from 0; the server does not
      },
    });
    connection.on('error', () => {});
    connection.on('query', () => {
      connection.writeColumns(COLUMNS);
      rows.forEach((row) => connection.writeTextRow(row));
      connection.writeEof();
      connection.sequenceId = 0;
    });
  });
  server.listen(0, '127.0.0.1');
  return server;
}

async function queries({ load, digest }) {
  const mysql = (await load('mysql2')).default;
  const random = createRandom(8);
  const rows = Array.from({ length: 400 }, (_, i) => {
    const long = i % 50 === 0 ? 100_000 : random.between(0, 2000);
    return [`${i}`, random.words(4), random.textBytes(long).toString('latin1')];
  });
  const server = serve(mysql, rows);
  await once(server._server, 'listening');
  const { port } = server._server.address();
  const client = mysql.createConnection({ host: '127.0.0.1', port, user: 'u', database: 'test' });
  for (let i = 0; i < 40; i++) {
    const [result] = await client.promise().query(`select * from t -- ${i}`);
    for (const { id, name, picture } of result) digest.update(`${id}${name}`).update(picture);
  }
  await client.promise().end();
  await new Promise((resolve) => server.close(resolve));
}

module.exports = { package: 'mysql2', jobs: { '40 queries of 400 rows over loopback': queries } };
