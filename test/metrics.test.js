'use strict';

/* metrics(): what stats() says, as OpenMetrics text, alone and joined to prom-client's. */

const assert = require('node:assert');
const prometheus = require('prom-client');
const { ours } = require('./support/subject');

const { metrics, stats } = ours;

const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\+Inf|[\d.e+-]+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

function parseLabels(text = '') {
  const labels = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < text.length) {
    const match = LABEL.exec(text);
    assert.ok(match, `labels: ${text}`);
    labels[match[1]] = JSON.parse(`"${match[2]}"`);
  }
  return labels;
}

/**
 * Reads OpenMetrics text by its rules: a family's HELP, TYPE and UNIT come before its samples, once, and its
 * samples have its name, those of counters with `_total`.
 */
function parse(text) {
  const families = new Map();
  let family;
  let isEnded = false;
  assert.ok(text.endsWith('\n'));
  for (const line of text.slice(0, -1).split('\n')) {
    assert.ok(!isEnded, 'a line after EOF');
    if (line === '# EOF') {
      isEnded = true;
      continue;
    }
    const [, word, name, rest] = /^# (HELP|TYPE|UNIT) (\S+) (.+)$/.exec(line) ?? [];
    if (word === 'HELP') {
      assert.ok(!families.has(name), `${name} comes twice`);
      families.set(name, (family = { name, help: rest, samples: [] }));
    } else if (word !== undefined) {
      assert.strictEqual(name, family.name);
      assert.strictEqual(family.samples.length, 0);
      family[word.toLowerCase()] = rest;
    } else {
      const [, sample, labels, value] = SAMPLE.exec(line) ?? assert.fail(line);
      assert.strictEqual(sample, family.type === 'counter' ? `${family.name}_total` : family.name);
      if (family.unit !== undefined) assert.ok(family.name.endsWith(`_${family.unit}`));
      const parsed = parseLabels(labels);
      const key = JSON.stringify(parsed);
      assert.ok(!family.samples.some((other) => JSON.stringify(other.labels) === key), line);
      family.samples.push({ labels: parsed, value: value === '+Inf' ? Infinity : Number(value) });
    }
  }
  return { families, isEnded };
}

/** The value of a sample. */
function valueOf({ families }, name, wanted) {
  const { samples } = families.get(name);
  const found = samples.filter(({ labels }) =>
    Object.entries(wanted).every(([label, text]) => labels[label] === text),
  );
  assert.strictEqual(found.length, 1, `${name}: ${JSON.stringify(wanted)}`);
  return found[0].value;
}

describe('metrics', () => {
  it('are well-formed, each family once', () => {
    const { families, isEnded } = parse(metrics());
    assert.ok(families.size > 10 && !isEnded);
    for (const { name, type, help, samples } of families.values()) {
      assert.ok(['gauge', 'counter'].includes(type), name);
      assert.match(help, /\.$/);
      assert.ok(samples.length > 0, name);
    }
  });

  it('say what stats() says', () => {
    const { acquire, release, close, stats: own } = ours.createAllocator({ name: 'metered' });
    const kept = acquire(100_000);
    release(acquire(1000));
    const found = parse(metrics());
    const { heap, live, stores, fallbacks, limits } = own();
    const of = (name, labels) => valueOf(found, name, { allocator: 'metered', ...labels });
    for (const state of ['live', 'cached', 'mapped']) {
      assert.strictEqual(of('bufalloc_memory_bytes', { state }), heap[`${state}Bytes`]);
    }
    for (const [kind, { count, bytes }] of Object.entries(live)) {
      assert.strictEqual(of('bufalloc_live_bytes', { kind }), bytes);
      assert.strictEqual(of('bufalloc_live_stores', { kind }), count);
    }
    for (const [kind, { count }] of Object.entries(stores)) {
      assert.strictEqual(of('bufalloc_stores', { kind }), count);
    }
    for (const [reason, times] of Object.entries(fallbacks)) {
      assert.strictEqual(of('bufalloc_fallbacks', { reason }), times);
    }
    assert.strictEqual(of('bufalloc_limit_bytes', { limit: 'max' }), limits.maxBytes);
    assert.deepStrictEqual([of('bufalloc_acquired'), of('bufalloc_released')], [2, 1]);
    assert.strictEqual(kept.length, 100_000);
    close();
  });

  it("have the module's allocator, and no closed one", () => {
    const closed = ours.createAllocator({ name: 'closed' });
    closed.close();
    const { samples } = parse(metrics()).families.get('bufalloc_memory_bytes');
    const names = samples.map(({ labels }) => labels.allocator);
    assert.strictEqual(names[0], 'default');
    assert.ok(!names.includes('closed'));
  });

  it('have what is of the thread, and of the process, once', () => {
    const found = parse(metrics());
    assert.strictEqual(valueOf(found, 'bufalloc_collections', {}), stats().pacer.collections ?? 0);
    /* Other threads, those of earlier tests that are ending, may give some back between two looks. */
    const state = { state: 'mapped' };
    let told, before, after;
    do {
      before = stats().process.mappedBytes;
      told = valueOf(parse(metrics()), 'bufalloc_process_bytes', state);
      after = stats().process.mappedBytes;
    } while (before !== after);
    assert.strictEqual(told, after);
  });

  it('add up what allocators of one name have', () => {
    const both = ['twice', 'twice'].map((name) => ours.createAllocator({ name }));
    const kept = both.map(({ acquire }) => acquire(1000));
    const labels = { allocator: 'twice' };
    assert.strictEqual(valueOf(parse(metrics()), 'bufalloc_acquired', labels), kept.length);
    both.forEach(({ close }) => close());
  });

  it('escape names', () => {
    const allocator = 'a "name"\\n\nof lines';
    const { close } = ours.createAllocator({ name: allocator });
    assert.strictEqual(valueOf(parse(metrics()), 'bufalloc_acquired', { allocator }), 0);
    close();
  });

  it('end where they are to', () => {
    assert.ok(parse(metrics({ eof: true })).isEnded);
  });

  it('have the whole name of counters on the TYPE line for Prometheus', () => {
    const text = metrics({ format: 'prometheus', eof: true });
    assert.match(text, /^# TYPE bufalloc_acquired_total counter\nbufalloc_acquired_total\{/m);
    assert.doesNotMatch(text, /# (EOF|UNIT)/);
  });

  it('take no other options', () => {
    assert.throws(() => metrics({ format: 'json' }), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => metrics({ eof: 'yes' }), { code: 'ERR_INVALID_ARG_VALUE' });
  });

  it("go before prom-client's in OpenMetrics, and make one text with it", async () => {
    const registry = new prometheus.Registry(prometheus.Registry.OPENMETRICS_CONTENT_TYPE);
    const options = { name: 'requests', help: 'Requests.', labelNames: ['method'] };
    const counter = new prometheus.Counter({ ...options, registers: [registry] });
    counter.inc({ method: 'GET' }, 3);
    const { families, isEnded } = parse(metrics() + (await registry.metrics()));
    assert.ok(isEnded && families.has('bufalloc_memory_bytes'));
    assert.strictEqual(families.get('requests').samples[0].value, 3);
  });

  it("go with prom-client's in the text format, in any order", async () => {
    const registry = new prometheus.Registry();
    prometheus.collectDefaultMetrics({ register: registry });
    const text = (await registry.metrics()) + metrics({ format: 'prometheus' });
    registry.clear();
    const types = text.match(/^# TYPE \S+/gm);
    assert.strictEqual(new Set(types).size, types.length);
    assert.ok(types.length > 30);
  });
});
