'use strict';

/* explain(): parts that add up to RSS, and what to do about the largest. */

const assert = require('node:assert');
const { runFixture } = require('./support/child');
const { backend, native, ours, slabbed } = require('./support/subject');
const { adviseOn } = require('../lib/insight/advice');
const { showExplanation } = require('../lib/insight/explanation');

const { explain } = ours;
const MIB = 1024 * 1024;
const PARTS = [
  ...['live', 'pinned', 'cached', 'reserve', 'rounding', 'metadata', 'host', 'v8', 'files', 'rest'],
  'absent',
];

const sum = (parts) => Object.values(parts).reduce((total, bytes) => total + bytes, 0);

/** What is explained in a program of its own, where it has made what a scene says. */
const explainScene = (scene) => runFixture('explain', [scene]);

describe('explain', () => {
  it('splits RSS until it adds up', () => {
    const { rss, parts, isEstimate, advice } = explain();
    assert.ok(rss > 0 && isEstimate);
    assert.deepStrictEqual(Object.keys(parts), PARTS);
    assert.strictEqual(sum(parts), rss);
    for (const [name, bytes] of Object.entries(parts)) {
      assert.ok(name === 'absent' ? bytes <= 0 : bytes >= 0, `${name}: ${bytes}`);
    }
    assert.ok(PARTS.includes(advice.part) && advice.text.length > 0);
  });

  it('is plain, and can be sent', () => {
    const found = explain();
    assert.deepStrictEqual(JSON.parse(JSON.stringify(found)), structuredClone(found));
    assert.deepStrictEqual(Object.keys(found), ['rss', 'parts', 'isEstimate', 'advice']);
  });

  it('takes a census for what is pinned, its own or one that is there', async () => {
    const { pinned, given, own } = await explainScene('counted');
    assert.deepStrictEqual([given.isEstimate, given.parts.pinned], [false, pinned]);
    assert.deepStrictEqual([own.isEstimate, own.parts.pinned], [false, pinned]);
    assert.strictEqual(pinned > 0, backend !== 'host');
  });

  it('takes no other options', () => {
    for (const census of [1, null, {}, { totals: {} }, { stores: 1 }]) {
      assert.throws(() => explain({ census }), { code: 'ERR_INVALID_ARG_VALUE' });
    }
    assert.throws(() => explain({ quick: true }), { code: 'ERR_INVALID_ARG_VALUE' });
  });

  native(() => {
    it('says what is live, of private allocators too, and to release it', async () => {
      const { parts, advice } = await explainScene('acquired');
      assert.ok(parts.live >= 128 * MIB && parts.live <= 129 * MIB, `${parts.live}`);
      assert.strictEqual(advice.part, 'live');
      assert.match(advice.text, /128 MiB of the allocator 'images' in acquired .*release\(\)/);
    });

    it('says what is cached, and to trim it', async () => {
      const { parts, advice } = await explainScene('cached');
      assert.ok(parts.cached >= 128 * MIB, `${parts.cached}`);
      assert.deepStrictEqual([parts.live, advice.part], [0, 'cached']);
      assert.match(advice.text, /'images'.*trim\(\).*BUFALLOC_MAX_CACHED_BYTES/);
    });

    it('says that an arena is not reset', async () => {
      const { advice } = await explainScene('arena');
      assert.strictEqual(advice.part, 'live');
      assert.match(advice.text, /arenas\. reset\(\) or close\(\)/);
    });
  });

  slabbed(() => {
    it('says what may be pinned, and what is', async () => {
      const { guess, exact } = await explainScene('pinned');
      assert.ok(guess.isEstimate && guess.parts.pinned >= 60 * MIB, `${guess.parts.pinned}`);
      assert.match(guess.advice.text, /are in slabs.*census\(\) tells/);
      assert.ok(exact.parts.pinned >= 60 * MIB && exact.parts.pinned < guess.parts.pinned);
      assert.match(exact.advice.text, /compact\(\) what is kept for long/);
    });
  });
});

describe('the advice', () => {
  const live = { count: 1, bytes: MIB };
  const kinds = {
    slab: live,
    dedicated: live,
    acquired: live,
    arena: live,
    secret: live,
    host: live,
  };
  const stats = {
    backend: { name: 'v8', reason: '' },
    fallbacks: { budget: 0, turn: 0, memory: 0, unsupported: 0 },
    limits: { maxCachedBytes: MIB },
    environments: [
      { threadId: 0, allocators: [{ name: 'default', heap: { cachedBytes: 0 }, live: kinds }] },
    ],
  };
  /** Of memory that is one part alone. */
  const advice = (part, change = {}) => {
    const parts = { ...Object.fromEntries(PARTS.map((name) => [name, 0])), [part]: 9 * MIB };
    return adviseOn({ parts, isEstimate: false }, { ...stats, ...change });
  };

  it('is about the largest part, whichever it is', () => {
    for (const part of PARTS.filter((name) => name !== 'files' && name !== 'absent')) {
      const given = advice(part);
      assert.strictEqual(given.part, part);
      assert.doesNotMatch(given.text, /undefined|NaN/);
    }
  });

  it('is about what can be changed', () => {
    assert.strictEqual(advice('files').part, 'rest');
    assert.strictEqual(advice('absent').part, 'rest');
  });

  it('says why the runtime serves', () => {
    const fallbacks = { budget: 3, turn: 0, memory: 0, unsupported: 0 };
    assert.match(advice('host', { fallbacks }).text, /3 requests .*BUFALLOC_MAX_BYTES is too low/);
    const backend = { name: 'host', reason: 'no addon' };
    assert.match(advice('host', { backend }).text, /backend is host: no addon/);
  });

  it('names the thread where there are several', () => {
    const more = [...stats.environments, { threadId: 7, allocators: [] }];
    more[1].allocators.push({
      name: 'default',
      heap: { cachedBytes: 0 },
      live: { ...kinds, acquired: { count: 1, bytes: 5 * MIB } },
    });
    assert.match(advice('live', { environments: more }).text, /5 MiB in thread 7 in acquired/);
    assert.match(advice('rest', { environments: more }).text, /1 more thread/);
  });
});

describe('the text of explain', () => {
  it('has a line for each part that there is, and fits in 80 columns', () => {
    const text = String(explain());
    const lines = text.split('\n');
    assert.match(lines[0], /^[\d.]+ MiB resident \(RSS\)$/);
    assert.match(text, /^ {2}V8's heap +[\d.]+ MiB +\d+ % █+/m);
    assert.match(text, /^Largest: /m);
    for (const line of lines) assert.ok(line.length <= 80, line);
  });

  it('keeps its columns whatever the sizes', () => {
    const parts = Object.fromEntries(PARTS.map((name, i) => [name, 1023.9 * 1024 ** (i % 4)]));
    parts.absent = -parts.files;
    const text = showExplanation({
      rss: 1023.9 * 1024 ** 3,
      parts,
      isEstimate: true,
      advice: { part: 'pinned', text: 'word '.repeat(50).trim() },
    });
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    assert.match(text, /counted above and not resident +-1023\.9 \w+/);
  });
});
