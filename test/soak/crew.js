'use strict';

/* The workers of the soak: they come, exchange buffers with the main thread, and end in all ways. */

const assert = require('node:assert');
const { once } = require('node:events');
const path = require('node:path');
const { Worker } = require('node:worker_threads');
const { acquire, release, stats } = require('../..');
const { fillPattern } = require('../model/pattern');
const { check } = require('./load');

const script = path.join(__dirname, 'worker.js');
/** How a worker ends, and with what code. */
const FATES = { return: 0, exit: 3, terminate: 1 };
const LIVE = 3;
const MIN_MS = 100;
const MAX_MS = 2500;
const MAX_POSTED = 200_000;
/** So many of those received are kept, and looked at again when their makers may be gone. */
const KEPT = 60;
/** Node-API's stores stay in their thread. */
const canMove = stats().backend.name !== 'napi';

class Crew {
  /**
   * @param {() => number} random from 0 up to 1
   * @param {(error: Error) => void} fail
   */
  constructor(random, fail) {
    this.random = random;
    this.fail = fail;
    this.members = new Set();
    this.ended = { return: 0, exit: 0, terminate: 0 };
    this.operations = 0;
    this.posted = 0;
    this.moved = 0;
    this.received = 0;
    this.kept = [];
  }

  below(limit) {
    return Math.floor(this.random() * limit);
  }

  /** Starts workers where there are too few. */
  fill() {
    while (this.members.size < LIVE) this.start();
  }

  start() {
    const names = Object.keys(FATES);
    const fate = names[this.below(names.length)];
    const ms = MIN_MS + this.below(MAX_MS - MIN_MS);
    const worker = new Worker(script, { workerData: { seed: this.below(10_000), fate, ms } });
    const member = { worker, fate, online: false };
    this.members.add(member);
    if (fate === 'terminate') member.timer = setTimeout(() => worker.terminate(), ms);
    worker.on('online', () => (member.online = true));
    worker.on('message', (message) => this.receive(message));
    worker.on('error', (error) => this.fail(error));
    worker.on('exit', (code) => {
      clearTimeout(member.timer);
      this.members.delete(member);
      this.ended[fate]++;
      // Node gives 0 where a worker is terminated that has not begun.
      const isUnborn = fate === 'terminate' && !member.online && code === 0;
      if (code === FATES[fate] || isUnborn) return;
      this.fail(new Error(`a worker ended with ${code} instead of ${FATES[fate]} (${fate})`));
    });
  }

  receive({ bytes, seed, operations = 0 }) {
    this.operations += operations;
    if (bytes === undefined) return;
    this.received++;
    this.kept.push({ bytes, seed });
    try {
      check(bytes, seed, 'posted by a worker');
      while (this.kept.length > KEPT) this.lookAgain();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Looks at the oldest of those kept, and drops it. */
  lookAgain() {
    const { bytes, seed } = this.kept.shift();
    check(bytes, seed, 'posted by a worker, later');
  }

  /**
   * Posts a buffer, or moves it, to one of the workers, which sends one like it back. It may be gone by
   * then. Returns how many were released here.
   */
  post() {
    const members = [...this.members];
    if (members.length === 0) return 0;
    const seed = this.below(255);
    const bytes = fillPattern(acquire(1 + this.below(MAX_POSTED)), seed);
    const isMoved = canMove && this.random() < 0.5;
    const { worker } = members[this.below(members.length)];
    worker.postMessage({ bytes, seed }, isMoved ? [bytes.buffer] : []);
    this.posted++;
    if (isMoved) {
      assert.strictEqual(bytes.length, 0, 'what was moved is empty');
      assert.strictEqual(release(bytes), false, 'what was moved was released');
      this.moved++;
      return 0;
    }
    check(bytes, seed, 'posted');
    return release(bytes) ? 1 : 0;
  }

  /** Waits for all to end: those that were to be terminated are, and the others come to it. */
  async end() {
    const exits = [...this.members].map(async ({ worker, fate }) => {
      const exit = once(worker, 'exit');
      if (fate === 'terminate') worker.terminate();
      await exit;
    });
    await Promise.all(exits);
    while (this.kept.length > 0) this.lookAgain();
    assert.strictEqual(this.members.size, 0);
  }
}

module.exports = { Crew };
