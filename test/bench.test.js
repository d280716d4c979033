'use strict';

/*
 * The benchmarks' own logic: the shuffled order, what of the records a target is held to, what the
 * reports say of the suite `mixed`. That a suite runs at all is seen once, by its smallest cell.
 */

const assert = require('node:assert');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setImmediate: turn } = require('node:timers/promises');
const { stripVTControlCharacters } = require('node:util');
const { preparePeers } = require('../bench/core/peers');
const { runTask } = require('../bench/core/process');
const { shuffle } = require('../bench/core/random');
const { measureJob } = require('../bench/core/schedule');
const { environmentOf, loadSide } = require('../bench/core/sides');
const { ratio, summarize } = require('../bench/core/stats');
const { charts } = require('../bench/report/charts');
const { loadDrawing } = require('../bench/report/draw');
const { judge } = require('../bench/report/judge');
const { markdown } = require('../bench/report/markdown');
const { readMixed } = require('../bench/report/mixed');
const { overview } = require('../bench/report/overview');
const { render } = require('../bench/report/terminal');
const { freshCalls } = require('../bench/suites/calls');
const { cells } = require('../bench/suites/mixed/cells');
const peers = require('../bench/suites/peers');
const programsSuite = require('../bench/suites/programs');
const { createQueryCounter } = require('../bench/suites/programs/postgres');
const programs = require('../bench/suites/programs/programs');
const { runNode } = require('./support/child');
const { ours } = require('./support/subject');

const run = path.join(__dirname, '..', 'bench', 'run.js');
const runtime = { runtime: '20.1.0', major: 20 };

/** A metric as the schedule has it, from one figure a side. */
function sides(builtin, bufalloc) {
  return { builtin: summarize([builtin]), bufalloc: summarize([bufalloc]) };
}

function timed(fields, builtin, bufalloc, more) {
  const metrics = { ns: sides(builtin, bufalloc), cpu: sides(builtin, bufalloc), ...more };
  return { suite: 'mixed', ...runtime, ...fields, ratio: ratio([builtin], [bufalloc]), metrics };
}

const call = (id, fields) => ({ part: 'calls', id, ...fields });

/** What a run of `mixed` gives: calls at 2, 0.5 and 1 times the built-in's speed, and the rest. */
function mixedRecords() {
  const written = { call: 'from utf8', use: 'written', bytes: 64 };
  const large = { call: 'allocUnsafe', use: 'untouched', bytes: 2 ** 20 };
  const filled = { call: 'allocUnsafe', use: 'filled', bytes: 2 ** 20 };
  return [
    timed(call('from utf8/64/written', written), 100, 50),
    timed(call('allocUnsafe/1M/untouched', large), 100, 200),
    timed(call('allocUnsafe/1M/filled', filled), 100, 100),
    {
      ...timed({ part: 'process', id: 'process' }, 1, 1),
      ratio: null,
      metrics: { ms: sides(3_000, 2_000), peakRss: sides(100, 125) },
    },
    timed({ part: 'live', id: 'live one', bytes: 65536, objects: 1000 }, 30, 10, {
      peakRss: sides(80, 40),
    }),
  ];
}

function resultOf(records) {
  return {
    machine: { cpu: 'a CPU', cores: 2, memoryGiB: 4, system: 'a system', date: '2026-01-01T00:00' },
    scope: 'full',
    runs: 1,
    seed: 4711,
    runtimes: [runtime.runtime],
    backends: { [runtime.runtime]: 'napi' },
    suites: ['mixed'],
    records,
    failures: [],
  };
}

