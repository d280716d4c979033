'use strict';

// The little SVG that the charts need: elements as strings, one style sheet for light and dark, one head for every chart.

const { machineLine } = require('../core/machine');

const width = 900;
const margin = 24;
// Width allowed for a character of the 11 px text; nothing here can measure a font.
const glyph = 6.4;

// Colours that keep apart in both themes and for colour-blind readers (Okabe and Ito's set).
const series = ['#0072b2', '#009e73', '#e69f00', '#cc5a9a', '#56b4e9', '#7a7a7a'];

const style = `
  text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 11px; fill: #24292f; }
  .title { font-size: 20px; font-weight: 600; }
  .panel { font-size: 12px; font-weight: 600; }
  .muted { fill: #656d76; }
  .small { font-size: 10px; }
  .card { fill: #ffffff; stroke: #d8dee4; }
  .grid { stroke: #e4e8ec; stroke-width: 1; }
  .one { stroke: #57606a; stroke-width: 1.2; }
  .band { fill: #8b949e; opacity: 0.07; }
  .low { fill: #cf222e; opacity: 0.07; }
  ${series.map((color, i) => `.s${i} { stroke: ${color}; fill: ${color}; }`).join('\n  ')}
  .line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
  .dot { stroke: none; }
  .whisker { stroke-width: 1.4; opacity: 0.45; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .muted { fill: #9198a1; }
    .card { fill: #0d1117; stroke: #30363d; }
    .grid { stroke: #262c34; }
    .one { stroke: #9198a1; }
    .low { fill: #ff7b72; opacity: 0.12; }
    .s0 { stroke: #4aa3e0; fill: #4aa3e0; }
  }
`;

const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text) => String(text).replace(/[&<>"]/g, (char) => escapes[char]);

/** One element; numbers are rounded to a tenth, children are strings already made. */
function element(name, attributes, ...children) {
  const written = Object.entries(attributes)
    .map(
      ([key, value]) =>
        ` ${key}="${typeof value === 'number' ? Math.round(value * 10) / 10 : escape(value)}"`,
    )
    .join('');
  return children.length === 0
    ? `<${name}${written}/>`
    : `<${name}${written}>${children.join('')}</${name}>`;
}

const text = (x, y, content, css = '', anchor = 'start') =>
  element('text', { x, y, class: css, 'text-anchor': anchor }, escape(content));

const line = (x1, y1, x2, y2, css) => element('line', { x1, y1, x2, y2, class: css });

/** Legend entries side by side; each is `{ name, index }` with the series' colour. */
function legend(entries, y) {
  let x = margin;
  return entries
    .map(({ name, index }) => {
      const mark = element('circle', { cx: x + 5, cy: y - 4, r: 5, class: `dot s${index}` });
      const label = text(x + 15, y, name);
      x += 15 + name.length * glyph + 20;
      return mark + label;
    })
    .join('');
}

const headHeight = 136;

/** Title, what is plotted, the machine, the legend. */
function head(result, title, subtitle, entries) {
  const { machine } = result;
  const facts = `bufalloc ${machine.package}${machine.commit ? ` (${machine.commit})` : ''}, ${machine.date.slice(0, 10)}, ${result.runs} runs a side, medians`;
  return [
    text(margin, 36, title, 'title'),
    text(margin, 56, subtitle),
    text(margin, 76, `${machineLine(machine)}`, 'muted small'),
    text(
      margin,
      91,
      `${facts}${result.scope === 'quick' ? '; quick run, not for quoting' : ''}${result.self ? '; the built-in against itself' : ''}`,
      'muted small',
    ),
    legend(entries, 117),
  ].join('');
}

/** A whole chart of the given height around its parts. */
function document(height, label, ...parts) {
  const frame = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, rx: 10, class: 'card' };
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': label,
    },
    `<style>${style}</style>`,
    element('rect', frame),
    ...parts,
  )}\n`;
}

/** Powers of two that frame the values, within limits, always with 1 inside. */
function ratioRange(values, least, most) {
  const clamp = (value) => Math.min(most, Math.max(least, value));
  const low = 2 ** Math.floor(Math.log2(clamp(Math.min(0.9, ...values))));
  const high = 2 ** Math.ceil(Math.log2(clamp(Math.max(1.9, ...values))));
  return [low, high];
}

/** Powers of two from low to high. */
function ticks([low, high]) {
  const list = [];
  for (let value = low; value <= high; value *= 2) list.push(value);
  return list;
}

const tickName = (value) => (value < 1 ? `1/${1 / value}` : `${value}×`);

module.exports = {
  width,
  margin,
  headHeight,
  element,
  text,
  line,
  head,
  document,
  ratioRange,
  ticks,
  tickName,
};
