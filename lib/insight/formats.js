'use strict';

/*
 * formats: a profile as what tools open. A profile is, for this:
 *
 *   root                                  the tree of stacks (stacks.js); each node has `buckets` with `inuseBytes`
 *   stacks                                [{ frames, kind, allocator, values }], the innermost frame first; values are
 *                                         objects and bytes allocated, and those in use
 *   interval                              bytes from one sample to the next, on average
 *   startTime, duration                   in milliseconds
 */

const { toPprof } = require('./pprof');
const { describe } = require('./stacks');

/** Only DevTools' own frames have an id of their script. */
const NO_SCRIPT = '0';

/** What is in use, as DevTools opens it: a sampling heap profile of the inspector's protocol. */
function toHeapProfile({ root }) {
  const samples = [];
  let lastId = 0;
  const callFrameOf = (frame) => {
    const { name, file, line, column } =
      frame === undefined ? { name: '(root)', file: '', line: 0, column: 0 } : describe(frame);
    return {
      functionName: name,
      scriptId: NO_SCRIPT,
      url: file,
      lineNumber: line - 1,
      columnNumber: column - 1,
    };
  };
  const show = ({ frame, buckets, children }) => {
    const id = ++lastId;
    let selfSize = 0;
    for (let i = 0; i < buckets.length; i++) selfSize += buckets[i].inuseBytes;
    selfSize = Math.round(selfSize);
    if (selfSize > 0) samples.push({ size: selfSize, nodeId: id, ordinal: samples.length + 1 });
    return { callFrame: callFrameOf(frame), selfSize, id, children: Array.from(children, show) };
  };
  return JSON.stringify({ head: show(root), samples });
}

/** `a;b;c bytes` for every stack in use, the outermost frame first: what flame graphs are made of. */
function toCollapsed({ stacks }) {
  const shown = new Map();
  const show = (frame) => {
    const { name, file, line } = describe(frame);
    const place = file === '' ? '' : ` (${file}:${line})`;
    return `${name}${place}`.replace(/[;\n]/g, ' ');
  };
  const sums = new Map();
  for (const { frames, values } of stacks) {
    const names = frames.map((frame) => {
      if (!shown.has(frame)) shown.set(frame, show(frame));
      return shown.get(frame);
    });
    const key = names.reverse().join(';');
    sums.set(key, (sums.get(key) ?? 0) + values[3]);
  }
  const lines = [...sums].map(([key, bytes]) => [key, Math.round(bytes)]);
  return lines
    .filter(([, bytes]) => bytes > 0)
    .map(([key, bytes]) => `${key} ${bytes}\n`)
    .join('');
}

/** By name, with the ends of files that are so. */
const FORMATS = {
  __proto__: null,
  pprof: { show: toPprof, ends: ['.pb.gz', '.pprof'] },
  heapprofile: { show: toHeapProfile, ends: ['.heapprofile'] },
  collapsed: { show: toCollapsed, ends: ['.collapsed', '.folded', '.txt'] },
};

/** The format for a file's name. */
function formatOf(file) {
  const fits = (name) => FORMATS[name].ends.some((end) => file.endsWith(end));
  return Object.keys(FORMATS).find(fits) ?? 'pprof';
}

module.exports = { FORMATS, formatOf };
