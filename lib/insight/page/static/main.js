/*
 * main: asks the server once a second, for as long as the page is visible, and has the others show what
 * it says. When no answer comes it says for how long: the program's event loop is blocked then, or it
 * has ended.
 */

import { showCensus } from './census.js';
import { createMap } from './chunks.js';
import { createCurves } from './curves.js';
import { bytes, count, duration, html, key, milliseconds } from './format.js';

const POLL_MS = 1000;
/** The map is dearer: every so many polls. */
const MAP_POLLS = 3;
/** From when on silence is worth a word. */
const SILENCE_MS = 3000;

const byId = (id) => document.getElementById(id);
const sum = (object) => Object.values(object).reduce((total, value) => total + value, 0);

/* --- asking --------------------------------------------------------------------------------- */

const thread = () => byId('environment').value;

async function ask(path, options) {
  const response = await fetch(`${path}?thread=${thread()}`, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `${path}: ${response.status}`);
  return answer;
}

/* --- the notice -------------------------------------------------------------------------------- */

let said;

/** Says something above all else, until something else is said or `kind` has no more to say. */
function say(kind, text, isBad = false) {
  if (text === undefined && said !== kind) return;
  said = text === undefined ? undefined : kind;
  const notice = byId('notice');
  notice.hidden = text === undefined;
  notice.className = isBad ? 'bad' : '';
  notice.replaceChildren(html('span', {}, text ?? ''));
}

/* --- figures ------------------------------------------------------------------------------------ */

const figures = [
  ['rss', 'RSS', ({ memory }) => bytes(memory.rss), () => 'the process'],
  [
    'live',
    'Live',
    ({ stats }) => bytes(stats.heap.liveBytes),
    ({ stats }) => `${count(stats.heap.liveBlocks)} blocks`,
  ],
  [
    'cached',
    'Cached',
    ({ stats }) => bytes(stats.heap.cachedBytes),
    ({ stats }) => `at most ${bytes(stats.limits.maxCachedBytes)}`,
  ],
  [
    'mapped',
    'Mapped',
    ({ stats }) => bytes(stats.heap.mappedBytes),
    ({ stats }) => `reserve ${bytes(stats.process.reserveBytes)}`,
  ],
  [
    'fallbacks',
    'Fallbacks',
    ({ stats }) => count(sum(stats.fallbacks)),
    ({ stats }) =>
      Object.entries(stats.fallbacks)
        .filter(([, times]) => times > 0)
        .map(([reason, times]) => `${reason} ${count(times)}`)
        .join(', ') || 'none',
  ],
  [
    'collections',
    'Collections',
    ({ stats }) => count(stats.pacer.collections ?? 0),
    ({ stats }) =>
      stats.pacer.collections > 0 ? milliseconds(stats.pacer.milliseconds) : stats.pacer.state,
  ],
];

function showFigures(state) {
  const tiles = figures.map(([name, label, value, detail]) => {
    const figure = html('b', { id: `figure-${name}` }, value(state));
    const term = html('dt', {}, key(name), label);
    return html('dl', { className: 'tile' }, term, figure, html('small', {}, detail(state)));
  });
  byId('figures').replaceChildren(...tiles);
}

function showProgram({ process, stats }) {
  const { pid, title, node, version, uptime } = process;
  const facts = `pid ${pid} · Node.js ${node} · bufalloc ${version}, ${stats.backend.name} · up ${duration(uptime)}`;
  byId('program').replaceChildren(html('b', {}, title), ` ${facts}`);
  document.title = `${title} · bufalloc`;
}

function showLimits({ stats: { limits } }) {
  const rows = Object.entries(limits).map(([name, value]) => {
    const text = typeof value === 'boolean' ? String(value) : bytes(value);
    return html('div', {}, html('dt', {}, name), html('dd', { id: `limit-${name}` }, text));
  });
  byId('limits').replaceChildren(...rows);
}

/** The environments to choose from. One that does not answer says so. */
function showEnvironments({ workers }) {
  const select = byId('environment');
  const label = ({ thread: id, silentMs }) =>
    `worker ${id}${silentMs > SILENCE_MS ? `, silent for ${Math.round(silentMs / 1000)} s` : ''}`;
  const all = [['0', 'main thread'], ...workers.map((each) => [String(each.thread), label(each)])];
  if (!all.some(([id]) => id === select.value))
    all.push([select.value, `worker ${select.value}, gone`]);
  const known = [...select.options].map(({ value, text }) => `${value} ${text}`).join('\n');
  if (known === all.map((each) => each.join(' ')).join('\n')) return;
  const { value } = select;
  select.replaceChildren(...all.map(([id, text]) => html('option', { value: id }, text)));
  select.value = value;
}

