'use strict';

// The charts of a report, from its records: `micro.svg` (a panel a call and use), `macro.svg` (a row a program), `lifetimes.svg`
// (a panel a runtime). A suite without records has no chart.

const format = require('../core/format');
const { geometricMean } = require('../core/stats');
const { panel, scale } = require('./panels');
const svg = require('./svg');

const { KiB, MiB } = format;
const { width, margin, headHeight } = svg;
const gap = { x: 18, y: 10 };

const axisSizes = [8, 64, 512, 4 * KiB, 32 * KiB, 256 * KiB, 2 * MiB, 16 * MiB];

function distinct(values) {
  return [...new Set(values)];
}

/** Places for `count` panels in rows of `columns`. */
function geometry(count, columns, height) {
  const inner = (width - 2 * margin - (columns - 1) * gap.x) / columns;
  return {
    place: (i) => ({
      x: margin + (i % columns) * (inner + gap.x),
      y: headHeight + Math.floor(i / columns) * (height + gap.y),
      width: inner,
      height,
    }),
    bottom: headHeight + Math.ceil(count / columns) * (height + gap.y) + margin / 2,
  };
}

function runtimeLegend(result, records) {
  return result.runtimes.map((runtime, index) => {
    const own = records.filter((record) => record.runtime === runtime);
    const mean = geometricMean(own.map((record) => record.ratio.value));
    return { name: `Node ${runtime}, mean ${format.ratio(mean)}×`, index };
  });
}

function microChart(result) {
  const records = result.records.filter((record) => record.suite === 'micro');
  if (records.length === 0) return null;
  const range = svg.ratioRange(
    records.map((record) => record.ratio.value),
    0.125,
    32,
  );
  const names = distinct(records.map((record) => `${record.call}, ${record.use}`));
  const { place, bottom } = geometry(names.length, 3, 150);
  const panels = names.map((name, i) => {
    const own = records.filter((record) => `${record.call}, ${record.use}` === name);
    const series = result.runtimes.map((runtime, index) => ({
      index,
      points: own
        .filter((record) => record.runtime === runtime)
        .map((record) => ({ bytes: record.bytes, value: record.ratio.value })),
    }));
    const title = name.replace(', written', '');
    return panel(place(i), {
      title,
      range,
      sizes: [8, 16 * MiB],
      labels: axisSizes,
      floor: 0.95,
      series,
    });
  });
  const title = 'One call at a time';
  const subtitle =
    'Built-in time over bufalloc’s, by size of the buffer; above the line bufalloc is faster, on the tinted ground slower. Means are geometric.';
  return svg.document(
    bottom,
    title,
    svg.head(result, title, subtitle, runtimeLegend(result, records)),
    ...panels,
  );
}

// Every column reads the same way: built-in over ours, so that right is better.
const macroColumns = [
  { title: 'time', metric: 'ms' },
  { title: 'peak RSS', metric: 'peakRss' },
  { title: 'event-loop delay p99', metric: 'delayP99' },
];

function macroValue(record, metric) {
  const { builtin, bufalloc } = record.metrics[metric];
  return bufalloc.median > 0 && builtin.median > 0 ? builtin.median / bufalloc.median : null;
}

function macroRow(result, records, y, columnsAt) {
  const step = 9;
  return columnsAt.flatMap(({ metric, x }) =>
    result.runtimes.map((runtime, index) => {
      const record = records.find((one) => one.runtime === runtime);
      const value = record ? macroValue(record, metric) : null;
      if (value === null) return '';
      const cy = y + 6 + index * step;
      const spread =
        metric === 'ms'
          ? svg.line(x(record.ratio.min), cy, x(record.ratio.max), cy, `whisker s${index}`)
          : '';
      return spread + svg.element('circle', { cx: x(value), cy, r: 3.6, class: `dot s${index}` });
    }),
  );
}

