'use strict';

/*
 * kinds: what may be set, in settings and options alike: checking it, and reading it from a text. It is loaded
 * where an environment variable says something, and with the first options.
 *
 * `valid` and `must` are for options, `parse` and `wanted` for environment variables: `parse` takes the text, and the
 * default for what that leaves out, and gives undefined for what it does not understand.
 */

const { NumberIsSafeInteger } = require('./runtime/builtin');

const KIB = 1024;
const MIB = 1024 * KIB;

const UNITS = {
  __proto__: null,
  ...{ b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: KIB, mib: MIB, gib: 1024 * MIB, tib: 1024 * 1024 * MIB },
};

/** `1e6`, `64MB`, `1.5 GiB`; undefined for what is no size. */
function parseBytes(text) {
  const [, number, unit] = /^(.*?)\s*([a-z]*b)?$/i.exec(text.trim()) ?? [];
  if (!number) return undefined;
  const size = Math.floor(Number(number) * (unit ? UNITS[unit.toLowerCase()] : 1));
  return size >= 0 ? size : undefined;
}

const WORDS = {
  __proto__: null,
  ...{ 1: true, on: true, true: true, yes: true },
  ...{ 0: false, off: false, false: false, no: false },
};

const bytes = {
  __proto__: null,
  valid: (value) => value === Infinity || (NumberIsSafeInteger(value) && value >= 0),
  must: 'must be a number of bytes, 0 or more',
  parse: parseBytes,
  wanted: "a number of bytes, as in '67108864', '64MB' or '64MiB'",
};
const count = {
  __proto__: null,
  parse: (text) => (Number(text) >= 0 ? Number(text) : undefined),
  wanted: 'a number',
};
const flag = {
  __proto__: null,
  valid: (value) => typeof value === 'boolean',
  must: 'must be true or false',
  parse: (text) => WORDS[text.toLowerCase()],
  wanted: "'1' or '0' ('on' or 'off')",
};
const text = {
  __proto__: null,
  valid: (value) => typeof value === 'string',
  must: 'must be a string',
  parse: (given) => given,
};
const oneOf = (...choices) => {
  const wanted = choices.map((choice) => `'${choice}'`).join(' or ');
  return {
    __proto__: null,
    valid: (value) => choices.includes(value),
    must: `must be ${wanted}`,
    parse: (given) => (choices.includes(given) ? given : undefined),
    wanted,
  };
};
const reportTimes = {
  __proto__: null,
  parse: (given) => (given === 'exit' ? given : Number(given) > 0 ? Number(given) : undefined),
  wanted: "'exit' or a number of seconds",
};

/** `host:port`, either of which may be left out. Nobody beyond this machine may look. */
function parseLoopback(given, initial) {
  const match = /^(127(?:\.\d{1,3}){3}|localhost|\[::1\])?(?:(?:^|:)(\d{1,5}))?$/.exec(given);
  if (match === null || Number(match[2] ?? 0) > 65535) return undefined;
  const [, host = initial.host, port = initial.port] = match;
  return { __proto__: null, host: host === '[::1]' ? '::1' : host, port: Number(port) };
}
const loopback = {
  __proto__: null,
  parse: parseLoopback,
  wanted: 'a loopback address and a port, as 127.0.0.1:4711',
};

module.exports = {
  __proto__: null,
  backend: oneOf('v8', 'napi', 'host'),
  bytes,
  count,
  flag,
  loopback,
  oneOf,
  reportTimes,
  stores: oneOf('host'),
  text,
};