/* --- curves ---------------------------------------------------------------------------------------- */

const memoryCurves = createCurves(byId('memory-curves'), {
  label: 'Memory over the last five minutes; the arrow keys go back and forth in time',
  unit: 1024 * 1024,
  format: bytes,
  series: [
    { name: 'rss', label: 'RSS' },
    { name: 'mapped', label: 'mapped' },
    { name: 'live', label: 'live' },
    { name: 'cached', label: 'cached' },
  ],
});
const eventCurves = createCurves(byId('event-curves'), {
  label: 'Fallbacks and collections over the last five minutes',
  unit: 1,
  format: (value) => String(Number(value.toFixed(1))),
  series: [
    { name: 'fallbacks', label: 'fallbacks' },
    { name: 'collections', label: 'collections' },
  ],
});

let last;

function addToCurves({ time, memory, stats }) {
  const { liveBytes, cachedBytes, mappedBytes } = stats.heap;
  memoryCurves.add(time, {
    rss: memory.rss,
    mapped: mappedBytes,
    live: liveBytes,
    cached: cachedBytes,
  });
  const events = { fallbacks: sum(stats.fallbacks), collections: stats.pacer.collections ?? 0 };
  if (last !== undefined) {
    const seconds = Math.max((time - last.time) / 1000, 0.001);
    const rate = (name) => Math.max(events[name] - last.events[name], 0) / seconds;
    eventCurves.add(time, { fallbacks: rate('fallbacks'), collections: rate('collections') });
  }
  last = { time, events };
}

/* --- the loop --------------------------------------------------------------------------------------- */

const map = createMap(byId('map'));
let polls = 0;
let asking;
let askedAt = 0;

async function poll() {
  if (asking !== undefined || document.hidden) return;
  const controller = new AbortController();
  asking = controller;
  askedAt = performance.now();
  try {
    const state = await ask('state', { signal: controller.signal });
    say('silence');
    showProgram(state);
    showEnvironments(state);
    showFigures(state);
    showLimits(state);
    addToCurves(state);
    if (polls++ % MAP_POLLS === 0) {
      const { allocators } = await ask('map', { signal: controller.signal });
      map.show(allocators);
    }
  } catch (error) {
    if (!controller.signal.aborted) {
      say(
        'silence',
        `The program does not answer: it has ended, or closed its page. ${error.message}`,
        true,
      );
    }
  } finally {
    if (asking === controller) asking = undefined;
  }
}

function watchSilence() {
  if (asking === undefined) return;
  const silence = performance.now() - askedAt;
  if (silence < SILENCE_MS) return;
  const seconds = Math.round(silence / 1000);
  const who = thread() === '0' ? 'The program' : `Worker ${thread()}`;
  const ended = thread() === '0' ? '' : ', or it has ended';
  say(
    'silence',
    `${who} has not answered for ${seconds} s: its event loop is blocked${ended}.`,
    true,
  );
}

/** Shows another environment, or the same anew. */
function restart() {
  asking?.abort();
  asking = undefined;
  last = undefined;
  polls = 0;
  byId('census').replaceChildren();
  memoryCurves.clear();
  eventCurves.clear();
  for (const link of document.querySelectorAll('a[download]')) {
    link.href = `${link.getAttribute('href').split('?')[0]}?thread=${thread()}`;
  }
  poll();
}

/* --- buttons ---------------------------------------------------------------------------------------- */

/** Has a button do something, and say what came of it, if `tell` gives words for it. */
function onClick(id, action, tell) {
  const button = byId(id);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      say('done', tell(await ask(action, { method: 'POST' })));
    } catch (error) {
      say('done', error.message, true);
    } finally {
      button.disabled = false;
    }
    polls = 0;
    poll();
  });
}

onClick(
  'collect',
  'collect',
  ({ bytes: back, milliseconds: ms }) =>
    `A full collection took ${milliseconds(ms)}; ${bytes(back)} came back.`,
);
onClick('trim', 'trim', ({ bytes: back }) => `${bytes(back)} went back to the operating system.`);

onClick('take-census', 'census', (census) => {
  showCensus(byId('census'), census);
});

byId('environment').addEventListener('change', restart);
document.addEventListener('visibilitychange', poll);
setInterval(() => {
  watchSilence();
  poll();
}, POLL_MS);
restart();
