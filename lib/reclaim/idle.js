'use strict';

/*
 * idle: giving back memory that lies idle, without a thread and without keeping the process alive.
 *
 * A round once a second looks at all heaps of the environment: what was free through IDLE_TICKS of
 * them goes back to the system. When nothing is left to give back the clock stops; memory that is
 * freed then, by whichever thread, starts it again, and so does memory that is taken.
 *
 * The clock is one timer, unreferenced, which belongs to no request of the program's. On Node.js it is the
 * event loop's own, from C: it runs in no asynchronous context, keeps none alive, and is nobody's
 * fake; memory that another thread frees while it stands still starts it. Elsewhere it is the
 * runtime's timer, and does not stand still for longer than POLL_MS.
 */

const { binding, clearTimeout, createList, runtime, setTimeout } = require('../runtime/builtin');
const { collectIdle, totalHandedOut } = require('./pacer');

/** How often memory is looked at. */
const TICK_MS = 1000;
/** How often memory is looked at where nothing tells that some came back. */
const POLL_MS = 5000;
/** How many looks memory must have idled before it is given back: 1 to 3 s. */
const IDLE_TICKS = 2;
/** C memory in use by a quiet program that is worth a collection. */
const IDLE_BYTES = 8 * 1024 * 1024;

/** In how many milliseconds to look although nothing tells of memory; 0 where all of it is the runtime's. */
const unseenMs = runtime === 'deno' ? 0 : POLL_MS;

const tasks = createList();
let asleep = true;
let seen = 0;
let collected = false;

/** One round; returns in how many milliseconds the next is due, 0 for none. */
function round() {
  asleep = false;
  let busy = totalHandedOut() !== seen;
  if (busy) collected = false;
  seen = totalHandedOut();
  for (let i = 0; i < tasks.length; i++) if (tasks[i]()) busy = true;
  if (binding.tick(IDLE_TICKS) > 0 || busy) return TICK_MS;
  /* What is out may be garbage that nothing has V8 collect. */
  if (!collected && binding.outBytes() >= IDLE_BYTES && collectIdle()) {
    collected = true;
    return TICK_MS;
  }
  asleep = true;
  return 0;
}

/**
 * @param {() => number} onTime what it is for; returns in how many milliseconds to come again, 0 to
 *   stand still
 * @returns {(ms: number) => void} has it come in that time
 */
function createClock(onTime) {
  if (runtime === 'node' && binding.openClock(onTime)) return binding.startClock;
  let timer;
  function set(ms) {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
    timer.unref?.();
  }
  const run = () => {
    const ms = onTime() || unseenMs;
    if (ms > 0) set(ms);
  };
  return runtime === 'bun' ? openDetour(set) : set;
}

/**
 * `callback`, by way of a message: Bun receives those in no asynchronous context, and a timer would keep
 * alive whatever the program's holds.
 */
function openDetour(callback) {
  const { port1, port2 } = new (require('node:worker_threads').MessageChannel)();
  port1.onmessage = ({ data }) => callback(data);
  port1.unref();
  return (data) => port2.postMessage(data);
}

let start;

/** To be called when there is memory to look after. */
function begin() {
  start ??= createClock(round);
}

/** Has memory looked at again. */
function wake() {
  begin();
  start(TICK_MS);
  /* Last: with no stack left for the clock the next one starts it. */
  asleep = false;
}

/** Whether nothing is being looked at. */
const isAsleep = () => asleep;

/** Has `task` run in every round; it returns whether it has more to do. */
function addTask(task) {
  tasks[tasks.length] = task;
}

module.exports = { addTask, begin, isAsleep, wake };
