'use strict';

/*
 * What the doctor makes of the facts: findings, each well, worth knowing, or wrong, with advice
 * where something can be done.
 */

const { SETTINGS, complaintOf } = require('../../lib/settings');
const { bytes } = require('../../lib/insight/format');

const ENVIRONMENT = Object.values(SETTINGS).flatMap(({ env = [] }) => env);
const GIB = 1024 ** 3;
const OLDEST_NODE = 20;

/**
 * @typedef {object} Finding
 * @property {string} title
 * @property {'well' | 'note' | 'wrong'} state
 * @property {string} text what was found
 * @property {string} [advice] what to do about it
 */

const well = (title, text) => ({ title, state: 'well', text });
const note = (title, text, advice) => ({ title, state: 'note', text, advice });
const wrong = (title, text, advice) => ({ title, state: 'wrong', text, advice });

function runtime({ runtime: { name, version, node, major, v8 }, platform }) {
  const text = `${name} ${version} (${name === 'Node.js' ? '' : `as Node.js ${node}, `}V8 ${v8 ?? 'none'}), ${platform}`;
  return major >= OLDEST_NODE
    ? well('Runtime', text)
    : wrong('Runtime', text, `bufalloc needs Node.js ${OLDEST_NODE} or later.`);
}

function binary({ binary: { file, prebuilt, missing } }) {
  if (missing !== undefined) {
    const { text, advice, document, details } = missing;
    const said = details.length === 0 ? '' : ` (${details.join('; ').replaceAll('\n', ' ')})`;
    return wrong('Binary', `none loads: ${text}${said}`, `${advice} See ${document}.`);
  }
  return well('Binary', `${file}, ${prebuilt ? 'prebuilt' : 'built on this machine'}`);
}

/** What kept the package from loading: a backend that was asked for and cannot be had. */
function loads({ loadError }) {
  if (loadError === undefined) return undefined;
  return wrong('Package', `does not load: ${loadError.split('\n')[0]}`, 'Please report this.');
}

function works({ problems }) {
  return problems.length === 0
    ? well('Trial', 'allocated, released and cleared 66 MiB without a fault')
    : wrong('Trial', problems.join('; '), 'Please report this, with this output.');
}

const STORES = {
  v8: 'made by V8 over the C heap',
  napi: 'made by Node-API over the C heap; slabs and workers have the runtime’s memory',
  host: 'the runtime’s own memory',
};

function stores({ stats: { backend, external }, env }) {
  const text = `${backend.name}: ${STORES[backend.name]}`;
  if (backend.name === 'v8') return well('Stores', text);
  const asked = env.BUFALLOC_BACKEND ?? env.BUFALLOC_STORES;
  const advice =
    asked === undefined
      ? `Not v8: ${backend.reason}. ${external ? 'Memory comes back later.' : 'Nothing is gained here, and nothing lost.'}`
      : `It was asked for by ${env.BUFALLOC_BACKEND === undefined ? 'BUFALLOC_STORES' : 'BUFALLOC_BACKEND'}=${asked}. Unset it to have the best there is.`;
  return note('Stores', text, advice);
}

function pacer({ stats, env }) {
  const { state, collections } = stats.pacer;
  if (!stats.external) return note('Pacer', 'has nothing to do without the C heap');
  if (state === 'running') return well('Pacer', `running: ${collections} collections in the trial`);
  if (state === 'off') {
    return note(
      'Pacer',
      'off',
      `BUFALLOC_PACING=${env.BUFALLOC_PACING} asks for that. Dropped buffers come back late.`,
    );
  }
  return note(
    'Pacer',
    `${state}: this runtime lends no collector`,
    'Dropped buffers come back when V8 collects by itself. release() what you can.',
  );
}

function memory({ memory: { total, constrained } }) {
  const limited = constrained > 0 && constrained < total;
  return well(
    'Memory',
    limited
      ? `${bytes(constrained)} by the control group, of ${bytes(total)}`
      : `${bytes(total)}, no limit by a control group`,
  );
}

function limits({ stats, memory: { total, constrained } }) {
  const { maxBytes, maxCachedBytes, nativeMin, poolSize } = stats.limits;
  const available = constrained > 0 && constrained < total ? constrained : total;
  const list = Object.entries({ poolSize, nativeMin, maxBytes, maxCachedBytes })
    .map(([name, value]) => `${name} ${value === Infinity ? 'none' : bytes(value)}`)
    .join(', ');
  return maxBytes > available
    ? note(
        'Limits',
        list,
        `maxBytes is above the ${bytes(available)} that there are. Set BUFALLOC_MAX_BYTES lower.`,
      )
    : well('Limits', list);
}

