/* format: numbers for people, and the page's one tool for making elements. */

const KIB = 1024;
const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** '512 bytes', '64 KiB', '1.5 MiB' */
export function bytes(number) {
  if (number === null || number === undefined || number === Infinity) return 'no limit';
  let unit = 0;
  let rest = Math.abs(number);
  while (rest >= KIB && unit < UNITS.length - 1) {
    rest /= KIB;
    unit++;
  }
  const rounded = Number(rest.toFixed(1));
  const sign = number < 0 ? '−' : '';
  return unit === 0 && rounded === 1 ? `${sign}1 byte` : `${sign}${rounded} ${UNITS[unit]}`;
}

/** 1,234,567 */
export const count = (number) => number.toLocaleString('en-US');

/** '2 h 5 min', '3 min 20 s', '45 s' */
export function duration(seconds) {
  const whole = Math.floor(seconds);
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(whole / unit));
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`;
  return `${whole} s`;
}

/** '12 ms', '1.4 s' */
export const milliseconds = (ms) =>
  ms < 1000 ? `${Number(ms.toFixed(ms < 10 ? 1 : 0))} ms` : `${(ms / 1000).toFixed(1)} s`;

const SVG = 'http://www.w3.org/2000/svg';

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && !name.startsWith('aria') && element.namespaceURI !== SVG)
      element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An element of HTML, of SVG. */
export const html = (tag, properties = {}, ...children) =>
  fill(document.createElement(tag), properties, children);
export const svg = (tag, properties = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), properties, children);

/** A dot in a colour of page.css, by its name there. */
export function key(colour) {
  const dot = html('i', { className: 'key' });
  dot.style.background = `var(--${colour})`;
  return dot;
}

/**
 * A table.
 *
 * @param {[string, boolean?][]} columns a heading, and whether it is over numbers
 * @param {(string|Node)[][]} rows
 */
export function table(columns, rows) {
  const cell = (tag, content, i) =>
    html(tag, { className: columns[i][1] ? 'number' : '' }, content ?? '');
  const heads = columns.map(([heading], i) => cell('th', heading, i));
  const lines = rows.map((row) => html('tr', {}, ...row.map((each, i) => cell('td', each, i))));
  const whole = html(
    'table',
    {},
    html('thead', {}, html('tr', {}, ...heads)),
    html('tbody', {}, ...lines),
  );
  return html('div', { className: 'scroll', tabIndex: 0 }, whole);
}

const tip = document.getElementById('tip');

/** Shows a text beside a point of the window; nothing hides it. */
export function showTip(text, x = 0, y = 0) {
  tip.hidden = text === undefined;
  if (text === undefined) return;
  tip.textContent = text;
  const { offsetWidth: width, offsetHeight: height } = tip;
  const left = x + 14 + width > innerWidth ? x - width - 14 : x + 14;
  const top = y + 14 + height > innerHeight ? y - height - 14 : y + 14;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.max(4, top)}px`;
}
