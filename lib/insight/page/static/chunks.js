/*
 * chunks: the map. Each chunk is a canvas, a row for each 32 pages of 4 KiB; blocks are drawn where they
 * are. Colour tells a block's class, strength its state: in use, cached, or not there at all.
 */

import { bytes, count, html, key, showTip } from './format.js';

const PAGE = 4096;
const COLUMNS = 32;
/** Pixels of a cell, by how many chunks there are to show. */
const CELLS = [
  [8, 6],
  [40, 5],
  [Infinity, 3],
];
/** The gap between two rows, in pixels. */
const LEADING = 1;
const KIB = 1024;

/** The largest block of each colour. */
const CLASSES = [1, 4, 16, 64, 256, 1024, Infinity].map((kib) => kib * KIB);
const classOf = (size) => 1 + CLASSES.findIndex((most) => size <= most);

const STATES = { live: 1, cached: 0.32, fresh: 0.1 };
const STATE_WORDS = { live: 'in use', cached: 'cached', fresh: 'not resident' };

const [OFFSET, BYTES, RESIDENT, BLOCK, BLOCKS, LIVE, , FRESH] = [0, 1, 2, 3, 4, 5, 6, 7, 8];

const hasBit = (span, field, i) =>
  ((i < 32 ? span[field] : span[field + 1]) >>> (i % 32)) & 1 ? true : false;

const stateOf = (span, i) =>
  hasBit(span, LIVE, i) ? 'live' : hasBit(span, FRESH, i) ? 'fresh' : 'cached';

/** How many blocks of a span are in which state. */
function countStates(span) {
  const counts = { live: 0, cached: 0, fresh: 0 };
  for (let i = 0; i < span[BLOCKS]; i++) counts[stateOf(span, i)]++;
  return counts;
}

/** A span in words. */
export function describe(chunk, span) {
  const [offset, size, resident, block, blocks] = span;
  const place = `at +${bytes(offset)} of 0x${chunk.address.toString(16)}`;
  if (block === 0) {
    const there = resident === 0 ? 'not resident' : `${bytes(resident)} of it resident`;
    return `free: ${bytes(size)}, ${there}\n${place}`;
  }
  const counts = countStates(span);
  if (blocks === 1) {
    return `one block of ${bytes(block)}: ${counts.live ? STATE_WORDS.live : STATE_WORDS.cached}\n${place}`;
  }
  const states = Object.entries(counts).filter(([, number]) => number > 0);
  const words = states.map(([state, number]) => `${number} ${STATE_WORDS[state]}`).join(', ');
  return `${blocks} blocks of ${bytes(block)}: ${words}\n${place}`;
}

/** A huge block is a chunk of its own, drawn smaller than it is. */
const isHuge = ({ spans: [span] }) => span[BLOCKS] === 1 && span[BYTES] > 1920 * KIB;
const rowsOf = (chunk) => (isHuge(chunk) ? 4 : Math.ceil(chunk.bytes / PAGE / COLUMNS));

/** Fills [start, end), in pages, row by row. */
function fillPages(context, cell, start, end) {
  for (let row = Math.floor(start / COLUMNS); row * COLUMNS < end; row++) {
    const from = Math.max(start - row * COLUMNS, 0);
    const to = Math.min(end - row * COLUMNS, COLUMNS);
    context.fillRect(from * cell, row * cell, (to - from) * cell, cell - LEADING);
  }
}

function drawSpan(context, cell, span, scale, colours) {
  const first = (span[OFFSET] / PAGE) * scale;
  const pages = (span[BYTES] / PAGE) * scale;
  if (span[BLOCK] === 0) {
    const resident = (span[RESIDENT] / PAGE) * scale;
    context.globalAlpha = 1;
    context.fillStyle = colours.free;
    fillPages(context, cell, first, first + resident);
    context.fillStyle = colours.void;
    return fillPages(context, cell, first + resident, first + pages);
  }
  context.fillStyle = colours[`class-${classOf(span[BLOCK])}`];
  const each = pages / span[BLOCKS];
  /* Blocks that are alike and adjacent are one rectangle. */
  for (let i = 0, begin = 0; i < span[BLOCKS]; i++) {
    const state = stateOf(span, i);
    if (i + 1 < span[BLOCKS] && stateOf(span, i + 1) === state) continue;
    context.globalAlpha = STATES[state];
    /* A sliver is left out at the end, so that spans can be told apart. */
    const end = i + 1 === span[BLOCKS] ? pages - 0.2 : (i + 1) * each;
    fillPages(context, cell, first + begin * each, first + Math.max(end, begin * each));
    begin = i + 1;
  }
  context.globalAlpha = 1;
  return undefined;
}

function outline(context, cell, span, scale, colour) {
  const first = (span[OFFSET] / PAGE) * scale;
  const end = first + (span[BYTES] / PAGE) * scale;
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  for (let row = Math.floor(first / COLUMNS); row * COLUMNS < end; row++) {
    const from = Math.max(first - row * COLUMNS, 0);
    const to = Math.min(end - row * COLUMNS, COLUMNS);
    context.strokeRect(from * cell, row * cell - 0.5, (to - from) * cell, cell);
  }
}

const NAMES = ['free', 'void', 'ink', ...CLASSES.map((_, i) => `class-${i + 1}`)];

