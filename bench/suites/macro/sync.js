'use strict';

// (g) Allocates and writes large buffers in one synchronous loop. The event loop never turns, so no finalizer runs: memory comes back
// within the turn or not at all. Besides the time it reports how many stores were the runtime's after all.

const { KiB, MiB } = require('../../core/format');

const counts = { [64 * KiB]: 200_000, [MiB]: 3_000 };

function loop(Buffer, bytes, times) {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const buf = Buffer.allocUnsafe(bytes);
    for (let offset = 0; offset < bytes; offset += 4096) buf[offset] = i & 255;
    sum += buf[0];
  }
  return sum;
}

/** Stores of the runtime's: those that C refused and those it was not asked for. A refused one is counted as both. */
function servedByRuntime({ stats }) {
  const { fallbacks, stores } = stats();
  const refused = Object.values(fallbacks).reduce((sum, count) => sum + count, 0);
  return Math.max(refused, stores.host.count);
}

async function run({ Buffer, module, variant: bytes, scale, timed }) {
  const count = counts[bytes];
  loop(Buffer, bytes, count * 0.02);
  if (module.stats === undefined) return timed(async () => void loop(Buffer, bytes, count * scale));
  const before = servedByRuntime(module);
  await timed(async () => void loop(Buffer, bytes, count * scale));
  return { fallbacks: servedByRuntime(module) - before };
}

module.exports = { run };
