'use strict';

// The client process: opens a program's connections, and asks over each of them as soon as it has been answered.

const programs = require('./programs');

/** The server that the program talks to, where there is one. */
let upstream;

async function prepare({ program }) {
  upstream ??= await programs[program].upstream?.();
  return { upstream: upstream?.port };
}

async function load({ program, port, connections, count }) {
  const open = await Promise.all(
    Array.from({ length: connections }, () => programs[program].connect(port)),
  );
  const times = [];
  let asked = 0;
  const start = performance.now();
  const drive = async ({ exchange }) => {
    while (asked++ < count) {
      const sent = performance.now();
      await exchange();
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(open.map(drive));
  const ms = performance.now() - start;
  open.forEach(({ close }) => close());
  times.sort((a, b) => a - b);
  return { ms, perSecond: count / (ms / 1e3), requestP99: times[Math.floor(count * 0.99)] };
}

process.on('message', async (order) => {
  process.send(await (order.port === undefined ? prepare(order) : load(order)));
});
process.on('disconnect', () => process.exit());
process.send('ready');
