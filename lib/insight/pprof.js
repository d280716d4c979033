'use strict';

/*
 * pprof: a profile as a gzipped protocol buffer, the format of github.com/google/pprof (proto/profile.proto), which
 * `go tool pprof`, speedscope and Pyroscope open.
 *
 * Of the fields of protocol buffers there are two kinds here: numbers, in seven bits a byte, the lowest first; and what
 * has a length, strings, packed numbers and messages.
 */

const { gzipSync } = require('node:zlib');
const { builtinFrom } = require('../runtime/builtin');
const { describe } = require('./stacks');

const VARINT = 0;
const LENGTH = 2;

/** A message under way: fields are written one after the other. */
class Message {
  bytes = [];

  varint(value) {
    let rest = BigInt(value);
    while (rest > 127n) {
      this.bytes.push(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.bytes.push(Number(rest));
    return this;
  }

  number(field, value) {
    return this.varint(field * 8 + VARINT).varint(value);
  }

  append(field, bytes) {
    this.varint(field * 8 + LENGTH).varint(bytes.length);
    for (const byte of bytes) this.bytes.push(byte);
    return this;
  }

  message(field, { bytes }) {
    return this.append(field, bytes);
  }

  packed(field, values) {
    const list = new Message();
    for (const value of values) list.varint(value);
    return this.message(field, list);
  }
}

/** Numbers the things that are added, from `first` on, each once. */
function createNumbering(first) {
  const numbers = new Map();
  return {
    of(key, onNew) {
      let number = numbers.get(key);
      if (number === undefined) {
        number = numbers.size + first;
        numbers.set(key, number);
        onNew?.(number);
      }
      return number;
    },
    keys: () => [...numbers.keys()],
  };
}

/* Fields of perftools.profiles.Profile and what is in it. */
const PROFILE = {
  sampleType: 1,
  sample: 2,
  location: 4,
  function: 5,
  string: 6,
  time: 9,
  duration: 10,
  periodType: 11,
  period: 12,
  defaultType: 14,
};
const TYPES = [
  ['alloc_objects', 'count'],
  ['alloc_space', 'bytes'],
  ['inuse_objects', 'count'],
  ['inuse_space', 'bytes'],
];

/**
 * @param {object} profile see profile.js
 * @returns {Buffer} gzipped
 */
function toPprof({ stacks, interval, startTime, duration }) {
  const profile = new Message();
  const strings = createNumbering(0);
  const functions = createNumbering(1);
  const locations = createNumbering(1);
  const text = (string) => strings.of(string);
  text('');

  const valueType = ([type, unit]) => new Message().number(1, text(type)).number(2, text(unit));

  const functionOf = ({ name, file }) =>
    functions.of(`${name}\n${file}`, (id) => {
      const entry = new Message().number(1, id).number(2, text(name)).number(3, text(name));
      profile.message(PROFILE.function, entry.number(4, text(file)));
    });

  const locationOf = (frame) =>
    locations.of(frame, (id) => {
      const shown = describe(frame);
      const line = new Message().number(1, functionOf(shown)).number(2, shown.line);
      const entry = new Message().number(1, id).message(4, line.number(3, shown.column));
      profile.message(PROFILE.location, entry);
    });

  const label = (key, value) => new Message().number(1, text(key)).number(2, text(value));

  for (const type of TYPES) profile.message(PROFILE.sampleType, valueType(type));
  for (const { frames, kind, allocator, values } of stacks) {
    const sample = new Message()
      .packed(1, frames.map(locationOf))
      .packed(2, values.map(Math.round))
      .message(3, label('kind', kind))
      .message(3, label('allocator', allocator));
    profile.message(PROFILE.sample, sample);
  }
  profile
    .number(PROFILE.time, BigInt(Math.round(startTime)) * 1_000_000n)
    .number(PROFILE.duration, BigInt(Math.round(duration)) * 1_000_000n)
    .message(PROFILE.periodType, valueType(['space', 'bytes']))
    .number(PROFILE.period, interval)
    .number(PROFILE.defaultType, text('inuse_space'));
  for (const string of strings.keys()) {
    profile.append(PROFILE.string, builtinFrom(string));
  }
  return gzipSync(builtinFrom(profile.bytes));
}

module.exports = { toPprof };
