'use strict';

/*
 * All jobs: one or more for each package, each a small program that does with it what people do.
 *
 * A job is an async function of `{ load, loader, digest, turn }`: `load(name)` imports a package (its
 * module namespace), `loader` is the module whose default that is, for threads; `digest` is a hash that
 * takes all the results, and `await turn()` lets the event loop turn, where a server would receive its
 * next request. A job may depend on neither time nor chance,
 * so that the hash is the same in every process.
 */

const files = [
  ...['ws', 'undici', 'mysql2', 'pg-protocol', 'redis-parser', 'msgpackr', 'protobufjs'],
  ...[
    'bl',
    'readable-stream',
    'images',
    'archives',
    'busboy',
    'level',
    'codecs',
    'pdfs',
    'threads',
  ],
];

const groups = files.flatMap((name) => require(`./jobs/${name}`));

/** @type {Array<{ id: string, package: string, with: string[], title: string, run: Function }>} */
const jobs = groups.flatMap(({ package: name, with: others = [], jobs: own }) =>
  Object.entries(own).map(([title, run]) => {
    return { id: `${name}: ${title}`, package: name, with: others, title, run };
  }),
);

module.exports = { jobs };