describe('the core of what measures', () => {
  const bench = path.join(__dirname, '..', 'bench');
  // bench/heap is not packed: it compiles, for which tools/ knows the sources.
  const files = fs
    .readdirSync(bench, { recursive: true })
    .filter((file) => file.endsWith('.js') && !file.startsWith('heap'));

  it('is imported from bin/ and tools/, and imports nothing from there', () => {
    for (const file of files) {
      const text = fs.readFileSync(path.join(bench, file), 'utf8');
      for (const [, name] of text.matchAll(/require\('(\.[^']*)'\)/g)) {
        const target = path.relative(path.dirname(bench), path.resolve(bench, file, '..', name));
        assert.doesNotMatch(target, /^(bin|tools)\b/, `${file} imports ${target}`);
      }
    }
  });

  it('measures a package, in which all that a start needs is one file', async () => {
    const code = `
      const path = require('node:path');
      require('./bench/core/package').pack(console.error);
      const { stats } = require('./bench/core/sides').loadSide('bufalloc').module;
      const files = Object.keys(require.cache).map((file) => path.relative('', file));
      const folder = path.basename(process.env.BENCH_PACKAGE);
      console.log(JSON.stringify({ folder, files, backend: stats().backend.name }));`;
    const cwd = path.join(__dirname, '..');
    const { stdout, stderr } = await runNode(['-e', code], { cwd });
    assert.strictEqual(stderr, '');
    const { folder, files, backend } = JSON.parse(stdout);
    assert.strictEqual(backend, ours.stats().backend.name);
    const loaded = files.filter((file) => file.startsWith(path.join('build', folder)));
    // A variable that is set is checked by a file of its own, and what waits for turns is one.
    const more = process.env.BUFALLOC_BACKEND ? ['kinds.js'] : [];
    if (backend === 'napi') more.push('turn.js');
    assert.deepStrictEqual(
      loaded.map((file) => path.basename(file)),
      ['index.js', ...more],
    );
    assert.ok(!fs.existsSync(path.join(cwd, 'build', folder)), 'it is gone with the process');
  });

  it('loads the folder, and no file beside it of that name', async () => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-test-'));
    const folder = path.join(home, 'it');
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'index.js'), 'exports.is = "the folder"');
    fs.writeFileSync(`${folder}.js`, 'exports.is = "a file"');
    const code = `console.log(require('./bench/core/sides').loadSide('bufalloc').module.is)`;
    const options = { cwd: path.join(__dirname, '..'), env: { BENCH_PACKAGE: folder } };
    const { stdout } = await runNode(['-e', code], options);
    fs.rmSync(home, { recursive: true });
    assert.strictEqual(stdout, 'the folder\n');
  });

  describe('gives a task to a process', () => {
    let folder;
    before(() => {
      folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-bench-test-'));
    });
    after(() => fs.rmSync(folder, { recursive: true }));

    const serve = JSON.stringify(path.join(bench, 'core', 'serve'));
    const run = (work, options) => {
      const file = path.join(folder, 'child.js');
      fs.writeFileSync(file, `require(${serve}).serve(${work});`);
      return runTask(process.execPath, file, { value: 6 }, options);
    };

    it('and takes its result, whatever else it prints', async () => {
      const work = '(task) => { console.log("said"); return { twice: 2 * task.value }; }';
      assert.deepStrictEqual(await run(work), { twice: 12 });
    });

    it('and takes the result of one that does not end then', async () => {
      const work = '() => { process.exit = () => setInterval(() => {}, 1e9); return 7; }';
      assert.strictEqual(await run(work, { lastMs: 10 }), 7);
    });

    it('and says in one line how it failed', async () => {
      const work = '() => { throw new RangeError("too much"); }';
      await assert.rejects(run(work), { message: 'RangeError: too much', hung: false });
      await assert.rejects(run('() => process.abort()'), { message: 'ended by SIGABRT' });
      await assert.rejects(run('() => process.exit(3)'), { message: 'ended with status 3' });
    });

    it('and ends it with what it started, when it hangs', async () => {
      const work = `() => {
        const { pid } = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)']);
        console.error('started', pid);
        return new Promise(() => setInterval(() => {}, 1e9));
      }`;
      const error = await run(work, { timeoutMs: 600 }).catch((reason) => reason);
      assert.strictEqual(error.hung, true);
      const pid = Number(/started (\d+)/.exec(error.stderr)[1]);
      if (process.platform !== 'linux') return;
      // Its end takes a moment; then it is gone, or a zombie that its new parent has not yet buried.
      const state = () => {
        try {
          return /^State:\s+(\w)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
        } catch {
          return 'gone';
        }
      };
      while (!/^(gone|Z|X)$/.test(state())) await turn();
    });
  });
});

