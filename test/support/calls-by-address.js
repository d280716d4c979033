'use strict';

/*
 * Calls of the runtime's that take a buffer's address, and then coerce an argument; and what takes the
 * address long before it reads. As functions of the buffer and the argument.
 */

const v8 = require('node:v8');

/** An argument that is `by` more than another. */
const more = (argument, by) => ({ valueOf: () => argument.valueOf() + by });

/** Each writes 7, or what the text means. */
const WRITES = {
  fill: (buffer, argument) => buffer.fill(more(argument, 7)),
  asciiWrite: (buffer, argument) => buffer.asciiWrite('aaaa', argument),
  base64Write: (buffer, argument) => buffer.base64Write('aaaa', argument),
  base64urlWrite: (buffer, argument) => buffer.base64urlWrite('aaaa', argument),
  hexWrite: (buffer, argument) => buffer.hexWrite('aaaa', argument),
  latin1Write: (buffer, argument) => buffer.latin1Write('aaaa', argument),
  ucs2Write: (buffer, argument) => buffer.ucs2Write('aaaa', argument),
  utf8Write: (buffer, argument) => buffer.utf8Write('aaaa', argument),
  'hexWrite, its length': (buffer, argument) => buffer.hexWrite('aaaa', 0, more(argument, 2)),
  'utf8Write, its length': (buffer, argument) => buffer.utf8Write('aaaa', 0, more(argument, 2)),
};

const slices = ['ascii', 'base64', 'base64url', 'hex', 'latin1', 'ucs2', 'utf8'].flatMap((name) => [
  [`${name}Slice`, (buffer, argument) => buffer[`${name}Slice`](argument, 50)],
  [`${name}Slice, its end`, (buffer, argument) => buffer[`${name}Slice`](0, more(argument, 50))],
]);

const DESERIALIZED = {
  readUint32: (from) => from.readUint32(),
  readUint64: (from) => from.readUint64().join(),
  readDouble: (from) => String(from.readDouble()),
  readRawBytes: (from) => from.readRawBytes(8).toString('hex'),
  readValue: (from) => String(from.readValue()),
};

/** It keeps the address from the beginning. [] where it refuses. */
const deserializers = Object.entries(DESERIALIZED).map(([name, read]) => [
  `v8.Deserializer, ${name}`,
  (buffer, argument) => {
    const deserializer = new v8.Deserializer(buffer);
    argument.valueOf();
    try {
      return read(deserializer);
    } catch {
      return [];
    }
  },
]);

/** Bun has one that throws. */
function canDeserialize() {
  try {
    new v8.Deserializer(Buffer.alloc(8));
    return true;
  } catch {
    return false;
  }
}

/** Each gives what it read, as text or number. */
const READS = Object.fromEntries([...slices, ...(canDeserialize() ? deserializers : [])]);

module.exports = { READS, WRITES };
