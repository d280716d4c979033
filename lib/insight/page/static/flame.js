/*
 * flame: a flame graph in SVG, its root on top. A box is a function; its width is what it and all that
 * it called hold. Click, or Enter, makes a box as wide as the graph; Escape, or the root, goes back. The
 * arrow keys go from box to box.
 */

import { bytes, showTip, svg } from './format.js';

const ROW = 20;
/** Narrower boxes are not drawn; narrower ones have no text, in pixels. */
const MIN_WIDTH = 1;
const MIN_TEXT = 34;
/** Of a letter, about. */
const LETTER = 6.7;
const HUES = 6;

/**
 * @typedef {{ name: string, place: string, value: number, self: number, children: Node[] }} Node
 *   value: bytes with all below; place: the file and line, for people
 */

/** Boxes of the same function have the same colour. */
function hueOf(name) {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) % 9973;
  return 1 + (hash % HUES);
}

const shorten = (text, width) => {
  const letters = Math.floor((width - 8) / LETTER);
  return text.length <= letters ? text : `${text.slice(0, Math.max(letters - 1, 1))}…`;
};

/**
 * Makes a flame graph.
 *
 * @param {HTMLElement} parent
 * @returns {{ show(root: Node): void }}
 */
export function createFlame(parent) {
  const chart = svg('svg', {
    class: 'flame',
    role: 'img',
    tabindex: 0,
    'aria-label': 'Flame graph of bytes in use; the arrow keys go from box to box',
  });
  parent.append(chart);

  let root;
  /** What is as wide as the graph; what is pointed at. */
  let top;
  let pointed;
  /** By node: its box, its parent, its place. */
  let boxes = new Map();

  const width = () => chart.clientWidth || 600;

  function drawBox(node, above, x, y, wide) {
    const share = node.value / root.value;
    const box = svg('g', { class: node === root ? 'root' : `hue-${hueOf(node.name)}` });
    const rect = svg('rect', { x, y, width: Math.max(wide - 1, 0.5), height: ROW - 1, rx: 2 });
    box.append(rect);
    if (wide >= MIN_TEXT) {
      const text = shorten(`${node.name} ${node.place}`.trim(), wide);
      box.append(svg('text', { x: x + 5, y: y + 14 }, text));
    }
    const text = `${node.name}\n${node.place}\n${bytes(node.value)}, ${(share * 100).toFixed(1)} % of all`;
    boxes.set(node, { box, above, x, y, text });
    box.addEventListener('pointermove', ({ clientX, clientY }) => point(node, clientX, clientY));
    box.addEventListener('click', () => zoom(node));
    return box;
  }

  /** Draws a node, and those below it, into `list`; returns the lowest row. */
  function drawBelow(list, node, above, x, row, scale) {
    const wide = node.value * scale;
    if (wide < MIN_WIDTH) return row;
    list.push(drawBox(node, above, x, row * ROW, wide));
    let lowest = row + 1;
    let left = x;
    for (const child of node.children) {
      lowest = Math.max(lowest, drawBelow(list, child, node, left, row + 1, scale));
      left += child.value * scale;
    }
    return lowest;
  }

  /** From the root down to `node`. */
  function pathTo(node, from = root) {
    if (from === node) return [node];
    for (const child of from.children) {
      const path = pathTo(node, child);
      if (path !== undefined) return [from, ...path];
    }
    return undefined;
  }

  /** The node at the end of a path through another tree: of the same functions. */
  function find(path) {
    const isSame = (one) => (other) => one.name === other.name && one.place === other.place;
    return path
      .slice(1)
      .reduce(
        (node, each) => node?.children.find(isSame(each)),
        path.length > 0 ? root : undefined,
      );
  }

  function draw() {
    if (root === undefined || root.value === 0) return chart.replaceChildren();
    boxes = new Map();
    const list = [];
    /* What is above the one that fills the graph fills it, too. */
    const above = pathTo(top).slice(0, -1);
    above.forEach((node, row) => list.push(drawBox(node, above[row - 1], 0, row * ROW, width())));
    const scale = width() / top.value;
    const rows = drawBelow(list, top, above.at(-1), 0, above.length, scale);
    chart.setAttribute('height', rows * ROW);
    chart.replaceChildren(...list);
    boxes.get(pointed)?.box.classList.add('pointed');
    return undefined;
  }

  function zoom(node) {
    top = node;
    pointed = node;
    draw();
  }

  function point(node, x, y) {
    boxes.get(pointed)?.box.classList.remove('pointed');
    pointed = node;
    const found = boxes.get(node);
    if (found === undefined) return showTip();
    found.box.classList.add('pointed');
    chart.setAttribute('aria-label', found.text);
    return showTip(found.text, x, y);
  }

  function go(node) {
    const found = boxes.get(node);
    if (found === undefined) return;
    const { left, top: upper } = chart.getBoundingClientRect();
    point(node, left + found.x, upper + found.y + ROW);
  }

  /** The box beside a node, by the same one above. */
  function besides(node, step) {
    const siblings = boxes.get(node)?.above?.children ?? [];
    return siblings[siblings.indexOf(node) + step];
  }

  const KEYS = {
    ArrowUp: (node) => boxes.get(node)?.above,
    ArrowDown: (node) => node.children[0],
    ArrowLeft: (node) => besides(node, -1),
    ArrowRight: (node) => besides(node, 1),
  };

  chart.addEventListener('pointerleave', () => point());
  chart.addEventListener('blur', () => point());
  chart.addEventListener('keydown', (event) => {
    if (root === undefined) return;
    if (event.key === 'Escape') zoom(root);
    else if (event.key === 'Enter') zoom(pointed ?? root);
    else if (event.key in KEYS) go(pointed === undefined ? top : KEYS[event.key](pointed));
    else return;
    event.preventDefault();
  });
  new ResizeObserver(draw).observe(parent);

  return {
    show(node) {
      const kept = [top, pointed].map((each) => (each === undefined ? [] : pathTo(each)));
      root = node;
      top = find(kept[0]) ?? node;
      pointed = find(kept[1]);
      draw();
    },
  };
}