describe('the order of the cells in the suite mixed', () => {
  const list = Object.keys(cells);

  it('is the same for the same seed, and another for another', () => {
    assert.deepStrictEqual(shuffle(list, 7), shuffle(list, 7));
    assert.notDeepStrictEqual(shuffle(list, 7), shuffle(list, 8));
  });

  it('has every cell once', () => {
    assert.deepStrictEqual(shuffle(list, 7).sort(), [...list].sort());
  });

  it('puts a cell at every place, over many seeds', () => {
    const places = new Set();
    for (let seed = 1; seed < 200; seed++) places.add(shuffle([0, 1, 2, 3], seed).indexOf(0));
    assert.strictEqual(places.size, 4);
  });
});

describe('the cells of the suite mixed', () => {
  it('are all calls that there are, with a use that the call knows', () => {
    for (const [id, { call: name, use, bytes }] of Object.entries(cells)) {
      const batch = freshCalls()[name](Buffer, bytes, use);
      assert.doesNotThrow(() => batch(2), id);
    }
  });

  it('have call sites that see several kinds of argument', () => {
    for (const [call, method] of Object.entries({
      'from any': 'from',
      'concat any': 'concat',
      'alloc any': 'alloc',
    })) {
      const kinds = new Set();
      const note = (value, ...rest) => {
        const shape = Array.isArray(value) ? value.map((one) => one.constructor.name) : [];
        const all = [value, ...rest].map((one) => one?.constructor.name);
        kinds.add([...all, ...shape].join());
        return Buffer[method](value, ...rest);
      };
      freshCalls()[call]({ [method]: note }, 64)(12);
      assert.ok(kinds.size >= 4, `${call}: ${[...kinds]}`);
    }
  });

  it('have loops of their own', () => {
    const [one, other] = [freshCalls(), freshCalls()];
    assert.notStrictEqual(one.allocUnsafe, other.allocUnsafe);
  });
});

describe('a target', () => {
  const verdictOf = (what, records) => judge(records).find((verdict) => verdict.what === what);

  it('is held to the cells that it names, and not to those that it leaves out', () => {
    const records = mixedRecords();
    assert.strictEqual(verdictOf('any cell, mixed: ratio', records).cells, 2);
    const untouched = verdictOf('untouched from 1 MiB, mixed: ratio', records);
    assert.deepStrictEqual([untouched.cells, untouched.figure, untouched.met], [1, 0.5, true]);
    assert.strictEqual(verdictOf('filled 64 KiB, mixed: ratio', records), undefined);
  });

  it('is held to the mean of the calls alone, where it says mean', () => {
    const verdict = verdictOf('mixed, every call: geometric mean of the ratios', mixedRecords());
    assert.ok(Math.abs(verdict.figure - 1) < 1e-9);
    assert.strictEqual(verdict.met, false);
  });

  it('is held to the process where it is about it', () => {
    const verdict = verdictOf('mixed, every call: peak RSS over the built-in’s', mixedRecords());
    assert.deepStrictEqual([verdict.figure, verdict.cells, verdict.met], [1.25, 1, false]);
  });

  it('is the same both ways of measuring a call', () => {
    const micro = mixedRecords()
      .slice(0, 3)
      .map((record) => ({ ...record, suite: 'micro', part: undefined }));
    assert.strictEqual(verdictOf('any cell, a process a cell: ratio', micro).cells, 2);
    assert.strictEqual(verdictOf('any cell, mixed: ratio', micro), undefined);
  });
});

