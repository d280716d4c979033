'use strict';

/*
 * The command line's `compare`: its arguments, its exit status, what it writes, and that it notices
 * when the two Buffers differ. Speed and the large jobs are run by people, not here.
 */

const assert = require('node:assert');
const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { stripVTControlCharacters } = require('node:util');
const { version } = require('../package.json');
const { takeTurns } = require('../bench/core/schedule');
const { geometricMean, median } = require('../bench/core/stats');
const { drawTable } = require('../bench/core/table');
const { compareStatement } = require('../bin/compare/semantics');

const CLI = path.join(__dirname, '..', 'bin', 'bufalloc.js');

/** Runs the command line and gives its status and what it wrote. */
function cli(args, { preload = [], env } = {}) {
  const options = preload.flatMap((file) => ['--require', file]);
  return spawnSync(process.execPath, [...options, CLI, ...args], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
}

describe('bufalloc, the command line', () => {
  it('prints its help and its version', () => {
    const help = cli(['--help']);
    assert.strictEqual(help.status, 0);
    assert.match(help.stdout, /Usage: bufalloc <command>/);
    assert.match(help.stdout, /^ {2}compare /m);
    assert.strictEqual(cli(['--version']).stdout, `${version}\n`);
  });

  it('prints the help of a command', () => {
    const { status, stdout } = cli(['compare', '--help']);
    assert.strictEqual(status, 0);
    for (const option of ['--only', '--file', '--json', '--quick', '--no-color']) {
      assert.ok(stdout.includes(option), option);
    }
  });

  for (const args of [[], ['run'], ['compare'], ['bench'], ['doctor'], ['build'], ['pins']]) {
    it(`has a help that fits 80 columns: ${args[0] ?? 'of all'}`, () => {
      const { status, stdout } = cli([...args, '--help']);
      assert.strictEqual(status, 0);
      assert.match(stdout, /^Usage: bufalloc /);
      assert.deepStrictEqual(
        stdout.split('\n').filter((line) => line.length > 80),
        [],
      );
    });
  }

  const wrong = {
    'no command': [[], /a command is missing/],
    'an unknown command': [['bnech'], /no such command: 'bnech'/],
    'an unknown option': [['compare', '--fast'], /--fast/],
    'an option without its value': [['compare', '--only'], /--only/],
    'an argument too many': [['compare', 'semantics'], /semantics/],
    'an unknown part': [
      ['compare', '--only', 'sped'],
      /no such part: 'sped'.*semantics, data, speed/,
    ],
    'a missing file': [['compare', '--file', '/no/such/file'], /there is no such file/],
    'a directory as the file': [['compare', '--file', __dirname], /it is a directory/],
    'a result that cannot be written': [['compare', '--json', '/no/such/x'], /no such directory/],
  };
  for (const [what, [args, message]] of Object.entries(wrong)) {
    it(`answers ${what} with one line and status 2`, () => {
      const { status, stdout, stderr } = cli(args);
      assert.strictEqual(status, 2);
      assert.strictEqual(stdout, '');
      assert.match(stderr, message);
      assert.match(stderr, /^bufalloc: .*\. Try 'bufalloc.* --help'\.\n$/);
    });
  }
});

describe('bufalloc compare', () => {
  let folder;
  before(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-test-'));
  });
  after(() => {
    fs.rmSync(folder, { recursive: true });
  });

  it('finds the semantics as expected, and says so in text and in JSON', function () {
    this.timeout(30_000);
    const json = path.join(folder, 'semantics.json');
    const { status, stdout, stderr } = cli([
      'compare',
      '--quick',
      '--only',
      'semantics',
      '--json',
      json,
    ]);
    assert.strictEqual(status, 0, stdout);
    assert.match(stdout, /1\. Semantics/);
    assert.match(stdout, /All is as expected: (\d+) of \1 statements, in/);
    assert.strictEqual(stdout, stripVTControlCharacters(stdout));
    assert.strictEqual(stderr, 'semantics …\n');

    const { ok, machine, parts } = JSON.parse(fs.readFileSync(json, 'utf8'));
    assert.strictEqual(ok, true);
    assert.strictEqual(machine.version, process.versions.node);
    assert.deepStrictEqual(Object.keys(parts), ['semantics']);
    assert.ok(parts.semantics.tally.same > 100);
    assert.strictEqual(parts.semantics.tally.differs, 0);

    if (machine.backend.name !== 'v8') return;
    const alone = parts.semantics.rows.filter(({ verdict }) => verdict === 'ours');
    assert.ok(alone.length >= 4);
    for (const { says, bufalloc } of alone) assert.match(bufalloc.shown, /^\d/, says);
  });

  it('ends with status 1 and shows both outcomes when a statement differs', function () {
    this.timeout(30_000);
    const broken = path.join(folder, 'broken.js');
    const main = require.resolve('..');
    fs.writeFileSync(
      broken,
      `const { Buffer } = require(${JSON.stringify(main)});
       const { alloc } = Buffer;
       Buffer.alloc = (size, ...rest) => alloc(size === 16 ? 17 : size, ...rest);`,
    );
    const { status, stdout } = cli(['compare', '--only', 'semantics'], { preload: [broken] });
    assert.strictEqual(status, 1);
    assert.match(stdout, /^alloc\(16\) .* 16 × 00 .* 17 × 00 .* DIFFERS|│ alloc\(16\) .* DIFFERS/m);
    assert.match(stdout, /NOT as expected: .*statements/);
  });

  it('does every job on a file with both Buffers and finds the bytes equal', function () {
    this.timeout(60_000);
    const file = path.join(folder, 'data');
    const json = path.join(folder, 'data.json');
    fs.writeFileSync(file, Array.from({ length: 20_000 }, (_, i) => `line ${i * 7919}\n`).join(''));
    const { status, stdout } = cli([
      'compare',
      '--quick',
      '--only',
      'data',
      '--file',
      file,
      '--json',
      json,
    ]);
    assert.strictEqual(status, 0, stdout);

    const { data } = JSON.parse(fs.readFileSync(json, 'utf8')).parts;
    assert.strictEqual(data.rows.length, 7);
    for (const row of data.rows) {
      assert.ok(row.same, row.title);
      assert.strictEqual(row.builtin.digest, row.bufalloc.digest);
      assert.ok(row.bufalloc.ms > 0 && row.bufalloc.peakMiB > 0);
    }
  });
});

