/*
 * curves: figures over the last minutes, as lines in one SVG. Time runs to the right, where now is. The
 * value at a point in time shows in the legend while it is pointed at, or gone to with the arrow keys.
 */

import { duration, html, key, svg } from './format.js';

/** The time that is shown: as long as there is something to show, between these. */
const MAX_WINDOW_MS = 5 * 60_000;
const MIN_WINDOW_MS = 60_000;
/** Where two samples are further apart than this, nobody looked: there is no line. */
const GAP_MS = 5000;
const HEIGHT = 210;
const FOOT = 18;
const STEPS = [1, 2, 5, 10];

/** A round number, at least `value`, of which the half is round as well. */
function niceMaximum(value, unit) {
  if (value <= 0) return unit;
  const scale = unit === 1 ? 10 ** Math.floor(Math.log10(value)) : binaryScale(value, unit);
  return STEPS.find((step) => step * scale >= value) * scale;
}

/** For bytes: 1, 10 or 100 of a binary unit. */
function binaryScale(value, unit) {
  let scale = unit;
  while (scale * 1024 <= value) scale *= 1024;
  while (scale * 10 <= value) scale *= 10;
  return scale;
}

/**
 * Makes a chart.
 *
 * @param {HTMLElement} parent
 * @param {{ series: { name: string, label: string }[], format: Function, unit: number,
 *   label: string }} options series: `name` is that of its colour; unit: the least maximum
 * @returns {{ add(time: number, values: object): void, clear(): void }}
 */
export function createCurves(parent, { series, format, unit, label }) {
  const figures = series.map(() => html('b'));
  const legend = html(
    'ul',
    { className: 'legend' },
    ...series.map((each, i) => html('li', {}, key(each.name), `${each.label} `, figures[i])),
  );
  const paths = series.map(({ name }) => svg('path', { stroke: `var(--${name})` }));
  const cross = svg('line', { class: 'cross', y1: 0, y2: HEIGHT - FOOT, visibility: 'hidden' });
  const grid = svg('g');
  const chart = svg('svg', { class: 'curves', role: 'img', tabindex: 0, 'aria-label': label });
  chart.append(grid, ...paths, cross);
  parent.append(legend, chart);

  let samples = [];
  /** Which sample is pointed at; undefined: the last. */
  let pointed;

  const width = () => chart.clientWidth || 600;
  const windowMs = () =>
    samples.length === 0
      ? MIN_WINDOW_MS
      : Math.max(MIN_WINDOW_MS, samples.at(-1).time - samples[0].time);
  const xOf = (time, end) => width() * (1 - (end - time) / windowMs());

  function drawGrid(maximum) {
    const lines = [0, 0.5, 1].flatMap((share) => {
      const y = (HEIGHT - FOOT) * (1 - share);
      const text = svg('text', { x: 0, y: y + 13 }, format(maximum * share));
      const line = svg('line', { class: 'grid', x1: 0, x2: width(), y1: y, y2: y });
      return share === 0 ? [line] : [line, text];
    });
    const times = [0, 0.5, 1].map((share) => {
      const anchor = ['end', 'middle', 'start'][share * 2];
      const text = share === 0 ? 'now' : `−${duration((windowMs() * share) / 1000)}`;
      const x = width() * (1 - share);
      return svg('text', { x, y: HEIGHT - 3, 'text-anchor': anchor }, text);
    });
    grid.replaceChildren(...lines, ...times);
  }

  function drawPath(name, maximum, end) {
    let last = -Infinity;
    return samples
      .map(({ time, values }) => {
        const y = (HEIGHT - FOOT) * (1 - values[name] / maximum);
        const move = time - last > GAP_MS ? 'M' : 'L';
        last = time;
        return `${move}${xOf(time, end).toFixed(1)} ${y.toFixed(1)}`;
      })
      .join('');
  }

  function draw() {
    const latest = samples.at(-1);
    if (latest === undefined) return;
    const highest = Math.max(
      ...samples.map(({ values }) => Math.max(...series.map(({ name }) => values[name]))),
    );
    const maximum = niceMaximum(highest, unit);
    drawGrid(maximum);
    series.forEach(({ name }, i) =>
      paths[i].setAttribute('d', drawPath(name, maximum, latest.time)),
    );
    drawPointed(latest);
  }

  function drawPointed(latest) {
    const sample = pointed === undefined ? latest : pointed;
    series.forEach(({ name }, i) => (figures[i].textContent = format(sample.values[name])));
    cross.setAttribute('visibility', pointed === undefined ? 'hidden' : 'visible');
    const x = xOf(sample.time, latest.time);
    cross.setAttribute('x1', x);
    cross.setAttribute('x2', x);
  }

  function point(sample) {
    pointed = sample;
    draw();
  }

  chart.addEventListener('pointermove', ({ offsetX }) => {
    if (samples.length === 0) return;
    const end = samples.at(-1).time;
    const distance = ({ time }) => Math.abs(xOf(time, end) - offsetX);
    point(samples.reduce((best, each) => (distance(each) < distance(best) ? each : best)));
  });
  chart.addEventListener('pointerleave', () => point(undefined));
  chart.addEventListener('blur', () => point(undefined));
  chart.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = pointed === undefined ? samples.length - 1 : samples.indexOf(pointed);
    point(samples[Math.min(Math.max(at + step, 0), samples.length - 1)]);
  });
  new ResizeObserver(draw).observe(chart);

  return {
    add(time, values) {
      samples = samples.filter((sample) => time - sample.time < MAX_WINDOW_MS);
      samples.push({ time, values });
      draw();
    },
    clear() {
      samples = [];
      pointed = undefined;
      for (const path of paths) path.removeAttribute('d');
    },
  };
}
