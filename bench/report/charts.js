'use strict';

// The charts of a report as Vega-Lite specifications, from its records: `micro.svg` (a panel a call and use), `macro.svg` and
// `programs.svg` (a row a program), `lifetimes.svg` and `peers.svg` (a panel a runtime). A suite without records has no chart. draw.js draws them.

const { KiB, MiB, ratio: ratioText } = require('../core/format');
const { machineLine } = require('../core/machine');
const { geometricMean } = require('../core/stats');
const { floor, gainOf, metrics } = require('./words');

const schema = 'https://vega.github.io/schema/vega-lite/v6.json';
const axisSizes = [8, 64, 512, 4 * KiB, 32 * KiB, 256 * KiB, 2 * MiB, 16 * MiB];

const distinct = (values) => [...new Set(values)];

/** Powers of two that frame the values, within limits, always with 1 inside. */
function rangeOf(values, least, most) {
  const clamp = (value) => Math.min(most, Math.max(least, value));
  const low = 2 ** Math.floor(Math.log2(clamp(Math.min(0.9, ...values))));
  const high = 2 ** Math.ceil(Math.log2(clamp(Math.max(1.9, ...values))));
  return [low, high];
}

function powersWithin([low, high]) {
  const list = [];
  for (let value = low; value <= high; value *= 2) list.push(value);
  return list;
}

/** A scale of ratios: in powers of two, 1 among them; what lies outside is drawn at the edge. */
function ratioScale(range) {
  return {
    scale: { type: 'log', base: 2, domain: range, clamp: true, nice: false },
    axis: {
      title: null,
      values: powersWithin(range),
      labelExpr: "datum.value < 1 ? '1/' + 1 / datum.value : datum.value + '×'",
    },
  };
}

/** A scale of sizes in powers of two. */
const sizeScale = (values) => ({
  scale: { type: 'log', base: 2, nice: false, padding: 8 },
  axis: {
    title: null,
    values,
    grid: false,
    labelExpr:
      "datum.value >= 1048576 ? datum.value / 1048576 + 'M' : datum.value >= 1024 ? datum.value / 1024 + 'K' : datum.value",
  },
});

// A mark that is drawn once in a panel, not once for each of its values.
const once = { data: { values: [{}] } };

/** The line at 1, where both sides are alike. */
const even = (channel) => ({
  ...once,
  mark: { type: 'rule', color: '#57606a', strokeWidth: 1.2 },
  encoding: { [channel]: { datum: 1 } },
});

/** The ground of what is lost. */
const lost = ([low]) => ({
  ...once,
  mark: { type: 'rect', color: '#cf222e', opacity: 0.07 },
  encoding: { y: { datum: low }, y2: { datum: floor } },
});

function titleOf(result, text, subtitle) {
  const { machine } = result;
  const commit = machine.commit ? ` (${machine.commit})` : '';
  const facts = [
    `bufalloc ${machine.package}${commit}, ${machine.date.slice(0, 10)}, ${result.runs} runs a side, medians`,
    ...(result.scope === 'quick' ? ['quick run, not for quoting'] : []),
    ...(result.self ? ['the built-in against itself'] : []),
  ];
  return { text, subtitle: [...subtitle.split('; '), machineLine(machine), ...facts] };
}

const chart = (result, title, subtitle, spec) => ({
  $schema: schema,
  title: titleOf(result, title, subtitle),
  ...spec,
});

/** A series a value of `color`, in that order. */
const colorBy = (field, order) => ({
  field,
  type: 'nominal',
  sort: order,
  scale: { domain: order },
});

/** Panels of lines over sizes. `values` have `bytes`, `value`, and the fields that `panel` and `color` name. */
function panels({
  values,
  panel,
  panelOrder,
  color,
  colorOrder,
  columns,
  size,
  range,
  sizes,
  more,
}) {
  return {
    data: { values },
    facet: { field: panel, type: 'nominal', sort: panelOrder },
    columns,
    spec: {
      ...size,
      layer: [
        ...more,
        even('y'),
        {
          mark: { type: 'line', strokeWidth: 1.6, point: { size: 18 }, clip: true },
          encoding: {
            x: { field: 'bytes', type: 'quantitative', ...sizeScale(sizes) },
            y: { field: 'value', type: 'quantitative', ...ratioScale(range) },
            color: colorBy(color, colorOrder),
          },
        },
      ],
    },
  };
}

/** By runtime, what the legend calls it: with the geometric mean over its records. */
function withMeans(result, records) {
  return Object.fromEntries(
    result.runtimes.map((runtime) => {
      const own = records.filter((record) => record.runtime === runtime);
      const mean = geometricMean(own.map((record) => record.ratio.value));
      return [runtime, `Node ${runtime}, mean ${ratioText(mean)}×`];
    }),
  );
}

function microChart(result, records) {
  const names = withMeans(result, records);
  const values = records.map(({ call, use, bytes, runtime, ratio }) => ({
    name: use === 'written' ? call : `${call}, ${use}`,
    bytes,
    value: ratio.value,
    runtime: names[runtime],
  }));
  const range = rangeOf(
    values.map(({ value }) => value),
    0.125,
    32,
  );
  return chart(
    result,
    'One call at a time',
    'Built-in time over bufalloc’s, by size of the buffer; above the line bufalloc is faster; on the tinted ground it is slower, figures in the legend are geometric means',
    panels({
      values,
      panel: 'name',
      panelOrder: distinct(values.map(({ name }) => name)),
      color: 'runtime',
      colorOrder: Object.values(names),
      columns: 3,
      size: { width: 240, height: 110 },
      range,
      sizes: axisSizes,
      more: [lost(range)],
    }),
  );
}

