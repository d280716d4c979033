'use strict';

/* Processes and workers that end in the midst of work, with memory that V8 is about to give back. */

const assert = require('node:assert');
const path = require('node:path');
const { fixtures, parseResult, runNode } = require('./support/child');

const script = path.join(fixtures, 'ending.js');

/** V8's own words where a worker ends while the collector's context is made in it; some versions print less of them. */
const CUT_OFF =
  /(Exception thrown during bootstrapping\n)?(Extension or internal compilation error in node:vm at line \d+\.\n)?Error installing extension 'v8\/gc'\.\n/g;

/** Runs the task under any of the flags that make V8 collect early. */
async function run(task, flags = []) {
  const { code, signal, stdout, stderr } = await runNode([...flags, script, task]);
  const said = stderr.replace(CUT_OFF, '');
  assert.deepStrictEqual({ code, signal, said }, { code: 7, signal: null, said: '' });
  return stdout;
}

describe('process.exit', () => {
  for (const task of [
    'in a loop',
    'after turns',
    'at exit',
    'with workers at work',
    'with workers of a thread that has not loaded it',
    'after workers that called it',
  ]) {
    it(`ends the process with its code: ${task}`, async () => {
      for (let i = 0; i < 2; i++) await run(task);
    });
  }
});

describe('a worker that is terminated with garbage', () => {
  for (const how of ['in a loop', 'between turns']) {
    it(`leaves the process and its buffers whole: ${how}`, async () => {
      const { whole } = parseResult(await run(`a worker terminated ${how}`));
      assert.strictEqual(whole, true);
    });
  }
});
