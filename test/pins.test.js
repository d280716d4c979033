'use strict';

/*
 * `bufalloc pins`: it finds in a snapshot of this version what pins slabs, ours and the built-in's, and says of
 * a file that is none, or not a whole one, what is wrong with it.
 */

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { readSnapshot } = require('../bin/pins/snapshot');
const { findRetainers } = require('../bin/pins/retainers');
const { createLabels } = require('../bin/pins/labels');
const { examine } = require('../bin/pins/report');
const { fixtures, runNode } = require('./support/child');

const script = path.join(__dirname, '..', 'bin', 'bufalloc.js');
const pins = (...args) => runNode([script, 'pins', ...args]);

const TYPES = ['hidden', 'array', 'string', 'object', 'code', 'closure', 'synthetic'];
const EDGES = ['context', 'element', 'property', 'internal', 'hidden', 'shortcut', 'weak'];

/**
 * A snapshot made by hand: of nodes, each a type, a name, and edges (type, name, number of the node).
 */
function makeSnapshot(list) {
  const strings = [];
  const text = (string) => {
    if (!strings.includes(string)) strings.push(string);
    return strings.indexOf(string);
  };
  const nodes = list.flatMap(([type, name, ...edges], i) => [
    ...[TYPES.indexOf(type), text(name), 2 * i + 1, 10, edges.length],
  ]);
  const edges = list.flatMap(([, , ...edges]) =>
    edges.flatMap(([type, name, to]) => [
      ...[EDGES.indexOf(type), typeof name === 'number' ? name : text(name), to * 5],
    ]),
  );
  const meta = {
    node_fields: ['type', 'name', 'id', 'self_size', 'edge_count'],
    node_types: [TYPES, 'string', 'number', 'number', 'number'],
    edge_fields: ['type', 'name_or_index', 'to_node'],
    edge_types: [EDGES, 'string_or_number', 'node'],
  };
  const counts = { node_count: list.length, edge_count: edges.length / 3 };
  return { snapshot: { meta, ...counts }, nodes, edges, odd: [{ a: '}"' }, -1.5e3], strings };
}

const LIST = [
  ['synthetic', '', ['element', 1, 1], ['shortcut', 1, 4]],
  ['synthetic', '(GC roots)', ['element', 1, 2], ['element', 2, 3]],
  ['synthetic', '(Stack roots)', ['element', 1, 5], ['element', 2, 6]],
  ['synthetic', '(Strong roots)', ['element', 1, 7]],
  ['object', 'global', ['property', 'say "é\n"', 8], ['weak', 'nothing', 6]],
  ['object', 'Held twice'],
  ['object', 'Of the stack'],
  ['object', 'Deep', ['internal', 'table', 9]],
  ['object', 'WeakMap', ['internal', 'table', 10]],
  ['array', '', ['internal', '7', 5]],
  [
    'array',
    '',
    ['internal', '1 / part of key (K @13) -> value (V @23) pair in WeakMap (table @21)', 11],
  ],
  ['object', 'V'],
];

