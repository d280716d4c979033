'use strict';

/*
 * `bufalloc doctor`: it finds what is wrong, and nothing where nothing is. Its judgement is tested
 * on made-up facts, and the whole on this machine.
 */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const { once } = require('node:events');
const http = require('node:http');
const path = require('node:path');
const { examine } = require('../bin/doctor/checks');
const { gatherFacts } = require('../bin/doctor/facts');
const { diagnose } = require('../lib/runtime/missing');
const { runNode } = require('./support/child');
const { backend } = require('./support/subject');

const script = path.join(__dirname, '..', 'bin', 'bufalloc.js');
const GIB = 1024 ** 3;

/** Facts of a machine on which all is well. */
const healthy = () => ({
  version: '1.0.0',
  runtime: { name: 'Node.js', version: '24.0.0', node: '24.0.0', v8: '13', major: 24 },
  platform: 'linux-x64',
  binary: { file: 'prebuilds/linux-x64/bufalloc.node', prebuilt: true },
  memory: { total: 8 * GIB, constrained: 0 },
  hugePages: 'madvise',
  hugeTrial: { asked: 8388608, given: 8388608 },
  secrets: { isLocked: true, dumped: 0, forked: 0 },
  overcommit: '0',
  env: {},
  zeroFill: false,
  problems: [],
  stats: {
    backend: { name: 'v8', reason: '' },
    external: true,
    debug: { state: 'off' },
    pacer: { state: 'running', collections: 4 },
    limits: {
      maxBytes: 4 * GIB,
      maxCachedBytes: 1,
      nativeMin: 1,
      poolSize: 1,
    },
  },
});

/** What is found amiss when the facts are changed. */
function findings(change) {
  const facts = healthy();
  change(facts);
  return examine(facts).filter(({ state }) => state !== 'well');
}

const cases = [
  ['an old runtime', (facts) => (facts.runtime.major = 18), 'wrong', 'Runtime', /20 or later/],
  [
    'no binary',
    (facts) => (facts.binary = { missing: diagnose({ roots: ['/nowhere'], failures: [] }) }),
    'wrong',
    'Binary',
    /external.*See docs\/when-it-does-not-load\.md#a-bundle/,
  ],
  ['a fault in the trial', (facts) => facts.problems.push('odd'), 'wrong', 'Trial', /report/],
  [
    'a misspelt variable',
    (facts) => (facts.env.BUFALLOC_PACNIG = 'off'),
    'wrong',
    'Environment',
    /mean BUFALLOC_PACING\?/,
  ],
  [
    'a variable that is not understood',
    (facts) => (facts.env.BUFALLOC_STATS = 'yes'),
    'wrong',
    'Environment',
    /ignored/,
  ],
  [
    'an unknown variable',
    (facts) => (facts.env.BUFALLOC_XYZ = '1'),
    'wrong',
    'Environment',
    /Known are .*BUFALLOC_BACKEND/,
  ],
  [
    'the runtime’s memory, by choice',
    (facts) => {
      facts.stats.external = false;
      facts.stats.backend = { name: 'host', reason: 'BUFALLOC_BACKEND=host' };
      facts.env.BUFALLOC_BACKEND = 'host';
    },
    'note',
    'Stores',
    /BUFALLOC_BACKEND=host\. Unset it/,
  ],
  [
    'the same by an older name',
    (facts) => {
      facts.stats.external = false;
      facts.stats.backend = { name: 'host', reason: 'BUFALLOC_BACKEND=host' };
      facts.env.BUFALLOC_STORES = 'host';
    },
    'note',
    'Stores',
    /BUFALLOC_STORES=host\. Unset it/,
  ],
  [
    'stores that V8 does not make',
    (facts) => (facts.stats.backend = { name: 'napi', reason: 'v8: this is another runtime' }),
    'note',
    'Stores',
    /Not v8: v8: this is another runtime/,
  ],
  [
    'no collector',
    (facts) => (facts.stats.pacer.state = 'unavailable'),
    'note',
    'Pacer',
    /release\(\)/,
  ],
  [
    'a budget above a control group’s limit',
    (facts) => (facts.memory.constrained = GIB),
    'note',
    'Limits',
    /above the 1 GiB/,
  ],
  ['little address space', (facts) => (facts.addressSpace = GIB), 'note', 'Addresses', /ulimit/],
  ['huge pages', (facts) => (facts.hugePages = 'always'), 'note', 'Huge pages', /madvise/],
  ['strict overcommit', (facts) => (facts.overcommit = '2'), 'note', 'Overcommit', /MAX_BYTES/],
  ['zero filling', (facts) => (facts.zeroFill = true), 'note', 'Zero fill', /clearing/],
  [
    'the debugging mode',
    (facts) => (facts.stats.debug.state = 'on'),
    'note',
    'Debugging',
    /production/,
  ],
];

