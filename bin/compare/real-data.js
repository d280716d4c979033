'use strict';

/*
 * The second part: jobs on a real file with each Buffer, every run in its own process.
 *
 * The digests of both sides are to be equal, and equal to what they must be where that is known.
 * Where a job is done with a chunk when it asks for the next, it is run in two more ways: with chunks that
 * are acquired and released, and with an arena's.
 *
 * Work is bounded, so that the part takes a minute or two on a file of any size.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { createHash } = require('node:crypto');
const { pipeline } = require('node:stream/promises');
const { createGzip } = require('node:zlib');
const { UsageError } = require('../../bench/core/errors');
const { MiB } = require('../../bench/core/format');
const { pack } = require('../../bench/core/package');
const { inheritedFlags, runTask } = require('../../bench/core/process');
const { takeTurns } = require('../../bench/core/schedule');
const { sides } = require('../../bench/core/sides');
const { median } = require('../../bench/core/stats');
const { jobs } = require('./real-data-jobs');

const CHILD = path.join(__dirname, 'real-data-child.js');

/** What calls of ours do beside the drop-in, where a program knows when it is done. */
const ways = ['acquire', 'arena'];

/**
 * How much of the file goes into a job, with fewer bytes for the slow work of gzip. Each process does its job
 * several times.
 */
const FULL = { bytes: 48 * MiB, lessBytes: 4 * MiB, rounds: 7, atLeast: 5, limitMs: 60_000 };
const QUICK = { bytes: 6 * MiB, lessBytes: MiB, rounds: 2, atLeast: 1, limitMs: 6_000 };

const complaints = {
  ENOENT: 'there is no such file',
  EACCES: 'it may not be read',
};

/**
 * Sees that a file can be used.
 *
 * @returns {number} its size in bytes
 * @throws {UsageError} if it cannot
 */
function checkFile(file) {
  const refuse = (why) => new UsageError(`cannot compare with '${file}': ${why}`);
  let stat;
  try {
    fs.accessSync(file, fs.constants.R_OK);
    stat = fs.statSync(file);
  } catch (error) {
    throw refuse(complaints[error.code] ?? error.message);
  }
  if (stat.isDirectory()) throw refuse('it is a directory');
  if (!stat.isFile()) throw refuse('it is no regular file');
  if (stat.size === 0) throw refuse('it is empty');
  return stat.size;
}

/** What goes into the jobs, by the name of the input: path, bytes, and their digest. */
async function prepareInputs(file, size, plan, folder) {
  const part = (bytes) => ({ file, bytes: Math.min(bytes, size) });
  const inputs = { file: part(plan.bytes), less: part(plan.lessBytes) };
  for (const input of Object.values(inputs)) {
    const sum = createHash('sha256');
    await pipeline(fs.createReadStream(file, { end: input.bytes - 1 }), sum);
    input.digest = sum.digest('hex');
  }
  const gzipped = path.join(folder, 'gzipped');
  await pipeline(
    fs.createReadStream(file, { end: inputs.less.bytes - 1 }),
    createGzip({ level: 1 }),
    fs.createWriteStream(gzipped),
  );
  inputs.gzipped = { file: gzipped, bytes: fs.statSync(gzipped).size };
  return inputs;
}

/** The medians of a side's runs, and its digest if all of them agree. */
function summarize(runs) {
  const of = (field) => median(runs.map((run) => run[field]));
  const digests = new Set(runs.map(({ digest }) => digest));
  const digest = digests.size === 1 ? runs[0].digest : 'varies';
  return { ms: of('ms'), peakMiB: of('peakMiB'), digest };
}

/** What the runs of a job come to. */
function judgeJob({ title, input, output, isDone }, inputs, runs) {
  // Throughput is of the plain bytes, whichever end of the job they are at.
  const { bytes } = inputs[input === 'gzipped' ? output : input];
  if (runs.error) {
    return { title, bytes, side: runs.side, error: runs.error.message, same: false };
  }

  const measured = isDone ? [...sides, ...ways] : sides;
  const found = Object.fromEntries(measured.map((side) => [side, summarize(runs[side])]));
  const ratioOf = (side) => found.builtin.ms / found[side].ms;
  const wanted = output ? inputs[output].digest : found.builtin.digest;
  return {
    title,
    bytes,
    ...found,
    same: measured.every((side) => found[side].digest === wanted),
    ratio: ratioOf('bufalloc'),
    ratios: Object.fromEntries(measured.map((side) => [side, ratioOf(side)])),
  };
}

/**
 * Runs the part.
 *
 * @param {{ file: string, quick?: boolean }} options
 * @param {object} terminal
 */
async function runRealData({ file, quick }, terminal) {
  const size = checkFile(file);
  const plan = quick ? QUICK : FULL;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bufalloc-compare-'));
  const clean = () => fs.rmSync(folder, { recursive: true, force: true });
  // An interrupt ends this process by exit(), once children run (bench/core/process.js).
  process.once('exit', clean);
  terminal.part('real data');
  pack(terminal.note);
  try {
    const inputs = await prepareInputs(file, size, plan, folder);
    const names = Object.keys(jobs);
    const { rounds, measured } = await takeTurns(
      names,
      { sides: [...sides, ...ways], ...plan },
      async (job, side) => {
        if (ways.includes(side) && !jobs[job].isDone) return undefined;
        const { file: from, bytes } = inputs[jobs[job].input];
        const task = { side, job, file: from, bytes };
        return runTask(process.execPath, CHILD, task, { flags: inheritedFlags() });
      },
      ({ done, total, task, side }) =>
        terminal.progress(done, total, `${jobs[task].title}, ${side}`),
    );
    const rows = names.map((job, i) => judgeJob(jobs[job], inputs, measured[i]));
    return { ok: rows.every(({ same }) => same), file, size, rounds, rows };
  } finally {
    process.off('exit', clean);
    clean();
  }
}

module.exports = { runRealData, checkFile };
