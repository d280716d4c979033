'use strict';

// (j) Allocates buffers of 100 and of 200 KiB in a synchronous loop and writes to none of them: nodejs/node#61967, where Node 24 takes
// 55 to 70 % longer than Node 20.

const count = 200_000;

function loop(Buffer, bytes, times) {
  for (let i = 0; i < times; i++) Buffer.allocUnsafe(bytes);
}

async function run({ Buffer, variant: bytes, scale, timed }) {
  loop(Buffer, bytes, count * 0.05);
  await timed(async () => loop(Buffer, bytes, count * scale));
}

module.exports = { run };
