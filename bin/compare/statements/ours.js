'use strict';

/*
 * Statements about what bufalloc alone does, with the counters that show it. Where C stores cannot be had, or limits that the user set stand in the way
 * (BUFALLOC_MAX_BYTES and the like), there is nothing to show, and that is said.
 */

const { bytes, MiB } = require('../../../bench/core/format');

const SLABS = 64;
/** The size of the dedicated buffers: from here on they come from C by default. */
const KEPT = 131072;
/** Buffers of 1 MiB that are held at once: well below what one turn may take. */
const HELD = 24;

/** Gets through so many slabs' worth of pooled buffers and keeps none of them. */
function churn(Buffer, slabs) {
  const piece = (Buffer.poolSize >>> 1) - 8;
  for (let i = 0; i < 2 * slabs; i++) Buffer.allocUnsafe(piece).fill(1);
}

const NO_COUNTERS = { external: false, why: 'no counters' };
const NO_C_STORES = { external: false, why: 'no C stores here' };
const LIMITED = { external: false, why: 'limited by the user' };

/** Whether limits leave no room for what is shown here; the defaults leave plenty. */
function isLimited({ limits, fallbacks }) {
  const { nativeMin, maxCachedBytes } = limits;
  const refused = Object.values(fallbacks).some((times) => times > 0);
  return refused || nativeMin > KEPT || maxCachedBytes < SLABS * KEPT;
}

/** How often it is tried, on a machine so busy that memory is taken for idle and given back meanwhile. */
const ATTEMPTS = 5;

/** What `measure` says when no idle memory was given back meanwhile. */
const undisturbed = (measure) => async (tools) => {
  const purged = () => tools.stats().heap.purgedBytes;
  for (let attempt = 1; ; attempt++) {
    const before = purged();
    const measured = await measure(tools);
    if (purged() === before || attempt === ATTEMPTS) return measured;
  }
};

/** A statement that asks `measure` what the counters say, where there are counters. */
const counted = (says, measure, show, ours) => ({
  says,
  isolated: true,
  async run({ Buffer, stats, trim }, { collect }) {
    if (typeof stats !== 'function') return NO_COUNTERS;
    if (!stats().external) return NO_C_STORES;
    const measured = await measure({ Buffer, stats, trim, collect });
    return isLimited(stats()) ? LIMITED : { external: true, ...measured };
  },
  show: (value) => (value.external ? show(value) : value.why),
  ours: (value) => !value.external || ours(value),
});

module.exports = {
  title: "bufalloc's own",
  statements: [
    counted(
      `${SLABS} slabs collected, ${SLABS} more: reused`,
      undisturbed(async ({ Buffer, stats, collect }) => {
        churn(Buffer, SLABS);
        await collect();
        const before = stats();
        churn(Buffer, SLABS);
        const after = stats();
        return {
          slabs: after.stores.slab.count - before.stores.slab.count,
          reused: after.heap.reusedBlocks - before.heap.reusedBlocks,
        };
      }),
      ({ slabs, reused }) => `${reused} of ${slabs} slabs`,
      ({ slabs, reused }) => slabs >= SLABS && reused >= SLABS / 2,
    ),
    counted(
      'the same with alloc(128 KiB)',
      undisturbed(async ({ Buffer, stats, collect }) => {
        for (let i = 0; i < SLABS; i++) Buffer.alloc(KEPT).fill(1);
        await collect();
        const before = stats();
        for (let i = 0; i < SLABS; i++) Buffer.alloc(KEPT).fill(1);
        const after = stats();
        return {
          blocks: after.stores.dedicated.count - before.stores.dedicated.count,
          reused: after.heap.reusedBlocks - before.heap.reusedBlocks,
        };
      }),
      ({ blocks, reused }) => `${reused} of ${blocks} blocks`,
      ({ blocks, reused }) => reused > 0 && reused >= blocks / 2,
    ),
    counted(
      'live in C: in use, then collected',
      async ({ Buffer, stats, collect }) => {
        let kept = Array.from({ length: HELD }, () => Buffer.allocUnsafeSlow(MiB));
        const used = stats().heap.liveBytes;
        kept = kept.length = 0;
        await collect();
        return { used, left: stats().heap.liveBytes, kept };
      },
      ({ used, left }) => `${bytes(used)}, ${bytes(left)}`,
      ({ used, left }) => used >= HELD * MiB && left < used / 8,
    ),
    counted(
      'trim(): given back to the system',
      async ({ Buffer, stats, trim, collect }) => {
        churn(Buffer, 4 * SLABS);
        await collect();
        const cached = stats().heap.cachedBytes;
        return { cached, trimmed: trim() };
      },
      ({ trimmed }) => bytes(trimmed),
      ({ cached, trimmed }) => trimmed > 0 && trimmed >= cached,
    ),
    {
      says: 'structuredClone(.buffer, { transfer })',
      run({ Buffer }) {
        const { buffer } = Buffer.alloc(1 << 20, 7);
        const moved = structuredClone(buffer, { transfer: [buffer] });
        return {
          moved: new Uint8Array(moved).every((byte) => byte === 7),
          left: buffer.byteLength,
        };
      },
      show: ({ moved, left }) => (moved && left === 0 ? 'moved' : 'copied'),
    },
  ],
};