function macroChart(result) {
  const records = result.records.filter((record) => record.suite === 'macro');
  if (records.length === 0) return null;
  const ids = distinct(records.map((record) => record.id));
  const values = records.flatMap((record) =>
    macroColumns.map(({ metric }) => macroValue(record, metric) ?? 1),
  );
  const range = svg.ratioRange(values, 0.25, 8);
  const labels = 220;
  const columnWidth = (width - 2 * margin - labels) / macroColumns.length;
  const columnsAt = macroColumns.map((column, i) => {
    const left = margin + labels + i * columnWidth + 10;
    return { ...column, left, x: scale(range[0], range[1], left, left + columnWidth - 40) };
  });
  const rowHeight = 18 + 9 * result.runtimes.length;
  const top = headHeight + 34;
  const bottom = top + ids.length * rowHeight;
  const rules = columnsAt.flatMap(({ x, left, title }) => [
    svg.text(left, headHeight + 8, title, 'panel'),
    ...svg
      .ticks(range)
      .flatMap((tick) => [
        svg.line(x(tick), top - 4, x(tick), bottom, tick === 1 ? 'one' : 'grid'),
        svg.text(x(tick), top - 9, svg.tickName(tick), 'muted small', 'middle'),
      ]),
  ]);
  const rows = ids.flatMap((id, i) => {
    const own = records.filter((record) => record.id === id);
    const y = top + i * rowHeight + 6;
    const { letter, title } = own[0];
    const middle = y + (rowHeight - 6) / 2;
    const band = {
      x: margin - 8,
      y: y - 6,
      width: width - 2 * margin + 16,
      height: rowHeight,
      class: 'band',
    };
    return [
      i % 2 === 0 ? svg.element('rect', band) : '',
      svg.text(margin, middle, letter, 'panel'),
      svg.text(margin + 18, middle, title),
      ...macroRow(result, own, y, columnsAt),
    ];
  });
  const title = 'Whole programs';
  const subtitle =
    'Built-in over bufalloc: right of the line bufalloc is faster, smaller, quicker to answer. Bars: spread over pairs of runs.';
  const legend = result.runtimes.map((runtime, index) => ({ name: `Node ${runtime}`, index }));
  return svg.document(
    bottom + margin,
    title,
    svg.head(result, title, subtitle, legend),
    ...rules,
    ...rows,
  );
}

const lifetimeSides = ['bufalloc', 'builtin', 'nbufpool', 'buffer-reuse-pool'];
const lifetimeIndex = { bufalloc: 0, builtin: 2, nbufpool: 3, 'buffer-reuse-pool': 1 };
const lifetimeNames = {
  bufalloc: 'bufalloc: acquire, fill, release',
  builtin: 'built-in: allocUnsafeSlow, fill',
};

function lifetimesChart(result) {
  const records = result.records.filter(
    (one) => one.suite === 'lifetimes' && one.call === 'acquire' && one.use === 'filled',
  );
  if (records.length === 0) return null;
  const over = (record, side) => record.metrics.ns[side].median / record.metrics.ns.bare.median;
  const values = records.flatMap((record) => lifetimeSides.map((side) => over(record, side)));
  const range = svg.ratioRange(values, 0.5, 64);
  const { place, bottom } = geometry(result.runtimes.length, 2, 240);
  const panels = result.runtimes.map((runtime, i) => {
    const own = records.filter((record) => record.runtime === runtime);
    const series = lifetimeSides.map((side) => ({
      index: lifetimeIndex[side],
      points: own.map((record) => ({ bytes: record.bytes, value: over(record, side) })),
    }));
    const labels = own.map((record) => record.bytes);
    return panel(place(i), {
      title: `Node ${runtime}`,
      range,
      sizes: [4 * KiB, 16 * MiB],
      labels,
      series,
    });
  });
  const title = 'When the program says that it is done';
  const subtitle =
    'Cost of a written buffer over that of writing warm memory in place (the line at 1), by size. Lower is better.';
  const legend = lifetimeSides.map((side) => ({
    name: lifetimeNames[side] ?? side,
    index: lifetimeIndex[side],
  }));
  return svg.document(bottom, title, svg.head(result, title, subtitle, legend), ...panels);
}

/**
 * @param {object} result of `run.js`
 * @returns {Record<string, string>} SVG by file name
 */
function charts(result) {
  const all = { 'micro.svg': microChart, 'macro.svg': macroChart, 'lifetimes.svg': lifetimesChart };
  const drawn = Object.entries(all).map(([name, draw]) => [name, draw(result)]);
  return Object.fromEntries(drawn.filter(([, svgText]) => svgText !== null));
}

module.exports = { charts };
