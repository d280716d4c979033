'use strict';

/* explanation: what explain() says, as text for people, in 80 columns. */

const { bytes } = require('./format');

const WIDTH = 80;
const NAME_WIDTH = 36;
const SIZE_WIDTH = 11;
const BAR_WIDTH = 24;

/** What each part is called. */
const NAMES = {
  __proto__: null,
  live: 'buffers in use',
  pinned: 'kept for nothing by small pieces',
  cached: 'freed, cached for reuse',
  reserve: 'reserve for new heaps',
  rounding: 'lost on size classes',
  metadata: "bufalloc's tables",
  host: "the runtime's own buffers",
  v8: "V8's heap",
  files: 'programs and libraries',
  rest: 'everything else',
  absent: 'counted above and not resident',
};

const nameOf = (part, isEstimate) =>
  part === 'pinned' && isEstimate ? 'slabs, and what their pieces keep' : NAMES[part];

/** Breaks a text into lines. */
function wrap(text, width) {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function showSize(size) {
  return size < 0 ? `-${bytes(-size)}` : bytes(size);
}

/**
 * @param {{ rss: number, parts: object, isEstimate: boolean, advice: { part: string, text: string } }} explanation
 * @returns {string} lines, each ended
 */
function showExplanation({ rss, parts, isEstimate, advice }) {
  const rows = Object.entries(parts)
    .filter(([, size]) => size !== 0)
    .map(([part, size]) => {
      const share = size / rss;
      const bar = '█'.repeat(Math.max(0, Math.min(BAR_WIDTH, Math.round(share * BAR_WIDTH))));
      const percent = `${Math.round(100 * share)} %`.padStart(6);
      const name = nameOf(part, isEstimate).padEnd(NAME_WIDTH);
      return `  ${name}${showSize(size).padStart(SIZE_WIDTH)}${percent} ${bar}`.trimEnd();
    });
  const [first, ...others] = wrap(
    `Largest: ${nameOf(advice.part, isEstimate)}. ${advice.text}`,
    WIDTH,
  );
  return [`${bytes(rss)} resident (RSS)`, ...rows, first, ...others, ''].join('\n');
}

module.exports = { NAMES, showExplanation };