describe('the report of the suite mixed', () => {
  it('sums up the calls, without the process and without those among live objects', () => {
    const { calls, live, summary } = readMixed(mixedRecords());
    assert.deepStrictEqual([calls.length, live.length], [3, 1]);
    assert.deepStrictEqual([summary.cells, summary.below], [3, 1]);
    assert.ok(Math.abs(summary.mean - 1) < 1e-9);
  });

  it('says in the terminal the seed, the mean, the low cells, peak RSS and the backend', () => {
    const text = stripVTControlCharacters(render(resultOf(mixedRecords())));
    for (const wanted of [
      /--seed 4711/,
      /^mixed, Node 20\.1\.0, stores: napi$/m,
      /geometric mean of the ratios +1\.00/,
      /cells below 0\.95 +1 of 3/,
      /peak RSS +100 MiB +125 MiB +0\.80/,
      /64K, 1,000 objects +30\.0 ns +10\.0 ns +3\.00 +80\.0 MiB +40\.0 MiB +2\.00/,
    ])
      assert.match(text, wanted);
  });

  it('keeps to 80 columns, the note of a busy machine included', () => {
    const records = mixedRecords();
    records[0].metrics.queued = sides(0.2, 0.2);
    const text = stripVTControlCharacters(render(resultOf(records)));
    assert.match(text, /^The machine was busy: processes waited/m);
    assert.deepStrictEqual(
      text.split('\n').filter((line) => line.length > 80),
      [],
    );
  });

  it('says the same in Markdown', () => {
    const text = markdown(resultOf(mixedRecords()), []);
    for (const wanted of [
      /`--seed 4711`/,
      /^## mixed, Node 20\.1\.0, stores: napi$/m,
      /geometric mean \*\*1\.00\*\*, 1 below 0\.95/,
      /peak RSS 100 MiB against 125 MiB, ratio 0\.80/,
      /`allocUnsafe\/1M\/untouched` \| 100 ns \| 200 ns \| \*\*0\.50\*\* \|/,
      /`live one` \| 30\.0 ns \| 10\.0 ns \| 3\.00 \| 80\.0 MiB \| 40\.0 MiB \| 2\.00 \|/,
    ])
      assert.match(text, wanted);
  });

  it('does without the calls where a filter left none', () => {
    const live = mixedRecords().slice(4);
    assert.match(render(resultOf(live)), /64K, 1,000 objects/);
    assert.match(markdown(resultOf(live), []), /live one/);
  });
});

describe('the programs of the suite macro', () => {
  const { measure, jobs } = require('../bench/suites/macro');
  const [job] = jobs({ scope: 'quick', matches: (id) => id.includes('macro/etl ') });

  it('say how much memory all ArrayBuffers held', async function () {
    this.timeout(20_000);
    const { etl } = await measure({ ...job, scale: 0.02 }, loadSide('builtin'));
    assert.ok(etl.peakStores >= 1 && etl.ms > 0);
  });
});

describe('the report of the suite macro', () => {
  it('has a dash for what only one side has', () => {
    const record = {
      ...timed({ id: 'one turn/1M', letter: 'g', title: 'one turn' }, 1, 1),
      suite: 'macro',
      metrics: { ms: sides(10, 5), fallbacks: { bufalloc: summarize([3]) } },
    };
    const result = { ...resultOf([record]), suites: ['macro'] };
    assert.match(stripVTControlCharacters(render(result)), /stores of the runtime +– +3/);
    assert.match(markdown(result, []), /stores of the runtime \| – \| 3 \|/);
  });
});