describe('bufalloc pins', () => {
  let folder;
  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-pins-'))));
  after(() => fs.rmSync(folder, { recursive: true }));

  const write = (name, content) => {
    const file = path.join(folder, name);
    fs.writeFileSync(file, content);
    return file;
  };

  for (const side of ['ours', 'builtin']) {
    describe(`on a snapshot of a program with ${side === 'ours' ? 'our' : "the built-in's"} Buffer`, () => {
      let file;
      before(async () => {
        file = path.join(folder, side);
        const { stderr } = await runNode([path.join(fixtures, 'pins.js'), side, file]);
        assert.strictEqual(stderr, '');
      });

      it('finds what pins the slabs', async () => {
        const { stdout, code } = await pins(file, '--json');
        const { pinned, slabs, objects } = JSON.parse(stdout);
        const [{ count, views, path: steps }] = pinned.groups;
        assert.strictEqual(code, 0);
        assert.ok(objects > 10_000 && slabs.count > pinned.count);
        assert.ok(count >= 90 && count <= 100 && views >= 100, `${count} slabs, ${views} views`);
        assert.deepStrictEqual(
          steps.map(({ name }) => name),
          ['global', 'Object', 'Map', 'Session', 'Buffer'],
        );
        assert.deepStrictEqual(
          steps.slice(1).map(({ via }) => via),
          ['.app', '.sessions', '(table)[…]', '.token'],
        );
      });

      it('tells arenas, and other large stores, from them', () => {
        const { arenas, others } = examine(readSnapshot(file));
        assert.strictEqual(arenas.count, 4);
        assert.deepStrictEqual(arenas.groups[0].path.at(0), { via: '', name: 'global' });
        const cache = others.groups.find(({ bytes }) => bytes === 600_000);
        assert.deepStrictEqual([cache.count, cache.views], [2, 2]);
        assert.deepStrictEqual(cache.path.at(-1), { via: '[…]', name: 'Buffer' });
      });

      if (side !== 'ours') return;

      it('prints that in 80 columns', async () => {
        const { stdout, stderr, code } = await pins(file);
        assert.deepStrictEqual([stderr, code], ['', 0]);
        assert.match(stdout, /^\d+ slabs, [\d.]+ [KM]iB; few pieces pin \d+, [\d.]+ [KM]iB\.$/m);
        assert.match(stdout, /^ {4}global\n {4}\.app +Object\n {4}\.sessions +Map\n/m);
        for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
      });

      it('shows as many groups as it is told', async () => {
        const { stdout } = await pins(file, '--top', '1');
        assert.strictEqual(stdout.match(/^ {2}\d+ slabs?, /gm).length, 1);
      });
    });
  }

  it('says of a file that was cut short, wherever, that it was', () => {
    const whole = JSON.stringify(makeSnapshot(LIST));
    for (let length = whole.indexOf(':') + 1; length < whole.length; length += 7) {
      assert.throws(
        () => readSnapshot(write('cut', whole.slice(0, length))),
        /cut short/,
        `${length}`,
      );
    }
  });

  describe('of what is no snapshot', () => {
    const broken = (change) => {
      const made = makeSnapshot(LIST);
      change(made);
      return JSON.stringify(made);
    };
    for (const [title, content, reason] of [
      ['nothing', '', /no heap snapshot/],
      ['text', 'some text', /no heap snapshot/],
      ['other JSON', '{"name":"x","snapshot":{}}', /no heap snapshot/],
      ['a list', '[1,2]', /no heap snapshot/],
      ['another snapshot', '{"snapshot":{"a":[1,{"b":"}"}]}}', /does not say what the rest is/],
      [
        'types that are no list',
        broken((made) => (made.snapshot.meta.node_types = 5)),
        /what the rest/,
      ],
      ['one without strings', broken((made) => delete made.strings), /has no "strings"/],
      ['too few nodes', broken(({ nodes }) => nodes.splice(-5)), /lacks nodes/],
      ['too few edges', broken(({ edges }) => edges.splice(-3)), /lacks edges/],
      ['an edge to nowhere', broken(({ edges }) => (edges[2] = 1000)), /leads nowhere/],
      ['more edges of a node', broken(({ nodes }) => (nodes[4] = 99)), /more edges/],
      ['fewer edges of a node', broken(({ nodes }) => (nodes[4] = 1)), /fewer edges/],
      ['no numbers', broken(({ nodes }) => (nodes[3] = 'x')), /a node was expected at byte \d+/],
      [
        'more nodes than there is room for',
        broken(({ snapshot }) => (snapshot.node_count = 4e9)),
        /cut short/,
      ],
    ]) {
      it(`says what is wrong: ${title}`, () => {
        assert.throws(() => readSnapshot(write('wrong', content)), reason);
      });
    }

    it('says so in a line, and ends with 1', async () => {
      for (const file of [write('wrong', '{}'), path.join(folder, 'none'), folder]) {
        const { stdout, stderr, code } = await pins(file);
        assert.deepStrictEqual([stdout, code], ['', 1]);
        assert.match(stderr, /^bufalloc: .+: .+\n$/);
      }
    });

    it('does not wait for who writes to a pipe', async function () {
      if (process.platform === 'win32') this.skip();
      const pipe = path.join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      const { stderr, code } = await pins(pipe);
      assert.deepStrictEqual([stderr, code], [`bufalloc: ${pipe}: it is no file\n`, 1]);
    });

    it('wants one file, and a number for --top', async () => {
      for (const args of [[], ['a', 'b'], ['a', '--top', '0'], ['a', '--all']]) {
        const { stderr, code } = await pins(...args);
        assert.strictEqual(code, 2);
        assert.match(stderr, /Try 'bufalloc pins --help'/);
      }
    });
  });

  describe('the paths that it finds', () => {
    let pathTo;
    before(() => {
      const snapshot = readSnapshot(write('made', JSON.stringify(makeSnapshot(LIST), null, 1)));
      const describePath = createLabels(snapshot);
      const retainers = findRetainers(snapshot);
      pathTo = (node) =>
        describePath(retainers.pathTo(node)).map(({ via, name }) => `${via} ${name}`);
    });

    it('begin at the global object', () => {
      assert.deepStrictEqual(pathTo(8), [' global', '.say "é " WeakMap']);
    });

    it('go by the stack only where there is no other', () => {
      assert.deepStrictEqual(pathTo(5).slice(-2), ['[…] Deep', '(table)[…] Held twice']);
      assert.deepStrictEqual(pathTo(6).slice(-2), ['[…] (Stack roots)', '[…] Of the stack']);
    });

    it('hold nothing by a WeakMap alone', () => {
      assert.deepStrictEqual(pathTo(11), []);
    });
  });
});
