'use strict';

// A panel of ratios over sizes: sizes to the right on a log scale, ratios upwards on a log scale around a strong line at 1, one
// line with dots a series. What lies outside the range is drawn at its edge.

const { size: sizeName } = require('../core/format');
const { element, line, text, ticks, tickName } = require('./svg');

const inset = { left: 30, right: 10, top: 22, bottom: 20 };

function scale(from, to, low, high) {
  const [a, b] = [Math.log2(from), Math.log2(to)];
  return (value) => {
    const share = (Math.log2(Math.min(to, Math.max(from, value))) - a) / (b - a);
    return low + share * (high - low);
  };
}

function grid(box, range, y) {
  return ticks(range).map((value) => {
    const at = y(value);
    const rule = line(box.left, at, box.right, at, value === 1 ? 'one' : 'grid');
    return rule + text(box.left - 5, at + 3.5, tickName(value), 'muted small', 'end');
  });
}

function sizeLabels(sizes, box, x) {
  return sizes.map((bytes) =>
    text(x(bytes), box.bottom + 14, sizeName(bytes), 'muted small', 'middle'),
  );
}

function plot({ points, index }, x, y) {
  const at = points.map(({ bytes, value }) => [x(bytes), y(value)]);
  const path = at.map(([px, py]) => `${px.toFixed(1)},${py.toFixed(1)}`).join(' ');
  const dots = at.map(([cx, cy]) => element('circle', { cx, cy, r: 2.6, class: `dot s${index}` }));
  return element('polyline', { points: path, class: `line s${index}` }) + dots.join('');
}

/**
 * @param {{x: number, y: number, width: number, height: number}} place
 * @param {{title: string, range: number[], sizes: number[], labels: number[], floor?: number,
 *   series: {index: number, points: {bytes: number, value: number}[]}[]}} content `sizes` first and last on the axis, `labels`
 *   those named, `floor` the ratio below which the ground is tinted
 * @returns {string}
 */
function panel(place, content) {
  const box = {
    left: place.x + inset.left,
    right: place.x + place.width - inset.right,
    top: place.y + inset.top,
    bottom: place.y + place.height - inset.bottom,
  };
  const x = scale(content.sizes[0], content.sizes[1], box.left + 6, box.right - 6);
  const y = scale(content.range[0], content.range[1], box.bottom, box.top);
  const tint = content.floor
    ? element('rect', {
        x: box.left,
        y: y(content.floor),
        width: box.right - box.left,
        height: box.bottom - y(content.floor),
        class: 'low',
      })
    : '';
  return [
    text(box.left, place.y + 13, content.title, 'panel'),
    tint,
    ...grid(box, content.range, y),
    ...sizeLabels(content.labels, box, x),
    ...content.series.map((one) => plot(one, x, y)),
  ].join('');
}

module.exports = { panel, scale };
