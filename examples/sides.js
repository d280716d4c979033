'use strict';

/*
 * What the examples share: the two sides that each of them runs on, in child processes of their own,
 * and the table that shows both.
 *
 * `take(size)` gives a buffer that is about to be filled, `give(buffer)` says that nobody uses it any
 * more. The built-in has no word for the latter: it waits for the collector.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const { Buffer: BuiltinBuffer } = require('node:buffer');

const MIB = 1024 * 1024;

const sides = {
  'built-in': () => ({
    take: (size) => BuiltinBuffer.allocUnsafeSlow(size),
    give: () => {},
  }),
  bufalloc: () => {
    const { acquire, release } = require('..');
    return { take: acquire, give: release };
  },
};

/**
 * The most memory that this process has had resident.
 *
 * @returns {number} in bytes
 */
function peakRss() {
  try {
    // On Linux `maxRSS` of a child begins with what its parent had.
    const [, kib] = fs.readFileSync('/proc/self/status', 'utf8').match(/^VmHWM:\s*(\d+) kB$/m);
    return Number(kib) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}

/**
 * Runs a script on one side, in a process of its own that talks to us by messages.
 *
 * @param {string} script one that calls `childTask`
 * @param {string} side a key of `sides`
 * @param {object} task for the child
 */
function forkSide(script, side, task) {
  const child = fork(script, { stdio: 'inherit' });
  const ended = once(child, 'exit');
  child.send({ ...task, side });
  return {
    /** The next message; fails if the child ends without one. */
    next() {
      const message = once(child, 'message').then(([value]) => value);
      const end = once(child, 'disconnect').then(async () => {
        const [code, signal] = await ended;
        throw new Error(`the ${side} side ended with ${signal ?? code}`);
      });
      return Promise.race([message, end]);
    },
    send: (message) => child.send(message),
    ended,
  };
}

const leave = () => process.exit();

/**
 * In a child, which ends with its parent: its task and the side's functions.
 *
 * @returns {Promise<object|undefined>} undefined in the process that the user started
 */
async function childTask() {
  if (process.send === undefined) return undefined;
  process.once('disconnect', leave);
  const [task] = await once(process, 'message');
  return { ...task, ...sides[task.side]() };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * Runs every side as often as asked, alternating, and shows the medians.
 *
 * @param {number} rounds
 * @param {(side: string) => Promise<{ bytes: number, seconds: number, cpu: number, rss: number }>} run
 */
async function compareSides(rounds, run) {
  const names = Object.keys(sides);
  const results = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) results.get(name).push(await run(name));
  }
  console.log(
    `\n${''.padEnd(10)}${'throughput'.padStart(14)}${'CPU'.padStart(12)}${'peak RSS'.padStart(13)}`,
  );
  for (const name of names) {
    const of = (value) => median(results.get(name).map(value));
    const speed = of(({ bytes, seconds }) => bytes / MIB / seconds);
    const cpu = of((result) => result.cpu);
    const rss = of((result) => result.rss) / MIB;
    console.log(
      name.padEnd(10) +
        `${speed.toFixed(0)} MiB/s`.padStart(14) +
        `${cpu.toFixed(2)} s`.padStart(12) +
        `${rss.toFixed(0)} MiB`.padStart(13),
    );
  }
}

/** Seconds of CPU that this process has used. */
function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/**
 * Reads numbers from parsed options; ends with status 2 and a word of help if one is none.
 *
 * @param {Record<string, string>} values
 * @param {string[]} names of those that must be whole numbers above 0
 */
function wholeNumbers(values, names) {
  return names.map((name) => {
    const number = Number(values[name]);
    if (!Number.isSafeInteger(number) || number <= 0) {
      fail(`--${name} must be a whole number above 0, not '${values[name]}'`);
    }
    return number;
  });
}

/** Ends with a message for the user: wrong usage. */
function fail(message) {
  console.error(`${message}. Try --help.`);
  process.exit(2);
}

/**
 * In a child: sends its result, its last message. It ends by itself then: process.exit() waits for threads
 * that compile, and they may wait for a collection that does not come any more (nodejs/node#54918).
 */
function sendResult(result) {
  process.send(result, (error) => {
    if (error) leave();
    process.off('disconnect', leave);
    process.disconnect();
  });
}

module.exports = {
  sendResult,
  MIB,
  childTask,
  compareSides,
  cpuSeconds,
  fail,
  forkSide,
  peakRss,
  wholeNumbers,
};