describe('the overview of a report', () => {
  const runtimes = ['20.1.0', '24.1.0'];
  const at = (record, version) => ({ ...record, runtime: version });
  const request = {
    ...timed({ id: 'requests/5', letter: 'i', title: '5 requests in flight' }, 1, 1),
    suite: 'macro',
    metrics: { ms: sides(10, 5), peakRss: sides(80, 100), requestP99: sides(3, 1) },
  };
  const peer = {
    ...timed({ id: '4K/touched' }, 20, 10, { peakRss: sides(80, 40) }),
    suite: 'peers',
  };
  const single = { ...timed({ id: 'one' }, 30, 10), suite: 'micro' };
  const records = [...mixedRecords(), request, peer].map((record) => at(record, runtimes[0]));
  const result = { ...resultOf([...records, at(single, runtimes[1])]), runtimes };
  const [both, inFlight, others] = overview(result);

  it('has both ways of measuring a call, with RSS, a column a runtime', () => {
    assert.deepStrictEqual(both.rows, [
      ['a process a cell: geometric mean of the ratios', '–', '3.00'],
      ['a process a cell: cells below 0.95', '–', '0 of 1'],
      ['mixed: geometric mean of the ratios', '1.00', '–'],
      ['mixed: cells below 0.95', '1 of 3', '–'],
      ['mixed: peak RSS', '0.80', '–'],
    ]);
  });

  it('has requests in flight, and what others do', () => {
    assert.deepStrictEqual(inFlight.rows, [['5 requests in flight', '2.00, 0.80, 3.00', '–']]);
    assert.deepStrictEqual(others.rows, [['4K/touched, built-in', '2.00, 2.00', '–']]);
  });

  it('stands first in Markdown, and before the targets in the terminal', () => {
    const text = markdown(result, []);
    assert.ok(text.indexOf('## Both ways') < text.indexOf('## Targets'));
    assert.match(text, /\| mixed: peak RSS \| 0\.80 \| – \|/);
    assert.doesNotMatch(render(result), /targets/, 'they are the project’s own');
    const verdicts = judge(result.records);
    assert.match(
      render(result, undefined, verdicts),
      /overview\n\n[^]*mixed: peak RSS +0\.80 +–[^]*\ntargets\n/,
    );
  });

  it('is silent where nothing of it was measured', () => {
    assert.deepStrictEqual(overview({ ...result, records: [] }), []);
  });
});

describe('the charts of a report', () => {
  /** A row of the micro suite, a program and a lifetime: one of each chart's. */
  function chartRecords() {
    const one = { call: 'allocUnsafe', use: 'filled' };
    const micro = [64, 4096].map((bytes) => timed({ id: `m${bytes}`, ...one, bytes }, 20, 10));
    const macro = {
      ...timed({ id: 'hash', letter: 'a', title: 'file hashing' }, 1, 1),
      metrics: { ms: sides(10, 5), peakRss: sides(80, 40), delayP99: sides(0, 0) },
    };
    const lifetime = timed({ id: 'acquire', call: 'acquire', use: 'filled', bytes: 4096 }, 20, 10);
    lifetime.metrics.ns.bare = summarize([5]);
    return [
      ...micro.map((record) => ({ ...record, suite: 'micro' })),
      { ...macro, suite: 'macro' },
      { ...macro, title: 'a server', letter: undefined, suite: 'programs' },
      { ...lifetime, suite: 'lifetimes' },
      { ...lifetime, id: '4K/touched', suite: 'peers' },
    ];
  }

  it('are of the suites that were measured', () => {
    const all = charts(resultOf(chartRecords()));
    const names = ['micro', 'macro', 'programs', 'lifetimes', 'peers'].map((name) => `${name}.svg`);
    assert.deepStrictEqual(Object.keys(all), names);
    assert.deepStrictEqual(Object.keys(charts(resultOf(chartRecords().slice(2, 3)))), [
      'macro.svg',
    ]);
  });

  it('leave out what has no ratio', () => {
    const { data } = charts(resultOf(chartRecords()))['macro.svg'];
    assert.deepStrictEqual(
      data.values.map(({ figure, value }) => [figure, value]),
      [
        ['time', 2],
        ['peak RSS', 2],
      ],
    );
  });

  it('are drawn as SVG, with their titles and names', async function () {
    this.timeout(10_000);
    const draw = await loadDrawing();
    const wanted = {
      'micro.svg': /allocUnsafe, filled/,
      'macro.svg': /a\) file hashing/,
      'programs.svg': /a server/,
      'lifetimes.svg': /bufalloc: acquire, fill, release/,
      'peers.svg': /with jemalloc/,
    };
    for (const [name, spec] of Object.entries(charts(resultOf(chartRecords())))) {
      const svg = await draw(spec);
      assert.match(svg, /^<svg /);
      assert.match(svg, wanted[name]);
      assert.ok(svg.includes(spec.title.text));
      assert.ok(!svg.includes('NaN'), name);
    }
  });
});