function readColours() {
  const style = getComputedStyle(document.documentElement);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--${name}`)]));
}

function createLegend() {
  const labels = CLASSES.map((most, i) => (i === 6 ? 'larger' : `≤ ${bytes(most)}`));
  const faded = (state) => {
    const dot = key('class-3');
    dot.style.opacity = STATES[state];
    return dot;
  };
  return html(
    'ul',
    { className: 'legend' },
    ...labels.map((label, i) => html('li', {}, key(`class-${i + 1}`), label)),
    ...Object.keys(STATES).map((state) => html('li', {}, faded(state), STATE_WORDS[state])),
    html('li', {}, key('free'), 'free, resident'),
    html('li', {}, key('void'), 'free, not resident'),
  );
}

/**
 * Makes the map.
 *
 * @param {HTMLElement} parent
 * @returns {{ show(allocators: object[]): void }}
 */
export function createMap(parent) {
  const field = html('div', {
    className: 'map',
    tabIndex: 0,
    role: 'img',
    'aria-label': 'Chunks of the heap; the arrow keys go from span to span',
  });
  const rest = html('p', { className: 'empty' });
  parent.append(createLegend(), field, rest);

  let tiles = [];
  /** What is pointed at: { tile, span }. */
  let pointed = {};
  let colours = readColours();
  let cell = CELLS[0][1];

  function draw({ canvas, chunk }) {
    const ratio = devicePixelRatio || 1;
    const [width, height] = [COLUMNS * cell, rowsOf(chunk) * cell];
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    const scale = scaleOf(chunk);
    for (const span of chunk.spans) drawSpan(context, cell, span, scale, colours);
    if (pointed.tile?.chunk === chunk && pointed.span !== undefined)
      outline(context, cell, pointed.span, scale, colours.ink);
  }

  /** Cells for a page. */
  const scaleOf = (chunk) => (rowsOf(chunk) * COLUMNS * PAGE) / chunk.bytes;

  function point(tile, span, x, y) {
    const before = pointed;
    pointed = { tile, span };
    if (before.tile !== undefined) draw(before.tile);
    if (tile !== undefined) draw(tile);
    if (span === undefined) return showTip();
    const text = describe(tile.chunk, span);
    field.setAttribute('aria-label', text);
    return showTip(text, x, y);
  }

  /** Points at a span from the keyboard: its place is where it is drawn. */
  function go(tile, span) {
    tile.canvas.scrollIntoView({ block: 'nearest' });
    const { left, top } = tile.canvas.getBoundingClientRect();
    const place = (span[OFFSET] / PAGE) * scaleOf(tile.chunk);
    const [row, column] = [Math.floor(place / COLUMNS), place % COLUMNS];
    point(tile, span, left + column * cell, top + row * cell);
  }

  function spanAt({ chunk }, x, y) {
    const place = Math.floor(y / cell) * COLUMNS + x / cell;
    const offset = (place / scaleOf(chunk)) * PAGE;
    return chunk.spans.findLast((span) => span[OFFSET] <= offset);
  }

  field.addEventListener('pointermove', ({ target, offsetX, offsetY, clientX, clientY }) => {
    const tile = tiles.find(({ canvas }) => canvas === target);
    if (tile === undefined) return point();
    return point(tile, spanAt(tile, Math.max(offsetX, 0), Math.max(offsetY, 0)), clientX, clientY);
  });
  field.addEventListener('pointerleave', () => point());
  field.addEventListener('blur', () => point());
  field.addEventListener('keydown', (event) => {
    if (tiles.length === 0 || !event.key.startsWith('Arrow')) return;
    event.preventDefault();
    const { tile = tiles[0], span } = pointed;
    if (span === undefined) return go(tile, tile.chunk.spans[0]);
    const at = tiles.indexOf(tile);
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      const next = tile.chunk.spans[tile.chunk.spans.indexOf(span) + step];
      if (next !== undefined) return go(tile, next);
    }
    const other = tiles[at + step];
    return other === undefined ? undefined : go(other, other.chunk.spans.at(step < 0 ? -1 : 0));
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    colours = readColours();
    tiles.forEach(draw);
  });

  /** The tile of a chunk: the one that it had before, if any. */
  function tileOf(chunk, name) {
    const known = tiles.find((tile) => tile.chunk.address === chunk.address);
    const canvas = known?.canvas ?? html('canvas');
    const caption = known?.caption ?? html('figcaption');
    const of = name === 'default' ? '' : `${name}: `;
    caption.textContent = `${of}${bytes(chunk.bytes)}${isHuge(chunk) ? ' block' : ''}`;
    const figure = known?.figure ?? html('figure', {}, canvas, caption);
    return { canvas, caption, chunk, figure };
  }

  function keepPointed() {
    const { tile, span } = pointed;
    if (span === undefined) return;
    const same = tiles.find(({ canvas }) => canvas === tile.canvas);
    const at = same?.chunk.spans.find(([offset]) => offset === span[OFFSET]);
    if (at === undefined) point();
    else pointed = { tile: same, span: at };
  }

  return {
    show(allocators) {
      const next = allocators.flatMap(({ name, chunks }) =>
        chunks.map((chunk) => tileOf(chunk, name)),
      );
      const changed =
        next.length !== tiles.length || next.some(({ figure }, i) => figure !== tiles[i].figure);
      tiles = next;
      if (changed) field.replaceChildren(...tiles.map(({ figure }) => figure));
      keepPointed();
      cell = CELLS.find(([most]) => tiles.length <= most)[1];
      tiles.forEach(draw);
      const hidden = allocators.reduce((sum, { hiddenChunks }) => sum + hiddenChunks, 0);
      const more = allocators.reduce((sum, { hiddenBytes }) => sum + hiddenBytes, 0);
      rest.textContent =
        hidden > 0
          ? `${count(hidden)} more chunks (${bytes(more)}) are not shown.`
          : tiles.length === 0
            ? 'The heap has no chunk here.'
            : '';
    },
  };
}
