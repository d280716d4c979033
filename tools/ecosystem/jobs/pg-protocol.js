'use strict';

/* pg-protocol: writes queries, and parses a server's answers as a network would deliver them. */

const { PassThrough } = require('node:stream');
const { createRandom, join } = require('../data');

const COLUMNS = ['id', 'name', 'payload', 'note', 'amount'];
const encoder = new TextEncoder();

/** One message of the server's: type, length, body. */
function message(type, ...parts) {
  const body = join(parts);
  const head = Buffer.from(new ArrayBuffer(5));
  head[0] = type.charCodeAt(0);
  head.writeInt32BE(body.length + 4, 1);
  return join([head, body]);
}

function number(value, size) {
  const bytes = Buffer.from(new ArrayBuffer(size));
  bytes.writeIntBE(value, 0, size);
  return bytes;
}

const text = (value) => encoder.encode(value);
const zeroEnded = (value) => text(`${value}\0`);

function rowDescription() {
  const field = (name, i) => [
    ...[zeroEnded(name), number(1234, 4), number(i + 1, 2), number(25, 4)],
    ...[number(-1, 2), number(-1, 4), number(0, 2)],
  ];
  return message('T', number(COLUMNS.length, 2), ...COLUMNS.flatMap(field));
}

function dataRow(random, id) {
  const long = id % 500 === 0 ? 200_000 : random.between(0, 600);
  const values = [
    ...[text(`${id}`), text(random.words(3)), random.textBytes(long), null],
    text((random.next() / 100).toFixed(2)),
  ];
  const written = values.flatMap((value) =>
    value === null ? [number(-1, 4)] : [number(value.length, 4), value],
  );
  return message('D', number(values.length, 2), ...written);
}

function answer(random, rows) {
  return join([
    rowDescription(),
    ...Array.from({ length: rows }, (_, i) => dataRow(random, i)),
    message('C', zeroEnded(`SELECT ${rows}`)),
    message('Z', text('I')),
  ]);
}

async function rows({ load, digest }) {
  const { parse } = await load('pg-protocol');
  const random = createRandom(6);
  const recorded = answer(random, 10_000);
  for (let round = 0; round < 8; round++) {
    const stream = new PassThrough();
    const done = parse(stream, ({ name, fields, text: tag }) => {
      if (name === 'dataRow') fields.forEach((field) => digest.update(field ?? '-'));
      else digest.update(`${name} ${tag ?? ''}`);
    });
    for (const piece of random.pieces(recorded, 70_000)) {
      // A copy, as a socket's chunks are: the parser writes into what it gets.
      if (!stream.write(join([piece])))
        await new Promise((resolve) => stream.once('drain', resolve));
    }
    stream.end();
    await done;
  }
}

/** @param {number} perTurn how many are written before the event loop turns */
async function writeQueries({ load, digest, turn }, perTurn) {
  const { serialize } = await load('pg-protocol');
  const random = createRandom(7);
  const values = [random.words(8), random.bytes(3000), null, '12345.67'];
  const statement = { name: 's', text: `insert into t values ($1, $2, $3, $4) -- ${values[0]}` };
  for (let i = 0; i < 60_000; i++) {
    if (i % perTurn === 0) await turn();
    const parts = [
      ...[serialize.parse(statement), serialize.bind({ statement: 's', values })],
      ...[serialize.execute({ rows: i }), serialize.sync()],
    ];
    if (i % 4 === 0) parts.forEach((part) => digest.update(part));
  }
}

const queries = (tools) => writeQueries(tools, 100);
const queriesInOneTurn = (tools) => writeQueries(tools, Infinity);

module.exports = {
  package: 'pg-protocol',
  jobs: {
    '80,000 rows in odd pieces': rows,
    '60,000 inserts written': queries,
    '60,000 inserts written in one turn': queriesInOneTurn,
  },
};