describe('the comparison of a statement', () => {
  const side = (value) => ({ Buffer: { poolSize: 8192 }, value });
  const compare = async (statement, builtin, ours) => {
    const modules = { builtin: side(builtin), bufalloc: side(ours) };
    const run = ({ value }) => {
      if (value instanceof Error) throw value;
      return value;
    };
    return (await compareStatement({ says: 'it', run, ...statement }, modules)).verdict;
  };
  const error = (name, code, message) => Object.assign(new Error(message), { name, code });

  it('finds equal bytes the same and others not', async () => {
    assert.strictEqual(await compare({}, Buffer.of(1, 2), Buffer.of(1, 2)), 'same');
    assert.strictEqual(await compare({}, Buffer.of(1, 2), Buffer.of(1, 3)), 'differs');
  });

  it('sees a difference past what the table shows', async () => {
    const long = Buffer.alloc(5000);
    const other = Buffer.alloc(5000);
    other[4999] = 1;
    assert.strictEqual(await compare({}, long, other), 'differs');
  });

  it('tells a Buffer from a Uint8Array with its bytes', async () => {
    assert.strictEqual(await compare({}, Buffer.of(1), Uint8Array.of(1)), 'differs');
  });

  it('compares errors by name, code and message', async () => {
    const one = error('RangeError', 'ERR_X', 'too large');
    assert.strictEqual(await compare({}, one, error('RangeError', 'ERR_X', 'too large')), 'same');
    for (const other of [
      error('TypeError', 'ERR_X', 'too large'),
      error('RangeError', 'ERR_Y', 'too large'),
      error('RangeError', 'ERR_X', 'too small'),
    ]) {
      assert.strictEqual(await compare({}, one, other), 'differs');
    }
    assert.strictEqual(await compare({}, one, 'no error'), 'differs');
  });

  it('accepts a known difference, and that one only', async () => {
    const known = ({ value }) => value === 2;
    assert.strictEqual(await compare({ known }, 1, 1), 'same');
    assert.strictEqual(await compare({ known }, 1, 2), 'known');
    assert.strictEqual(await compare({ known }, 1, 3), 'differs');
  });

  it('holds what is ours alone to what it promises', async () => {
    const ours = (value) => value > 0;
    assert.strictEqual(await compare({ ours }, 'nothing', 5), 'ours');
    assert.strictEqual(await compare({ ours }, 'nothing', 0), 'differs');
    assert.strictEqual(await compare({ ours }, 'nothing', error('Error', 'E', 'no')), 'differs');
  });
});

