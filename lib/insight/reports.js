'use strict';

/*
 * reports: what stats() and explain() say, printed to stderr without a program's doing: BUFALLOC_STATS=exit
 * when an environment ends, and BUFALLOC_STATS=SECONDS that often, too. Reports change nothing of how a
 * program runs or ends.
 */

const { isMainThread, threadId } = require('node:worker_threads');
const { setTimeout } = require('../runtime/builtin');
const { isOpen, print } = require('./stderr');
const { summarize } = require('./summary');
const { beforeTermination } = require('./termination');

const MS = 1000;
/** A timer's longest. */
const MAX_MS = 2 ** 31 - 1;

/**
 * Begins.
 *
 * @param {'exit' | number} when `exit`, or how often in seconds
 * @param {() => object} stats
 * @param {() => object} explain
 */
function startReports(when, stats, explain) {
  const thread = isMainThread ? '' : `, worker ${threadId}`;
  const title = `bufalloc: process ${process.pid}${thread}`;

  function report() {
    if (!isOpen()) return;
    let text = '';
    try {
      text = summarize(stats(), title);
      if (isMainThread) text += `${explain()}`;
    } catch {
      /* There is no stack left, or no memory: then without what is missing. */
    }
    print(text);
  }

  function repeat() {
    setTimeout(onTime, Math.min(when * MS, MAX_MS)).unref?.();
  }

  function onTime() {
    report();
    repeat();
  }

  process.on('exit', report);
  beforeTermination(report);
  if (typeof when === 'number') repeat();
}

module.exports = { startReports };