/** A row a program, a column a metric. */
const programChart = (title, shown) => (result, records) => {
  const values = records.flatMap(({ letter, title: name, runtime, ratio, metrics: measured }) =>
    shown
      .map((metric) => ({
        program: letter ? `${letter}) ${name}` : name,
        figure: metrics[metric].name,
        runtime: `Node ${runtime}`,
        value: gainOf(metric, measured[metric] ?? {}),
        ...(metric === shown[0] ? { low: ratio.min, high: ratio.max } : {}),
      }))
      .filter(({ value }) => Number.isFinite(value)),
  );
  const range = rangeOf(
    values.map(({ value }) => value),
    0.25,
    8,
  );
  const programs = distinct(values.map(({ program }) => program));
  const runtimes = result.runtimes.map((runtime) => `Node ${runtime}`);
  const shared = {
    y: {
      field: 'program',
      type: 'nominal',
      sort: programs,
      axis: { title: null },
    },
    yOffset: { field: 'runtime', type: 'nominal', sort: runtimes },
    color: colorBy('runtime', runtimes),
  };
  return chart(
    result,
    title,
    'Built-in over bufalloc: right of the line bufalloc is faster, smaller, quicker to answer; bars: spread over pairs of runs',
    {
      data: { values },
      facet: {
        field: 'figure',
        type: 'nominal',
        sort: shown.map((metric) => metrics[metric].name),
      },
      columns: shown.length,
      spec: {
        width: Math.floor(600 / shown.length),
        height: { step: 9 },
        layer: [
          even('x'),
          {
            transform: [{ filter: 'isValid(datum.low)' }],
            mark: { type: 'rule', opacity: 0.45, clip: true },
            encoding: {
              ...shared,
              x: { field: 'low', type: 'quantitative' },
              x2: { field: 'high' },
            },
          },
          {
            mark: { type: 'point', filled: true, size: 40, opacity: 1 },
            encoding: {
              ...shared,
              x: { field: 'value', type: 'quantitative', ...ratioScale(range) },
            },
          },
        ],
      },
    },
  );
};

/** A panel a runtime: what each side takes over what one of them takes, by size. */
const sidesChart = (title, subtitle, { names, over, select = () => true }) =>
  function draw(result, all) {
    const values = all.filter(select).flatMap(({ runtime, bytes, metrics: { ns } }) =>
      Object.keys(names)
        .filter((side) => ns[side])
        .map((side) => ({
          runtime: `Node ${runtime}`,
          bytes,
          side: names[side],
          value: ns[side].median / ns[over].median,
        })),
    );
    if (values.length === 0) return null;
    return chart(
      result,
      title,
      subtitle,
      panels({
        values,
        panel: 'runtime',
        panelOrder: result.runtimes.map((runtime) => `Node ${runtime}`),
        color: 'side',
        colorOrder: Object.values(names),
        columns: 2,
        size: { width: 380, height: 220 },
        range: rangeOf(
          values.map(({ value }) => value),
          1 / 32,
          64,
        ),
        sizes: distinct(values.map(({ bytes }) => bytes)),
        more: [],
      }),
    );
  };

const serverMetrics = ['perSecond', 'requestP99', 'cpuMs', 'peakRss'];

const makers = {
  micro: microChart,
  macro: programChart('Whole programs', ['ms', 'peakRss', 'delayP99']),
  programs: programChart('Servers under the preload', serverMetrics),
  lifetimes: sidesChart(
    'When the program says that it is done',
    'Cost of a written buffer over that of writing warm memory in place (the line at 1), by size; lower is better',
    {
      over: 'bare',
      names: {
        bufalloc: 'bufalloc: acquire, fill, release',
        builtin: 'built-in: allocUnsafeSlow, fill',
        nbufpool: 'nbufpool',
        'buffer-reuse-pool': 'buffer-reuse-pool',
      },
      select: ({ call, use }) => call === 'acquire' && use === 'filled',
    },
  ),
  peers: sidesChart(
    'Beside what people do today',
    'Time of a touched buffer over bufalloc’s (the line at 1), by size; above the line bufalloc is faster',
    {
      over: 'bufalloc',
      names: {
        builtin: 'built-in',
        jemalloc: 'with jemalloc',
        mimalloc: 'with mimalloc',
        nbufpool: 'nbufpool',
        'buffer-reuse-pool': 'buffer-reuse-pool',
      },
    },
  ),
};

/**
 * @param {object} result of `run.js`
 * @returns {Record<string, object>} Vega-Lite specifications by file name
 */
function charts(result) {
  const made = Object.entries(makers).map(([suite, make]) => {
    const records = result.records.filter((record) => record.suite === suite);
    return [`${suite}.svg`, records.length === 0 ? null : make(result, records)];
  });
  return Object.fromEntries(made.filter(([, spec]) => spec !== null));
}

module.exports = { charts };
