'use strict';

/*
 * `bufalloc compare`: what is the same between the built-in Buffer and this one, what differs, and
 * what it costs. Three parts, each a module that measures (it knows no table) and a function in
 * report.js that draws (it measures nothing).
 */

const fs = require('node:fs');
const path = require('node:path');
const { UsageError } = require('../../bench/core/errors');
const { checkWritable } = require('../../bench/core/files');
const { describeMachine } = require('../../bench/core/machine');
const { raisePriority } = require('../../bench/core/process');
const { loadSide } = require('../../bench/core/sides');
const { checkFile, runRealData } = require('./real-data');
const report = require('./report');
const { runSemantics } = require('./semantics');
const { runSpeed } = require('./speed');

const parts = { semantics: runSemantics, data: runRealData, speed: runSpeed };
const partNames = Object.keys(parts);

const usage = `Usage: bufalloc compare [options]

Shows the built-in Buffer and bufalloc's side by side: whether every statement
gives the same result, whether real work on a real file gives the same bytes,
and what each call costs.

Options:
      --only PART   semantics, data or speed; may be given more than once
      --file FILE   the real data (otherwise the runtime's own binary)
      --json FILE   write the results there as well
      --quick       less data, fewer calls, fewer rounds
      --no-color    no colours (so does the environment variable NO_COLOR)
  -h, --help        this text

Exit status: 0 if all is as expected (speed never decides it), 1 if not, 2 for
wrong usage.
`;

const options = {
  only: { type: 'string', multiple: true },
  file: { type: 'string' },
  json: { type: 'string' },
  quick: { type: 'boolean' },
};

/** Turns down, before any work, what would only fail after it. */
function check({ only = partNames, file = process.execPath, json, quick = false }) {
  const unknown = only.find((name) => !partNames.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`no such part: '${unknown}' (there are: ${partNames.join(', ')})`);
  }
  const data = path.resolve(file);
  if (only.includes('data')) checkFile(data);
  if (json !== undefined) checkWritable(json);
  return { chosen: partNames.filter((name) => only.includes(name)), file: data, json, quick };
}

/** What is compared, on what: plain facts. */
function describe(builtin, ours) {
  const { backend, external, limits } = ours.stats();
  const { name } = process.release;
  return {
    ...describeMachine(),
    runtime: name === 'node' ? 'Node.js' : name,
    version: process.versions.node,
    v8: process.versions.v8,
    napi: process.versions.napi,
    options: process.execArgv,
    poolSize: builtin.Buffer.poolSize,
    backend,
    external,
    limits,
  };
}

/**
 * Runs the command.
 *
 * @param {object} values as `parseArgs` gives them for `options`
 * @param {object} terminal from terminal.js
 * @returns {Promise<number>} the exit status
 */
async function run(values, terminal) {
  const { chosen, json, ...settings } = check(values);
  const started = new Date();
  let ours;
  try {
    ours = loadSide('bufalloc').module;
  } catch (error) {
    terminal.complain(`its addon does not load: ${error.message.split('\n')[0]}`);
    return 1;
  }
  const machine = describe(loadSide('builtin').module, ours);
  terminal.print(report.head(machine, terminal));

  raisePriority();
  const results = {};
  for (const [i, name] of chosen.entries()) {
    results[name] = await parts[name](settings, terminal);
    terminal.settle();
    terminal.print(report.parts[name](results[name], i + 1, terminal));
  }

  const summary = {
    ok: Object.values(results).every(({ ok }) => ok),
    started: started.toISOString(),
    seconds: (Date.now() - started) / 1000,
    quick: settings.quick,
    machine,
    parts: results,
  };
  terminal.print(report.verdict(summary, terminal));
  if (json !== undefined) fs.writeFileSync(json, `${JSON.stringify(summary, null, 2)}\n`);
  return summary.ok ? 0 : 1;
}

module.exports = { usage, options, run };
