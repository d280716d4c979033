'use strict';

/*
 * map: what every run of pages of a heap is, for people to look at. The addon gives rows of numbers
 * (src/addon/insight.c); here they become chunks with spans, small enough to be sent to a browser.
 */

const { binding, Float64Array } = require('../runtime/builtin');

/** Numbers in a row: MAP_FIELDS. */
const FIELDS = 11;
/** Rows that most heaps have room in, at first. */
const ROWS = 1024;

/** All rows of a heap, in an array that may be longer; and their count. */
function readRows(heap) {
  let rows = new Float64Array(ROWS * FIELDS);
  let count = binding.readMap(heap, rows);
  /* Making the array may itself have memory come back, and more rows. */
  while (count * FIELDS > rows.length) {
    rows = new Float64Array(2 * count * FIELDS);
    count = binding.readMap(heap, rows);
  }
  return { rows, count };
}

/**
 * Reads the map of one supply's heap.
 *
 * @param {import('../stores/supply').Supply} supply
 * @param {number} most chunks, those at the highest addresses left out
 * @returns {{ chunks: object[], hiddenChunks: number, hiddenBytes: number }} chunks: by address, each
 *   `{ address, bytes, spans }`; spans: in order, each an array of its offset, its bytes, those of them
 *   that are resident, bytes of a block (0: free pages), blocks, and which of these are live and which
 *   are fresh, each as two halves of 32 bits, the lower first
 */
function readMap(supply, most) {
  supply.cool();
  const { rows, count } =
    supply.closed || !supply.isNative ? { rows: [], count: 0 } : readRows(supply.heap);
  const chunks = new Map();
  for (let i = 0; i < count; i++) {
    const [address, bytes, ...span] = rows.subarray(i * FIELDS, (i + 1) * FIELDS);
    let chunk = chunks.get(address);
    if (chunk === undefined) chunks.set(address, (chunk = { address, bytes, spans: [] }));
    chunk.spans.push(span);
  }
  const all = [...chunks.values()].sort((a, b) => a.address - b.address);
  const hidden = all.splice(most);
  return {
    chunks: all,
    hiddenChunks: hidden.length,
    hiddenBytes: hidden.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

module.exports = { readMap };
