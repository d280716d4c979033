'use strict';

/*
 * mocha's reporter for test/runtimes/run.js: leaves out what exclusions.js names for this runtime,
 * prints a line for each test file and every failure at once, and writes the counts to a file after
 * each test file, so that they are there when the process dies in a later one.
 */

const fs = require('node:fs');
const path = require('node:path');
const { reporters, Runner } = require('mocha');
const { exclusions } = require('./exclusions');

const { EVENT_RUN_END, EVENT_TEST_BEGIN, EVENT_TEST_FAIL } = Runner.constants;
const { EVENT_TEST_PASS, EVENT_TEST_PENDING, EVENT_TEST_RETRY } = Runner.constants;

const fileOf = (test) => path.basename(test.file ?? test.parent?.file ?? '');

const isMeant = ({ file, title }, test) =>
  fileOf(test) === file && (title === undefined || title.test(test.fullTitle()));

/** An error with its causes: fast-check's first cause is what failed. */
function textOf(error) {
  const text = String(error?.stack ?? error);
  return error?.cause === undefined ? text : `${text}\nCaused by: ${textOf(error.cause)}`;
}

/** Takes the hooks off suites of which nothing is left to run; returns whether anything is. */
function disarm(suite) {
  const left =
    suite.suites.map(disarm).some(Boolean) || suite.tests.some((test) => !test.isExcluded);
  if (!left) suite._beforeAll = suite._afterAll = [];
  return left;
}

class RuntimeReporter extends reporters.Base {
  constructor(runner, options) {
    super(runner, options);
    const { runtime, backend, result } = options.reporterOptions;
    this.result = result;
    /** Tests left out, by the place of the reason in `exclusions`. */
    this.counts = { passed: 0, failed: 0, excluded: {}, skipped: 0, isWhole: false };
    this.file = undefined;
    const version = parseInt(process.versions.node, 10);
    this.exclude(runner, (exclusion) => {
      const { on, under = backend, versions = [version] } = exclusion;
      const isOn = on === 'all' || on.includes(runtime);
      return isOn && under === backend && versions.includes(version);
    });
    this.listen(runner);
  }

  exclude(runner, applies) {
    const { excluded } = this.counts;
    exclusions.forEach((exclusion, index) => {
      if (applies(exclusion)) excluded[index] = 0;
    });
    runner.suite.eachTest((test) => {
      const index = Object.keys(excluded).find((key) => isMeant(exclusions[key], test));
      if (index === undefined) return;
      excluded[index]++;
      test.pending = true;
      test.isExcluded = true;
    });
    disarm(runner.suite);
  }

  listen(runner) {
    const { counts } = this;
    runner.on(EVENT_TEST_BEGIN, (test) => this.enter(test));
    runner.on(EVENT_TEST_PASS, () => {
      this.line.passed++;
      counts.passed++;
    });
    runner.on(EVENT_TEST_PENDING, (test) => {
      this.enter(test);
      if (test.isExcluded) this.line.excluded++;
      else counts.skipped++;
    });
    runner.on(EVENT_TEST_RETRY, (test, error) => {
      this.enter(test);
      console.log(`    once more: ${test.fullTitle()}\n${textOf(error)}`);
    });
    runner.on(EVENT_TEST_FAIL, (test, error) => {
      this.enter(test);
      this.line.failed++;
      counts.failed++;
      console.log(`    FAILED: ${test.fullTitle()}\n${textOf(error)}`);
    });
    runner.on(EVENT_RUN_END, () => {
      counts.isWhole = true;
      this.finishFile();
    });
  }

  /** Notes that a test of some file is next. */
  enter(test) {
    const file = fileOf(test) || this.file;
    if (file === this.file) return;
    this.finishFile();
    this.file = file;
    this.line = { passed: 0, failed: 0, excluded: 0 };
  }

  finishFile() {
    if (this.file !== undefined) {
      const parts = Object.entries(this.line).filter(([, count]) => count > 0);
      console.log(`  ${this.file}: ${parts.map(([name, count]) => `${count} ${name}`).join(', ')}`);
    }
    /* Whole or not there, whenever it is read. */
    fs.writeFileSync(`${this.result}.new`, JSON.stringify(this.counts));
    fs.renameSync(`${this.result}.new`, this.result);
  }
}

module.exports = RuntimeReporter;