function addressSpace({ addressSpace: limit }) {
  if (limit === undefined) return undefined;
  const text = `limited to ${bytes(limit)}`;
  return limit < 4 * GIB
    ? note(
        'Addresses',
        text,
        'V8 and the heap reserve more than they use. ulimit -v below 4 GiB has both fail early.',
      )
    : well('Addresses', text);
}

function hugePages({ hugePages: setting, hugeTrial: { asked, given }, stats }) {
  if (setting === undefined) return undefined;
  const trial = stats.external
    ? `; an allocator that asked for them had ${bytes(given)} of ${bytes(asked)}`
    : '';
  return setting === 'always'
    ? note(
        'Huge pages',
        `always: fewer page faults; what is given back goes in steps of 2 MiB${trial}`,
        'If RSS matters most: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled',
      )
    : well('Huge pages', `${setting}${trial}`);
}

function secrets({ secrets: { isLocked, dumped, forked }, stats }) {
  const lacks = [
    [!isLocked, 'not locked into memory'],
    [dumped > 0, 'not kept from core dumps'],
    [forked > 0, 'not kept from forks'],
  ];
  const found = lacks.filter(([is]) => is).map(([, text]) => text);
  if (found.length === 0) return well('Secrets', 'locked, and kept from core dumps and forks');
  return note(
    'Secrets',
    found.join(', '),
    stats.external && !isLocked
      ? 'If you have secrets: raise the limit of locked memory (ulimit -l).'
      : 'If you have secrets: docs/secrets.md says what that means.',
  );
}

function overcommit({ overcommit: mode }) {
  if (mode === undefined) return undefined;
  return mode === '2'
    ? note(
        'Overcommit',
        'strict (2): address space counts as used',
        'Set BUFALLOC_MAX_BYTES and BUFALLOC_MAX_CACHED_BYTES to what you mean to use.',
      )
    : well('Overcommit', mode === '1' ? 'always (1)' : 'as usual (0)');
}

function zeroFill({ zeroFill: on }) {
  if (!on) return undefined;
  return note(
    'Zero fill',
    '--zero-fill-buffers is on: every buffer is cleared',
    'Uninitialised memory never shows, at the price of the clearing.',
  );
}

function debug({ stats }) {
  if (stats.debug.state === 'off') return undefined;
  return note(
    'Debugging',
    'BUFALLOC_DEBUG is on',
    'Unset it in production: it poisons, keeps and watches released memory.',
  );
}

/** How many letters differ, roughly: for a variable that was misspelt. */
function isNear(a, b) {
  const letters = (text) => [...text].sort().join('');
  return a.length === b.length ? letters(a) === letters(b) : a.startsWith(b) || b.startsWith(a);
}

function environment({ env }) {
  const complaints = Object.values(SETTINGS)
    .map((setting) => complaintOf(setting, env[setting.env]))
    .filter((complaint) => complaint !== undefined);
  if (complaints.length > 0) {
    return wrong('Environment', complaints.join('; '), 'What is not understood is ignored.');
  }
  const unknown = Object.keys(env).filter((name) => !ENVIRONMENT.includes(name));
  const names = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  if (unknown.length > 0) {
    const meant = ENVIRONMENT.find((name) => unknown.some((other) => isNear(name, other)));
    return wrong(
      'Environment',
      `${unknown.join(', ')}: unknown`,
      meant ? `Did you mean ${meant}?` : `Known are ${ENVIRONMENT.join(', ')}.`,
    );
  }
  return names.length === 0
    ? well('Environment', 'no BUFALLOC_ variable is set')
    : well('Environment', names.join(', '));
}

/**
 * Judges.
 *
 * @param {object} facts from facts.js
 * @returns {Finding[]}
 */
function examine(facts) {
  const always = [runtime, binary, loads, environment];
  const loaded = [
    works,
    stores,
    pacer,
    memory,
    limits,
    addressSpace,
    hugePages,
    secrets,
    overcommit,
    zeroFill,
    debug,
  ];
  const checks = facts.stats === undefined ? always : [...always, ...loaded];
  return checks.map((check) => check(facts)).filter((finding) => finding !== undefined);
}

module.exports = { examine };
