'use strict';

/*
 * The same addon with three ways of handing its output over: in a block of bufalloc's that becomes the
 * Buffer; in memory of malloc's, by napi_create_external_buffer; and by a copy. The first is run twice,
 * once with every Buffer released when it was read. Each runs in processes of its own, by turns.
 */

const { fork } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');

const KIB = 1024;
const MIB = 1024 * KIB;
const WAYS = ['bufalloc, released', 'bufalloc', 'external', 'copy'];

const usage = `Usage: node bench.js [options]

Compresses and decompresses on the threadpool, and shows by each way of handing the output over how
many MiB of plain data it does in a second, the processor time of a MiB, and the peak RSS.

  --size <KiB>        of the plain data (1024)
  --jobs <count>      how many in a run (1000)
  --parallel <count>  how many at a time (8)
  --level <0 to 9>    of compression (1)
  --runs <count>      how often; the medians are shown (5)
  --help              this text
`;

/** Text as programs compress it: this package's sources, over and over. */
function plainText(size) {
  const folder = path.join(__dirname, '..', '..');
  const files = fs
    .readdirSync(path.join(folder, 'src'), { recursive: true })
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => fs.readFileSync(path.join(folder, 'src', name)));
  const text = Buffer.concat(files);
  return Buffer.alloc(size, text);
}

/* --- one run, in a process of its own ----------------------------------------------------------- */

function peakRss() {
  const status = '/proc/self/status';
  if (!fs.existsSync(status)) return process.resourceUsage().maxRSS * KIB;
  return Number(fs.readFileSync(status, 'utf8').match(/^VmHWM:\s*(\d+) kB$/m)[1]) * KIB;
}

async function run({ way, task, size, jobs, parallel, level }) {
  const { deflate, inflate } = require('.');
  const { release } = require('bufalloc');
  require('./build/Release/deflate.node').use(way.split(',')[0]);
  const plain = plainText(size);
  const packed = await deflate(plain, { level });
  const work =
    task === 'deflate' ? () => deflate(plain, { level }) : () => inflate(packed, { size });
  const length = task === 'deflate' ? packed.length : size;
  let left = jobs;
  async function worker() {
    while (left-- > 0) {
      const result = await work();
      if (result.length !== length) throw new Error(`${result.length} bytes, not ${length}`);
      if (way.endsWith('released')) release(result);
    }
  }
  const start = performance.now();
  const { user, system } = process.cpuUsage();
  await Promise.all(Array.from({ length: parallel }, worker));
  const cpu = process.cpuUsage({ user, system });
  const seconds = (performance.now() - start) / 1000;
  const mib = (jobs * size) / MIB;
  return {
    speed: mib / seconds,
    cpu: (cpu.user + cpu.system) / 1000 / mib,
    rss: peakRss() / MIB,
  };
}

/* --- all of them ----------------------------------------------------------------------------------- */

async function inChild(options) {
  const child = fork(__filename, ['--child'], { stdio: 'inherit' });
  child.send(options);
  const [result] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`a run ended with ${code}`))),
  ]);
  return result;
}

const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];

function readOptions() {
  const { values } = parseArgs({
    options: {
      size: { type: 'string', default: '1024' },
      jobs: { type: 'string', default: '1000' },
      parallel: { type: 'string', default: '8' },
      level: { type: 'string', default: '1' },
      runs: { type: 'string', default: '5' },
      help: { type: 'boolean', default: false },
    },
  });
  const { help, ...rest } = values;
  const options = Object.fromEntries(
    Object.entries(rest).map(([name, text]) => {
      const least = name === 'level' ? 0 : 1;
      if (Number.isInteger(Number(text)) && Number(text) >= least) return [name, Number(text)];
      throw new Error(`--${name} must be a whole number from ${least} on, not '${text}'`);
    }),
  );
  return { help, ...options, size: options.size * KIB };
}

async function main() {
  const { help, runs, ...options } = readOptions();
  if (help) return console.log(usage);
  for (const task of ['deflate', 'inflate']) {
    const results = Object.fromEntries(WAYS.map((way) => [way, []]));
    for (let i = 0; i < runs; i++) {
      for (const way of WAYS) results[way].push(await inChild({ ...options, task, way }));
    }
    console.log(task);
    for (const way of WAYS) {
      const of = (name, digits) =>
        median(results[way].map((result) => result[name]))
          .toFixed(digits)
          .padStart(8);
      console.log(
        `  ${way.padEnd(20)}${of('speed', 0)} MiB/s ${of('cpu', 2)} ms/MiB ${of('rss', 0)} MiB`,
      );
    }
  }
}

if (process.argv[2] === '--child') {
  process.once('message', async (options) => {
    process.send(await run(options));
    process.disconnect();
  });
} else {
  main().catch((error) => {
    console.error(error.message);
    process.exitCode = 2;
  });
}
