'use strict';

// (g) Allocates and writes 64 KiB buffers in one synchronous loop. The event loop never turns, so no finalizer runs and no memory
// of ours can come back: the valve on bytes handed out in a turn has to hold.

const count = 100_000;

function loop(Buffer, times) {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    const buf = Buffer.allocUnsafe(64 * 1024);
    for (let offset = 0; offset < buf.length; offset += 4096) buf[offset] = i & 255;
    sum += buf[0];
  }
  return sum;
}

async function run({ Buffer, scale, timed }) {
  loop(Buffer, count * 0.02);
  await timed(async () => {
    loop(Buffer, count * scale);
  });
}

module.exports = { run };