describe('the suite programs', () => {
  const jobs = (options) => programsSuite.jobs({ scope: 'full', matches: () => true, ...options });

  it('preloads bufalloc/register on our side alone, and nowhere with --self', async () => {
    const [job] = jobs();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-bench-test-'));
    try {
      const script = path.join(folder, 'child.js');
      const mark = 'Number(Object.hasOwn(Buffer, Symbol.for("bufalloc.register")))';
      const serve = JSON.stringify(require.resolve('../bench/core/serve'));
      const code = `require(${serve}).serve(() => ({ cells: { http: { ms: ${mark} } } }));`;
      fs.writeFileSync(script, code);
      const here = { version: process.versions.node, execPath: process.execPath };
      const [{ metrics }] = await measureJob({ ...job, script }, here, 1);
      assert.deepStrictEqual([metrics.ms.builtin.median, metrics.ms.bufalloc.median], [0, 1]);
      const [itself] = await measureJob({ ...job, script, self: true }, here, 1);
      assert.strictEqual(itself.metrics.ms.bufalloc.median, 0);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });

  for (const name of ['http', 'files', 'proxy', 'gzip']) {
    it(`has a program that answers each request whole: ${name}`, async () => {
      const { serve, connect, upstream } = programs[name];
      const behind = await upstream?.();
      const server = await serve(behind?.port);
      const connection = await connect(server.port);
      try {
        await connection.exchange();
        await connection.exchange();
      } finally {
        connection.close();
        server.close();
        behind?.close();
      }
    });
  }

  it('counts the queries that end in a piece of PostgreSQL’s wire', () => {
    const endedIn = createQueryCounter();
    const bind = Buffer.from([0x42, 0, 0, 0, 6, 0x53, 0]);
    const sync = Buffer.from([0x53, 0, 0, 0, 4]);
    const wire = Buffer.concat([bind, sync, bind, sync, sync]);
    const cut = bind.length + 2;
    assert.strictEqual(endedIn(wire.subarray(0, cut)), 0);
    assert.strictEqual(endedIn(wire.subarray(cut)), 3);
  });

  it('shows the clients’ figures, and what part of the buffers is ours', () => {
    const record = {
      ...timed({ id: 'http', title: 'a server' }, 1, 1),
      suite: 'programs',
      metrics: {
        ms: sides(10, 5),
        perSecond: sides(100, 200),
        cpuMs: sides(8, 8),
        share: { bufalloc: summarize([0.734]) },
      },
    };
    const result = { ...resultOf([record]), suites: ['programs'] };
    const text = stripVTControlCharacters(render(result));
    assert.match(text, /requests a second +100 \/s +200 \/s +2\.00/);
    assert.match(text, /buffers from us +– +73\.4 %/);
    assert.match(markdown(result, []), /requests a second \| 100 \/s \| 200 \/s \| 2\.00 \|/);
    const what = 'HTTP server under the preload: processor time over the built-in’s';
    const { figure, met } = judge([record]).find((verdict) => verdict.what === what);
    assert.deepStrictEqual([figure, met], [1, true]);
  });
});

describe('the suite peers', () => {
  const jobs = (options) => peers.jobs({ scope: 'full', matches: () => true, ...options });
  const said = [];
  const say = (text) => said.push(text);

  it('has a job a size with all sides, none in the short run', () => {
    const ids = jobs().map(({ id }) => id);
    assert.deepStrictEqual(
      ids,
      ['4K', '8K', '64K', '1M'].map((size) => `peers/${size}/touched`),
    );
    assert.deepStrictEqual(jobs({ scope: 'summary' }), []);
  });

  it('does without a library that is missing, with a word', () => {
    const sides = ['builtin', 'bufalloc', 'jemalloc', 'mimalloc'];
    const left = preparePeers(sides, say, (side) => side === 'mimalloc');
    assert.deepStrictEqual(left, ['builtin', 'bufalloc', 'mimalloc']);
    assert.match(said.pop(), /^leaving out jemalloc: .*LD_PRELOAD \(Debian: libjemalloc2\)$/);
  });

  it('preloads the library into that side’s processes', async () => {
    const [side] = preparePeers(['jemalloc', 'mimalloc'], say);
    if (side === undefined) return assert.match(said.pop(), /leaving out mimalloc/);
    const env = environmentOf(side);
    const maps = "process.stdout.write(fs.readFileSync('/proc/self/maps'))";
    const { stdout } = await runNode(['-e', maps], { env });
    assert.ok(stdout.includes(path.basename(fs.realpathSync(env.LD_PRELOAD))));
    assert.throws(() => loadSide(side), /was not preloaded/);
  });

  it('is held to both libraries, where they were measured', () => {
    const record = {
      ...timed({ id: '4K/touched', bytes: 4096 }, 20, 10, { peakRss: sides(80, 40) }),
      suite: 'peers',
    };
    record.metrics.ns.jemalloc = summarize([5]);
    record.metrics.peakRss.jemalloc = summarize([50]);
    const figures = judge([record]).map(({ what, figure, met }) => [
      /\w+malloc$|\w+malloc(?= over)/.exec(what)[0],
      figure,
      met,
    ]);
    assert.deepStrictEqual(figures, [
      ['jemalloc', 0.5, false],
      ['jemalloc', 0.8, true],
    ]);
    const text = stripVTControlCharacters(render({ ...resultOf([record]), suites: ['peers'] }));
    assert.match(text, /^time +built-in +bufalloc +jemalloc$/m);
    assert.match(text, /^4K\/touched +80\.0 MiB +40\.0 MiB +50\.0 MiB$/m);
  });
});

describe('bench/run.js', () => {
  it('asks our side alone for a backend', () => {
    assert.deepStrictEqual(environmentOf('bufalloc', 'host'), { BUFALLOC_BACKEND: 'host' });
    assert.deepStrictEqual(environmentOf('builtin', 'host'), {});
    assert.deepStrictEqual(environmentOf('bufalloc', undefined), {});
  });

  const wrong = {
    'a seed that is no count': [['mixed', '--seed', 'x'], /--seed: "x" is no count/],
    'a suite that there is not': [['nope'], /there is no suite "nope"/],
    'a backend that there is not': [['--backend', 'nope'], /--backend: there is no "nope"/],
    'a file that cannot be written': [
      ['--json', __dirname],
      /cannot write '.*': it is a directory/,
    ],
    'a version that is none': [['--runtimes', 'foo'], /--runtimes: "foo" is no Node version/],
    'an option that there is not': [['--nope'], /Unknown option '--nope'/],
  };
  for (const [what, [args, expected]] of Object.entries(wrong)) {
    it(`takes no ${what.replace(/^an? /, '')}, and says so in a line`, async () => {
      const { code, stderr } = await runNode([run, ...args]);
      assert.strictEqual(code, 2);
      assert.match(stderr, expected);
      assert.match(stderr, /^bufalloc: .*\. Try 'bufalloc bench --help'\.\n$/);
    });
  }

  it('measures a cell of mixed on both sides, and the process', async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-bench-test-'));
    try {
      const file = path.join(folder, 'figures.json');
      const options = ['--quick', '--runs', '1', '--seed', '3', '--filter', 'allocUnsafe/16/'];
      const { code, stderr } = await runNode([run, 'mixed', ...options, '--json', file]);
      assert.strictEqual(code, 0, stderr);
      const { records, seed } = JSON.parse(fs.readFileSync(file, 'utf8'));
      assert.strictEqual(seed, 3);
      assert.deepStrictEqual(
        records.map(({ id }) => id),
        ['allocUnsafe/16/untouched', 'process'],
      );
      const [{ metrics }, whole] = records;
      for (const side of ['builtin', 'bufalloc']) {
        assert.ok(metrics.ns[side].median > 0);
        assert.ok(whole.metrics.peakRss[side].median > 10);
      }
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