describe('bufalloc doctor', () => {
  it('finds nothing where all is well', () => {
    assert.deepStrictEqual(
      findings(() => {}),
      [],
    );
  });

  for (const [what, change, state, title, advice] of cases) {
    it(`finds ${what}, and says what to do`, () => {
      const found = findings(change);
      const finding = found.find((one) => one.title === title);
      assert.strictEqual(finding?.state, state, JSON.stringify(found));
      assert.match(finding.advice, advice);
    });
  }

  it('says what it can where the package does not load', () => {
    const { stats, problems, ...facts } = healthy();
    assert.ok(stats && problems);
    const found = examine({ ...facts, loadError: 'BUFALLOC_BACKEND=v8 cannot be had\nat all' });
    const { text } = found.find(({ title }) => title === 'Package');
    assert.strictEqual(text, 'does not load: BUFALLOC_BACKEND=v8 cannot be had');
  });

  it('tries the allocator here, and finds it in order', async () => {
    const { problems, stats } = await gatherFacts();
    assert.deepStrictEqual(problems, []);
    assert.strictEqual(stats.backend.name, backend);
  });

  it('prints a line for each, and ends with 0', async () => {
    const { code, stdout, stderr } = await runNode([script, 'doctor']);
    assert.deepStrictEqual([code, stderr], [0, '']);
    assert.match(stdout, /✓ Runtime +Node\.js \d+/);
    assert.match(stdout, /✓ Trial/);
    assert.match(stdout, /All is well\./);
    assert.doesNotMatch(stdout, /undefined|NaN/);
  });

  it('ends with 1 where something is wrong', async () => {
    const env = { BUFALLOC_MAX_BYTE: '1' };
    const { code, stdout } = await runNode([script, 'doctor', '--json'], { env });
    assert.strictEqual(code, 1);
    const wrong = JSON.parse(stdout).findings.filter(({ state }) => state === 'wrong');
    assert.deepStrictEqual(
      wrong.map(({ title }) => title),
      ['Environment'],
    );
  });

  it('says in a line that its output cannot be written', async function () {
    if (process.platform !== 'linux') this.skip();
    const command = `${process.execPath} ${script} doctor --help >/dev/full`;
    const { status, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
    assert.strictEqual(status, 1);
    assert.match(stderr, /^bufalloc: the output cannot be written: ENOSPC.*\n$/);
  });

  it('has a --help, and takes nothing that it does not know', async () => {
    const help = await runNode([script, 'doctor', '--help']);
    assert.match(help.stdout, /^Usage: bufalloc doctor/);
    const odd = await runNode([script, 'doctor', '--frobnicate']);
    assert.strictEqual(odd.code, 2);
    assert.match(odd.stderr, /bufalloc doctor --help/);
  });
});

describe('bufalloc bench', () => {
  it('takes its options as they are', async () => {
    const help = await runNode([script, 'bench', '--help']);
    assert.match(help.stdout, /^Usage: bufalloc bench/);
    const odd = await runNode([script, 'bench', 'nosuch']);
    assert.strictEqual(odd.code, 2);
    assert.match(odd.stderr, /there is no suite "nosuch"/);
  });
});

describe('bufalloc doctor, of a page', () => {
  const MIB = 1024 * 1024;
  const parts = { live: 60 * MIB, v8: 8 * MIB, host: 2 * MIB, rest: 30 * MIB };
  const explanation = {
    rss: 100 * MIB,
    parts,
    isEstimate: true,
    advice: { part: 'live', text: 'Release it.' },
  };
  const answers = {
    '/token/explain': explanation,
    '/token/explain?thread=3': { ...explanation, parts: { ...parts, v8: 5 * MIB } },
    '/token/state': { workers: [{ thread: 3 }, { thread: 4 }] },
    '/other/explain': { some: 'thing' },
    '/older/explain': { rss: 1, parts },
  };
  let server, address;
  before(async () => {
    server = http.createServer((request, response) => {
      const answer = answers[request.url];
      if (request.url.startsWith('/refused')) return request.socket.destroy();
      response.statusCode = answer === undefined ? 404 : 200;
      return response.end(answer === undefined ? '' : JSON.stringify(answer));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    address = `http://127.0.0.1:${server.address().port}`;
  });
  after(() => server.close());

  it('shows where the memory is, and what each worker has', async () => {
    for (const url of [`${address}/token/`, `${address}/token`]) {
      const { stdout, stderr, code } = await runNode([script, 'doctor', url]);
      assert.deepStrictEqual([stderr, code], ['', 0]);
      assert.match(stdout, /^100 MiB resident \(RSS\)\n {2}buffers in use +60 MiB +60 % █+\n/);
      assert.match(stdout, /^Largest: buffers in use\. Release it\.$/m);
      assert.match(stdout, /^ {2}thread 3: V8's heap 5 MiB, the runtime's own buffers 2 MiB$/m);
    }
  });

  it('gives it as JSON', async () => {
    const { stdout } = await runNode([script, 'doctor', `${address}/token/`, '--json']);
    const found = JSON.parse(stdout);
    assert.deepStrictEqual(
      found.map(({ thread }) => thread),
      [0, 3],
    );
    assert.deepStrictEqual(found[0].explanation, explanation);
  });

  it('says so where there is none', async () => {
    for (const [url, reason] of [
      [`${address}/wrong/`, /has no such page: is the token right\?/],
      [`${address}/refused/`, /does not answer: .*is the token right\?/],
      [`${address}/other/`, /is not bufalloc's page/],
      [`${address}/older/`, /is not bufalloc's page/],
      ['http://127.0.0.1:9/token/', /127\.0\.0\.1:9 does not answer: /],
    ]) {
      const { stdout, stderr, code } = await runNode([script, 'doctor', url]);
      assert.deepStrictEqual([stdout, code], ['', 1]);
      assert.match(stderr, reason);
    }
  });

  it('wants one URL', async () => {
    for (const args of [['a', 'b'], ['page'], ['file:///tmp']]) {
      assert.strictEqual((await runNode([script, 'doctor', ...args])).code, 2);
    }
  });
});
