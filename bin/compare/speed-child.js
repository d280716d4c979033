'use strict';

/*
 * A child program: times one call with one of the Buffers.
 *
 * Calls come in batches with a turn of the event loop after each, and the turn is in the measured
 * time: that is when finalizers run and memory comes back, in this program as in any other. The
 * last few buffers are kept, so that the compiler cannot do away with them.
 */

const { setImmediate: turn } = require('node:timers/promises');
const { serve } = require('./child');
const { MIB } = require('./format');
const { groups } = require('./speed-cases');
const { loadSide } = require('./sides');

/** What a turn hands out at most: a busy server's worth of bytes, and of buffers. */
const BATCH_BYTES = 2 * MIB;
const BATCH_CALLS = 2000;
const KEPT = 8;

/** Calls `call` for at least `ns` nanoseconds and gives the nanoseconds that one took. */
async function time(call, batch, ns) {
  const kept = new Array(KEPT);
  const start = process.hrtime.bigint();
  for (let calls = batch; ; calls += batch) {
    for (let i = 0; i < batch; i++) kept[i % KEPT] = call();
    await turn();
    const elapsed = Number(process.hrtime.bigint() - start);
    if (elapsed >= ns) return elapsed / calls;
  }
}

// `share` is the processor time had for each second that went by: 1 or more (other threads collect
// garbage), unless other programs were in the way.
serve(async ({ side, title, warmUp, measure }) => {
  const { size, make } = groups.flatMap(({ cases }) => cases).find((one) => one.title === title);
  const call = make(loadSide(side).Buffer);
  const batch = Math.max(1, Math.min(BATCH_CALLS, Math.floor(BATCH_BYTES / size)));
  await time(call, batch, warmUp);
  const before = { cpu: process.cpuUsage(), at: performance.now() };
  const ns = await time(call, batch, measure);
  const { user, system } = process.cpuUsage(before.cpu);
  return { ns, share: (user + system) / 1e3 / (performance.now() - before.at) };
});