describe('fair measuring', () => {
  const plan = { sides: ['a', 'b'], rounds: 3 };

  it('takes the sides in turn and lets each begin a round', async () => {
    const order = [];
    const measure = async (task, side, round) => order.push(`${task}${round} ${side}`);
    const { rounds } = await takeTurns(['x', 'y'], { ...plan, rounds: 2 }, measure);
    assert.strictEqual(rounds, 2);
    const expected = ['x1 a', 'x1 b', 'y1 a', 'y1 b', 'x2 b', 'x2 a', 'y2 b', 'y2 a'];
    assert.deepStrictEqual(order, expected);
  });

  it('keeps measuring the other tasks when one fails', async () => {
    const failure = new Error('ended by SIGSEGV');
    const tried = [];
    const measure = async (task, side) => {
      tried.push(task);
      if (task === 'bad' && side === 'b') throw failure;
      return { ns: 1 };
    };
    const { measured } = await takeTurns(['bad', 'good'], plan, measure);
    assert.deepStrictEqual(measured[0], { side: 'b', error: failure });
    assert.deepStrictEqual([measured[1].a.length, measured[1].b.length], [3, 3]);
    assert.strictEqual(tried.filter((task) => task === 'bad').length, 2);
  });

  it('begins no round that the limit does not allow, but those it must have', async () => {
    for (const atLeast of [1, 2]) {
      const limited = { ...plan, atLeast, limitMs: -1 };
      const { rounds } = await takeTurns(['x'], limited, async () => ({}));
      assert.strictEqual(rounds, atLeast);
    }
  });

  it('takes medians and geometric means', () => {
    assert.strictEqual(median([9, 1, 5]), 5);
    assert.strictEqual(median([4, 1, 3, 2]), 2.5);
    assert.strictEqual(geometricMean([2, 0.5]), 1);
  });
});

describe('a table', () => {
  const plain = (text) => text;
  const look = { width: 40, paint: { bold: plain, dim: plain, cyan: plain } };
  const columns = [
    { title: 'What', shrink: 10 },
    { title: 'Count', align: 'right' },
  ];
  const rows = [
    { section: 'Group' },
    ['short', '1'],
    ['a name that is much too long for it all', '22'],
  ];

  it('keeps to its width, breaks between words, and lines up its columns', () => {
    assert.deepStrictEqual(drawTable(columns, rows, { ...look, width: 24 }).split('\n'), [
      'What               Count',
      '────────────────────────',
      'Group',
      'short                  1',
      'a name that is        22',
      'much too long for',
      'it all',
    ]);
  });

  it('takes the width that there is', () => {
    const lines = drawTable(columns, rows, { ...look, width: 60 }).split('\n');
    assert.strictEqual(lines.at(-1), 'a name that is much too long for it all     22');
  });

  it('cuts a word that is longer than its column, and no other', () => {
    const long = [['anunusuallylongword of three', '1']];
    const lines = drawTable(columns, long, { ...look, width: 20 }).split('\n');
    assert.deepStrictEqual(lines.slice(2), ['anunusuallyl…      1', 'of three']);
  });
});
