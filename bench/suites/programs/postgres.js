'use strict';

// A server that asks PostgreSQL for every answer: its side of the wire is the package pg-protocol, which writes the query and parses the
// rows; they go out as JSON. The database is a stand-in in the client process, which answers every query with the same 100 rows.

const net = require('node:net');
const { once } = require('node:events');
const { load } = require('./packages');
const { listen } = require('./servers');
const { connect } = require('./sockets');

const rows = 100;
const columns = [12, 40, 200, 16];
const ask = Buffer.from('get\n');

/** One of the database's messages: type, length, body. */
function message(type, body = Buffer.alloc(0)) {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function dataRow() {
  const count = Buffer.alloc(2);
  count.writeInt16BE(columns.length);
  const fields = columns.map((length) => {
    const field = Buffer.alloc(4 + length, 'x');
    field.writeInt32BE(length);
    return field;
  });
  return message('D', Buffer.concat([count, ...fields]));
}

const answer = Buffer.concat([
  message('1'),
  message('2'),
  ...Array.from({ length: rows }, dataRow),
  message('C', Buffer.from(`SELECT ${rows}\0`)),
  message('Z', Buffer.from('I')),
]);

/** How many queries end in a stream's bytes: what comes in between is not looked at. */
function createQueryCounter() {
  const sync = 'S'.charCodeAt(0);
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    let ended = 0;
    while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
      if (rest[0] === sync) ended++;
      rest = rest.subarray(1 + rest.readInt32BE(1));
    }
    return ended;
  };
}

function upstream() {
  const server = net.createServer({ noDelay: true }, (socket) => {
    const endedIn = createQueryCounter();
    socket.on('data', (chunk) => {
      for (let i = endedIn(chunk); i > 0; i--) socket.write(answer);
    });
    socket.on('error', () => socket.destroy());
  });
  return listen(server);
}

/** A connection to the database: `query(values)` gives the rows. */
async function openDatabase(port) {
  const { parse, serialize } = load('pg-protocol');
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let found = [];
  let settle;
  parse(socket, (part) => {
    if (part.name === 'dataRow') found.push(part.fields);
    else if (part.name === 'readyForQuery') settle(found);
  }).catch(() => socket.destroy());
  return {
    query(values) {
      found = [];
      socket.write(serialize.parse({ text: 'select * from t where id = $1 and name = $2' }));
      socket.write(serialize.bind({ values }));
      socket.write(serialize.execute());
      socket.write(serialize.sync());
      return new Promise((resolve) => (settle = resolve));
    },
    close: () => socket.destroy(),
  };
}

/** Answers one client, question by question, over a connection to the database of its own. */
async function answerAll(socket, database) {
  const { query, close } = await openDatabase(database);
  socket.on('close', close);
  for await (const question of socket) {
    const found = await query([question.latin1Slice(0, 3), 'a name of some length']);
    const body = Buffer.from(JSON.stringify(found));
    const head = Buffer.alloc(4);
    head.writeUInt32LE(body.length);
    socket.write(Buffer.concat([head, body]));
  }
}

const serve = (database) =>
  listen(
    net.createServer({ noDelay: true }, (socket) => {
      answerAll(socket, database).catch(() => socket.destroy());
    }),
  );

module.exports = {
  createQueryCounter,
  title: `PostgreSQL's wire (pg-protocol): ${rows} rows a query`,
  connections: 8,
  requests: 4_000,
  serve,
  upstream,
  connect: (port) => connect(port, ask, (chunk) => 4 + chunk.readUInt32LE(0)),
};
