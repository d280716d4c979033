'use strict';

// Draws a Vega-Lite specification as SVG. Vega and Vega-Lite are development dependencies: only a report needs them, so they are
// loaded when one is asked for, and where they are missing that is said before anything is measured.

const { UsageError } = require('../core/errors');

const packages = ['vega', 'vega-lite'];

// Colours that keep apart for colour-blind readers (Okabe and Ito's set).
const colors = ['#0072b2', '#e69f00', '#009e73', '#cc5a9a', '#56b4e9', '#7a7a7a', '#d55e00'];

/** How every chart looks. */
const config = {
  background: 'white',
  font: "system-ui, 'DejaVu Sans', sans-serif",
  range: { category: colors },
  padding: 16,
  title: { anchor: 'start', fontSize: 18, subtitleColor: '#656d76', offset: 16 },
  header: { title: null, labelFontSize: 12, labelFontWeight: 'bold', labelAnchor: 'start' },
  axis: {
    gridColor: '#e4e8ec',
    domain: false,
    tickColor: '#d8dee4',
    labelColor: '#656d76',
    labelLimit: 0,
  },
  legend: {
    orient: 'top',
    title: null,
    symbolType: 'circle',
    symbolStrokeWidth: 4,
    symbolOpacity: 1,
    labelLimit: 0,
  },
  view: { stroke: '#d8dee4' },
};

/**
 * Loads what draws.
 * @returns {Promise<(spec: object) => Promise<string>>} gives the SVG of a specification
 * @throws {UsageError} where it is not installed
 */
async function loadDrawing() {
  let vega, lite;
  try {
    [vega, lite] = await Promise.all(packages.map((name) => import(name)));
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      'vega and vega-lite, which draw the charts of --report, are not installed here.\n' +
        'Add them with npm install --no-save vega@6 vega-lite@6.4, or use --json, which needs nothing',
    );
  }
  return async function draw(spec) {
    const compiled = lite.compile(spec, { config, logger: vega.logger(vega.Error) });
    const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none' });
    const svg = await view.toSVG();
    view.finalize();
    return `${svg}\n`;
  };
}

module.exports = { loadDrawing };
