/* parts: what explain() says, as one bar that is as wide as RSS, with its advice. */

import { bytes, html, key, showTip } from './format.js';

/** In the order of the bar: a title, a colour, and what it is. */
const PARTS = {
  live: ['in use', 'live', 'in C blocks, as it was asked for'],
  pinned: ['pinned', 'fallbacks', 'of slabs and stores that a smaller piece keeps'],
  rounding: ['rounding', 'class-3', 'what blocks are larger than what was asked for'],
  cached: ['cached', 'cached', 'free, and kept for reuse'],
  reserve: ['reserve', 'class-7', 'chunks that wait for the next heap'],
  metadata: ['tables', 'class-6', 'the allocator’s own'],
  host: ['the runtime’s', 'host', 'buffers that are not from C'],
  v8: ['JavaScript', 'class-1', 'V8’s heap of this thread'],
  files: ['programs', 'free', 'code and libraries, as files'],
  rest: ['the rest', 'soft', 'other threads, stacks, addons, malloc'],
};

/**
 * Shows an explanation.
 *
 * @param {HTMLElement} parent
 * @param {object} explanation what explain() returned
 */
export function showParts(parent, { parts, isEstimate, advice }) {
  const shown = Object.entries(PARTS).filter(([name]) => parts[name] > 0);
  const all = shown.reduce((sum, [name]) => sum + parts[name], 0);
  const bar = html('div', { className: 'parts', ariaHidden: 'true' });
  const legend = html('ul', { className: 'legend' });
  for (const [name, [title, colour, detail]] of shown) {
    const size = bytes(parts[name]);
    const most = isEstimate && name === 'pinned' ? 'at most ' : '';
    const piece = html('i');
    piece.style.background = `var(--${colour})`;
    piece.style.width = `${(100 * parts[name]) / all}%`;
    piece.addEventListener('pointermove', ({ clientX, clientY }) =>
      showTip(`${title}: ${most}${size}\n${detail}`, clientX, clientY),
    );
    piece.addEventListener('pointerleave', () => showTip());
    bar.append(piece);
    const figure = html('b', { id: `part-${name}` }, most + size);
    legend.append(html('li', { title: detail }, key(colour), `${title} `, figure));
  }
  parent.replaceChildren(bar, legend, html('p', { className: 'advice' }, advice.text));
}
