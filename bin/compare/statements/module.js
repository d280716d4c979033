'use strict';

/* Statements about the module as a stand-in for `node:buffer`. */

const { inspect } = require('node:util');
const host = require('node:buffer');

module.exports = {
  title: 'The module',
  statements: [
    { says: 'constants.MAX_LENGTH', run: ({ constants }) => constants.MAX_LENGTH },
    { says: 'constants.MAX_STRING_LENGTH', run: ({ constants }) => constants.MAX_STRING_LENGTH },
    { says: 'kMaxLength', run: ({ kMaxLength }) => kMaxLength },
    {
      says: 'missing exports of node:buffer',
      run: (module) => Object.keys(host).filter((name) => !(name in module)),
      show: (names) => (names.length === 0 ? 'none' : names.join(' ')),
    },
    {
      says: 'other exports that are not the same',
      run: (module) =>
        Object.keys(host).filter((name) => name !== 'Buffer' && module[name] !== host[name]),
      show: (names) => (names.length === 0 ? 'none' : names.join(' ')),
    },
    {
      says: 'INSPECT_MAX_BYTES = 2, then inspect',
      run(module) {
        const before = module.INSPECT_MAX_BYTES;
        try {
          module.INSPECT_MAX_BYTES = 2;
          return inspect(module.Buffer.alloc(5));
        } finally {
          module.INSPECT_MAX_BYTES = before;
        }
      },
    },
    {
      says: "Buffer.prototype is the built-in's",
      run: ({ Buffer }) => Buffer.prototype === host.Buffer.prototype,
    },
    {
      says: 'names, lengths of Buffer, alloc, from …',
      run: ({ Buffer }) =>
        [
          Buffer,
          Buffer.alloc,
          Buffer.allocUnsafe,
          Buffer.allocUnsafeSlow,
          Buffer.from,
          Buffer.concat,
        ]
          .map(({ name, length }) => `${name}/${length}`)
          .join(' '),
    },
    {
      says: 'Buffer.poolSize at the start',
      run: ({ Buffer }) => Buffer.poolSize,
    },
    {
      // Packages that wrap Buffer (safer-buffer) copy its own keys, and those alone.
      says: 'own keys of Buffer',
      run: ({ Buffer }) => Object.keys(Buffer).sort(),
      show: (names) => `${names.length} names`,
    },
    {
      says: 'missing statics of Buffer',
      run: ({ Buffer }) =>
        Object.getOwnPropertyNames(host.Buffer).filter((name) => !(name in Buffer)),
      show: (names) => (names.length === 0 ? 'none' : names.join(' ')),
    },
  ],
};
