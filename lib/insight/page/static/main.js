/*
 * main: asks the server once a second, for as long as the page is visible, and has the others show what
 * it says. When no answer comes it says for how long: the program's event loop is blocked then, or it
 * has ended.
 */

import { showCensus } from './census.js';
import { createMap } from './chunks.js';
import { createCurves } from './curves.js';
import {
  showAllocators,
  showFigures,
  showLeaks,
  showLimits,
  showProgram,
  totalsOf,
} from './figures.js';
import { bytes, html, milliseconds } from './format.js';
import { showParts } from './parts.js';
import { createSites } from './sites.js';

const POLL_MS = 1000;
/** The rest is dearer: every so many polls. */
const REST_POLLS = 3;
/** From when on silence is worth a word. */
const SILENCE_MS = 3000;

const byId = (id) => document.getElementById(id);

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

/* --- environments ------------------------------------------------------------------------------ */

/** The workers to choose from. One that does not answer says so. */
function showEnvironments({ workers }) {
  const select = byId('environment');
  const label = ({ thread: id, silentMs }) => {
    if (silentMs === undefined) return `worker ${id}, without bufalloc/inspect`;
    const silence = silentMs > SILENCE_MS ? `, silent for ${Math.round(silentMs / 1000)} s` : '';
    return `worker ${id}${silence}`;
  };
  const all = workers.map((each) => [
    String(each.thread),
    label(each),
    each.silentMs === undefined,
  ]);
  all.unshift(['0', 'main thread', false]);
  const { value } = select;
  if (!all.some(([id]) => id === value)) all.push([value, `worker ${value}, ended`, false]);
  const options = all.map(([id, text]) => new Option(text, id, false, id === value));
  all.forEach(([, , isDisabled], i) => (options[i].disabled = isDisabled));
  const textOf = (list) => [...list].map((option) => option.outerHTML).join();
  if (textOf(options) !== textOf(select.options)) select.replaceChildren(...options);
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
    { name: 'host', label: 'the runtime’s' },
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

function addToCurves(time, totals) {
  memoryCurves.add(time, totals);
  if (last !== undefined) {
    const seconds = Math.max((time - last.time) / 1000, 0.001);
    const rate = (name) => Math.max(totals[name] - last.totals[name], 0) / seconds;
    eventCurves.add(time, { fallbacks: rate('fallbacks'), collections: rate('collections') });
  }
  last = { time, totals };
}

/* --- the loop --------------------------------------------------------------------------------------- */

const map = createMap(byId('map'));
const sites = createSites({
  flame: byId('flame'),
  sites: byId('sites'),
  state: byId('profile-state'),
  button: byId('profile'),
  downloads: [byId('download-pprof'), byId('download-heapprofile')],
});

/** What is not asked for every time. */
async function showRest(signal) {
  const [{ allocators }, explanation, { profile }] = await Promise.all(
    ['map', 'explain', 'sites'].map((path) => ask(path, { signal })),
  );
  map.show(allocators);
  showParts(byId('parts'), explanation);
  sites.show(profile);
}

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
    const totals = totalsOf(state);
    showProgram(byId('program'), state);
    showEnvironments(state);
    showFigures(byId('figures'), state, totals);
    showAllocators(byId('allocators'), state);
    showLeaks(byId('leaks'), state);
    showLimits(byId('limits'), state);
    addToCurves(state.time, totals);
    if (polls++ % REST_POLLS === 0) await showRest(controller.signal);
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

/**
 * Has a button do something, and say what came of it, if `tell` gives words for it.
 *
 * @param {string} id
 * @param {() => string} action the name of what is asked for
 * @param {(answer: object) => string|undefined} tell
 */
function onClick(id, action, tell) {
  const button = byId(id);
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      say('done', tell(await ask(action(), { method: 'POST' })));
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
  () => 'collect',
  ({ bytes: back, milliseconds: ms }) =>
    `A full collection took ${milliseconds(ms)}; ${bytes(back)} came back.`,
);
onClick(
  'trim',
  () => 'trim',
  ({ bytes: back }) => `${bytes(back)} went back to the operating system.`,
);

onClick(
  'take-census',
  () => 'census',
  (census) => {
    showCensus(byId('census'), census);
  },
);

onClick(
  'profile',
  () => (sites.isRunning() ? 'stopProfile' : 'startProfile'),
  () => undefined,
);

byId('environment').addEventListener('change', restart);
document.addEventListener('visibilitychange', poll);
setInterval(() => {
  watchSilence();
  poll();
}, POLL_MS);
restart();
